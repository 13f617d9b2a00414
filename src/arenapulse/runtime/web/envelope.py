"""The shape of every JSON answer: `{success, data?, error?: {code, message, details?}, meta?}`."""

from __future__ import annotations

import datetime as dt
import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, Literal, TypeVar, cast

import msgspec
from fastapi.responses import Response
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    model_serializer,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from arenapulse.core import names
from arenapulse.core.errors import Detail, Refusal
from arenapulse.core.paging import Page

T = TypeVar("T")

YEAR_MIN, YEAR_MAX = 2000, 2200
_YEAR: Final = re.compile(r"\d{4}-")


class View(BaseModel):
    """What goes out: camelCase, built from attributes."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        from_attributes=True,
        serialize_by_alias=True,
    )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """What the fields are. Of a serializer pydantic would tell what Python says it returns.

        Ours leave out what is absent, which is why nothing with a default is required.
        """
        shape = cast(
            "core_schema.CoreSchema",
            {name: part for name, part in schema.items() if name != "serialization"},
        )
        return handler(shape)


# Of a patch's fields that were not sent, which is not null: null is refused.
ABSENT: Any = None


class Body(BaseModel):
    """What comes in: camelCase alone, and a field we do not know is refused."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


def _storable(text: str) -> str:
    # PostgreSQL cannot store it, and nobody types it.
    if "\x00" in text:
        raise ValueError("must not contain NUL")
    # JSON may name half of a surrogate pair, which is no character in UTF-8.
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("must not contain half a character")
    return text


NO_NUL = AfterValidator(_storable)
Text = Annotated[str, NO_NUL]
"""What need not be one line, such as a description; give lengths beside it."""


@dataclass(frozen=True)
class OneLine:
    """A name, a code or a label, as `core/names` has them: composed, trimmed, visible."""

    length_max: int
    length_min: int = 1

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._judge, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        shape = dict(handler(schema)) | {"maxLength": self.length_max}
        return shape | ({"minLength": self.length_min} if self.length_min else {})

    def _judge(self, text: str) -> str:
        return names.line(text, length_max=self.length_max, length_min=self.length_min)


Name = Annotated[str, OneLine(200)]
Label = Annotated[str, OneLine(40)]


def _written(value: object) -> object:
    # pydantic would take a number, in quotes as well, for seconds since 1970.
    if isinstance(value, str) and _YEAR.match(value):
        return value
    if not isinstance(value, dt.datetime):
        raise ValueError("must be an RFC 3339 time")  # noqa: TRY004 - pydantic wants ValueError
    return value


def _in_our_age(moment: dt.datetime) -> dt.datetime:
    if not YEAR_MIN <= moment.year <= YEAR_MAX:
        raise ValueError(f"must lie in the years {YEAR_MIN} to {YEAR_MAX}")
    return moment.astimezone(dt.UTC)


Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_in_our_age)]
"""A time of day and its offset in our age; what comes of it is UTC and can be kept."""


class Meta(View):
    page: int | None = None
    limit: int | None = None
    total: int | None = None
    next_cursor: str | None = None

    @model_serializer(mode="wrap")
    def _drop_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {key: value for key, value in handler(self).items() if value is not None}


class Envelope(View, Generic[T]):
    success: Literal[True] = True
    data: T
    meta: Meta | None = None

    @model_serializer(mode="wrap")
    def _drop_absent_meta(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        shape = handler(self)
        if self.meta is None:
            shape.pop("meta", None)
        return shape


class ErrorBody(View):
    code: str
    message: str
    details: Any | None = None


class ErrorEnvelope(View):
    success: Literal[False] = False
    error: ErrorBody


def ok(data: T) -> Envelope[T]:
    return Envelope[Any](data=data)


def ok_page(page: Page[Any], *, items: Sequence[T]) -> Envelope[list[T]]:
    meta = Meta(page=page.request.page, limit=page.request.limit, total=page.total)
    return Envelope[Any](data=list(items), meta=meta)


class Depth(enum.StrEnum):
    """How much of each thing a list tells: all, or what a card shows."""

    WHOLE = "whole"
    CARD = "card"


def said(envelope: Envelope[Any]) -> Response:
    """The answer of a route that has several shapes: serialized by the one it has."""
    return Response(envelope.model_dump_json(by_alias=True), media_type="application/json")


def error_bytes(code: str, message: str, details: Sequence[Detail] | Detail | None = None) -> bytes:
    error: dict[str, object] = {"code": code, "message": message}
    if details is not None:
        error["details"] = details
    return msgspec.json.encode({"success": False, "error": error})


def refusal_bytes(refusal: Refusal) -> bytes:
    return error_bytes(refusal.code, refusal.text, refusal.details)
