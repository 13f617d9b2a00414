"""The fuzzer of `make audit` proves that it was everywhere: what it missed is a finding."""

from __future__ import annotations

import json

from arenapulse.entrypoints.openapi import document
from tools.audit.fuzz import Reached, missed, operations

DOCUMENT = document()
EVERYWHERE = [
    json.dumps([label, mode, 422 if mode == "negative" else int(next(iter(each["responses"])))])
    for label, each in operations(DOCUMENT).items()
    for mode in ("positive", "negative")
]


def test_who_was_everywhere_missed_nothing() -> None:
    reached = Reached.of(EVERYWHERE)
    assert list(missed(DOCUMENT, reached)) == []
    many = len(EVERYWHERE) // 2
    assert f"{many} of {many} operations reached, {many} by right data" in reached.line(
        who="owner", of=many, seconds=1
    )


def test_what_was_left_out_and_what_the_document_does_not_have_is_told() -> None:
    placing, reading = '["POST /api/v1/orders", ', '["GET /api/v1/orders", '
    lines = [each for each in EVERYWHERE if not each.startswith((placing, reading))]
    lines += [f'{placing}"positive", 202]', f'{reading}"negative", 422]']
    assert sorted(missed(DOCUMENT, Reached.of(lines))) == [
        "never reached GET /api/v1/orders",
        "never reached by wrong data POST /api/v1/orders",
        "undocumented 202 of POST /api/v1/orders",
    ]
