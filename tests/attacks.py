"""Hostile variations of a valid request: bodies, identifiers, queries, headers, tokens.

Each is a name, what to send, and the statuses that are right for it.
"""

from __future__ import annotations

import base64
import copy
import datetime as dt
import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from joserfc import jwt

from arenapulse.core.ids import SessionId, UserId
from arenapulse.identity.tokens import AccessTokens
from arenapulse.runtime.crypto import Keyring

JSON_TYPE = {"Content-Type": "application/json"}
MALFORMED = frozenset({400})
INVALID = frozenset({422})
UNREADABLE = MALFORMED | INVALID
TOO_LARGE = frozenset({413})
BIG_BYTES = 10_100_000
DEEP = 100_000
LONG_TEXT = 40_000
LONG_LIST = 4_000
# Python refuses to read more digits than this from text, and says so by an exception of its own.
DIGITS = 5_000
SQL = "x' UNION SELECT 1 --"

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Attack:
    name: str
    statuses: frozenset[int]
    content: bytes | None = None
    headers: Mapping[str, str | bytes] = field(default_factory=dict)


# Fields that may be left out, where others of the same body may not.
MAY_LACK = frozenset({"amenities", "capacity", "taxRate", "token"})


def bodies(valid: Mapping[str, Any], *, is_partial: bool, is_optional: bool) -> Iterator[Attack]:
    """Everything that may be wrong with a body, each alone in an otherwise valid one."""
    yield from _whole(is_partial=is_partial, is_optional=is_optional)
    yield from _types(json.dumps(valid).encode())
    for path, value in _nodes(valid):
        name = ".".join(str(part) for part in path)
        for what, wrong in _wrong(value):
            if wrong is None and path[-1] in MAY_LACK:
                continue
            may_lack = is_optional and wrong is None
            statuses = frozenset({200, 401, 409}) if may_lack else INVALID
            if what == "very long":
                statuses |= TOO_LARGE
            yield _body(f"{name} {what}", _replaced(valid, path, wrong), statuses)
        if isinstance(value, str):
            text = json.dumps(_replaced(valid, path, value + "HALF")).replace("HALF", "\\ud800")
            yield Attack(f"{name} half a character", UNREADABLE, text.encode(), JSON_TYPE)
        if not isinstance(value, dict | list):
            yield from _raw_numbers(valid, path, name)
        if isinstance(path[-1], str) and snake(path[-1]) != path[-1] and not _is_id(path[-1]):
            renamed = _replaced(_without(valid, path), (*path[:-1], snake(path[-1])), value)
            yield _body(f"{name} in snake_case", renamed, INVALID)
        if isinstance(path[-1], str) and not is_partial and path[-1] not in MAY_LACK:
            yield _body(f"{name} missing", _without(valid, path), INVALID)
    # What is empty in a right body is anybody's own: a browser's answer, say.
    for path in [(), *(p for p, value in _nodes(valid) if value and isinstance(value, dict))]:
        unknown = _replaced(valid, (*path, "surprise"), 1)
        yield _body(f"unknown field below {path}", unknown, INVALID)


def _whole(*, is_partial: bool, is_optional: bool) -> Iterator[Attack]:
    nothing = frozenset({200, 401, 409}) if is_optional else UNREADABLE
    yield Attack("no body", nothing, b"", JSON_TYPE)
    yield Attack("null", nothing if is_optional else INVALID, b"null", JSON_TYPE)
    if not is_partial and not is_optional:
        yield Attack("an empty object", INVALID, b"{}", JSON_TYPE)
    for content in (b'{"a":', b"{'a': 1}", b"nothing", b'{"a" 1}', b"{}{}", b"\x00", b"NaN"):
        yield Attack(f"broken JSON {content!r}", UNREADABLE, content, JSON_TYPE)
    for content in (b"[]", b'"text"', b"17", b"true", b"[{}]"):
        yield Attack(f"another type {content!r}", INVALID, content, JSON_TYPE)
    yield Attack("not UTF-8", UNREADABLE, b'{"a": "\xff\xfe"}', JSON_TYPE)
    yield Attack("UTF-16", UNREADABLE, '{"a": 1}'.encode("utf-16"), JSON_TYPE)
    # Where a body has to be small, it is not looked at.
    deep = UNREADABLE | TOO_LARGE
    yield Attack("deep lists", deep, b"[" * DEEP + b"]" * DEEP, JSON_TYPE)
    yield Attack("deep objects", deep, b'{"a":' * DEEP + b"1" + b"}" * DEEP, JSON_TYPE)
    yield Attack("10 MB", TOO_LARGE, b'{"a": "' + b"x" * BIG_BYTES + b'"}', JSON_TYPE)


