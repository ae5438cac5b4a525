"""Where the table is on a sheet: its head below title rows, its rows above the totals, and what was left out.

Ledgers are kept for reading, so a sheet opens with a title, says "单位：万元" in a corner, repeats its head after
a page break and ends in totals and "填表人：". Nothing of that is a record, but all of it is listed with its row
number, so that a person can see that no record was lost. Cells merged downwards count for each of their rows.
Must not know kinds, the store or Qt.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sync.domain.declare import Kind
from sync.exchange.columns import KIND, known_words, match, word
from sync.exchange.grids import MAX_ROWS, Cell, Grid, read_grids, refused

_HEAD_WITHIN = 40  # a head lower than this belongs to a form, not to a ledger
_TOTAL = re.compile(
    r"^(?:(?:本页|本月|本季|本年|全年|年度|累计)?(?:合计|总计|小计|共计|累计)|total)(?:[::(].*|\d.*)?$", re.IGNORECASE
)
_FOOTER = re.compile(
    r"^(?:填表人?|填报人?|制表人?|审核人?|复核人?|负责人|单位负责人|经办人?|填表日期|制表日期|备注|注|说明|联系电话)[::]"
)
_SECTION = re.compile(
    r"^(?:[一二三四五六七八九十]{1,3}[、.]|\([一二三四五六七八九十]{1,3}\)|第[一二三四五六七八九十\d]+部分)"
)
_SHEET_UNIT = re.compile(r"单位\s*:?\s*(?:人民币)?\s*(亿元|万元|元)(?![\u4e00-\u9fff])")
_YEAR = re.compile(r"(?<!\d)(20\d{2})\s*年")

#: Why a row is no record: (Chinese, English).
DROPPED: dict[str, tuple[str, str]] = {
    "title": ("表头以上的标题行", "Title above the head"),
    "total": ("合计行", "Totals"),
    "footer": ("表尾的填表、审核、说明", "Footer"),
    "head": ("重复的表头", "The head again"),
    "section": ("分段标题", "Section title"),
    "empty": ("空行", "Empty"),
}


@dataclass(frozen=True, slots=True)
class Dropped:
    """A row that is no record. ``why`` is a key of ``DROPPED``; ``text`` its first words."""

    row: int
    why: str
    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table. ``head`` is unique, one per column, empty where a column has none; ``rows`` as (Excel's number, cells).

    ``unit`` is the money unit the title names for the whole sheet, ``year`` the year it names; ``unsolved`` and
    ``notes`` as in ``Grid``.
    """

    name: str
    head: tuple[str, ...]
    head_row: int
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]
    dropped: tuple[Dropped, ...] = ()
    unit: str = ""
    year: int | None = None
    unsolved: frozenset[tuple[int, int]] = frozenset()
    notes: tuple[str, ...] = ()


def read_table(path: Path, limit_rows: int = MAX_ROWS) -> list[Sheet]:
    """Every table of a .xlsx or .csv file, in the order of its sheets.

    Raises:
        Refused: as ``read_grids``; SHEET_NO_HEAD where no sheet has a head row.
    """
    sheets = [sheet for sheet in map(table_of, read_grids(path, limit_rows)) if sheet is not None]
    if not sheets:
        raise refused(path, "SHEET_NO_HEAD")
    return sheets


def choose(kind: Kind, sheets: Sequence[Sheet], wanted: str = "") -> tuple[Sheet, tuple[str, ...]]:
    """The sheet that fits the kind best (needed columns, then all columns, then rows), and the names of the others.

    A sheet named ``wanted`` is taken before any other.
    """

    def fit(sheet: Sheet) -> tuple[int, int, int, int]:
        columns = match(kind, sheet.head).columns
        needed = {name for name, field in kind.fields.items() if field.draft == "yes"}
        found = {column.target.partition(".")[0] for column in columns} - {KIND}
        return len(found & needed), len(found), -("hidden" in sheet.notes), len(sheet.rows)

    named = [sheet for sheet in sheets if wanted and sheet.name == wanted]
    best = named[0] if named else max(sheets, key=fit)
    return best, tuple(sheet.name for sheet in sheets if sheet is not best)


def table_of(grid: Grid) -> Sheet | None:
    """The table on a grid, or None where nothing looks like a head."""
    rows = _filled_down(grid)
    place = _head_place(rows)
    if place is None:
        return None
    head, last = _head(grid, rows, place)
    titles = rows[:place]
    said = [text for _, cells in titles for text in map(_text, cells) if text]
    kept: list[tuple[int, tuple[Cell, ...]]] = []
    dropped = [Dropped(number, "title", _first(cells)) for number, cells in titles]
    expected = rows[last][0] + 1
    for number, cells in rows[last + 1 :]:
        dropped.extend(Dropped(missing, "empty", "") for missing in range(expected, min(number, expected + 20)))
        expected = number + 1
        why = _no_record(grid, head, number, cells)
        if why:
            dropped.append(Dropped(number, why, _first(cells)))
        else:
            kept.append((number, cells))
    years = [int(found) for text in (*said, grid.name) for found in _YEAR.findall(text)]
    units = [found.group(1) for found in map(_SHEET_UNIT.search, said) if found is not None]
    return Sheet(
        grid.name, head, rows[last][0], tuple(kept), tuple(dropped),
        units[0] if units else "", years[0] if years else None, grid.unsolved, grid.notes,
    )  # fmt: skip


