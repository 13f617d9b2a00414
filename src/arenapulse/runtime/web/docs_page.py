"""`/docs`: the OpenAPI document to browse and to try, without anything from outside."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import Response

_FILES: Final = {
    "/docs": ("docs.html", "text/html"),
    "/docs/docs.css": ("docs.css", "text/css"),
    "/docs/docs.js": ("docs.js", "text/javascript"),
}


def install(app: FastAPI) -> None:
    folder = files("arenapulse.runtime.web") / "pages"
    held = {path: ((folder / name).read_bytes(), kind) for path, (name, kind) in _FILES.items()}

    async def page(request: Request) -> Response:
        content, kind = held[request.url.path]
        return Response(content, media_type=kind, headers={"Cache-Control": "no-cache"})

    for path in _FILES:
        app.add_route(path, page, methods=["GET", "HEAD"], include_in_schema=False)
