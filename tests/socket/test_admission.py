"""Who is let in: origins, totals, rates, addresses; and how much one socket may say."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from arenapulse.core.addresses import TrustedProxies
from arenapulse.runtime.socket.admission import Gate
from arenapulse.runtime.socket.limits import SocketSettings
from arenapulse.runtime.socket.metrics import Counters
from tests.socket.conftest import Kitchen, Served, stopped
from tests.socket.rawws import PATH, RawSocket, connect, until

Serve = Callable[..., Served]
POLLING = {"EIO": "4", "transport": "polling"}


def knock(server: Served, **headers: str) -> int:
    """The answer to a websocket handshake; the stock path says 403 to every refusal."""
    with RawSocket(server.port, headers=headers) as client:
        return client.status


def refusal(server: Served, status: int) -> int:
    return 403 if server.stock else status


@pytest.mark.asvs("V4.4.2")
@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),
        ("http://127.0.0.1:{port}", True),
        ("https://127.0.0.1:{port}", True),
        ("https://tickets.example", True),
        ("https://evil.example", False),
        ("https://tickets.example.evil.example", False),
        ("http://tickets.example", False),
        ("http://127.0.0.1:1", False),
        ("null", False),
        ("", False),
        ("http://[", False),
    ],
)
def test_only_our_own_host_and_listed_origins_may_connect(
    origins: Served, origin: str | None, allowed: bool
) -> None:
    headers = {} if origin is None else {"Origin": origin.format(port=origins.port)}
    assert knock(origins, **headers) == (101 if allowed else 403)
    polled = httpx.get(f"{origins.url}/socket.io/", params=POLLING, headers=headers)
    assert polled.status_code == (200 if allowed else 403)
    shared = polled.headers.get("access-control-allow-origin")
    assert shared == (headers.get("Origin") if allowed else None)


@pytest.fixture(scope="module")
def origins(kitchen: Kitchen) -> Iterator[Served]:
    made = kitchen.started(allowed_origins=["https://tickets.example"])
    yield made
    stopped(made)


def test_a_preflight_is_answered_for_allowed_origins_only(origins: Served) -> None:
    def ask(origin: str) -> httpx.Response:
        return httpx.options(
            f"{origins.url}/socket.io/", params=POLLING, headers={"Origin": origin}
        )

    good, bad = ask("https://tickets.example"), ask("https://evil.example")
    assert good.status_code == 204
    assert good.headers["access-control-allow-methods"] == "GET, POST"
    assert bad.status_code == 403
    assert "access-control-allow-origin" not in bad.headers


def test_handshakes_of_one_address_are_limited_and_of_others_not(serve: Serve) -> None:
    server = serve(handshakes_burst=3, handshakes_per_second=0.01, trusted_proxies=["127.0.0.1"])
    first = [knock(server, **{"X-Forwarded-For": "203.0.113.7"}) for _ in range(5)]
    assert first == [101] * 3 + [refusal(server, 429)] * 2
    polled = httpx.get(
        f"{server.url}/socket.io/", params=POLLING, headers={"X-Forwarded-For": "203.0.113.7"}
    )
    assert polled.status_code == 429
    assert polled.headers["retry-after"] == "5"
    assert knock(server, **{"X-Forwarded-For": "203.0.113.8"}) == 101
    # What a client says about itself before the proxy's own entry does not count.
    forged = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}
    assert knock(server, **forged) == refusal(server, 429)


def test_a_stranger_cannot_choose_an_address(serve: Serve) -> None:
    server = serve(handshakes_burst=2, handshakes_per_second=0.01)
    answers = [knock(server, **{"X-Forwarded-For": f"203.0.113.{n}"}) for n in range(4)]
    assert answers == [101] * 2 + [refusal(server, 429)] * 2


def test_connections_are_limited_per_address_and_in_all(serve: Serve) -> None:
    server = serve(connections_max=4, connections_per_address_max=2, trusted_proxies=["127.0.0.1"])

    def enter(address: str) -> RawSocket:
        return RawSocket(server.port, headers={"X-Forwarded-For": address})

    inside = [enter("10.0.0.1").open(), enter("10.0.0.1").open()]
    assert enter("10.0.0.1").status == refusal(server, 429)
    inside += [enter("10.0.0.2").open(), enter("10.0.0.3").open()]
    assert enter("10.0.0.4").status == refusal(server, 503)
    assert inside[3].call("state")["counters"]["refused"] == 2
    inside[0].raw.close()
    assert until(lambda: inside[3].call("state")["engine"] == 3)
    newcomer = enter("10.0.0.4").open()
    assert newcomer.call("whoami")["session"]["address"] == "10.0.0.4"


def test_a_polling_session_counts_too_and_moves_over_without_counting_twice(
    serve: Serve,
) -> None:
    server = serve(connections_max=1)
    opened = httpx.get(f"{server.url}/socket.io/", params=POLLING)
    sid = httpx.Response(200, text=opened.text[1:]).json()["sid"]
    assert httpx.get(f"{server.url}/socket.io/", params=POLLING).status_code == 503
    with RawSocket(server.port, path=f"{PATH}&sid={sid}") as mover:
        assert mover.status == 101
        mover.send("2probe")
        assert mover.packet() == "3probe"
        mover.send("5")
        mover.send("40")
        assert mover.packet().startswith("40{")
        assert mover.call("state")["counters"]["connections"] == 1
        # The session has moved: neither way to it is open a second time.
        assert RawSocket(server.port, path=f"{PATH}&sid={sid}").status in {400, 403}
        late = httpx.get(f"{server.url}/socket.io/", params=POLLING | {"sid": sid})
        assert late.status_code == 400


def test_who_leaves_while_asked_who_they_are_is_forgotten(serve_fanout: Serve) -> None:
    """By polling the way out is another request; a room that was joined after it would stay."""
    server = serve_fanout()
    with httpx.Client(base_url=server.url, timeout=20) as http, connect(server.port) as probe:
        opened = http.get("/socket.io/", params=POLLING)
        query = POLLING | {"sid": httpx.Response(200, text=opened.text[1:]).json()["sid"]}
        with ThreadPoolExecutor(1) as pool:
            auth = '40{"room":"person:1","after":0.5}'
            asked = pool.submit(http.post, "/socket.io/", params=query, content=auth)
            time.sleep(0.2)
            http.post("/socket.io/", params=query, content="1")
            asked.result()
        assert until(lambda: probe.call("state")["sids"] == 1)
        assert probe.call("state")["rooms"] == []


def test_an_upgrade_that_is_never_finished_leaves_polling_as_it_was(
    serve_fanout: Serve,
) -> None:
    server = serve_fanout(upgrade_seconds_max=0.3)
    with httpx.Client(base_url=server.url, timeout=20) as http:
        opened = http.get("/socket.io/", params=POLLING)
        query = POLLING | {"sid": httpx.Response(200, text=opened.text[1:]).json()["sid"]}
        http.post("/socket.io/", params=query, content="40")
        assert http.get("/socket.io/", params=query).text.startswith("40")
        path = f"{PATH}&sid={query['sid']}"
        with RawSocket(server.port, path=path) as mover:
            mover.send("2probe")
            assert mover.packet() == "3probe"
            assert RawSocket(server.port, path=path).status == 400
            assert mover.closes() == 1008
        http.post("/socket.io/", params=query, content='421["echo",7]')
        got = ""
        while "431[7]" not in got:
            got += http.get("/socket.io/", params=query).text


def test_a_socket_that_talks_too_much_is_closed(serve: Serve) -> None:
    server = serve(messages_per_second=1, messages_burst=20)
    with connect(server.port) as client:
        for _ in range(40):
            client.send('42["echo",1]')
        assert client.closes() in ({1012, 1000, 1005} if server.stock else {1008})
    assert server.counters()["rate_closed"] == 1


def test_a_poller_that_talks_too_much_is_closed(serve: Serve) -> None:
    server = serve(messages_per_second=1, messages_burst=20)
    with httpx.Client(base_url=server.url, timeout=20) as http:
        opened = http.get("/socket.io/", params=POLLING)
        query = POLLING | {"sid": httpx.Response(200, text=opened.text[1:]).json()["sid"]}
        many = "\x1e".join(["3"] * 8)
        answers = [
            http.post("/socket.io/", params=query, content=many).status_code for _ in range(4)
        ]
    assert answers == [200, 200, 429, 400]


def test_the_spellings_of_an_address_are_counted_as_one() -> None:
    settings = SocketSettings(
        handshakes_burst=1, trusted_proxies=TrustedProxies.of("10.0.0.1"), connections_max=9
    )
    gate = Gate(settings, counters=Counters())
    came = [
        gate.client_address("::ffff:10.0.0.1", headers={"x-forwarded-for": forwarded})
        for forwarded in ("203.0.113.7:1", "::ffff:203.0.113.7", "203.0.113.8", "2001:db8::1")
    ]
    assert came == ["203.0.113.7", "203.0.113.7", "203.0.113.8", "2001:db8::1"]
    refused = [gate.refuses_newcomer(address) for address in (*came, "2001:db8::2")]
    statuses = [None if refusal is None else refusal.status for refusal in refused]
    assert statuses == [None, 429, None, None, 429]
