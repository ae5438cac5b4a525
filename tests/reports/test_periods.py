"""Months, pairs of months, quarters and years; and when a month freezes."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from sync.reports import periods
from sync.reports.periods import PeriodKind


@pytest.mark.parametrize(
    ("kind", "text", "code", "start", "end", "label"),
    [
        ("month", "2026-03", "2026-03", "2026-03-01", "2026-03-31", "2026年3月"),
        ("month", "202602", "2026-02", "2026-02-01", "2026-02-28", "2026年2月"),
        ("month", "2024-02-29", "2024-02", "2024-02-01", "2024-02-29", "2024年2月"),
        ("two-month", "2026-04", "2026-03", "2026-03-01", "2026-04-30", "2026年3月—4月"),
        ("two-month", "2026-11", "2026-11", "2026-11-01", "2026-12-31", "2026年11月—12月"),
        ("quarter", "2026Q3", "2026Q3", "2026-07-01", "2026-09-30", "2026年第3季度"),
        ("quarter", "2026-q1", "2026Q1", "2026-01-01", "2026-03-31", "2026年第1季度"),
        ("quarter", "2026-12", "2026Q4", "2026-10-01", "2026-12-31", "2026年第4季度"),
        ("year", "2026", "2026", "2026-01-01", "2026-12-31", "2026年"),
        ("change", "2026-09", "2026-09", "2026-09-01", "2026-09-30", "2026年9月"),
    ],
)
def test_a_period_is_read_and_said(kind: PeriodKind, text: str, code: str, start: str, end: str, label: str) -> None:
    found = periods.parse(kind, text)
    assert (found.code, found.start.isoformat(), found.end.isoformat(), found.label()) == (code, start, end, label)
    assert periods.parse(kind, found.code) == found
    assert found in periods.of_year(kind, found.year)


@pytest.mark.parametrize(
    ("kind", "text"),
    [("month", "2026Q1"), ("month", "2026"), ("month", "2026-13"), ("quarter", "2026Q5"), ("year", "2026Q1"), ("year", ""),
     ("year", "26"), ("quarter", "2026"), ("month", "三月"), ("year", "9999")],
)  # fmt: skip
def test_what_names_no_period_of_that_kind_is_refused(kind: PeriodKind, text: str) -> None:
    with pytest.raises(ValueError):
        periods.parse(kind, text)


def test_a_year_has_every_period_once_and_without_gaps() -> None:
    for kind, count in (("month", 12), ("two-month", 6), ("quarter", 4), ("year", 1)):
        found = periods.of_year(kind, 2028)  # type: ignore[arg-type]
        assert len(found) == count
        assert (found[0].start, found[-1].end) == (date(2028, 1, 1), date(2028, 12, 31))
        for one, after in pairwise(found):
            assert (after.start - one.end).days == 1
        assert [month for one in found for month in one.months()] == [f"2028-{month:02d}" for month in range(1, 13)]


def test_a_month_freezes_after_the_fifth_day() -> None:
    march = periods.parse("month", "2026-03")
    assert march.freezes_on() == date(2026, 4, 5)
    assert not march.frozen(date(2026, 4, 5))
    assert march.frozen(date(2026, 4, 6))
    assert march.frozen(date(2026, 4, 3), days=2)


def test_days_hold_at_both_ends() -> None:
    quarter = periods.parse("quarter", "2026Q1")
    assert quarter.holds("2026-01-01")
    assert quarter.holds("2026-03-31T23:00:00Z")
    assert not quarter.holds("2026-04-01")
    assert not quarter.holds(None)
    assert not quarter.holds("")


def test_days_are_written_without_spaces() -> None:
    assert periods.day_words("2026-03-05") == "2026年3月5日"
    assert periods.day_words(date(2026, 12, 31)) == "2026年12月31日"
    assert periods.day_words(None) == periods.day_words("") == "—"
    assert periods.day_words("三月") == "三月"
