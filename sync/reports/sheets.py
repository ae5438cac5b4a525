"""A report as .xlsx: head, table, sums, notes and the line to sign, set up to print as the paper version does.

Every row has its height written down, because not every program works out the height of wrapped text when it opens a file.
Figures stay figures and days stay days; what people wrote stays text for good (the guards of ``exchange.writing``). The
head of the table repeats on every printed page. openpyxl is imported on first use. Must not know the store or Qt.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from math import ceil
from pathlib import Path
from typing import Any

from sync.exchange.grids import refused
from sync.exchange.writing import guarded, plain_text, whole_file
from sync.reports.declare import Cell, Column, Filled, exported, shown
from sync.reports.fill import foot_words, head_of, head_words, sign_words

WIDE = 145.0  # characters across a landscape page
FACE, BODY = "宋体", 10.0  # the face of official papers, and its size in the table
_LINE, _MOST = 13.5, 409.0  # points from line to line, and what a row may have at most
_FORMATS = {"money": "#,##0.00", "date": "yyyy-mm-dd"}


def write(path: Path, filled: Filled) -> int:
    """Write a report to ``path`` and return its rows.

    Raises:
        Refused: EXPORT_TYPE. ReadOnly, DiskFull: it could not be written; what stood there before still does.
    """
    if path.suffix.lower() != ".xlsx":
        raise refused(path, "EXPORT_TYPE")
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    book.properties.title, book.properties.creator = filled.title, f"{filled.unit} {filled.liaison}".strip()
    _main(sheet, filled)
    for annex in filled.annexes:
        _plain_table(book.create_sheet(annex.title[:31]), annex.columns, annex.rows)
    with whole_file(path) as file:
        book.save(file)
    return len(filled.rows)


def _main(sheet: Any, filled: Filled) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    count = len(filled.columns)
    sheet.title = filled.report.label[:31]
    side = Side(style="thin", color="FF808080")
    frame, plain, strong = Border(side, side, side, side), Font(FACE, BODY), Font(FACE, BODY, bold=True)
    sheet.append([])
    guarded(sheet.cell(1, 1), filled.title).font = Font(FACE, 16, bold=True)
    sheet.cell(1, 1).alignment = Alignment(horizontal="center", vertical="center")
    sheet.row_dimensions[1].height = 30
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=count)
    left, middle, right = head_words(filled)
    guarded(sheet.cell(2, 1), "    ".join((left, middle, right))).font = plain
    sheet.merge_cells(start_row=2, start_column=1, end_row=2, end_column=count)
    widths = _widths(sheet, filled.columns)
    sheet.row_dimensions[3].height = _height(zip(map(head_of, filled.columns), widths, strict=True))
    for at, column in enumerate(filled.columns, 1):
        cell = guarded(sheet.cell(3, at), head_of(column))
        cell.font, cell.border = strong, frame
        cell.fill = PatternFill("solid", fgColor="FFF0F2F5")
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    line = 3
    for row in filled.rows:
        line += 1
        texts = [shown(column.kind, value) for column, value in zip(filled.columns, row, strict=True)]
        sheet.row_dimensions[line].height = _height(zip(texts, widths, strict=True))
        for at, (column, value) in enumerate(zip(filled.columns, row, strict=True), 1):
            cell = _put(sheet.cell(line, at), column.kind, value)
            cell.border, cell.font = frame, plain
            across = "right" if column.kind == "money" else "center" if column.centre else "left"
            cell.alignment = Alignment(horizontal=across, vertical="center", wrap_text=True, indent=int(across == "right"))
    for first, span, value, kind in filled.spans():
        for at in range(first, first + span):
            sheet.cell(line + 1, at + 1).border = frame
        cell = _put(sheet.cell(line + 1, first + 1), kind, value if value != "" else None)
        cell.font = strong
        across = {"head": "center", "int": "center", "money": "right"}.get(kind, "left")
        cell.alignment = Alignment(horizontal=across, vertical="center", wrap_text=True, indent=int(across == "right"))
        if span > 1:
            sheet.merge_cells(start_row=line + 1, start_column=first + 1, end_row=line + 1, end_column=first + span)
        words = str(value or "") if kind in ("head", "words") else shown(kind, value)
        high = _height([(words, sum(widths[first : first + span]))])
        sheet.row_dimensions[line + 1].height = max(high, sheet.row_dimensions[line + 1].height or 0)
    _below(sheet, filled, line + 2 + bool(filled.spans()), count)
    _page(sheet, count)


def _below(sheet: Any, filled: Filled, line: int, count: int) -> None:
    """Notes, the line to sign with room for the seal, what the dagger means."""
    from openpyxl.styles import Alignment, Font

    sign = " ".join(words + " " * 40 for words in sign_words(filled)).strip()
    lines = [(f"说明：{filled.notes}", 0.0)] if filled.notes else []
    for words, least in [*lines, (sign, 48.0), (foot_words(filled), 0.0)]:
        cell = guarded(sheet.cell(line, 1), plain_text(words) or "")
        cell.alignment, cell.font = Alignment(wrap_text=True, vertical="center"), Font(FACE, BODY)
        sheet.merge_cells(start_row=line, start_column=1, end_row=line, end_column=count)
        sheet.row_dimensions[line].height = max(least, _height([(words, WIDE)]))
        line += 1


def _put(cell: Any, kind: str, value: Cell) -> Any:
    made = exported(kind, value)
    if isinstance(made, str):
        return guarded(cell, plain_text(made) or "")
    cell.value = made
    if made is not None and kind in _FORMATS:
        cell.number_format = _FORMATS[kind]
    return cell


def _widths(sheet: Any, columns: Sequence[Column]) -> list[float]:
    from openpyxl.utils import get_column_letter

    whole = sum(column.width for column in columns)
    widths = [round(max(5.0, WIDE * column.width / whole), 1) for column in columns]
    for at, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    return widths


def _height(cells: Iterable[tuple[str, float]]) -> float:
    """The height of a row in points, from its texts and the widths they are wrapped to."""
    return min(_MOST, _LINE * max(_lines(text, width) for text, width in cells) + 6)


def _lines(text: str, width: float) -> int:
    """How many lines a text takes: a Chinese sign is two wide, and a little is lost to borders and at line ends."""
    room = max(2.0, width - 1.5)
    return sum(max(1, ceil(sum(1 + (unicodedata.east_asian_width(sign) in "WFA") for sign in line) / room)) for line in text.split("\n"))


def _page(sheet: Any, count: int) -> None:
    """A4 landscape, one page wide, table head on every page, page numbers."""
    sheet.freeze_panes = "A4"
    sheet.print_title_rows = "3:3"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "第&P页，共&N页"
    sheet.page_margins.left = sheet.page_margins.right = 0.5


def _plain_table(sheet: Any, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> None:
    from openpyxl.styles import Alignment, Font

    widths = _widths(sheet, columns)
    for at, column in enumerate(columns, 1):
        guarded(sheet.cell(1, at), column.label).font = Font(FACE, BODY, bold=True)
    for line, row in enumerate(rows, 2):
        texts = [shown(column.kind, value) for column, value in zip(columns, row, strict=True)]
        sheet.row_dimensions[line].height = _height(zip(texts, widths, strict=True))
        for at, (column, value) in enumerate(zip(columns, row, strict=True), 1):
            cell = _put(sheet.cell(line, at), column.kind, value)
            cell.alignment, cell.font = Alignment(wrap_text=True, vertical="top"), Font(FACE, BODY)
    sheet.freeze_panes = "A2"
