"""Every report over the same year: what is listed, what is summed, what is said to be checked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from desktop import reporting
from sync.domain import lists
from sync.reports import periods
from sync.reports.catalogue import REPORTS, find
from sync.reports.declare import Filled, shown
from tests.reports.conftest import Year


def filled(year: Year, key: str, code: str, scope: str = "") -> Filled:
    report = REPORTS[key]
    return reporting.read(year.workspace, report, periods.parse(report.period, code), wish=reporting.Wish(scope))[0]


def rows(made: Filled) -> list[dict[str, Any]]:
    return [dict(zip([column.key for column in made.columns], row, strict=True)) for row in made.rows]


def said(made: Filled) -> str:
    return " ".join(one.zh for one in made.checks)


def test_every_report_of_the_specification_is_declared() -> None:
    assert {one.label for one in REPORTS.values() if one.kept} == set(lists.REPORT_KINDS)
    assert find("工作台账") is find("ledger") is find("Working Ledger") is REPORTS["ledger"]
    assert find("nothing") is None
    for report in REPORTS.values():
        keys = [column.key for column in report.columns]
        assert len(set(keys)) == len(keys)
        assert all(column.en and column.width > 0 for column in report.columns)


@pytest.mark.parametrize("key", REPORTS)
def test_every_report_fills_with_whole_rows_and_plain_cells(year: Year, key: str) -> None:
    made = filled(year, key, {"quarter": "2026Q3", "year": "2026"}.get(REPORTS[key].period, "2026-09"))
    assert made.title.startswith("长安镇")
    assert made.unit == "长安镇"
    assert made.liaison == "李敏"
    assert all(len(row) == len(made.columns) for row in made.rows)
    for row in made.rows:
        for column, value in zip(made.columns, row, strict=True):
            assert value is None or isinstance(value, str | int | float), column.key
            assert shown(column.kind, value)
    covered = [at for first, span, _value, _kind in made.spans() for at in range(first, first + span)]
    assert covered in ([], list(range(len(made.columns))))


def test_the_register_lists_what_counts_and_agrees_with_the_progress(year: Year) -> None:
    made = filled(year, "register", "2026")
    assert [one["title"] for one in rows(made)] == ["低介电改性环氧树脂", "柔性应变阵列封装", "玻璃基板激光诱导刻蚀"]
    assert made.totals == {"budget": 96_000_000}
    assert made.words == "成果2项，技术需求1项，共3项；年度任务25项，完成12.0%"
    assert "计入 3 项，与“我的进度”一致" in said(made)
    assert "1 项需求的需求书不在本机" in said(made)
    assert [one.title for one in made.annexes] == ["未计入原因"]
    assert made.annexes[0].rows[0][0] == "激光焊接飞溅在线检测"
    assert made.annexes[0].rows[0][2]


def test_the_register_may_list_more(year: Year) -> None:
    year.workspace.draft("demand", {"title": "只在本机的需求", "org": year.company, "found_on": "2026-09-12"})
    assert len(filled(year, "register", "2026", "review").rows) == 4
    assert len(filled(year, "register", "2026", "all").rows) == 5
    assert filled(year, "register", "2025").rows == []


def test_the_ledger_has_a_line_for_everything_under_way(year: Year) -> None:
    year.workspace.add("ledger_row", [{
        "month": "2026-09", "subject": year.etching, "progress": "试产线到位，良率 96.4%", "responsible": "长安镇科技办 李敏",
        "next_step": "十月送样", "counterpart": year.institute,
    }])  # fmt: skip
    made = filled(year, "ledger", "2026-09")
    by_title = {one["title"]: one for one in rows(made)}
    etching, coating = by_title["玻璃基板激光诱导刻蚀"], by_title["低介电改性环氧树脂"]
    assert etching["progress"] == "试产线到位，良率 96.4%"
    assert etching["responsible"] == "长安镇科技办 李敏"
    assert etching["blocker"] == "安全：试装场地的安全评估没有承接单位"
    assert etching["place"] == "长安镇"
    assert etching["partner"] == "莞湖先进材料研究院"
    assert etching["lead"] == "王工"
    assert coating["progress"] == "9月4日对接：带企业看小试线，商定试样尺寸"
    assert coating["next_step"] == "下旬送样"
    assert coating["evaluation"] == "常规入库：入服务库"
    assert coating["responsible"] == "长安镇 李敏"
    assert coating["stage"] == "中期/TRL6"
    assert made.words == "成果2项，技术需求2项，共4项；本月有进展2项，堵点1个"
    assert "2 项本月还没有进展" in said(made)
    march = filled(year, "ledger", "2026-03")
    assert [one["title"] for one in rows(march)] == ["低介电改性环氧树脂"]
    assert rows(march)[0]["progress"] is None


def test_a_past_month_says_when_it_freezes(year: Year, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIAISON_TODAY", "2026-10-04")
    assert "2026年10月5日冻结" in said(filled(year, "ledger", "2026-09"))
    monkeypatch.setenv("LIAISON_TODAY", "2026-10-06")
    assert "应已冻结" in said(filled(year, "ledger", "2026-09"))
    year.platform.tell(parameters={"ledger_freeze_days": 10})
    assert "2026年10月10日冻结" in said(filled(year, "ledger", "2026-09"))


def test_a_draft_is_only_in_the_ledger_where_its_month_was_written(year: Year) -> None:
    draft = year.workspace.draft("demand", {"title": "还没交的需求", "org": year.company, "found_on": "2026-09-01"})
    made = filled(year, "ledger", "2026-09")
    assert "还没交的需求" not in [one["title"] for one in rows(made)]
    assert "1 条草稿没有列入" in said(made)
    year.workspace.add("ledger_row", [{"month": "2026-09", "subject": draft, "progress": "签了意向", "responsible": "李敏"}])
    assert "还没交的需求" in [one["title"] for one in rows(filled(year, "ledger", "2026-09"))]


def test_the_bulletin_counts_month_by_month(year: Year) -> None:
    made = filled(year, "bulletin", "2026Q3")
    assert [(one["month"], one["found"], one["landed"], one["served"]) for one in rows(made)] == [
        ("7月", 1, 0, 0), ("8月", 0, 2, 0), ("9月", 0, 0, 1),
    ]  # fmt: skip
    assert made.totals == {"found": 1, "landed": 2, "served": 1, "events": 0}
    august = rows(made)[1]
    assert august["evaluations"] == "低介电改性环氧树脂：入服务库"
    assert august["blockers"] == "安全：试装场地的安全评估没有承接单位"
    assert august["proposals"] == "请应急部门指定机构"
    assert "1 项还没有受理，不在数里" in said(made)


def test_a_month_opened_again_later_is_the_month_it_was(year: Year) -> None:
    """What came after its end (an evaluation, a landing, another partner, the exit of an item) is not in it."""
    other = year.platform.say("organisation", {"name": "后来的企业", "org_kind": "企业", "division": "441900119"})
    row = {"subject": year.coating, "progress": "完成首轮小试", "responsible": "长安镇 李敏"}
    year.platform.say("ledger_row", {**row, "month": "2026-06", "counterpart": year.company}, (None, "accepted"))
    before = rows(filled(year, "ledger", "2026-06"))
    year.platform.say("ledger_row", {**row, "month": "2026-09", "counterpart": other, "progress": "转入中试"}, (None, "accepted"))
    year.platform.say("evaluation", {"subject": year.coating, "kind": "快速落地", "report_on": "2026-09-01"})
    year.platform.say("assignment", {"subject": year.coating, "unit": "441900119", "liaison": "李敏", "from_on": "2026-09-01"})
    late = {"title": "涂层落地", "subject": year.coating, "route": "PRJ-1A", "place": "441900121", "proof_on": "2026-09-10"}
    year.platform.say("landing", late, (None, "accepted"))
    assert rows(filled(year, "ledger", "2026-06")) == before
    now = next(one for one in rows(filled(year, "ledger", "2026-09")) if one["title"] == "低介电改性环氧树脂")
    assert now["partner"] == "后来的企业" and "快速落地" in str(now["evaluation"])


def test_an_item_served_twice_in_a_quarter_counts_once(year: Year) -> None:
    log = {"subject": year.coating, "done_on": "2026-08-04", "mode": "电话", "content": "电话跟进试样的尺寸公差", "next_step": ""}
    year.platform.say("service_log", log, (None, "accepted"))
    made = filled(year, "bulletin", "2026Q3")
    assert [one["served"] for one in rows(made)] == [0, 1, 1]
    assert made.totals["served"] == 1


def test_demands_carry_masked_telephone_numbers(year: Year) -> None:
    made = filled(year, "demands", "2026Q3")
    assert [one["title"] for one in rows(made)] == ["玻璃基板激光诱导刻蚀", "激光焊接飞溅在线检测"]
    assert {one["contact"] for one in rows(made)} == {"王工 138****6210"}
    assert made.totals == {"budget": 192_000_000}
    assert made.words == "企业1家，技术需求2项"
    assert [one["state"] for one in rows(made)] == ["已入库", "审核中"]
    assert "13862106210" not in str(made)


def test_the_local_rate_is_amount_in_dongguan_over_all(year: Year) -> None:
    shenzhen = year.platform.say("organisation", {"name": "深圳某公司", "org_kind": "企业", "division": "440305"})
    year.platform.say("landing", {
        "title": "外地许可", "subject": year.joint, "route": "DEM", "place": "441900119", "contract_kind": "许可", "buyer": shenzhen,
        "seller": year.institute, "contract_fen": 32_000_000, "signed_on": "2026-09-01",
    }, (None, "accepted"))  # fmt: skip
    made = filled(year, "performance", "2026Q3")
    assert rows(made) == [
        {"no": 1, "org": "莞湖先进材料研究院", "rate": "68.0%", "amount": 100_000_000, "local": 68_000_000, "count": 2}
    ]
    assert made.totals == {"rate": "68.0%", "amount": 100_000_000, "local": 68_000_000, "count": 2}


def test_landed_items_name_library_day_route_amount_and_proofs(year: Year) -> None:
    subject = next(row.id for row in year.workspace.rows(("landing",)).rows if row.title == "刻蚀工艺委托开发")
    paper = {"file": "合同.pdf", "sha256": "b" * 64, "bytes": 9, "mime": "application/pdf", "pages": 1, "doc_on": "2026-08-01"}
    year.platform.say("evidence", {**paper, "subject": subject, "kind": "tech_contract"})
    made = filled(year, "landings", "2026Q3")
    by_name = {one["landing"]: one for one in rows(made)}
    contract = by_name["刻蚀工艺委托开发"]
    assert (contract["amount"], contract["day"], contract["proofs"], contract["route"]) == (
        68_000_000, "2026-08-22", "技术合同", "促成技术合作",
    )  # fmt: skip
    assert by_name["柔性阵列授权"]["amount"] is None
    assert made.totals == {"amount": 68_000_000}
    assert "1 项没有证明材料" in said(made)


def test_blockers_become_policy_suggestions(year: Year) -> None:
    assert rows(filled(year, "policy", "2026Q2")) == []
    made = filled(year, "policy", "2026Q3")
    assert rows(made)[0] | {"no": 1} == rows(made)[0]
    assert rows(made)[0]["measure"] == "请应急部门指定机构"
    assert rows(made)[0]["state"] == "待协调"
    assert made.words == "共1个，已解决0个，待解决1个"


def test_meetings_with_funds_are_wanted_every_two_months(year: Year) -> None:
    assert "要求每两个月至少一次" in said(filled(year, "funds", "2026-09"))
    event = {"title": "天使基金对接", "kind": "基金对接", "host_unit": "441900119", "starts_on": "2026-09-02", "ends_on": "2026-09-02",
             "place": "线上", "co_hosts": ["东莞科创天使基金"], "items": [year.coating],
             "sign_ins": [{"person": "赵一", "org": "莞创投", "phone": "13900001111"}]}  # fmt: skip
    year.workspace.add("event", [event, {**event, "title": "普通对接会", "kind": "对接会"}])
    made = filled(year, "funds", "2026-10")
    assert rows(made) == [{"no": 1, "day": "2026-09-02", "title": "天使基金对接", "items": "低介电改性环氧树脂",
                           "funds": "东莞科创天使基金、莞创投", "intentions": None}]  # fmt: skip
    assert "13900001111" not in str(made)


def test_the_institute_report_keeps_its_fixed_items(year: Year) -> None:
    made = filled(year, "institute", "2026")
    items = {one["item"]: one for one in rows(made)}
    assert list(items)[:4] == ["科技成果许可", "科技成果转让", "知识产权质押融资", "科技成果作价投资"]
    assert (items["技术开发合同"]["count"], items["技术开发合同"]["amount"]) == (1, 68_000_000)
    assert (items["知识产权质押融资"]["count"], items["知识产权质押融资"]["amount"]) == (0, None)
    assert (items["绩效和奖励"]["amount"], items["收益分配"]["what"]) == (None, None)
    assert "没有到账和奖励的记录" in said(made) and "1 项交易没有填合同类型" in said(made)
    assert items["产学研合作"]["what"] == "东莞市禾微光学有限公司"
    assert items["存在问题"]["count"] == 1


def test_the_institute_report_takes_licences_pledges_rewards_and_income_from_the_records(year: Year) -> None:
    year.platform.say("landing", {
        "title": "阵列封装专利许可", "subject": year.joint, "route": "PRJ-1A", "place": "441900119", "proof_on": "2026-05-20",
        "contract_kind": "许可", "contract_fen": 30_000_000, "incomes": [
            {"received_on": "2026-06-01", "amount_fen": 20_000_000, "reward_fen": 14_000_000, "people": 5, "retained_fen": 6_000_000},
            {"received_on": "2027-01-10", "amount_fen": 10_000_000, "reward_fen": 7_000_000, "people": 5},
        ],
    }, (None, "accepted"))  # fmt: skip
    pledge = {"subject": year.joint, "done_on": "2026-07-08", "mode": "融资", "content": "专利质押给东莞银行，签订借款合同",
              "finance_kind": "知识产权质押融资", "finance_fen": 500_000_000}  # fmt: skip
    year.platform.say("service_log", pledge, (None, "accepted"))
    year.platform.say("service_log", {**pledge, "finance_kind": "股权融资"}, (None, "accepted"))
    year.platform.say("service_log", {**pledge, "done_on": "2025-07-08"}, (None, "accepted"))
    items = {one["item"]: [one["count"], one["amount"], one["what"]] for one in rows(filled(year, "institute", "2026"))}
    assert items["科技成果许可"] == [1, 30_000_000, "阵列封装专利许可"]
    assert items["知识产权质押融资"] == [1, 500_000_000, "柔性应变阵列封装"]
    assert items["绩效和奖励"] == [1, 14_000_000, "奖励5人次"]
    assert items["收益分配"] == [1, 20_000_000, "奖励个人14.00万元，单位留存6.00万元"]
    next_year = {one["item"]: one["amount"] for one in rows(filled(year, "institute", "2027"))}
    assert (next_year["收益分配"], next_year["知识产权质押融资"]) == (10_000_000, None), "income counts when it comes in"


def test_what_is_kept_without_credit_is_in_no_figure(year: Year) -> None:
    lead = {"title": "外地企业的线索", "org": year.company, "found_on": "2026-08-02", "letter_signed_on": "2026-08-02"}
    year.platform.say("demand", lead, (None, "accepted"), counted={"year": None, "credit": 0, "codes": ["NO_DG_PARTY"]})
    year.platform.say("landing", {"title": "第二次落地", "subject": year.joint, "route": "PRJ-1A", "proof_on": "2026-08-25"},
                      (None, "accepted"), counted={"year": 2026, "credit": 0, "codes": ["ALREADY_LANDED"]})  # fmt: skip
    assert [(one["found"], one["landed"]) for one in rows(filled(year, "bulletin", "2026Q3"))] == [(1, 0), (0, 2), (0, 0)]
    assert sum(int(one["landed"] or 0) for one in rows(filled(year, "review", "2026"))) == 2


def test_the_notification_shows_targets_and_never_invents_one(year: Year) -> None:
    own = rows(filled(year, "notification", "2026"))[0]
    assert (own["found_target"], own["found"], own["landed_target"], own["landed"], own["rate"]) == ("25", 3, "未下达", 2, "12.0%")
    assert own["cases"] == "柔性阵列授权"
    late = filled(year, "notification", "2027")
    assert rows(late)[0]["found_target"] == "未下达"
    assert rows(late)[0]["rate"] is None
    assert "2027 年任务还没有下达" in said(late)


def test_the_review_adds_up_by_class(year: Year) -> None:
    made = filled(year, "review", "2026")
    assert {one["class"]: (one["found"], one["landed"], one["served"]) for one in rows(made)} == {
        "企业类": (0, 0, 0), "平台类": (0, 0, 0), "项目类": (2, 1, 1), "技术需求": (1, 1, 0),
    }  # fmt: skip
    assert (made.totals["found"], made.totals["landed"], made.totals["served"]) == (3, 2, 1)
    assert made.totals["blockers"] == "1个：安全"


def test_key_items_are_those_of_a_hundred_million_or_under_special_care(year: Year) -> None:
    made = filled(year, "tracking", "2026-09")
    assert [(one["title"], one["value"], one["level"]) for one in rows(made)] == [("柔性应变阵列封装", 12_000_000_000, "一般")]
    task = {"subject": year.coating, "unit": "441900119", "liaison": "陈主任", "due_on": "2026-10-31", "level": "市领导"}
    year.platform.say("assignment", task)
    both = rows(filled(year, "tracking", "2026-09"))
    assert (both[0]["title"], both[0]["leader"], both[0]["due"]) == ("低介电改性环氧树脂", "陈主任", "2026-10-31")
    year.platform.tell(parameters={"escalation_fen": 20_000_000_000})
    assert [one["title"] for one in rows(filled(year, "tracking", "2026-09"))] == ["低介电改性环氧树脂"]


def test_an_unsynced_workspace_says_so(year: Year, tmp_path: Any) -> None:
    from sync.workspace import Workspace

    empty = Workspace(tmp_path / "other", bytes(32))
    empty.enrolled(year.workspace.required(), {})
    try:
        report = REPORTS["ledger"]
        made = reporting.read(empty, report, periods.parse("month", "2026-09"))[0]
        assert made.rows == []
        assert made.spans() == []
        assert "还没有同步过" in said(made)
    finally:
        empty.close()


def test_the_register_may_be_drawn_up_as_of_a_day_with_other_columns_and_whole_numbers(year: Year) -> None:
    report, period = REPORTS["register"], periods.parse("year", "2026")

    def drawn(**wish: Any) -> Filled:
        return reporting.read(year.workspace, report, period, wish=reporting.Wish(**wish))[0]

    usual = drawn(scope="all")
    assert "contact" not in [column.key for column in usual.columns]
    assert usual.counts == {"counted": len(drawn().rows), "review": len(drawn(scope="review").rows), "all": len(usual.rows)}
    day = date.fromisoformat(str(sorted(row[7] for row in usual.rows)[-2]))
    early = drawn(scope="all", until=day)
    assert 0 < len(early.rows) < len(usual.rows)
    assert early.as_of == day and early.seal != usual.seal
    assert any("截止日期之后" in one.zh for one in early.checks)
    few = drawn(scope="all", columns=frozenset({"contact"}))
    assert [column.key for column in few.columns] == ["no", "number", "kind", "title", "org", "contact"]
    assert few.totals == {} and all(len(row) == 6 for row in few.rows)
    assert "138****6210" in str(few.rows) and "13862106210" not in str(few.rows)
    assert "13862106210" in str(drawn(scope="all", columns=frozenset({"contact"}), plain_phones=True).rows)
