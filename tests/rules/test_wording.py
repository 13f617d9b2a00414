"""Words of messages: complete or not at all, in the reader's language, at the venue's time."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from arenapulse.notifications import wording
from arenapulse.notifications.catalogue import TEMPLATES
from arenapulse.notifications.samples import sample
from arenapulse.notifications.terms import LOCALES
from arenapulse.notifications.wording import CannotSay, Override
from tests.architecture.tree import ROOT

sys.path.insert(0, str(ROOT / "tools"))
from compile_mail import FOLDER, compiled
from pictured_mails import DIGESTS, digests, pictured
from pictured_mails import FOLDER as PICTURES

EVERY = [(name, locale) for name in TEMPLATES for locale in LOCALES]


def receipt(**changes: Any) -> dict[str, Any]:
    return sample("receipt") | changes


def test_the_compiled_layout_is_that_of_its_source() -> None:
    assert (FOLDER / "layout.html").read_text() == compiled()


@pytest.mark.asvs("V14.2.3")
def test_mails_fetch_nothing_from_anywhere() -> None:
    made = Path(FOLDER / "layout.html").read_text()
    for word in ("<img", "<link", "@import", "url(", "<script"):
        assert word not in made
    assert "prefers-color-scheme: dark" in made


@pytest.mark.parametrize(("name", "locale"), EVERY)
def test_every_template_speaks_every_language(name: str, locale: str) -> None:
    made = wording.mail(name, locale=locale, values=sample(name))
    assert made.subject
    for said in (made.subject, made.text, made.html):
        assert "{{" not in said
        assert "{%" not in said
    url = sample(name)["url"]
    assert url in made.text
    assert f'href="{url.replace("&", "&amp;")}"' in made.html
    assert f'rel="{TEMPLATES[name].rel}"' in made.html
    assert f'lang="{locale}"' in made.html
    if wording.has_sms(name):
        said = wording.sms(name, locale=locale, values=sample(name))
        assert url in said
        assert "\n" not in said


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_that_misses_a_value_is_not_sent_half_empty(name: str) -> None:
    for required in TEMPLATES[name].requires:
        values = sample(name)
        holder: Any = values
        *path, last = required.split(".")
        for part in path:
            holder = holder[part]
        for nothing in (None, ""):
            holder[last] = nothing
            with pytest.raises(CannotSay, match=rf"{name} misses {required}"):
                wording.mail(name, locale="en", values=values)
        del holder[last]
        with pytest.raises(CannotSay, match=rf"{name} misses {required}"):
            wording.mail(name, locale="en", values=values)


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_a_template_asks_for_is_all_that_its_words_need(name: str) -> None:
    def only(values: dict[str, Any], names: set[str], at: str = "") -> dict[str, Any]:
        return {
            key: only(value, names, f"{at}{key}.") if isinstance(value, dict) else value
            for key, value in values.items()
            if f"{at}{key}" in names or any(n.startswith(f"{at}{key}.") for n in names)
        }

    least = only(sample(name), set(TEMPLATES[name].requires))
    for locale in LOCALES:
        wording.mail(name, locale=locale, values=least)
        if wording.has_sms(name):
            wording.sms(name, locale=locale, values=least)


@pytest.mark.parametrize(
    ("locale", "language", "said"),
    [
        ("de", "de", "Summe: 98,00\u00a0€"),
        ("de-AT", "de", "Summe: €\u00a098,00"),
        ("es-MX", "es", "Total: EUR\u00a098.00"),
        ("en", "en", "Total: €98.00"),
        ("pt-BR", "en", "Total: €98.00"),
        ("zz-ZZ", "en", "Total: €98.00"),
        ("", "en", "Total: €98.00"),
    ],
)
def test_who_reads_no_language_of_ours_reads_english(locale: str, language: str, said: str) -> None:
    made = wording.mail("receipt", locale=locale, values=receipt())
    assert f'lang="{language}"' in made.html
    assert said in made.text


@pytest.mark.parametrize(
    ("currency", "amount", "said"),
    [
        *(("EUR", 4650, "€46.50"), ("JPY", 4650, "JP¥4,650"), ("KWD", 4650, "KWD\u00a04.650")),
        # CLDR gives these no decimals.
        *(("HUF", 4650, "HUF\u00a046.50"), ("IQD", 4650, "IQD\u00a04.650")),
    ],
)
def test_money_has_as_many_decimals_as_its_currency(currency: str, amount: int, said: str) -> None:
    values = sample("refund") | {"amount": amount, "currency": currency}
    assert said in wording.mail("refund", locale="en-GB", values=values).text


def test_times_are_those_of_the_venue_and_say_so() -> None:
    values = receipt()
    values["event"]["start"] = "2035-07-14T18:30:00Z"
    values["event"]["timezone"] = "America/New_York"
    made = wording.mail("receipt", locale="de", values=values)
    assert "Samstag, 14. Juli 2035, 14:30 (Nordamerikanische Ostküsten-Sommerzeit)" in made.text
    said = wording.sms("receipt", locale="en-US", values=values)
    assert "Jul 14, 2:30 PM EDT" in said


@pytest.mark.asvs("V1.1.2", "V1.3.11")
def test_a_name_with_line_breaks_begins_no_header() -> None:
    evil = "Eve\r\nBcc: everybody@fans.test\u2028X: y"
    values = sample("transfer_offered") | {"giver": evil}
    made = wording.mail("transfer_offered", locale="en", values=values)
    assert made.subject == "Eve Bcc: everybody@fans.test X: y gives you a ticket for Harbour Derby"
    assert "\nBcc:" not in made.text


@pytest.mark.asvs("V1.1.2", "V1.2.1")
def test_a_name_is_text_in_a_mail_of_html() -> None:
    made = wording.mail("receipt", locale="en", values=receipt(name="<img src=x onerror=1>&co"))
    assert "<img" not in made.html
    assert "&lt;img src=x onerror=1&gt;&amp;co" in made.html
    assert "<img src=x onerror=1>&co" in made.text


@pytest.mark.asvs("V1.3.7")
@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("{{ nobody }}", "'nobody' is undefined"),
        ("{{ name", "expected '}}'"),
        ("{% include 'secrets' %}", "unexpected tag 'include'"),
        ("{{ name | safe }}", "unknown filter 'safe'"),
        ("{{ name.__class__ }}", "undefined"),
        ("{{ name | replace: 'E', 'EEEEEEEEEE' }}", "unknown filter 'replace'"),
        ("{{ 9 | times: 9 }}", "unknown filter 'times'"),
        ("{% capture x %}{% endcapture %}", "unexpected tag 'capture'"),
        ("{% if name %}" * 300, "nesting limit"),
        ("{{ name" + "[name" * 600 + "]" * 600 + " }}", "too much in one another"),
        ("{% if name == '' %}x{% endif %}", "nothing is said"),
        ("  \n ", "nothing is said"),
        ("{% for i in (1..1000000) %}{{ name }}{% endfor %}", "limit"),
        ("x" * 5000, "4000 characters at most"),
        ("{{ event.start | moment: 'Nowhere/City' }}", "a filter cannot work with its value"),
        ("{{ name | money: 'EUR' }}", "a filter cannot work with its value"),
    ],
)
def test_a_bad_template_of_an_organizer_gets_a_clear_answer(source: str, why: str) -> None:
    for own in (Override(subject=source), Override(paragraphs=[source])):
        with pytest.raises(CannotSay) as error:
            wording.mail("receipt", locale="en", values=receipt(), override=own)
        assert why in str(error.value)


@pytest.mark.asvs("V1.3.1", "V1.3.5")
def test_an_organizer_writes_text_and_no_markup() -> None:
    own = Override(
        subject="See you, {{ name }}!",
        paragraphs=["{% if order.total > 5000 %}<b>Thanks</b> {{ name }}{% endif %}"],
    )
    made = wording.mail("receipt", locale="en", values=receipt(), override=own)
    assert made.subject == "See you, Eve Adams!"
    assert "&lt;b&gt;Thanks&lt;/b&gt; Eve Adams" in made.html
    assert "Your tickets are in your account" not in made.text


def test_every_message_has_pictures_of_todays_words() -> None:
    mails = pictured()
    assert set(TEMPLATES) <= set(mails)
    missing = [
        f"{name}-{scheme}"
        for name in mails
        for scheme in ("light", "dark")
        if not (PICTURES / f"{name}-{scheme}.png").exists()
    ]
    assert missing == [], "make mailscreens"
    # Whoever changes the words or the layout takes the pictures anew, and looks at them.
    assert json.loads((PICTURES / DIGESTS).read_text()) == digests(mails), "make mailscreens"


@pytest.mark.parametrize("locale", LOCALES)
def test_the_app_has_a_name_for_every_message(locale: str) -> None:
    words = ROOT / "web" / "src" / "shared" / "i18n" / "locales" / locale / "mails.json"
    named = json.loads(words.read_text("utf-8"))["mails"]["name"]
    assert sorted(named) == sorted(TEMPLATES)


@pytest.mark.parametrize(
    ("paid_by", "said"),
    [
        ("card", "goes back to the card you paid with"),
        ("bank", "comes back to you by bank transfer"),
        ("nothing", "You paid nothing"),
        ("other", "goes back to who bought it"),
        ("disputed", "Your bank has your payment by a dispute"),
        # A message that the release before left says what it said.
        (None, "goes back to the card you paid with"),
    ],
)
def test_a_cancelled_event_says_whose_money_goes_where(paid_by: str | None, said: str) -> None:
    values = sample("event_cancelled")
    values["order"] = {"number": "0190A3F2"} | ({} if paid_by is None else {"paidBy": paid_by})
    made = wording.mail("event_cancelled", locale="en", values=values)
    assert said in made.text
    text = wording.sms("event_cancelled", locale="en", values=values)
    assert ("Money goes back" in text) == (paid_by in {"card", "bank", None})
    assert ("See my tickets" in made.text) == (paid_by == "other")
