"""The service's OpenAPI document, and a page that shows it without scripts."""

from html import escape
from typing import Any

from installation.collection import Collection
from installation.server.limits import LARGEST, SIZE, SMALLEST, Limits
from installation.server.question import TYPES

_PROBLEM = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_FAILURES = {
    400: "A parameter is unknown, given twice, malformed or out of range, or the body is empty",
    406: "Accept names no format that is written here",
    408: "The body did not come in time",
    413: "The file is too large",
    415: "The body is a form, or is compressed",
    422: "The body is not a photo, is damaged, or has too many pixels",
    500: "The network failed",
    503: "Too much is under way, or it took too long; Retry-After says when to try again",
}


def document(collection: Collection, limits: Limits, version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    binary = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
    photo = {
        "description": f"The photo's file, at most {limits.body} bytes and {limits.pixels} pixels",
        "required": True,
        "content": {name: binary for name in TYPES},
    }
    picture = {
        "description": "The picture, in the format that Accept likes best",
        "content": dict.fromkeys(TYPES, binary),
    }
    styles = {"type": "array", "items": {"$ref": "#/components/schemas/Style"}}
    failures = {
        str(status): {
            "description": text,
            **_PROBLEM,
            **({"headers": {"Retry-After": {"schema": {"type": "integer"}}}} if status == 503 else {}),
        }
        for status, text in _FAILURES.items()
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "art-installation",
            "version": version,
            "description": "Paints photos in a painter's manner.",
        },
        "paths": {
            "/v1/paint": {
                "post": {
                    "operationId": "paint",
                    "summary": "Paint a photo",
                    "parameters": _parameters(collection),
                    "requestBody": photo,
                    "responses": {"200": picture, **failures},
                }
            },
            "/v1/styles": {
                "get": {
                    "operationId": "styles",
                    "summary": "The styles, in the collection's order",
                    "responses": {"200": _json("The styles", styles)},
                }
            },
            "/healthz": {
                "get": {
                    "operationId": "health",
                    "summary": "Whether pictures are painted",
                    "responses": {
                        "200": _json("It works", {"$ref": "#/components/schemas/Health"}),
                        "503": {"description": "It does not", **_PROBLEM},
                    },
                }
            },
            "/metrics": {
                "get": {
                    "operationId": "metrics",
                    "summary": "For Prometheus",
                    "responses": {
                        "200": {"description": "Metrics", "content": {"text/plain": {"schema": {"type": "string"}}}}
                    },
                }
            },
        },
        "components": {"schemas": _schemas()},
    }


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _parameters(collection: Collection) -> list[dict[str, Any]]:
    names = list(collection.names)
    schemas: dict[str, tuple[str, dict[str, Any]]] = {
        "style": ("A style; not together with mix", {"type": "string", "enum": names, "default": names[0]}),
        "mix": (
            "A blend of styles: NAME=WEIGHT,NAME=WEIGHT",
            {"type": "string", "examples": ["=0.6,".join(names[:2]) + "=0.4"]},
        ),
        "strength": ("0 is the photo, 1 the style", {"type": "number", "minimum": 0, "maximum": 1, "default": 1}),
        "size": (
            "The picture's longest edge in pixels",
            {"type": "integer", "minimum": SMALLEST, "maximum": LARGEST, "default": SIZE},
        ),
    }
    return [
        {"name": name, "in": "query", "required": False, "description": text, "schema": schema}
        for name, (text, schema) in schemas.items()
    ]


def _schemas() -> dict[str, Any]:
    def strings(*names: str) -> dict[str, Any]:
        properties = {name: {"type": "string"} for name in names}
        return {"type": "object", "properties": properties, "required": list(names)}

    problem = strings("title", "detail")
    problem["properties"]["status"] = {"type": "integer"}
    problem["required"].append("status")
    return {
        "Problem": problem,
        "Style": strings("name", "title", "artist", "year", "licence", "source"),
        "Health": strings("status", "version", "network", "provider", "onnxruntime"),
    }


def page(document: dict[str, Any]) -> str:
    """The document as a page: plain HTML, nothing loaded from anywhere."""
    info = document["info"]
    parts = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            parts.append(f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(operation['summary'])}.</p>")
            rows = [(p["name"], p["description"], _values(p["schema"])) for p in operation.get("parameters", ())]
            if "requestBody" in operation:
                body = operation["requestBody"]
                rows.append(("(body)", body["description"], ", ".join(body["content"])))
            rows += [(status, answer["description"], "") for status, answer in operation["responses"].items()]
            cells = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
            parts.append("<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["title"])}</title>'
        '<meta name="viewport" content="width=device-width">'
        "<style>body{font:1rem/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "td{padding:.2rem .8rem .2rem 0;vertical-align:top}</style>"
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1><p>{escape(info['description'])} "
        '<a href="openapi.json">openapi.json</a></p>' + "".join(parts)
    )


def _values(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(schema["enum"])
    if "minimum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}, {schema['default']} if not given"
    return ", ".join(schema.get("examples", ()))
