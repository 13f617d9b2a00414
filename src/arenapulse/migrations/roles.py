"""Who owns the tables, and what the service may do with them.

`arenapulse_owner` owns everything, and nobody logs in as it: whoever migrates is its member.
`arenapulse_app` is who the service logs in as: it reads and writes rows, and changes no table.
Where these roles are not there, one role does everything and the second wall is off; `arenapulse
doctor` says so.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

HOLDER: Final = "arenapulse_owner"
APP: Final = "arenapulse_app"
# Only added to, by anybody.
ADDED_TO: Final = ("audit_log", "audit_seals", "ledger_entries")
_ROWS: Final = "SELECT, INSERT, UPDATE, DELETE"


async def become_holder(connection: AsyncConnection) -> None:
    """From here on everything that is made is the holder's."""
    if not await connection.scalar(_MAY_BE, {"role": HOLDER}):
        return
    database = await connection.scalar(text("SELECT quote_ident(current_database())"))
    await connection.execute(text(f"GRANT USAGE, CREATE ON SCHEMA public TO {HOLDER}"))
    await connection.execute(text(f"GRANT CREATE, TEMPORARY ON DATABASE {database} TO {HOLDER}"))
    # What one role made when it did everything.
    await connection.execute(text(_HAND_OVER))
    await connection.execute(text(f"SET ROLE {HOLDER}"))


async def promise_rights(connection: AsyncConnection) -> None:
    """What the app may do with tables that do not exist yet: migrations run while it does."""
    if await connection.scalar(_IS_THERE, {"role": APP}):
        for rights, kind in ((_ROWS, "TABLES"), ("USAGE, SELECT", "SEQUENCES")):
            await connection.execute(
                text(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rights} ON {kind} TO {APP}")
            )


async def give_rights(connection: AsyncConnection) -> None:
    """The same for those that do."""
    if not await connection.scalar(_IS_THERE, {"role": APP}):
        return
    added_to = [
        name
        for name in ADDED_TO
        if await connection.scalar(text("SELECT to_regclass(:name)"), {"name": name})
    ]
    for statement in (
        f"GRANT USAGE ON SCHEMA public TO {APP}",
        f"GRANT {_ROWS} ON ALL TABLES IN SCHEMA public TO {APP}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {APP}",
        *(f"REVOKE UPDATE, DELETE ON {name} FROM {APP}" for name in added_to),
    ):
        await connection.execute(text(statement))


_HAND_OVER: Final = f"""
DO $$ DECLARE words TEXT; BEGIN
  FOR words IN
    SELECT format('TABLE %s', c.oid::regclass) FROM pg_class c
      WHERE c.relowner = session_user::regrole AND c.relnamespace = 'public'::regnamespace
        AND c.relkind IN ('r', 'p', 'v')
    UNION ALL SELECT format('ROUTINE %s', p.oid::regprocedure) FROM pg_proc p
      WHERE p.proowner = session_user::regrole AND p.pronamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    UNION ALL SELECT format('TYPE %s', t.oid::regtype) FROM pg_type t
      WHERE t.typowner = session_user::regrole AND t.typnamespace = 'public'::regnamespace
        AND t.typtype IN ('e', 'd')
  LOOP EXECUTE format('ALTER %s OWNER TO {HOLDER}', words); END LOOP;
END $$
"""
_IS_THERE = text("SELECT 1 FROM pg_roles WHERE rolname = :role")
_MAY_BE = text("SELECT 1 FROM pg_roles WHERE rolname = :role AND pg_has_role(oid, 'MEMBER')")
