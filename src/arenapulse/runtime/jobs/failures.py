"""What may be said about an exception in the queue's log: where it was, never what was in it.

Messages of drivers quote the values of rows: addresses, tokens.
"""

from __future__ import annotations

import traceback
from typing import Final

from arenapulse.core.errors import InvariantBroken, Refusal

FRAMES_MAX: Final = 4
# Our own messages hold ids alone.
_SPEAKABLE: Final = (InvariantBroken, Refusal)


def describe(error: BaseException) -> str:
    """`ValueError at payments/charging.py:41 drain < …`: the innermost frames of our code."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "/arenapulse/" in frame.filename and "/runtime/jobs/" not in frame.filename
    ]
    where = " < ".join(
        f"{frame.filename.rsplit('/arenapulse/', 1)[-1]}:{frame.lineno} {frame.name}"
        for frame in reversed(frames[-FRAMES_MAX:])
    )
    text = f": {error}" if isinstance(error, _SPEAKABLE) else ""
    return f"{type(error).__name__}{text} at {where or 'an unknown place'}"
