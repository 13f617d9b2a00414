"""Phone numbers: digits with an optional plus, as E.164 has them."""

from __future__ import annotations

import re
from typing import Final

from arenapulse.core.errors import Invalid

_SEPARATORS: Final = str.maketrans("", "", " ()-./\u00a0\u2011")
_NUMBER = re.compile(r"\+?[0-9]{5,15}\Z")


def normalized(given: str) -> str:
    """Without what people put between the digits; raises `Invalid` on `phoneNumber`."""
    number = given.strip().translate(_SEPARATORS)
    if not _NUMBER.match(number):
        raise Invalid.on("phoneNumber", "must be a phone number of 5 to 15 digits")
    return number
