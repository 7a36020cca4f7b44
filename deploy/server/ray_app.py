"""The HTTP service on many machines: the same application as a Ray Serve deployment.

    serve run deploy.server.ray_app:service

Ray starts and stops replicas as requests come, sends each request to one of them, and gathers batches (`serve.batch`).
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from ray import serve

from installation.collection import Collection
from installation.frame import Pixels
from installation.server.application import Service
from installation.server.engine import Engine, Job
from installation.server.limits import Limits
from installation.server.metrics import Metrics

LIMITS = Limits()


class RayBatches:
    """Paints for the service in batches that Ray gathers."""

    def __init__(self, engine: Engine, metrics: Metrics) -> None:
        self._engine, self._metrics = engine, metrics
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="painter")

    async def __aenter__(self) -> "RayBatches":
        return self

    async def __aexit__(self, *_: object) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def paint(self, job: Job) -> Pixels:
        """Paint one job among others."""
        picture: Pixels = await self._together(job)
        return picture

    @serve.batch(max_batch_size=LIMITS.batch, batch_wait_timeout_s=LIMITS.batch_seconds)
    async def _together(self, jobs: Sequence[Job]) -> list[Pixels]:
        loop = asyncio.get_running_loop()
        start = loop.time()
        pictures = await loop.run_in_executor(self._thread, self._engine.paint, jobs)
        self._metrics.batch(len(pictures), loop.time() - start)
        return pictures

    def problem(self) -> str:
        """Ray itself replaces a replica that does not answer."""
        return ""


@serve.deployment(
    max_ongoing_requests=64,  # of one replica; Ray queues the others
    max_queued_requests=1024,  # beyond them it answers 503
    autoscaling_config={"min_replicas": 1, "max_replicas": 8, "target_ongoing_requests": 16},
    ray_actor_options={"num_cpus": 1},
)
@serve.ingress()
class Painting:
    """One replica: an engine and the service around it. ``provider`` as for `art-installation serve`."""

    def __init__(self, provider: str = "cpu") -> None:
        collection, metrics = Collection.load(), Metrics()
        engine = Engine(collection, provider, threads=1)
        about = {"network": engine.network, "provider": engine.provider, "onnxruntime": engine.version}
        self._service = Service(collection, RayBatches(engine, metrics), LIMITS, metrics, about)

    def __serve_build_asgi_app__(self) -> Any:
        """The application, for Ray."""
        return self._service.application()


service = cast(Any, Painting).bind()  # Ray makes a deployment of the class
