"""A report as .xlsx: head, table, sums, notes and the line to sign, set up to print as the paper version does.

Figures stay figures and days stay days; what people wrote stays text for good (the guards of ``exchange.writing``). The
head of the table repeats on every printed page. openpyxl is imported on first use. Must not know the store or Qt.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sync.exchange.grids import refused
from sync.exchange.writing import guarded, plain_text, whole_file
from sync.reports.declare import Cell, Column, Filled, exported
from sync.reports.fill import foot_words, head_of, head_words, sign_words

WIDE = 145.0  # characters across a landscape page
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
    frame, strong = Border(side, side, side, side), Font(bold=True)
    sheet.append([])
    guarded(sheet.cell(1, 1), filled.title).font = Font(bold=True, size=16)
    sheet.cell(1, 1).alignment = Alignment(horizontal="center")
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=count)
    left, middle, right = head_words(filled)
    guarded(sheet.cell(2, 1), "    ".join((left, middle, right)))
    sheet.merge_cells(start_row=2, start_column=1, end_row=2, end_column=count)
    _widths(sheet, filled.columns)
    for at, column in enumerate(filled.columns, 1):
        cell = guarded(sheet.cell(3, at), head_of(column))
        cell.font, cell.border = strong, frame
        cell.fill = PatternFill("solid", fgColor="FFF0F2F5")
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    line = 3
    for row in filled.rows:
        line += 1
        for at, (column, value) in enumerate(zip(filled.columns, row, strict=True), 1):
            cell = _put(sheet.cell(line, at), column.kind, value)
            cell.border = frame
            across = "right" if column.kind == "money" else "center" if column.centre else "left"
            cell.alignment = Alignment(horizontal=across, vertical="center", wrap_text=True)
    for first, span, value, kind in filled.spans():
        for at in range(first, first + span):
            sheet.cell(line + 1, at + 1).border = frame
        cell = _put(sheet.cell(line + 1, first + 1), kind, value if value != "" else None)
        cell.font = strong
        across = {"head": "center", "int": "center", "money": "right"}.get(kind, "left")
        cell.alignment = Alignment(horizontal=across, vertical="center", wrap_text=True)
        if span > 1:
            sheet.merge_cells(start_row=line + 1, start_column=first + 1, end_row=line + 1, end_column=first + span)
    _below(sheet, filled, line + 2 + bool(filled.spans()), count)
    _page(sheet, count)


def _below(sheet: Any, filled: Filled, line: int, count: int) -> None:
    """Notes, the line to sign, what the dagger means."""
    from openpyxl.styles import Alignment

    lines = [f"说明：{filled.notes}"] if filled.notes else []
    lines += ["        ".join(sign_words(filled)), foot_words(filled)]
    for words in lines:
        cell = guarded(sheet.cell(line, 1), plain_text(words) or "")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.merge_cells(start_row=line, start_column=1, end_row=line, end_column=count)
        sheet.row_dimensions[line].height = 16 * (1 + max(words.count("\n"), int(len(words) * 2 / WIDE)))
        line += 1


def _put(cell: Any, kind: str, value: Cell) -> Any:
    made = exported(kind, value)
    if isinstance(made, str):
        return guarded(cell, plain_text(made) or "")
    cell.value = made
    if made is not None and kind in _FORMATS:
        cell.number_format = _FORMATS[kind]
    return cell


def _widths(sheet: Any, columns: Sequence[Column]) -> None:
    from openpyxl.utils import get_column_letter

    whole = sum(column.width for column in columns)
    for at, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(at)].width = round(max(5.0, WIDE * column.width / whole), 1)


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

    _widths(sheet, columns)
    for at, column in enumerate(columns, 1):
        guarded(sheet.cell(1, at), column.label).font = Font(bold=True)
    for line, row in enumerate(rows, 2):
        for at, (column, value) in enumerate(zip(columns, row, strict=True), 1):
            _put(sheet.cell(line, at), column.kind, value).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
