"""A place has one token, and what is not it is nobody's."""

from __future__ import annotations

import string
from uuid import UUID

import pytest

from arenapulse.core.ids import EventId, UserId, read_uuid
from arenapulse.waitingroom.schemas import Place
from arenapulse.waitingroom.tokens import TOKEN_LENGTH, PlaceTokens

EVENT, OTHER = EventId(UUID(int=7)), EventId(UUID(int=8))
TOKENS = PlaceTokens(bytes(32), event_id=EVENT)
PLACES = [Place(n % 8, n, UserId(UUID(int=n + 1))) for n in (1, 7, 2**32 - 1)]


@pytest.mark.parametrize("place", PLACES)
def test_a_place_has_one_token_however_it_is_spelt(place: Place) -> None:
    token = TOKENS.mint(place)
    assert len(token) == TOKEN_LENGTH
    assert TOKENS.read(token) == place
    assert TOKENS.mint(place) == token
    for at in range(TOKEN_LENGTH):
        for letter in f"{string.ascii_letters}{string.digits}-_+/= \n":
            other = token[:at] + letter + token[at + 1 :]
            assert other == token or TOKENS.read(other) is None, (at, letter)
    # In the alphabet of other base64 it is the same bytes.
    assert token.translate(str.maketrans("-_", "+/")) == token or (
        TOKENS.read(token.translate(str.maketrans("-_", "+/"))) is None
    )
    assert PlaceTokens(bytes(32), event_id=OTHER).read(token) is None
    assert PlaceTokens(b"k" * 32, event_id=EVENT).read(token) is None


@pytest.mark.parametrize("given", ["", "x", "A" * 49, "A" * 51, "é" * 50, "=" * 50, "\0" * 50])
def test_what_is_no_token_is_nobodys(given: str) -> None:
    assert TOKENS.read(given) is None


def test_a_uuid_is_read_as_it_is_written() -> None:
    for number in (0, 1, 2**128 - 1, 0x0123456789ABCDEF0123456789ABCDEF):
        made = UUID(int=number)
        assert read_uuid(made.bytes) == made
        assert hash(read_uuid(made.bytes)) == hash(made)
