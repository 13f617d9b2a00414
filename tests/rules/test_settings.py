"""Settings are read under their own names alone."""

from __future__ import annotations

from uuid import UUID

import pytest

from arenapulse.core import clock
from arenapulse.core.settings import Settings
from arenapulse.media.storage import Bucket, Storage
from arenapulse.runtime.web.app import upload_origins
from arenapulse.runtime.web.heads import SECURITY_HEADERS, security_headers


@pytest.mark.parametrize("name", ["SECRET", "SEED", "HOST", "PORT", "LOG_LEVEL", "RATE_LIMITS"])
def test_a_variable_of_another_program_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = Settings()
    monkeypatch.setenv(name, "3")
    assert Settings() == before


def test_a_setting_is_read_under_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARENAPULSE_PORT", "8123")
    assert Settings().port == 8123


def test_browsers_may_send_files_to_where_the_bucket_signs() -> None:
    def origins(**bucket: str) -> tuple[str, ...]:
        given = Settings.model_validate(bucket)
        if given.media_bucket is not None:
            place = Bucket(
                name=given.media_bucket,
                region=given.aws_region,
                endpoint=given.media_endpoint,
                key_id="key",
                secret="secret",
            )
            url = Storage(place=place).upload_url(UUID(int=1), now=clock.now(), seconds=60)
            assert (url.startswith(f"{upload_origins(given)[0]}/"), url) == (True, url)
        return upload_origins(given)

    assert origins() == ()
    assert origins(ARENAPULSE_MEDIA_BUCKET="arena", AWS_REGION="eu-west-1") == (
        "https://s3.eu-west-1.amazonaws.com",
    )
    assert origins(
        ARENAPULSE_MEDIA_BUCKET="arena", ARENAPULSE_MEDIA_ENDPOINT="http://127.0.0.1:8333/"
    ) == ("http://127.0.0.1:8333",)


def test_the_policy_lets_pages_send_files_there_and_nowhere_else() -> None:
    policy = dict(security_headers("http://127.0.0.1:8333"))[b"content-security-policy"]
    assert b"connect-src 'self' ws: wss: http://127.0.0.1:8333;" in policy
    assert b"connect-src 'self' ws: wss:;" in dict(SECURITY_HEADERS)[b"content-security-policy"]
