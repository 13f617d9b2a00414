"""One parser of addresses for HTTP, guessing limits, caps and sockets."""

from __future__ import annotations

import pytest

from arenapulse.core.addresses import NOWHERE, TrustedProxies, canonical, client_of, counted_as
from arenapulse.core.settings import Settings

PROXIES = TrustedProxies.of("10.0.0.0/8", "::1")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::FFFF:cb00:7107", "203.0.113.7"),
        ("[::ffff:203.0.113.7]:4711", "203.0.113.7"),
        ("2001:DB8::1", "2001:db8::1"),
        ("2001:db8:0:0:0:0:0:1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_an_address_has_one_spelling(written: str, meant: str) -> None:
    assert canonical(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "",
        "unknown",
        "_hidden",
        "203.0.113",
        "203.0.113.007",
        "203.0.113.7:",
        "203.0.113.7:port",
        "203.0.113.7:٣",
        "[2001:db8::1",
        "[2001:db8::1]443",
        "[2001:db8::1]:x",
        "2001:db8::1::2",
        "1" * 65,
        "::1%" + "x" * 61,
    ],
)
def test_what_is_no_address_is_none(written: str) -> None:
    assert canonical(written) is None


def test_the_spellings_of_one_address_share_a_bucket_and_others_do_not() -> None:
    spellings = ("203.0.113.7", "203.0.113.7:1", "203.0.113.7:2", "::ffff:203.0.113.7")
    assert {counted_as(spelling) for spelling in spellings} == {"203.0.113.7"}
    assert counted_as("::ffff:203.0.113.8") == "203.0.113.8"


def test_a_household_with_an_ipv6_network_is_one_bucket() -> None:
    assert (
        counted_as("2001:db8:1:2::1") == counted_as("[2001:db8:1:2:ffff::9]:80") == "2001:db8:1:2::"
    )
    assert counted_as("2001:db8:1:3::1") == "2001:db8:1:3::"


def test_what_is_no_address_is_its_own_bucket_and_bounded() -> None:
    assert counted_as(NOWHERE) == NOWHERE
    assert counted_as("x" * 1_000) == "x" * 64


@pytest.mark.asvs("V4.1.3", "V15.3.4")
@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        # Nobody in front: the header is the client's own word.
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("::ffff:203.0.113.7", "", "203.0.113.7"),
        (None, "198.51.100.1", NOWHERE),
        # A proxy of ours: its entry is the last one.
        ("10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("::ffff:10.0.0.1", "203.0.113.7:4711", "203.0.113.7"),
        ("10.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("::1", " 203.0.113.7 , 10.2.3.4", "203.0.113.7"),
        ("10.0.0.1", "", "10.0.0.1"),
        # A chain of ours that says something odd, or too much: the last that we know.
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.7, _hidden, 10.2.3.4", "10.2.3.4"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "203.0.113.7" + ",10.0.0.2" * 16, "10.0.0.1"),
    ],
)
def test_the_client_is_the_nearest_address_that_no_proxy_of_ours_has(
    peer: str | None, forwarded: str, client: str
) -> None:
    assert client_of(peer, forwarded=forwarded, proxies=PROXIES) == client


@pytest.mark.asvs("V4.1.3")
def test_without_trusted_proxies_the_peer_is_the_client() -> None:
    assert client_of("10.0.0.1", forwarded="203.0.113.7", proxies=TrustedProxies()) == "10.0.0.1"


def test_trusted_proxies_come_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARENAPULSE_ENV", "production")
    monkeypatch.setenv("ARENAPULSE_TRUSTED_PROXIES", "::ffff:10.0.0.1, 192.168.0.0/16,")
    proxies = Settings().proxies
    assert proxies == TrustedProxies.of("10.0.0.1", "192.168.0.0/16")
    assert [proxies.covers(a) for a in ("10.0.0.1", "192.168.9.9", "127.0.0.1")] == [
        True,
        True,
        False,
    ]
    monkeypatch.setenv("ARENAPULSE_ENV", "development")
    assert Settings().proxies.covers("127.0.0.1")


@pytest.mark.parametrize("given", ["proxy.example", "10.0.0.1/8", "10.0.0.0/33"])
def test_a_trusted_proxy_that_is_no_address_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("ARENAPULSE_TRUSTED_PROXIES", given)
    with pytest.raises(ValueError, match="TRUSTED_PROXIES"):
        Settings()
