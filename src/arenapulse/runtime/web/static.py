"""The built web app: hashed assets cached for a year, the page itself never.

The build leaves a packed twin beside each text file (`.br`, `.gz`); who takes it gets that one.
"""

from __future__ import annotations

from http import HTTPStatus
from mimetypes import guess_type
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import NotModifiedResponse

from arenapulse.runtime.web.edge import API
from arenapulse.runtime.web.encoding import accepts, is_known
from arenapulse.runtime.web.errors import PAGES

FILE_PATH_MAX: Final = 200
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_REVALIDATE: Final = "no-cache"
# Smallest first.
_TWINS: Final = ((".br", "br"), (".gz", "gzip"))
_ENDINGS: Final = tuple(ending for ending, _ in _TWINS)
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
    headers = {
        "Cache-Control": _IMMUTABLE if is_immutable else _REVALIDATE,
        "Vary": "Accept-Encoding, Origin",
    }
    kind = guess_type(file.name)[0]
    twin, encoding = _twin(file, request.headers.get("Accept-Encoding", ""))
    if encoding is not None:
        headers["Content-Encoding"] = encoding
    # The stat makes the ETag, another for each twin; without it the response would find its ETag
    # only while sending.
    response = FileResponse(twin, headers=headers, media_type=kind, stat_result=twin.stat())
    if is_known(request.headers.get("If-None-Match", ""), etag=response.headers["ETag"]):
        return NotModifiedResponse(response.headers)
    return response


def _twin(file: Path, accepted: str) -> tuple[Path, str | None]:
    """The smallest form of the file that the client takes, with the name of its encoding."""
    for ending, encoding in _TWINS:
        twin = file.with_name(file.name + ending)
        if accepts(accepted, encoding=encoding) and twin.is_file():
            return twin, encoding
    return file, None


def _file(root: Path, path: str) -> Path | None:
    """The file behind a URL path, None if there is none or it lies outside the folder."""
    # Longer than any file of ours, and too long to ask the file system for.
    if "\x00" in path or len(path) > FILE_PATH_MAX:
        return None
    candidate = (root / path.lstrip("/")).resolve()
    is_ours = candidate.is_relative_to(root) and not candidate.name.endswith(_ENDINGS)
    return candidate if is_ours and candidate.is_file() else None
