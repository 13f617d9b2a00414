"""What writes orders and tickets by the hundred runs as who owns them: no wall is in its plans."""

from arenapulse.migrations.script import run, run_function

revision = "0070"
down_revision = "0069"

_BATCHES = ("place_orders", "settle_orders", "lock_places", "use_promo", "inherit_holds")

# Read by dashboards each second: they ask once whether the event may be seen.
_COUNTS = ("event_sales", "section_sales", "sales_over_time", "checkins_over_time", "insights")


def upgrade() -> None:
    for name in (
        "plain_batch",
        *_BATCHES,
        "expired_orders",
        "ticket_holders",
        "make_shadow",
        "walls",
        *_COUNTS,
    ):
        run_function(name)
    # Their older forms too, which the code before this one still calls.
    run(
        f"""
        DO $$
        DECLARE
          older REGPROCEDURE;
        BEGIN
          FOR older IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace
              AND proname IN {_BATCHES} AND NOT prosecdef LOOP
            EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = public, pg_temp',
              older);
          END LOOP;
        END $$
        """
    )
