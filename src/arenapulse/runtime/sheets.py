"""Tables as files of spreadsheets: CSV by RFC 4180, XLSX by XlsxWriter. What would compute, text.

Blocking: whole files are made in a thread, and refuse to be made on the event loop.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import xlsxwriter

from arenapulse.core.errors import InvariantBroken

Cell = int | str

# Text stays text: what begins with an equals sign is no formula of ours, a number no address.
_PLAIN: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
WIDTH: Final = 16


class Sheet(msgspec.Struct, frozen=True):
    """A table on its way into a file; its cells are whole numbers and text."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def defused(cell: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def require_thread() -> None:
    """Raises `InvariantBroken` on an event loop, where orders would wait for a file."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise InvariantBroken("a file is made on the event loop")


def csv_text(sheet: Sheet) -> str:
    """All of it, its columns first, every text defused."""
    require_thread()
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\r\n")
    for row in (sheet.columns, *sheet.rows):
        lines.writerow([defused(cell) if isinstance(cell, str) else cell for cell in row])
    return written.getvalue()


def xlsx(sheets: Sequence[Sheet]) -> bytes:
    """A workbook, a table a sheet, its first line kept in sight."""
    require_thread()
    made = io.BytesIO()
    opened: Any = xlsxwriter.Workbook(made, _PLAIN)
    with opened as book:
        bold = book.add_format({"bold": True})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            page.freeze_panes(1, 0)
            page.set_column(0, len(sheet.columns) - 1, WIDTH)
            page.write_row(0, 0, sheet.columns, bold)
            for number, row in enumerate(sheet.rows, 1):
                page.write_row(number, 0, row)
    return made.getvalue()
