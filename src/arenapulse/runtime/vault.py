"""Where root secrets come from: the environment, a file, or a key service that unwraps them.

A setting holds the secret itself, `file:` and a path, or `kms:` and a wrapped secret. The key
service is asked once, when a process starts: afterwards the keyring derives all keys by itself,
so a service that is away stops nothing that runs.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

FILE: Final = "file:"
KMS: Final = "kms:"
FILE_BYTES_MAX: Final = 4_096


class Vault(Protocol):
    """A key service. It holds a key that never leaves it, and wraps secrets by it."""

    def wrap(self, plain: bytes, *, key_id: str) -> bytes:
        """Raises `VaultRefuses`."""
        ...

    def unwrap(self, wrapped: bytes) -> bytes:
        """Raises `VaultRefuses`; the wrapped secret says which key it was."""
        ...


class VaultRefuses(Exception):
    """The secret cannot be had; the text is safe to show and to log."""


def is_reference(secret: str | None) -> bool:
    return secret is not None and secret.startswith((FILE, KMS))


def resolved(secret: str, *, vault: Callable[[], Vault]) -> str:
    """The secret that a setting stands for. Raises `VaultRefuses`."""
    if secret.startswith(FILE):
        return _read(Path(secret.removeprefix(FILE)))
    if not secret.startswith(KMS):
        return secret
    try:
        wrapped = base64.b64decode(secret.removeprefix(KMS), validate=True)
        return vault().unwrap(wrapped).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise VaultRefuses("what follows kms: is no wrapped secret") from None


def wrapped(secret: str, *, key_id: str, vault: Vault) -> str:
    """The setting that stands for a secret. Raises `VaultRefuses`."""
    return KMS + base64.b64encode(vault.wrap(secret.encode(), key_id=key_id)).decode()


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            found = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise VaultRefuses(f"{path}: {error.strerror}") from None
    if len(found) > FILE_BYTES_MAX:
        raise VaultRefuses(f"{path} is too long for a secret")
    try:
        return found.decode().strip()
    except UnicodeDecodeError:
        raise VaultRefuses(f"{path} is no text") from None
