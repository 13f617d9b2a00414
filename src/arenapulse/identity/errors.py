"""Refusals of identity."""

from __future__ import annotations

from arenapulse.core.errors import Invalid, NotFound, Refusal, StandsInTheWay, TooManyRequests


class InvalidCredentials(Refusal):
    code, status, message = "AUTH001", 401, "The e-mail or the password is not right."


class EmailTaken(Refusal):
    code, status, message = "AUTH006", 409, "This e-mail is registered already."


class RefreshReused(Refusal):
    code, status, message = (
        "AUTH007",
        401,
        "This refresh token was used before: its sessions are ended, sign in again.",
    )


class MfaRefused(Refusal):
    code, status, message = "AUTH005", 401, "The code is not right, was used, or came too late."


class StepUpNeeded(Refusal):
    """A person with a second factor whose sign-in is a while ago does something that matters."""

    code, status, message = "AUTH005", 401, "Confirm first that it is you."

    def __init__(self) -> None:
        super().__init__(
            details=[{"field": "stepUp", "message": "POST /auth/step-up with a password or a code"}]
        )


class FactorStands(StandsInTheWay):
    message = "There is such a factor already: remove it first."


class TooManyPasskeys(StandsInTheWay):
    message = "You have as many passkeys as one person may: remove one first."


class PasskeyNotTaken(Invalid):
    message = "The passkey was not taken."


class UnknownPasskey(NotFound):
    message = "You have no such passkey."


class UnknownSession(NotFound):
    message = "You have no such session."


class UnknownOrganization(NotFound):
    message = "There is no such organization."


class UnknownMember(NotFound):
    message = "There is no such member."


class UnknownKey(NotFound):
    message = "There is no such API key."


class TooManyKeys(StandsInTheWay):
    message = "The organization has as many API keys as it may: end one first."


class NotSigned(Refusal):
    code, status, message = (
        "SIGN001",
        401,
        "This needs a fresh signature of the API key's secret, with a nonce not used before.",
    )
    is_watched = True


class TooManyGuests(TooManyRequests):
    message = "Too many visitors hold places from here: sign in, or wait before you try again."


class LastOwner(StandsInTheWay):
    message = "The last OWNER cannot leave: make somebody else an OWNER first."


class TooManyOrganizations(StandsInTheWay):
    message = "You own as many organizations as one person may."


class TooManyInvitations(StandsInTheWay):
    message = "As many invitations wait or went out today as may: try again later."


class UnknownInvitation(NotFound):
    message = "There is no such invitation, or it is somebody else's, used or over."


class UnknownPerson(NotFound):
    message = "There is no such person."


class LastAdmin(StandsInTheWay):
    message = "The last ADMIN stays: make somebody else an ADMIN first."


class AddressUnproved(StandsInTheWay):
    message = "This needs a proved e-mail address."


class FactorMissing(Refusal):
    """The organization asks a second factor of its OWNER and MANAGER."""

    code, status, message = "AUTH005", 401, "This organization asks a second factor of you."

    def __init__(self) -> None:
        super().__init__(
            details=[{"field": "mfa", "message": "add an authenticator or a passkey first"}]
        )


class TooManyAttempts(TooManyRequests):
    """Too many wrong passwords; `limit` is how many a window allows.

    `is_first`: this is the first that it refuses of a window.
    """

    message = "Too many wrong passwords: wait before you try again."

    def __init__(self, *, limit: int, retry_after_seconds: int, is_first: bool = False) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)
        self.limit = limit
        self.is_first = is_first
