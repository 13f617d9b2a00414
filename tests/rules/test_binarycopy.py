"""Rows of what clients told are laid out as PostgreSQL's binary COPY wants them."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from arenapulse.analytics.binarycopy import HEADER, TRAILER, pieces
from arenapulse.analytics.tally import Kept

AT = dt.datetime(2000, 1, 1, 0, 0, 1, tzinfo=dt.UTC)
EARLIER = dt.datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC)
EVENT = UUID(int=7)


def test_each_field_has_its_size_before_it_and_nothing_has_none() -> None:
    rows = [
        Kept(AT, EARLIER, EVENT, "view", "säule", b'{"a":1}'),
        Kept(AT, AT, None, "view", "", b"{}"),
        Kept(AT, AT, EVENT, "view", "", "{ß}".encode()),
    ]
    second = bytes.fromhex("00000008 00000000000f4240")
    before = bytes.fromhex("00000008 ffffffffffffffff")
    fields = bytes.fromhex("0006")
    view = bytes.fromhex("00000004") + b"view"
    event = bytes.fromhex("00000010") + bytes(15) + b"\x07"
    none, empty = bytes.fromhex("ffffffff"), bytes(4)
    assert list(pieces(rows, size=2)) == [
        HEADER,
        b"".join(
            (fields, second, before, event, view, b"\0\0\0\x06s\xc3\xa4ule", b'\0\0\0\7{"a":1}')
        )
        + b"".join((fields, second, second, none, view, empty, b"\0\0\0\2{}")),
        b"".join((fields, second, second, event, view, empty, b"\0\0\0\4{\xc3\x9f}")),
        TRAILER,
    ]
