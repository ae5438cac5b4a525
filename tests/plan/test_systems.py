"""Every system of the plan that decides (priority A and B): its duty, the place that fulfils it, and that it does.

``systems.csv`` holds the rows (from the plan texts of Dongguan, Dalian and Guangzhou) with the places: a kind of
record, a page, a command, a command of the centre, a library, a report or a kind of notice. A place must exist, and
each row is gone through here against a real platform. The functions carry the row's id; one that is missing fails.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from desktop import reporting, transfer
from desktop.app import factories
from desktop.commands import COMMANDS
from desktop.pages.libraries import LIBRARIES, read_library
from sync.conversions import demand_from_request, find_from_visit
from sync.domain.kinds import KINDS
from sync.domain.lists import NOTICE_KINDS
from sync.errors import Refused
from sync.reports import periods
from sync.reports.catalogue import REPORTS
from sync.server import commands
from tests.plan.conftest import CHANGAN, DGUT, HUMEN, Centre, Laptop, company, serving

TABLE = Path(__file__).with_name("systems.csv")
with TABLE.open(encoding="utf-8") as opened:
    ROWS = {row["id"]: row for row in csv.DictReader(opened)}
SEEN_ON = "2026-03-20"


class City:
    """A town, its neighbour and an institute, with one item of each sort under way; shared by all rows."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.town, self.other, self.institute = centre.laptop(), centre.laptop(HUMEN, "陈志强"), centre.laptop(DGUT, "周思远")
        self.number = 0
        self.item = self.taken(self.town, "achievement", "高光压铸模具原位检测装置", disclosure="公开", catalogue_ok=True)
        self.need = self.taken(self.town, "demand", "压铸模具纳米涂层")
        centre("evaluate", self.item, "--kind", "key", "--recommender", "龙头链主企业", "--report-no", "推荐函 1 号")
        self.town.sync()

    def title(self, words: str) -> str:
        self.number += 1
        return f"{words}（{self.number}）"

    def taken(self, laptop: Laptop, kind: str, title: str, **more: Any) -> str:
        """A find the centre has accepted."""
        made: str = getattr(laptop, kind)(title, **more)
        laptop.sync()
        self.centre("review", made, "accept")
        laptop.sync()
        return made

    def made(self, laptop: Laptop, what: str, /, **values: Any) -> str:
        """A record of a secondary kind, submitted and received."""
        record: str = laptop.w.add(what, [values])[0]
        laptop.sent(record)
        laptop.sync()
        assert laptop.w.get(record).workflow == "submitted"
        return record

    def asked(self, laptop: Laptop, kind: str, content: str) -> str:
        """What a company asks for, entered on a visit."""
        return self.made(laptop, "request", org=company(), kind=kind, content=content, contact="13800000000", raised_on="2026-03-12")

    def notice(self, kind: str, title: str, **more: str) -> None:
        words = [word for name, value in more.items() for word in (f"--{name.replace('_', '-')}", value)]
        self.centre("notice", "add", "--kind", kind, "--title", title, "--unit", CHANGAN, *words)
        self.town.sync()

    def published(self, kind: str, rows: list[Any]) -> Any:
        file = self.centre.folder / "published.json"
        file.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
        return self.centre("publish", kind, "--file", file)

    def report(self, key: str, laptop: Laptop | None = None, day: date = date(2026, 3, 20)) -> list[list[Any]]:
        """The rows of a report, as they stand in the spreadsheet that goes to the office."""
        whose, declared = laptop or self.town, REPORTS[key]
        filled, _record = reporting.read(whose.w, declared, periods.current(declared.period, day))
        out = self.centre.folder / f"{key}.xlsx"
        reporting.export(filled, out)
        sheet = openpyxl.load_workbook(out).active
        assert sheet is not None
        return [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]

    def library(self, key: str, part: str = "", words: str = "", laptop: Laptop | None = None) -> set[str]:
        """Titles a library shows, without a line."""
        return {row.title for row in read_library((laptop or self.town).w, key, part, words).rows}


@pytest.fixture(scope="module")
def city(fresh_platform: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with serving(fresh_platform, tmp_path_factory.mktemp("city")) as centre:
        made = City(centre)
        yield made
        centre.verify()


# ------------------------------------------------------------------------------------------------- the table


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


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row["id"])
def test_every_place_is_there(row: dict[str, str]) -> None:
    there = known_places()
    assert [(what, name) for what, name in places(row) if name not in there[what]] == []


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row["id"])
def test_every_duty_can_be_done(row: dict[str, str], city: City) -> None:
    act: Callable[[City], None] = globals()[row["id"].lower()]
    city.centre.day(SEEN_ON)
    act(city)


