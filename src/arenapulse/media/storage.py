"""Where files lie: a bucket of S3, or a local folder. Uploads go there, not through the API."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from arenapulse.core.errors import Unavailable
from arenapulse.runtime.db import forbid_in_transaction

CALL_SECONDS_MAX: Final = "10s"
CONNECT_SECONDS_MAX: Final = "3s"
RETRIES_MAX: Final = 2
UPLOAD_PATH: Final = "/media/uploads/"
_PURPOSE: Final = "picture uploads"


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """Where the bucket is and who we are there; without a key the machine's role is asked."""

    name: str
    region: str
    endpoint: str | None = None
    key_id: str | None = None
    secret: str | None = None


class Storage:
    """One place for uploads and pictures. `keys` sign uploads to the local folder, newest first."""

    def __init__(
        self,
        *,
        place: Bucket | Path,
        keys: Sequence[bytes] = (),
        base_url: str = "",
    ) -> None:
        self._keys = keys
        self._base_url = base_url
        self._store = _bucket(place) if isinstance(place, Bucket) else _folder(place)

    @property
    def is_local(self) -> bool:
        return isinstance(self._store, LocalStore)

    def upload_url(self, media_id: UUID, *, now: dt.datetime, seconds: int) -> str:
        """Where the file may be PUT until then; made here, without asking anybody."""
        if isinstance(self._store, S3Store):
            lifetime = dt.timedelta(seconds=seconds)
            return obstore.sign(self._store, "PUT", upload_key(media_id), lifetime)
        until = int(now.timestamp()) + seconds
        signature = _signature(self._keys[0], media_id=media_id, until=until)
        return f"{self._base_url}{UPLOAD_PATH}{media_id}?until={until}&signature={signature}"

    def may_upload(self, media_id: UUID, *, until: int, signature: str, now: dt.datetime) -> bool:
        """Whether we signed this link to the local folder, and it is not over."""
        signed = (_signature(key, media_id=media_id, until=until) for key in self._keys)
        right = any(hmac.compare_digest(each.encode(), signature.encode()) for each in signed)
        return self.is_local and right and now.timestamp() < until

    async def put(self, key: str, content: bytes, *, content_type: str) -> None:
        forbid_in_transaction("the storage of files")
        about = {} if self.is_local else {"Content-Type": content_type}
        try:
            await obstore.put_async(self._store, key, content, attributes=about or None)
        except (BaseError, OSError) as error:
            raise _away() from error

    async def get(self, key: str, *, bytes_max: int) -> bytes | None:
        """The file, None where there is none or one that is larger than this."""
        forbid_in_transaction("the storage of files")
        try:
            # One question: what it tells of the size is told of what follows, and of nothing else.
            found = await obstore.get_async(self._store, key)
            if found.meta["size"] > bytes_max:
                return None
            return bytes(await found.bytes_async())
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise _away() from error

    async def kept(self, folder: str) -> list[str]:
        """The keys of all that lies there."""
        forbid_in_transaction("the storage of files")
        try:
            found = await obstore.list(self._store, prefix=folder).collect_async()
        except (BaseError, OSError) as error:
            raise _away() from error
        return [each["path"] for each in found]

    async def delete(self, keys: Sequence[str]) -> None:
        """What is gone already is gone."""
        forbid_in_transaction("the storage of files")
        for key in keys:
            try:
                await obstore.delete_async(self._store, key)
            except FileNotFoundError:
                continue
            except (BaseError, OSError) as error:
                raise _away() from error


def upload_key(media_id: UUID) -> str:
    return f"uploads/{media_id}"


def picture_folder(media_id: UUID) -> str:
    return f"pictures/{media_id}"


def picture_key(media_id: UUID, name: str) -> str:
    return f"{picture_folder(media_id)}/{name}"


def _folder(place: Path) -> LocalStore:
    place.mkdir(parents=True, exist_ok=True)
    return LocalStore(prefix=place)


def _bucket(place: Bucket) -> S3Store:
    options: dict[str, object] = {"region": place.region}
    if place.endpoint is not None:
        options["endpoint"] = place.endpoint
    if place.key_id is not None and place.secret is not None:
        options |= {"access_key_id": place.key_id, "secret_access_key": place.secret}
    is_plain = (place.endpoint or "").startswith("http://")
    return S3Store(
        place.name,
        config=options,  # pyright: ignore[reportArgumentType]
        client_options={
            "timeout": CALL_SECONDS_MAX,
            "connect_timeout": CONNECT_SECONDS_MAX,
            "allow_http": is_plain,
        },
        retry_config={"max_retries": RETRIES_MAX, "retry_timeout": dt.timedelta(seconds=20)},
    )


def _signature(key: bytes, *, media_id: UUID, until: int) -> str:
    return hmac.new(key, f"{_PURPOSE}\n{media_id}\n{until}".encode(), hashlib.sha256).hexdigest()


def _away() -> Unavailable:
    return Unavailable("The storage of files is away: try again shortly.", retry_after_seconds=2)
