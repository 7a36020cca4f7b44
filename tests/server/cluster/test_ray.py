"""The service as two replicas on a Ray of this machine; in an environment of its own, since Ray is large."""

import io
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import httpx2 as httpx
import numpy as np
import pytest
from PIL import Image

pytest.importorskip("ray", reason="Ray's environment only: ray is not installed")

from ray import serve

from deploy.server.ray_app import Painting
from installation.server.engine import Job
from tests.server.conftest import alike, file_of, pixels, portrait

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def address(local_ray):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    serve.start(http_options={"host": "127.0.0.1", "port": port})
    two = cast(Any, Painting).options(num_replicas=2, autoscaling_config=None, ray_actor_options={"num_cpus": 0.5})
    serve.run(two.bind(), name="painting")
    yield f"http://127.0.0.1:{port}"
    serve.shutdown()


def test_two_replicas_run(address):
    until = time.monotonic() + 60
    while True:
        [deployment] = serve.status().applications["painting"].deployments.values()
        if deployment.replica_states == {"RUNNING": 2}:
            break
        assert time.monotonic() < until, deployment
        time.sleep(0.5)


def test_every_request_of_a_crowd_is_painted_as_without_ray(address, engine, collection):
    names = collection.names[:4]
    photo = file_of(portrait(), "PNG")

    def ask(number: int) -> httpx.Response:
        url = f"{address}/v1/paint?size=256&style={names[number % 4]}"
        return httpx.post(url, content=photo, timeout=120)

    with ThreadPoolExecutor(32) as crowd:
        answers = list(crowd.map(ask, range(64)))
    assert [answer.status_code for answer in answers] == [200] * 64
    for number, answer in enumerate(answers):
        [expected] = engine.paint([Job(pixels(), collection[names[number % 4]].vector)])
        with Image.open(io.BytesIO(answer.content)) as picture:
            assert alike(np.asarray(picture), expected)


def test_a_hostile_request_is_refused_as_without_ray(address):
    answer = httpx.post(f"{address}/v1/paint", content=b"no photo")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_batches_are_counted(address):
    texts = [httpx.get(f"{address}/metrics").text for _ in range(20)]
    assert any("art_installation_pictures_total 0.0" not in text for text in texts)
