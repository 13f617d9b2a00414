"""Flags: the switches of a process, and who sets them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from arenapulse.flags import routes, terms
from arenapulse.flags.switches import Switches
from arenapulse.wiring.parts import House, Part

KIND_SWITCHES: Final[Mapping[str, frozenset[str]]] = {
    "payments.charge_due": frozenset({terms.PAYMENTS}),
    "payments.refund_due": frozenset({terms.REFUNDS}),
    "webhooks.deliver_due": frozenset({terms.WEBHOOKS}),
    "notifications.send_mails": frozenset({terms.MAIL}),
    "notifications.send_mail_campaigns": frozenset({terms.MAIL, terms.CAMPAIGNS}),
    "notifications.send_texts": frozenset({terms.TEXTS}),
    "notifications.send_text_campaigns": frozenset({terms.TEXTS, terms.CAMPAIGNS}),
}
"""By kind of due work: while one of these is off nobody is called, and rows wait without a try."""


def may_run(kind: str, *, switches: Switches) -> bool:
    return all(switches.is_on(name) for name in KIND_SWITCHES[kind])


@asynccontextmanager
async def obeyed(switches: Switches) -> AsyncGenerator[None, None]:
    await switches.start()
    try:
        yield
    finally:
        await switches.stop()


def part(house: House, *, switches: Switches) -> Part:
    house.provided.give(Switches, switches)
    return Part(routers=(routes.router,), living=lambda: obeyed(switches))
