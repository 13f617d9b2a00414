"""What schemathesis is told of the server it attacks, and what it tells of where it has been.

Runs inside schemathesis, in an environment of its own: nothing of ours is there to import. Ids
drawn at random reach a 404 and no further, so three of four calls name what is really there
(`scenes.py`). Every answer is written down: by that `fuzz.py` judges what was reached.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

SCENE: dict[str, Any] = json.loads(Path(os.environ["AUDIT_SCENE"]).read_text())
KNOWN: dict[str, list[str]] = SCENE["known"]
TOLD = Path(os.environ["AUDIT_TOLD"]).open("a", buffering=1)  # noqa: SIM115 - as long as the run
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
UNKNOWN_EACH = 4
_turns = itertools.count(1)
_spares = itertools.cycle(SCENE["spares"])


def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", r"_\1", name).lower().removesuffix("s")


def _real(value: Any, name: str, turn: int) -> Any:
    """The same, with an id of something that is there wherever an id stands."""
    match value:
        case dict():
            return {key: _real(each, str(key), turn) for key, each in value.items()}
        case list():
            return [_real(each, name, turn + place) for place, each in enumerate(value)]
        case str() if ID.fullmatch(value) and (known := KNOWN.get(_snake(name))):
            return known[turn % len(known)]
    return value


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:  # noqa: ARG001 - called by names
    _spare_who_asks(case)
    # A chain of calls names what its first ones made.
    if case.meta is not None and case.meta.phase.name != TestPhase.STATEFUL:
        turn = next(_turns)
        if turn % UNKNOWN_EACH:
            _name_what_is_there(case, turn)


def _spare_who_asks(case: Any) -> None:
    for name, value in (case.path_parameters or {}).items():
        if value == SCENE["own_id"]:
            case.path_parameters[name] = KNOWN[name][0]


def _name_what_is_there(case: Any, turn: int) -> None:
    wrong = case.meta.is_negative_at
    if not wrong(ParameterLocation.PATH):
        for name in case.path_parameters or {}:
            if known := KNOWN.get(name):
                case.path_parameters[name] = known[turn % len(known)]
    if not wrong(ParameterLocation.QUERY):
        for name, value in (case.query or {}).items():
            case.query[name] = _real(value, name, turn)
    if not wrong(ParameterLocation.BODY) and isinstance(case.body, dict | list):
        case.body = _real(case.body, "", turn)


class Asking:
    """Who shut themselves out would reach nothing any more: another of their kind does that."""

    def get(self, case: Any, context: Any) -> str:  # noqa: ARG002 - called by names
        return SCENE["authorization"]

    def set(self, case: Any, data: str, context: Any) -> None:  # noqa: ARG002 - called by names
        ends = bool(SCENE["spares"]) and case.operation.label in SCENE["ending"]
        case.headers = {**(case.headers or {}), "Authorization": next(_spares) if ends else data}


if SCENE["authorization"]:
    schemathesis.auth()(Asking)


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:  # noqa: ARG001 - called by names
    # One by a method that the document does not have there is nobody's.
    if case.meta is None or case.method.upper() != case.operation.method.upper():
        return
    mode = case.meta.generation.mode.value
    TOLD.write(json.dumps([case.operation.label, mode, response.status_code]) + "\n")
