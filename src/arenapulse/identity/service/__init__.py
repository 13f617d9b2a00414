"""What identity does: people, their sessions, their organizations."""

from arenapulse.identity.service.accounts import (
    ensure_account,
    ensure_member,
    ensure_organization,
    hash_password,
)

__all__ = ["ensure_account", "ensure_member", "ensure_organization", "hash_password"]
