"""Every system of the plan that decides (priority A and B): its duty, the places that fulfil it, and that it does.

``systems.csv`` holds the rows (from the plan texts of Dongguan, Dalian and Guangzhou) with the places: a kind of
record, a page, a command, a command of the centre, a library, a report or a kind of notice. A place must exist, and
each row's duty is done here with the two commands alone (``by_command``): what a liaison records, what is seen of it,
what is told. The functions carry the row's id; one that is missing fails.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

from desktop.app import factories
from desktop.commands import COMMANDS
from desktop.pages.libraries import LIBRARIES
from sync.domain.kinds import KINDS
from sync.domain.lists import NOTICE_KINDS
from sync.reports.catalogue import REPORTS
from sync.server import commands
from tests.plan.by_command import DAY, City, holds
from tests.plan.conftest import CHANGAN, HUMEN, company, serving

TABLE = Path(__file__).with_name("systems.csv")
with TABLE.open(encoding="utf-8") as opened:
    ROWS = {row["id"]: row for row in csv.DictReader(opened)}


@pytest.fixture(scope="module")
def city(fresh_platform: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with serving(fresh_platform, tmp_path_factory.mktemp("city")) as centre:
        made = City(centre)
        yield made
        assert made.centre("verify")["ok"], "everything recounted, replayed and hashed again"


def places(row: dict[str, str]) -> list[tuple[str, str]]:
    return [(what, name) for what, _colon, name in (place.partition(":") for place in row["places"].split(";"))]


def known_places() -> dict[str, set[str]]:
    centre = commands.parser()._subparsers
    assert centre is not None
    names = {name for action in centre._actions if action.choices for name in action.choices}
    return {
        "kind": set(KINDS), "page": set(factories()), "command": set(COMMANDS), "centre": names, "library": set(LIBRARIES),
        "report": set(REPORTS), "notice": set(NOTICE_KINDS),
    }  # fmt: skip


def test_the_table_is_whole() -> None:
    assert len(ROWS) == 48 and {row["priority"] for row in ROWS.values()} == {"A", "B"}
    assert sum(row["priority"] == "A" for row in ROWS.values()) == 20
    assert all(row["name"] and row["duty"] and row["places"] for row in ROWS.values())
    there = known_places()
    assert [(row["id"], place) for row in ROWS.values() for place in places(row) if place[1] not in there[place[0]]] == []


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: f"{row['id']}-{row['name']}")
def test_every_duty_can_be_done(row: dict[str, str], city: City) -> None:
    act: Callable[[City], None] = globals()[row["id"].lower()]
    city.today(DAY)
    act(city)


# ------------------------------------------------------------------------------------------- Dongguan's plan


def d02(city: City) -> None:
    two = city.enrol(CHANGAN, "副手")
    two("sync")
    two("edit", city.need, "--file", "-", stdin={"goal": "寿命提高一倍"})
    city.town("edit", city.need, "--file", "-", stdin={"goal": "寿命提高两倍"})
    two("sync")
    assert city.town("sync", status=(6,))["conflicts"] == 1
    (clash,) = city.town("conflicts")["conflicts"]
    assert (clash["mine"], clash["theirs"]) == ("寿命提高两倍", "寿命提高一倍")
    assert city.town("resolve", clash["id"], "--field", clash["field"], "--take", "theirs")["conflicts"] == []
    city.town("sync")
    assert city.seen(city.need)["evidence"][0]["state"] == "complete"
    own = next(one for one in city.centre("stats", "--year", 2026)["units"] if one["unit"] == CHANGAN)
    assert own["discovery"]["counted"] >= 2 and own["last_sync"]
    city.centre("review", city.need, "accept")


def d04(city: City) -> None:
    first, twin, poor = (city.find(city.town, "achievement", city.title(words)) for words in ("发现库甲", "发现库乙", "发现库丙"))
    city.paper(city.town, first, "ip_certificate")
    city.send(city.town, first, twin, poor)
    number = city.centre("review", first, "accept")["number"]
    city.centre("review", twin, "merge", "--into", first)
    city.centre("review", poor, "return", "--remark", "intro=请写明指标")
    city.town("sync")
    assert city.seen(first)["server"]["number"] == number and city.seen(first)["fields"]["title"] in city.titles("finds")
    assert [city.seen(one)["workflow"] for one in (first, twin, poor)] == ["accepted", "merged", "returned"]
    assert city.seen(poor)["server"]["remarks"][0]["field"] == "intro" and poor in [one["id"] for one in city.todo("returned")]


def d05(city: City) -> None:
    made = city.draft(city.town, "demand", title=city.title("没有需求书"), org=company(), found_on="2026-03-10", budget_fen=9_999_999)
    said = city.town("check", made)
    assert {"LETTER_MISSING", "BUDGET_BELOW_MIN"} <= set(said["codes"]) and said["missing_evidence"] == ["demand_letter"]
    assert city.town("submit", made, status=(3,))["results"][0]["workflow"] == "draft"
    assert "压铸模具纳米涂层" in city.titles("demands") and city.seen(city.need)["server"]["counted"]["credit"] == 1


def d06(city: City) -> None:
    assert "高光压铸模具原位检测装置" in city.titles("service")
    city.accept(city.town, city.log(city.town, city.item, stage_after="洽谈", next_step="签意向"))
    assert city.town("quota", "--year", 2026)["service"]["counted"] >= 1


def d07(city: City) -> None:
    broker = city.draft(city.town, "broker", name="何经纪", cert_level="高级", cert_base="国家技术转移人才培养基地（东莞）", cert_no="DG-1",
                        issued_on="2025-05-01", phone="13800000000", consent=True, fields=["新材料"])  # fmt: skip
    city.paper(city.town, broker, "broker_certificate", doc_no="DG-1", issuer="国家技术转移人才培养基地（东莞）")
    city.send(city.town, broker)
    city.accept(city.town, broker, "verifying", "admitted")
    city.publish("broker", [{"name": "莫经纪", "cert_level": "中级", "cert_no": "GD-2", "stage": "admitted"}])
    city.town("sync")
    assert city.seen(broker)["stage"] == "admitted" and {"何经纪", "莫经纪"} <= city.titles("brokers")
    assert city.titles("brokers", "--search", "mjj") == {"莫经纪"}


def d08(city: City) -> None:
    ask = city.made(city.town, "request", org=company(), kind="技术", content="铸件气孔率偏高，求真空压铸工艺支持。", contact="13800000000",
                    raised_on="2026-03-12")  # fmt: skip
    city.accept(city.town, ask, "triaged")
    city.centre("stage", ask, "answered", "--set", "replies=建议委托东莞理工学院")
    city.town("sync")
    held = city.seen(ask)["fields"]
    assert (held["status"], held["entered_by"], held["replies"]) == ("已答复", "李敏", "建议委托东莞理工学院")
    need = city.town("convert", ask)["id"]
    assert city.seen(need)["fields"]["request_id"] == ask and city.town("convert", ask)["id"] == need, "and never twice"
    city.town("stage", ask, "converted")
    city.town("sync")
    assert city.seen(ask)["stage"] == "converted"


def d09(city: City) -> None:
    city.publish("achievement", [{"id": city.item}])
    city.other("sync")
    assert "高光压铸模具原位检测装置" in city.titles("cases", who=city.other)
    hidden = city.taken(city.town, "achievement", city.title("内部成果"), disclosure="内部")
    city.publish("achievement", [{"id": hidden}], status=3)


def d11(city: City) -> None:
    who = city.town("me")
    assert (who["unit_name"], who["liaison_name"], who["counts"]) == ("长安镇", "李敏", "achievement+demand")
    leaving = city.enrol("441900110", "旧人")
    visit = city.draft(leaving, "visit", org=company(), place="会议室")
    unsent = city.folder / "未送到的.pkg"
    assert leaving("rescue", "save", "--out", unsent)["records"] >= 1
    leaving("sync")
    code = city.centre("liaison", "hand-over", "--unit", "441900110", "--to", "新人")["code"]
    successor = city.enrol("441900110", "新人", code)
    successor("sync")
    assert city.seen(visit, successor)["workflow"] == "draft" and successor("quota", "--year", 2026)["discovery"]["target"] is not None
    successor("rescue", "load", unsent)
    assert successor("list", "--kind", "visit")["total"] == 1, "the parcel brings nothing twice"
    states = {one["liaison_name"]: one["state"] for one in city.centre("device", "list")["devices"] if one["unit"] == "441900110"}
    assert states == {"旧人": "revoked", "新人": "active"}


def d12(city: City) -> None:
    city.centre("target", "set", "--unit", HUMEN, "--year", 2026, "--metric", "发现", "--value", 25)
    city.other("sync")
    found = city.other("quota", "--year", 2026)["discovery"]
    assert {"target", "counted", "in_review", "returned", "unsent", "gap", "percent", "history"} <= found.keys()
    assert found["target"] == 25 and [one["target"] for one in found["history"]] == [5, 25]
    assert any("25" in row["title"] for row in city.other("list", "--kind", "notice")["rows"])


def d13(city: City) -> None:
    item = city.taken(city.town, "achievement", city.title("常规评价"), completed_ym="2025-06")
    city.centre("evaluate", item, "--kind", "regular", "--score-tech", 90, "--score-econ", 80, "--score-transfer", 70, "--market",
                "--innovation", "--economic", "--report-on", DAY)  # fmt: skip
    city.town("sync")
    (told,) = city.seen(item)["evaluations"]
    assert [told[name] for name in ("score_tech", "score_econ", "score_transfer", "has_market", "verdict")] == [90, 80, 70, True, "入服务库"]
    old = city.taken(city.town, "achievement", city.title("过了两年"), completed_ym="2023-01")
    said = city.centre("evaluate", old, "--kind", "regular", "--market", "--innovation", "--economic", "--report-on", DAY)
    assert said["verdict"] == "not_selected" and "OLDER_THAN_2Y" in said["codes"]


def d14(city: City) -> None:
    item = city.taken(city.town, "achievement", city.title("书面推荐"))
    city.paper(city.town, item, "recommendation_letter")
    city.town("sync")
    assert city.centre("evaluate", item, "--kind", "key", "--recommender", "科研院所")["stage"] == "in_service"
    other = city.taken(city.town, "achievement", city.title("口头推荐"))
    assert city.centre("evaluate", other, "--kind", "key", "--recommender", "科研院所")["codes"][0] == "NOT_WRITTEN"
    far = city.centre("evaluate", other, "--kind", "key", "--recommender", "科研院所", "--report-no", "深函 1 号", "--outside")
    assert (far["verdict"], far["codes"][0]) == ("not_selected", "RECOMMENDER_NOT_ELIGIBLE"), "only those of our city"
    city.town("sync")
    assert city.seen(item)["stage"] == "in_service"


def d15(city: City) -> None:
    made = city.centre("evaluate", city.item, "--kind", "fast", "--advice", "入驻创新创业综合体；期限=2026-05-01；责任=科创集团")["id"]
    city.town("sync")
    assert [(one["id"], one["due"]) for one in city.todo("advice") if "综合体" in one["text"]] == [(city.item, "2026-05-01")]
    assert city.town("follow", made, 1)["left"] == []
    assert not [one for one in city.todo("advice") if "综合体" in one["text"]]


def d16(city: City) -> None:
    item = city.taken(city.town, "achievement", city.title("待估值"), claimed_value_fen=20_000_000_000, valuation_wanted=True)
    listed = city.centre("review", "list", "--state", "accepted")["rows"]
    assert next(one["wants"] for one in listed if one["id"] == item) == ["valuation_wanted"], "the centre sees who asks"
    assert not city.seen(item)["server"].get("escalated"), "the owner's own figure raises nothing"
    city.centre("evaluate", item, "--kind", "fair_value", "--value-fen", 5_000_000_000, "--appraiser", "某评估", "--report-on", DAY)
    city.town("sync")
    (told,) = city.seen(item)["evaluations"]
    assert (told["value_fen"], told["report_on"]) == (5_000_000_000, DAY)


def d17(city: City) -> None:
    item = city.taken(city.town, "achievement", city.title("包干项目"))
    city.centre("evaluate", item, "--kind", "key", "--recommender", "科研院所", "--report-no", "2")
    city.centre("assign", item, "--unit", HUMEN, "--liaison", "陈志强", "--due-on", "2026-03-15")
    city.other("sync")

    def task() -> dict[str, object]:
        return next(one for one in city.todo("assignment", who=city.other) if one["id"] == item)

    assert task()["due"] == "2026-03-15", "overdue at once"
    city.log(city.other, item, next_step="约中试平台", due_on="2026-03-25")
    assert city.seen(item, city.other)["stage"] == "advancing"
    assert any(one["text"] == "约中试平台" and one["due"] == "2026-03-25" for one in city.todo("due", who=city.other))
    assert "已有服务记录 1 次" in str(task()["problem"])


def d18(city: City) -> None:
    need = city.taken(city.town, "demand", city.title("待落地"))
    poor = city.draft(city.town, "landing", title="缺证明的落地", subject=need, route="DEM", place=CHANGAN)
    said = city.town("check", poor)
    assert said["verdict"] == "not_met" and {"tech_contract", "payment_proof"} <= set(said["missing_evidence"])
    for stage in ("matching", "matched"):
        city.town("stage", need, stage)
    city.town("sync")
    city.today("2026-05-20")
    claim = city.claim(city.town, need, city.title("合作落地"))
    city.centre("review", claim, "return", "--remark", "payment_proof=请附银行回单")
    city.town("sync")
    assert city.seen(claim)["workflow"] == "returned"
    city.paper(city.town, claim, "payment_proof", doc_on="2026-05-10")
    city.send(city.town, claim)
    city.accept(city.town, claim)
    assert city.seen(claim)["server"]["counted"]["credit"] == 1 and city.seen(need)["stage"] == "fulfilled"


def d19(city: City) -> None:
    city.institute("sync")
    assert city.institute("quota", "--year", 2026)["landing"].items() >= {"target": None, "state": "not_issued"}.items()
    city.centre("target", "set", "--unit", CHANGAN, "--year", 2026, "--metric", "落地", "--value", 2)
    city.notice("通报", "2026 年度成果发现和落地情况通报")
    assert city.town("quota", "--year", 2026)["landing"]["target"] == 2 and holds(city.report("notification"), "长安镇")
    assert "2026 年度成果发现和落地情况通报" in city.titles("policy", "--part", "notices")
    out = city.folder / "年度通报.xlsx"
    figures = city.centre("stats", "--year", 2026, "--out", out)
    sheet = openpyxl.load_workbook(out).active
    assert sheet is not None and sheet["A1"].value == "东莞市科技成果发现和落地年度情况通报（2026年）"
    lines = {row[0]: row for row in sheet.iter_rows(min_row=4, max_row=3 + figures["rows"], values_only=True)}
    own = next(one for one in figures["units"] if one["unit"] == CHANGAN)
    assert lines["长安镇"][1:5] == ("5", own["discovery"]["counted"], "2", own["landing"]["counted"])
    assert lines["东莞理工学院"][3] == "未下达" and lines["全市"][1] == "160" and "东莞港" not in lines


def d20(city: City) -> None:
    block = city.made(city.town, "blocker", subject=city.item, kind="审批", description="环评审批已等待两个月。", since="2026-02-10",
                      help_wanted="请生态环境部门明确办理时限。")  # fmt: skip
    city.centre("review", block, "accept")
    city.centre("stage", block, "routed", "--set", "owner_dept=市生态环境局")
    city.centre("fill", block, "decision=5 个工作日内办结")
    city.town("sync")
    held = city.seen(block)
    assert (held["stage"], held["fields"]["owner_dept"], held["fields"]["decision"]) == ("routed", "市生态环境局", "5 个工作日内办结")


def d21(city: City) -> None:
    name = city.title("电池材料中试平台")
    pilot = city.draft(city.town, "pilot_platform", name=name, kind="中试平台", host_org=company(), field="新能源")
    city.town("stage", pilot, "applied")
    city.send(city.town, pilot)
    city.accept(city.town, pilot, "selecting", "in_library", "supported")
    assert city.seen(pilot)["fields"]["status"] == "支持建设" and name in city.titles("pilot", "--part", "platforms")
    assert city.town("quota", "--year", 2026)["city"]["pilot"]["counted"] >= 1


def d27(city: City) -> None:
    city.notice("会议", "年度成果发布会定于 6 月 18 日", due_on="2026-06-18")
    assert any(one["due"] == "2026-06-18" for one in city.todo("task"))
    event = city.made(city.town, "event", title=city.title("年度发布会"), kind="发布会", host_unit="长安镇", starts_on="2026-03-18",
                      ends_on="2026-03-18", place="会展中心", items=[city.item])  # fmt: skip
    city.paper(city.town, city.item, "consent")
    city.town("edit", city.item, "--file", "-", stdin={"catalogue_ok": True})
    assert city.seen(event)["fields"]["items"] == [city.item] and city.seen(city.item)["fields"]["catalogue_ok"] is True


def d30(city: City) -> None:
    before = city.town("quota", "--year", 2026)["city"]["events"]["counted"]
    event = city.draft(
        city.town, "event", title=city.title("新材料对接会"), kind="对接会", host_unit="长安镇", starts_on="2026-03-17", ends_on="2026-03-17",
        place="线上", online=True, items=[city.item, city.need], sign_ins=[{"person": "王工", "org": "甲公司", "phone": "13800000000"}],
        intentions=[{"demand": "纳米涂层", "achievement": "原位检测"}],
    )  # fmt: skip
    for stage in ("published", "held"):
        city.town("stage", event, stage)
    city.send(city.town, event)
    city.accept(city.town, event, "confirmed")
    assert city.town("quota", "--year", 2026)["city"]["events"]["counted"] == before + 1


def d31(city: City) -> None:
    city.notice("政策", "2026 年成果转化工作方案", body="重点关注发现数、落地数、服务数等关键数据。")
    assert city.titles("policy", "--search", "工作方案") == {"2026 年成果转化工作方案"}
    own = city.town("quota", "--year", 2026)
    assert all(isinstance(own[metric]["counted"], int | float) for metric in ("discovery", "landing", "service"))


def d32(city: City) -> None:
    item = city.taken(city.town, "achievement", city.title("重大成果"))
    city.centre("evaluate", item, "--kind", "key", "--recommender", "科研院所", "--report-no", "3")
    city.centre("assign", item, "--unit", CHANGAN)
    city.centre("evaluate", item, "--kind", "fair_value", "--value-fen", 10_000_000_000)
    city.town("sync")
    seen = city.seen(item)
    assert seen["server"]["escalated"] is True and seen["server"]["responsible"]["level"] == "提级"
    assert holds(city.report("tracking"), seen["fields"]["title"])
    city.log(city.town, item)

    def stuck() -> list[str]:
        return [one["problem"]["message"] for one in city.todo("stuck") if one["id"] == item]

    city.today("2026-06-17")
    assert not stuck(), "89 days after it was taken over"
    city.today("2026-06-18")
    assert "建议提级" in stuck()[0]
    block = city.made(city.town, "blocker", subject=item, kind="资金", description="企业首期资金三个月未到位。", since="2026-06-18",
                      help_wanted="请提级协调天使基金。")  # fmt: skip
    assert not stuck(), "help was asked for"
    city.centre("review", block, "accept")
    city.centre("stage", block, "escalated", "--note", "报市领导", "--set", "decision=6 月底前召开协调会")
    city.town("sync")
    assert (city.seen(block)["stage"], city.seen(block)["fields"]["decision"]) == ("escalated", "6 月底前召开协调会")


# ------------------------------------------------------------------------------------------------ pilot scale


def resource(city: City, kind: str, title: str, **more: object) -> str:
    said = {"kind": kind, "title": title, "org": company(), "field": "新能源", "description": "一条中试资源的说明。"}
    return city.made(city.town, "pilot_resource", **said, **more)


def p02(city: City) -> None:
    (column,) = (one for one in city.town("library")["libraries"] if one["name"] == "pilot")
    assert set(column["parts"].values()) == {"中试解决方案", "中试需求", "中试平台", "中试设备", "中试代工厂"}
    assert all(city.town("library", "pilot", "--part", part)["part"] == part for part in column["parts"])


def p03(city: City) -> None:
    resource(city, "中试解决方案", "涂布放大方案")
    city.publish("pilot_resource", [{"kind": "中试解决方案", "title": "粉体放大方案", "description": "从公斤级到吨级"}])
    city.town("sync")
    assert {"涂布放大方案", "粉体放大方案"} <= city.titles("pilot", "--part", "solutions")
    assert city.titles("pilot", "--part", "solutions", "--search", "吨级") == {"粉体放大方案"}


def p04(city: City) -> None:
    before = city.town("quota", "--year", 2026)["discovery"]["in_review"]
    made = resource(city, "中试需求", "电解质薄膜中试", links=[city.item])
    assert city.seen(made)["fields"]["links"] == [city.item]
    assert city.town("quota", "--year", 2026)["discovery"]["in_review"] == before, "no discovery credit by itself"


def p05(city: City) -> None:
    city.publish("pilot_platform", [{"name": "市级机器人中试平台", "kind": "中试平台", "level": "市", "stage": "in_library"}])
    city.town("sync")
    assert "市级机器人中试平台" in city.titles("pilot", "--part", "platforms")


def p07(city: City) -> None:
    resource(city, "中试代工厂", "压铸代工厂", capacity="月 2 万件", moq=500, lead_time_days=20)
    assert city.titles("pilot", "--part", "makers", "--search", "yzdgc") == {"压铸代工厂"}


def p09(city: City) -> None:
    city.notice("政策", "中试平台体系若干意见", body="打造 50 家重点中试平台。", doc_no="东府办〔2024〕1 号")
    assert city.titles("policy", "--part", "policy", "--search", "若干意见") == {"中试平台体系若干意见"}
    (row,) = city.town("list", "--kind", "notice", "--search", "若干意见")["rows"]
    city.town("read", row["id"])
    city.town("sync")
    (sent,) = city.centre("notice", "list", "--title", "若干意见")["notices"]
    assert sent["read"] == 1


def p11(city: City) -> None:
    before = city.town("quota", "--year", 2026)["city"]["pilot"]["counted"]
    made = city.made(city.town, "pilot_platform", name=city.title("重点中试平台"), kind="中试平台", host_org=company(), field="新材料",
                     level="省")  # fmt: skip
    assert city.seen(made)["fields"]["level"] == "省"
    assert city.town("quota", "--year", 2026)["city"]["pilot"]["counted"] == before, "a counter apart from the nine"


# -------------------------------------------------------------------------------------- Dalian's and Guangzhou's


def l03(city: City) -> None:
    city.made(city.town, "blocker", subject=city.item, kind="资金", description="首批订单垫资困难，银行要求抵押。", since="2026-03-02",
              help_wanted="请季度例会协调。")  # fmt: skip
    city.notice("通报", "2026 年第一季度通报")
    assert holds(city.report("bulletin", period="2026Q1"), "首批订单垫资困难")
    assert "2026 年第一季度通报" in city.titles("policy", "--part", "notices")


def l04(city: City) -> None:
    city.notice("通报", "3 月重点成果月度通报")
    title = city.title("本月重点成果")
    school = {"name": "东莞理工学院", "uscc": "12441900MF0000013N", "org_kind": "高校"}
    city.send(city.institute, city.find(city.institute, "achievement", title, org=school, high_quality=True))
    assert holds(city.report("monitoring", city.institute, period="2026-03"), title)
    assert "3 月重点成果月度通报" in city.titles("policy")


def l05(city: City) -> None:
    visit = city.draft(city.town, "visit", org=company(), place=city.title("二楼会议室"), planned_on="2026-03-19", due_on="2026-03-25",
                       next_step="约回访")  # fmt: skip
    assert city.seen(visit)["steps"] == ["started", "cancelled"]
    assert (visit, "2026-03-19") in [(one["id"], one["due"]) for one in city.todo("due")], "a planned visit is due"
    assert city.town("stage", visit, "started", status=(3,))["results"][0]["problems"][0]["code"] == "REQUIRED"
    city.town("edit", visit, "--file", "-", stdin={"started_at": "2026-03-19T01:30:00Z"})
    city.town("stage", visit, "started")
    found = city.town("convert", visit, "demand")["id"]
    city.paper(city.town, visit, "visit_photo", doc_on="2026-03-19")
    city.town("edit", visit, "--file", "-", stdin={"ended_at": "2026-03-19T03:00:00Z", "visitors": ["李敏"], "met": ["王工"],
              "purpose": "挖掘需求", "minutes": "企业愿意委托研发，约定两周内回访技术总监。"})  # fmt: skip
    for stage in ("done", "written"):
        city.town("stage", visit, stage)
    city.send(city.town, visit)
    assert (city.seen(visit)["stage"], city.seen(visit)["fields"]["finds"]) == ("written", [found])
    assert city.seen(found)["fields"]["visit_id"] == visit
    assert [one["due"] for one in city.todo("due") if one["id"] == visit] == ["2026-03-25"], "now what was agreed"


def l06(city: City) -> None:
    item = city.taken(city.town, "achievement", city.title("台账项目"), found_on="2026-02-10")
    row = city.made(city.town, "ledger_row", month="2026-03", subject=item, progress="完成首轮试制。", responsible="长安镇 李敏")
    assert holds(city.report("ledger", period="2026-03"), "完成首轮试制。")
    city.accept(city.town, row)
    city.today("2026-04-06")
    refused = city.town("edit", row, "--file", "-", stdin={"progress": "补写"}, status=(3,))
    assert refused["error"]["problems"][0]["code"] == "MONTH_FROZEN"


def l07(city: City) -> None:
    item = city.taken(city.town, "achievement", city.title("推给虎门"), disclosure="限定")

    def offered() -> list[str]:
        city.publish("achievement", [{"id": item, "units": [HUMEN]}])
        city.other("sync")
        return [one["text"] for one in city.todo("task", who=city.other) if "推给虎门" in one["title"]]

    assert ["记 1 条服务记录" in one for one in offered()] == [True], "told at once, as something to do"
    assert len(offered()) == 1, "and only once"
    assert city.seen(item, city.other)["unit"] == CHANGAN
    city.log(city.other, item, content="愿意认领：虎门有两家企业可承接中试。")
    city.centre("assign", item, "--unit", HUMEN)
    city.other("sync")
    assert city.seen(item, city.other)["server"]["responsible"]["unit"] == HUMEN


def l08(city: City) -> None:
    notes = city.folder / "说明.txt"
    notes.write_text("本月新增两项重大进展。", "utf-8")
    assert holds(city.report("monitoring", city.institute, period="2026-03", notes=str(notes)), "本月新增两项重大进展。")


def l09(city: City) -> None:
    city.notice("标准", "成果评审办法", body="从科技含量、经济效益、转化效率三类标准评价。")
    assert "成果评审办法" in city.titles("policy", "--part", "policy") and city.seen(city.item)["evaluations"]


def l12(city: City) -> None:
    before = city.town("quota", "--year", 2026)["city"]["events"]["counted"]
    for kind in ("推介会", "发布会", "科技招商"):
        event = city.draft(city.town, "event", title=city.title(kind), kind=kind, host_unit="长安镇", starts_on="2026-03-10",
                           ends_on="2026-03-11", place="深圳", sign_ins=[{"person": "李总"}])  # fmt: skip
        for stage in ("published", "held"):
            city.town("stage", event, stage)
        city.send(city.town, event)
        city.accept(city.town, event, "confirmed")
        assert city.seen(event)["stage"] == "confirmed"
    assert city.town("quota", "--year", 2026)["city"]["events"]["counted"] == before, "these have counters of their own"


def l14(city: City) -> None:
    block = city.made(city.town, "blocker", subject=city.item, kind="用地", description="中试车间用地指标不足。", since="2026-03-01",
                      help_wanted="请自然资源部门一事一议。")  # fmt: skip
    city.centre("review", block, "accept")
    city.centre("stage", block, "routed", "--set", "owner_dept=市自然资源局")
    for stage in ("studying", "one_case"):
        city.centre("stage", block, stage)
    city.centre("stage", block, "resolved", "--set", "one_case=true", "--set", "decision=同意租赁标准厂房", "--set", "resolved_on=2026-03-19")
    city.town("sync")
    held = city.seen(block)
    assert held["stage"] == "resolved" and held["fields"].items() >= {"one_case": True, "decision": "同意租赁标准厂房"}.items()
    assert "中试车间用地指标不足。" in " ".join(city.titles("work", "--part", "blocker", "--search", "用地指标"))
    assert holds(city.report("policy", period="2026Q1"), "中试车间用地指标不足。")


def l16(city: City) -> None:
    item = city.taken(city.town, "achievement", city.title("学科性公司"))
    for content in ("完成公司名称核准，确定股权比例。", "签订作价入股协议，办理场地租赁。"):
        city.log(city.town, item, mode="登记", content=content)
    assert city.titles("work", "--part", "service_log", "--search", "作价入股")
    claim = city.draft(city.town, "landing", title="企业类落地", subject=item, route="ENT", place=CHANGAN, mode="新注册")
    assert "business_licence" in city.town("check", claim)["missing_evidence"]


def l17(city: City) -> None:
    call = "2026Q1 高端装备需求征集"
    city.publish("calls", [call])
    city.notice("任务", "2026 年第一季度需求征集", due_on="2026-03-31")
    assert "2026 年第一季度需求征集" in [one["title"] for one in city.todo("task")]
    title = city.title("征集来的需求")
    city.send(city.town, city.find(city.town, "demand", title, call_id=call))
    assert holds(city.report("demands", period="2026Q1"), title)


def l22(city: City) -> None:
    item = city.taken(city.town, "achievement", city.title("全周期"))
    city.centre("evaluate", item, "--kind", "key", "--recommender", "科研院所", "--report-no", "4")
    city.centre("assign", item, "--unit", CHANGAN, "--liaison", "李敏")
    city.town("sync")
    seen = city.seen(item)
    assert (seen["stage"], seen["steps"], seen["server"]["responsible"]["liaison"]) == ("assigned", ["advancing", "stalled"], "李敏")
    way = [one["changes"]["workflow"][1] for one in seen["timeline"] if "workflow" in one["changes"]]
    assert {"submitted", "accepted"} <= set(way), "the road it came"
    city.town("stage", item, "advancing")
    assert city.seen(item)["stage"] == "advancing"


def l24(city: City) -> None:
    assert holds(city.report("performance", period="2026Q1"), "技术合同")


def l25(city: City) -> None:
    claim = city.town("list", "--kind", "landing", "--workflow", "accepted")["rows"][0]
    subject = city.seen(city.seen(claim["id"])["fields"]["subject"])["fields"]["title"]
    rows = city.report("landings", period="2026Q2")
    assert holds(rows, subject) and holds(rows, "技术合同") and holds(rows, "付款证明"), "the landing with its proofs"


def g01(city: City) -> None:
    made = city.draft(city.town, "achievement", title=city.title("财政项目成果"), owner_org=company(), found_on="2026-03-10", secrecy="非密",
                      fund_source="财政", accepted=True)  # fmt: skip
    assert "acceptance_no" in {one["field"] for one in city.town("check", made)["problems"] if one["code"] == "REQUIRED"}
    file = city.folder / "旧台账.xlsx"
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["成果名称", "第一完成单位", "成果登记号", "发现日期"])
    book.active.append([city.title("导入的成果"), "东莞市甲科技有限公司", "4412025Y0999", "2026-03-01"])
    book.save(file)
    found = city.town("import", "achievement", file)
    assert found["added"] == 1, found["problems"]
    assert len(city.town("undo-import", found["batch"])["removed"]) == 1


def g03(city: City) -> None:
    call = "2026Q1 模具行业需求征集"
    city.publish("calls", [call])
    city.town("sync")
    made = city.find(city.town, "demand", city.title("征集机制"), call_id=call)
    assert city.town("check", made)["verdict"] == "count"
    city.send(city.town, made)
    assert city.seen(made)["fields"]["title"] in city.titles("demands", "--search", "征集机制")


def g06(city: City) -> None:
    notes = city.folder / "年度说明.txt"
    notes.write_text("本年度许可 2 项。", "utf-8")
    made = city.institute("report", "institute", "--period", 2026, "--state", "--notes", notes)["record"]
    held = city.seen(made, city.institute)["fields"]
    assert held["state"] == "定稿" and held["rows"] and held["notes"] == "本年度许可 2 项。", "filled from records, stated by the program"
    city.paper(city.institute, made, "report_scan")
    city.send(city.institute, made)
    assert city.centre("review", made, "show")["fields"]["rows"] == held["rows"]


def g08(city: City) -> None:
    city.notice("名单", "技术合同登记机构名单", body="东莞市技术合同登记处：南城街道。")
    assert "技术合同登记机构名单" in city.titles("policy", "--part", "notices", "--search", "登记机构")
    need = city.taken(city.town, "demand", city.title("合同登记"))
    city.today("2026-05-20")
    claim = city.claim(city.town, need, city.title("已登记的合同"), reg_no="20264419000001", reg_office="东莞市技术合同登记处")
    city.paper(city.town, claim, "contract_registration", doc_on="2026-05-12")
    city.town("sync")
    assert city.centre("review", claim, "show")["fields"]["reg_no"] == "20264419000001"


def g18(city: City) -> None:
    (held,) = city.town("list", "--kind", "event", "--search", "新材料对接会")["rows"]
    event = city.draft(city.town, "event", title=city.title("取消的对接会"), kind="对接会", host_unit="长安镇", starts_on="2026-03-19",
                       ends_on="2026-03-19", place="线上", online=True)  # fmt: skip
    city.town("stage", event, "published")
    city.town("stage", event, "cancelled", "--note", "台风停办")
    city.town("sync")
    assert (held["stage"], city.seen(event)["stage"]) == ("confirmed", "cancelled")
    assert city.town("quota", "--year", 2026)["city"]["events"]["counted"] == 1, "confirmed counts, cancelled does not"
