"""Codes of the time, by the vectors of RFC 6238, appendix B (SHA-1, the last six digits)."""

from __future__ import annotations

from uuid import UUID

import pytest

from arenapulse.identity import recoverycode, totp, useragent

SECRET = b"12345678901234567890"


@pytest.mark.asvs("V6.5.5")
@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes(seconds: int, code: str) -> None:
    assert totp.code_at(SECRET, step=seconds // 30) == code
    for drift, known in ((-29, True), (0, True), (30, True), (61, False)):
        found = totp.step_of(SECRET, code=code, unix_seconds=seconds + drift, after=0)
        assert (found == seconds // 30) is known, drift
    assert totp.step_of(SECRET, code=code, unix_seconds=seconds, after=seconds // 30) is None


@pytest.mark.asvs("V6.5.3", "V6.5.4")
def test_recovery_codes_are_read_as_people_type_them() -> None:
    key, user = b"k" * 32, UUID(int=7)
    code = recoverycode.minted()
    kept = recoverycode.hash_of(code, key=key, user_id=user)
    assert recoverycode.hash_of(f" {code.lower()} ", key=key, user_id=user) == kept
    assert recoverycode.hash_of(code, key=b"o" * 32, user_id=user) != kept


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.5.0", "curl"),
        ("", ""),
    ],
)
def test_devices_have_names(agent: str, name: str) -> None:
    assert useragent.name_of(agent) == name
