"""The keyring: what was sealed opens at its place, by its key, and nowhere else."""

from __future__ import annotations

import pytest

from arenapulse.runtime.crypto import Keyring

FIRST = "the first root secret " + "x" * 32
SECOND = "the second root secret " + "y" * 32
PLAIN = b"+44 20 7946 0000"
# Sealed by FIRST for "phone" before envelopes named their key.
WITHOUT_KEY_ID = bytes.fromhex(
    "01b04035f4e59fcdf52b4a077d32eeb82bee47f083bfd06e996e0c37e6d2f226c475eb85b2541d6544a446026f"
)


@pytest.mark.asvs("V11.3.2")
def test_what_was_sealed_opens() -> None:
    ring = Keyring(FIRST)
    sealed = ring.seal(PLAIN, purpose="phone", bound_to="users.phone:1")
    assert PLAIN not in sealed
    assert ring.open(sealed, purpose="phone", bound_to="users.phone:1") == PLAIN
    assert ring.seal(PLAIN, purpose="phone", bound_to="users.phone:1") != sealed


@pytest.mark.asvs("V11.3.3")
@pytest.mark.parametrize(
    ("purpose", "bound_to"),
    [("phone", "users.phone:2"), ("phone", ""), ("totp", "users.phone:1")],
)
def test_moved_to_another_place_it_does_not_open(purpose: str, bound_to: str) -> None:
    ring = Keyring(FIRST)
    sealed = ring.seal(PLAIN, purpose="phone", bound_to="users.phone:1")
    with pytest.raises(ValueError, match="does not open"):
        ring.open(sealed, purpose=purpose, bound_to=bound_to)


@pytest.mark.asvs("V11.3.1", "V11.3.3")
def test_a_changed_bit_anywhere_does_not_open() -> None:
    ring = Keyring(FIRST)
    sealed = ring.seal(PLAIN, purpose="phone")
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(ValueError, match=r"envelope|not on the ring"):
            ring.open(changed, purpose="phone")
    for length in range(len(sealed)):
        with pytest.raises(ValueError, match=r"envelope|not on the ring|Nonce"):
            ring.open(sealed[:length], purpose="phone")


@pytest.mark.asvs("V11.1.1")
def test_after_a_rotation_the_old_opens_and_the_new_seals() -> None:
    old, both, new = Keyring(FIRST), Keyring(SECOND, former=[FIRST]), Keyring(SECOND)
    before = old.seal(PLAIN, purpose="phone")
    assert both.open(before, purpose="phone") == PLAIN
    assert not both.is_current(before)
    after = both.seal(PLAIN, purpose="phone")
    assert both.is_current(after)
    assert new.open(after, purpose="phone") == PLAIN
    with pytest.raises(ValueError, match="not on the ring"):
        new.open(before, purpose="phone")


def test_a_key_is_named_without_being_told() -> None:
    assert Keyring(FIRST).key_id == Keyring(FIRST, former=[SECOND]).key_id
    assert Keyring(FIRST).key_id != Keyring(SECOND).key_id
    assert len(Keyring(FIRST).key_id) == 8


@pytest.mark.asvs("V11.1.2")
def test_keys_of_each_root_secret_the_present_one_first() -> None:
    both = Keyring(SECOND, former=[FIRST])
    assert both.derive_each("mac") == (Keyring(SECOND).derive("mac"), Keyring(FIRST).derive("mac"))
    assert both.derive("mac") == both.derive_each("mac")[0]


@pytest.mark.asvs("V11.2.2")
def test_an_envelope_from_before_key_ids_opens() -> None:
    assert Keyring(SECOND, former=[FIRST]).open(WITHOUT_KEY_ID, purpose="phone") == PLAIN


@pytest.mark.asvs("V11.2.3")
def test_a_short_secret_is_none() -> None:
    with pytest.raises(AssertionError, match="too short"):
        Keyring(FIRST, former=["short"])


def test_a_blind_index_says_that_two_are_the_same_and_not_what() -> None:
    old, both = Keyring(FIRST), Keyring(SECOND, former=[FIRST])
    index = both.index(PLAIN, purpose="phone")
    assert index == Keyring(SECOND).index(PLAIN, purpose="phone")
    assert both.former_indexes(PLAIN, purpose="phone") == (old.index(PLAIN, purpose="phone"),)
    others = {
        old.index(PLAIN, purpose="phone"),
        both.index(PLAIN + b"1", purpose="phone"),
        both.index(PLAIN, purpose="address"),
    }
    assert index not in others
    assert len(others) == 3
