"""The code of a ticket, by the vectors that the web app is held to as well."""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from arenapulse.tickets import base45, ticketcode
from arenapulse.tickets.ticketcode import EventKeys, Malformed, Payload
from tests.architecture.tree import ROOT

VECTORS: dict[str, Any] = json.loads(
    (ROOT / "web/src/shared/gate/ticket-code-vectors.json").read_text()
)
TICKET = UUID("0192d3c0-1f2a-7abc-8def-0123456789ab")
EVENT = UUID("0192d3c0-0000-7000-8000-0000000000ee")
NOW = 1_767_225_607.0


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


KEYS = EventKeys(seed=raw(VECTORS["seed"]), gate_key=raw(VECTORS["gateKey"]))


@pytest.mark.parametrize("vector", VECTORS["codes"], ids=lambda vector: vector["name"])
def test_a_code_is_made_and_read_as_the_vectors_say(vector: dict[str, Any]) -> None:
    payload = Payload(
        UUID(vector["ticketId"]), UUID(vector["eventId"]), vector["version"], vector["printed"]
    )
    assert ticketcode.code_at(payload, keys=KEYS, unix=vector["unix"]) == vector["code"]
    read = ticketcode.parse(vector["code"])
    assert read.payload == payload
    Ed25519PublicKey.from_public_bytes(raw(VECTORS["publicKey"])).verify(
        read.signature, payload.pack()
    )
    if read.digits is not None:
        assert KEYS.ticket_key(payload) == raw(vector["ticketKey"])
        assert ticketcode.is_in_time(read.digits, key=KEYS.ticket_key(payload), unix=vector["unix"])


@pytest.mark.parametrize("vector", VECTORS["malformed"], ids=lambda vector: vector["why"])
def test_what_is_no_code_is_malformed(vector: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        ticketcode.parse(vector["code"])


def test_the_base45_of_the_rfc() -> None:
    assert base45.encode(b"AB") == "BB8"
    assert base45.encode(b"Hello!!") == "%69 VD92EX0"
    assert base45.encode(b"base-45") == "UJCLQE7W581"
    assert base45.decode("QED8WEX0") == b"ietf!"
    for wrong in ("GGW", "::", "A", "a", "ABCD"):
        with pytest.raises(ValueError, match="character"):
            base45.decode(wrong)


@given(st.binary(max_size=60))
def test_base45_is_read_as_it_was_written(data: bytes) -> None:
    assert base45.decode(base45.encode(data)) == data


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_raise_anything_else(text: str) -> None:
    with pytest.raises(Malformed):
        ticketcode.parse(text)


def test_a_picture_of_a_code_is_dead_45_seconds_after_its_step_began() -> None:
    payload = Payload(TICKET, EVENT, 0)
    key = KEYS.ticket_key(payload)
    made = 1_767_225_600
    shown = ticketcode.digits(key, step=made // 15)
    taken = [
        seconds
        for seconds in range(-40, 60)
        if ticketcode.is_in_time(shown, key=key, unix=made + seconds)
    ]
    assert taken == list(range(-15, 45))


def test_a_changed_bit_anywhere_is_no_genuine_code() -> None:
    payload = Payload(TICKET, EVENT, 0)
    packed = payload.pack() + KEYS.sign(payload)
    for bit in range(8, 8 * len(packed)):
        changed = bytearray(packed)
        changed[bit // 8] ^= 1 << (bit % 8)
        code = ticketcode.parse(ticketcode.PREFIX + base45.encode(bytes(changed)) + ".123456")
        assert not KEYS.is_genuine(code)


def test_who_knows_the_gate_key_makes_digits_and_no_signature() -> None:
    thief = EventKeys(seed=bytes(32), gate_key=KEYS.gate_key)
    payload = Payload(TICKET, EVENT, 0)
    forged = ticketcode.parse(ticketcode.code_at(payload, keys=thief, unix=NOW))
    assert ticketcode.is_in_time(forged.digits or "", key=KEYS.ticket_key(forged.payload), unix=NOW)
    assert not KEYS.is_genuine(forged)


def test_a_ticket_s_key_is_its_own_and_its_version_s() -> None:
    other = Payload(UUID(int=TICKET.int + 1), EVENT, 0)
    keys = {
        KEYS.ticket_key(each)
        for each in (Payload(TICKET, EVENT, 0), Payload(TICKET, EVENT, 1), other)
    }
    assert len(keys) == 3
