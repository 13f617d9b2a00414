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
    return cookies_of(answer)["arenapulse_refresh"]


def cookies_of(answer: httpx.Response) -> SimpleCookie:
    """Nothing but the refresh token and what tells a known browser."""
    jar = SimpleCookie()
    for header in answer.headers.get_list("set-cookie"):
        jar.load(header)
    assert set(jar) <= {"arenapulse_refresh", "arenapulse_device"}
    return jar


def claims(token: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return found
