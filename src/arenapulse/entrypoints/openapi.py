"""Prints the OpenAPI document: `python -m arenapulse.entrypoints.openapi`.

Neither engine nor setting is needed: the document is made from the routes alone.
"""

from __future__ import annotations

import json
from typing import Any

from arenapulse.core.settings import Environment, Settings
from arenapulse.wiring import make_app

# Never dialled: an application connects when it starts, and this one does not start.
_NOWHERE = "127.0.0.1:1"


def settings_without_engines() -> Settings:
    """Settings that `make_app` takes, the same whatever the environment says."""
    return Settings.model_construct(
        environment=Environment.DEVELOPMENT,
        database_url=f"postgresql://nobody@{_NOWHERE}/nothing",
        redis_url=f"redis://{_NOWHERE}/0",
        secret="only for describing the routes, never for serving them",  # noqa: S106 - as it says
        stripe_webhook_secret="whsec_only_for_describing_the_routes",  # noqa: S106 - as it says
    )


def document() -> dict[str, Any]:
    """The document that the service publishes at `/api/v1/openapi.json`."""
    return make_app(settings_without_engines()).describe()


def main() -> None:
    print(json.dumps(document(), indent=2, ensure_ascii=False, sort_keys=True))


if __name__ == "__main__":
    main()