def _types(content: bytes) -> Iterator[Attack]:
    for kind in ("text/plain", "application/xml", "multipart/form-data; boundary=x", "", "json"):
        yield Attack(f"sent as {kind!r}", frozenset({415}), content, {"Content-Type": kind})
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    yield Attack("sent as a form", frozenset({415}), content, form)


def _wrong(value: object) -> Iterator[tuple[str, object]]:
    match value:
        case bool():
            yield from (("text", "perhaps"), ("an object", {}), ("a number", 7), ("null", None))
        case int():
            yield from (("text", "seven"), ("a list", [1]), ("a fraction", 1.5), ("null", None))
            yield from (("past 2^63", 2**63), ("below -2^63", -(2**63) - 1), ("negative", -1))
        case float():
            yield from (("text", "north"), ("an object", {}), ("far away", 1e12), ("null", None))
        case str():
            yield from (("an object", {"$ne": 1}), ("a list", ["x"]), ("null", None))
            yield from (("with NUL", value + "\x00"), ("very long", "x" * LONG_TEXT))
        case list():
            yield from (("an object", {}), ("text", "x"), ("a number", 17), ("null", None))
            yield ("very long", list(value or [1]) * LONG_LIST)
        case dict():
            yield from (("a list", [[]]), ("text", "x"), ("a number", 17), ("null", None))
        case _:
            raise AssertionError(value)


def _raw_numbers(valid: Mapping[str, Any], path: Path, name: str) -> Iterator[Attack]:
    text = json.dumps(_replaced(valid, path, "HERE"))
    for what, number in (
        ("infinite", "1e400"),
        ("of very many digits", "9" * DIGITS),
        ("NaN", "NaN"),
        ("Infinity", "-Infinity"),
    ):
        content = text.replace('"HERE"', number).encode()
        yield Attack(f"{name} {what}", UNREADABLE, content, JSON_TYPE)


def snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", lambda found: "_" + found[1].lower(), name)


def _is_id(name: str) -> bool:
    return name.count("-") == 4


def _body(name: str, value: object, statuses: frozenset[int]) -> Attack:
    return Attack(name, statuses, json.dumps(value).encode(), JSON_TYPE)


