"""PostgreSQL's data folder before the server starts: made whole, mended or refused."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from arenapulse.runtime.engines.account import Account
from arenapulse.runtime.engines.children import Launch, polls, run
from arenapulse.runtime.engines.engine_log import last_complaint
from arenapulse.runtime.engines.errors import EngineFailed
from arenapulse.runtime.engines.programs import Programs

MAJOR = "18"
SUPERUSER = "postgres"
FRESH_NAME = "postgres.new"
INITDB_SECONDS_MAX = 120.0
SINGLE_USER_SECONDS_MAX = 60.0
ORPHAN_WAIT_SECONDS = 10.0
# A new cluster takes 40 MB, its first WAL segments the rest.
FREE_BYTES_MIN = 200 * 1024 * 1024
# Nothing of the operator's own PGDATA, PGPORT or PGOPTIONS may reach the embedded server.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A PostgreSQL data folder inside the engines' folder, seen by us and by its account."""

    engines: Path
    account: Account
    programs: Programs
    # How the account names the engines' folder, and the open folders it needs for that name.
    engines_as_seen: str
    inherit: tuple[int, ...]

    @property
    def path(self) -> Path:
        return self.engines / "postgres"

    def launch(self, program: str, *arguments: str, **environment: str) -> Launch:
        return Launch(
            program=[str(self.programs.postgres(program)), *arguments],
            account=self.account,
            folder=self.engines,
            environment={**ENVIRONMENT, **environment},
            inherit=self.inherit,
        )

    def seen(self, name: str) -> str:
        return f"{self.engines_as_seen}/{name}"


def refuse_other_version(path: Path) -> None:
    """Raise EngineFailed for data of another major version, before anything is touched."""
    try:
        found = (path / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return
    except OSError as failure:
        raise EngineFailed(f"{path} cannot be read ({failure.strerror})") from failure
    if found != MAJOR:
        raise EngineFailed(
            f"{path} was made by PostgreSQL {found or 'unknown'}, and this is {MAJOR}: dump it "
            "with that version, or give another folder by ARENAPULSE_DATA (nothing was changed)"
        )


def prepare(cluster: Cluster, *, superuser_password: str) -> None:
    """Leave a whole cluster that no other server uses."""
    _wait_for_orphans(cluster.path)
    if not _is_whole(cluster.path):
        _wait_for_orphans(cluster.path.with_name(FRESH_NAME))
        _put_aside(cluster.path)
        _make(cluster, superuser_password=superuser_password)
    # We hold the data folder and nothing runs in it, so this can only be a leftover; its number may
    # by now belong to an unrelated process, which PostgreSQL itself would take for a server.
    (cluster.path / "postmaster.pid").unlink(missing_ok=True)


def _is_whole(path: Path) -> bool:
    return (path / "PG_VERSION").is_file() and (path / "global" / "pg_control").is_file()


def _put_aside(path: Path) -> None:
    if path.exists():
        path.rename(path.with_name(f"{path.name}.broken-{secrets.token_hex(4)}"))


def _make(cluster: Cluster, *, superuser_password: str) -> None:
    free = shutil.disk_usage(cluster.engines).free
    if free < FREE_BYTES_MIN:
        raise EngineFailed(
            f"the data folder {cluster.engines.parent} has {free >> 20} MB free and a new database "
            f"needs {FREE_BYTES_MIN >> 20} MB: free some, or give another by ARENAPULSE_DATA"
        )
    fresh = cluster.engines / FRESH_NAME
    password_file = cluster.engines / "postgres.password"
    shutil.rmtree(fresh, ignore_errors=True)
    password_file.unlink(missing_ok=True)
    descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, superuser_password.encode())
        os.fchown(descriptor, cluster.account.uid, cluster.account.gid)
        os.close(descriptor)
        # Words with accents are letters to full text search only under a UTF-8 character type.
        character_type = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
        made = run(
            cluster.launch(
                "initdb",
                *("-D", cluster.seen(fresh.name), "-U", SUPERUSER, "-E", "UTF8"),
                *("--auth=scram-sha-256", f"--pwfile={cluster.seen(password_file.name)}"),
                *("--locale=C", f"--lc-ctype={character_type}"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            ),
            seconds_max=INITDB_SECONDS_MAX,
        )
    finally:
        password_file.unlink(missing_ok=True)
    if made.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise EngineFailed(f"initdb failed: {last_complaint(made.stderr)}")
    # Only a finished cluster ever bears the name: a kill midway leaves only the fresh one.
    fresh.rename(cluster.path)
    folder = os.open(cluster.engines, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def set_superuser_password(cluster: Cluster, *, password: str) -> None:
    """Give a cluster whose password was lost a new one, by the mode that needs none."""
    done = run(
        cluster.launch("postgres", "--single", "-D", cluster.seen("postgres"), "postgres"),
        stdin=f"ALTER ROLE {SUPERUSER} PASSWORD '{password}'\n",
        seconds_max=SINGLE_USER_SECONDS_MAX,
    )
    if done.returncode != 0 or "ERROR:" in done.stderr:
        raise EngineFailed(f"the database's password was lost: {last_complaint(done.stderr)}")


def _servers_in(path: Path) -> list[int]:
    """PostgreSQL processes that work in the folder: a postmaster's children do so as well."""
    found: list[int] = []
    if not (path.exists() and Path("/proc/self/cwd").exists()):
        return found
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            if (process / "comm").read_text().strip() == "postgres" and (
                (process / "cwd").samefile(path)
            ):
                found.append(int(process.name))
        except OSError:
            # Gone meanwhile, or of an account that cannot have our data open.
            continue
    return found


def _wait_for_orphans(path: Path) -> None:
    # After kill -9 of the last owner its server needs a moment to end.
    servers: list[int] = []
    for _ in polls(seconds_max=ORPHAN_WAIT_SECONDS):
        servers = _servers_in(path)
        if not servers:
            return
    raise EngineFailed(f"another PostgreSQL (process {min(servers)}) runs on {path}: stop it first")
