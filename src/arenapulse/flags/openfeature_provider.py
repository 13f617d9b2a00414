"""Our flags as a provider of OpenFeature: code asks its client, and knows nobody behind it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn
from uuid import UUID

from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import FlagNotFoundError, TypeMismatchError
from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType, Reason
from openfeature.provider import AbstractProvider, Metadata

from arenapulse.flags.targeting import Flag

ORGANIZATION: Final = "organization"
_numbers: Final = itertools.count()


class TableProvider(AbstractProvider):
    """Answers from what was last read of the table; flags are switches, so booleans alone.

    The context's targeting key is a person, its attribute `organization` one; a share of people is
    drawn, of organizations where nobody in particular is asked for.
    """

    def __init__(self, *, defaults: Mapping[str, bool]) -> None:
        super().__init__()
        self._defaults = dict(defaults)
        self._set: dict[str, Flag] = {}

    def take(self, flags: Mapping[str, Flag]) -> None:
        """What the table says now."""
        self._set = dict(flags)

    def is_off(self, name: str) -> bool:
        known = self._set.get(name)
        return not (self._defaults.get(name, False) if known is None else known.is_on)

    def get_metadata(self) -> Metadata:
        return Metadata(name="arenapulse-table")

    def resolve_boolean_details(
        self,
        flag_key: str,
        default_value: bool,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[bool]:
        known = self._set.get(flag_key)
        if known is not None:
            return _resolved(flag_key, known, context=evaluation_context or EvaluationContext())
        default = self._defaults.get(flag_key)
        if default is None:
            raise FlagNotFoundError(flag_key)
        return FlagResolutionDetails(value=default, reason=Reason.DEFAULT)

    def resolve_string_details(
        self,
        flag_key: str,
        default_value: str,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[str]:
        _refuse(flag_key)

    def resolve_integer_details(
        self,
        flag_key: str,
        default_value: int,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[int]:
        _refuse(flag_key)

    def resolve_float_details(
        self,
        flag_key: str,
        default_value: float,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[float]:
        _refuse(flag_key)

    def resolve_object_details(
        self,
        flag_key: str,
        default_value: Sequence[FlagValueType] | Mapping[str, FlagValueType],
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[Sequence[FlagValueType] | Mapping[str, FlagValueType]]:
        _refuse(flag_key)


def _resolved(name: str, flag: Flag, *, context: EvaluationContext) -> FlagResolutionDetails[bool]:
    if not flag.is_on or flag.is_for_all:
        return FlagResolutionDetails(value=flag.is_on, reason=Reason.STATIC)
    person = None if context.targeting_key is None else UUID(context.targeting_key)
    given = context.attributes.get(ORGANIZATION)
    organization = None if given is None else UUID(str(given))
    if flag.names(person=person, organization=organization):
        return FlagResolutionDetails(value=True, reason=Reason.TARGETING_MATCH)
    is_drawn = flag.draws(name, subject=person or organization)
    return FlagResolutionDetails(value=is_drawn, reason=Reason.SPLIT)


def about_of(*, person: UUID | None, organization: UUID | None) -> EvaluationContext:
    return EvaluationContext(
        targeting_key=None if person is None else str(person),
        attributes={} if organization is None else {ORGANIZATION: str(organization)},
    )


def client_of(provider: TableProvider) -> OpenFeatureClient:
    """A client of this provider alone: a process may have several applications, as tests do."""
    domain = f"arenapulse-{next(_numbers)}"
    api.set_provider(provider, domain=domain)
    return api.get_client(domain=domain)


def _refuse(flag_key: str) -> NoReturn:
    raise TypeMismatchError(f"{flag_key} is a switch")
