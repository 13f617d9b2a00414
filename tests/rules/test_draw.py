"""The draw: what it proves, and that it favours nobody."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import random
from pathlib import Path

from arenapulse.waitingroom import draw

VECTORS = Path(__file__).parents[2] / "web/src/features/waiting/draw-vectors.json"


def drawn(many: int, *, seed: bytes) -> list[int]:
    tickets = b"".join(os.urandom(16) for _ in range(many))
    return list(draw.places(tickets, key=draw.draw_key(seed, lane=0, tickets=tickets)))


def test_the_vectors_that_browsers_check_themselves_by() -> None:
    given = json.loads(VECTORS.read_text())
    seed, tickets = bytes.fromhex(given["seed"]), bytes.fromhex(given["tickets"])
    assert given["name"] == draw.NAME.decode()
    assert given["seal"] == draw.seal(seed).hex()
    assert given["ticketsHash"] == hashlib.sha256(tickets).hexdigest()
    for lane in given["lanes"]:
        key = draw.draw_key(seed, lane=lane["lane"], tickets=tickets)
        assert list(draw.places(tickets, key=key)) == lane["places"]


def test_the_draw_as_it_is_published_by_hand() -> None:
    seed = bytes(range(32))
    tickets = [bytes([n]) * 16 for n in range(5)]
    whole = b"".join(tickets)
    key = hmac.new(
        seed, b"arenapulse draw 1\x00" + hashlib.sha256(whole).digest(), hashlib.sha256
    ).digest()
    lots = {one: hmac.new(key, one, hashlib.sha256).digest() for one in tickets}
    by_lot = sorted(tickets, key=lots.__getitem__)
    made = draw.places(whole, key=draw.draw_key(seed, lane=0, tickets=whole))
    assert list(made) == [1 + by_lot.index(one) for one in tickets]
    assert [draw.place_of(one, tickets=whole, key=key) for one in tickets] == list(made)
    assert draw.place_of(b"x" * 16, tickets=whole, key=key) is None
    assert draw.unpacked(draw.packed(made)) == made


def test_a_ticket_more_moves_everybody() -> None:
    """Nobody who knows the seed can tell a place before the list is closed."""
    seed = os.urandom(32)
    tickets = os.urandom(16 * 200)
    first = draw.places(tickets, key=draw.draw_key(seed, lane=0, tickets=tickets))
    more = tickets + os.urandom(16)
    second = draw.places(more, key=draw.draw_key(seed, lane=0, tickets=more))
    assert sum(a == b for a, b in zip(first, second, strict=False)) < 20


def test_joining_early_gives_no_advantage() -> None:
    """Chi-square over where the earliest tenth lands: 9 degrees of freedom, p = 0.0001."""
    many, rounds = 1_000, 60
    landed = [0] * 10
    for number in range(rounds):
        places = drawn(many, seed=number.to_bytes(32))
        for place in places[: many // 10]:
            landed[(place - 1) * 10 // many] += 1
    expected = rounds * many / 100
    chi = sum((count - expected) ** 2 / expected for count in landed)
    assert chi < 33.7, landed


def test_the_place_does_not_go_with_the_number() -> None:
    many = 5_000
    places = drawn(many, seed=b"\x07" * 32)
    mean = (many + 1) / 2
    covariance = sum((n + 1 - mean) * (place - mean) for n, place in enumerate(places)) / many
    assert abs(covariance / (many**2 / 12)) < 0.06
    assert sorted(places) == list(range(1, many + 1))


def test_a_persons_ticket_is_the_same_whenever_they_join_and_tells_nobody_who_it_is() -> None:
    key, other, person = os.urandom(32), os.urandom(32), random.randbytes(16)
    ticket = draw.Tickets(key).of(person)
    assert ticket == draw.Tickets(key).of(person)
    assert ticket != draw.Tickets(other).of(person)
    # Written down: who joined under an older version keeps their ticket.
    assert ticket == hmac.digest(key, person, "sha256")[:16]
