"""The built web app: hashed assets cached for a year, the page itself never."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import NotModifiedResponse

from arenapulse.runtime.web.edge import API
from arenapulse.runtime.web.errors import PAGES

FILE_PATH_MAX: Final = 200
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_REVALIDATE: Final = "no-cache"
_NOT_PAGES: Final = (API, "/health/", "/assets/", "/.well-known/", "/socket.io")


def install(app: FastAPI, *, folder: Path) -> None:
    """Serves files of `folder`, and its `index.html` for every path of the app."""
    root = folder.resolve()
    index = root / "index.html"

    async def page(request: Request) -> Response:
        path = request.url.path
        file = _file(root, path)
        if file is not None:
            return _sent(request, file, is_immutable=path.startswith("/assets/"))
        if path.startswith(_NOT_PAGES) or not index.is_file():
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return _sent(request, index, is_immutable=False)

    app.add_route(PAGES, page, methods=["GET", "HEAD"], include_in_schema=False)


def _sent(request: Request, file: Path, *, is_immutable: bool) -> Response:
    """The file, or 304 for a browser that has this version of it."""
    headers = {"Cache-Control": _IMMUTABLE if is_immutable else _REVALIDATE}
    # The stat makes the ETag; without it the response would find its ETag only while sending.
    response = FileResponse(file, headers=headers, stat_result=file.stat())
    known = request.headers.get("If-None-Match", "").split(",")
    if response.headers["ETag"] in {tag.strip().removeprefix("W/") for tag in known}:
        return NotModifiedResponse(response.headers)
    return response


def _file(root: Path, path: str) -> Path | None:
    """The file behind a URL path, None if there is none or it lies outside the folder."""
    # Longer than any file of ours, and too long to ask the file system for.
    if "\x00" in path or len(path) > FILE_PATH_MAX:
        return None
    candidate = (root / path.lstrip("/")).resolve()
    return candidate if candidate.is_relative_to(root) and candidate.is_file() else None