# ------------------------------------------------------------------------------------------- Dongguan's plan


def d02(city: City) -> None:
    two = city.centre.laptop(CHANGAN, "副手")
    two.sync()
    two.w.edit(city.need, {"goal": "寿命提高一倍"})
    city.town.w.edit(city.need, {"goal": "寿命提高两倍"})
    two.sync()
    city.town.sync()
    (clash,) = city.town.w.conflicts()
    city.town.w.resolve(clash.record, clash.field, "theirs")
    city.town.sync()
    assert not city.town.w.conflicts() and city.town.w.get(city.need).papers[0].state == "complete"
    stats = city.centre("stats", "--year", 2026)
    own = next(one for one in stats["units"] if one["unit"] == CHANGAN)
    assert own["discovery"]["counted"] >= 2 and own["last_sync"]
    city.centre("review", city.need, "accept")


def d04(city: City) -> None:
    a = city.town
    first, twin, poor = (a.achievement(city.title(words)) for words in ("发现库甲", "发现库乙", "发现库丙"))
    a.paper(first, "ip_certificate")
    a.sync()
    number = city.centre("review", first, "accept")["number"]
    city.centre("review", twin, "merge", "--into", first)
    city.centre("review", poor, "return", "--remark", "intro=请写明指标")
    a.sync()
    assert a.w.get(first).facts["number"] == number and number in {row.number for row in a.w.rows(("achievement",)).rows}
    assert [a.w.get(one).workflow for one in (first, twin, poor)] == ["accepted", "merged", "returned"]
    assert a.w.get(poor).facts["remarks"][0]["field"] == "intro" and any(one.id == poor for one in a.duties("returned"))
    assert a.w.get(first).fields["title"] in city.library("finds")


def d05(city: City) -> None:
    a = city.town
    made = a.w.add("demand", [{"title": city.title("没有需求书"), "org": company(), "found_on": "2026-03-10", "budget_fen": 9_999_999}])[0]
    said = a.w.check(made)
    assert "LETTER_MISSING" in said.codes and "BUDGET_BELOW_MIN" in said.codes and said.missing == ["demand_letter"]
    assert a.w.submit([made])[0].workflow == "draft"
    assert "压铸模具纳米涂层" in city.library("demands") and a.w.get(city.need).facts["counted"]["credit"] == 1


def d06(city: City) -> None:
    a = city.town
    assert a.w.get(city.item).stage in ("in_service", "assigned", "advancing", "stalled", "landed")
    assert "高光压铸模具原位检测装置" in city.library("service")
    log = a.log(city.item)
    a.sync()
    city.centre("review", log, "accept")
    a.sync()
    assert a.w.quota(2026)["service"]["counted"] >= 1


def d07(city: City) -> None:
    a = city.town
    broker = a.w.add("broker", [{"name": "何经纪", "cert_level": "高级", "cert_base": "国家技术转移人才培养基地（东莞）", "cert_no": "DG-1",
                                 "issued_on": "2025-05-01", "phone": "13800000000", "consent": True, "fields": ["新材料"]}])[0]  # fmt: skip
    a.paper(broker, "broker_certificate")
    a.sent(broker)
    a.sync()
    city.centre("review", broker, "accept")
    city.centre("stage", broker, "verifying")
    city.centre("stage", broker, "admitted")
    city.published("broker", [{"name": "莫经纪", "cert_level": "中级", "cert_no": "GD-2", "stage": "admitted"}])
    a.sync()
    assert a.w.get(broker).stage == "admitted" and {"何经纪", "莫经纪"} <= city.library("brokers")
    assert city.library("brokers", words="mjj") == {"莫经纪"}


def d08(city: City) -> None:
    a = city.town
    ask = city.asked(a, "技术", "铸件气孔率偏高，求真空压铸工艺支持。")
    city.centre("review", ask, "accept")
    city.centre("stage", ask, "triaged")
    city.centre("stage", ask, "answered", "--set", "replies=建议委托东莞理工学院")
    a.sync()
    assert a.w.get(ask).fields["status"] == "已答复" and a.w.get(ask).fields["entered_by"] == "李敏"
    need = demand_from_request(a.w, ask)
    assert a.w.get(need).fields["request_id"] == ask and a.w.stage(ask, "converted").problems == []
    a.sync()
    assert a.w.get(ask).stage == "converted"


