"""What a report is: its columns, its period, who writes it for whom, and the function that makes its rows.

Cells are plain JSON values: text, whole numbers, money as integer fen, days as ``2026-03-10``; None is shown as a dash.
``named`` marks columns that the plan or a policy text names (†); the others are ours. Must not know the store or Qt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from sync.reports.periods import Period, PeriodKind

if TYPE_CHECKING:
    from sync.reports.sources import Source

Cell = str | int | float | None
CellKind = Literal["text", "int", "money", "date"]
Tone = Literal["ok", "warn", "info"]
By = Literal["liaison", "unit", "institute", "bureau"]
BY: dict[str, tuple[str, str]] = {
    "liaison": ("联络员", "liaison"),
    "unit": ("各单位", "every unit"),
    "institute": ("院所", "institutes"),
    "bureau": ("主管部门", "bureaux"),
}
NONE = "—"
CONTACT = "contact"  # the column with names and telephone numbers


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``width`` is its share of the page; ``total``: summed at the end; ``choice``: may be left out, "off" unless asked for."""

    key: str
    label: str
    en: str
    kind: CellKind = "text"
    width: float = 2.0
    named: bool = False
    centre: bool = False
    total: bool = False
    choice: Literal["", "on", "off"] = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of "before you export": a sentence in Chinese and English, and whether it is well."""

    tone: Tone
    zh: str
    en: str
    sync: bool = False  # syncing first would help


@dataclass(frozen=True, slots=True)
class Annex:
    """A further sheet of the .xlsx."""

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Body:
    """What a report's function gives back: rows in the order of the columns, words for the last line, checks."""

    rows: list[list[Cell]]
    words: str = ""
    checks: list[Check] = field(default_factory=list)
    totals: Mapping[str, Cell] = field(default_factory=dict)  # replaces the sum of a column
    annexes: tuple[Annex, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)  # rows of each scope


@dataclass(frozen=True, slots=True)
class Report:
    """A declared report. ``label`` is what a report record calls it; ``kept`` whether it may be stated as a record."""

    key: str
    label: str
    en: str
    title: str  # after the unit's name at the head of the page
    period: PeriodKind
    by: By
    to: str
    phrase: str  # the words that ask for it, with their source
    columns: tuple[Column, ...]
    body: Callable[[Source, Period, str], Body]
    units: str = "项"
    kept: bool = True
    quota: bool = False  # whether it needs the year's progress, which takes the rules over every draft
    scopes: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # choices of what is listed, the first is usual
    dated: bool = False  # whether it may be drawn up as of an earlier day

    def usual(self) -> frozenset[str]:
        """The columns that stand on it where nobody chose."""
        return frozenset(column.key for column in self.columns if column.choice != "off")

    @property
    def phones(self) -> bool:
        """Whether a telephone number may stand on it."""
        return any(column.key == CONTACT for column in self.columns)


@dataclass(frozen=True, slots=True)
class Filled:
    """A report ready for paper: everything that stands on it, nothing to look up any more."""

    report: Report
    period: Period
    title: str
    unit: str
    liaison: str
    as_of: date
    rows: Sequence[Sequence[Cell]]
    words: str
    totals: Mapping[str, Cell]
    notes: str
    checks: Sequence[Check]
    annexes: tuple[Annex, ...] = ()
    stated_on: str = ""  # the day it was fixed; empty while it follows the records
    seal: str = ""  # a check code over everything above
    counts: Mapping[str, int] = field(default_factory=dict)  # rows of each scope

    @property
    def columns(self) -> tuple[Column, ...]:
        """The report's columns."""
        return self.report.columns

    def spans(self) -> list[tuple[int, int, Cell, str]]:
        """The last line as (first column, columns, value, kind): 合计, words, sums; no words and no sums: no line."""
        if not self.rows or not (self.words or self.totals):
            return []
        count = len(self.columns)
        summed = [at for at, column in enumerate(self.columns) if column.key in self.totals]
        first = summed[0] if summed else count
        label = max(1, min(2, first - 1 if self.words else first))
        parts: list[tuple[int, int, Cell, str]] = [(0, label, "合计", "head")]
        at, words = label, self.words
        while at < count:
            if self.columns[at].key in self.totals:
                parts.append((at, 1, self.totals[self.columns[at].key], self.columns[at].kind))
                at += 1
                continue
            until = next((one for one in summed if one > at), count)
            parts.append((at, until - at, words, "words"))
            words, at = "", until
        return parts


def shown(kind: str, value: Cell) -> str:
    """A cell as it stands on paper: money in 万元 with two decimals, days as they are, a dash for nothing."""
    if value is None or value == "":
        return NONE
    if kind == "money" and isinstance(value, int):
        hundredths = (abs(value) + 5_000) // 10_000
        return f"{'-' if value < 0 else ''}{hundredths // 100:,}.{hundredths % 100:02d}"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def exported(kind: str, value: Cell) -> str | int | float | Decimal | date | None:
    """A cell as a sheet keeps it: figures as figures, days as days."""
    if value is None or value == "":
        return None
    if kind == "money" and isinstance(value, int):
        return Decimal(value) / 1_000_000
    if kind == "date" and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


def plain(value: Any) -> Cell:
    """A cell out of anything a record holds: lists joined with 、."""
    if value is None or value == [] or value == "":
        return None
    if isinstance(value, list):
        return "、".join(str(one) for one in value if one) or None
    return value if isinstance(value, str | int | float) and not isinstance(value, bool) else str(value)
