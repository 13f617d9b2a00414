"""Each thing that production refuses, alone."""

from __future__ import annotations

import pytest

from arenapulse.core.settings import Settings
from arenapulse.entrypoints.production import production_refusals

GOOD = {
    "ARENAPULSE_ENV": "production",
    "ARENAPULSE_SECRET": "0123456789abcdef0123456789abcdef",
    "STRIPE_SECRET_KEY": "sk_live_51HyVendorKeyOfTwentyFour9",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_51HyVendorKeyOfTwentyFour9",
    "STRIPE_WEBHOOK_SECRET": "whsec_0123456789abcdefghijklmn",
    "ARENAPULSE_PUBLIC_URL": "https://tickets.example.org",
    "ARENAPULSE_MAIL_FROM": "tickets@example.org",
    "SENDGRID_API_KEY": "SG.0123456789abcdefghijklmn",
    "SENDGRID_WEBHOOK_KEY": "MFkw",
    "ARENAPULSE_MEDIA_BUCKET": "pictures-of-the-arena",
}


def refusals(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str | None]) -> list[str]:
    for name, value in environment.items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    return production_refusals(Settings())


def test_good_settings_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusals(monkeypatch, {**GOOD}) == []


def test_a_mail_server_of_ones_own_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"SENDGRID_API_KEY": None, "SENDGRID_WEBHOOK_KEY": None}
    assert refusals(monkeypatch, {**GOOD, **own, "ARENAPULSE_SMTP_URL": "smtps://a:b@c"}) == []


def test_a_folder_that_lasts_is_enough_for_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"ARENAPULSE_MEDIA_BUCKET": None, "ARENAPULSE_MEDIA_FOLDER": "/srv/pictures"}
    assert refusals(monkeypatch, {**GOOD, **own}) == []


@pytest.mark.asvs("V6.3.2", "V13.2.3", "V13.4.2", "V15.2.3")
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"ARENAPULSE_SECRET": None}, "ARENAPULSE_SECRET is missing"),
        ({"ARENAPULSE_SECRET": "0123456789abcdef0123456789abcde"}, "ARENAPULSE_SECRET is weak"),
        ({"ARENAPULSE_SECRET": "secret" * 8}, "ARENAPULSE_SECRET is weak"),
        ({"ARENAPULSE_FORMER_SECRETS": "secret" * 8}, "ARENAPULSE_FORMER_SECRETS"),
        ({"ARENAPULSE_RATE_LIMITS": "off"}, "ARENAPULSE_RATE_LIMITS"),
        ({"STRIPE_SECRET_KEY": None}, "STRIPE_SECRET_KEY is missing"),
        ({"STRIPE_SECRET_KEY": "sk_live_" + "1" * 24}, "STRIPE_SECRET_KEY is weak"),
        ({"STRIPE_SECRET_KEY": ""}, "STRIPE_SECRET_KEY is weak"),
        ({"SENDGRID_API_KEY": "SG.short"}, "SENDGRID_API_KEY is weak"),
        ({"TURNSTILE_SECRET_KEY": "x"}, "TURNSTILE_SECRET_KEY is weak"),
        (
            {
                "TWILIO_ACCOUNT_SID": "AC1",
                "TWILIO_AUTH_TOKEN": "x" * 32,
                "TWILIO_FROM": "+4915112345678",
            },
            "TWILIO_AUTH_TOKEN is weak",
        ),
        ({"STRIPE_PUBLISHABLE_KEY": None}, "STRIPE_PUBLISHABLE_KEY is missing"),
        ({"STRIPE_WEBHOOK_SECRET": None}, "STRIPE_WEBHOOK_SECRET is missing"),
        ({"STRIPE_WEBHOOK_SECRET": "x"}, "STRIPE_WEBHOOK_SECRET is weak"),
        ({"STRIPE_WEBHOOK_SECRET": "whsec_short"}, "STRIPE_WEBHOOK_SECRET is weak"),
        (
            {"STRIPE_WEBHOOK_SECRET": GOOD["STRIPE_WEBHOOK_SECRET"] + ",x"},
            "STRIPE_WEBHOOK_SECRET is weak",
        ),
        ({"ARENAPULSE_PUBLIC_URL": None}, "ARENAPULSE_PUBLIC_URL"),
        ({"ARENAPULSE_MAIL_FROM": None}, "ARENAPULSE_MAIL_FROM"),
        ({"SENDGRID_API_KEY": None}, "SENDGRID_API_KEY or ARENAPULSE_SMTP_URL"),
        ({"SENDGRID_WEBHOOK_KEY": None}, "SENDGRID_WEBHOOK_KEY"),
        ({"ARENAPULSE_MEDIA_BUCKET": None}, "ARENAPULSE_MEDIA_BUCKET or ARENAPULSE_MEDIA_FOLDER"),
        ({"TWILIO_ACCOUNT_SID": "AC1"}, "TWILIO_ACCOUNT_SID"),
        ({"ARENAPULSE_METRICS_TOKEN": "short"}, "ARENAPULSE_METRICS_TOKEN is weak"),
        ({"ARENAPULSE_SEED": "on"}, "ARENAPULSE_SEED"),
        ({"ARENAPULSE_DEMO_PASSWORD": "hunter2hunter2"}, "ARENAPULSE_DEMO_PASSWORD"),
    ],
)
def test_each_refusal_is_one_line(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, str | None], named: str
) -> None:
    found = refusals(monkeypatch, {**GOOD, **change})
    assert len(found) == 1
    assert found[0].startswith(named)
    # The value of a secret is never shown.
    assert all(value not in found[0] for value in change.values() if value and len(value) > 8)


def test_development_refuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = dict.fromkeys(GOOD) | {"ARENAPULSE_RATE_LIMITS": "off"}
    assert refusals(monkeypatch, bare) == []
