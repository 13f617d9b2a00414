"""What needs somebody's hand at an event: judged from its signs, worst first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from arenapulse.analytics.schemas import SectionFigures, Signs, Worry
from arenapulse.analytics.terms import Level, WorryKind

CARDS_LEAST: Final = 10
"""Fewer charges in ten minutes say nothing of the bank."""
DECLINED_SHARE: Final = 0.3
GATE_SCANS_LEAST: Final = 50
"""Of the other gates together, in five minutes."""
GATE_SHARE: Final = 0.25
"""A gate that lets in less than so much of what the others do on average is slow."""
NEARLY_SHARE: Final = 0.95
WAIT_MINUTES: Final = 30
SECTIONS_MAX: Final = 5
_ORDER: Final = {Level.NO: 0, Level.WARN: 1, Level.INFO: 2}


def worries(signs: Signs, *, sections: Iterable[SectionFigures]) -> list[Worry]:
    found = [
        *_money(signs),
        *_line(signs),
        *_gates(signs),
        *_sections(sections),
        *_webhooks(signs),
    ]
    return sorted(found, key=lambda worry: _ORDER[worry.level])


def _money(signs: Signs) -> Iterable[Worry]:
    if signs.tried >= CARDS_LEAST and signs.declined >= DECLINED_SHARE * signs.tried:
        yield Worry(
            kind=WorryKind.PAYMENTS_FAILING,
            level=Level.NO,
            count=signs.declined,
            of=signs.tried,
        )
    if signs.refunds_failed:
        yield Worry(kind=WorryKind.REFUNDS_FAILED, level=Level.NO, count=signs.refunds_failed)
    if signs.paying_long:
        yield Worry(kind=WorryKind.PAYMENTS_SLOW, level=Level.WARN, count=signs.paying_long)


def _line(signs: Signs) -> Iterable[Worry]:
    if not signs.waiting:
        return
    if signs.waiting_places is not None and signs.waiting > signs.waiting_places:
        yield Worry(
            kind=WorryKind.LINE_OVER_PLACES,
            level=Level.WARN,
            count=signs.waiting,
            of=signs.waiting_places,
        )
    rate = signs.waiting_rate
    if rate is not None and signs.waiting > WAIT_MINUTES * rate:
        yield Worry(kind=WorryKind.LINE_LONG, level=Level.WARN, count=signs.waiting, of=round(rate))


def _gates(signs: Signs) -> Iterable[Worry]:
    pairs = list(zip(signs.gates or (), signs.gate_lately or (), strict=True))
    total = sum(many for _, many in pairs)
    for gate, many in pairs:
        others = total - many
        mean = others / (len(pairs) - 1) if len(pairs) > 1 else 0
        if others >= GATE_SCANS_LEAST and many < GATE_SHARE * mean:
            yield Worry(
                kind=WorryKind.GATE_SLOW, level=Level.WARN, count=many, of=round(mean), name=gate
            )
    if signs.devices_silent:
        yield Worry(
            kind=WorryKind.DEVICES_SILENT,
            level=Level.WARN,
            count=signs.devices_silent,
            name=signs.device_gate,
        )


def _sections(sections: Iterable[SectionFigures]) -> Iterable[Worry]:
    """Sections that are as good as gone, the fullest first: there may be places to release."""
    nearly = [
        each
        for each in sections
        if each.available > 0 and each.sold + each.held >= NEARLY_SHARE * (each.capacity or 1)
    ]
    nearly.sort(key=lambda each: each.available)
    for each in nearly[:SECTIONS_MAX]:
        yield Worry(
            kind=WorryKind.SECTION_NEARLY_SOLD,
            level=Level.INFO,
            count=each.available,
            of=each.capacity,
            section_id=each.section_id,
            name=each.name,
        )
    for each in sections:
        blocked = each.capacity - each.sold - each.held - each.available
        if each.available == 0 and each.sold and blocked > 0:
            yield Worry(
                kind=WorryKind.SECTION_HAS_BLOCKED,
                level=Level.INFO,
                count=blocked,
                of=each.capacity,
                section_id=each.section_id,
                name=each.name,
            )


def _webhooks(signs: Signs) -> Iterable[Worry]:
    if signs.webhooks_paused:
        yield Worry(kind=WorryKind.WEBHOOKS_PAUSED, level=Level.WARN, count=signs.webhooks_paused)
    if signs.webhooks_trying:
        yield Worry(kind=WorryKind.WEBHOOKS_TRYING, level=Level.INFO, count=signs.webhooks_trying)
