"""The table in front of the router says what the router would have said."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import Match

from arenapulse.entrypoints.openapi import settings_without_engines
from arenapulse.runtime.web.dispatch import Table
from arenapulse.wiring import make_app

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
GAPS = ("11111111-1111-4111-8111-111111111111", "0", "me", "a b", "x\n", "")


def in_turn(router: APIRouter, method: str, path: str) -> tuple[RouteContext, Any] | None:
    """The first route that takes it, each asked."""
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    for context in iter_route_contexts(router.routes):
        match, child = context.matches(scope)
        if match is Match.FULL:
            return context, child["path_params"]
    return None


def filled(context: RouteContext, gap: str) -> str:
    parts = (context.path or "").split("/")
    return "/".join(gap if part.startswith("{") else part for part in parts)


def the_router() -> APIRouter:
    describe = make_app(settings_without_engines()).describe
    assert isinstance(describe, partial)
    app = describe.args[0]
    assert isinstance(app, FastAPI)
    return app.router


def test_every_path_of_the_api_is_found_as_the_router_finds_it() -> None:
    router = the_router()
    table = Table(router)
    known = list(iter_route_contexts(router.routes))
    assert len(table.routes) >= len(known) - 4  # the pages that are no API
    paths = {filled(context, gap) for gap in GAPS for context in known}
    found = 0
    for path in paths:
        for method in METHODS:
            told, expected = table.find(method, path), in_turn(router, method, path)
            if told is None:
                continue
            found += 1
            assert expected is not None, (method, path)
            assert told[0].endpoint is expected[0].endpoint, (method, path)
            assert told[1] == expected[1], (method, path)
    assert found > 2 * len(table.routes)


def test_each_route_of_the_table_is_found_by_it() -> None:
    table = Table(the_router())
    for context in table.routes:
        # What a gap takes is said by its convertor: one of these.
        paths = [filled(context, gap) for gap in GAPS]
        for method in context.methods or ():
            found = [table.find(method, path) for path in paths]
            told = {each[0].endpoint for each in found if each is not None}
            assert context.endpoint in told, (method, context.path)


def test_the_first_that_fits_is_taken_and_what_stands_behind_an_odd_one_is_not() -> None:
    app = FastAPI(openapi_url=None)

    @app.get("/a/{number:int}")
    async def number(number: int) -> None: ...

    @app.get("/a/{name}")
    async def name(name: str) -> None: ...

    @app.get("/a/me")
    async def me() -> None: ...

    @app.get("/files/{rest:path}")
    async def files(rest: str) -> None: ...

    @app.get("/files/mine")
    async def mine() -> None: ...

    table = Table(app.router)
    found = {path: table.find("GET", path) for path in ("/a/7", "/a/x", "/a/me", "/a/", "/a/x\n")}
    assert {path: each and (each[0].name, each[1]) for path, each in found.items()} == {
        "/a/7": ("number", {"number": 7}),
        "/a/x": ("name", {"name": "x"}),
        "/a/me": ("name", {"name": "me"}),
        "/a/": None,
        "/a/x\n": None,
    }
    assert table.find("POST", "/a/x") is None
    assert table.find("GET", "/files/mine") is None
