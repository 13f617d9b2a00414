"""What leads out of our networks, however it is written."""

from __future__ import annotations

import pytest

from arenapulse.webhooks.destination import is_public, parsed


@pytest.mark.asvs("V1.3.6", "V13.2.4", "V13.2.5")
@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
        *("0.0.0.0", "255.255.255.255", "224.0.0.1", "239.1.1.1", "240.0.0.1", "198.18.0.1"),
        *("::", "::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::7f00:1"),
        *("fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::10.0.0.1"),
        *("64:ff9b::169.254.169.254", "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::1"),
        *("fec0::1", "fec0:0:0:ffff::1", "feff:ffff::1"),
        *("2001:0:7f00:1::", "2001:db8::1", "localhost", "", "0x7f.1", "2130706433"),
    ],
)
def test_leads_inside(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111"])
def test_leads_outside(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://hooks.example.org/a?b=c", ("hooks.example.org", 443)),
        ("https://hooks.example.org:8443", ("hooks.example.org", 8443)),
        ("https://[2606:4700::1111]:1/x", ("2606:4700::1111", 1)),
    ],
)
def test_is_taken(url: str, found: tuple[str, int]) -> None:
    assert parsed(url, is_plain_allowed=False) == found


@pytest.mark.asvs("V1.2.2", "V13.2.4")
@pytest.mark.parametrize(
    "url",
    [
        *("http://hooks.example.org", "ftp://hooks.example.org", "//hooks.example.org", "hooks"),
        *("https://user:pass@hooks.example.org", "https://user@hooks.example.org", "https://"),
        *("https://hooks.example.org:0", "https://hooks.example.org:99999", "https://a b.org"),
        *("https://hooks.example.org/\r\nX: y", "https://a\\@b.org", "https://a.org/#x"),
        *("gopher://a.org", "file:///etc/passwd", "https://[::1"),
    ],
)
def test_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parsed(url, is_plain_allowed=False)


def test_plain_http_is_taken_where_it_is_allowed() -> None:
    assert parsed("http://hooks.example.org", is_plain_allowed=True) == ("hooks.example.org", 80)
