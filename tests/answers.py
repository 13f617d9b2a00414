"""Reads answers the way clients do."""

from __future__ import annotations

import base64
import json
from http.cookies import Morsel, SimpleCookie
from typing import Any

import httpx


def code(answer: httpx.Response) -> tuple[int, str]:
    assert answer.json()["success"] is False
    return answer.status_code, answer.json()["error"]["code"]


def cookie_of(answer: httpx.Response) -> Morsel[str]:
    (header,) = answer.headers.get_list("set-cookie")
    jar = SimpleCookie(header)
    assert list(jar) == ["arenapulse_refresh"]
    return jar["arenapulse_refresh"]


def claims(token: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return found
