"""What joining costs: nothing while it is calm, work while many come, more from one address."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from arenapulse.core import clock
from arenapulse.core.addresses import counted_as
from arenapulse.core.ids import UserId
from arenapulse.identity.schemas import Actor
from arenapulse.runtime import log
from arenapulse.runtime.ratelimit import WINDOW_SECONDS, OwnCounts
from arenapulse.waitingroom import proof
from arenapulse.waitingroom.errors import ProofNeeded
from arenapulse.waitingroom.humans import Humans, HumansAway
from arenapulse.waitingroom.roombook import Room
from arenapulse.waitingroom.schemas import Join

BITS_BEHIND: Final = 2
"""The load may have grown while the browser worked."""
PATIENT_SECONDS: Final = 6 * 3_600
_COUNTED_MAX: Final = 1_000_000

_log = log.logger("waitingroom.friction")


class Friction:
    """One a process; it counts who joins by this process."""

    def __init__(
        self,
        *,
        enabled: bool,
        humans: Humans | None = None,
        may_ask: Callable[[UserId], bool] = lambda _person: True,
    ) -> None:
        """`humans` vouch for people, where somebody is set up to: a person need not work then.

        `may_ask` says whether they are to be asked of a person at the moment.
        """
        self._enabled = enabled
        self._known_humans = humans
        self._may_ask = may_ask
        self._addresses = AddressJoins()
        self._rate = 0.0
        self._rated_at = clock.monotonic_seconds()

    async def judge(self, room: Room, *, actor: Actor, asked: Join, address: str) -> None:
        """Raises `ProofNeeded` with the challenge where neither work nor a word is there."""
        refusal = self.judged(room, actor=actor, asked=asked, address=address)
        if refusal is None:
            return
        humans = self._humans_for(actor)
        if (
            asked.human is not None
            and humans is not None
            and await _is_human(humans, asked.human, address=address)
        ):
            return
        raise refusal

    def judged(self, room: Room, *, actor: Actor, asked: Join, address: str) -> ProofNeeded | None:
        """Counts one who joins, and looks at their work; None where it does, or none is needed."""
        if not self._enabled:
            return None
        lately, long = self._addresses.add(
            f"{room.event_id}:{counted_as(address)}", now=int(clock.unix_seconds())
        )
        bits = proof.bits_needed(
            joins_a_second=self._counted(), from_address=lately, from_address_long=long
        )
        if bits == 0:
            return None
        now = clock.unix_seconds()
        event_id, user_id = room.event_id, actor.user_id
        if asked.proof is not None:
            shown = proof.bits_shown(
                room.key, event_id=event_id, user_id=user_id, proof=asked.proof, now=now
            )
            if shown >= max(1, bits - BITS_BEHIND):
                return None
        until = int(now) + proof.CHALLENGE_SECONDS
        text = proof.challenge(room.key, event_id=event_id, user_id=user_id, bits=bits, until=until)
        details: dict[str, object] = {"challenge": text, "bits": bits}
        humans = self._humans_for(actor)
        if humans is not None and asked.human is None:
            details["siteKey"] = humans.site_key
        return ProofNeeded(details=details, retry_after_seconds=1)

    def _humans_for(self, actor: Actor) -> Humans | None:
        return self._known_humans if self._may_ask(actor.user_id) else None

    def _counted(self) -> float:
        """Joins a second, this one among them, of about the last second."""
        now = clock.monotonic_seconds()
        self._rate = self._rate * math.exp(self._rated_at - now) + 1.0
        self._rated_at = now
        return self._rate


class AddressJoins:
    def __init__(self) -> None:
        self._lately = OwnCounts()
        self._long = OwnCounts()

    def add(self, key: str, *, now: int) -> tuple[int, int]:
        """How many there are with this one: in this minute, and in these hours."""
        lately = self._lately.add(key, window=now // WINDOW_SECONDS, most=_COUNTED_MAX)
        return lately, self._long.add(key, window=now // PATIENT_SECONDS, most=_COUNTED_MAX)


async def _is_human(humans: Humans, token: str, *, address: str) -> bool:
    """With nobody who answers the work is left, which needs nobody."""
    try:
        return await humans.vouches(token, address=address)
    except HumansAway:
        _log.warning("nobody vouches for people: who joins works for the place")
        return False
