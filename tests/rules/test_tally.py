"""What a batch of client events counts as, whatever was sent in it."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest

from arenapulse.analytics.tally import Kept, session_mark, tally

AT = dt.datetime(2026, 11, 29, 10, 0, tzinfo=dt.UTC)
EVENT = UUID(int=7)


def view(session: str, properties: str) -> Kept:
    return Kept(AT, AT, EVENT, "view", session, properties.encode())


@pytest.mark.parametrize(
    "strange",
    [
        # Deeper than Python goes: the intake was higher up the stack and may have gone there.
        '{"source": "mail", "a": ' + "[" * 4_000 + "]" * 4_000 + "}",
        '{"source": 7}',
        '{"source": "\\ud800"}',
        '{"source": "\\u0000"}',
        '{"source": null, "orderId": "x"}',
    ],
)
def test_strange_properties_count_as_a_view_and_hold_up_nobody_beside_them(strange: str) -> None:
    counted = tally([view("a", strange), view("b", '{"source": "Mail"}')])
    assert counted.counted == [(EVENT, "view", AT, 2)]
    assert counted.sources == [(EVENT, session_mark("b"), "mail")]
