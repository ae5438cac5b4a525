"""A report as Excel sees it: figures, days, text that stays text, merged sums, set up to print."""

from __future__ import annotations

import errno
import os
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from desktop import reporting
from sync.errors import DiskFull, Refused
from sync.exchange import writing
from sync.reports import periods
from sync.reports.catalogue import REPORTS
from tests.reports.conftest import Year


def sheet(year: Year, path: Path, key: str, code: str, notes: str | None = None) -> openpyxl.Workbook:
    report = REPORTS[key]
    filled, _ = reporting.read(year.workspace, report, periods.parse(report.period, code), notes)
    assert reporting.export(filled, path) == len(filled.rows)
    return openpyxl.load_workbook(path)


def test_head_table_sums_and_signatures(year: Year, tmp_path: Path) -> None:
    book = sheet(year, tmp_path / "台账.xlsx", "register", "2026", "含一项联合发现")
    page = book["登记台账"]
    assert page["A1"].value == "长安镇科技成果与企业技术需求登记台账（2026年）"
    head = [cell.value for cell in page[2] if cell.value]
    assert head == ["填报单位：长安镇", "期间：2026年（截至2026年9月16日）", "单位：项、万元"]
    assert [cell.value for cell in page[3]] == ["序号", "编号", "类别", "名称", "单位名称", "产业领域", "预算/万元", "发现日期", "状态", "材料"]
    first, third = page[4], page[6]
    assert [first[0].value, first[3].value, first[6].value] == [1, "低介电改性环氧树脂", None]
    assert first[7].value in (date(2026, 3, 7), datetime(2026, 3, 7))
    assert third[6].value == 96
    assert third[6].number_format == "#,##0.00"
    assert [page["A7"].value, page["C7"].value, page["G7"].value] == ["合计", "成果2项，技术需求1项，共3项；年度任务25项，完成12.0%", 96]
    below = [[cell.value for cell in row if cell.value] for row in page.iter_rows(min_row=8) if any(cell.value for cell in row)]
    assert below[:2] == [["说明：含一项联合发现"], ["填表人：李敏", "审核人：", "单位负责人：", "（盖章）", "2026年9月16日"]]
    assert "校验码：" in below[2][0]
    assert book.sheetnames == ["登记台账", "未计入原因"]


def test_it_prints_like_the_paper(year: Year, tmp_path: Path) -> None:
    page = sheet(year, tmp_path / "a.xlsx", "ledger", "2026-09").active
    assert page.print_title_rows == "$3:$3"
    assert (page.page_setup.orientation, int(page.page_setup.paperSize), page.page_setup.fitToWidth) == ("landscape", 9, 1)
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert page.oddFooter.center.text == "第&P页，共&N页"
    assert page["B3"].value == "成果（需求）名称†"


def test_a_period_without_records_says_so_and_an_annex_is_a_table_to_print(year: Year, tmp_path: Path) -> None:
    page = sheet(year, tmp_path / "a.xlsx", "monitoring", "2026-02").active
    assert page["A4"].value == "本期没有记录"
    assert [str(one) for one in page.merged_cells.ranges if one.min_row == 4] == ["A4:E4"]
    annex = sheet(year, tmp_path / "b.xlsx", "register", "2026")["未计入原因"]
    assert annex["A1"].value == "附表：未计入原因（长安镇科技成果与企业技术需求登记台账（2026年））"
    assert (annex.print_title_rows, annex.page_setup.orientation, annex.page_setup.fitToWidth) == ("$2:$2", "landscape", 1)
    assert annex["A2"].value == "名称"


def test_every_row_is_high_enough_for_what_stands_in_it(year: Year, tmp_path: Path) -> None:
    """LibreOffice does not work out heights of wrapped text by itself."""
    long = "完成首轮小试，良率由 91% 提升到 96%；企业提出增加高低温循环试验，研究院已排期。" * 4
    year.workspace.add("ledger_row", [{"month": "2026-09", "subject": year.coating, "progress": long, "responsible": "长安镇 李敏"}])
    page = sheet(year, tmp_path / "a.xlsx", "ledger", "2026-09").active
    heights = {row: page.row_dimensions[row].height for row in range(3, page.max_row + 1) if any(cell.value for cell in page[row])}
    assert all(heights.values()), heights
    line = next(row for row in heights if page.cell(row, 11).value == long)
    wide = page.column_dimensions["K"].width
    assert heights[line] >= 13 * (2 * len(long) * 0.8 / wide) > 100 and heights[line] <= 409
    assert page.cell(line, 11).font.sz == 10


def test_what_a_company_wrote_never_becomes_a_formula(year: Year, tmp_path: Path) -> None:
    evil = '=HYPERLINK("http://x","y")'
    year.workspace.add("ledger_row", [{"month": "2026-09", "subject": year.etching, "progress": evil + "\x07", "responsible": "+86"}])
    page = sheet(year, tmp_path / "a.xlsx", "ledger", "2026-09", "@SUM(A1)").active
    found = [cell for row in page.iter_rows() for cell in row if cell.value == evil]
    assert len(found) == 1
    assert found[0].data_type == "s"
    assert found[0].quotePrefix
    assert all(cell.data_type != "f" for row in page.iter_rows() for cell in row)


def test_an_empty_report_is_a_sheet_too(year: Year, tmp_path: Path) -> None:
    page = sheet(year, tmp_path / "a.xlsx", "policy", "2026Q1").active
    assert page["A3"].value == "序号"
    assert page["A4"].value != "合计"


def test_nothing_is_left_half_written(year: Year, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "a.xlsx"
    place.write_bytes(b"old")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(writing.os, "fsync", full)
    filled, _ = reporting.read(year.workspace, REPORTS["policy"], periods.parse("quarter", "2026Q3"))
    with pytest.raises(DiskFull):
        reporting.export(filled, place)
    assert place.read_bytes() == b"old"
    assert list(tmp_path.glob("*.part")) == []


def test_another_ending_is_refused(year: Year, tmp_path: Path) -> None:
    filled, _ = reporting.read(year.workspace, REPORTS["policy"], periods.parse("quarter", "2026Q3"))
    with pytest.raises(Refused):
        reporting.export(filled, tmp_path / "a.docx")
    assert list(tmp_path.glob("a.*")) == []
