"""Puts a message into words: subject, text and HTML of a mail, or the line of a text message.

Liquid without loaders: a template can reach its values and nothing else. A value that is missing
is an error, never a gap.
"""

from __future__ import annotations

import copy
import datetime as dt
import re
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache, lru_cache, partial
from html import escape
from importlib.resources import files
from typing import Any, Final, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, get_timezone_name
from babel.numbers import format_percent
from liquid import Environment, StrictUndefined
from liquid.exceptions import (
    FilterArgumentError,
    FilterError,
    FilterItemTypeError,
    FilterValueError,
    LiquidError,
    LiquidTypeError,
    ResourceLimitError,
    UndefinedError,
    UnknownFilterError,
)

from arenapulse.core.currencies import MINOR_UNITS, MINOR_UNITS_USUAL
from arenapulse.notifications.catalogue import TEMPLATES, Template
from arenapulse.notifications.layout import Layout
from arenapulse.notifications.terms import (
    LOCALE_DEFAULT,
    LOCALES,
    SMS_CHARACTERS_MAX,
    SOURCE_CHARACTERS_MAX,
    SUBJECT_CHARACTERS_MAX,
)

OUTPUT_BYTES_MAX: Final = 200_000
LOOPS_MAX: Final = 1_000
PARSED_MAX: Final = 1_000
# Amounts and times as they were written: sixty thousand mails name one and the same.
WRITTEN_MAX: Final = 2_000
_GAP = re.compile(r"\n{3,}")
# Nothing that makes much of little: an organizer's words cannot use up the worker.
TAGS: Final = frozenset(
    {"#", "assign", "break", "case", "comment", "continue", "for", "if", "unless"}
    # What the parser itself needs: text, values, and a tag that is none.
    | {"content", "output", "illegal"}
)
FILTERS: Final = frozenset(
    {"capitalize", "default", "downcase", "first", "last", "size", "strip", "truncate", "upcase"}
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_CODE_BESIDE_FIGURE = re.compile(r"([A-Z]{3})(?=[0-9])")

_OF_A_FILTER: Final = (
    FilterArgumentError,
    FilterError,
    FilterItemTypeError,
    FilterValueError,
    LiquidTypeError,
    UnknownFilterError,
)

Values = Mapping[str, Any]


class CannotSay(Exception):
    """A template or a value is not as it must be; the text is safe to show and to log.

    `reason` is for who shows it in another language.
    """

    def __init__(self, message: str, *, reason: str = "SYNTAX") -> None:
        super().__init__(message)
        self.reason = reason


class Worded(msgspec.Struct, frozen=True, kw_only=True):
    subject: str
    text: str
    html: str


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """An organization's own words; what is None stays ours."""

    subject: str | None = None
    paragraphs: list[str] | None = None


class _Limited(Environment):
    loop_iteration_limit = LOOPS_MAX
    output_stream_limit = OUTPUT_BYTES_MAX
    local_namespace_limit = 10_000
    context_depth_limit = 8


def one_line(text: str) -> str:
    """Without line breaks and controls, which would begin a header of somebody else's choice."""
    return _CONTROL.sub(" ", text).strip()


def language_of(locale: str) -> str:
    """The one of ours that this reader reads; English where there is none."""
    language = locale.replace("_", "-").split("-")[0].lower()
    return language if language in LOCALES else LOCALE_DEFAULT


def mail(template: str, *, locale: str, values: Values, override: Override | None = None) -> Worded:
    """Raises `CannotSay`, naming what is missing."""
    kind, words, given = _ready(template, locale=locale, values=values)
    own = override or Override()
    common = _words(locale)["words"]
    plain = _plain(locale)
    subject = _fill(plain, own.subject or words["subject"], given)
    sources = own.paragraphs or words["paragraphs"]
    notes = ["note", "no_password"] if given.get("password_url") else ["note"]
    footer = common["footer_campaign" if kind.is_campaign else "footer"]
    shown: dict[str, Any] = {
        "locale": language_of(locale),
        "subject": one_line(subject)[:SUBJECT_CHARACTERS_MAX],
        "sender": given["sender"],
        "heading": _fill(plain, words["heading"], given),
        "paragraphs": [_fill(plain, source, given) for source in sources],
        "button": _fill(plain, words["button"], given),
        "url": given.get("url"),
        "rel": kind.rel,
        "note": " ".join(_fill(plain, words.get(name, ""), given) for name in notes),
        "footer": _fill(plain, footer, given),
        "unsubscribe": common["unsubscribe"],
        "unsubscribe_url": given.get("unsubscribe_url"),
        **_cards(given, words=common, locale=locale),
    }
    if not shown["subject"] or not shown["paragraphs"][0].strip():
        raise CannotSay("nothing is said", reason="EMPTY")
    shown["preheader"] = shown["paragraphs"][0]
    # Ours: its names are fixed, and what is not there is left out on purpose.
    html = _layout("layout.html").render(shown)
    text = _GAP.sub("\n\n", _layout("layout.txt").render(shown)).strip() + "\n"
    return Worded(subject=shown["subject"], text=text, html=html)


def sms(template: str, *, locale: str, values: Values) -> str:
    """Raises `CannotSay`, for a template that is no text message too."""
    _, words, given = _ready(template, locale=locale, values=values)
    if "sms" not in words:
        raise CannotSay(f"{template} is no text message")
    said = " ".join(_fill(_plain(locale), words["sms"], given).split())
    if len(said) > SMS_CHARACTERS_MAX:
        raise CannotSay(f"{template} is longer than a text message may be")
    return said


def piece(source: str, *, template: str, locale: str, values: Values) -> str:
    """One piece of an organizer's words, filled in. Raises `CannotSay`."""
    _, _, given = _ready(template, locale=locale, values=values)
    made = _fill(_plain(locale), source, given)
    if not one_line(made):
        raise CannotSay("nothing is said", reason="EMPTY")
    return made


def has_sms(template: str) -> bool:
    return "sms" in _words(LOCALE_DEFAULT)[template]


def sources(template: str, *, locale: str) -> Override:
    """Our own words, as an organizer finds them to change."""
    words = _words(locale)[template]
    return Override(subject=words["subject"], paragraphs=list(words["paragraphs"]))


def _ready(
    template: str, *, locale: str, values: Values
) -> tuple[Template, dict[str, Any], dict[str, Any]]:
    kind = TEMPLATES.get(template)
    if kind is None:
        raise CannotSay(f"there is no template {template}")
    missing = [name for name in kind.requires if _at(values, name) in (None, "", [])]
    if missing:
        raise CannotSay(f"{template} misses {', '.join(missing)}")
    words = _words(locale)
    given = {"sender": words["words"]["sender"], **values}
    if kind.says_who_paid:
        # A release may find messages that the one before left without it.
        given["order"] = {"paidBy": "card", **given["order"]}
    # Nobody's name begins a line; only what is written as text has several.
    for name, value in given.items():
        if isinstance(value, str) and name != "text":
            given[name] = one_line(value)
    return kind, words[template], given


def _at(values: Values, name: str) -> object:
    found: object = values
    for part in name.split("."):
        if not isinstance(found, Mapping):
            return None
        found = cast("Mapping[str, object]", found).get(part)
    return found


def _fill(environment: Environment, source: str, values: Values) -> str:
    if len(source) > SOURCE_CHARACTERS_MAX:
        message = f"a template has {SOURCE_CHARACTERS_MAX} characters at most"
        raise CannotSay(message, reason="TOO_LONG")
    if "{" not in source:
        # Nothing to fill in, as buttons and footers mostly are.
        return source
    try:
        return _parsed(environment, source).render(**values)
    except LiquidError as error:
        message = one_line(str(error.args[0] if error.args else error))
        raise CannotSay(message, reason=_reason_of(error)) from None
    except RecursionError:
        raise CannotSay("too much in one another", reason="TOO_MUCH") from None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        raise CannotSay("a filter cannot work with its value", reason="FILTER") from None


def _reason_of(error: LiquidError) -> str:
    if isinstance(error, UndefinedError):
        return "UNKNOWN_VALUE"
    if isinstance(error, _OF_A_FILTER):
        return "FILTER"
    return "TOO_MUCH" if isinstance(error, ResourceLimitError) else "SYNTAX"


@cache
def _layout(name: str) -> Layout:
    return Layout(_file(name), escape=escape if name.endswith(".html") else str)


@lru_cache(maxsize=PARSED_MAX)
def _parsed(environment: Environment, source: str) -> Any:
    return environment.from_string(source)


@cache
def _file(name: str) -> str:
    return files("arenapulse.notifications").joinpath("templates", name).read_text("utf-8")


@cache
def _words(locale: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads(_file(f"{language_of(locale)}.toml"))


@cache
def _plain(locale: str) -> Environment:
    made = _Limited(autoescape=False, undefined=StrictUndefined)
    made.tags = {name: tag for name, tag in made.tags.items() if name in TAGS}
    made.filters = {name: each for name, each in made.filters.items() if name in FILTERS}
    reader = _reader(locale)
    for name, written in (("money", money), ("moment", moment), ("brief", brief)):
        made.add_filter(name, partial(written, locale=reader))
    return made


@lru_cache(maxsize=PARSED_MAX)
def _reader(locale: str) -> Locale:
    """How dates and money are written: as where the reader lives, in the language they read."""
    if language_of(locale) == locale.replace("_", "-").split("-")[0].lower():
        try:
            return Locale.parse(locale.replace("-", "_"))
        except (UnknownLocaleError, ValueError):
            pass
    return Locale.parse("en_GB" if language_of(locale) == "en" else language_of(locale))


@lru_cache(maxsize=WRITTEN_MAX)
def money(amount_minor: int, currency: str, *, locale: Locale) -> str:
    """Minor units as money of its currency: ISO 4217's decimals, where CLDR may have others."""
    digits = MINOR_UNITS.get(currency, MINOR_UNITS_USUAL)
    pattern = copy.copy(locale.currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    amount = Decimal(int(amount_minor)).scaleb(-digits)
    written = pattern.apply(amount, locale, currency=currency, currency_digits=False)
    # CLDR sets a letter apart from a figure; Babel does not.
    return _CODE_BESIDE_FIGURE.sub("\\1\u00a0", written)


@lru_cache(maxsize=WRITTEN_MAX)
def moment(at: str, timezone: str, *, locale: Locale) -> str:
    """A time where it happens, with the name of its zone: the reader may be elsewhere."""
    local = _local(at, timezone)
    day = format_date(local, format="full", locale=locale)
    clock = format_time(local.timetz(), format="short", locale=locale)
    name = get_timezone_name(local, width="long", locale=locale)
    return f"{day}, {clock} ({name})"


@lru_cache(maxsize=WRITTEN_MAX)
def brief(at: str, timezone: str, *, locale: Locale) -> str:
    """The same for a text message, where every letter is paid."""
    local = _local(at, timezone)
    day = format_skeleton("MMMd", local, locale=locale)
    clock = format_time(local.timetz(), format="short", locale=locale)
    # CLDR has no short names of far-away zones; those of the time zone database are as short.
    name = get_timezone_name(local, width="short", locale=locale)
    return f"{day}, {clock} {local.tzname() if name[0] in '+-' else name}"


def _local(at: str, timezone: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(at).astimezone(ZoneInfo(timezone))
    except (ZoneInfoNotFoundError, OSError):
        raise ValueError(timezone) from None


def _cards(given: Values, *, words: Mapping[str, str], locale: str) -> dict[str, Any]:
    """The blocks below the paragraphs, each left out where nothing is known for it."""
    event, order, reader = given.get("event"), given.get("order"), _reader(locale)
    made: dict[str, Any] = {"event": None, "tickets": [], "sums": []}
    if event is not None:
        made["event"] = {
            "name": event["name"],
            "when": moment(event["start"], event["timezone"], locale=reader),
            "where": ", ".join(
                part for part in (event["venue"], event.get("address"), event["city"]) if part
            ),
        }
    if order is not None and order.get("tickets"):
        currency = order["currency"]
        made["tickets"] = [
            {
                "place": _place(ticket, words=words, locale=locale),
                "level": ticket["level"],
                "price": money(ticket["amount"], currency, locale=reader),
            }
            for ticket in order["tickets"]
        ]
        made["sums"] = _sums(order, words=words, locale=locale)
    return made


def _place(ticket: Values, *, words: Mapping[str, str], locale: str) -> str:
    if ticket.get("row") is None:
        return str(ticket["section"])
    return _fill(_plain(locale), words["place"], ticket)


def _sums(order: Values, *, words: Mapping[str, str], locale: str) -> Sequence[Mapping[str, Any]]:
    reader, currency = _reader(locale), order["currency"]

    def line(label: str, amount: int, *, strong: bool = False) -> Mapping[str, Any]:
        said = money(amount, currency, locale=reader)
        return {"label": label, "amount": said, "strong": strong}

    made = [line(words["subtotal"], order["subtotal"])] if "subtotal" in order else []
    if order.get("fees"):
        made.append(line(words["fees"], order["fees"]))
    if order.get("discount"):
        made.append(line(words["discount"], -order["discount"]))
    made.append(line(words["total"], order["total"], strong=True))
    if order.get("tax"):
        rate = format_percent(order["taxRate"] / 10_000, "#,##0.##%", locale=reader)
        made.append(line(_fill(_plain(locale), words["tax"], {"rate": rate}), order["tax"]))
    return made
