"""Which languages, currencies and time zones there are to prefer."""

from __future__ import annotations

import re

from arenapulse.core.currencies import MINOR_UNITS
from arenapulse.core.errors import Detail, Invalid
from arenapulse.core.timezones import TIMEZONES

# BCP 47: language, script?, region?; variants and extensions are nobody's interface language.
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?\Z")


def require_known(*, locale: str, currency: str, timezone: str) -> None:
    """Raises `Invalid` naming every field that nobody can have."""
    wrong: list[Detail] = []
    if not _LOCALE.match(locale):
        wrong.append({"field": "locale", "message": "must be a language tag such as en or de-AT"})
    if currency not in MINOR_UNITS:
        wrong.append({"field": "currency", "message": "must be an ISO 4217 code such as EUR"})
    if timezone not in TIMEZONES:
        wrong.append(
            {"field": "timezone", "message": "must be an IANA time zone such as Europe/Berlin"}
        )
    if wrong:
        raise Invalid(details=wrong)
