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
from sync.reports.declare import Annex, Cell, Column, Filled, exported, shown
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
        _plain_table(book.create_sheet(annex.title[:31]), filled, annex)
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
    widths = _widths(sheet, filled.columns)
    _spread(sheet, 2, head_words(filled), widths, ("left", "center", "right"))
    sheet.row_dimensions[2].height = 20
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
    if not filled.rows:
        line += 1
        _spread(sheet, line, ("本期没有记录",), widths, ("center",))
        sheet.row_dimensions[line].height = 24
        for at in range(1, count + 1):
            sheet.cell(line, at).border = frame
    for first, span, value, kind in filled.spans():
        for at in range(first, first + span):
            sheet.cell(line + 1, at + 1).border = frame
        cell = _put(sheet.cell(line + 1, first + 1), kind, value if value != "" else None)
        cell.font = strong
        centred = kind in ("head", "int") or (kind != "words" and filled.columns[first].centre)
        across = "center" if centred else "right" if kind == "money" else "left"
        cell.alignment = Alignment(horizontal=across, vertical="center", wrap_text=True, indent=int(across == "right"))
        if span > 1:
            sheet.merge_cells(start_row=line + 1, start_column=first + 1, end_row=line + 1, end_column=first + span)
        words = str(value or "") if kind in ("head", "words") else shown(kind, value)
        high = _height([(words, sum(widths[first : first + span]))])
        sheet.row_dimensions[line + 1].height = max(high, sheet.row_dimensions[line + 1].height or 0)
    _below(sheet, filled, line + 2 + bool(filled.spans()), widths)
    _page(sheet, 3)


def _below(sheet: Any, filled: Filled, line: int, widths: Sequence[float]) -> None:
    """Notes, the line to sign with room for the seal, what the dagger means."""
    for words in [f"说明：{filled.notes}"] if filled.notes else []:
        _spread(sheet, line, (words,), widths, ("left",))
        sheet.row_dimensions[line].height = _height([(words, WIDE)])
        line += 1
    _spread(sheet, line, sign_words(filled), widths, ("left", "left", "left", "center", "right"))
    sheet.row_dimensions[line].height = 48
    _spread(sheet, line + 1, (foot_words(filled),), widths, ("left",))
    sheet.row_dimensions[line + 1].height = _height([(foot_words(filled), WIDE)])


def _spread(sheet: Any, line: int, texts: Sequence[str], widths: Sequence[float], across: Sequence[str]) -> None:
    """Texts side by side over the whole width of the table, each in cells of its own; where columns are too few, in one."""
    from openpyxl.styles import Alignment, Font

    ends = _ends(widths, texts)
    starts = [0, *(end + 1 for end in ends)][: len(texts)]
    rooms = [sum(widths[first : last + 1]) for first, last in zip(starts, ends, strict=True)] if ends else []
    if not ends or any(_lines(text, room) > 1 for text, room in zip(texts, rooms, strict=True) if len(texts) > 1):
        texts, across, starts, ends = [(" " * 16).join(texts)], ["left"], [0], [len(widths) - 1]
    for text, side, first, last in zip(texts, across, starts, ends, strict=True):
        cell = guarded(sheet.cell(line, first + 1), plain_text(text) or "")
        cell.font = Font(FACE, BODY)
        cell.alignment = Alignment(horizontal=side, vertical="center", wrap_text=len(texts) == 1)
        if last > first:
            sheet.merge_cells(start_row=line, start_column=first + 1, end_row=line, end_column=last + 1)


def _ends(widths: Sequence[float], texts: Sequence[str]) -> list[int]:
    """The last columns of even parts of a table, each with room for its text where there is any; empty: too few columns."""
    parts, whole, ends, at, reached = len(texts), sum(widths), list[int](), 0, 0.0
    if len(widths) < parts:
        return []
    for number, text in enumerate(texts, 1):
        room = widths[at]
        most = len(widths) - (parts - number) - 1  # the others need a column each
        while at < most and (number == parts or _lines(text, room) > 1 or reached + room + widths[at + 1] / 2 < whole * number / parts):
            at += 1
            room += widths[at]
        ends.append(at)
        at, reached = at + 1, reached + room
    return ends


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


def _page(sheet: Any, head: int) -> None:
    """A4 landscape, one page wide, table head (row ``head``) on every page, page numbers."""
    sheet.freeze_panes = f"A{head + 1}"
    sheet.print_title_rows = f"{head}:{head}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "第&P页，共&N页"
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    sheet.page_margins.top, sheet.page_margins.header = 0.6, 0.2


def _plain_table(sheet: Any, filled: Filled, annex: Annex) -> None:
    """An annex: its title, a framed table, printed as the main one is."""
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    side = Side(style="thin", color="FF808080")
    frame, widths = Border(side, side, side, side), _widths(sheet, annex.columns)
    _spread(sheet, 1, (f"附表：{annex.title}（{filled.title}）",), widths, ("center",))
    sheet.cell(1, 1).font = Font(FACE, 14, bold=True)
    sheet.row_dimensions[1].height = 26
    for at, column in enumerate(annex.columns, 1):
        cell = guarded(sheet.cell(2, at), column.label)
        cell.font, cell.border, cell.fill = Font(FACE, BODY, bold=True), frame, PatternFill("solid", fgColor="FFF0F2F5")
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    for line, row in enumerate(annex.rows, 3):
        texts = [shown(column.kind, value) for column, value in zip(annex.columns, row, strict=True)]
        sheet.row_dimensions[line].height = _height(zip(texts, widths, strict=True))
        for at, (column, value) in enumerate(zip(annex.columns, row, strict=True), 1):
            cell = _put(sheet.cell(line, at), column.kind, value)
            cell.alignment, cell.font, cell.border = Alignment(wrap_text=True, vertical="center"), Font(FACE, BODY), frame
    _page(sheet, 2)