def d09(city: City) -> None:
    city.published("achievement", [{"id": city.item}])
    city.other.sync()
    assert "高光压铸模具原位检测装置" in city.library("cases", laptop=city.other)
    hidden = city.taken(city.town, "achievement", city.title("内部成果"), disclosure="内部")
    with pytest.raises(Refused):
        city.published("achievement", [{"id": hidden}])


def d11(city: City) -> None:
    who = city.town.w.required()
    assert (who.unit_name, who.liaison_name) == ("长安镇", "李敏") and city.town.w.feed.facts("unit")["code"] == CHANGAN
    leaving = city.centre.laptop("441900110", "旧人")
    draft = leaving.w.add("visit", [{"org": company(), "place": "会议室"}])[0]
    leaving.sync()
    successor = city.centre.enrolled(city.centre("liaison", "hand-over", "--unit", "441900110", "--to", "新人")["code"])
    successor.sync()
    assert successor.w.get(draft).workflow == "draft" and successor.w.quota(2026)["discovery"]["target"] is not None
    states = {one["liaison_name"]: one["state"] for one in city.centre("device", "list")["devices"] if one["unit"] == "441900110"}
    assert states == {"旧人": "revoked", "新人": "active"}


def d12(city: City) -> None:
    city.centre("target", "set", "--unit", HUMEN, "--year", 2026, "--metric", "发现", "--value", 25)
    city.other.sync()
    found = city.other.w.quota(2026)["discovery"]
    assert {"target", "counted", "in_review", "returned", "unsent", "gap", "percent", "history"} <= found.keys()
    assert found["target"] == 25 and any("25" in row.title for row in city.other.w.rows(("notice",)).rows)


def d13(city: City) -> None:
    item = city.taken(city.town, "achievement", city.title("常规评价"), completed_ym="2025-06")
    city.centre("evaluate", item, "--kind", "regular", "--score-tech", 90, "--score-econ", 80, "--score-transfer", 70, "--market",
                "--innovation", "--economic", "--report-on", SEEN_ON)  # fmt: skip
    city.town.sync()
    (row,) = city.town.w.rows(("evaluation",), about=item).rows
    told = [row.fields[name] for name in ("score_tech", "score_econ", "score_transfer", "has_market", "verdict")]
    assert told == [90, 80, 70, True, "入服务库"]
    old = city.taken(city.town, "achievement", city.title("过了两年"), completed_ym="2023-01")
    said = city.centre("evaluate", old, "--kind", "regular", "--market", "--innovation", "--economic", "--report-on", SEEN_ON)
    assert said["verdict"] == "not_selected" and "OLDER_THAN_2Y" in said["codes"]


def d14(city: City) -> None:
    item = city.taken(city.town, "achievement", city.title("书面推荐"))
    city.town.paper(item, "recommendation_letter")
    city.town.sync()
    assert city.centre("evaluate", item, "--kind", "key", "--recommender", "科研院所")["stage"] == "in_service"
    other = city.taken(city.town, "achievement", city.title("口头推荐"))
    assert city.centre("evaluate", other, "--kind", "key", "--recommender", "科研院所")["codes"][0] == "NOT_WRITTEN"
    far = city.centre("evaluate", other, "--kind", "key", "--recommender", "科研院所", "--report-no", "深函 1 号", "--outside")
    assert (far["verdict"], far["codes"][0]) == ("not_selected", "RECOMMENDER_NOT_ELIGIBLE"), "only those of our city"
    city.town.sync()
    assert city.town.w.get(item).stage == "in_service"


def d15(city: City) -> None:
    made = city.centre("evaluate", city.item, "--kind", "fast", "--advice", "入驻创新创业综合体；期限=2026-05-01；责任=科创集团")["id"]
    city.town.sync()
    advice = [one for one in city.town.duties("advice") if "综合体" in one.text]
    assert [(one.id, one.due) for one in advice] == [(city.item, "2026-05-01")]
    city.town.w.follow(made, 1)
    assert not [one for one in city.town.duties("advice") if "综合体" in one.text]


