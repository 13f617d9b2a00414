"""Figures as files of spreadsheets and of data tools: XLSX by XlsxWriter, Parquet by arro3."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final

import xlsxwriter
from arro3.core import Array, DataType, Table
from arro3.io import write_parquet

from arenapulse.analytics.schemas import Sheet

# Text stays text: what begins with an equals sign is no formula of ours, a number no address.
_PLAIN: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
WIDTH: Final = 16


def xlsx(sheets: Sequence[Sheet]) -> bytes:
    """A workbook, a table a sheet, its first line kept in sight."""
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


def parquet(sheet: Sheet) -> bytes:
    """One table: whole numbers are 64 bits wide, all else is text."""
    columns: dict[str, Any] = {}
    for place, name in enumerate(sheet.columns):
        values = [row[place] for row in sheet.rows]
        is_number = all(isinstance(value, int) for value in values)
        kind = DataType.int64() if is_number and values else DataType.utf8()
        columns[name] = Array([*values] if is_number else [str(v) for v in values], kind)
    table: Any = Table
    made = io.BytesIO()
    write_parquet(table.from_pydict(columns), made, compression="snappy")
    return made.getvalue()
