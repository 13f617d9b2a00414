"""What is sent packed, to whom, and what never is."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response, StreamingResponse

from arenapulse.runtime.web import packing, static
from arenapulse.runtime.web.encoding import accepts
from arenapulse.runtime.web.packing import Packing

LONG = [{"name": f"Section {n}", "free": n} for n in range(200)]
SCRIPT = "const stands = 60;\n" * 200
Open = Callable[[], httpx.AsyncClient]


@pytest.mark.parametrize(
    ("header", "gzip_taken", "brotli_taken"),
    [
        ("gzip, deflate, br, zstd", True, True),
        ("GZIP;q=1.0", True, False),
        ("br;q=0, gzip;q=0.5", True, False),
        ("gzip; q=0", False, False),
        ("*", True, True),
        ("*;q=0.1, br;q=0.000", True, False),
        ("gzip;q=0, *", False, True),
        ("identity", False, False),
        ("", False, False),
        ("x-gzip-no", False, False),
    ],
)
def test_who_takes_what(header: str, *, gzip_taken: bool, brotli_taken: bool) -> None:
    assert accepts(header, encoding="gzip") is gzip_taken
    assert accepts(header, encoding="br") is brotli_taken


def _api() -> FastAPI:
    app = FastAPI()
    long = JSONResponse({"success": True, "data": LONG})
    answers: dict[str, Response] = {
        "/api/v1/events": long,
        "/api/v1/events/short": JSONResponse({"success": True}),
        "/api/v1/events/cookie": JSONResponse(LONG, headers={"Set-Cookie": "a=b"}),
        "/api/v1/events/missing": JSONResponse(LONG, status_code=404),
        "/api/v1/events/image": Response(b"x" * 5_000, media_type="image/png"),
        "/api/v1/auth/sessions": long,
        "/api/v1/orders/1": long,
        "/api/v1/tickets": long,
        "/api/v1/users/me": long,
    }

    def say(response: Response) -> Callable[[], Awaitable[Response]]:
        async def answer() -> Response:
            return response

        return answer

    for path, response in answers.items():
        app.add_api_route(path, say(response), methods=["GET", "POST"])

    async def parts() -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"[" + b"1," * 3_000
            yield b"2]"

        return StreamingResponse(pieces(), media_type="application/json")

    app.add_api_route("/api/v1/events/parts", parts)
    return app


@pytest.fixture
async def api() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Packing(_api()))
    async with httpx.AsyncClient(transport=transport, base_url="http://hall") as client:
        yield client


async def _raw(
    client: httpx.AsyncClient, path: str, *, accept: str
) -> tuple[httpx.Response, bytes]:
    headers = {"Accept-Encoding": accept}
    async with client.stream("GET", path, headers=headers) as answer:
        return answer, b"".join([piece async for piece in answer.aiter_raw()])


async def test_a_long_public_answer_is_packed_for_who_takes_it(api: httpx.AsyncClient) -> None:
    plain, whole = await _raw(api, "/api/v1/events", accept="identity")
    packed, body = await _raw(api, "/api/v1/events", accept="gzip, br")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["content-length"] == str(len(body))
    assert gzip.decompress(body) == whole
    assert len(body) * 4 < len(whole)
    # A cache in between keeps the two apart, whoever asked first.
    for answer in (plain, packed):
        assert answer.headers["vary"] == "Accept-Encoding, Origin"


async def test_a_very_long_one_comes_whole_as_well(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "REMEMBERED_MAX", 2_000)
    packed, body = await _raw(api, "/api/v1/events", accept="gzip")
    plain, whole = await _raw(api, "/api/v1/events", accept="")
    assert (packed.headers["content-encoding"], plain.status_code) == ("gzip", 200)
    assert gzip.decompress(body) == whole


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/auth/sessions",
        "/api/v1/orders/1",
        "/api/v1/tickets",
        "/api/v1/users/me",
        "/api/v1/events/cookie",
        "/api/v1/events/missing",
        "/api/v1/events/short",
        "/api/v1/events/image",
        "/api/v1/events/parts",
    ],
)
async def test_secrets_and_what_gains_nothing_are_sent_as_they_are(
    api: httpx.AsyncClient, path: str
) -> None:
    plain, whole = await _raw(api, path, accept="identity")
    answer, body = await _raw(api, path, accept="gzip, br")
    assert "content-encoding" not in answer.headers
    assert (answer.status_code, body) == (plain.status_code, whole)


async def test_what_reflects_a_body_is_never_packed(api: httpx.AsyncClient) -> None:
    answer = await api.post("/api/v1/events", headers={"Accept-Encoding": "gzip"}, json={})
    assert "content-encoding" not in answer.headers
    assert answer.json()["data"] == LONG


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A built web app whose twins say which they are, so that mixing them up shows."""
    assets = tmp_path / "assets"
    assets.mkdir()
    (tmp_path / "index.html").write_text("<p>page</p>")
    (assets / "app-1.js").write_text(SCRIPT)
    (assets / "app-1.js.br").write_bytes(b"as brotli")
    (assets / "app-1.js.gz").write_bytes(gzip.compress(SCRIPT.encode(), mtime=0))
    (assets / "plain-1.js").write_text("1;")
    app = FastAPI()
    static.install(app, folder=tmp_path)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://hall") as client:
        yield client


@pytest.mark.parametrize(
    ("accept", "sent", "body"),
    [
        ("gzip, deflate, br", "br", b"as brotli"),
        ("gzip", "gzip", gzip.compress(SCRIPT.encode(), mtime=0)),
        ("br;q=0, gzip", "gzip", gzip.compress(SCRIPT.encode(), mtime=0)),
        ("identity", None, SCRIPT.encode()),
    ],
)
async def test_a_file_comes_in_the_smallest_form_that_is_taken(
    site: httpx.AsyncClient, accept: str, sent: str | None, body: bytes
) -> None:
    answer, raw = await _raw(site, "/assets/app-1.js", accept=accept)
    assert answer.headers.get("content-encoding") == sent
    assert raw[10:] == body[10:]
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["content-length"] == str(len(body))
    assert answer.headers["vary"] == "Accept-Encoding, Origin"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    head = await site.head("/assets/app-1.js", headers={"Accept-Encoding": accept})
    assert (head.headers.get("content-encoding"), head.content) == (sent, b"")


async def test_each_form_is_asked_about_by_its_own_name(site: httpx.AsyncClient) -> None:
    tags: dict[str, str] = {}
    for accept in ("br", "gzip", "identity"):
        answer, _ = await _raw(site, "/assets/app-1.js", accept=accept)
        tags[accept] = answer.headers["etag"]
    assert len(set(tags.values())) == 3
    headers = {"Accept-Encoding": "br", "If-None-Match": tags["br"]}
    known = await site.get("/assets/app-1.js", headers=headers)
    assert (known.status_code, known.headers["vary"]) == (304, "Accept-Encoding, Origin")
    # Who holds the plain form and now takes brotli is sent that, not told to use what it has.
    other, raw = await _raw(site, "/assets/app-1.js", accept="br")
    assert (other.status_code, raw) == (200, b"as brotli")


async def test_a_file_without_twins_and_the_twins_themselves(site: httpx.AsyncClient) -> None:
    plain, raw = await _raw(site, "/assets/plain-1.js", accept="gzip, br")
    assert ("content-encoding" in plain.headers, raw) == (False, b"1;")
    for ending in (".br", ".gz"):
        assert (await site.get(f"/assets/app-1.js{ending}")).status_code == 404
