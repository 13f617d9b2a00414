"""The embedded PostgreSQL: started, asked until it answers, stopped."""

from __future__ import annotations

import signal
import subprocess

from arenapulse.runtime.engines.children import Launch, polls, run, start, stop
from arenapulse.runtime.engines.cluster import SUPERUSER, Cluster
from arenapulse.runtime.engines.engine_log import last_complaint, opened, tail
from arenapulse.runtime.engines.errors import EngineFailed
from arenapulse.runtime.engines.ports import LOOPBACK

DATABASE = "arenapulse"
# Logs in to migrate and to look after; the app logs in as one that owns nothing.
OWNER = "arenapulse"
APP = "arenapulse_app"
# Owns every table and function. Nobody logs in as it.
HOLDER = "arenapulse_owner"
READY_SECONDS_MAX = 120.0
QUERY_SECONDS_MAX = 30.0
# Its last checkpoint waits for the disk. Whoever is cut short recovers at the next start.
FAST_STOP_SECONDS = 15.0
IMMEDIATE_STOP_SECONDS = 0.8
PORT_TAKEN = "could not create any TCP/IP sockets"

SETTINGS = {
    "listen_addresses": LOOPBACK,
    # A socket file would need a folder that both accounts reach; passwords over loopback do not.
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    "max_locks_per_transaction": "128",
    "shared_buffers": "256MB",
    "wal_buffers": "16MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    # An acknowledged order is on disk: these three are never traded for speed.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # Checkpoints far apart, so that few of them fall into a sale and few full pages are logged.
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "max_wal_size": "4GB",
    "min_wal_size": "512MB",
    # The wheel is built without lz4, and pglz costs more than the few full pages it would shrink.
    "wal_compression": "off",
    # A sale makes a million rows in a minute and a half: looked at once a minute, their fresh pages
    # and old statistics cost a tenth of its speed.
    "autovacuum_naptime": "15s",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "lc_messages": "C",
}


class PortTaken(Exception):
    """Another program took the port between our look and the server's."""


class Postgres:
    """One running server."""

    def __init__(self, cluster: Cluster, *, port: int, superuser_password: str) -> None:
        self._cluster = cluster
        self.port = port
        self._superuser_password = superuser_password
        self._log = cluster.engines / "postgres.log"
        self._log_start = 0
        self.child: subprocess.Popen[bytes] = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        flags = {**SETTINGS, "port": str(self.port)}
        words = [word for key, value in flags.items() for word in ("-c", f"{key}={value}")]
        plain = self._cluster.launch("postgres", "-D", self._cluster.seen("postgres"), *words)
        # At our death at once and without a checkpoint: the WAL has every commit, and a checkpoint
        # could outlive us by minutes.
        launch = Launch(
            program=plain.program,
            account=plain.account,
            folder=plain.folder,
            environment=plain.environment,
            inherit=plain.inherit,
            death_signal=signal.SIGQUIT,
        )
        with opened(self._log) as log:
            self._log_start = log.seek(0, 2)
            return start(launch, output=log)

    def wait_ready(self) -> None:
        """Return when the server answers; raise PortTaken or EngineFailed when it ended instead."""
        for _ in polls(seconds_max=READY_SECONDS_MAX):
            if self.child.poll() is not None:
                said = tail(self._log, start=self._log_start)
                if PORT_TAKEN in said:
                    raise PortTaken
                raise EngineFailed(
                    f"PostgreSQL did not start: {last_complaint(said)} (more in {self._log})"
                )
            if self._listens():
                return
        raise EngineFailed(f"PostgreSQL was not ready in {READY_SECONDS_MAX:.0f} s: {self._log}")

    def _listens(self) -> bool:
        # The postmaster writes its state into the last line of its file.
        try:
            lines = (self._cluster.path / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0] == str(self.child.pid) and lines[7].strip() == "ready"

    def ensure_database(self, *, owner_password: str, app_password: str) -> None:
        """Make the roles and the database where they are missing."""
        roles = self._ask("SELECT rolname FROM pg_roles").splitlines()
        owned_by = self._ask(
            f"SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = '{DATABASE}'"
        )
        if OWNER not in roles:
            self._ask(f"CREATE ROLE {OWNER} LOGIN CREATEDB PASSWORD '{owner_password}'")
            self._ask(f"GRANT pg_monitor, pg_checkpoint, pg_signal_backend TO {OWNER}")
        if APP not in roles:
            self._ask(f"CREATE ROLE {APP} LOGIN PASSWORD '{app_password}'")
        if HOLDER not in roles:
            self._ask(f"CREATE ROLE {HOLDER} NOLOGIN; GRANT {HOLDER} TO {OWNER}")
        if owned_by == "":
            self._ask(f"CREATE DATABASE {DATABASE} OWNER {HOLDER}")
        elif owned_by == OWNER:
            # Made when one role did everything.
            self._ask(f"REASSIGN OWNED BY {OWNER} TO {HOLDER}", database=DATABASE)

    def set_passwords(self, *, owner_password: str, app_password: str) -> None:
        self._ask(f"ALTER ROLE {OWNER} PASSWORD '{owner_password}'")
        self._ask(f"ALTER ROLE {APP} PASSWORD '{app_password}'")

    def schema_version(self) -> str | None:
        """What Alembic wrote down, None in a database it has not touched."""
        if self._ask("SELECT to_regclass('alembic_version')", database=DATABASE) == "":
            return None
        return self._ask("SELECT version_num FROM alembic_version", database=DATABASE) or None

    def _ask(self, sql: str, *, database: str = "postgres") -> str:
        """One statement by psql, which spares the start an event loop and a driver."""
        # By standard input, since anyone may read the arguments of a process.
        answer = run(
            self._cluster.launch(
                "psql",
                *("-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"),
                *("-h", LOOPBACK, "-p", str(self.port), "-U", SUPERUSER, "-d", database),
                PGPASSWORD=self._superuser_password,
            ),
            stdin=sql,
            seconds_max=QUERY_SECONDS_MAX,
        )
        if answer.returncode != 0:
            raise EngineFailed(f"PostgreSQL refused: {last_complaint(answer.stderr)}")
        return answer.stdout.strip()

    def stop(self) -> None:
        steps = (
            (signal.SIGINT, FAST_STOP_SECONDS),
            (signal.SIGQUIT, IMMEDIATE_STOP_SECONDS),
        )
        stop(self.child, steps=steps)
