"""Which passwords may be chosen, and what a hash promises."""

from __future__ import annotations

import os
import sys
import threading

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from arenapulse.core.errors import Invalid, Unavailable
from arenapulse.identity import passwords
from arenapulse.identity.passwords import PasswordHashes

GOOD = "a long walk to the north stand"


@pytest.mark.asvs("V6.2.12")
@pytest.mark.parametrize(
    "breached",
    ["password", "Password1", "12345678", "qwertyuiop", "IloveYou", "password123", "00000000"],
)
def test_a_breached_password_is_refused_whatever_its_case(breached: str) -> None:
    with pytest.raises(Invalid) as refused:
        passwords.require_acceptable(
            breached, email="fan@arena.test", full_name="Fan", field="password"
        )
    assert refused.value.details is not None
    assert "breaches" in str(refused.value.details)


@pytest.mark.asvs("V6.2.11")
@pytest.mark.parametrize(
    "own", ["FanNumber1@arena.test", "fannumber1", "Ingrid Olafsson", "IngridOlafsson"]
)
def test_ones_own_name_is_no_password(own: str) -> None:
    with pytest.raises(Invalid) as refused:
        passwords.require_acceptable(
            own, email="fannumber1@arena.test", full_name="Ingrid Olafsson", field="newPassword"
        )
    assert [detail["field"] for detail in refused.value.details] == ["newPassword"]  # type: ignore[union-attr, index]


def test_a_good_password_may_hold_a_name() -> None:
    passwords.require_acceptable(
        "Ingrid walks to the north stand",
        email="ingrid@arena.test",
        full_name="Ingrid",
        field="password",
    )


@pytest.mark.asvs("V6.2.4")
def test_the_hundred_thousand_commonest_are_known() -> None:
    # By their rank among those of eight characters and more: the first, the middle, the last.
    for word in ("password", "treetrun", "treebear", "smokey42", "smokey24"):
        assert word in passwords._breached()
    # The next ones of the list.
    assert "smokey212" not in passwords._breached()
    assert "smokey18" not in passwords._breached()


def test_hardly_anybody_is_told_of_a_breach_that_was_none() -> None:
    known = passwords._breached()
    assert not [n for n in range(20_000) if f"nobody-ever-had-this-{n}" in known]


def test_a_filter_forgets_nothing_that_was_put_in() -> None:
    words = [f"word-{n}" for n in range(500)]
    made = passwords.BreachedPasswords.of(words)
    assert all(word in made for word in words)


@pytest.fixture
def hashes() -> PasswordHashes:
    made = PasswordHashes()
    yield made
    made.close()


@pytest.mark.asvs("V11.4.2")
async def test_a_hash_is_argon2id_with_the_recommended_cost(hashes: PasswordHashes) -> None:
    encoded = await hashes.make(GOOD)
    found = extract_parameters(encoded)
    cost = (found.type, found.memory_cost, found.time_cost, found.parallelism)
    assert cost == (Type.ID, 19 * 1024, 2, 1)
    assert encoded != await hashes.make(GOOD)


@pytest.mark.asvs("V6.2.8")
async def test_only_the_password_matches_its_hash(hashes: PasswordHashes) -> None:
    encoded = await hashes.make("Caf\u00e9 at the north stand")
    assert await hashes.matches("Caf\u00e9 at the north stand", encoded=encoded)
    assert await hashes.matches("Cafe\u0301 at the north stand", encoded=encoded)
    assert not await hashes.matches("caf\u00e9 at the north stand", encoded=encoded)
    assert not await hashes.matches(GOOD, encoded=None)
    assert not await hashes.matches("nobody has this password", encoded=None)
    assert not await hashes.matches(GOOD, encoded="")


async def test_a_hash_of_yesterdays_cost_is_outdated(hashes: PasswordHashes) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(GOOD)
    assert hashes.is_outdated(old)
    assert not hashes.is_outdated(await hashes.make(GOOD))


@pytest.mark.asvs("V15.2.2")
async def test_past_the_queue_people_are_told_to_come_again(hashes: PasswordHashes) -> None:
    hashes._waiting = passwords.WAITING_MAX
    with pytest.raises(Unavailable) as refused:
        await hashes.make(GOOD)
    assert refused.value.retry_after_seconds == 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a priority for each thread")
async def test_what_is_hashed_gives_way_and_nothing_else_does(hashes: PasswordHashes) -> None:
    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before = priority()
    found = await hashes._beside_the_loop(priority)
    assert found == min(before + passwords.NICER_BY, 19)
    assert priority() == before


async def test_who_waits_too_long_for_a_hash_is_told_to_come_again(
    hashes: PasswordHashes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "SECONDS_MAX", 0.01)
    go = threading.Event()
    with pytest.raises(Unavailable):
        await hashes._beside_the_loop(go.wait)
    go.set()
    assert hashes._waiting == 0
