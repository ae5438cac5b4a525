"""Rows of a ledger to drafts: what goes in, what does not and why."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.domain.kinds import KINDS, ORGANISATION
from sync.errors import Refused
from sync.exchange.grids import Cell, Grid
from sync.exchange.rows import ImportPlan, keys, plan
from sync.exchange.tables import Sheet, choose, read_table, table_of

PRACTICE = Path(__file__).parents[2] / "resources" / "practice"
TODAY = date(2026, 11, 21)
DEMAND = KINDS["demand"]
HEAD: tuple[Cell, ...] = ("日期", "企业名称", "统一社会信用代码", "需求名称", "合作预算（万元）", "电话")
GOOD: tuple[Cell, ...] = (
    "2026-03-05",
    "东莞市曜源智能装备有限公司",
    "91441900EGUJ65RGFY",
    "视觉检测工艺研究",
    10,
    "13679290810",
)


def sheet(*rows: tuple[Cell, ...], head: tuple[Cell, ...] = HEAD, **more: Any) -> Sheet:
    found = table_of(Grid("", tuple(enumerate((head, *rows), start=1)), **more))
    assert found is not None
    return found


def planned(*rows: tuple[Cell, ...], head: tuple[Cell, ...] = HEAD, kind: str = "demand", **more: Any) -> ImportPlan:
    return plan(KINDS[kind], sheet(*rows, head=head, **more), None, {}, TODAY)


def changed(place: int, cell: Cell) -> tuple[Cell, ...]:
    return (*GOOD[:place], cell, *GOOD[place + 1 :])


def ledger(kind: str, name: str = "ledger.xlsx") -> ImportPlan:
    return plan(KINDS[kind], choose(KINDS[kind], read_table(PRACTICE / name))[0], None, {}, TODAY)


# ----------------------------------------------------------------------------------- the practice ledger


def test_the_ledger_as_demands() -> None:
    found = ledger("demand")
    assert (found.rows, len(found.ready), found.bad) == (62, 27, [15, 34, 50, 58])
    blocks = {(one.row, one.field, one.code) for one in found.problems if one.severity == "block"}
    assert blocks == {
        (15, "title", "REQUIRED"), (34, "org.name", "REQUIRED"), (50, "org.uscc", "USCC_CHECK"), (58, "org.uscc", "USCC_CHECK"),
    }  # fmt: skip
    assert Counter(one.code for one in found.skipped) == {"ROW_OTHER_KIND": 31}
    assert {one.row for one in found.problems if one.code == "BAD_PHONE"} == {9, 17}
    assert {number for number, _ in found.ready} >= {9, 17}  # a wrong number does not keep a demand out
    assert found.ready[0] == (
        4,
        {
            "title": "视觉检测漏检率降低工艺研究",
            "org": {"name": "东莞市曜源智能装备有限公司", "uscc": "91441900EGUJ65RGFY", "org_kind": "企业",
                    "contact_name": "王工", "contact_phone": "13679290810"},
            "budget_fen": 10_000_000, "budget_currency": "CNY", "found_on": "2026-08-10", "disclosure": "内部",
        },
    )  # fmt: skip


def test_the_ledger_as_achievements() -> None:
    found = ledger("achievement")
    assert (len(found.ready), found.bad) == (28, [54])
    repeated = {one.row: one.values["other"] for one in found.skipped if one.code == "ROW_REPEATED"}
    assert repeated == {64: 11, 65: 27}
    assert {one.row for one in found.problems if one.field == "owner_org.uscc"} == {
        21,
        33,
    }  # no code: a draft, and said
    assert all("claimed_value_fen" not in values for _, values in found.ready)  # a budget is no valuation


def test_the_ledger_as_visits() -> None:
    found = ledger("visit")
    assert (found.sheet, len(found.ready), found.bad) == ("走访", 25, [])
    first = found.ready[0][1]
    assert (first["planned_on"], first["visitors"], first["next_step"]) == ("2026-08-01", ["李敏"], "补需求书")
    assert first["place"] == first["org"]["name"]  # a ledger of visits says whom, and that is where
    assert "started_at" not in first


def test_both_files_of_the_ledger_say_the_same() -> None:
    new, old = ledger("demand"), ledger("demand", "ledger-gb18030.csv")
    assert [values for _, values in new.ready] == [values for _, values in old.ready]
    assert [number - 2 for number, _ in new.ready] == [number for number, _ in old.ready]
    assert [one.code for one in old.problems if one.row == 1] == ["SHEET_YEAR_ASSUMED", "SHEET_UNIT_ASSUMED"]
    assert [one.code for one in new.problems if one.row == 3] == ["SHEET_YEAR_ASSUMED"]  # its title names the unit


@pytest.mark.parametrize("kind", ["demand", "achievement", "visit", "organisation"])
def test_no_row_stays_out_unsaid(kind: str) -> None:
    found = ledger(kind)
    table = next(one for one in read_table(PRACTICE / "ledger.xlsx") if one.name == found.sheet)
    out = {number for number, _ in table.rows} - {number for number, _ in found.ready}
    assert out == set(found.bad) | {one.row for one in found.skipped}
    assert out <= {one.row for one in found.problems}
    for problem in found.problems:
        for lang in ("zh", "en"):
            told = problem.told(lang)
            assert told["message"] and "…" not in told["message"], told
    assert all(one.told()["message"] for one in found.skipped)


def test_a_second_import_adds_nothing() -> None:
    first = ledger("demand")
    existing = {key: f"id-{number}" for number, values in first.ready for key in keys(DEMAND, values)}
    table, _ = choose(DEMAND, read_table(PRACTICE / "ledger.xlsx"))
    again = plan(DEMAND, table, first.mapping, existing, TODAY)
    assert again.ready == [] and again.bad == first.bad
    known = [one for one in again.skipped if one.code == "ROW_KNOWN"]
    assert {one.row: one.record for one in known} == {number: f"id-{number}" for number, _ in first.ready}
    assert known[0].fields == first.ready[0][1]


# ---------------------------------------------------------------------------------- what keeps a row out


@pytest.mark.parametrize(
    ("place", "cell", "field", "code"),
    [
        (0, "去年底", "found_on", "NOT_A_DATE"),
        (0, None, "found_on", "REQUIRED"),
        (0, "2026-11-22", "found_on", "DATE_IN_FUTURE"),
        (0, "#REF!", "found_on", "ROW_CELL_ERROR"),
        (1, None, "org.name", "REQUIRED"),
        (1, "司", "org.name", "TOO_SHORT"),
        (2, "91441900EGUJ65RGFX", "org.uscc", "USCC_CHECK"),
        (2, 9.1441900e17, "org.uscc", "ROW_DIGITS_LOST"),
        (3, "  ", "title", "REQUIRED"),
        (3, "研究", "title", "TOO_SHORT"),
        (3, "长" * 121, "title", "TOO_LONG"),
        (4, "面议", "budget_fen", "AMOUNT_NOT_NUMBER"),
        (4, "8-12万", "budget_fen", "AMOUNT_NOT_NUMBER"),
        (4, 0, "budget_fen", "AMOUNT_NOT_POSITIVE"),
    ],
)
def test_what_would_store_something_wrong(place: int, cell: Cell, field: str, code: str) -> None:
    found = planned(changed(place, cell), GOOD)
    assert [(one.row, one.field, one.code) for one in found.problems if one.severity == "block"] == [(2, field, code)]
    assert [number for number, _ in found.ready] == [3]


@pytest.mark.parametrize(
    ("place", "cell", "field", "code"),
    [
        (2, None, "org.uscc", "REQUIRED"),
        (4, None, "budget_fen", "REQUIRED"),
        (5, "14589215", "org.contact_phone", "BAD_PHONE"),
    ],
)
def test_what_is_merely_incomplete_goes_in_as_a_draft(place: int, cell: Cell, field: str, code: str) -> None:
    found = planned(changed(place, cell), (*GOOD[:3], "另一项需求", *GOOD[4:]))
    assert [(one.row, one.field, one.code, one.severity) for one in found.problems] == [(2, field, code, "warn")]
    assert [number for number, _ in found.ready] == [2, 3] and found.bad == []


def test_choices_and_ticks_that_cannot_be_read_are_left_out() -> None:
    head = (*HEAD, "解决方式", "需要中试", "关键字", "产业方向")
    found = planned((*GOOD, "随便", "也许", "一、二、三、四、五、六", "新材料"), head=head)
    assert {(one.field, one.code, one.severity) for one in found.problems} == {
        ("solve_mode", "NOT_A_CHOICE", "warn"), ("pilot_need", "NOT_A_BOOL", "warn"), ("keywords", "TOO_MANY", "warn"),
    }  # fmt: skip
    ((_, values),) = found.ready
    assert not {"solve_mode", "pilot_need", "keywords"} & set(values) and values["industry_dg"] == "新材料"


def test_a_formula_without_a_result_keeps_its_row_out() -> None:
    found = planned(changed(4, None), unsolved=frozenset({(2, 5)}))
    assert [(one.row, one.field, one.code) for one in found.problems] == [(2, "budget_fen", "ROW_FORMULA")]
    assert found.ready == []


def test_a_ledger_without_a_needed_column_is_said_once() -> None:
    found = planned(*([GOOD[:3]] * 50), head=HEAD[:3])
    assert [(one.row, one.field, one.code) for one in found.problems] == [(1, "title", "SHEET_COLUMN_MISSING")]
    assert found.ready == [] and found.bad == [1]


def test_the_persons_map_is_used_and_checked() -> None:
    table = sheet(GOOD, head=(*HEAD[:3], "事项", *HEAD[4:]))
    found = plan(DEMAND, table, {"事项": "title", "电话": ""}, {}, TODAY)
    assert found.ready[0][1]["title"] == GOOD[3] and "contact_phone" not in found.ready[0][1]["org"]
    assert found.unused == ("电话",)
    with pytest.raises(Refused):
        plan(DEMAND, table, {"事项": "titel"}, {}, TODAY)


# ------------------------------------------------------------------------------------------ duplicates


def test_the_same_item_twice_goes_in_once() -> None:
    by_code = changed(1, "东莞市曜源智能装备公司")  # one company, written differently
    by_name = changed(2, None)
    other = changed(3, "视觉检测工艺研究二")
    found = planned(GOOD, by_code, by_name, other, changed(3, "视觉 检测，工艺研究"))
    assert [number for number, _ in found.ready] == [2, 5]
    assert {one.row: one.values["other"] for one in found.skipped} == {3: 2, 4: 2, 6: 2}
    assert {one.row for one in found.problems if one.code == "ROW_REPEATED" and one.severity == "warn"} == {3, 4, 6}


def test_a_bad_row_does_not_shadow_a_good_one() -> None:
    found = planned(changed(4, "面议"), GOOD)
    assert [number for number, _ in found.ready] == [3] and found.skipped == []


def test_keys_of_the_kinds() -> None:
    assert keys(ORGANISATION, {"name": "甲", "uscc": "91441900EGUJ65RGFY"}) == ("uscc:91441900EGUJ65RGFY",)
    assert keys(ORGANISATION, {"name": "大湾区大学（筹）"}) == keys(ORGANISATION, {"name": "大湾区大学(筹)"}) != ()
    visit = {"org": {"name": "甲公司"}, "planned_on": "2026-03-05"}
    assert keys(KINDS["visit"], visit) == ("visit|name:甲公司|2026-03-05",)
    assert keys(DEMAND, {"org": {"name": "甲公司"}}) == ()


# --------------------------------------------------------------------------------- what was left open


def test_years_left_out_follow_the_other_days_of_the_column() -> None:
    rows = [
        (*changed(0, day)[:3], f"第{n}项技术需求", *GOOD[4:])
        for n, day in enumerate(["5月14日", "2025.3.1", "2025-4-1", "2026/1/1"])
    ]
    found = planned(*rows)
    assert found.ready[0][1]["found_on"] == "2025-05-14"
    assert [(one.row, one.code, one.values["count"], one.values["year"]) for one in found.problems] == [
        (1, "SHEET_YEAR_ASSUMED", 1, 2025)
    ]


def test_units_left_out_follow_the_declaration_and_are_said() -> None:
    head = (*HEAD[:4], "合作预算", HEAD[5])
    assert planned(GOOD, head=head).ready[0][1]["budget_fen"] == 10_000_000
    assert [one.code for one in planned(GOOD, head=head).problems] == ["SHEET_UNIT_ASSUMED"]
    assert planned(changed(4, "10万元"), head=head).problems == []
    assert planned(GOOD, head=(*HEAD[:4], "合作预算（元）", HEAD[5])).ready[0][1]["budget_fen"] == 1_000


def test_places_need_a_list_of_places() -> None:
    table = sheet((*GOOD, "长安"), head=(*HEAD, "所属镇街"))
    without = plan(DEMAND, table, None, {}, TODAY)
    assert "所属镇街" in without.unused and "division" not in without.ready[0][1]["org"]
    found = plan(DEMAND, table, None, {}, TODAY, {"长安镇": "441900118"})
    assert found.unused == () and found.ready[0][1]["org"]["division"] == "441900118"
    lost = plan(DEMAND, sheet((*GOOD, "火星"), head=(*HEAD, "所属镇街")), None, {}, TODAY, {"长安镇": "441900118"})
    assert [(one.field, one.code, one.severity) for one in lost.problems] == [("org.division", "BAD_DIVISION", "warn")]


def test_a_visit_with_hours_keeps_them() -> None:
    head = ("走访时间", "走访单位", "地点", "主要内容")
    found = planned(("2026-03-05 9:30", "甲公司", "二楼会议室", "了解企业的技术需求和困难"), head=head, kind="visit")
    assert found.ready[0][1]["started_at"] == "2026-03-05T01:30:00Z" and found.ready[0][1]["place"] == "二楼会议室"
    assert "planned_on" not in found.ready[0][1]


def test_a_landing_names_its_subject_by_title() -> None:
    found = planned(
        ("某成果落地项目", "某项成果", "ENT", "长安"), head=("项目名称", "成果名称", "落地路径", "备注"), kind="landing"
    )
    assert found.ready[0][1]["subject"] == {"title": "某项成果"}


@pytest.mark.slow
def test_fifty_thousand_rows(tmp_path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    table = book.create_sheet("台账")
    table.append(HEAD)
    for number in range(50_000):
        table.append(("面议" if place == 4 and number % 1000 == 7 else cell if place != 3 else f"第{number}项技术需求")
                     for place, cell in enumerate(GOOD))  # fmt: skip
    book.save(tmp_path / "a.xlsx")
    found = plan(DEMAND, read_table(tmp_path / "a.xlsx")[0], None, {}, TODAY)
    assert (len(found.ready), len(found.bad), found.bad[0]) == (49_950, 50, 9)


# ------------------------------------------------------------------------------------------- any sheet

CELLS = st.one_of(
    st.none(), st.text(max_size=12), st.integers(-10, 10**19), st.floats(allow_nan=True), st.booleans(), st.dates(), st.datetimes(),
    st.sampled_from(["合计", "2026.3.5", "68万", "91441900EGUJ65RGFY", "甲公司", "需求", "#N/A", "\x00", "=1+1", "5月14日", "２月３０日"]),
)  # fmt: skip


def test_a_kind_of_company_nobody_knows_is_left_out_and_told_by_the_name_instead() -> None:
    rows = ((1, ("单位全称", "单位性质")), (2, ("东莞市某某有限公司", 0)), (3, ("东莞某某大学", "不清楚")))
    table = table_of(Grid("", rows))
    assert table is not None
    found = plan(KINDS["organisation"], table, None, {}, TODAY)
    assert [values["org_kind"] for _, values in found.ready] == ["企业", "高校"]
    assert [(one.row, one.code, one.severity) for one in found.problems] == [(2, "NOT_A_CHOICE", "warn"), (3, "NOT_A_CHOICE", "warn")]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(name for name, kind in KINDS.items() if kind.writer == "liaison")), st.data())
def test_no_sheet_breaks_the_plan_and_what_is_ready_is_a_draft(name: str, data: st.DataObject) -> None:
    kind = KINDS[name]
    labels = [field.label for field in kind.fields.values()]
    head = tuple(
        data.draw(st.lists(st.sampled_from([*labels, "日期", "电话", "类别", "备注"]), min_size=2, max_size=8))
    )
    rows = data.draw(st.lists(st.tuples(*[CELLS] * len(head)), max_size=5))
    table = table_of(Grid("", tuple(enumerate((head, *rows), start=1))))
    if table is None:
        return
    found = plan(kind, table, None, {}, TODAY)
    for number, values in found.ready:
        plain = {key: "ref" if isinstance(value, dict) else value for key, value in values.items()}
        assert kind.problems(plain, "draft", TODAY) == [], number
    listed = (
        {number for number, _ in found.ready} | {one.row for one in found.problems} | {one.row for one in found.dropped}
    )
    missing = {number for number, cells in table.rows} - listed
    assert not missing or any(one.code == "SHEET_COLUMN_MISSING" for one in found.problems)
