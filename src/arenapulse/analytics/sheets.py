"""Figures as files of data tools: Parquet by arro3."""

from __future__ import annotations

import io
from typing import Any

from arro3.core import Array, DataType, Table
from arro3.io import write_parquet

from arenapulse.runtime.sheets import Sheet, require_thread


def parquet(sheet: Sheet) -> bytes:
    """One table: whole numbers are 64 bits wide, all else is text."""
    require_thread()
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
