"""`/docs` shows the document by files of our own, within the content policy."""

from __future__ import annotations

import re

import httpx
import pytest

LINKS = re.compile(r"""(?:href|src)="(/[^"]+)\"""")


async def test_the_page_and_all_it_links_to_are_served(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    linked = LINKS.findall(page.text)
    assert set(linked) == {"/docs/docs.css", "/docs/docs.js", "/api/v1/openapi.json"}
    for path in linked:
        assert (await client.get(path)).status_code == 200, path


@pytest.mark.asvs("V1.2.3", "V3.7.1")
async def test_nothing_on_it_comes_from_outside_or_stands_inline(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    assert "script-src 'self' 'wasm-unsafe-eval';" in page.headers["content-security-policy"]
    assert re.findall(r"<script(?![^>]*\bsrc=)", page.text) == []
    assert re.findall(r"\son\w+=|\sstyle=|<style", page.text) == []
    for path in ("/docs", "/docs/docs.css", "/docs/docs.js"):
        text = (await client.get(path)).text
        assert re.findall(r"https?://|//[a-z]+\.[a-z]|@import|innerHTML|eval\(", text) == [], path


@pytest.mark.asvs("V2.1.1", "V2.1.2", "V4.1.1")
async def test_the_document_describes_every_answer_and_parameter(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/v1/openapi.json")).json()
    known = document["components"]["schemas"]
    references = set(
        re.findall(r'"#/components/schemas/([^"]+)"', repr(document).replace("'", '"'))
    )
    assert references - known.keys() == set()
    operations = [
        (f"{method.upper()} {path}", operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    assert operations
    for name, operation in operations:
        assert operation.get("summary"), f"{name} does not say what it does"
        assert operation.get("tags"), f"{name} stands in no group"
        named = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
        assert named == set(re.findall(r"{([^}]+)}", name)), name
    ids = [operation.get("operationId") for _, operation in operations]
    assert len(set(ids)) == len(ids)


async def test_the_document_says_what_is_in_every_answer(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/v1/openapi.json")).json()
    known = document["components"]["schemas"]
    shapeless = [
        name for name, schema in known.items() if schema.keys() <= {"type", "additionalProperties"}
    ]
    assert [name for name in shapeless if "enum" not in known[name]] == []
    envelope = known["Envelope_EventView_"]
    assert envelope["properties"]["data"] == {"$ref": "#/components/schemas/EventView"}
    assert envelope["required"] == ["data"]
