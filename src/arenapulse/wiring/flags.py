"""Flags: the switches of a process, and who sets them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from arenapulse.flags import routes, terms
from arenapulse.flags.switches import Switches
from arenapulse.wiring.parts import House, Part

KIND_SWITCHES: Final = {
    "payments.charge_due": terms.PAYMENTS,
    "payments.refund_due": terms.REFUNDS,
    "webhooks.deliver_due": terms.WEBHOOKS,
    "notifications.send_mails": terms.MAIL,
    "notifications.send_mail_campaigns": terms.MAIL,
    "notifications.send_texts": terms.TEXTS,
    "notifications.send_text_campaigns": terms.TEXTS,
}
"""By kind of due work: while its switch is off nobody is called, and rows wait without a try."""


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
