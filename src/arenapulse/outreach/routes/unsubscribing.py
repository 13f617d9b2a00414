"""The link in the mails of an organizer: a button for people, one click for mail programs."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header
from fastapi.responses import HTMLResponse, Response

from arenapulse.core.errors import NotFound
from arenapulse.notifications.terms import LOCALE_DEFAULT
from arenapulse.outreach import service
from arenapulse.outreach.service import Office
from arenapulse.runtime.web.deps import Db
from arenapulse.runtime.web.envelope import Envelope, ok
from arenapulse.runtime.web.provided import provided

router = APIRouter(prefix="/api/v1", tags=["messages"])

TOKEN_MAX: Final = 100
_PAGE: Final = """<!doctype html><html lang="{language}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>{title}</title>
{body}
</html>"""
_ASKING: Final = '<form method="post"><p>{question}</p><button>{yes}</button></form>'
# Title, question, button, and what is so afterwards.
_WORDS: Final = {
    "en": (
        "No more messages",
        "No more news from this organizer?",
        "Yes, no more",
        "Done: no more news. What is about your orders still comes.",
    ),
    "de": (
        "Keine Nachrichten mehr",
        "Keine Neuigkeiten mehr von diesem Veranstalter?",
        "Ja, keine mehr",
        "Erledigt: keine Neuigkeiten mehr. Was deine Bestellungen betrifft, kommt weiterhin.",
    ),
    "es": (
        "No más mensajes",
        "¿No más novedades de este organizador?",
        "Sí, no más",
        "Hecho: no más novedades. Lo que se refiere a sus pedidos seguirá llegando.",
    ),
}

OfficeDep = Annotated[Office, Depends(provided(Office))]
Accepted = Annotated[str, Header(max_length=1_000, include_in_schema=False)]


# Mail scanners open links: only the button, or the mail program's own click, unsubscribes.
@router.get("/webhooks/unsubscribe/{token}", response_class=HTMLResponse)
async def ask_to_unsubscribe(token: str, accept_language: Accepted = "") -> HTMLResponse:
    """A button: a link alone changes nothing, for mail scanners follow links."""
    if len(token) > TOKEN_MAX:
        raise NotFound
    language = _language(accept_language)
    title, question, yes, _ = _WORDS[language]
    body = _ASKING.format(question=question, yes=yes)
    return HTMLResponse(_PAGE.format(language=language, title=title, body=body))


@router.post("/webhooks/unsubscribe/{token}", response_model=Envelope[None])
async def unsubscribe(
    token: str,
    session: Db,
    office: OfficeDep,
    accept: Accepted = "",
    accept_language: Accepted = "",
) -> Response | Envelope[None]:
    """One click, by the mail program or by the button (RFC 8058); a browser is shown a page."""
    await service.unsubscribe(session, token=token, keyring=office.keyring)
    if "text/html" not in accept:
        return ok(None)
    language = _language(accept_language)
    title, _, _, done = _WORDS[language]
    return HTMLResponse(_PAGE.format(language=language, title=title, body=f"<p>{done}</p>"))


def _language(accepted: str) -> str:
    """The first language that somebody reads and we write."""
    for each in accepted.split(","):
        language = each.strip()[:2].lower()
        if language in _WORDS:
            return language
    return LOCALE_DEFAULT
