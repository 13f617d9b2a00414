"""The key service: the adapter of AWS KMS, by AWS's own SDK, over a twin that speaks its wire."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from arenapulse.entrypoints import cli
from arenapulse.runtime.aws_kms import AwsKms
from arenapulse.runtime.crypto import Keyring
from arenapulse.runtime.vault import Vault, VaultRefuses, is_reference, resolved, wrapped
from tests.commands import said
from tests.contracts.keyservice import ACCESS, KEY, OTHER_KEY, REGION, SECRET, KeyService, serving

ROOT = "a root secret that is long enough " + "r" * 16


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[KeyService]:
    with serving() as made:
        for name, value in environment(made).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("HOME", str(tmp_path))
        yield made


def environment(service: KeyService) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": ACCESS,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL_KMS": service.url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }


@pytest.fixture
def vault(service: KeyService) -> Vault:
    return AwsKms()


def unused() -> Vault:
    raise AssertionError("nobody asks a key service for this")


@pytest.mark.asvs("V13.3.1")
def test_what_was_wrapped_is_unwrapped_and_is_not_the_secret(vault: Vault) -> None:
    made = wrapped(ROOT, key_id=KEY, vault=vault)
    assert is_reference(made)
    assert ROOT.encode() not in base64.b64decode(made.removeprefix("kms:"))
    assert resolved(made, vault=lambda: vault) == ROOT
    assert wrapped(ROOT, key_id=KEY, vault=vault) != made


def test_a_changed_text_and_that_of_another_program_are_refused(
    vault: Vault, service: KeyService
) -> None:
    blob = bytearray(vault.wrap(ROOT.encode(), key_id=KEY))
    blob[-1] ^= 1
    with pytest.raises(VaultRefuses, match="decrypt: InvalidCiphertextException"):
        vault.unwrap(bytes(blob))
    _, other = service._encrypt(KEY, ROOT.encode(), b"{}")
    with pytest.raises(VaultRefuses, match="decrypt: InvalidCiphertextException"):
        vault.unwrap(base64.b64decode(other["CiphertextBlob"]))


def test_a_key_that_is_not_there_or_is_disabled_is_named_by_its_code(
    vault: Vault, service: KeyService
) -> None:
    with pytest.raises(VaultRefuses, match="encrypt: NotFoundException"):
        vault.wrap(ROOT.encode(), key_id=KEY + "-none")
    made = vault.wrap(ROOT.encode(), key_id=OTHER_KEY)
    service.disabled.add(OTHER_KEY)
    with pytest.raises(VaultRefuses, match="decrypt: DisabledException"):
        vault.unwrap(made)


def test_a_service_that_is_busy_is_asked_again_and_one_that_refuses_is_not(
    vault: Vault, service: KeyService
) -> None:
    made = vault.wrap(ROOT.encode(), key_id=KEY)
    service.calls.clear()
    service.faults = [(400, "ThrottlingException"), (500, "KMSInternalException")]
    assert vault.unwrap(made) == ROOT.encode()
    assert len(service.calls) == 3
    service.calls.clear()
    service.faults = [(400, "AccessDeniedException")]
    with pytest.raises(VaultRefuses, match="decrypt: AccessDeniedException"):
        vault.unwrap(made)
    assert len(service.calls) == 1


def test_wrong_credentials_are_told_without_the_secret(
    service: KeyService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not the secret of the twin")
    with pytest.raises(VaultRefuses, match="InvalidSignatureException") as refused:
        AwsKms().wrap(ROOT.encode(), key_id=KEY)
    assert ROOT not in str(refused.value)


def test_nobody_there_is_told_and_not_waited_for_ever(
    service: KeyService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(VaultRefuses, match="gives no answer: EndpointConnectionError"):
        AwsKms(endpoint="http://127.0.0.1:1").unwrap(b"x")


@pytest.mark.asvs("V13.3.1")
def test_a_file_is_read_without_its_last_line_break(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(ROOT + "\n")
    assert resolved(f"file:{path}", vault=unused) == ROOT
    assert resolved(ROOT, vault=unused) == ROOT
    for wrong, why in ((tmp_path / "none", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(VaultRefuses, match=why):
            resolved(f"file:{wrong}", vault=unused)
    path.write_bytes(b"\xff" * 10)
    with pytest.raises(VaultRefuses, match="no text"):
        resolved(f"file:{path}", vault=unused)
    path.write_bytes(b"x" * 5_000)
    with pytest.raises(VaultRefuses, match="too long"):
        resolved(f"file:{path}", vault=unused)
    with pytest.raises(VaultRefuses, match="no wrapped secret"):
        resolved("kms:not base64!", vault=unused)


async def test_the_command_line_wraps_a_new_secret_and_starts_by_it(
    service: KeyService, tmp_path: Path
) -> None:
    code, lines = await said("keys", "wrap", "--key", KEY, environment=environment(service))
    assert code == 0
    name, _, made = lines[-1].partition("=")
    assert name == "ARENAPULSE_SECRET"
    secret = resolved(made, vault=AwsKms)
    assert Keyring(secret).key_id
    former = tmp_path / "former"
    former.write_text(ROOT)
    given = {"ARENAPULSE_SECRET": made, "ARENAPULSE_FORMER_SECRETS": f"file:{former}"}
    with pytest.MonkeyPatch.context() as patch:
        for key, value in (environment(service) | given).items():
            patch.setenv(key, value)
        settings = cli._settings()
        assert (settings.secret, settings.former_secret_list) == (secret, (ROOT,))
        service.disabled.add(KEY)
        with pytest.raises(SystemExit):
            cli._settings()
    assert os.environ.get("ARENAPULSE_SECRET") != made