def d16(city: City) -> None:
    city.asked(city.town, "咨询", "请组织对原位检测装置作公允价值评价。")
    item = city.taken(city.town, "achievement", city.title("待估值"), claimed_value_fen=20_000_000_000, valuation_wanted=True)
    listed = city.centre("review", "list", "--state", "accepted")["rows"]
    assert next(one["wants"] for one in listed if one["id"] == item) == ["valuation_wanted"], "the centre sees who asks"
    assert not city.town.w.get(item).facts.get("escalated"), "the owner's own figure raises nothing"
    city.centre("evaluate", item, "--kind", "fair_value", "--value-fen", 5_000_000_000, "--appraiser", "某评估", "--report-on", SEEN_ON)
    city.town.sync()
    (row,) = city.town.w.rows(("evaluation",), about=item).rows
    assert (row.fields["value_fen"], row.fields["report_on"]) == (5_000_000_000, SEEN_ON)


def d17(city: City) -> None:
    item = city.taken(city.town, "achievement", city.title("包干项目"))
    city.centre("evaluate", item, "--kind", "key", "--recommender", "科研院所", "--report-no", "2")
    city.centre("assign", item, "--unit", HUMEN, "--liaison", "陈志强", "--due-on", "2026-03-15")
    city.other.sync()
    task = next(one for one in city.other.duties("assignment") if one.id == item)
    assert task.due == "2026-03-15", "overdue at once"
    city.other.log(item, next_step="约中试平台", due_on="2026-03-25")
    city.other.sync()
    assert city.other.w.get(item).stage == "advancing"
    assert any(one.what == "due" and one.text == "约中试平台" for one in city.other.w.todo())
    assert next(one for one in city.other.duties("assignment") if one.id == item).problem.values["count"] == 1


def d18(city: City) -> None:
    a = city.town
    need = city.taken(a, "demand", city.title("待落地"))
    poor = a.w.add("landing", [{"title": "缺证明的落地", "subject": need, "route": "DEM", "place": CHANGAN}])[0]
    said = a.w.check(poor)
    assert said.verdict == "not_met" and {"tech_contract", "payment_proof"} <= set(said.missing)
    for stage in ("matching", "matched"):
        a.w.stage(need, stage)
    a.sync()
    city.centre.day("2026-05-20")
    claim = a.landing(need, title=city.title("合作落地"))
    a.sync()
    city.centre("review", claim, "return", "--remark", "payment_proof=请附银行回单")
    a.sync()
    assert a.w.get(claim).workflow == "returned"
    a.paper(claim, "payment_proof", "回单", doc_on="2026-05-10")
    a.sent(claim)
    a.sync()
    city.centre("review", claim, "accept")
    a.sync()
    assert a.w.get(claim).facts["counted"]["credit"] == 1 and a.w.get(need).stage == "fulfilled"
    city.centre.day(SEEN_ON)


def d19(city: City) -> None:
    quiet = city.institute.w
    city.institute.sync()
    assert quiet.quota(2026)["landing"]["target"] is None and quiet.quota(2026)["landing"]["state"] == "not_issued"
    city.centre("target", "set", "--unit", CHANGAN, "--year", 2026, "--metric", "落地", "--value", 2)
    city.notice("通报", "2026 年度成果发现和落地情况通报")
    assert city.town.w.quota(2026)["landing"]["target"] == 2
    assert any("长安镇" in str(cell) for row in city.report("notification") for cell in row)
    out = city.centre.folder / "年度通报.xlsx"
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
    city.town.sync()
    held = city.town.w.get(block)
    assert (held.stage, held.fields["owner_dept"], held.fields["decision"]) == ("routed", "市生态环境局", "5 个工作日内办结")


def d21(city: City) -> None:
    name = city.title("电池材料中试平台")
    pilot = city.town.w.add("pilot_platform", [{"name": name, "kind": "中试平台", "host_org": company(), "field": "新能源"}])[0]
    assert city.town.w.stage(pilot, "applied").problems == []
    city.town.sent(pilot)
    city.town.sync()
    city.centre("review", pilot, "accept")
    for stage in ("selecting", "in_library", "supported"):
        city.centre("stage", pilot, stage)
    city.town.sync()
    assert city.town.w.get(pilot).fields["status"] == "支持建设" and name in city.library("pilot", "platforms")
    assert city.town.w.quota(2026)["city"]["pilot"]["counted"] >= 1


