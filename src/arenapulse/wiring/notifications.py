"""Notifications: the post, who carries it, what vendors tell about it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from arenapulse.core.settings import Settings
from arenapulse.notifications import tasks, webhooks
from arenapulse.notifications.carrier import Mailer, Texter
from arenapulse.notifications.sendgrid_mail import SendGridMail, SendGridWebhook
from arenapulse.notifications.sendgrid_sandbox import SendGridSandbox, public_key, signing_key
from arenapulse.notifications.smtp_mail import SmtpMail
from arenapulse.notifications.twilio_sandbox import TwilioSandbox
from arenapulse.notifications.twilio_sms import TwilioSms, TwilioWebhook
from arenapulse.runtime.context import Runtime
from arenapulse.runtime.jobs import Registry
from arenapulse.runtime.web.loopback import serving
from arenapulse.wiring.core import Core
from arenapulse.wiring.parts import House, Part

SANDBOX_NUMBER: Final = "+15005550006"


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Of the vendors, or of their twins where no key is set; None where neither may be."""

    sendgrid_key: str | None
    sendgrid_public_key: str | None
    twilio: tuple[str, str, str] | None
    """Account, token and sender."""


def has_sendgrid_twin(settings: Settings) -> bool:
    return not (settings.is_production or settings.sendgrid_api_key or settings.smtp_url)


def has_twilio_twin(settings: Settings) -> bool:
    return not (settings.is_production or settings.twilio_account_sid)


def credentials(runtime: Runtime) -> Credentials:
    settings, keyring = runtime.settings, runtime.keyring
    key, shown = settings.sendgrid_api_key, settings.sendgrid_webhook_key
    if has_sendgrid_twin(settings):
        key = f"SG.{keyring.derive('sendgrid sandbox key').hex()}"
        shown = public_key(signing_key(keyring))
    account, token, sender = (
        settings.twilio_account_sid,
        settings.twilio_auth_token,
        settings.twilio_from,
    )
    if has_twilio_twin(settings):
        account = f"AC{keyring.derive('twilio sandbox account', length=16).hex()}"
        token, sender = keyring.derive("twilio sandbox token", length=16).hex(), SANDBOX_NUMBER
    return Credentials(
        sendgrid_key=key,
        sendgrid_public_key=shown,
        twilio=(account, token, sender) if account and token and sender else None,
    )


def make_sendgrid_twin(runtime: Runtime) -> SendGridSandbox:
    settings = runtime.settings
    return SendGridSandbox(
        runtime.database,
        key=credentials(runtime).sendgrid_key or "",
        sender=settings.mail_from,
        webhook_url=f"{settings.base_url}/api/v1/webhooks/sendgrid",
        webhook_key=signing_key(runtime.keyring),
    )


def make_twilio_twin(runtime: Runtime) -> TwilioSandbox:
    known = credentials(runtime).twilio
    assert known is not None
    return TwilioSandbox(runtime.database, account=known[0], token=known[1], sender=known[2])


@asynccontextmanager
async def carrying(core: Core) -> AsyncGenerator[None, None]:
    """A worker's carriers, with the twins of those that have no keys."""
    runtime, post = core.runtime, core.post
    async with AsyncExitStack() as stack:
        mail_host, text_host = runtime.settings.sendgrid_host, runtime.settings.twilio_host
        if has_sendgrid_twin(runtime.settings) and mail_host is None:
            twin = make_sendgrid_twin(runtime)
            mail_host = await stack.enter_async_context(serving(twin.app, beside=twin.news.run()))
        if has_twilio_twin(runtime.settings) and text_host is None:
            twilio = make_twilio_twin(runtime)
            text_host = await stack.enter_async_context(
                serving(twilio.app, beside=twilio.news.run())
            )
        mailers = make_mailers(runtime, host=mail_host)
        texters = make_texters(runtime, host=text_host)
        for carrier in (*mailers, *texters):
            stack.push_async_callback(carrier.close)
        post.carriers.mailers, post.carriers.texters = mailers, texters
        yield


def make_mailers(runtime: Runtime, *, host: str | None) -> Sequence[Mailer]:
    settings = runtime.settings
    made: list[Mailer] = []
    key = credentials(runtime).sendgrid_key
    if key is not None:
        made.append(
            SendGridMail(
                key=key, sender=settings.mail_from, sender_name=settings.mail_from_name, host=host
            )
        )
    if settings.smtp_url is not None:
        made.append(
            SmtpMail(
                url=settings.smtp_url,
                sender=settings.mail_from,
                sender_name=settings.mail_from_name,
            )
        )
    return made


def make_texters(runtime: Runtime, *, host: str | None) -> Sequence[Texter]:
    known = credentials(runtime).twilio
    if known is None:
        return ()
    account, token, sender = known
    callback = f"{runtime.settings.base_url}{webhooks.TWILIO_PATH}"
    return (
        TwilioSms(account=account, token=token, sender=sender, callback_url=callback, host=host),
    )


def part(house: House) -> Part:
    runtime = house.core.runtime
    known = credentials(runtime)
    shown = known.sendgrid_public_key
    house.provided.give(
        webhooks.Judges,
        webhooks.Judges(
            sendgrid=None if shown is None else SendGridWebhook(shown),
            twilio=None if known.twilio is None else TwilioWebhook(known.twilio[1]),
            base_url=runtime.settings.base_url,
        ),
    )
    return Part(routers=(webhooks.router,))


def jobs(core: Core) -> Sequence[Registry]:
    return (tasks.registry(core.runtime.database, post=core.post),)
