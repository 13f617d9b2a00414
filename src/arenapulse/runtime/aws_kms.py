"""AWS KMS by its SDK. Region and credentials are found as the SDK finds them everywhere."""

from __future__ import annotations

from typing import Any, Final

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from arenapulse.runtime.vault import VaultRefuses

SECONDS_MAX: Final = 5
TRIES_MAX: Final = 4
# KMS unwraps nothing for who does not say the same: a secret of another program is none of ours.
CONTEXT: Final = {"arenapulse": "root secret"}


class AwsKms:
    """Blocking: it is asked before anything is served. `endpoint` is a twin's URL."""

    def __init__(self, *, endpoint: str | None = None) -> None:
        config = Config(
            connect_timeout=SECONDS_MAX,
            read_timeout=SECONDS_MAX,
            retries={"total_max_attempts": TRIES_MAX, "mode": "standard"},
        )
        sdk: Any = botocore.session
        try:
            self._client: Any = sdk.get_session().create_client(
                "kms", endpoint_url=endpoint, config=config
            )
        except BotoCoreError as error:
            raise VaultRefuses(f"AWS KMS: {error}") from None

    def wrap(self, plain: bytes, *, key_id: str) -> bytes:
        answer = self._ask("encrypt", KeyId=key_id, Plaintext=plain)
        return bytes(answer["CiphertextBlob"])

    def unwrap(self, wrapped: bytes) -> bytes:
        return bytes(self._ask("decrypt", CiphertextBlob=wrapped)["Plaintext"])

    def _ask(self, deed: str, **given: object) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, deed)(EncryptionContext=CONTEXT, **given)
        except ClientError as error:
            told: Any = error.response
            code = told.get("Error", {}).get("Code", "no code")
            raise VaultRefuses(f"AWS KMS refuses to {deed}: {code}") from None
        except BotoCoreError as error:
            raise VaultRefuses(f"AWS KMS gives no answer: {type(error).__name__}") from None
        return answer
