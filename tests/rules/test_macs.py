"""A MAC by a key that is kept is the one by the key itself."""

from __future__ import annotations

import hmac
import os

import pytest

from arenapulse.core.macs import Mac


@pytest.mark.parametrize("size", [0, 1, 32, 63, 64, 65, 200])
def test_it_is_the_library_s_for_keys_and_messages_of_any_length(size: int) -> None:
    key = os.urandom(size)
    mac = Mac(key)
    for length in (0, 1, 16, 55, 64, 1000):
        message = os.urandom(length)
        assert mac.of(message) == hmac.digest(key, message, "sha256")


def test_of_many_each_is_its_own() -> None:
    key = os.urandom(32)
    messages = [os.urandom(16) for _ in range(50)]
    wanted = [hmac.digest(key, message, "sha256") for message in messages]
    assert Mac(key).of_each(messages) == wanted
