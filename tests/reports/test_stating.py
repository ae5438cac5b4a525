"""A report once fixed stays as it was, carries its notes, and tells when it was changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop import reporting
from sync.errors import Refused
from sync.reports import fill, periods
from sync.reports.catalogue import REPORTS
from tests.reports.conftest import Year

LEDGER = REPORTS["ledger"]
SEPTEMBER = periods.parse("month", "2026-09")


def test_stated_rows_no_longer_follow_the_records(year: Year) -> None:
    before, none = reporting.read(year.workspace, LEDGER, SEPTEMBER)
    assert none is None
    record_id = reporting.state(year.workspace, LEDGER, SEPTEMBER, "九月底送样")
    year.workspace.add("ledger_row", [{"month": "2026-09", "subject": year.etching, "progress": "后来写的", "responsible": "李敏"}])
    kept, record = reporting.read(year.workspace, LEDGER, SEPTEMBER)
    assert record is not None
    assert record.id == record_id
    assert (record.fields["kind"], record.fields["period"], record.fields["state"]) == ("工作台账", "2026-09", "定稿")
    assert [list(row) for row in kept.rows] == [list(row) for row in before.rows]
    assert (kept.words, kept.notes, kept.stated_on) == (before.words, "九月底送样", "2026-09-16")
    assert [one.tone for one in kept.checks] == ["ok"]
    reporting.reopen(year.workspace, record_id)
    again, _record = reporting.read(year.workspace, LEDGER, SEPTEMBER)
    assert "后来写的" in str(again.rows)
    assert again.notes == "九月底送样"
    assert again.stated_on == ""


def test_there_is_one_record_for_each_kind_and_period(year: Year) -> None:
    first = reporting.state(year.workspace, LEDGER, SEPTEMBER)
    assert reporting.keep_notes(year.workspace, LEDGER, SEPTEMBER, "补一句") == first
    assert reporting.state(year.workspace, LEDGER, SEPTEMBER) == first
    other = reporting.state(year.workspace, LEDGER, periods.parse("month", "2026-08"))
    assert other != first
    assert year.workspace.rows(("report",)).total == 2


def test_notes_changed_after_fixing_are_noticed(year: Year) -> None:
    reporting.state(year.workspace, LEDGER, SEPTEMBER, "第一版")
    reporting.keep_notes(year.workspace, LEDGER, SEPTEMBER, "改过的说明")
    kept, _record = reporting.read(year.workspace, LEDGER, SEPTEMBER)
    assert kept.notes == "改过的说明"
    assert [one.tone for one in kept.checks] == ["warn"]


def test_the_check_code_follows_everything_that_stands_on_the_paper(year: Year) -> None:
    made, _ = reporting.read(year.workspace, LEDGER, SEPTEMBER)
    same, _ = reporting.read(year.workspace, LEDGER, SEPTEMBER)
    noted, _ = reporting.read(year.workspace, LEDGER, SEPTEMBER, "说明")
    assert made.seal == same.seal != noted.seal
    assert len(made.seal) == 14


def test_a_stated_report_needs_its_stamped_scan_only_where_the_year_is_over(year: Year, tmp_path: Path) -> None:
    review = REPORTS["review"]
    yearly = reporting.state(year.workspace, review, periods.parse("year", "2026"))
    assert [one.code for one in year.workspace.submit([yearly])[0].problems] == ["EVIDENCE_MISSING"]
    scan = tmp_path / "扫描.png"
    from PIL import Image

    Image.new("L", (400, 300), 200).save(scan)
    year.workspace.attach(yearly, scan, reporting.SCAN, {"doc_on": "2026-09-16"})
    assert year.workspace.submit([yearly])[0].workflow == "queued"
    monthly = reporting.state(year.workspace, LEDGER, SEPTEMBER)
    assert year.workspace.submit([monthly])[0].workflow == "queued"


def test_the_register_keeps_its_notes_here_and_is_never_a_record(year: Year) -> None:
    register, period = REPORTS["register"], periods.parse("year", "2026")
    assert reporting.keep_notes(year.workspace, register, period, "含两项联合发现") == ""
    made, record = reporting.read(year.workspace, register, period)
    assert (made.notes, record) == ("含两项联合发现", None)
    with pytest.raises(Refused):
        reporting.state(year.workspace, register, period)
    assert year.workspace.rows(("report",)).total == 0


def test_rows_that_do_not_fit_are_filled_again(year: Year) -> None:
    source = reporting.source(year.workspace, LEDGER, 2026)
    good = fill.stated(fill.fill(LEDGER, source, SEPTEMBER), source.today)
    assert fill.restore(LEDGER, source, SEPTEMBER, good) is not None
    for wrong in ({**good, "rows": [[1, 2]]}, {**good, "rows": None}, {**good, "totals": {"as_of": "gestern"}}, {**good, "totals": 3}):
        assert fill.restore(LEDGER, source, SEPTEMBER, wrong) is None
