"""E-mail addresses and phone numbers: one spelling for one mailbox."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arenapulse.core.errors import Invalid
from arenapulse.identity import address, phone


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("fan@arena.test", "fan@arena.test"),
        ("  Fan.One+tag@Arena.TEST ", "fan.one+tag@arena.test"),
        ("o'neil@arena.test", "o'neil@arena.test"),
        ("\uff26an@arena.test", "fan@arena.test"),  # a full-width F
        ("\u212aim@arena.test", "kim@arena.test"),  # the Kelvin sign
        ("J\u00f6rg@arena.test", "j\u00f6rg@arena.test"),
        ("Jo\u0308rg@arena.test", "j\u00f6rg@arena.test"),  # o and a combining diaeresis
        ("fan@M\u00fcnchen.example", "fan@xn--mnchen-3ya.example"),
        ("fan@XN--mnchen-3ya.example", "fan@xn--mnchen-3ya.example"),
        ("a" * 64 + "@arena.test", "a" * 64 + "@arena.test"),
    ],
)
def test_one_mailbox_has_one_spelling(typed: str, stored: str) -> None:
    assert address.normalized(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "fan",
        "@arena.test",
        "fan@",
        "fan@arena",
        "fan@@arena.test",
        "fan one@arena.test",
        ".fan@arena.test",
        "fan.@arena.test",
        "fa..n@arena.test",
        "fan@-arena.test",
        "fan@arena..test",
        "fan@arena.test.",
        "fan@10.0.0.1",
        "fan@[10.0.0.1]",
        '"fan"@arena.test',
        "fan\n@arena.test",
        "fan\x00@arena.test",
        "fan\u202e@arena.test",
        "\U0001f3df@arena.test",
        "fan@stra\u00dfe.example",
        "a" * 65 + "@arena.test",
        "fan@" + "a" * 64 + ".test",
        "fan@" + "a." * 130 + "test",
    ],
)
def test_what_cannot_be_an_address_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        address.normalized(typed)
    assert refused.value.details == [{"field": "email", "message": "must be an e-mail address"}]


@given(st.text(max_size=80) | st.emails())
def test_the_spelling_is_stable_and_fits_the_table(typed: str) -> None:
    try:
        stored = address.normalized(typed)
    except Invalid:
        return
    assert address.normalized(stored) == stored
    assert not any("A" <= c <= "Z" or c.isspace() or c == "\x00" for c in stored)
    assert len(stored.encode()) <= address.LENGTH_MAX


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("+49 (30) 901-820", "+4930901820"), ("030/901820", "030901820"), ("12345", "12345")],
)
def test_a_phone_number_loses_its_decoration(typed: str, stored: str) -> None:
    assert phone.normalized(typed) == stored


@pytest.mark.parametrize("typed", ["1234", "+", "1" * 16, "0800-FLOWERS", "++49123456", "١٢٣٤٥٦"])
def test_what_cannot_be_dialled_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        phone.normalized(typed)
