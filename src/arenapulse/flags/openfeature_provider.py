"""Our flags as a provider of OpenFeature: code asks its client, and knows nobody behind it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn

from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import FlagNotFoundError, TypeMismatchError
from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType, Reason
from openfeature.provider import AbstractProvider, Metadata

_numbers: Final = itertools.count()


class TableProvider(AbstractProvider):
    """Answers from what was last read of the table; flags are switches, so booleans alone."""

    def __init__(self, *, defaults: Mapping[str, bool]) -> None:
        super().__init__()
        self._defaults = dict(defaults)
        self._set: dict[str, bool] = {}

    def take(self, flags: Mapping[str, bool]) -> None:
        """What the table says now."""
        self._set = dict(flags)

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
            return FlagResolutionDetails(value=known, reason=Reason.STATIC)
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


def client_of(provider: TableProvider) -> OpenFeatureClient:
    """A client of this provider alone: a process may have several applications, as tests do."""
    domain = f"arenapulse-{next(_numbers)}"
    api.set_provider(provider, domain=domain)
    return api.get_client(domain=domain)


def _refuse(flag_key: str) -> NoReturn:
    raise TypeMismatchError(f"{flag_key} is a switch")
