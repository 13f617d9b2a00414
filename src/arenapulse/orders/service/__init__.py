"""What happens to orders after they are placed: settled in groups, and while they are paid."""

from arenapulse.orders.service.discounting import use_promo
from arenapulse.orders.service.lengthening import hold_longer
from arenapulse.orders.service.paying import (
    confirm_paid,
    dispute_closed,
    disputed,
    give_back,
    invoice_paid,
    payments_cancelled,
    payments_declined,
    payments_require_action,
    payments_retrying,
    pending_among,
    start_payment,
)
from arenapulse.orders.service.seasons import (
    cancel_season,
    find_season_order,
    read_season_order,
    standing_together,
    start_season_payment,
)
from arenapulse.orders.service.settling import (
    SWEEP_MAX,
    PersonalRecords,
    cancel,
    cancel_unpaid,
    find,
    find_any,
    find_own,
    find_own_ticket,
    list_own,
    list_own_tickets,
    reclaim,
    settle,
)
from arenapulse.orders.service.spreading import spread

__all__ = [
    "SWEEP_MAX",
    "PersonalRecords",
    "cancel",
    "cancel_season",
    "cancel_unpaid",
    "confirm_paid",
    "dispute_closed",
    "disputed",
    "find",
    "find_any",
    "find_own",
    "find_own_ticket",
    "find_season_order",
    "give_back",
    "hold_longer",
    "invoice_paid",
    "list_own",
    "list_own_tickets",
    "payments_cancelled",
    "payments_declined",
    "payments_require_action",
    "payments_retrying",
    "pending_among",
    "read_season_order",
    "reclaim",
    "settle",
    "spread",
    "standing_together",
    "start_payment",
    "start_season_payment",
    "use_promo",
]
