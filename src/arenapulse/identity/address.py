"""E-mail addresses: one spelling for one mailbox, whatever case or Unicode form was typed."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from arenapulse.core.errors import Invalid

LENGTH_MAX: Final = 254
LOCAL_LENGTH_MAX: Final = 64
LABEL_LENGTH_MAX: Final = 63

_LOCAL_ASCII = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.\-]+\Z")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9\-]*[a-z0-9])?\Z")
# IDNA2003, which Python speaks, folds these into other letters: another domain, so refused.
_DEVIATIONS: Final = frozenset("ßς\u200c\u200d")
_LETTERS: Final = frozenset({"Ll", "Lo", "Lm", "Mn", "Mc", "Nd"})


def normalized(given: str) -> str:
    """The one spelling that is stored and compared: NFKC, lower case, the domain in ASCII.

    Raises `Invalid` on `email` for what cannot be an address.
    """
    text = _folded(given.strip())
    local, at, domain = text.rpartition("@")
    if not at or not _is_local(local):
        raise _invalid()
    address = f"{local}@{_domain(domain)}"
    if len(address.encode()) > LENGTH_MAX:
        raise _invalid()
    return address


def _folded(text: str) -> str:
    # Twice: lowering can leave characters that compose anew.
    for _ in range(2):
        text = unicodedata.normalize("NFKC", text).lower()
    return text


def _is_local(local: str) -> bool:
    if not local or len(local.encode()) > LOCAL_LENGTH_MAX:
        return False
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return False
    ascii_part = "".join(c for c in local if c.isascii())
    if ascii_part and not _LOCAL_ASCII.match(ascii_part):
        return False
    return all(c.isascii() or unicodedata.category(c) in _LETTERS for c in local)


def _domain(domain: str) -> str:
    if not domain or _DEVIATIONS & set(domain):
        raise _invalid()
    try:
        ascii_domain = domain.encode("idna").decode().lower()
    except UnicodeError:
        raise _invalid() from None
    labels = ascii_domain.split(".")
    if len(labels) < 2 or labels[-1].isdigit():
        raise _invalid()
    if any(len(label) > LABEL_LENGTH_MAX or not _LABEL.match(label) for label in labels):
        raise _invalid()
    return ascii_domain


def _invalid() -> Invalid:
    return Invalid.on("email", "must be an e-mail address")
