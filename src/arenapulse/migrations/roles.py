"""Who owns the tables, and what the service may do with them.

`arenapulse_owner` owns everything, and nobody logs in as it: whoever migrates is its member.
`arenapulse_app` is who the service logs in as: it reads and writes rows, and changes no table.
Where these roles are not there, one role does everything and the second wall is off; `arenapulse
doctor` says so.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

HOLDER: Final = "arenapulse_owner"
APP: Final = "arenapulse_app"
# PostgreSQL's own number.
SCRAM_ROUNDS: Final = 4096
# Only added to, by anybody.
ADDED_TO: Final = ("audit_log", "audit_seals", "ledger_entries")
_ROWS: Final = "SELECT, INSERT, UPDATE, DELETE"


async def make(connection: AsyncConnection, *, app_password: str) -> None:
    """Both, where they are missing, by who may make roles; the app has this password from now on.

    It goes as what PostgreSQL keeps of it: statements that change roles get into logs.
    """
    if not await connection.scalar(_IS_THERE, {"role": HOLDER}):
        await connection.execute(text(f"CREATE ROLE {HOLDER} NOLOGIN"))
        await connection.execute(text(f"GRANT {HOLDER} TO CURRENT_USER"))
    word = "ALTER" if await connection.scalar(_IS_THERE, {"role": APP}) else "CREATE"
    kept = _verifier(app_password, salt=secrets.token_bytes(16))
    await connection.exec_driver_sql(f"{word} ROLE {APP} LOGIN PASSWORD '{kept}'")


def _verifier(password: str, *, salt: bytes) -> str:
    """As RFC 5803 writes it."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, SCRAM_ROUNDS)
    client = hmac.digest(salted, b"Client Key", "sha256")
    server = hmac.digest(salted, b"Server Key", "sha256")
    parts = (salt, hashlib.sha256(client).digest(), server)
    shaken, stored, serving = (base64.b64encode(part).decode() for part in parts)
    return f"SCRAM-SHA-256${SCRAM_ROUNDS}:{shaken}${stored}:{serving}"


async def become_holder(connection: AsyncConnection) -> None:
    """From here on everything that is made is the holder's.

    Not where something is whose migrates: what one role made, `REASSIGN OWNED` hands over whole.
    """
    if not await connection.scalar(_MAY_BE, {"role": HOLDER}):
        return
    if await connection.scalar(_OWNS):
        return
    database = await connection.scalar(text("SELECT quote_ident(current_database())"))
    await _open_schema(connection, role=HOLDER, right="CREATE")
    await connection.execute(text(f"GRANT CREATE, TEMPORARY ON DATABASE {database} TO {HOLDER}"))
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
    await _open_schema(connection, role=APP, right="USAGE")
    for statement in (
        f"GRANT {_ROWS} ON ALL TABLES IN SCHEMA public TO {APP}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {APP}",
        *(f"REVOKE UPDATE, DELETE ON {name} FROM {APP}" for name in added_to),
        *await _closed_functions(connection),
    ):
        await connection.execute(text(statement))


async def _closed_functions(connection: AsyncConnection) -> list[str]:
    """What runs as the holder is for the app alone, and no more for everybody who logs in."""
    return [
        statement
        for name in await connection.scalars(_OPEN_FUNCTIONS)
        for statement in (
            f"GRANT EXECUTE ON FUNCTION {name} TO {APP}",
            f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC",
        )
    ]


async def _open_schema(connection: AsyncConnection, *, role: str, right: str) -> None:
    """Only where it is closed: changing a schema has every statement of everybody planned anew."""
    if not await connection.scalar(_MAY_IN_SCHEMA, {"role": role, "right": right}):
        await connection.execute(text(f"GRANT {right} ON SCHEMA public TO {role}"))


_MAY_IN_SCHEMA = text("SELECT has_schema_privilege(:role, 'public', :right)")
_IS_THERE = text("SELECT 1 FROM pg_roles WHERE rolname = :role")
_MAY_BE = text("SELECT 1 FROM pg_roles WHERE rolname = :role AND pg_has_role(oid, 'MEMBER')")
_OPEN_FUNCTIONS = text(
    "SELECT oid::regprocedure::TEXT FROM pg_proc WHERE prosecdef "
    "AND pronamespace = 'public'::regnamespace AND has_function_privilege('public', oid, 'EXECUTE')"
)
# Extensions put things of their own there, owned by whoever made them: TimescaleDB does.
_OWNS = text(
    "SELECT EXISTS (SELECT 1 FROM pg_class c WHERE relowner = session_user::regrole "
    "AND relnamespace = 'public'::regnamespace AND NOT EXISTS (SELECT 1 FROM pg_depend d "
    "WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')) "
    "OR EXISTS (SELECT 1 FROM pg_proc p WHERE proowner = session_user::regrole "
    "AND pronamespace = 'public'::regnamespace AND NOT EXISTS (SELECT 1 FROM pg_depend d "
    "WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'))"
)
