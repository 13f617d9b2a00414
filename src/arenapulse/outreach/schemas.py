"""The shapes of what organizations see and do about messages."""

from __future__ import annotations

from uuid import UUID

from arenapulse.runtime.web.envelope import View


class ResentView(View):
    message_id: UUID
