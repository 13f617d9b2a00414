"""What a log says of where a request went: ids, and nothing that opens something."""

from __future__ import annotations

import pytest

from arenapulse.identity import onetime
from arenapulse.runtime.web.edge import spoken


def test_the_token_of_a_link_is_in_no_log() -> None:
    for _ in range(50):
        path = f"/api/v1/organizations/invitations/{onetime.minted()}/accept"
        assert spoken(path) == "/api/v1/organizations/invitations/[hidden]/accept"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/events/0198f7a2-5c1e-7c4e-9d53-1b2f6a8e9c10/availability",
        "/api/v1/organizations/0198f7a2-5c1e-7c4e-9d53-1b2f6a8e9c10/message-templates/sign_in/en",
    ],
)
def test_what_a_request_was_about_is_told(path: str) -> None:
    assert spoken(path) == path
