"""What the centre does, and what comes of it: numbers, counts, amendments, stages, platform records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sync.errors import NoSuch, Refused
from sync.server import publishing, responsibility, review, units
from sync.server.service import Service
from sync.server.upkeep import statistics, verify

CHANGAN, HUMEN = "441900119", "441900121"


def _counted(service: Service, unit: str, metric: str = "discovery", year: int = 2026) -> Any:
    return service.tables(unit)["counted"]["years"][str(year)][metric]["counted"]


def _code(refused: pytest.ExceptionInfo[Refused]) -> str:
    return str(refused.value.problems[0].code)


@pytest.fixture(autouse=True)
def _always_right(service: Service) -> Any:
    """After every test of this file the whole platform must verify."""
    yield
    result = verify(service)
    assert result["ok"], result["problems"]


def test_acceptance_numbers_counts_and_begins_the_stage(service: Service, desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a = desk("甲")
    submitted(a)
    answer = review.act(service, "d1", "accept")
    assert answer == {"id": "d1", "workflow": "accepted", "number": "XQ26-0001"}
    facts = a.see("d1")["facts"]
    assert facts["counted"] == {"year": 2026, "credit": 1, "codes": []} and facts["stage"] == "registered"
    assert _counted(service, CHANGAN) == 1 and _counted(service, HUMEN) == 0
    row = next(row.body for row in a.pull() if row.body["what"] == "review")
    assert row["workflow"] == ["submitted", "accepted"] and row["facts"]["number"] == "XQ26-0001" and row["device"] == ""
    with pytest.raises(Refused) as refused:
        review.act(service, "d1", "accept")
    assert _code(refused) == "BAD_TRANSITION"


def test_a_return_says_why_at_the_field_and_costs_nothing(service: Service, desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a = desk("甲")
    submitted(a)
    first = a.see("d1")["facts"]["received_at"]
    with pytest.raises(Refused) as refused:
        review.act(service, "d1", "return")
    assert _code(refused) == "REASON_MISSING"
    review.act(service, "d1", "return", "LETTER_STALE", ["problem=请写明现有工艺", "a=b 不是字段"])
    said = a.see("d1")["facts"]["remarks"]
    assert [(one["field"], one["text"]) for one in said] == [("problem", "请写明现有工艺"), (None, "a=b 不是字段")]
    assert a.edit("d1", {"problem": (a.see("d1")["fields"]["problem"], "现有工艺靠人工补偿，尺寸漂移大。")}) == []
    assert a.edit("d1", workflow=["returned", "queued"]) == []
    held = a.see("d1")
    assert held["workflow"] == "submitted" and held["facts"]["received_at"] == first


@pytest.mark.parametrize("action", ["reject", "merge"])
def test_what_is_not_taken_does_not_count(service: Service, desk: Callable[..., Any], submitted: Callable[..., str], action: str) -> None:
    a = desk("甲")
    submitted(a, "d1")
    submitted(a, "d2", "另一项完全不同的需求", b"%PDF another letter")
    review.act(service, "d2", "accept")
    more = {"into": "d2"} if action == "merge" else {"code": "NOT_ENTERPRISE"}
    answer = review.act(service, "d1", action, **more)
    assert answer["workflow"] == {"reject": "rejected", "merge": "merged"}[action] and answer["number"] is None
    assert _counted(service, CHANGAN) == 1


def test_merging_needs_a_record_of_the_same_kind(service: Service, desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    submitted(desk("甲"))
    for into in ("", "nothing", "e-d1", "d1"):
        with pytest.raises(Refused) as refused:
            review.act(service, "d1", "merge", into=into)
        assert _code(refused) == "BAD_REF"
    with pytest.raises(NoSuch):
        review.act(service, "nothing", "accept")


def test_a_revoked_item_leaves_its_year(service: Service, desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a = desk("甲")
    submitted(a)
    review.act(service, "d1", "accept")
    review.act(service, "d1", "revoke", remarks=["材料不实"])
    assert a.see("d1")["workflow"] == "revoked" and a.see("d1")["facts"]["counted"]["credit"] == 0
    assert _counted(service, CHANGAN) == 0


def test_of_two_finders_the_first_received_has_the_credit(service: Service, desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a, c = desk("甲"), desk("丙", unit=HUMEN)
    submitted(a, "d1")
    submitted(c, "d2", data=b"%PDF the letter of the other")
    review.act(service, "d2", "accept")
    assert c.see("d2")["facts"]["counted"]["credit"] == 0 and "DUPLICATE" in c.see("d2")["facts"]["counted"]["codes"]
    review.act(service, "d1", "accept")
    assert (_counted(service, CHANGAN), _counted(service, HUMEN)) == (1, 0)
    assert service.tables(HUMEN)["counted"]["years"]["2026"]["discovery"]["duplicate"] == 1
    assert service.tables(HUMEN)["counted"]["years"]["2026"]["city"]["discovery"]["counted"] == 1


def test_the_credit_moves_on_when_the_first_finder_withdraws(service: Service, desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a, c = desk("甲"), desk("丙", unit=HUMEN)
    submitted(a, "d1")
    submitted(c, "d2", data=b"%PDF the letter of the other")
    review.act(service, "d2", "accept")
    c.pull()
    assert a.edit("d1", workflow=["submitted", "withdrawn"], reason="不办了") == []
    (row,) = c.pull()
    assert row.body["facts"]["counted"]["credit"] == 1 and row.body["by"] == "平台"
    assert _counted(service, HUMEN) == 1


def test_two_duplicates_in_one_push_have_one_first(service: Service, desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a = desk("甲")
    submitted(a, "d1")
    fields, scan = a.see("d1")["fields"], a.see("e-d1")["fields"]
    a.edit("d1", workflow=["submitted", "withdrawn"], reason="重报")
    for name in ("d2", "d3"):
        a.push(a.change(name, fields), a.change(f"e-{name}", {**scan, "subject": name}, "evidence"))
    a.push(a.change("d2", workflow=["draft", "queued"]), a.change("d3", workflow=["draft", "queued"]))
    received = [a.see(name)["facts"]["received_at"] for name in ("d2", "d3")]
    assert received[0] < received[1]
    for name in ("d3", "d2"):
        review.act(service, name, "accept")
    assert [a.see(name)["facts"]["counted"]["credit"] for name in ("d2", "d3")] == [1, 0]


def test_an_edit_of_an_accepted_record_waits_as_an_amendment(service: Service, desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a = desk("甲")
    submitted(a)
    review.act(service, "d1", "accept")
    assert a.edit("d1", {"goal": (None, "更准"), "budget_fen": (15_000_000, 20_000_000)}) == []
    held = a.see("d1")
    assert held["workflow"] == "amending" and held["fields"]["budget_fen"] == 15_000_000
    assert held["amendment"] == {"goal": "更准", "budget_fen": 20_000_000} and _counted(service, CHANGAN) == 1
    assert a.edit("d1", {"budget_fen": (20_000_000, 15_000_000)}) == []
    assert a.see("d1")["amendment"] == {"goal": "更准"}, "back to what is in force is no amendment"
    review.act(service, "d1", "accept")
    held = a.see("d1")
    assert (held["workflow"], held["amendment"], held["fields"]["goal"]) == ("accepted", {}, "更准")


def test_an_amendment_may_be_refused_and_the_old_values_stay(service: Service, desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a = desk("甲")
    submitted(a)
    review.act(service, "d1", "accept")
    a.edit("d1", {"title": ("高速主轴热误差补偿技术", "换一个题目试试")})
    review.act(service, "d1", "return", remarks=["title=题目不能改"])
    held = a.see("d1")
    assert (held["workflow"], held["amendment"], held["fields"]["title"]) == ("accepted", {}, "高速主轴热误差补偿技术")
    assert held["facts"]["remarks"][0]["field"] == "title"


def test_two_amendments_of_one_field_clash_like_any_edit(service: Service, desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a, b = desk("甲"), desk("乙")
    submitted(a)
    review.act(service, "d1", "accept")
    a.edit("d1", {"goal": (None, "甲")})
    b.edit("d1", {"goal": (None, "乙")})
    (conflict,) = a.see("d1")["conflicts"]
    assert (conflict["mine"], conflict["theirs"], a.see("d1")["amendment"]) == ("乙", "甲", {"goal": "甲"})
    assert b.edit("d1", {"goal": ("甲", "乙")}, resolves=[conflict["id"]]) == []
    assert a.see("d1")["amendment"] == {"goal": "乙"} and a.see("d1")["conflicts"] == []


def test_numbers_are_one_series_a_kind_and_never_given_twice(service: Service, desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a = desk("甲")
    for n, title in enumerate(("高速主轴热误差补偿技术", "固态电解质薄膜连续制备", "机器人末端力控方法"), 1):
        submitted(a, f"d{n}", title, f"%PDF letter {n}".encode())
    numbers = [review.act(service, f"d{n}", "accept")["number"] for n in (3, 1)]
    review.act(service, "d1", "revoke", "REVOKED")
    assert [*numbers, review.act(service, "d2", "accept")["number"]] == ["XQ26-0001", "XQ26-0002", "XQ26-0003"]


def test_stages_move_only_along_their_machine(service: Service, desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a = desk("甲")
    submitted(a)
    review.act(service, "d1", "accept")
    assert review.set_stage(service, "d1", "matching", "开始匹配")["stage"] == "matching"
    with pytest.raises(Refused) as refused:
        review.set_stage(service, "d1", "fulfilled")
    assert _code(refused) == "BAD_TRANSITION" and a.see("d1")["facts"]["stage"] == "matching"
    assert a.pull()[-1].body["reason"] == "开始匹配"


def test_the_list_shows_what_waits_and_show_says_what_it_would_count(
    service: Service, desk: Callable[..., Any], submitted: Callable[..., str]
) -> None:
    submitted(desk("甲"))
    listed = review.listing(service, "submitted")
    assert listed["total"] == 1 and listed["rows"][0]["title"] == "高速主轴热误差补偿技术"
    shown = review.show(service, "d1")
    assert shown["would_count"] == {"year": 2026, "credit": 1, "codes": []} and len(shown["evidence"]) == 1


def test_a_verified_landing_counts_once_for_the_place_and_moves_its_subject(
    service: Service, desk: Callable[..., Any], submitted: Callable[..., str]
) -> None:
    a = desk("甲")
    submitted(a)
    review.act(service, "d1", "accept")
    review.set_stage(service, "d1", "matching")
    review.set_stage(service, "d1", "matched")
    review.set_stage(service, "d1", "contracted")
    papers = {}
    for name in ("l1", "l2"):
        a.push(a.change(name, _landing(), "landing"))
        for kind in ("tech_contract", "payment_proof"):
            data = f"%PDF {kind} {name}".encode()
            papers[f"{kind}-{name}"] = data
            a.push(a.change(f"{kind}-{name}", _paper(name, kind, data), "evidence"))
            a.deliver(_sha(data), data)
        assert a.see(name)["facts"]["stage"] == "preparing"
        assert a.edit(name, kind="landing", workflow=["draft", "queued"]) == []
        assert (a.see(name)["workflow"], a.see(name)["facts"]["stage"]) == ("submitted", "claimed")
        review.act(service, name, "accept")
    assert a.see("l1")["facts"]["counted"] == {"year": 2026, "credit": 1, "codes": [], "unit": HUMEN}
    assert "ALREADY_LANDED" in a.see("l2")["facts"]["counted"]["codes"] and a.see("l2")["facts"]["counted"]["credit"] == 0
    assert (_counted(service, HUMEN, "landing"), _counted(service, CHANGAN, "landing")) == (1, 0)
    assert (a.see("l1")["facts"]["stage"], a.see("d1")["facts"]["stage"]) == ("verified", "fulfilled")
    review.act(service, "l1", "revoke", "REVOKED")
    assert a.see("d1")["facts"]["stage"] == "contracted" and a.see("l1")["facts"]["stage"] == "revoked"
    assert a.see("l2")["facts"]["counted"]["credit"] == 1, "the other landing counts now"


def _sha(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def _paper(subject: str, kind: str, data: bytes) -> dict[str, Any]:
    return {
        "subject": subject, "kind": kind, "file": "a.pdf", "sha256": _sha(data), "bytes": len(data), "mime": "application/pdf",
        "pages": 1, "doc_on": "2026-05-10", "covers": ["payments"],
    }  # fmt: skip


def _landing() -> dict[str, Any]:
    payment = {"paid_on": "2026-05-10", "amount_fen": 100, "payer": "东莞市甲科技有限公司", "payee": "东莞市乙科技有限公司", "doc": "1"}
    return {
        "title": "主轴补偿合作落地", "subject": "d1", "route": "DEM", "place": HUMEN, "disclosure": "内部",
        "contract_title": "合同", "contract_kind": "委托开发", "buyer": "o-441900119-d1", "seller": "seller",
        "contract_fen": 20_000_000, "signed_on": "2026-05-01", "payments": [payment],
    }  # fmt: skip


@pytest.fixture(autouse=True)
def _seller(desk: Callable[..., Any]) -> None:
    """The other side of contracts."""
    fields = {
        "name": "东莞市乙科技有限公司", "uscc": "91441900MA11111118", "org_kind": "企业", "country": "CHN", "division": CHANGAN,
        "contact_name": "李工", "contact_phone": "13800000001", "disclosure": "内部",
    }  # fmt: skip
    from sync.domain.values import uscc_check_character

    fields["uscc"] = fields["uscc"][:17] + uscc_check_character(fields["uscc"][:17])
    assert desk("甲").edit("seller", fields, "organisation") == []


# ------------------------------------------------------------------------------------------- platform records


def test_an_evaluation_is_pulled_and_moves_the_stage(service: Service, desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a = desk("甲")
    submitted(a)
    review.act(service, "d1", "accept")
    flags = {"has_market": True, "has_innovation": True, "has_economic": True, "score_tech": 90, "report_on": "2026-06-01"}
    poor = publishing.evaluate(service, "d1", "regular", {**flags, "has_economic": False})
    assert (poor["verdict"], poor["codes"], poor["stage"]) == ("not_selected", ["NO_ECONOMIC"], "not_selected")
    answer = publishing.evaluate(service, "d1", "regular", flags)
    assert (answer["verdict"], answer["stage"]) == ("selected", "in_service"), "two years are asked of achievements only"
    made = a.see(answer["id"])
    assert (made["kind"], made["fields"]["verdict"], made["fields"]["subject"]) == ("evaluation", "入服务库", "d1")
    assert a.see(poor["id"])["fields"]["verdict"] == "暂未入选"
    key = publishing.evaluate(service, "d1", "key", {"recommender": "科研院所", "report_no": "推荐函 1 号"})
    assert key["verdict"] == "direct"
    value = publishing.evaluate(service, "d1", "fair_value", {"value_fen": 10_000_000_000, "appraiser": "某评估"})
    assert value["verdict"] == "escalate" and a.see("d1")["facts"]["escalated"] is True
    assert a.edit(poor["id"], {"verdict": ("暂未入选", "入服务库")}, "evaluation") == ["READ_ONLY"]


def test_an_assignment_reaches_the_unit_that_is_to_land_it(service: Service, desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a, c = desk("甲"), desk("丙", unit=HUMEN)
    submitted(a)
    review.act(service, "d1", "accept")
    responsibility.assign(service, "d1", HUMEN, {"due_on": "2026-12-01", "level": "一般"})
    rows = [row.body for row in c.pull()]
    assert [row["kind"] for row in rows] == ["organisation", "demand", "assignment"] and rows[2]["fields"]["subject"] == [None, "d1"]
    assert any(row.body["kind"] == "assignment" for row in a.pull())
    c.push(c.change("l9", {**_landing(), "buyer": "x", "seller": "y"}, "landing"))
    (answer,) = c.push(c.change("l9", kind="landing", workflow=["draft", "queued"]))
    assert "subject" not in {one["field"] for one in answer[2] if one["code"] == "BAD_REF"}, "an assigned item may be referred to"
    with pytest.raises(NoSuch):
        responsibility.assign(service, "d1", "nowhere", {})


def test_a_notice_reaches_the_units_it_is_for(service: Service, desk: Callable[..., Any]) -> None:
    a, c = desk("甲"), desk("丙", unit=HUMEN)
    a.pull()
    answer = publishing.notice(service, {"title": "报送第三季度需求", "kind": "任务", "due_on": "2026-09-30"}, [HUMEN])
    assert answer["units"] == [HUMEN] and a.pull() == []
    (row,) = c.pull()
    assert row.body["fields"]["title"] == [None, "报送第三季度需求"] and row.body["by"] == "平台"
    assert c.edit(row.record, {"read_at": (None, "2026-08-01T01:02:03Z")}, "notice") == [], "having read it is the liaison's to say"
    assert len(publishing.notice(service, {"title": "给大家"}, [])["units"]) > 40
    with pytest.raises(NoSuch):
        publishing.notice(service, {"title": "x"}, ["nowhere"])


def test_lists_and_parameters_are_published_and_take_effect(service: Service, desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a = desk("甲")
    publishing.publish(service, "industry_dg", ["高端装备", "量子信息"])
    submitted(a, industry_dg="量子信息")
    review.act(service, "d1", "accept")
    publishing.publish(service, "parameters", {"budget_min_fen": 99_000_000})
    assert service.tables(CHANGAN)["parameters"] == {"budget_min_fen": 99_000_000}
    assert a.see("d1")["facts"]["counted"]["credit"] == 0, "what counts is settled with the new parameters"
    for wrong in ({"budget_min_fen": "viel"}, []):
        with pytest.raises(Refused):
            publishing.publish(service, "parameters", wrong)
    with pytest.raises(Refused):
        publishing.publish(service, "industry_dg", {"a": 1})


def test_records_of_platform_kinds_are_published_and_changed(service: Service, desk: Callable[..., Any]) -> None:
    a = desk("甲")
    made = publishing.publish(service, "quota", [{"units": [CHANGAN], "metric": "发现", "year": 2026, "target": 5}])
    assert a.pull()[-1].body["kind"] == "quota"
    publishing.publish(service, "quota", [{"id": made["ids"][0], "target": 6}])
    assert a.see(made["ids"][0])["fields"]["target"] == 6


def test_the_newest_target_holds_and_the_old_one_stays_visible(service: Service) -> None:
    assert units.set_target(service.database, CHANGAN, 2026, "发现", 25)["rev"] == 2
    assert units.set_target(service.database, CHANGAN, 2026, "discovery", 25)["rev"] == 2, "the same figure is not issued again"
    issued = [one for one in service.tables(CHANGAN)["targets"] if one["year"] == 2026 and one["metric"] == "discovery"]
    assert [one["target"] for one in issued] == [5, 25]
    for unit, metric in (("nowhere", "发现"), (CHANGAN, "没有这个")):
        with pytest.raises(NoSuch):
            units.set_target(service.database, unit, 2026, metric, 1)


def test_statistics_name_every_unit_and_who_is_silent(service: Service, desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    submitted(desk("甲"))
    review.act(service, "d1", "accept")
    found = statistics(service, 2026)
    own = next(one for one in found["units"] if one["unit"] == CHANGAN)
    assert own["discovery"]["counted"] == 1 and own["last_sync"] is None and own["pending"]["records"] == 0
    assert found["city"]["discovery"]["target"] == 160 and found["city"]["discovery"]["counted"] == 1
    assert statistics(service, 2025)["city"]["discovery"]["counted"] == 0


def test_hand_over_closes_the_predecessor_and_the_records_stay(site: Any, desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    service = site.service
    old = site.laptop()
    old.push(old.change("d7", {"title": "主轴"}))
    _made, code, records = review.hand_over(service, CHANGAN, "丁")
    assert records == 1 and old.ask("GET", "/v1/records/d7").json()["code"] == "device_revoked"
    successor = site.newcomer()
    assert successor.enrol(code).json()["liaison"]["name"] == "丁"
    assert successor.ask("GET", "/v1/records/d7").json()["fields"]["title"] == "主轴"
    with pytest.raises(NoSuch):
        review.hand_over(service, HUMEN, "某")


def test_what_is_typed_over_an_own_request_is_no_conflict_once_that_was_granted(
    service: Service, desk: Callable[..., Any], submitted: Callable[..., str]
) -> None:
    a, b = desk("甲"), desk("乙")
    submitted(a)
    review.act(service, "d1", "accept")
    before = a.see("d1")["fields"].get("goal")
    a.edit("d1", {"goal": (before, "先这样报")})
    seen = a.see("d1")["version"]
    review.act(service, "d1", "accept")
    assert a.see("d1")["fields"]["goal"] == "先这样报"
    assert b.edit("d1", {"goal": (before, "乙的")}, seen=seen) == [] and len(a.see("d1")["conflicts"]) == 1, "another laptop's is one"
    (clash,) = a.see("d1")["conflicts"]
    b.edit("d1", {}, resolves=[clash["id"]])
    assert a.edit("d1", {"goal": (before, "想想还是这样")}, seen=1) == [] and len(a.see("d1")["conflicts"]) == 1, "a disk that was set back"
    (clash,) = a.see("d1")["conflicts"]
    a.edit("d1", {}, resolves=[clash["id"]])
    assert a.edit("d1", {"goal": (before, "想想还是这样")}, seen=seen) == []
    assert a.see("d1")["conflicts"] == [] and a.see("d1")["amendment"] == {"goal": "想想还是这样"}
