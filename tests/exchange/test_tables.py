"""Where the table is on a sheet, and what is left out of it and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.domain.kinds import KINDS
from sync.errors import Refused
from sync.exchange.grids import Cell, Grid
from sync.exchange.tables import DROPPED, Sheet, choose, read_table, table_of

PRACTICE = Path(__file__).parents[2] / "resources" / "practice"
HEAD: tuple[Cell, ...] = ("序号", "企业名称", "需求名称", "预算", "联系人", "电话")


def grid(*rows: tuple[Cell, ...], merged: tuple[tuple[int, int, int, int], ...] = (), name: str = "") -> Grid:
    return Grid(name, tuple((number, cells) for number, cells in enumerate(rows, start=1) if any(cells)), merged)


def table(*rows: tuple[Cell, ...], merged: tuple[tuple[int, int, int, int], ...] = (), name: str = "") -> Sheet:
    found = table_of(grid(*rows, merged=merged, name=name))
    assert found is not None
    return found


def row(number: int, **cells: Cell) -> tuple[Cell, ...]:
    return (number, f"东莞市第{number}公司", f"第{number}项需求名称", cells.get("money", "10万"), "王工", None)


def test_the_practice_ledger() -> None:
    ledger, visits = read_table(PRACTICE / "ledger.xlsx")
    assert (ledger.head_row, ledger.unit, ledger.year, len(ledger.rows)) == (3, "万元", 2026, 62)
    assert [(one.row, one.why) for one in ledger.dropped] == [(1, "title"), (2, "title"), (66, "total"), (67, "footer")]
    assert (visits.head_row, len(visits.rows), visits.dropped, visits.unit) == (1, 25, (), "")


def test_no_row_is_lost_unsaid() -> None:
    rows = [
        ("台账",), (), HEAD, row(1), ("一、技术需求类",), row(2), (), HEAD, row(3), ("小计", None, None, "20万"),
        (None, "合  计：", None, 30), ("填表人：李", None, "审核："), ("注：以上金额单位为万元",),
    ]  # fmt: skip
    found = table(*rows)
    assert [number for number, _ in found.rows] == [4, 6, 9]
    why = {one.row: one.why for one in found.dropped}
    assert why == {
        1: "title",
        5: "section",
        7: "empty",
        8: "head",
        10: "total",
        11: "total",
        12: "footer",
        13: "footer",
    }
    assert set(why.values()) <= set(DROPPED)
    filled = {number for number, cells in enumerate(rows, start=1) if any(cells)}
    assert filled == {number for number, _ in found.rows} | {one.row for one in found.dropped if one.why != "empty"} | {
        3
    }


def test_a_row_is_no_total_because_of_its_name() -> None:
    found = table(
        HEAD,
        (1, "合计算科技有限公司", "合计检测技术研究", "10万", "王", "1"),
        (2, "总计量公司", "某技术研究", 3, "李", "2"),
    )
    assert len(found.rows) == 2


def test_two_rows_of_head() -> None:
    head = ("序号", "企业名称", "需求名称", "联系方式", None)
    found = table(
        head, (None, None, None, "联系人", "电话"), (1, "甲公司", "一项需求", "王", "138"), merged=((1, 4, 1, 5),)
    )
    assert found.head == ("序号", "企业名称", "需求名称", "联系人", "电话")
    assert (found.head_row, [number for number, _ in found.rows]) == (2, [3])


def test_a_merged_head_over_data_is_one_row() -> None:
    found = table(
        ("企业名称", "需求名称", "联系电话", None),
        ("甲公司", "一项需求", "13800138000", "0769-22223333"),
        merged=((1, 3, 1, 4),),
    )
    assert [number for number, _ in found.rows] == [2]


def test_cells_merged_downwards_count_for_each_row() -> None:
    company = (1, "甲公司", "需求一", "10万", "王", None)
    below = (None, None, "需求二", "20万", None, None)
    found = table(HEAD, company, below, below, row(4), merged=((2, 2, 4, 2), (2, 5, 3, 5)))
    assert [cells[1] for _, cells in found.rows] == ["甲公司", "甲公司", "甲公司", "东莞市第4公司"]
    assert [cells[4] for _, cells in found.rows] == ["王", "王", None, "王工"]


def test_a_second_column_of_one_name_keeps_its_own() -> None:
    assert table(("企业名称", "电话", "需求名称", "电话"), ("甲", "1", "乙", "2")).head == (
        "企业名称",
        "电话",
        "需求名称",
        "电话 #2",
    )


@pytest.mark.parametrize(
    ("title", "unit"),
    [
        ("单位：万元", "万元"),
        ("金额单位: 元", "元"),
        ("（单位：人民币万元）", "万元"),
        ("填报单位：元岭村", ""),
        ("共计100万元", ""),
    ],
)
def test_the_unit_of_a_sheet_is_said_not_guessed(title: str, unit: str) -> None:
    assert table((title,), HEAD, row(1)).unit == unit


def test_the_year_may_stand_in_the_sheets_name() -> None:
    assert table(HEAD, row(1), name="2025年").year == 2025
    assert table(HEAD, row(1), name="电话2025").year is None


def test_a_head_of_unknown_words_is_found_by_its_look() -> None:
    found = table(("清单",), ("甲栏", "乙栏", "丙栏"), ("1", "2", "3"))
    assert found.head == ("甲栏", "乙栏", "丙栏")


def test_nothing_like_a_head(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("1,2,3\n4,5,6\n", encoding="utf-8")
    with pytest.raises(Refused) as caught:
        read_table(path)
    assert [problem.code for problem in caught.value.problems] == ["SHEET_NO_HEAD"]


@pytest.mark.parametrize(("kind", "name"), [("demand", "2026年台账"), ("visit", "走访"), ("achievement", "2026年台账")])
def test_the_sheet_that_fits_is_chosen(kind: str, name: str) -> None:
    sheets = read_table(PRACTICE / "ledger.xlsx")
    best, others = choose(KINDS[kind], sheets)
    assert best.name == name and set(others) == {sheet.name for sheet in sheets} - {name}
    assert choose(KINDS[kind], sheets, others[0])[0].name == others[0]
