"""A chart as a list of rows, the way a venue's office has it in a spreadsheet: CSV. Pure.

A line a row: `section,row,seats` and, where wanted, `level,gate,accessible,companion,restricted`.
The lists are numbers and ranges with blanks between them: `1 2 19-20`. A line without a row is a
standing section, its `seats` the places.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from arenapulse.core.errors import Detail, Invalid
from arenapulse.core.names import key
from arenapulse.venues.geometry import NOWHERE, Part
from arenapulse.venues.seatmap import PROBLEMS_MAX, Chart
from arenapulse.venues.terms import ROWS_MAX, SEATS_A_ROW_MAX, SECTIONS_MAX, SectionKind

NEEDED: Final = ("section", "row", "seats")
LISTS: Final = ("accessible", "companion", "restricted")
OPTIONAL: Final = ("level", "gate", *LISTS)
COLUMNS: Final = (*NEEDED, *OPTIONAL)
LINES_MAX: Final = SECTIONS_MAX * ROWS_MAX
_NUMBERS = re.compile(r"(\d{1,4})(?:-(\d{1,4}))?\Z")


def parse(text: str) -> dict[str, Any]:
    """The document's `sections` and `levels`; raises `Invalid`, `field` like `csv.14.seats`."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    found: list[Detail] = []
    sections: dict[str, dict[str, Any]] = {}
    levels: dict[str, None] = {}
    try:
        _judge_header(reader.fieldnames or ())
        for number, line in enumerate(reader):
            if number >= LINES_MAX:
                raise Invalid.on("csv", f"has more than {LINES_MAX} lines")
            found.extend(_take(line, at=f"csv.{reader.line_num}", sections=sections))
            levels.update(
                {line["level"].strip(): None} if (line.get("level") or "").strip() else {}
            )
            if len(found) >= PROBLEMS_MAX:
                break
    except csv.Error as error:
        raise Invalid.on(f"csv.{reader.reader.line_num}", str(error)) from error
    if found:
        raise Invalid(details=found[:PROBLEMS_MAX])
    return {"version": 1, "levels": list(levels), "sections": list(sections.values())}


def _judge_header(names: Iterable[str]) -> None:
    given = list(names)
    unknown = [name for name in given if name not in COLUMNS]
    missing = [name for name in NEEDED if name not in given]
    if unknown or missing or len(set(given)) != len(given):
        raise Invalid.on(
            "csv.1", f"the first line names the columns {', '.join(COLUMNS)}, each once"
        )


def _take(
    line: dict[Any, Any], *, at: str, sections: dict[str, dict[str, Any]]
) -> Iterator[Detail]:
    """Puts a line into its section; what is wrong with it otherwise."""
    if None in line or None in line.values():
        yield _problem(at, "has another number of cells than the first line")
        return
    cells: dict[str, str] = {name: value.strip() for name, value in line.items()}
    if not cells["section"]:
        yield _problem(f"{at}.section", "is empty")
    count = _count(cells["seats"], most=SEATS_A_ROW_MAX if cells["row"] else None)
    if count is None:
        yield _problem(f"{at}.seats", "is no number of seats")
        return
    kind = SectionKind.SEATED if cells["row"] else SectionKind.GENERAL
    section = sections.get(cells["section"])
    if section is None:
        section = sections[cells["section"]] = {"name": cells["section"], "kind": kind}
        section |= {name: cells[name] for name in ("level", "gate") if cells.get(name)}
    elif kind is SectionKind.GENERAL or section["kind"] is SectionKind.GENERAL:
        yield _problem(f"{at}.row", "a standing section has one line, without a row")
        return
    if kind is SectionKind.GENERAL:
        section["capacity"] = count
    else:
        yield from _take_row(cells, count, at=at, rows=section.setdefault("rows", []))


def _take_row(
    cells: dict[str, str], count: int, *, at: str, rows: list[dict[str, Any]]
) -> Iterator[Detail]:
    row: dict[str, Any] = {"label": cells["row"], "seats": count}
    for name in LISTS:
        numbers = _numbers(cells.get(name, ""))
        if numbers is None or any(not 1 <= n <= count for n in numbers):
            yield _problem(f"{at}.{name}", f"lists seats of 1 to {count}, like 1 2 19-20")
        elif numbers:
            row[name] = numbers
    if any(key(other["label"]) == key(row["label"]) for other in rows):
        yield _problem(f"{at}.row", "the section has a row of this name")
    rows.append(row)


def _count(text: str, *, most: int | None) -> int | None:
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        return None
    count = int(text)
    return count if count >= 1 and (most is None or count <= most) else None


def _numbers(text: str) -> list[int] | None:
    """The seats that a list names; None where it is none."""
    found: list[int] = []
    for word in text.split():
        match = _NUMBERS.match(word)
        if match is None:
            return None
        first = int(match[1])
        last = int(match[2] or first)
        if last < first or last - first > SEATS_A_ROW_MAX:
            return None
        found.extend(range(first, last + 1))
    return found


def write(chart: Chart) -> str:
    """The same list of a chart."""
    parts = (chart.geometry or NOWHERE).parts
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\r\n")
    out.writerow(COLUMNS)
    for section in chart.sections:
        level = parts.get(section.id, Part()).level or ""
        about = [_plain(level), _plain(section.gate or "")]
        name = _plain(section.name)
        if not section.rows:
            out.writerow([name, "", section.capacity, *about, "", "", ""])
        for row in section.rows:
            lists = (row.accessible, row.companion, row.restricted)
            out.writerow([name, _plain(row.label), row.seats, *about, *map(_listed, lists)])
    return text.getvalue()


def _plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _listed(numbers: Iterable[int]) -> str:
    return " ".join(map(str, numbers))


def _problem(field: str, message: str) -> Detail:
    return {"field": field, "message": message}
