"""What the centre decides arrives where it is needed: evaluations, assignments, targets, notices, stages, libraries."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sync.errors import Refused
from tests.plan.conftest import CHANGAN, HUMEN, Centre, company

Accepted = Callable[..., str]


def chosen(centre: Centre, item: str) -> Any:
    """A regular evaluation that takes an item into the service library."""
    return centre("evaluate", item, "--kind", "regular", "--round", "2026 年第 1 批", "--score-tech", 88, "--score-econ", 81,
                  "--score-transfer", 79, "--market", "--innovation", "--economic", "--report-on", "2026-03-20")  # fmt: skip


def test_a_regular_evaluation_is_seen_with_scores_and_moves_the_stage(centre: Centre, accepted: Accepted) -> None:
    a = centre.laptop()
    item = accepted(a)
    answer = chosen(centre, item)
    assert (answer["verdict"], answer["stage"]) == ("selected", "in_service")
    a.sync()
    (row,) = a.w.rows(("evaluation",)).rows
    assert row.fields["subject"] == item and (row.fields["score_tech"], row.fields["verdict"]) == (88, "入服务库")
    assert a.w.get(item).stage == "in_service" and a.w.get(item).sync_state == "synced"
    assert any(one.what == "stage" for one in a.w.timeline(item))
    with pytest.raises(Refused):
        a.w.edit(row.id, {"verdict": "暂未入选"}, strict=True)


def test_an_assigned_unit_sees_the_item_serves_it_and_moves_it_on(centre: Centre, accepted: Accepted) -> None:
    a, c = centre.laptop(), centre.laptop(HUMEN, "陈志强")
    item = accepted(a, org={"name": "东莞市丙材料有限公司", "uscc": "91441900MA2222222"}, claimed_value_fen=5_000_000_000)
    chosen(centre, item)
    c.sync()
    assert c.w.rows(("achievement",)).total == 0
    centre("assign", item, "--unit", HUMEN, "--due-on", "2026-12-01", "--level", "一般")
    c.sync()
    seen = c.w.get(item)
    assert (seen.unit, seen.stage, seen.fields["title"]) == (CHANGAN, "assigned", "固态电解质薄膜连续制备工艺")
    assert c.w.get(seen.fields["owner_org"]).fields["contact_phone"] == "13800000000", "whoever serves it can call the company"
    assert "claimed_value_fen" not in seen.fields, "the finder's own valuation is not told"
    (due,) = c.duties("assignment")
    assert (due.id, due.due, due.problem.code, due.problem.values["count"]) == (item, "2026-12-01", "ASSIGNED", 0)
    a.sync()
    assert a.w.get(item).facts["responsible"]["unit"] == HUMEN and not a.duties("assignment")
    assert [row.fields["unit"] for row in a.w.rows(("assignment",)).rows] == [HUMEN]

    with pytest.raises(Refused) as refused:
        c.w.edit(item, {"intro": "改一下"})
    assert [one.code for one in refused.value.problems] == ["NOT_OWN_UNIT"]
    assert [one.code for one in c.w.withdraw(item, "试试").problems] == ["NOT_OWN_UNIT"]
    c.log(item)
    c.sync()
    assert c.w.get(item).stage == "advancing" and not c.duties("assignment"), "the first service log moves it"
    assert c.w.quota(2026)["service"]["counted"] == 0, "the log itself waits for the centre"
    a.sync()
    assert a.w.get(item).stage == "advancing"
    assert c.w.quota(2026)["discovery"]["counted"] == 0, "another unit's find is nobody else's"
    assert c.w.stage(item, "stalled").problems[0].code == "REASON_MISSING"
    assert c.w.stage(item, "stalled", "企业资金未到位").problems == []
    assert c.w.get(item).stage == "stalled" and c.w.get(item).sync_state == "pending", "seen here before it was sent"
    c.sync()
    a.sync()
    assert (c.w.get(item).sync_state, a.w.get(item).stage, c.w.pending().records) == ("synced", "stalled", 0)
    moved = next(one for one in a.w.timeline(item) if one.what == "stage" and one.changes["step"][1] == "stalled")
    assert (moved.who, moved.note) == ("陈志强", "企业资金未到位")
    centre.verify()


def test_nobody_but_the_responsible_unit_may_take_its_steps(centre: Centre, accepted: Accepted) -> None:
    a, b, c = centre.laptop(), centre.laptop("441900110", "周"), centre.laptop(HUMEN, "陈志强")
    item = accepted(a)
    chosen(centre, item)
    centre("assign", item, "--unit", HUMEN)
    c.sync()
    centre("assign", item, "--unit", "441900110")
    b.sync()
    assert b.w.steps(item) == ["advancing", "stalled"]
    assert c.w.steps(item) == ["advancing", "stalled"], "its laptop has not heard yet"
    assert c.w.stage(item, "advancing").problems == []
    c.sync()
    assert [one.code for one in c.w.get(item).refusals] == ["NOT_YOURS"] and c.w.get(item).stage == "assigned"
    assert c.w.steps(item) == [] and not c.duties("assignment") and b.duties("assignment")
    (old,) = (row for row in c.w.rows(("assignment",)).rows)
    assert old.fields["to_on"] == "2026-03-20", "the first assignment has ended and stays to be read"
    a.sync()
    assert a.w.get(item).stage == "assigned" and a.w.steps(item) == ["advancing", "stalled"], "the finder may speak for its own find"
    centre.verify()


def test_the_liaisons_own_steps_of_a_demand(centre: Centre, accepted: Accepted) -> None:
    a = centre.laptop()
    item = a.demand()
    assert a.w.steps(item) == [] and a.w.stage(item, "matching").problems[0].code == "STAGE_NOT_OPEN"
    a.sync()
    centre("review", item, "accept")
    a.sync()
    assert a.w.steps(item) == ["matching"]
    assert a.w.stage(item, "匹配中").problems == [], "by its Chinese word too"
    assert a.w.stage(item, "matched", "双方确认").problems == [], "two steps without a line"
    assert [one.code for one in a.w.stage(item, "contracted").problems] == ["EVIDENCE_MISSING"]
    a.paper(item, "tech_contract", doc_on="2026-03-15")
    assert a.w.stage(item, "contracted").problems == []
    assert a.w.stage(item, "fulfilled").problems[0].code == "BAD_TRANSITION", "that one is the centre's"
    a.sync()
    assert a.w.get(item).stage == "contracted" and not a.w.get(item).refusals
    assert [one.changes["step"] for one in a.w.timeline(item) if one.what == "stage"] == [
        ("matched", "contracted"), ("matching", "matched"), ("registered", "matching"),
    ]  # fmt: skip
    centre.verify()


def test_a_service_log_names_the_stage_it_led_to(centre: Centre, accepted: Accepted) -> None:
    a = centre.laptop()
    item = accepted(a, "demand")
    a.log(item, stage_after="匹配中")
    a.sync()
    assert a.w.get(item).stage == "matching"
    wrong = a.w.add("service_log", [{"subject": item, "stage_after": "已促成"}])[0]
    assert "BAD_TRANSITION" in [one.code for one in a.w.check(wrong).problems if one.severity == "warn"]


def test_fair_value_goes_to_whoever_answers_for_the_item(centre: Centre, accepted: Accepted) -> None:
    a, c = centre.laptop(), centre.laptop(HUMEN, "陈志强")
    item = accepted(a)
    chosen(centre, item)
    centre("assign", item, "--unit", HUMEN)
    value = centre("evaluate", item, "--kind", "fair_value", "--value-fen", 9_999_999_999, "--appraiser", "某评估公司")
    assert value["verdict"] == "normal"
    value = centre("evaluate", item, "--kind", "fair_value", "--value-fen", 10_000_000_000, "--report-no", "估 1 号")
    assert value["verdict"] == "escalate"
    a.sync()
    c.sync()
    told = {
        name: [row.fields for row in one.w.rows(("evaluation",)).rows if row.fields["kind"] == "公允价值"]
        for name, one in (("a", a), ("c", c))
    }
    assert [one.get("value_fen") for one in told["c"]] == [10_000_000_000, 9_999_999_999]
    assert [one.get("value_fen") for one in told["a"]] == [None, None] and told["a"][0]["report_no"] == "估 1 号"
    everything = json.dumps([one.body for one in _rows(a)], ensure_ascii=False)
    assert "10000000000" not in everything, "the figure never travels to the finder"
    assert a.w.get(item).facts["escalated"] is True and c.w.get(item).facts["escalated"] is True
    assert c.w.rows(("assignment",)).rows[0].fields["level"] == "提级" and c.w.get(item).facts["responsible"]["level"] == "提级"
    centre("assign", item, "--unit", CHANGAN)
    a.sync()
    values = [row.fields.get("value_fen") for row in a.w.rows(("evaluation",)).rows if row.fields["kind"] == "公允价值"]
    assert sorted(one for one in values if one) == [9_999_999_999, 10_000_000_000], "the successor gets what was valued before"
    centre.verify()


def _rows(laptop: Any) -> list[Any]:
    from sqlalchemy import select

    from sync.store.tables import feed

    with laptop.w.database.read() as connection:
        return list(connection.execute(select(feed)))


def test_landing_advice_becomes_things_to_do_for_the_responsible(centre: Centre, accepted: Accepted) -> None:
    a, c = centre.laptop(), centre.laptop(HUMEN, "陈志强")
    item = accepted(a)
    chosen(centre, item)
    centre("assign", item, "--unit", HUMEN)
    fast = centre("evaluate", item, "--kind", "fast", "--advice", "申请综合体入驻；期限=2026-04-10；责任=科创集团；金额=50万元",
                  "--advice", "与中试平台签订服务协议")  # fmt: skip
    a.sync()
    c.sync()
    listed = c.duties("advice")
    assert [(one.id, one.text, one.due) for one in listed] == [
        (item, "申请综合体入驻（科创集团）", "2026-04-10"), (item, "与中试平台签订服务协议", None),
    ]  # fmt: skip
    assert a.duties("advice") == [] and a.w.rows(("evaluation",)).total == 2, "the finder reads it; the work is the other unit's"
    held = c.w.get(fast["id"]).fields["advice"]
    assert held[0] == {"n": 1, "measure": "申请综合体入驻", "due_on": "2026-04-10", "owner": "科创集团", "amount_fen": 50_000_000}
    c.w.follow(fast["id"], 1)
    assert [one.text for one in c.duties("advice")] == ["与中试平台签订服务协议"]
    c.sync()
    followed = centre("review", fast["id"], "show")["fields"]["followed"]
    assert followed == ["1"], "the centre sees what was followed up"
    with pytest.raises(Refused):
        c.w.follow(fast["id"], 9)
    with pytest.raises(Refused):
        centre("evaluate", item, "--kind", "fast", "--advice", "x；期限=下周")


def test_a_changed_target_holds_for_the_year_and_is_told(centre: Centre) -> None:
    a = centre.laptop()
    a.sync()
    assert a.w.quota(2026)["discovery"]["target"] == 5 and a.w.quota(2026)["landing"]["target"] is None
    centre.day("2026-07-02")
    answer = centre("target", "set", "--unit", CHANGAN, "--year", 2026, "--metric", "发现", "--value", 25, "--doc", "东科〔2026〕9 号")
    assert (answer["rev"], answer["changed"]) == (2, True)
    assert centre("target", "set", "--unit", CHANGAN, "--year", 2026, "--metric", "发现", "--value", 25)["changed"] is False
    centre("target", "set", "--unit", CHANGAN, "--year", 2026, "--metric", "落地", "--value", 3)
    a.sync()
    found = a.w.quota(2026)
    assert (found["discovery"]["target"], found["landing"]["target"]) == (25, 3)
    assert [(one["rev"], one["target"]) for one in found["discovery"]["history"]] == [(1, 5), (2, 25)]
    assert found["discovery"]["history"][1]["doc"] == "东科〔2026〕9 号"
    (notice,) = a.w.rows(("notice",)).rows
    assert notice.title == "2026 年发现任务由 5 调整为 25"


def test_a_task_is_to_do_until_it_was_read_and_the_centre_sees_who_has(centre: Centre) -> None:
    a, c = centre.laptop(), centre.laptop(HUMEN, "陈志强")
    centre("notice", "add", "--title", "报送第二季度企业需求", "--kind", "任务", "--due-on", "2026-06-25", "--body", "请在系统中登记。",
           "--issuer", "市科技局", "--unit", CHANGAN, "--unit", HUMEN)  # fmt: skip
    centre("notice", "add", "--title", "成果转化若干措施", "--kind", "政策", "--doc-no", "东府〔2026〕1 号", "--unit", CHANGAN)
    a.sync()
    c.sync()
    (task,) = a.duties("task")
    assert (task.title, task.due, task.text) == ("报送第二季度企业需求", "2026-06-25", "请在系统中登记。")
    assert a.w.rows(("notice",), search="若干措施").total == 1, "policies are found without a line"
    assert a.w.mark_read([task.id]) == [task.id] and a.w.mark_read([task.id]) == []
    assert a.duties("task") == []
    a.sync()
    (sent,) = centre("notice", "list", "--title", "第二季度")["notices"]
    assert (sent["units"], sent["read"], sent["unread"]) == (2, 1, [HUMEN])
    centre.day("2026-06-15")
    assert [one.due for one in a.duties("task")] == ["2026-06-25"], "shown again as its day draws near"
    centre.day("2026-06-26")
    assert a.duties("task") == [] and c.duties("task"), "what was read and is over goes; what nobody read stays"
    two = centre.laptop(CHANGAN, "副手")
    two.sync()
    two.w.fill(task.id, {"read_at": "2026-06-01T00:00:00Z"})
    two.sync()
    a.sync()
    assert not two.w.conflicts() and not a.w.conflicts(), "two who read the same notice do not disagree"


def test_what_nobody_types_is_only_stated_where_it_may_be(centre: Centre) -> None:
    a = centre.laptop()
    centre("notice", "add", "--title", "通报", "--kind", "通报", "--unit", CHANGAN)
    a.sync()
    (row,) = a.w.rows(("notice",)).rows
    for record, values in ((row.id, {"title": "改标题"}), (a.w.draft("visit", {"place": "会议室"}), {"minutes": "代写"})):
        with pytest.raises(Refused) as refused:
            a.w.fill(record, values)
        assert [one.code for one in refused.value.problems] == ["READ_ONLY"]


def test_libraries_are_published_searched_offline_and_changed(centre: Centre, tmp_path: Path) -> None:
    a, c = centre.laptop(), centre.laptop(HUMEN, "陈志强")

    def publish(kind: str, rows: list[dict[str, Any]]) -> Any:
        file = tmp_path / "rows.json"
        file.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
        return centre("publish", kind, "--file", file)

    host = {"name": "东莞中试服务有限公司", "uscc": "91441900MA3333333", "org_kind": "企业", "contact_phone": "13900000000"}
    made = publish("pilot_platform", [
        {"name": "新能源材料中试平台", "kind": "中试平台", "host_org": company(host), "field": "新能源", "stage": "已入库"},
        {"name": "机器人概念验证中心", "kind": "概念验证中心", "field": "具身智能", "units": [HUMEN]},
    ])  # fmt: skip
    publish("broker", [{"name": "何经纪", "cert_level": "高级", "cert_no": "GD-1", "fields": ["新材料"], "phone": "13700000000",
                        "stage": "admitted"}])  # fmt: skip
    publish("pilot_resource", [{"kind": "中试代工厂", "title": "涂布代工线", "field": "新能源", "description": "宽幅 600 mm"}])
    a.sync()
    c.sync()
    assert {row.title for row in a.w.rows(("pilot_platform",)).rows} == {"新能源材料中试平台"}
    assert {row.title for row in c.w.rows(("pilot_platform",)).rows} == {"新能源材料中试平台", "机器人概念验证中心"}
    platform = a.w.get(made["ids"][0])
    assert (platform.stage, platform.workflow, platform.fields["status"]) == ("in_library", "accepted", "已入库")
    owner = a.w.get(platform.fields["host_org"])
    assert owner.fields["name"] == "东莞中试服务有限公司" and "contact_phone" not in owner.fields
    (broker,) = a.w.rows(("broker",), search="新材料").rows
    assert "phone" not in broker.fields, "what is private is not published"
    assert a.w.rows(("pilot_resource",), search="tbdgx").total == 1, "found by initials, without a line"
    assert a.w.quota(2026)["city"]["pilot"]["counted"] == 0
    publish("pilot_platform", [{"id": made["ids"][0], "capacity": "年服务 30 家", "stage": "支持建设"}])
    publish("pilot_resource", [{"id": a.w.rows(("pilot_resource",)).rows[0].id, "remove": True}])
    a.sync()
    assert a.w.get(made["ids"][0]).fields["capacity"] == "年服务 30 家" and a.w.quota(2026)["city"]["pilot"]["counted"] == 1
    assert a.w.rows(("pilot_resource",)).rows[0].workflow == "revoked"
    with pytest.raises(Refused):
        a.w.edit(made["ids"][0], {"capacity": "改"})
    with pytest.raises(Refused):
        publish("broker", [{"name": "没有证书的", "无此字段": 1}])
    centre.verify()


def test_a_showcase_shows_what_may_be_shown(centre: Centre, accepted: Accepted, tmp_path: Path) -> None:
    a, c = centre.laptop(), centre.laptop(HUMEN, "陈志强")
    hidden = accepted(a, title="内部成果一项", disclosure="内部")
    limited = accepted(a, title="限定成果一项", disclosure="限定", claimed_value_fen=5_000_000_000)
    public = accepted(a, title="公开成果一项", disclosure="公开", claimed_value_fen=5_000_000_000, rights_note="某教授持有")
    file = tmp_path / "rows.json"

    def publish(rows: list[dict[str, Any]]) -> Any:
        file.write_text(json.dumps(rows), "utf-8")
        return centre("publish", "achievement", "--file", file)

    for rows in ([{"id": hidden}], [{"id": limited}]):
        with pytest.raises(Refused) as refused:
            publish(rows)
        assert refused.value.problems[0].code == "CONSENT_MISSING"
    publish([{"id": public}, {"id": limited, "units": [HUMEN]}])
    c.sync()
    assert {row.title for row in c.w.rows(("achievement",)).rows} == {"公开成果一项", "限定成果一项"}
    seen = c.w.get(public)
    assert seen.fields["intro"] and not {"claimed_value_fen", "rights_note", "completed_ym"} & seen.fields.keys()
    assert set(c.w.get(seen.fields["owner_org"]).fields) <= {"name", "org_kind", "division", "country", "disclosure", "tags"}
    assert c.w.steps(public) == [] and c.w.quota(2026)["discovery"]["unsent"] == 0
    c.log(public)
    c.sync()
    assert c.w.get(public).stage == "registered", "looking at it is no service of a library item"
    publish([{"id": public, "remove": True}])
    a.w.edit(public, {"intro": "改过的简介"})
    a.sync()
    centre("review", public, "accept")
    c.sync()
    assert c.w.get(public).fields["intro"] != "改过的简介", "no longer told"
    centre.verify()


def test_the_centre_answers_requests_and_blockers(centre: Centre, accepted: Accepted) -> None:
    a = centre.laptop()
    ask = a.w.add("request", [{"org": company(), "kind": "人才", "content": "需要三名热处理工艺工程师，长期驻厂。", "contact": "13800000000",
                               "raised_on": "2026-03-15"}])[0]  # fmt: skip
    item = accepted(a)
    block = a.w.add("blocker", [{"subject": item, "kind": "审批", "description": "环评审批等待超过两个月。", "since": "2026-03-01",
                                 "help_wanted": "请市生态环境局协调。"}])[0]  # fmt: skip
    a.sent(ask)
    a.sent(block)
    a.sync()
    assert a.w.get(ask).fields["entered_by"] == "李敏"
    centre("review", ask, "accept")
    centre("stage", ask, "triaged")
    centre("stage", ask, "answered", "--note", "已推荐两名人选", "--set", "replies=已推荐两名人选，请企业联系。")
    centre("review", block, "accept")
    centre("stage", block, "routed", "--set", "owner_dept=市生态环境局")
    centre("stage", block, "studying")
    centre("stage", block, "one_case")
    centre("stage", block, "resolved", "--set", "decision=同意告知承诺", "--set", "one_case=true", "--set", "resolved_on=2026-03-20")
    a.sync()
    answered, solved = a.w.get(ask), a.w.get(block)
    assert (answered.stage, answered.fields["status"], answered.fields["replies"]) == ("answered", "已答复", "已推荐两名人选，请企业联系。")
    assert (solved.stage, solved.fields["decision"], solved.fields["one_case"]) == ("resolved", "同意告知承诺", True)
    assert a.w.steps(ask) == ["solved", "unsolved", "converted"] and a.w.stage(ask, "solved").problems == []
    assert a.w.stage(block, "open", "又卡住了").problems == []
    a.sync()
    assert (a.w.get(ask).stage, a.w.get(block).stage) == ("solved", "open")
    with pytest.raises(Refused):
        centre("fill", block, "description=不是平台的字段")
    org = str(a.w.get(item).fields["owner_org"])
    centre("fill", org, "status=吊销", "is_dg=true")
    a.sync()
    assert a.w.get(org).fields["status"] == "吊销" and a.w.get(org).fields["is_dg"] is True
    centre.verify()
