"""The vendors' news over HTTP: judged by its signature on what was sent, not by a token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request

from arenapulse.core import clock
from arenapulse.notifications import sendgrid_mail, service, twilio_sms
from arenapulse.notifications.errors import BadWebhookSignature
from arenapulse.notifications.sendgrid_mail import SendGridWebhook
from arenapulse.notifications.service.hearing import mail_events, text_event
from arenapulse.notifications.twilio_sms import TwilioWebhook
from arenapulse.runtime.web.deps import ServiceDb
from arenapulse.runtime.web.envelope import Envelope, View, ok
from arenapulse.runtime.web.provided import provided

router = APIRouter(prefix="/api/v1", tags=["webhooks"])

TWILIO_PATH: Final = "/api/v1/webhooks/twilio"
FIELDS_MAX: Final = 100


@dataclass(frozen=True)
class Judges:
    """Who knows a vendor's signature; None where that vendor is not used.

    `base_url` is what Twilio was told to call: it signs the address, and the Host header is
    anybody's to choose.
    """

    sendgrid: SendGridWebhook | None
    twilio: TwilioWebhook | None
    base_url: str


class Heard(View):
    received: bool = True


JudgesDep = Annotated[Judges, Depends(provided(Judges))]


@router.post("/webhooks/sendgrid")
async def sendgrid(request: Request, session: ServiceDb, judges: JudgesDep) -> Envelope[Heard]:
    """Delivery events of mails: each once, in any order."""
    payload, now = await request.body(), clock.now()
    judge = judges.sendgrid
    if judge is None or not judge.is_signed(
        payload,
        signature=request.headers.get(sendgrid_mail.SIGNATURE_HEADER, ""),
        timestamp=request.headers.get(sendgrid_mail.TIMESTAMP_HEADER, ""),
        now=now,
    ):
        raise BadWebhookSignature
    await service.hear(session, news=mail_events(payload), now=now)
    return ok(Heard())


@router.post("/webhooks/twilio")
async def twilio(request: Request, session: ServiceDb, judges: JudgesDep) -> Envelope[Heard]:
    """The status of a text message: each once, in any order."""
    form = _form(await request.body())
    query = request.scope["query_string"].decode("latin-1")
    url = f"{judges.base_url}{TWILIO_PATH}" + (f"?{query}" if query else "")
    signature = request.headers.get(twilio_sms.SIGNATURE_HEADER, "")
    if judges.twilio is None or not judges.twilio.is_signed(url, form, signature=signature):
        raise BadWebhookSignature
    # Which message it is about stands in the address that we gave, and that Twilio signed.
    message, now = request.query_params.get("message", ""), clock.now()
    await service.hear(session, news=text_event(form, message=message, now=now), now=now)
    return ok(Heard())


def _form(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX))
    except ValueError:
        raise BadWebhookSignature from None
