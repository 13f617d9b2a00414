"""Which languages, currencies and time zones there are to prefer."""

from __future__ import annotations

import re
import zoneinfo
from functools import cache
from typing import Final

from arenapulse.core.errors import Detail, Invalid

# BCP 47: language, script?, region?; variants and extensions are nobody's interface language.
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?\Z")

# ISO 4217, list one, without funds, metals and testing codes.
CURRENCIES: Final = frozenset(
    {
        "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD",
        "BDT", "BHD", "BIF", "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN",
        "BZD", "CAD", "CDF", "CHF", "CLP", "CNY", "COP", "CRC", "CUP", "CVE", "CZK",
        "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP",
        "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF",
        "IDR", "ILS", "INR", "IQD", "IRR", "ISK", "JMD", "JOD", "JPY", "KES", "KGS",
        "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD",
        "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR",
        "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD",
        "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD",
        "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS",
        "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP",
        "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU", "UZS", "VED", "VES",
        "VND", "VUV", "WST", "XAF", "XCD", "XCG", "XOF", "XPF", "YER", "ZAR", "ZMW",
        "ZWG",
    }
)  # fmt: skip


def require_known(*, locale: str, currency: str, timezone: str) -> None:
    """Raises `Invalid` naming every field that nobody can have."""
    wrong: list[Detail] = []
    if not _LOCALE.match(locale):
        wrong.append({"field": "locale", "message": "must be a language tag such as en or de-AT"})
    if currency not in CURRENCIES:
        wrong.append({"field": "currency", "message": "must be an ISO 4217 code such as EUR"})
    if timezone not in _zones():
        wrong.append(
            {"field": "timezone", "message": "must be an IANA time zone such as Europe/Berlin"}
        )
    if wrong:
        raise Invalid(details=wrong)


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())
