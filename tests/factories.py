"""People, venues, events for tests, made through the public API like anybody makes them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

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
