"""Errors as HTTP answers: RFC 9457 problem details, one sentence each."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import JSONResponse

from installation.text import printable

_LONGEST = 300


class Problem(Exception):
    """A request that is not served: an HTTP status and one sentence with the cure."""

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status, self.headers = status, dict(headers or {})

    @classmethod
    def busy(cls, sentence: str) -> "Problem":
        """503: try again in a second."""
        return cls(503, sentence, {"Retry-After": "1"})


def answer(problem: Problem) -> JSONResponse:
    """The answer for a problem; what came from outside is made printable and short."""
    body = {
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": printable(str(problem), _LONGEST),
    }
    return JSONResponse(body, problem.status, problem.headers, media_type="application/problem+json")
