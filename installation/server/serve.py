"""Runs the service in uvicorn until it is told to stop."""

import socket
from typing import Final

import uvicorn

from installation.collection import Collection
from installation.errors import ControlError
from installation.network.tflite import NetworkFile
from installation.server.application import Service
from installation.server.batcher import Batcher
from installation.server.connection import PatientConnection
from installation.server.engine import Engine
from installation.server.limits import Limits
from installation.server.metrics import Metrics

_LONGEST_HEAD: Final = 16 * 1024
_BACKLOG: Final = 512
_SPARE_CONNECTIONS: Final = 256
"""Open connections beyond the requests under way: idle ones, and those that are refused with a sentence."""


def make_service(collection: Collection, limits: Limits, provider: str = "cpu", threads: int = 0) -> Service:
    """The service with its own engine and batches.

    Raises:
        InstallationError: as for `Engine`, and for a collection whose styles do not belong to its network.
    """
    collection = collection.for_network(NetworkFile.load(collection.network_path))
    metrics = Metrics()
    engine = Engine(collection, provider, threads)
    about = {"network": engine.network, "provider": engine.provider, "onnxruntime": engine.version}
    return Service(collection, Batcher(engine.paint, limits, metrics), limits, metrics, about)


def serve(service: Service, limits: Limits, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished.

    Raises:
        ControlError: the address cannot be listened on.
    """
    config = uvicorn.Config(
        service.application(),
        host=host,
        port=port,
        http=PatientConnection,
        ws="none",
        lifespan="on",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=30,
        h11_max_incomplete_event_size=_LONGEST_HEAD,
        limit_concurrency=limits.requests + _SPARE_CONNECTIONS,
        backlog=_BACKLOG,
        log_config=None,
    )
    # Bound here, for an error of one sentence: uvicorn would log and exit.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = error.strerror or error
        raise ControlError(f"{host}:{port} cannot be listened on ({reason}); choose another --host or --port") from None
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        listening.close()