def d27(city: City) -> None:
    city.notice("会议", "年度成果发布会定于 6 月 18 日", due_on="2026-06-18")
    event = city.made(city.town, "event", title=city.title("年度发布会"), kind="发布会", host_unit="长安镇", starts_on="2026-03-18",
                      ends_on="2026-03-18", place="会展中心", items=[city.item])  # fmt: skip
    city.town.paper(city.item, "consent", "发布")
    assert city.town.w.get(event).fields["items"] == [city.item] and city.town.w.get(city.item).fields["catalogue_ok"] is True
    assert any(row.fields.get("due_on") == "2026-06-18" for row in city.town.w.rows(("notice",)).rows)


def d30(city: City) -> None:
    before = city.town.w.quota(2026)["city"]["events"]["counted"]
    event = city.town.w.add("event", [{
        "title": city.title("新材料对接会"), "kind": "对接会", "host_unit": "长安镇", "starts_on": "2026-03-17", "ends_on": "2026-03-17",
        "place": "线上", "online": True, "items": [city.item, city.need],
        "sign_ins": [{"person": "王工", "org": "甲公司", "phone": "13800000000"}],
        "intentions": [{"demand": "纳米涂层", "achievement": "原位检测"}],
    }])[0]  # fmt: skip
    for stage in ("published", "held"):
        assert city.town.w.stage(event, stage).problems == []
    city.town.sent(event)
    city.town.sync()
    city.centre("review", event, "accept")
    city.centre("stage", event, "confirmed")
    city.town.sync()
    assert city.town.w.quota(2026)["city"]["events"]["counted"] == before + 1


def d31(city: City) -> None:
    city.notice("政策", "2026 年成果转化工作方案", body="重点关注发现数、落地数、服务数等关键数据。")
    assert city.library("policy", words="工作方案") == {"2026 年成果转化工作方案"}
    assert all(isinstance(city.town.w.quota(2026)[metric]["counted"], int | float) for metric in ("discovery", "landing", "service"))


def d32(city: City) -> None:
    a = city.town
    item = city.taken(a, "achievement", city.title("重大成果"))
    city.centre("evaluate", item, "--kind", "key", "--recommender", "科研院所", "--report-no", "3")
    city.centre("assign", item, "--unit", CHANGAN)
    city.centre("evaluate", item, "--kind", "fair_value", "--value-fen", 10_000_000_000)
    a.sync()
    assert a.w.get(item).facts["escalated"] is True and a.w.get(item).facts["responsible"]["level"] == "提级"
    assert any(a.w.get(item).fields["title"] in row for row in city.report("tracking"))
    a.log(item, "2026-03-18")
    a.sync()
    city.centre.day("2026-06-17")
    assert not [one for one in a.duties("stuck") if one.id == item], "89 days after it was taken over"
    city.centre.day("2026-06-18")
    (stuck,) = [one for one in a.duties("stuck") if one.id == item]
    assert stuck.problem.code == "SUGGEST_ESCALATION" and "建议提级" in _sentence(stuck)
    block = city.made(a, "blocker", subject=item, kind="资金", description="企业首期资金三个月未到位。", since="2026-06-18",
                      help_wanted="请提级协调天使基金。")  # fmt: skip
    assert not [one for one in a.duties("stuck") if one.id == item], "help was asked for"
    city.centre("review", block, "accept")
    city.centre("stage", block, "escalated", "--note", "报市领导", "--set", "decision=6 月底前召开协调会")
    a.sync()
    assert a.w.get(block).stage == "escalated" and a.w.get(block).fields["decision"] == "6 月底前召开协调会"
    city.centre.day(SEEN_ON)


def _sentence(todo: Any) -> str:
    from sync.domain.problems import sentence

    return sentence(todo.problem)


# ------------------------------------------------------------------------------------------------ pilot scale


def _resource(city: City, kind: str, title: str, **more: Any) -> str:
    more = {"org": company(), "field": "新能源", "description": "一条中试资源的说明。", **more}
    return city.made(city.town, "pilot_resource", kind=kind, title=title, **more)


def p02(city: City) -> None:
    assert set(LIBRARIES["pilot"].parts) == {"solutions", "needs", "platforms", "equipment", "makers"}
    assert {part.words[0] for part in LIBRARIES["pilot"].parts.values()} == {"中试解决方案", "中试需求", "中试平台", "中试设备", "中试代工厂"}


