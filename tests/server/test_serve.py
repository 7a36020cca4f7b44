"""The command in a process of its own, under crowds and attacks; every load is bounded and stays on loopback."""

import contextlib
import random
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx2 as httpx
import pytest

from installation.server import connection
from tests.server.conftest import file_of, portrait

PHOTO = file_of(portrait(128, 128))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def serving(*options: str):
    """The running command, its address, and its process."""
    port = free_port()
    words = [sys.executable, "-m", "installation", "serve", "--port", str(port), "--threads", "1", *options]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            until = time.monotonic() + 60
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200:
                        break
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < until, "it does not begin"
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}", process
        finally:
            if process.poll() is None:
                process.kill()


def resident(address: str) -> float:
    """Megabytes that the process takes."""
    found = re.search(r"^process_resident_memory_bytes (\S+)", httpx.get(f"{address}/metrics").text, re.MULTILINE)
    assert found
    return float(found[1]) / 2**20


@pytest.mark.slow
def test_it_serves_and_stops_when_told():
    with serving() as (address, process):
        assert httpx.post(f"{address}/v1/paint?size=64", content=PHOTO).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == -signal.SIGTERM
        assert process.stdout.read() == f"{address}/\n"
        assert process.stderr.read() == ""


@pytest.mark.slow
def test_an_address_that_is_taken_is_said_in_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "installation", "serve", "--port", port],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 1
    assert re.fullmatch(r"art-installation: 127.0.0.1:\d+ cannot be listened on .*\n", done.stderr)


@pytest.mark.slow
def test_two_hundred_at_once_are_all_painted():
    with serving() as (address, _):
        before = resident(address)
        limits = httpx.Limits(max_connections=200)
        with httpx.Client(timeout=100, limits=limits) as client, ThreadPoolExecutor(200) as crowd:
            answers = list(crowd.map(lambda _: client.post(f"{address}/v1/paint?size=128", content=PHOTO), range(200)))
        assert [answer.status_code for answer in answers] == [200] * 200
        assert len({answer.content for answer in answers}) == 1, "the same photo, the same picture, in whatever batch"
        assert resident(address) - before < 400


@pytest.mark.slow
def test_what_is_too_much_is_refused_and_the_rest_is_painted():
    with serving("--requests", "4") as (address, _):
        limits = httpx.Limits(max_connections=64)
        with httpx.Client(timeout=100, limits=limits) as client, ThreadPoolExecutor(64) as crowd:
            answers = list(crowd.map(lambda _: client.post(f"{address}/v1/paint", content=PHOTO), range(128)))
        counts = {status: [a.status_code for a in answers].count(status) for status in (200, 503)}
        assert sum(counts.values()) == 128
        assert counts[200] >= 4
        assert counts[503] > 0
        assert all(a.headers["retry-after"] == "1" for a in answers if a.status_code == 503)


def hostile(seed: int) -> tuple[str, str, bytes, dict[str, str]]:
    """One request that somebody might send to break the service: method, path, body and headers."""
    chance = random.Random(seed)
    whole = bytearray(file_of(portrait(64, 64), chance.choice(("JPEG", "PNG", "WEBP"))))
    kind = seed % 6
    if kind == 0:  # cut off
        body = bytes(whole[: chance.randrange(len(whole))])
    elif kind == 1:  # bytes changed
        for _ in range(chance.randrange(1, 40)):
            whole[chance.randrange(len(whole))] = chance.randrange(256)
        body = bytes(whole)
    elif kind == 2:  # noise behind a true beginning
        body = bytes(whole[:40]) + chance.randbytes(500)
    elif kind == 3:  # noise
        body = chance.randbytes(chance.randrange(2000))
    else:
        body = bytes(whole)
    query = "size=64"
    if kind == 4:  # a query of anything
        names = ("style", "mix", "strength", "size", "", "%00", "a" * 300)
        values = ("nan", "-1", "1e999", "photo", "photo=1,photo=1", "%ff%fe", "../../etc/passwd", "9" * 500, "")
        query = "&".join(f"{chance.choice(names)}={chance.choice(values)}" for _ in range(chance.randrange(1, 6)))
    headers = {}
    if kind == 5:
        odd = [("Accept", "image/png;q=" + "9" * 900), ("Content-Encoding", "br"), ("Accept", ",;" * 300)]
        odd += [("Content-Type", "multipart/form-data; boundary=x"), ("Accept", "*/*;q=-1"), ("Expect", "100-continue")]
        headers = dict([chance.choice(odd)])
    method = chance.choice(("POST",) * 8 + ("PUT", "DELETE"))
    return method, f"/v1/paint?{query}", body, headers


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_thousand_hostile_requests_and_it_still_serves():
    with serving() as (address, process):
        expected = httpx.post(f"{address}/v1/paint?size=64", content=PHOTO).content
        before = resident(address)
        with httpx.Client(timeout=60) as client, ThreadPoolExecutor(8) as crowd:

            def attack(seed: int) -> int:
                method, path, body, headers = hostile(seed)
                return client.request(method, address + path, content=body, headers=headers).status_code

            statuses = Counter(crowd.map(attack, range(2000)))
        # Some files still hold a picture in spite of the damage.
        assert set(statuses) <= {200, 400, 405, 406, 415, 422}, statuses
        assert statuses[422] > 500
        assert httpx.post(f"{address}/v1/paint?size=64", content=PHOTO).content == expected
        assert resident(address) - before < 300
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        assert process.stderr.read() == ""


@pytest.mark.slow
def test_raw_connections_that_are_no_http_leave_it_serving():
    head = b"POST /v1/paint?size=64 HTTP/1.1\r\nHost: x\r\n"
    attacks = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc" + bytes(400),  # TLS
        b"GET " + b"/" * 100_000,
        head + b"X: y\r\n" * 20_000,
        head + b"Content-Length: 99999999999999999999\r\n\r\n",
        head + b"Content-Length: -1\r\n\r\n",
        head + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        head + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        head + b"Content-Length: 1000\r\n\r\nshort",  # and gone
        b"\x00" * 1000,
    ]
    with serving() as (address, _):
        port = int(address.rpartition(":")[2])
        for attack in attacks * 3:
            with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", port), 10) as peer:
                peer.sendall(attack)
                peer.shutdown(socket.SHUT_WR)
                peer.settimeout(10)
                with contextlib.suppress(TimeoutError):
                    answer = peer.recv(100)
                    assert not answer or answer.startswith(b"HTTP/1.1 4"), answer
        assert httpx.post(f"{address}/v1/paint?size=64", content=PHOTO).status_code == 200


@pytest.mark.slow
def test_connections_that_never_finish_their_head_are_closed():
    with serving() as (address, _):
        port = int(address.rpartition(":")[2])
        with contextlib.ExitStack() as stack:
            slow = [stack.enter_context(socket.create_connection(("127.0.0.1", port), 10)) for _ in range(50)]
            start = time.monotonic()
            while slow and time.monotonic() - start < connection.HEAD_SECONDS + 15:
                for peer in slow:
                    with contextlib.suppress(ConnectionError):
                        peer.sendall(b"P")
                closed, _, _ = select.select(slow, [], [], 0)
                slow = [peer for peer in slow if peer not in closed]
                time.sleep(0.5)
            assert not slow, f"{len(slow)} connections are still held"
            assert httpx.get(f"{address}/healthz").status_code == 200
