"""What happened to people and their sessions: ids alone, whoever reacts looks the person up."""

from __future__ import annotations

from arenapulse.core.facts import Fact
from arenapulse.core.ids import SessionId, UserId


class PersonRegistered(Fact, frozen=True, kw_only=True):
    """Somebody made an account of their own; those of a seed are not told."""

    user_id: UserId


class SessionOpened(Fact, frozen=True, kw_only=True):
    """Somebody signed in, by registering too, or changed their password.

    `is_first` says that the account was made just now.
    """

    session_id: SessionId
    user_id: UserId
    is_first: bool
