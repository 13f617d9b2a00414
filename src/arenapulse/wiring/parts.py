"""What one slice brings into a process, typed: the pages beside this one each make a `Part`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from fastapi import APIRouter

from arenapulse.identity.access import Access
from arenapulse.identity.erasure import Erasable, Exporter
from arenapulse.identity.inheriting import Inheritor
from arenapulse.runtime.jobs import Jobs
from arenapulse.runtime.web.hot import HotRoute
from arenapulse.runtime.web.provided import Provided
from arenapulse.wiring.core import Core

Living = Callable[[], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, kw_only=True)
class House:
    """What the slices of a server share: its core, who asks, the queue, what edges look up."""

    core: Core
    access: Access
    jobs: Jobs
    provided: Provided


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a slice answers, keeps open and knows about people; the rest it leaves out."""

    routers: Sequence[APIRouter] = ()
    hot_routes: Sequence[HotRoute] = ()
    living: Living | None = None
    erasables: Sequence[Erasable] = ()
    exporters: Sequence[Exporter] = ()
    inheritors: Sequence[Inheritor] = ()


@asynccontextmanager
async def all_living(parts: Sequence[Part]) -> AsyncGenerator[None, None]:
    """Starts what the parts keep open, in order; stops it in reverse, whatever fails."""
    async with AsyncExitStack() as stack:
        for part in parts:
            if part.living is not None:
                await stack.enter_async_context(part.living())
        yield
