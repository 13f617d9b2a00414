"""A key service that speaks AWS KMS's wire format: signatures and errors included."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ACCESS, SECRET, REGION = "AKIDTWIN", "the secret of the twin", "eu-central-1"
KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER_KEY = KEY[:-1] + "c"
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<access>[^/]+)/(?P<scope>[^,]+), "
    r"SignedHeaders=(?P<names>[^,]+), Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass
class KeyService:
    """What it holds, and what it is to answer to the next calls instead of doing them."""

    keys: dict[str, bytes] = field(
        default_factory=lambda: {each: os.urandom(32) for each in (KEY, OTHER_KEY)}
    )
    disabled: set[str] = field(default_factory=set)
    faults: list[tuple[int, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    url: str = ""

    def answer(self, target: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.calls.append(target)
        if self.faults:
            status, code = self.faults.pop(0)
            return status, {"__type": code, "message": "on demand"}
        context = json.dumps(body.get("EncryptionContext") or {}, sort_keys=True).encode()
        if target == "TrentService.Encrypt":
            return self._encrypt(body["KeyId"], base64.b64decode(body["Plaintext"]), context)
        if target == "TrentService.Decrypt":
            return self._decrypt(base64.b64decode(body["CiphertextBlob"]), context)
        return 400, {"__type": "UnknownOperationException"}

    def _encrypt(self, key_id: str, plain: bytes, context: bytes) -> tuple[int, dict[str, Any]]:
        if key_id not in self.keys:
            return 400, {"__type": "NotFoundException", "message": "no such key"}
        if key_id in self.disabled:
            return 400, {"__type": "DisabledException", "message": f"{key_id} is disabled."}
        if not 1 <= len(plain) <= 4096:
            return 400, {"__type": "ValidationException"}
        nonce = os.urandom(12)
        text = AESGCM(self.keys[key_id]).encrypt(nonce, plain, context)
        blob = base64.b64encode(key_id.encode().ljust(100) + nonce + text).decode()
        made = {"CiphertextBlob": blob, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}
        return 200, made | {"KeyId": key_id}

    def _decrypt(self, blob: bytes, context: bytes) -> tuple[int, dict[str, Any]]:
        key_id = blob[:100].decode(errors="replace").strip()
        if key_id in self.disabled:
            return 400, {"__type": "DisabledException", "message": f"{key_id} is disabled."}
        try:
            plain = AESGCM(self.keys[key_id]).decrypt(blob[100:112], blob[112:], context)
        except (KeyError, InvalidTag, ValueError):
            return 400, {"__type": "InvalidCiphertextException"}
        shown = base64.b64encode(plain).decode()
        made = {"Plaintext": shown, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}
        return 200, made | {"KeyId": key_id}


def is_signed(path: str, headers: dict[str, str], body: bytes) -> bool:
    """By the secret, over what came: AWS's Signature Version 4, computed again."""
    given = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if given is None or given["access"] != ACCESS:
        return False
    names = given["names"].split(";")
    lines = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in names)
    digest = hashlib.sha256(body).hexdigest()
    asked = f"POST\n{path}\n\n{lines}\n{given['names']}\n{digest}"
    scope = given["scope"]
    asked_digest = hashlib.sha256(asked.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n{asked_digest}"
    key = f"AWS4{SECRET}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    wanted = hmac.digest(key, text.encode(), "sha256").hex()
    is_ours = scope.split("/")[1:] == [REGION, "kms", "aws4_request"]
    return is_ours and hmac.compare_digest(wanted, given["signature"])


@contextmanager
def serving() -> Iterator[KeyService]:
    service = KeyService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            if is_signed(self.path, headers, body):
                status, made = service.answer(headers["x-amz-target"], json.loads(body))
            else:
                status, made = 400, {"__type": "InvalidSignatureException"}
            told = json.dumps(made).encode()
            self.send_response(status)
            self.send_header("content-type", "application/x-amz-json-1.1")
            self.send_header("content-length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *args: object) -> None:
            """Nothing: tests read what it took."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
