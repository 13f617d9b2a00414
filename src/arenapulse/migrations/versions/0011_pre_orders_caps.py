"""The caps bind buyers alone, an order's size is judged first, no discount is too large to spread.

A cancelled event takes the tickets of who is in already.
"""

from arenapulse.migrations.script import run, run_function

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    for name in ("spread_discounts", "place_orders", "settle_orders", "recount_places"):
        run_function(name)
    # From here on a sale by a clerk lowers no counter when it goes back, so none may have it now.
    run(
        """
        SELECT 1 FROM stock s JOIN events e ON e.id = s.event_id
          WHERE e.max_per_person IS NOT NULL ORDER BY s.id FOR NO KEY UPDATE OF s;
        SELECT recount_places(e.id) FROM events e WHERE e.max_per_person IS NOT NULL;
        """
    )