def p03(city: City) -> None:
    _resource(city, "中试解决方案", "涂布放大方案")
    city.published("pilot_resource", [{"kind": "中试解决方案", "title": "粉体放大方案", "description": "从公斤级到吨级"}])
    city.town.sync()
    assert {"涂布放大方案", "粉体放大方案"} <= city.library("pilot", "solutions")
    assert city.library("pilot", "solutions", "吨级") == {"粉体放大方案"}


def p04(city: City) -> None:
    before = city.town.w.quota(2026)["discovery"]["in_review"]
    made = _resource(city, "中试需求", "电解质薄膜中试", links=[city.item])
    assert city.town.w.get(made).fields["links"] == [city.item]
    assert city.town.w.quota(2026)["discovery"]["in_review"] == before, "no discovery credit by itself"


def p05(city: City) -> None:
    city.published("pilot_platform", [{"name": "市级机器人中试平台", "kind": "中试平台", "level": "市", "stage": "in_library"}])
    city.town.sync()
    assert "市级机器人中试平台" in city.library("pilot", "platforms")


def p07(city: City) -> None:
    _resource(city, "中试代工厂", "压铸代工厂", capacity="月 2 万件", moq=500, lead_time_days=20)
    assert city.library("pilot", "makers", "yzdgc") == {"压铸代工厂"}


def p09(city: City) -> None:
    city.notice("政策", "中试平台体系若干意见", body="打造 50 家重点中试平台。", doc_no="东府办〔2024〕1 号")
    assert city.library("policy", "policy", "若干意见") == {"中试平台体系若干意见"}
    (row,) = city.town.w.rows(("notice",), search="若干意见").rows
    city.town.w.mark_read([row.id])
    city.town.sync()
    (sent,) = city.centre("notice", "list", "--title", "若干意见")["notices"]
    assert sent["read"] == 1


def p11(city: City) -> None:
    before = city.town.w.quota(2026)["city"]["pilot"]["counted"]
    city.made(city.town, "pilot_platform", name=city.title("重点中试平台"), kind="中试平台", host_org=company(), field="新材料", level="省")
    levels = [row.fields.get("level") for row in city.town.w.rows(("pilot_platform",)).rows]
    assert "省" in levels and city.town.w.quota(2026)["city"]["pilot"]["counted"] == before, "a counter apart from the nine"


# -------------------------------------------------------------------------------------- Dalian's and Guangzhou's


def l03(city: City) -> None:
    city.notice("通报", "2026 年第一季度通报")
    assert any("审批" in str(cell) or "堵点" in str(cell) for row in city.report("bulletin") for cell in row)


def l04(city: City) -> None:
    city.notice("通报", "3 月重点成果月度通报")
    made = city.institute.achievement(city.title("本月重点成果"), org={"name": "东莞理工学院", "uscc": "12441900MF0000013N", "org_kind": "高校"},
                                      high_quality=True)  # fmt: skip
    city.institute.sync()
    title = city.institute.w.get(made).fields["title"]
    assert any(title in str(cell) for row in city.report("monitoring", city.institute) for cell in row)
    assert "3 月重点成果月度通报" in {row.title for row in city.town.w.rows(("notice",)).rows}


def l05(city: City) -> None:
    a = city.town
    visit = a.w.add("visit", [{"org": company(), "place": city.title("二楼会议室"), "planned_on": "2026-03-19", "due_on": "2026-03-25",
                               "next_step": "约回访"}])[0]  # fmt: skip
    assert a.w.steps(visit) == ["started", "cancelled"]
    assert any(one.what == "due" and (one.id, one.due) == (visit, "2026-03-19") for one in a.w.todo()), "a planned visit is due"
    assert a.w.stage(visit, "started").problems[0].code == "REQUIRED"
    a.w.edit(visit, {"started_at": "2026-03-19T01:30:00Z"})
    assert a.w.stage(visit, "started").problems == []
    found = find_from_visit(a.w, visit, "demand")
    a.paper(visit, "visit_photo", doc_on="2026-03-19")
    a.w.edit(visit, {"ended_at": "2026-03-19T03:00:00Z", "visitors": ["李敏"], "met": ["王工"], "purpose": "挖掘需求",
                     "minutes": "企业愿意委托研发，约定两周内回访技术总监。"})  # fmt: skip
    assert a.w.stage(visit, "done").problems == [] and a.w.stage(visit, "written").problems == []
    a.sent(visit)
    a.sync()
    assert (a.w.get(visit).stage, a.w.get(visit).workflow) == ("written", "submitted") and a.w.get(visit).fields["finds"] == [found]
    assert [one.due for one in a.w.todo() if one.what == "due" and one.id == visit] == ["2026-03-25"], "now what was agreed"