def blank(cell: Cell) -> bool:
    """Nothing to see in a cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _text(cell: Cell) -> str:
    """A cell's text in one width without outer spaces; empty for anything but text."""
    return unicodedata.normalize("NFKC", cell).strip() if isinstance(cell, str) else ""


def _first(cells: Sequence[Cell]) -> str:
    return next((str(cell).strip()[:40] for cell in cells if not blank(cell)), "")


def _filled_down(grid: Grid) -> list[tuple[int, tuple[Cell, ...]]]:
    """The rows that are not blank, with cells merged over several rows repeated in each of them."""
    rows = {number: list(cells) for number, cells in grid.rows if any(not blank(cell) for cell in cells)}
    for top, left, bottom, _ in grid.merged:
        if bottom == top or top not in rows or left > len(rows[top]):
            continue
        value = rows[top][left - 1]
        for number in range(top + 1, min(bottom, top + MAX_ROWS) + 1):
            if number in rows:
                cells = rows[number]
                cells.extend([None] * (left - len(cells)))
                if blank(cells[left - 1]):
                    cells[left - 1] = value
    return [(number, tuple(cells)) for number, cells in sorted(rows.items())]


def _head_place(rows: Sequence[tuple[int, tuple[Cell, ...]]]) -> int | None:
    """The row with the most head words; without any known word, the first row of nothing but two or more texts."""
    best, most = None, 1
    for place, (_, cells) in enumerate(rows[:_HEAD_WITHIN]):
        words = {word(cell) for cell in cells if isinstance(cell, str) and cell.strip()}
        hits = sum(1 for one in words if one in known_words() or _half_known(one))
        if hits > most:
            best, most = place, hits
    if best is not None:
        return best
    for place, (_, cells) in enumerate(rows[:_HEAD_WITHIN]):
        filled = [cell for cell in cells if not blank(cell)]
        if len(filled) > 1 and len(rows) > place + 1 and all(_like_a_head(cell) for cell in filled):
            return place
    return None


def _half_known(one: str) -> bool:
    return any(half in known_words() for half in re.split(r"[/、]", one) if len(half) > 1)


def _like_a_head(cell: Cell) -> bool:
    return isinstance(cell, str) and len(cell.strip()) <= 20 and re.search(r"^(?!.*\d{3}).*[^\W\d_]", cell) is not None


def _head(grid: Grid, rows: Sequence[tuple[int, tuple[Cell, ...]]], place: int) -> tuple[tuple[str, ...], int]:
    """The head words by column, and the place of the head's last row (two where a group stands over its columns)."""
    number, upper = rows[place]
    words = [_one_line(cell) for cell in upper]
    last = place
    grouped = {
        column
        for top, left, bottom, right in grid.merged
        if top == bottom == number and right > left
        for column in range(left, right + 1)
    }
    if grouped and place + 1 < len(rows) and rows[place + 1][0] == number + 1:
        lower = rows[place + 1][1]
        below = [column for column in grouped if column <= len(lower) and not blank(lower[column - 1])]
        if below and all(_like_a_head(lower[column - 1]) for column in below):
            last = place + 1
            words.extend([""] * (len(lower) - len(words)))
            for column in below:
                words[column - 1] = _one_line(lower[column - 1])
    return _unique(words), last


def _one_line(cell: Cell) -> str:
    text = cell.isoformat() if isinstance(cell, (date, datetime)) else "" if cell is None else str(cell)
    return re.sub(r"\s+", " ", text).strip()[:80]


def _unique(words: Sequence[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    found = []
    for one in words:
        seen[one] = seen.get(one, 0) + 1
        found.append(f"{one} #{seen[one]}" if one and seen[one] > 1 else one)
    return tuple(found)


def _no_record(grid: Grid, head: Sequence[str], number: int, cells: Sequence[Cell]) -> str:
    """Why a row below the head is no record; empty where it is one."""
    filled = [_text(cell) or str(cell) for cell in cells if not blank(cell)]
    opening = [re.sub(r"\s+", "", text) for text in filled[:2]]
    if any(_TOTAL.match(text) for text in opening) and len(filled) <= max(2, (len(head) + 1) // 2):
        return "total"
    if _FOOTER.match(opening[0]):
        return "footer"
    again = sum(
        1 for place, cell in enumerate(cells) if place < len(head) and head[place] and _one_line(cell) == head[place]
    )
    if again >= 2 and again * 2 > len(filled):
        return "head"
    if len(filled) == 1 and len(head) > 2:
        wide = any(top == number and left == 1 and right > 2 for top, left, _, right in grid.merged)
        if wide or _SECTION.match(opening[0]):
            return "section"
    return ""
