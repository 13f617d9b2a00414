"""What payments does: takes what falls due, starts payments, refunds, hears the vendor's news."""

from arenapulse.payments.service.accounting import (
    list_disputes,
    list_invoices,
    read_wishes,
    report,
    set_wishes,
)
from arenapulse.payments.service.charging import Charging
from arenapulse.payments.service.giving import Giving
from arenapulse.payments.service.hearing import (
    Letter,
    apply_event,
    hear_of_intents,
    hear_twin,
    receive_events,
)
from arenapulse.payments.service.invoicing import note_paid
from arenapulse.payments.service.papers import (
    PersonalPapers,
    draw,
    find_sheet,
    issue,
    list_of_order,
)
from arenapulse.payments.service.paying import start
from arenapulse.payments.service.paying_out import (
    compare_account,
    list_all_payouts,
    list_payouts,
)
from arenapulse.payments.service.reconciling import (
    ask_after_disputes,
    ask_after_warnings,
    dismiss_difference,
    list_differences,
    reconcile,
    tell_differences,
)
from arenapulse.payments.service.refunding import (
    ask_refund,
    list_refunds,
    refund_event,
    require_to_refund,
)
from arenapulse.payments.service.rehearsing import authenticate
from arenapulse.payments.service.requesting import (
    note_new_date,
    read_policy,
    request_refund,
    require_own,
    set_policy,
)
from arenapulse.payments.service.seasons import refund_season, start_season

__all__ = [
    "Charging",
    "Giving",
    "Letter",
    "PersonalPapers",
    "apply_event",
    "ask_after_disputes",
    "ask_after_warnings",
    "ask_refund",
    "authenticate",
    "compare_account",
    "dismiss_difference",
    "draw",
    "find_sheet",
    "hear_of_intents",
    "hear_twin",
    "issue",
    "list_all_payouts",
    "list_differences",
    "list_disputes",
    "list_invoices",
    "list_of_order",
    "list_payouts",
    "list_refunds",
    "note_new_date",
    "note_paid",
    "read_policy",
    "read_wishes",
    "receive_events",
    "reconcile",
    "refund_event",
    "refund_season",
    "report",
    "request_refund",
    "require_own",
    "require_to_refund",
    "set_policy",
    "set_wishes",
    "start",
    "start_season",
    "tell_differences",
]
