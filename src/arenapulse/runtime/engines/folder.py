"""The data folder: one owner at a time, secrets that only its owner reads."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from arenapulse.runtime.engines.errors import EngineFailed

STATE_NAME = "state.json"
OWNER_KEY = "owner_pid"
STATE_BYTES_MAX = 65_536


def _refusal(path: Path, failure: OSError) -> EngineFailed:
    return EngineFailed(
        f"the data folder {path} cannot be written ({failure.strerror}): free it, or give another "
        "by ARENAPULSE_DATA"
    )


@dataclass(frozen=True, kw_only=True)
class DataFolder:
    """A data folder that this process holds alone."""

    path: Path

    @property
    def engines(self) -> Path:
        """What the engines own; everything beside it is ours."""
        return self.path / "engines"

    def _read(self) -> dict[str, str]:
        return read_state(self.path / STATE_NAME)

    def get(self, key: str) -> str | None:
        return self._read().get(key)

    def put(self, **values: str) -> None:
        """Keep values for the next start, readable by us alone, all or none."""
        state = {**self._read(), **values}
        fresh = self.path / f"{STATE_NAME}.new"
        try:
            fresh.unlink(missing_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as stream:
                json.dump(state, stream, indent=1)
                stream.flush()
                os.fsync(stream.fileno())
            fresh.replace(self.path / STATE_NAME)
        except OSError as failure:
            raise _refusal(self.path, failure) from failure

    def secret(self, key: str) -> str:
        """The secret of that name, made when it is asked for the first time."""
        known = self.get(key)
        if known is None:
            known = secrets.token_urlsafe(32)
            self.put(**{key: known})
        return known


def read_state(path: Path) -> dict[str, str]:
    """What is kept there, nothing before the first start; EngineFailed when it is damaged."""
    try:
        with path.open() as stream:
            state: object = json.loads(stream.read(STATE_BYTES_MAX))
    except FileNotFoundError:
        return {}
    except PermissionError as failure:
        raise EngineFailed(f"{path} belongs to another user: start as that user") from failure
    except (OSError, ValueError) as failure:
        raise EngineFailed(
            f"{path} is not readable JSON: put it back, or remove it (secrets are made anew)"
        ) from failure
    if not isinstance(state, dict):
        raise EngineFailed(f"{path} is not a JSON object: put it back, or remove it")
    return {str(key): str(value) for key, value in cast("dict[object, object]", state).items()}


@contextlib.contextmanager
def claimed(path: Path) -> Generator[DataFolder, None, None]:
    """Hold the folder (made if missing) until the end; raise EngineFailed when another does."""
    path = path.absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as failure:
        raise _refusal(path, failure) from failure
    try:
        # The lock is on the folder itself: no file is left behind, and the kernel drops it when
        # we die in whatever way.
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as failure:
            owner = read_state(path / STATE_NAME).get(OWNER_KEY, "unknown")
            raise EngineFailed(
                f"arenapulse already runs on {path} (process {owner}): stop it, or give another "
                "folder by ARENAPULSE_DATA"
            ) from failure
        yield DataFolder(path=path)
    finally:
        os.close(descriptor)
