"""`arenapulse chart`: generate, check, import and export charts; documents on standard output.

For whoever runs the installation: import and export work on its database and ask for no token.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from arenapulse import wiring
from arenapulse.core.errors import Detail, Invalid, Refusal
from arenapulse.core.ids import SectionId, VenueId, new_id
from arenapulse.core.settings import Settings
from arenapulse.entrypoints.charts.houses import KINDS, LARGEST, PLACES, SMALLEST
from arenapulse.venues import chartfile, queries, rowlist, seatmap, service
from arenapulse.venues.document import ChartDocument, RowList
from arenapulse.venues.seatmap import Chart

EXIT_REFUSED: Final = 1
FILE_BYTES_MAX: Final = 5_000_000
Outcome = int | Coroutine[Any, Any, int]


def main(argv: Sequence[str], *, settings: Callable[[], Settings]) -> Outcome:
    """The exit code, or the work that gives it; 1 after a line for each mistake."""
    given = _parser().parse_args(argv)
    work: Callable[[argparse.Namespace, Callable[[], Settings]], Outcome] = given.work
    try:
        return work(given, settings)
    except Refusal as refusal:
        return _refused(refusal)


def _generate(given: argparse.Namespace, _settings: Callable[[], Settings]) -> int:
    places = PLACES[given.kind] if given.places is None else given.places
    least, most = (round(PLACES[given.kind] * by) for by in (SMALLEST, LARGEST))
    if not least <= places <= most:
        raise Invalid.on("--places", f"a {given.kind} has {least} to {most} of them")
    document = KINDS[given.kind](places)
    if given.name is not None:
        document["name"] = given.name
    _checked(_document(json.dumps(document)))
    print(json.dumps(document, ensure_ascii=False))
    return 0


def _check(given: argparse.Namespace, _settings: Callable[[], Settings]) -> int:
    chart = _checked(_read(given.file))
    seats = sum(section.seats for section in chart.sections)
    places = seatmap.places(chart.sections)
    print(f"{len(chart.sections)} sections, {places} places, {seats} of them numbered")
    return 0


def _import(given: argparse.Namespace, settings: Callable[[], Settings]) -> Outcome:
    document = _read(given.file)
    if given.name is not None:
        document = document.model_copy(update={"name": given.name})
    return _told(_imported(settings(), given, document=document))


async def _imported(
    settings: Settings, given: argparse.Namespace, *, document: ChartDocument
) -> None:
    venue_id = VenueId(given.venue)
    async with wiring.opened(settings) as runtime, runtime.database.transaction() as session:
        card = await service.add_document(
            session, venue_id=venue_id, document=document, cache=runtime.cache
        )
        if given.use:
            chart = await queries.chart(session, chart_id=card.id)
            await service.make_current(session, chart=chart, cache=runtime.cache)
    print(card.id)


def _export(given: argparse.Namespace, settings: Callable[[], Settings]) -> Outcome:
    return _told(_exported(settings(), given))


async def _exported(settings: Settings, given: argparse.Namespace) -> None:
    venue_id = VenueId(given.venue)
    async with wiring.opened(settings) as runtime, runtime.database.transaction() as session:
        if given.chart is None:
            chart = await queries.newest_chart(session, venue_id=venue_id)
        else:
            chart = await queries.chart_of(session, venue_id=venue_id, chart_id=given.chart)
    if given.csv:
        sys.stdout.write(rowlist.write(chart))
    else:
        print(json.dumps(chartfile.document_of(chart), ensure_ascii=False))


async def _told(work: Coroutine[Any, Any, None]) -> int:
    try:
        await work
    except Refusal as refusal:
        return _refused(refusal)
    return 0


def _refused(refusal: Refusal) -> int:
    details = refusal.details if isinstance(refusal.details, Sequence) else ()
    lines = [f"{detail['field']}: {detail['message']}" for detail in details]
    for line in lines or [refusal.text]:
        print(f"arenapulse: {line}", file=sys.stderr, flush=True)
    return EXIT_REFUSED


def _read(file: Path) -> ChartDocument:
    """A document, or a list of rows where the name ends with .csv."""
    try:
        with file.open("rb") as opened:
            raw = opened.read(FILE_BYTES_MAX + 1)
        text = raw.decode()
    except OSError as error:
        raise Invalid.on(str(file), error.strerror or "cannot be read") from error
    except UnicodeDecodeError as error:
        raise Invalid.on(str(file), "is not UTF-8") from error
    if len(raw) > FILE_BYTES_MAX:
        raise Invalid.on(str(file), f"is larger than {FILE_BYTES_MAX} bytes")
    if file.suffix.lower() == ".csv":
        return chartfile.from_list(RowList.model_construct(csv=text, name=None))
    return _document(text)


def _document(text: str) -> ChartDocument:
    try:
        return ChartDocument.model_validate_json(text)
    except ValidationError as error:
        details: list[Detail] = [
            {"field": ".".join(map(str, each["loc"])) or "document", "message": each["msg"]}
            for each in error.errors()[: seatmap.PROBLEMS_MAX]
        ]
        raise Invalid(details=details) from None


def _checked(document: ChartDocument) -> Chart:
    sections, geometry = chartfile.parts_of(document, known=(), fresh=lambda: SectionId(new_id()))
    return service.checked(Chart(new_id(), VenueId(new_id()), sections, geometry, document.name))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="arenapulse chart", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="what")
    made = commands.add_parser("generate", help="write a chart of a house of this kind")
    made.add_argument("kind", choices=sorted(KINDS))
    made.add_argument("--places", type=int, help="numbered seats; as houses of the kind have them")
    made.add_argument("--name")
    made.set_defaults(work=_generate)
    checked = commands.add_parser("check", help="say what is wrong with a document or a list")
    checked.add_argument("file", type=Path)
    checked.set_defaults(work=_check)
    taken = commands.add_parser("import", help="make a chart of a document or a list of rows")
    taken.add_argument("venue", type=UUID)
    taken.add_argument("file", type=Path, help="a document, or a .csv")
    taken.add_argument("--name")
    taken.add_argument("--use", action="store_true", help="as the venue's current chart")
    taken.set_defaults(work=_import)
    given = commands.add_parser("export", help="write a chart of a venue")
    given.add_argument("venue", type=UUID)
    given.add_argument("--chart", type=UUID, help="instead of the current one")
    given.add_argument("--csv", action="store_true", help="its rows alone")
    given.set_defaults(work=_export)
    return parser
