"""Every sentence by which ArenaPulse promises something, with the code that keeps it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
WEB: Final = ROOT / "web" / "src" / "shared" / "i18n" / "locales"
MAILS: Final = ROOT / "src" / "arenapulse" / "notifications" / "templates"
LIST: Final = ROOT / "tests" / "promises.toml"
SENTENCE: Final = re.compile(r"[.!?](\s|$)")
# Money and mail, what is kept, how long, how often, and by whom.
PROMISING: Final = {
    "en": re.compile(
        r"refund|money|charged|\bnever\b|\balways\b|within|by (itself|themselves)|\bstays?\b"
        r"|\bwe (will|hold|keep|mail|send|tell|pause|write|try)|\bheld\b|works once|guarante"
        r"|on (its|their) way|free of charge|no (fee|charge)|go(es)? back|comes? (back|here)"
        r"|waits? for|sent when|comes? with you|\btogether\b|side by side|wherever"
        r"|\b(is|are) (e-?mailed|mailed|saved|sent)\b|automatic|by (e-?mail|SMS|text message)",
        re.IGNORECASE,
    ),
    "de": re.compile(
        r"erstatt|Geld|abgebucht|belastet|berechnet|\bnie\b|niemals|\bimmer\b|innerhalb|garant"
        r"|\bwir (werden|halten|behalten|mailen|senden|schicken|sagen|schreiben|versuchen"
        r"|pausieren)|kommen mit|zusammen"
        r"|nebeneinander|von selbst|\bbleib(t|en)\b|gehalten|kostenlos|gebührenfrei|unterwegs"
        r"|automatisch|per (E-?Mail|SMS)|\b(ist|sind|wird|werden)\b[^.!?]* (gesendet|gesichert"
        r"|gespeichert|verschickt)\b",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"reembols|devol|devuel|dinero|cobr|\bnunca\b|\bsiempre\b|dentro de|por sí|se quedan?"
        r"|vienen contigo|junt[oa]s|sigue[n]? siendo|gratis|garant|de camino"
        r"|automátic|por (correo|e-?mail|SMS)|\bse (envía|guarda)n?\b|\bestán? guardad",
        re.IGNORECASE,
    ),
}


def _flat(tree: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, str):
            yield before + key, value
        elif isinstance(value, list):
            yield from _flat(
                dict(zip(map(str, range(len(value))), value, strict=True)), f"{before}{key}."
            )
        else:
            yield from _flat(value, f"{before}{key}.")


def _said(language: str) -> Iterator[tuple[str, str]]:
    for words in sorted((WEB / language).glob("*.json")):
        yield from _flat(json.loads(words.read_text()), "web ")
    yield from _flat(tomllib.loads((MAILS / f"{language}.toml").read_text()), "mail ")


def _promised() -> set[str]:
    return {
        key
        for language, promising in PROMISING.items()
        for key, text in _said(language)
        if SENTENCE.search(text) and promising.search(text)
    }


def _listed() -> dict[str, Any]:
    return tomllib.loads(LIST.read_text())


def _defines(text: str, name: str) -> bool:
    """In Python, SQL or TypeScript: a function, a class, a method, a constant."""
    return any(
        re.search(definition.replace("NAME", name), text, re.MULTILINE)
        for definition in (
            r"\b(def|class|function|const|FUNCTION)\s+NAME\b",
            r"^  (private )?(async )?NAME ?[=(]",
        )
    )


def test_every_promise_has_its_keeper_and_every_keeper_its_promise() -> None:
    told = _listed()
    listed = [key for keys in told["kept"].values() for key in keys]
    listed += told["sounds_like_one"]["says"]
    assert sorted(listed) == sorted(set(listed))
    assert sorted(_promised() - set(listed)) == [], f"promised, and not in {LIST.name}"
    assert sorted(set(listed) - _promised()) == [], f"in {LIST.name}, and promised by nobody"


def test_what_keeps_a_promise_is_there() -> None:
    missing: list[str] = []
    for keeper in _listed()["kept"]:
        path, name = keeper.split("::")
        file = ROOT / path
        if not file.is_file() or not _defines(file.read_text(), name):
            missing.append(keeper)
    assert missing == []


def test_a_new_promise_is_found() -> None:
    for language, text in (
        ("en", "We refund everything within a day."),
        ("en", "Your tickets are sent by e-mail."),
        ("en", "Your choice is saved automatically."),
        ("de", "Wir erstatten alles."),
        ("de", "Deine Tickets werden dir zugeschickt, per E-Mail."),
        ("de", "Deine Auswahl wird für später gespeichert."),
        ("es", "Te devolvemos el dinero."),
        ("es", "Tus entradas se envían."),
    ):
        assert PROMISING[language].search(text), language
        assert SENTENCE.search(text), language
