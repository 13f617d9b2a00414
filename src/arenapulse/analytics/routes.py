"""HTTP for the figures."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response

from arenapulse.analytics import service
from arenapulse.analytics.schemas import (
    Attention,
    ChannelFigures,
    CohortMonth,
    Funnel,
    PriceFigures,
    Replay,
    SectionFigures,
    Summary,
    Timeseries,
)
from arenapulse.analytics.terms import Bucket, Metric
from arenapulse.core import clock
from arenapulse.core.errors import Invalid
from arenapulse.core.ids import EventId, OrganizationId
from arenapulse.flags.switches import while_on
from arenapulse.flags.terms import EXPORTS
from arenapulse.identity.access import SignedIn, StepUpDep
from arenapulse.runtime.web.answer import answer
from arenapulse.runtime.web.deps import ReadsDep
from arenapulse.runtime.web.edge import API
from arenapulse.runtime.web.envelope import Envelope, Moment, ok

router = APIRouter(prefix=API + "analytics/events", tags=["analytics"])
house_router = APIRouter(prefix=API + "analytics/organizations", tags=["analytics"])

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PARQUET: Final = "application/vnd.apache.parquet"
_FILES: Final = while_on(EXPORTS)


@router.get("/{event_id}/summary")
async def read_summary(*, event_id: UUID, actor: SignedIn, reads: ReadsDep) -> Envelope[Summary]:
    """Sales as they were at `updatedAt`, views as clients told them; ANALYST and up."""
    return ok(
        await service.summary(
            reads,
            actor=actor,
            event_id=EventId(event_id),
            now=clock.now(),
        )
    )


@router.get("/{event_id}/timeseries", response_model=Envelope[Timeseries])
async def read_timeseries(
    *,
    event_id: UUID,
    actor: SignedIn,
    reads: ReadsDep,
    metric: Metric = Metric.SALES,
    bucket: Bucket = Bucket.HOUR,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
) -> Response:
    """One figure over time, in UTC; empty buckets are left out. `from` and `to` bound it."""
    if since is not None and until is not None and until < since:
        raise Invalid.on("to", "must not lie before from")
    return answer(
        await service.timeseries(
            reads,
            actor=actor,
            event_id=EventId(event_id),
            metric=metric,
            bucket=bucket,
            between=(since, until),
        )
    )


@router.get("/{event_id}/funnel")
async def read_funnel(*, event_id: UUID, actor: SignedIn, reads: ReadsDep) -> Envelope[Funnel]:
    """From looking to having paid."""
    return ok(await service.funnel(reads, actor=actor, event_id=EventId(event_id)))


@router.get("/{event_id}/sections")
async def read_sections(
    *, event_id: UUID, actor: SignedIn, reads: ReadsDep
) -> Envelope[list[SectionFigures]]:
    """Each section in the order of the chart."""
    return ok(await service.sections(reads, actor=actor, event_id=EventId(event_id)))


@router.get("/{event_id}/attention")
async def read_attention(
    *, event_id: UUID, actor: SignedIn, reads: ReadsDep
) -> Envelope[Attention]:
    """What needs somebody's hand now, the worst first; ANALYST and up."""
    return ok(
        await service.attention(reads, actor=actor, event_id=EventId(event_id), now=clock.now())
    )


@router.get("/{event_id}/export.csv", response_class=Response, dependencies=[_FILES])
async def export_csv(
    *, event_id: UUID, actor: SignedIn, reads: ReadsDep, step_up: StepUpDep
) -> Response:
    """The sections as a file, RFC 4180; what a spreadsheet would compute is defused."""
    event = await service.judged(reads, actor=actor, event_id=EventId(event_id))
    # After rights: what one may not see is not there, whenever one signed in.
    await step_up.require()
    text = await service.export_csv(reads, event=event)
    name = f'attachment; filename="{event_id}.csv"'
    return Response(text, media_type="text/csv", headers={"Content-Disposition": name})


@router.get("/{event_id}/channels")
async def read_channels(
    *, event_id: UUID, actor: SignedIn, reads: ReadsDep
) -> Envelope[list[ChannelFigures]]:
    """Orders by where their visit came from; what nobody told is a channel of its own."""
    return ok(await service.channels(reads, actor=actor, event_id=EventId(event_id)))


@router.get("/{event_id}/prices")
async def read_prices(
    *, event_id: UUID, actor: SignedIn, reads: ReadsDep
) -> Envelope[list[PriceFigures]]:
    """What was sold and paid by section and price level, and what promo codes took off."""
    return ok(await service.prices(reads, actor=actor, event_id=EventId(event_id)))


@router.get("/{event_id}/replay")
async def read_replay(
    *,
    event_id: UUID,
    actor: SignedIn,
    reads: ReadsDep,
    at: Annotated[Moment, Query()],
) -> Envelope[Replay]:
    """The event as it stood at a moment, section by section."""
    return ok(await service.replay(reads, actor=actor, event_id=EventId(event_id), at=at))


@router.get("/{event_id}/export.xlsx", response_class=Response, dependencies=[_FILES])
async def export_xlsx(
    *, event_id: UUID, actor: SignedIn, reads: ReadsDep, step_up: StepUpDep
) -> Response:
    """The sections and the sales by hour as a workbook; text is never a formula."""
    event = await service.judged(reads, actor=actor, event_id=EventId(event_id))
    await step_up.require()
    return _file(await service.export_xlsx(reads, event=event), name=f"{event_id}.xlsx", kind=_XLSX)


@router.get("/{event_id}/export.parquet", response_class=Response, dependencies=[_FILES])
async def export_parquet(
    *, event_id: UUID, actor: SignedIn, reads: ReadsDep, step_up: StepUpDep
) -> Response:
    """The sections, typed, for tools of data."""
    event = await service.judged(reads, actor=actor, event_id=EventId(event_id))
    await step_up.require()
    return _file(
        await service.export_parquet(reads, event=event), name=f"{event_id}.parquet", kind=_PARQUET
    )


@house_router.get("/{organization_id}/cohorts")
async def read_cohorts(
    *, organization_id: UUID, actor: SignedIn, reads: ReadsDep
) -> Envelope[list[CohortMonth]]:
    """Buyers by the month of their first order, and in which months they came again."""
    return ok(
        await service.cohorts(
            reads,
            actor=actor,
            organization_id=OrganizationId(organization_id),
            now=clock.now(),
        )
    )


def _file(made: bytes, *, name: str, kind: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(made, media_type=kind, headers=headers)
