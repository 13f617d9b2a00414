"""Pictures: where they lie, who develops them, who collects them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from arenapulse.core.ids import OrganizationId
from arenapulse.core.settings import Settings
from arenapulse.flags.switches import Switches
from arenapulse.flags.terms import PICTURES
from arenapulse.media import routes, tasks
from arenapulse.media.darkroom import Darkroom
from arenapulse.media.queries import hold_base_url
from arenapulse.media.service.developing import Studio
from arenapulse.media.storage import Bucket, Storage
from arenapulse.runtime.context import Runtime
from arenapulse.runtime.jobs import Registry
from arenapulse.wiring.core import Core
from arenapulse.wiring.parts import House, Part


def make_storage(runtime: Runtime) -> Storage:
    settings = runtime.settings
    return Storage(
        place=_bucket(settings)
        or (settings.media_folder or settings.data_folder / "media").absolute(),
        keys=runtime.keyring.derive_each("picture uploads"),
        base_url=settings.base_url,
    )


def make_studio(core: Core) -> Studio:
    runtime = core.runtime
    return Studio(database=runtime.database, storage=make_storage(runtime), darkroom=Darkroom())


def part(house: House, *, switches: Switches) -> Part:
    runtime = house.core.runtime
    hold_base_url(runtime.database, runtime.settings.base_url)

    def is_open(organization_id: OrganizationId) -> bool:
        return switches.is_on(PICTURES, organization=organization_id)

    studio = replace(make_studio(house.core), is_open=is_open)
    house.provided.give(Studio, studio)
    return Part(routers=(routes.router,))


def jobs(core: Core) -> Sequence[Registry]:
    return (tasks.registry(make_studio(core)),)


def _bucket(settings: Settings) -> Bucket | None:
    if settings.media_bucket is None:
        return None
    return Bucket(
        name=settings.media_bucket,
        region=settings.aws_region,
        endpoint=settings.media_endpoint,
        key_id=settings.aws_access_key_id,
        secret=settings.aws_secret_access_key,
    )
