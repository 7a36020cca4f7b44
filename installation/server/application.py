"""The HTTP service: what each path answers, and within which bounds."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from installation.collection import Collection
from installation.errors import InstallationError
from installation.server import openapi
from installation.server.admission import Admission, Seat
from installation.server.batcher import Paints
from installation.server.engine import Job
from installation.server.limits import Limits
from installation.server.metrics import Metrics
from installation.server.pictures import decode, encode
from installation.server.problems import Problem, answer
from installation.server.question import Question, read_question
from installation.version import version

_BYTES_A_PIXEL: Final = 12
"""Memory set aside for each pixel of the picture: photo, padded photo, picture and file."""
_FORM: Final = "multipart/form-data"
_HEADERS: Final = {"X-Content-Type-Options": "nosniff"}
_PRIVATE: Final = {**_HEADERS, "Cache-Control": "no-store"}
_PAGE: Final = {**_HEADERS, "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
_DISCONNECTED: Final = 499

logger = logging.getLogger(__name__)


class Service:
    """The paths' answers. ``about`` is what ``/healthz`` tells: network, provider and version of ONNX Runtime.

    ``hands`` is how many threads decode photos and encode pictures: a photo takes most memory while it is decoded.
    """

    def __init__(
        self,
        collection: Collection,
        painter: Paints,
        limits: Limits,
        metrics: Metrics,
        about: dict[str, str],
        hands: int = 2,
    ) -> None:
        self._collection, self._painter, self._limits, self._metrics = collection, painter, limits, metrics
        self._about = {"status": "ok", "version": version(), **about}
        self._admission = Admission(limits, metrics)
        self._document = openapi.document(collection, limits, version())
        self._page = openapi.page(self._document)
        self._hands = ThreadPoolExecutor(hands, thread_name_prefix="photos")

    def application(self) -> Starlette:
        """The ASGI application."""
        routes = [
            Route("/v1/paint", self.paint, methods=["POST"]),
            Route("/v1/styles", self.styles),
            Route("/healthz", self.health),
            Route("/metrics", self.metrics),
            Route("/openapi.json", self.document),
            Route("/", self.page),
        ]
        handlers: dict[Any, Callable[[Request, Any], Awaitable[Response]]] = {
            Problem: self._tell,
            HTTPException: self._tell_http,
            Exception: self._tell_unexpected,
        }
        return Starlette(routes=routes, lifespan=self._lifespan, exception_handlers=handlers)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with self._painter:
            yield
        self._hands.shutdown(wait=True, cancel_futures=True)

    async def paint(self, request: Request) -> Response:
        """``POST /v1/paint``: the photo in the body, painted."""
        start = time.monotonic()
        question = read_question(
            request.query_params.multi_items(), request.headers.get("accept", ""), self._collection
        )
        self._check_head(request)
        with self._admission.seat() as seat:
            try:
                async with asyncio.timeout(self._limits.read_seconds):
                    body = await self._body(request, seat)
            except TimeoutError:
                raise Problem(408, "the photo did not come in time; send it faster, or a smaller one") from None
            except ClientDisconnect:
                return Response(status_code=_DISCONNECTED)  # for the log; nobody hears it
            seat.take(question.size**2 * _BYTES_A_PIXEL)
            try:
                async with asyncio.timeout(self._limits.paint_seconds):
                    picture = await self._painted(body, question)
            except TimeoutError:
                raise Problem.busy("the picture was not done in time; try again, or ask for a smaller size") from None
        self._count(request, 200)
        self._metrics.seconds.observe(time.monotonic() - start)
        return Response(picture, media_type=question.media_type, headers={**_PRIVATE, "Vary": "Accept"})

    def _check_head(self, request: Request) -> None:
        """Refuse by the headers alone, before anything is read."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == _FORM:
            raise Problem(415, "send the photo's file itself as the body, not a form (curl: --data-binary @photo.jpg)")
        if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise Problem(415, "send the photo without Content-Encoding")
        length = request.headers.get("content-length", "")
        if length.isascii() and length.isdigit() and int(length[:20]) > self._limits.body:
            raise self._too_large()

    async def _body(self, request: Request, seat: Seat) -> bytes:
        parts = bytearray()
        async for chunk in request.stream():
            if len(parts) + len(chunk) > self._limits.body:
                raise self._too_large()
            seat.take(len(chunk))
            parts += chunk
        if not parts:
            raise Problem(400, "the body is empty; send the photo's file as the body")
        return bytes(parts)

    def _too_large(self) -> Problem:
        return Problem(413, f"the photo's file is larger than {self._limits.body} bytes; send a smaller one")

    async def _painted(self, body: bytes, question: Question) -> bytes:
        loop = asyncio.get_running_loop()
        pixels = await loop.run_in_executor(self._hands, decode, body, question.size, self._limits.pixels)
        job = Job(pixels, self._collection.vector(question.mix, question.strength))
        try:
            picture = await self._painter.paint(job)
        except InstallationError as error:
            logger.error("%s", error)  # noqa: TRY400 - it is one sentence, and says all
            raise Problem(500, str(error)) from None
        return await loop.run_in_executor(self._hands, encode, picture, question.media_type)

    async def styles(self, request: Request) -> Response:
        """``GET /v1/styles``."""
        keys = ("name", "title", "artist", "year", "licence", "source")
        rows = [{key: getattr(self._collection[name], key) for key in keys} for name in self._collection.names]
        self._count(request, 200)
        return JSONResponse(rows, headers=_HEADERS)

    async def health(self, request: Request) -> Response:
        """``GET /healthz``."""
        problem = self._painter.problem()
        if problem:
            raise Problem.busy(f"no pictures are painted: {problem}; restart the service")
        self._count(request, 200)
        return JSONResponse(self._about, headers=_PRIVATE)

    async def metrics(self, _: Request) -> Response:
        """``GET /metrics``."""
        return Response(self._metrics.text(), media_type="text/plain; version=0.0.4", headers=_PRIVATE)

    async def document(self, _: Request) -> Response:
        """``GET /openapi.json``."""
        return JSONResponse(self._document, headers=_HEADERS)

    async def page(self, _: Request) -> Response:
        """``GET /``."""
        return HTMLResponse(self._page, headers=_PAGE)

    def _count(self, request: Request, status: int) -> None:
        """Count an answer; only paths that exist are named, so that nobody fills the metrics with names."""
        route = request.scope.get("route")
        self._metrics.requests.labels(getattr(route, "path", "other"), str(status)).inc()

    async def _tell(self, request: Request, problem: Problem) -> Response:
        self._count(request, problem.status)
        return answer(problem)

    async def _tell_http(self, request: Request, error: HTTPException) -> Response:
        sentence = {404: "there is no such path; see /", 405: "this path has another method; see /"}
        problem = Problem(error.status_code, sentence.get(error.status_code, str(error.detail)), error.headers)
        return await self._tell(request, problem)

    async def _tell_unexpected(self, request: Request, error: Exception) -> Response:
        logger.error("unexpected %s", type(error).__name__, exc_info=error)
        return await self._tell(request, Problem(500, "something unexpected failed here; the log says what"))
