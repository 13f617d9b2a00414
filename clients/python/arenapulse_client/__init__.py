"""Follows events of an ArenaPulse server: numbers that are right, or known to be old.

    async with ArenaPulse("https://tickets.example.com", token=None) as arena:
        event = await arena.follow_event(event_id)
        seats = await arena.follow_seats(event_id, section_id)
        gates = await arena.follow_staff("gate", event_id)  # with a token of its staff
        arena.on("order:update", print)
        while True:
            await event.changed()
            print(event.current_capacity, event.status, event.live)

Speaks Socket.IO 4 over a websocket; needs `websockets` and nothing else. Frames carry states and a
gap-free sequence: the next one is applied, older ones are ignored, and after a gap, a reconnect or
a `…:position` that is ahead, what was missed is asked for by `since`. Where the server has it no
longer, or its epoch is another, there comes a snapshot. Lost connections are opened anew after 1 to
30 seconds with full jitter. The messages are described in /api/v1/asyncapi.json.
"""

from arenapulse_client.connection import ArenaPulse
from arenapulse_client.states import EventState, RefusedError, SeatState, StaffState

__all__ = ["ArenaPulse", "EventState", "RefusedError", "SeatState", "StaffState"]
