"""Writes the reference pages that are generated: `make docs`.

`docs/reference/errors.md` comes from the refusals, `settings.md` from the settings' fields,
`api.md` from the OpenAPI document, `chart.schema.json` from the chart's. A test compares them with
what this file would write.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import annotated_types

import arenapulse
from arenapulse.core.errors import Refusal
from arenapulse.core.settings import Settings
from arenapulse.entrypoints.openapi import document
from arenapulse.venues.document import json_schema

FOLDER = Path("docs/reference")
MADE = "<!-- Made by `make docs`; edit the source instead. -->"


def refusals() -> list[type[Refusal]]:
    """Every refusal that stands in a slice's `errors.py` or in the core's, by code and status."""
    for found in pkgutil.walk_packages(arenapulse.__path__, "arenapulse."):
        if found.name.endswith(".errors"):
            importlib.import_module(found.name)
    known = {kind for kind in _below(Refusal) if "code" in vars(kind)}
    return sorted(known, key=lambda k: (k.code, k.status, k.__module__, k.__name__))


def _below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def errors_page() -> str:
    """One row a refusal."""
    rows = [
        f"| `{kind.code}` | {kind.status} | {_cell(f'{kind.message} {_when(kind)}'.strip())} | "
        f"`{kind.__module__.removeprefix('arenapulse.')}.{kind.__name__}` |"
        for kind in refusals()
    ]
    return _page(
        "Error codes",
        "Every refusal is `{success: false, error: {code, message, details?}}` with the status "
        "below. Clients switch on the code; a message may change, and may be more exact than the "
        "one here.",
        "| code | status | message | class |",
        "| --- | --- | --- | --- |",
        *rows,
    )


def _when(kind: type[Refusal]) -> str:
    first = (vars(kind).get("__doc__") or "").strip().split("\n\n")[0]
    return f"*{first}*" if first else ""


def settings_page() -> str:
    """One row a setting."""
    rows: list[str] = []
    for name, field in Settings.model_fields.items():
        variable = field.alias or name.upper()
        bounds = ", ".join(_bounds(field.metadata))
        rows.append(
            f"| `{variable}` | {_default(field.default)} | {bounds} | "
            f"{_cell(field.description or '')} |"
        )
    return _page(
        "Settings",
        "Read from the environment once, when a process starts; a value out of its bounds ends it "
        "with a line that says so. `on` and `off`, `true` and `false`, `1` and `0` are the same.",
        "| variable | default | bounds | what it does |",
        "| --- | --- | --- | --- |",
        *rows,
    )


def _default(value: object) -> str:
    if value is None or value == "":
        return "unset"
    if isinstance(value, bool):
        return "`on`" if value else "`off`"
    return f"`{value}`"


def _bounds(metadata: list[Any]) -> Iterator[str]:
    for rule in metadata:
        match rule:
            case annotated_types.Ge(ge=low):
                yield f"≥ {low}"
            case annotated_types.Gt(gt=low):
                yield f"> {low}"
            case annotated_types.Le(le=high):
                yield f"≤ {high}"
            case annotated_types.Lt(lt=high):
                yield f"< {high}"
            case _:
                pass


def api_page() -> str:
    """One row an operation, in the order of their paths."""
    paths: Mapping[str, Mapping[str, Any]] = document()["paths"]
    rows = [
        f"| {method.upper()} | `{path}` | {_who(operation)} | {_body(operation)} | "
        f"{_answers(operation)} | {_cell(operation.get('summary', ''))} |"
        for path, item in sorted(paths.items())
        for method, operation in item.items()
    ]
    return _page(
        "HTTP API",
        "The whole of it, with schemas, is the OpenAPI 3.1 document at `/api/v1/openapi.json`; "
        "`/docs` shows it and tries it out. Refusals are in [errors.md](errors.md).",
        "| method | path | who | body | answers | what |",
        "| --- | --- | --- | --- | --- | --- |",
        *rows,
    )


def _who(operation: Mapping[str, Any]) -> str:
    security: list[Mapping[str, Any]] = operation.get("security", [])
    if not security:
        return "anyone"
    return "anyone, or signed in" if {} in security else "signed in"


def _body(operation: Mapping[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    names = {_name(media.get("schema", {})) for media in content.values()}
    return ", ".join(sorted(names - {""}))


def _answers(operation: Mapping[str, Any]) -> str:
    return ", ".join(sorted(code for code in operation["responses"] if code != "default"))


def _name(schema: Mapping[str, Any]) -> str:
    reference: str = schema.get("$ref", "")
    return f"`{reference.rsplit('/', 1)[-1]}`" if reference else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _page(title: str, intro: str, *lines: str) -> str:
    return "\n".join([MADE, "", f"# {title}", "", intro, "", *lines, ""])


def chart_schema() -> str:
    """The JSON Schema of a chart's document, as `/api/v1/chart.schema.json` serves it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


PAGES: Mapping[str, Callable[[], str]] = {
    "errors.md": errors_page,
    "settings.md": settings_page,
    "api.md": api_page,
    "chart.schema.json": chart_schema,
}


def main(folder: Path = FOLDER) -> None:
    """Writes every page, and says which ones changed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        path, text = folder / name, make()
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(path)


if __name__ == "__main__":
    sys.exit(main())
