"""As whom the engines run: us, or an unprivileged account when we are root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from arenapulse.runtime.engines.errors import EngineFailed

NAME = "arenapulse"
USERADD_SECONDS_MAX = 20.0
PROBE_SECONDS_MAX = 10.0
KEEP = -1


@dataclass(frozen=True, kw_only=True)
class Account:
    """Ids to run as; `KEEP` in both means the ones we have."""

    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        return self.uid != KEEP


US = Account(uid=KEEP, gid=KEEP)


def _named(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(uid=entry.pw_uid, gid=entry.pw_gid) if entry.pw_uid else None


def _make() -> None:
    useradd = shutil.which("useradd")
    if useradd is None:
        return
    # Failing is no error: a read-only /etc or a container without useradd leaves `nobody`.
    subprocess.run(  # noqa: S603 - our own words
        [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME],
        capture_output=True,
        timeout=USERADD_SECONDS_MAX,
        check=False,
    )


def choose(existing: Path) -> Account:
    """The account for the engines whose data is, or will be, in `existing`."""
    owner = existing.stat() if existing.exists() else None
    if os.geteuid() != 0:
        if owner is not None and owner.st_uid != os.geteuid():
            raise EngineFailed(
                f"{existing} belongs to user id {owner.st_uid}: start as that user, or give "
                "another folder by ARENAPULSE_DATA"
            )
        return US
    if owner is not None and owner.st_uid != 0:
        # Data that a plain user made stays theirs, also when root starts it once.
        return Account(uid=owner.st_uid, gid=owner.st_gid)
    if _named(NAME) is None:
        _make()
    account = _named(NAME) or _named("nobody")
    if account is None:
        raise EngineFailed(
            "engines never run as root, and there is neither an account `arenapulse` nor `nobody`: "
            "useradd --system arenapulse"
        )
    return account


def can_reach(account: Account, *, path: Path) -> bool:
    """Whether the account may enter (or run) the path, asked of the kernel as that account."""
    if not account.is_other:
        return os.access(path, os.X_OK)
    try:
        answer = subprocess.run(  # noqa: S603 - the path is an argument, not shell text
            ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)],
            cwd="/",
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            capture_output=True,
            timeout=PROBE_SECONDS_MAX,
            check=False,
        )
    except PermissionError as failure:
        raise EngineFailed(
            "engines never run as root, and this root may not change its user "
            f"({failure.strerror}): start as a plain user"
        ) from failure
    return answer.returncode == 0