def l06(city: City) -> None:
    a = city.town
    item = city.taken(a, "achievement", city.title("台账项目"), found_on="2026-02-10")
    row = a.w.add("ledger_row", [{"month": "2026-03", "subject": item, "progress": "完成首轮试制。", "responsible": "长安镇 李敏"}])[0]
    a.sent(row)
    a.sync()
    assert any("完成首轮试制。" in str(cell) for line in city.report("ledger") for cell in line)
    city.centre("review", row, "accept")
    a.sync()
    city.centre.day("2026-04-06")
    with pytest.raises(Refused) as refused:
        a.w.edit(row, {"progress": "补写"})
    assert refused.value.problems[0].code == "MONTH_FROZEN"
    city.centre.day(SEEN_ON)


def l07(city: City) -> None:
    item = city.taken(city.town, "achievement", city.title("推给虎门"), disclosure="限定")
    city.published("achievement", [{"id": item, "units": [HUMEN]}])
    city.other.sync()
    assert city.other.w.get(item).unit == CHANGAN
    asked = [one for one in city.other.duties("task") if "推给虎门" in one.title]
    assert len(asked) == 1 and "记 1 条服务记录" in asked[0].text, "told at once, as something to do"
    city.published("achievement", [{"id": item, "units": [HUMEN]}])
    city.other.sync()
    assert len([one for one in city.other.duties("task") if "推给虎门" in one.title]) == 1, "and only once"
    log = city.other.log(item, content="愿意认领：虎门有两家企业可承接中试。")
    city.other.sync()
    assert city.other.w.get(log).workflow == "submitted", "the platform takes a log on an item it has offered"
    city.centre("assign", item, "--unit", HUMEN)
    city.other.sync()
    assert city.other.w.get(item).facts["responsible"]["unit"] == HUMEN


def l08(city: City) -> None:
    report = REPORTS["monitoring"]
    period = periods.current(report.period, date(2026, 3, 20))
    reporting.keep_notes(city.institute.w, report, period, "本月新增两项重大进展。")
    assert any("本月新增两项重大进展。" in str(cell) for row in city.report("monitoring", city.institute) for cell in row)


def l09(city: City) -> None:
    city.notice("标准", "成果评审办法", body="从科技含量、经济效益、转化效率三类标准评价。")
    assert "成果评审办法" in city.library("policy", "policy")
    assert any(row.fields["subject"] == city.item for row in city.town.w.rows(("evaluation",)).rows)


def l12(city: City) -> None:
    for kind in ("推介会", "发布会", "科技招商"):
        before = city.town.w.quota(2026)["city"]["events"]["counted"]
        event = city.town.w.add("event", [{"title": city.title(kind), "kind": kind, "host_unit": "长安镇", "starts_on": "2026-03-10",
                                           "ends_on": "2026-03-11", "place": "深圳", "sign_ins": [{"person": "李总"}]}])[0]  # fmt: skip
        for stage in ("published", "held"):
            assert city.town.w.stage(event, stage).problems == []
        city.town.sent(event)
        city.town.sync()
        city.centre("review", event, "accept")
        city.centre("stage", event, "confirmed")
        city.town.sync()
        assert city.town.w.quota(2026)["city"]["events"]["counted"] == before, "these have counters of their own"


def l14(city: City) -> None:
    block = city.made(city.town, "blocker", subject=city.item, kind="用地", description="中试车间用地指标不足。", since="2026-03-01",
                      help_wanted="请自然资源部门一事一议。")  # fmt: skip
    city.centre("review", block, "accept")
    city.centre("stage", block, "routed", "--set", "owner_dept=市自然资源局")
    for stage in ("studying", "one_case"):
        city.centre("stage", block, stage)
    city.centre("stage", block, "resolved", "--set", "one_case=true", "--set", "decision=同意租赁标准厂房", "--set", "resolved_on=2026-03-19")
    city.town.sync()
    held = city.town.w.get(block)
    assert (held.stage, held.fields["one_case"], held.fields["decision"]) == ("resolved", True, "同意租赁标准厂房")
    assert any("中试车间用地指标不足。" in str(cell) for row in city.report("policy") for cell in row)


