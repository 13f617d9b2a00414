"""People, venues, events for tests, made through the public API like anybody makes them."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from arenapulse.core.settings import Settings
from arenapulse.wiring import make_app

PASSWORD = "a long walk to the north stand"


@dataclass(frozen=True)
class Person:
    """Somebody signed in; `refresh_token` came in the body."""

    user_id: UUID
    email: str
    full_name: str
    password: str
    token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


async def register(
    client: httpx.AsyncClient, *, email: str | None = None, full_name: str = "Fan of Games"
) -> Person:
    """A new person; the e-mail is made up if none is given."""
    address = email or f"fan-{secrets.token_hex(6)}@arena.test"
    body: dict[str, Any] = {"email": address, "password": PASSWORD, "fullName": full_name}
    answer = await client.post(
        "/api/v1/auth/register", json=body, headers={"X-Token-Transport": "body"}
    )
    assert answer.status_code == 201, answer.text
    made = answer.json()["data"]
    return Person(
        user_id=UUID(made["userId"]),
        email=address,
        full_name=full_name,
        password=PASSWORD,
        token=made["token"],
        refresh_token=made["refreshToken"],
    )


async def login(client: httpx.AsyncClient, person: Person) -> Person:
    """The same person with a session more."""
    answer = await client.post(
        "/api/v1/auth/login",
        json={"email": person.email, "password": person.password},
        headers={"X-Token-Transport": "body"},
    )
    assert answer.status_code == 200, answer.text
    made = answer.json()["data"]
    return Person(
        user_id=person.user_id,
        email=person.email,
        full_name=person.full_name,
        password=person.password,
        token=made["token"],
        refresh_token=made["refreshToken"],
    )


@contextlib.asynccontextmanager
async def another_process(
    settings: Settings, **changes: object
) -> AsyncIterator[httpx.AsyncClient]:
    """A second application on the same database, with caches and pools of its own."""
    app = make_app(settings.model_copy(update=changes))
    async with app.running():
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://arena.test") as made:
            yield made
