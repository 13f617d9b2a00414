"""What became of orders, and an organization's orders for who runs it."""

from arenapulse.activity.service.failing import list_failed, retry_failed
from arenapulse.activity.service.overseeing import (
    PersonalNotes,
    Wanted,
    add_note,
    export_csv,
    list_orders,
    read_notes,
    require_manager,
)
from arenapulse.activity.service.proving import draw_evidence, find_evidence
from arenapulse.activity.service.standing import decide, stand
from arenapulse.activity.service.telling import (
    note_dispute,
    note_moves,
    note_refund,
    note_refund_step,
    note_transfer,
    read,
)

__all__ = [
    "PersonalNotes",
    "Wanted",
    "add_note",
    "decide",
    "draw_evidence",
    "export_csv",
    "find_evidence",
    "list_failed",
    "list_orders",
    "note_dispute",
    "note_moves",
    "note_refund",
    "note_refund_step",
    "note_transfer",
    "read",
    "read_notes",
    "require_manager",
    "retry_failed",
    "stand",
]