def _nodes(value: object, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    children: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(value, dict):
        children = iter(value.items())
    elif isinstance(value, list):
        children = iter(enumerate(value))
    for key, child in children:
        yield (*path, key), child
        yield from _nodes(child, (*path, key))


def _replaced(body: Mapping[str, Any], path: Path, value: object) -> dict[str, Any]:
    made: Any = copy.deepcopy(body)
    place = made
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return made


def _without(body: Mapping[str, Any], path: Path) -> dict[str, Any]:
    made: Any = copy.deepcopy(body)
    place = made
    for part in path[:-1]:
        place = place[part]
    del place[path[-1]]
    return made


# Not UUIDs, as they may stand in a path; some of them are another path altogether.
IDENTIFIERS = (
    "1",
    "-1",
    "null",
    "undefined",
    "%00",
    "%ff%fe",
    "..%2f..%2fetc%2fpasswd",
    "%0d%0aSet-Cookie:%20a=b",
    "'%20OR%20'1'='1",
    "0" * 32 + "0",
    "g0000000-0000-0000-0000-000000000000",
    "x" * 4_000,
)


def identifiers() -> Iterator[str]:
    """Well formed, but nobody's."""
    yield str(uuid4())
    yield "00000000-0000-0000-0000-000000000000"
    yield "ffffffff-ffff-ffff-ffff-ffffffffffff"


def queries(schema: Mapping[str, Any]) -> Iterator[str]:
    """Wrong values, percent-encoded, for a query parameter of this schema."""
    kinds = [schema, *schema.get("anyOf", [])]
    named = {kind.get("type") for kind in kinds} - {None}
    formats = {kind.get("format") for kind in kinds} - {None}
    yield "%00"
    if "integer" in named:
        yield from ("abc", "-1", "1.5", "", "9" * 30, "9" * DIGITS, "1e3", "true")
        if all(kind.get("minimum") != 0 for kind in kinds):
            yield "0"
    elif formats:
        yield from ("x", "17%27", "2027-13-45T99:99:99Z", "x" * LONG_TEXT)
        # Neither has a year in UTC that Python knows.
        yield from ("0001-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59-23:59", "1795984491")
    elif "array" in named:
        yield from ("", "x" * LONG_TEXT)
        if schema.get("items", {}).get("type") != "string":
            yield "NOPE"
    else:
        yield "x" * LONG_TEXT


KEYS: tuple[bytes, ...] = (b"", b" ", b"a b", b"k" * 256, "ключ".encode(), b"\x7f", b"a\tb")
VERSIONS: tuple[bytes, ...] = (b"", b"abc", b"-1", b"9" * 40, b'W/"x"', b'""', b"\xff", b"*")
HEADERS: tuple[Mapping[str, bytes], ...] = (
    {"X-Request-Id": b"x" * 5_000},
    {"X-Request-Id": b"\xff<script>"},
    {"X-Forwarded-For": b"not-an-address, , 999.999.999.999"},
    {"X-Forwarded-For": b"1.1.1.1," * 5_000},
    {"Cookie": b"arenapulse_refresh=" + b"x" * 50_000},
    {"Accept": b"\x80\x81"},
    {"Origin": b"null"},
    {"Host": b"evil.test:99999"},
    {"Range": b"bytes=0-"},
    {"X-Padding": b"x" * 100_000},
)


def tokens(tokens: AccessTokens, *, person: UserId) -> Iterator[tuple[str, bytes, str]]:
    """Name, `Authorization` header, and the code that answers it."""
    now = dt.datetime.now(dt.UTC)

    def mint(by: AccessTokens, at: dt.datetime, **other: str) -> str:
        session = SessionId(uuid4())
        roles = frozenset({"ADMIN"})
        made = by.mint(person, session_id=session, roles=roles, signed_in_at=at, now=at)[0]
        return _signed_anew(made, by=by, changes=other) if other else made

    good = mint(tokens, now)
    head, claims, signature = good.split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    stranger = AccessTokens(Keyring("another-secret-" + "y" * 32))
    public = tokens.public_keys()["keys"][0]["x"].encode()
    yield "expired", _bearer(mint(tokens, now - dt.timedelta(hours=1))), "AUTH002"
    for name, token in (
        ("signed by somebody else", mint(stranger, now)),
        ("of no algorithm", f"{_part({'alg': 'none'})}.{claims}."),
        ("of no algorithm, signed", f"{_part({'alg': 'None'})}.{claims}.{signature}"),
        ("by the public key as a secret", _confused(public, head, claims)),
        ("with other claims", f"{head}.{_part({'sub': str(uuid4())})}.{signature}"),
        ("cut short", good[:-20]),
        ("without a signature", f"{head}.{claims}"),
        (
            "of a key by its path",
            f"{_part({**header, 'kid': '../../dev/null'})}.{claims}.{signature}",
        ),
        ("of a key by SQL", f"{_part({**header, 'kid': SQL})}.{claims}.{signature}"),
        ("for somebody else's API", mint(tokens, now, aud="https://other.test")),
        ("by another issuer", mint(tokens, now, iss="https://other.test")),
        ("of another kind", mint(tokens, now, typ="JWT")),
        ("with its own key", f"{_part({'alg': 'EdDSA', 'jwk': {}})}.{claims}.{signature}"),
        ("of a header that is a list", f"{_part([])}.{claims}.{signature}"),
        ("nothing", ""),
        ("text", "let me in"),
        ("very long", "x" * 60_000),
        ("dots", "." * 1_000),
    ):
        yield name, _bearer(token), "AUTH003"
    yield "not ASCII", b"Bearer \xff\xfe\x80", "AUTH003"
    yield "another scheme", b"Basic " + base64.b64encode(b"admin:admin"), "AUTH003"
    yield "an empty header", b"", "AUTH003"


def _bearer(token: str) -> bytes:
    return b"Bearer " + token.encode()


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _signed_anew(token: str, *, by: AccessTokens, changes: Mapping[str, str]) -> str:
    """Our own signature under other claims, as a leak of another service of ours would make it."""
    head, claims, _ = (base64.urlsafe_b64decode(part + "==") for part in token.split("."))
    header, told = json.loads(head), json.loads(claims)
    for name, value in changes.items():
        (header if name in header else told)[name] = value
    key = by._keys[header["kid"]]
    return jwt.encode(header, told, key, registry=by._registry)


def _confused(secret: bytes, head: str, claims: str) -> str:
    """Algorithm confusion: HMAC with the published key as if it were a shared secret."""
    padded = base64.urlsafe_b64decode(head + "==")
    signed = f"{_part(json.loads(padded) | {'alg': 'HS256'})}.{claims}"
    mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
