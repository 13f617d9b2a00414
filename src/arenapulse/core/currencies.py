"""Currencies: the active codes of ISO 4217 with its minor units, which are not CLDR's.

List one, without funds, metals, units of account and testing codes: nobody pays a ticket in them.
The web app has the same table, made from this one: `make types`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MINOR_UNITS_USUAL: Final = 2
_WITHOUT: Final = """
BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF
"""
_WITH_TWO: Final = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL
HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT
MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB
SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH
USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_WITH_THREE: Final = """
BHD IQD JOD KWD LYD OMR TND
"""

MINOR_UNITS: Final[Mapping[str, int]] = {
    code: digits
    for digits, codes in ((0, _WITHOUT), (MINOR_UNITS_USUAL, _WITH_TWO), (3, _WITH_THREE))
    for code in codes.split()
}
"""How many decimals an amount of each currency has: 1 JPY is 1, 1 EUR is 100, 1 BHD is 1000."""


def typescript() -> str:
    """The same for the web app: those with other than two."""
    others = "".join(
        f"  {code}: {digits},\n"
        for code, digits in sorted(MINOR_UNITS.items())
        if digits != MINOR_UNITS_USUAL
    )
    return (
        "// Made from core/currencies.py by `make types`: ISO 4217's minor units where they are not"
        f" {MINOR_UNITS_USUAL}.\n"
        f"export const MINOR_UNITS_UNUSUAL: Readonly<Record<string, number>> = {{\n{others}}};\n"
    )


def typescript_codes() -> str:
    """All of them for the web app, where one is chosen."""
    codes = "".join(f'  "{code}",\n' for code in sorted(MINOR_UNITS))
    return (
        "// Made from core/currencies.py by `make types`: what a ticket can be paid in.\n"
        f"export const CURRENCIES = [\n{codes}] as const;\n"
    )


def in_words(amount_minor: int, *, currency: str) -> str:
    """An amount as it stands on paper: `1,234.50 EUR`."""
    digits = MINOR_UNITS[currency]
    sign = "-" if amount_minor < 0 else ""
    whole, rest = divmod(abs(amount_minor), 10**digits)
    return f"{sign}{whole:,}{f'.{rest:0{digits}d}' if digits else ''} {currency}"