def l16(city: City) -> None:
    item = city.taken(city.town, "achievement", city.title("学科性公司"))
    for content in ("完成公司名称核准，确定股权比例。", "签订作价入股协议，办理场地租赁。"):
        city.town.log(item, mode="登记", content=content)
    city.town.sync()
    assert city.town.w.rows(("service_log",), about=item).total == 2
    claim = city.town.w.add("landing", [{"title": "企业类落地", "subject": item, "route": "ENT", "place": CHANGAN, "mode": "新注册"}])[0]
    assert {"business_licence"} <= set(city.town.w.check(claim).missing)


def l17(city: City) -> None:
    city.published("calls", ["2026Q1 高端装备需求征集"])
    city.notice("任务", "2026 年第一季度需求征集", due_on="2026-03-31")
    assert city.town.w.list_choices("calls") == ("2026Q1 高端装备需求征集",)
    made = city.town.demand(city.title("征集来的需求"), call_id="2026Q1 高端装备需求征集")
    city.town.sync()
    title = city.town.w.get(made).fields["title"]
    assert any(title in str(cell) for row in city.report("demands") for cell in row)
    assert any(one.title == "2026 年第一季度需求征集" for one in city.town.duties("task"))


def l22(city: City) -> None:
    from desktop.pages.life_steps import steps_of
    from desktop.pages.record_reading import read_record

    item = city.taken(city.town, "achievement", city.title("全周期"))
    city.centre("evaluate", item, "--kind", "key", "--recommender", "科研院所", "--report-no", "4")
    city.centre("assign", item, "--unit", CHANGAN, "--liaison", "李敏")
    city.town.sync()
    seen = read_record(city.town.w, item, whole=True)
    assert [step.state for step in steps_of(seen, date(2026, 3, 20))][:4] == ["done"] * 4, "the road map"
    assert seen.record.facts["responsible"]["liaison"] == "李敏" and seen.steps == ["advancing", "stalled"]
    assert city.town.w.stage(item, "advancing").problems == []


def l24(city: City) -> None:
    assert len(city.report("performance")) > 3


def l25(city: City) -> None:
    assert len(city.report("landings", day=date(2026, 5, 20))) > 3


def g01(city: City) -> None:
    made = city.town.w.add("achievement", [{"title": city.title("财政项目成果"), "owner_org": company(), "found_on": "2026-03-10",
                                            "secrecy": "非密", "fund_source": "财政", "accepted": True}])[0]  # fmt: skip
    assert "acceptance_no" in {one.field for one in city.town.w.check(made).problems if one.code == "REQUIRED"}
    file = city.centre.folder / "旧台账.xlsx"
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["成果名称", "第一完成单位", "成果登记号", "发现日期"])
    book.active.append([city.title("导入的成果"), "东莞市甲科技有限公司", "4412025Y0999", "2026-03-01"])
    book.save(file)
    found = transfer.bring_in(city.town.w, "achievement", file)
    assert found["added"] == 1, found["problems"]


def g03(city: City) -> None:
    d05(city)
    l17(city)


def g06(city: City) -> None:
    report = REPORTS["institute"]
    period = periods.current(report.period, date(2026, 3, 20))
    made = reporting.state(city.institute.w, report, period, "本年度许可 2 项。")
    held = city.institute.w.get(made)
    assert held.fields["state"] == "定稿" and held.fields["rows"], "filled from records and stated by the program"
    city.institute.paper(made, "report_scan")
    city.institute.sent(made)
    city.institute.sync()
    on_platform = city.centre("review", made, "show")["fields"]
    assert on_platform["rows"] == held.fields["rows"] and city.institute.w.get(made).workflow == "submitted"


def g08(city: City) -> None:
    city.notice("名单", "技术合同登记机构名单", body="东莞市技术合同登记处：南城街道。")
    assert "技术合同登记机构名单" in city.library("policy", "notices", "登记机构")
    need = city.taken(city.town, "demand", city.title("合同登记"))
    city.centre.day("2026-05-20")
    claim = city.town.landing(need, title=city.title("已登记的合同"), reg_no="20264419000001", reg_office="东莞市技术合同登记处")
    city.town.paper(claim, "contract_registration", doc_on="2026-05-12")
    city.town.sync()
    assert city.centre("review", claim, "show")["fields"]["reg_no"] == "20264419000001"
    city.centre.day(SEEN_ON)


def g18(city: City) -> None:
    d30(city)
