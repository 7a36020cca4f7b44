"""The paths: what they answer, and that every hostile request gets a 4xx or 503 in one sentence."""

import asyncio
import io
import struct
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from openapi_spec_validator import validate
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from installation.errors import NetworkFileError
from installation.server.application import Service
from installation.server.batcher import Batcher
from installation.server.limits import Limits
from installation.server.metrics import Metrics
from tests.server.conftest import file_of, portrait

PAINT = "/v1/paint?size=64"


@pytest.fixture
def client_of(collection, engine):
    """A client of a service with these limits; ``paint`` replaces the engine's."""

    def make(limits: Limits | None = None, paint=engine.paint) -> TestClient:
        limits, metrics = limits or Limits(), Metrics()
        service = Service(collection, Batcher(paint, limits, metrics), limits, metrics, {"network": engine.network})
        return TestClient(service.application(), raise_server_exceptions=False)

    return make


@pytest.fixture
def client(client_of):
    with client_of() as client:
        yield client


def sentence(response, status: int) -> str:
    """The one sentence of a refusal."""
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert "\n" not in problem["detail"]
    assert "Traceback" not in problem["detail"]
    return problem["detail"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_comes_back_painted(client, kind):
    response = client.post("/v1/paint?style=photo&size=128", content=file_of(portrait(200, 100), kind))
    assert response.status_code == 200
    assert response.headers["content-type"] == "image/png"
    assert response.headers["cache-control"] == "no-store"
    with Image.open(io.BytesIO(response.content)) as picture:
        assert (picture.format, picture.size) == ("PNG", (128, 64))
        expected = np.asarray(portrait(128, 64)).astype(int)
        assert np.abs(np.asarray(picture) - expected).mean() < 16


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_accept_decides_the_format(client, kind):
    response = client.post(PAINT, content=file_of(portrait()), headers={"Accept": f"image/{kind.lower()}"})
    with Image.open(io.BytesIO(response.content)) as picture:
        assert picture.format == kind
    assert response.headers["vary"] == "Accept"


def test_styles_differ_and_mix(client, collection):
    first, second = collection.names[:2]
    asked = (f"style={first}", f"style={second}", f"mix={first}=1,{second}=1", f"style={first}&strength=0.5")
    photo = file_of(portrait())
    pictures = {client.post(f"{PAINT}&{query}", content=photo).content for query in asked}
    assert len(pictures) == len(asked)


def png_of(width: int, height: int) -> bytes:
    """A small PNG that unpacks to a picture of this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"hello", "is not a photo"),
        (b"\xff\xd8\xff\xe0" + bytes(50), "is not a photo|cannot be read"),
        (file_of(portrait())[:3000], "cannot be read"),
        (file_of(portrait(), "PNG")[:3000], "cannot be read"),
        (file_of(portrait(), "WEBP")[:2000], "cannot be read|is not a photo"),
        (file_of(portrait(), "GIF"), "is not a photo"),
        (file_of(portrait(), "TIFF"), "is not a photo"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is not a photo"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "is not a photo"),
        (png_of(60_000, 60_000), "million pixels"),
        (png_of(7000, 7000), "million pixels"),
        (png_of(2**31 - 1, 1), "million pixels|cannot be read"),
        (png_of(0, 5), "is not a photo|cannot be read"),
        (png_of(500, 500), "cannot be read"),
    ],
)
def test_what_is_no_photo_is_refused(client, body, says):
    import re

    assert re.search(says, sentence(client.post(PAINT, content=body), 422))
    assert client.post(PAINT, content=file_of(portrait())).status_code == 200


def test_requests_that_are_wrong_in_other_ways(client):
    photo = file_of(portrait())
    assert "did you mean" in sentence(client.post("/v1/paint?style=screem", content=photo), 400)
    assert "empty" in sentence(client.post(PAINT), 400)
    assert "Accept" in sentence(client.post(PAINT, content=photo, headers={"Accept": "text/html"}), 406)
    assert "form" in sentence(client.post(PAINT, files={"photo": photo}), 415)
    assert "Content-Encoding" in sentence(client.post(PAINT, content=photo, headers={"Content-Encoding": "gzip"}), 415)
    assert "another method" in sentence(client.get("/v1/paint"), 405)
    assert "no such path" in sentence(client.get("/v1/pain"), 404)
    assert "no parameter" in sentence(client.post("/v1/paint?" + "a=1&" * 500, content=photo), 400)


def test_curls_own_content_type_is_welcome(client):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post(PAINT, content=file_of(portrait()), headers=headers).status_code == 200


def test_a_file_that_is_too_large_is_refused_whether_it_says_so_or_not(client_of):
    photo = file_of(portrait(), "PNG")
    with client_of(Limits(body=1000)) as client:
        assert "larger than 1000 bytes" in sentence(client.post(PAINT, content=photo), 413)

        def parts():
            yield from (photo[start : start + 600] for start in range(0, len(photo), 600))

        assert "larger than 1000 bytes" in sentence(client.post(PAINT, content=parts()), 413)


def test_all_photos_together_take_no_more_memory_than_allowed(client_of):
    with client_of(Limits(memory=64 * 64 * 12 + 1)) as client:
        response = client.post(PAINT, content=file_of(portrait()))
        assert "memory" in sentence(response, 503)
        assert response.headers["retry-after"] == "1"


def test_too_many_requests_are_refused_with_retry_after(client_of):
    with client_of(Limits(requests=0)) as client:
        response = client.post(PAINT, content=file_of(portrait()))
        assert "too many requests" in sentence(response, 503)
        assert response.headers["retry-after"] == "1"
        assert client.get("/healthz").status_code == 200


def test_a_picture_that_takes_too_long_is_given_up(client_of):
    import time

    def slow(jobs):
        time.sleep(0.5)
        return [job.pixels for job in jobs]

    with client_of(Limits(paint_seconds=0.1), slow) as client:
        response = client.post(PAINT, content=file_of(portrait()))
        assert "not done in time" in sentence(response, 503)
        assert response.headers["retry-after"] == "1"


def test_a_body_that_never_comes_is_given_up(client_of, collection, engine):
    limits, metrics = replace(Limits(), read_seconds=0.1), Metrics()
    service = Service(collection, Batcher(engine.paint, limits, metrics), limits, metrics, {})
    sent = []

    async def run():
        async def receive():
            await asyncio.sleep(60)

        async def send(message):
            sent.append(message)

        scope: dict[str, Any] = {
            "type": "http", "method": "POST", "path": "/v1/paint", "query_string": b"", "headers": [], "app": None,
        }  # fmt: skip
        await service.application()(scope, receive, send)

    asyncio.run(run())
    assert sent[0]["status"] == 408


def test_a_network_that_fails_is_told_and_the_next_is_painted(client_of, engine):
    failing = [True]

    def paint(jobs):
        if failing.pop() if failing else False:
            raise NetworkFileError("ONNX Runtime fails (no memory); allow smaller batches")
        return engine.paint(jobs)

    with client_of(paint=paint) as client:
        assert "smaller batches" in sentence(client.post(PAINT, content=file_of(portrait())), 500)
        assert client.post(PAINT, content=file_of(portrait())).status_code == 200


def test_what_nobody_foresaw_shows_no_traceback(client_of):
    def paint(_jobs):
        raise ZeroDivisionError("secret")

    with client_of(paint=paint) as client:
        assert "secret" not in sentence(client.post(PAINT, content=file_of(portrait())), 500)


def test_styles_are_those_of_the_collection(client, collection):
    rows = client.get("/v1/styles").json()
    assert [row["name"] for row in rows] == list(collection.names)
    assert set(rows[0]) == {"name", "title", "artist", "year", "licence", "source"}


def test_health_tells_what_runs(client, engine):
    health = client.get("/healthz").json()
    assert health["status"] == "ok"
    assert health["network"] == engine.network


def test_metrics_count_what_happened(client):
    client.post(PAINT, content=file_of(portrait()))
    client.post(PAINT, content=b"x")
    client.get("/no/such/path")
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
    }
    assert samples["art_installation_pictures_total",] == 1
    assert samples["art_installation_requests_total", "/v1/paint", "200"] == 1
    assert samples["art_installation_requests_total", "/v1/paint", "422"] == 1
    assert samples["art_installation_requests_total", "other", "404"] == 1
    assert samples["art_installation_requests_in_flight",] == 0
    assert samples["art_installation_bytes_in_flight",] == 0
    assert samples["process_resident_memory_bytes",] > 1e6


def test_the_openapi_document_is_valid_and_complete(client):
    document = client.get("/openapi.json").json()
    validate(document)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            photo = file_of(portrait()) if method == "post" else None
            response = client.request(method, path, content=photo)
            assert str(response.status_code) in operation["responses"], path
            kind = response.headers["content-type"].partition(";")[0]
            assert kind in operation["responses"]["200"]["content"], path


def test_the_page_names_every_path_and_loads_nothing(client):
    response = client.get("/")
    assert all(path in response.text for path in ("/v1/paint", "/v1/styles", "/healthz", "/metrics", "strength"))
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "<script" not in response.text
    assert "http" not in response.text.replace("<!doctype html>", "")
