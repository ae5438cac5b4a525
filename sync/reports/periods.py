"""What a report is about: a month, two months, a quarter or a year; how it is said, and when it freezes.

Codes are those a report record keeps: ``2026-03`` (also for two months: the first of them), ``2026Q1``, ``2026``.
Today is always an argument. Must not know reports or records.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

#: change: written whenever something moves; its period is the month it was written in.
PeriodKind = Literal["month", "two-month", "quarter", "year", "change"]
PERIOD_KINDS: dict[str, tuple[str, str]] = {
    "month": ("每月", "monthly"),
    "two-month": ("每两个月", "every two months"),
    "quarter": ("每季度", "quarterly"),
    "year": ("每年", "yearly"),
    "change": ("有变化时", "on change"),
}
FREEZE_DAYS = 5  # days after the month's end; the platform's parameter ``ledger_freeze_days`` replaces it

_MONTH = re.compile(r"(\d{4})-?(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"(\d{4})-?[Qq]([1-4])")
_YEAR = re.compile(r"\d{4}")
_SPAN = {"month": 1, "change": 1, "two-month": 2, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` to ``end``, both included; ``code`` is how it is written down."""

    kind: PeriodKind
    code: str
    start: date
    end: date

    @property
    def year(self) -> int:
        """The calendar year it belongs to."""
        return self.start.year

    def holds(self, day: str | None) -> bool:
        """Whether a day or instant as text (``2026-03-10…``) falls into it."""
        return bool(day) and self.start.isoformat() <= str(day)[:10] <= self.end.isoformat()

    def months(self) -> list[str]:
        """Its months as ``2026-03``."""
        return [f"{self.year}-{month:02d}" for month in range(self.start.month, self.end.month + 1)]

    def label(self, lang: str = "zh") -> str:
        """2026年3月, 2026年3月—4月, 2026年第1季度, 2026年; in English as its code."""
        if lang == "en":
            return self.code if self.kind != "two-month" else f"{self.start:%Y-%m} – {self.end:%Y-%m}"
        if self.kind == "year":
            return f"{self.year}年"
        if self.kind == "quarter":
            return f"{self.year}年第{(self.start.month + 2) // 3}季度"
        if self.kind == "two-month":
            return f"{self.year}年{self.start.month}月—{self.end.month}月"
        return f"{self.year}年{self.start.month}月"

    def freezes_on(self, days: int = FREEZE_DAYS) -> date:
        """The last day on which it may still change."""
        return self.end + timedelta(days=days)

    def frozen(self, today: date, days: int = FREEZE_DAYS) -> bool:
        """Whether its rows are fixed by the calendar."""
        return today > self.freezes_on(days)


def parse(kind: PeriodKind, text: str) -> Period:
    """The period that ``text`` names; a day or month names the quarter, pair of months or year it lies in.

    Raises:
        ValueError: it names none of that kind.
    """
    plain = text.strip()
    if found := _QUARTER.fullmatch(plain):
        year, month = int(found[1]), 3 * int(found[2]) - 2
        fits = kind == "quarter"
    elif found := _MONTH.fullmatch(plain[:7]):
        year, month = int(found[1]), int(found[2])
        fits = True
    else:
        found = _YEAR.fullmatch(plain)
        year, month = int(plain) if found else 0, 1
        fits = kind == "year"
    if not fits or not 2000 <= year <= 2100:
        raise ValueError(text)
    return _of(kind, year, month)


def current(kind: PeriodKind, today: date) -> Period:
    """The period of that kind that holds ``today``."""
    return _of(kind, today.year, today.month)


def of_year(kind: PeriodKind, year: int) -> list[Period]:
    """Every period of that kind in a year, in order."""
    return [_of(kind, year, month) for month in range(1, 13, _SPAN[kind])]


def _of(kind: PeriodKind, year: int, month: int) -> Period:
    span = _SPAN[kind]
    first = (month - 1) // span * span + 1
    last = first + span - 1
    code = {"year": f"{year}", "quarter": f"{year}Q{(first + 2) // 3}"}.get(kind, f"{year}-{first:02d}")
    return Period(kind, code, date(year, first, 1), date(year, last, monthrange(year, last)[1]))


def day_words(day: date | str | None) -> str:
    """A day as official papers write it, without spaces: 2026年3月10日; "—" where there is none."""
    try:
        found = date.fromisoformat(day[:10]) if isinstance(day, str) and day else day
    except ValueError:
        return str(day)
    return f"{found.year}年{found.month}月{found.day}日" if isinstance(found, date) else "—"
