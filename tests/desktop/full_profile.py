"""A profile with something on every page: a town's year as its liaison and the platform have left it.

Counted, waiting, returned, in conflict, refused, only here, being uploaded; long names, another unit's records,
landings, the libraries, notices. Everything is written the way the product writes it: rows of a feed and own edits.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sync.messages import FeedRow, Page, link
from sync.records import RoundReport
from sync.workspace import Workspace, new_id
from tests.desktop.platform_rows import PlatformRows

PAPERS = Path(__file__).resolve().parents[2] / "resources" / "practice"
COMPANIES = (
    "东莞市榕岭数控刀具有限公司", "广东潮瀚海洋装备科技股份有限公司", "东莞市谷雨生物医药技术有限公司",
    "莞城微纳光子集成电路与先进封装联合研究院（东莞）股份有限公司长安分公司", "东莞鹤舞纺织机械厂", "广东砚池墨水喷头有限公司",
    "东莞市零点三五毫米连接器精密制造有限公司", "东莞三棵榕智能仓储有限公司",
)  # fmt: skip
THEMES = (
    "硬质合金刀具刃口钝化一致性提升", "深水养殖网箱姿态自适应控制", "重组胶原蛋白低内毒素纯化工艺",
    "硅光芯片与薄膜铌酸锂调制器异质集成封装中的热失配与长期可靠性评估方法", "喷气织机能耗在线优化", "压电喷头卫星墨滴抑制",
    "微型连接器端子共面度检测", "窄巷道堆垛机防摇摆控制", "注塑滑块磨损预测", "高频板铜箔低轮廓处理",
)  # fmt: skip
FIELDS = ("高端装备", "新材料", "生物医药及高端医疗器械", "半导体及集成电路", "新能源", "人工智能")


def fill(workspace: Workspace) -> dict[str, str]:
    """Fill an enrolled workspace; ids by what they are an example of."""
    says = PlatformRows(workspace)
    says.tell(targets=[{"unit": "441900119", "year": year, "metric": metric, "target": target}
                       for year in (2025, 2026) for metric, target in (("发现", 25), ("落地", 6))])  # fmt: skip
    orgs = [says.say("organisation", _company(name, n)) for n, name in enumerate(COMPANIES)]
    made = {"org": orgs[0], **_decided(says, orgs)}
    made |= _libraries(says, orgs, made["accepted"])
    made |= _own(workspace, orgs)
    _clash(workspace, made["conflict"])
    for report in (
        RoundReport("2026-09-14T06:31:00Z", 8.0, error="offline"),
        RoundReport("2026-09-15T07:02:00Z", 112.0, pushed=3, uploaded_files=5, uploaded_bytes=22_800_000),
        RoundReport("2026-09-16T00:55:00Z", 3.0, pulled=1, conflicts=1),
        RoundReport("2026-09-16T01:12:00Z", 41.0, pulled=6, pushed=2),
    ):
        workspace.add_round(asdict(report))
    return made


def _company(name: str, number: int) -> dict[str, Any]:
    return {
        "name": name, "org_kind": "企业", "division": "441900119", "country": "CHN", "contact_name": ("何以宁", "欧阳若谷", "简明")[number % 3],
        "contact_phone": f"139{number:04d}52{number:02d}", "tags": ["高企", "专精特新"], "disclosure": "内部",
    }  # fmt: skip


def _achievement(number: int, org: str) -> dict[str, Any]:
    return {
        "title": THEMES[number % len(THEMES)], "owner_org": org, "category": ("项目类", "企业类", "平台类")[number % 3],
        "intro": "已在两条产线试用。",
        "tech_field": "先进制造", "industry_dg": FIELDS[number % len(FIELDS)], "stage": "中期", "fund_source": "自筹",
        "transfer_modes": ["合作", "许可"], "found_on": f"2026-{number % 8 + 1:02d}-11", "source_channel": "走访", "secrecy": "非密",
    }  # fmt: skip


def _demand(number: int, org: str) -> dict[str, Any]:
    return {
        "title": THEMES[-number % len(THEMES)], "org": org, "problem": "现靠人工抽检，漏检率约 3%，需要一套能在节拍内判断的在线方案。",
        "indicators": "检出率不低于 98%；单件节拍不超过 0.8 秒", "goal": "返工率下降一半", "budget_fen": (12 + 7 * number) * 1_000_000,
        "budget_currency": "CNY", "solve_mode": "委托研发", "tech_field": "先进制造", "industry_dg": FIELDS[number % len(FIELDS)],
        "industry": "C35", "keywords": ["刀具", "在线检测"], "found_on": f"2026-{number % 8 + 1:02d}-20", "disclosure": "内部",
        "letter_signed_on": f"2026-{number % 8 + 1:02d}-18", "letter_signatory": "何以宁",
    }  # fmt: skip


def _decided(says: PlatformRows, orgs: list[str]) -> dict[str, str]:
    """What the platform has decided: counted, waiting, returned, landed."""
    made = {}
    for number in range(9):
        org, month = orgs[number % len(orgs)], number % 8 + 1
        kind, values = ("achievement", _achievement(number, org)) if number % 2 else ("demand", _demand(number, org))
        made["accepted"] = says.say(
            kind, values, (None, "accepted"), number=f"{'CG' if number % 2 else 'XQ'}26-0{number + 101}",
            stage="in_service" if number == 4 else "registered", received_at=f"2026-{month:02d}-21T02:10:00Z",
            counted={"year": 2026, "credit": 1, "codes": []}, at=f"2026-{month:02d}-24T02:00:00Z",
        )  # fmt: skip
    for number in (20, 21, 23):
        made["submitted"] = says.say("demand", _demand(number, orgs[number % len(orgs)]), (None, "submitted"),
                                     number=f"XQ26-0{number + 200}", at="2026-09-08T01:30:00Z", received_at="2026-09-08T01:30:00Z")  # fmt: skip
    for number, field, words, due in ((31, "indicators", "“寿命更长”不是可量化的指标，请写明小时数或循环次数。", "2026-09-18"),
                                      (33, "demand_letter", "第 2 页公章被折痕遮住，看不清单位名称，请平整后重扫。", "2026-09-25")):  # fmt: skip
        record = says.say("demand", _demand(number, orgs[number % len(orgs)]), (None, "submitted"), number=f"XQ26-0{number + 300}",
                          at="2026-09-08T01:30:00Z")  # fmt: skip
        remarks = [{"field": field, "code": "UNCLEAR", "text": words, "due": due}]
        if number == 33:
            remarks.append({"field": "budget_fen", "code": "BUDGET", "text": "预算与需求书不同，请核对。", "due": due})
        made["returned"] = says.say("demand", {}, ("submitted", "returned"), record=record, at="2026-09-15T08:20:00Z",
                                    remarks=remarks)  # fmt: skip
    made["landing"] = says.say(
        "landing", {"title": "刀具刃口钝化委托开发", "subject": made["accepted"], "route": "DEM", "place": "441900119",
                    "contract_title": "技术开发（委托）合同", "contract_kind": "委托开发",
                    "buyer": orgs[0], "seller": orgs[3], "contract_fen": 68_000_000, "signed_on": "2026-06-02"},
        (None, "accepted"), number="LD26-0007", stage="verified", received_at="2026-06-12T02:00:00Z",
        counted={"year": 2026, "credit": 1, "codes": []},
    )  # fmt: skip
    for number, day in enumerate(("2026-03-12", "2026-05-06", "2026-06-17", "2026-09-01", "2026-09-08")):
        says.say("visit", {"org": orgs[number], "place": "厂区二楼会议室", "started_at": f"{day}T02:00:00Z", "ended_at": f"{day}T03:30:00Z",
                           "visitors": ["李敏"], "met": ["何以宁"], "purpose": "挖掘需求",
                           "minutes": "看了产线，划痕靠人工检，愿意拿一条线出来试。",
                           "next_step": "取补充协议", **({"due_on": "2026-09-18"} if number == 3 else {})}, (None, "submitted"))  # fmt: skip
    return made


def _libraries(says: PlatformRows, orgs: list[str], subject: str) -> dict[str, str]:
    """The kinds around the main ones."""
    return {
        "event": says.say("event", {"title": "长安镇模具与数控刀具专场对接会", "kind": "对接会", "host_unit": "441900119",
                                    "starts_on": "2026-09-29", "ends_on": "2026-09-29", "place": "长安镇图书馆一楼报告厅"}, (None, "accepted")),
        "platform": says.say("pilot_platform", {"name": "精密刀具中试车间", "kind": "中试车间", "host_org": orgs[0], "field": "高端装备",
                                                "level": "市"}, (None, "accepted")),
        "broker": says.say("broker", {"name": "简明", "org": orgs[1], "cert_level": "中级", "cert_no": "JJ-0412",
                                      "issued_on": "2025-11-02", "phone": "13712345678"}, (None, "accepted")),
        "request": says.say("request", {"org": orgs[2], "kind": "融资", "content": "希望对接知识产权质押贷款，额度三百万元左右。",
                                        "contact": "13712345678", "raised_on": "2026-08-30"}, (None, "submitted")),
        "service": says.say("service_log", {"subject": subject, "done_on": "2026-09-02", "mode": "对接",
                                            "content": "陪同企业到研究院看样机，约定九月底试切。", "next_step": "试切",
                                            "due_on": "2026-09-30"}, (None, "accepted")),
        "notice": says.say("notice", {"title": "关于做好第三季度科技成果产业化台账报送工作的通知", "kind": "通知",
                                      "body": "请于 9 月 25 日前报送。\n附件另发。", "issuer": "市科学技术局",
                                      "doc_no": "东科函〔2026〕88 号", "issued_on": "2026-09-10", "due_on": "2026-09-25"}),
    }  # fmt: skip


def _own(workspace: Workspace, orgs: list[str]) -> dict[str, str]:
    """What this laptop has written: drafts, what waits to be sent, scans."""
    made = {
        "draft": workspace.draft("demand", {"title": "激光焊接飞溅在线检测与工艺参数闭环", "org": orgs[6], "problem": "飞溅残留导致密封不良。",
                                            "budget_fen": 6_000_000}),
        "conflict": workspace.draft("demand", _demand(41, orgs[2])),
        "visit": workspace.draft("visit", {"org": orgs[3], "place": "实地", "started_at": "2026-09-14T06:00:00Z", "purpose": "挖掘需求",
                                           "visitors": ["李敏"], "minutes": "薄膜铌酸锂调制器需要低温键合，愿意委托研发。",
                                           "due_on": "2026-09-22", "next_step": "约技术总监"}),
        "landing draft": workspace.draft("landing", {"title": "织机能耗优化成果作价入股", "route": "ENT", "place": "441900119", "mode": "新注册",
                                                     "org": orgs[4], "event_on": "2026-08-20"}),
        "achievement": workspace.draft("achievement", _achievement(50, orgs[5])),
    }  # fmt: skip
    sent = _demand(44, orgs[1])
    made["queued"] = workspace.draft("demand", sent)
    workspace.attach(made["queued"], PAPERS / "demand-letter.pdf", "demand_letter", {
        "doc_on": sent["letter_signed_on"], "signed": True, "stamped": True, "seal_kind": "公章", "seal_name": COMPANIES[1],
        "original_seen": True,
    })  # fmt: skip
    workspace.attach(made["draft"], PAPERS / "demand-letter-photo.jpg", "demand_letter")
    workspace.attach(made["visit"], PAPERS / "visit-record-photo.jpg", "visit_photo")
    workspace.submit([made["queued"], made["visit"]])
    return made


def _clash(workspace: Workspace, record: str) -> None:
    """The platform says that three fields of a record clash."""
    base = "需要在热失控前 10 分钟以上给出预警，误报率不高于 0.5%，并能接入现有系统。"
    sides: Mapping[str, tuple[Any, Any, Any]] = {
        "budget_fen": (60_000_000, 80_000_000, 85_000_000), "keywords": (["刀具"], ["刀具", "钝化"], ["刀具", "在线检测"]),
        "problem": (base, base.replace("10 分", "15 分"), base.replace("系统。", "系统，支持两种体系。")),
    }  # fmt: skip
    cursor = workspace.feed.cursor()
    open_ = [{"id": new_id(), "field": name, "base": was, "mine": mine, "theirs": theirs, "by": "陈志强", "at": "2026-09-16T00:55:00Z",
              "mine_by": "李敏", "mine_at": "2026-09-15T08:42:00Z"} for name, (was, mine, theirs) in sides.items()]  # fmt: skip
    body = {
        "seq": cursor.seq + 1, "change": uuid.uuid4().hex, "record": record, "kind": "demand", "at": "2026-09-16T00:55:00Z", "by": "陈志强",
        "device": "other", "what": "edited", "version": 2, "workflow": [None, "submitted"],
        "fields": {"industry_dg": [None, "新能源"], **{n: [s[0], s[2]] for n, s in sides.items()}},
        "conflicts": open_, "facts": {"number": "XQ26-0365"},
    }  # fmt: skip
    chain = link(cursor.chain, body)
    workspace.save_page(Page("e", [FeedRow(body, chain)], False, (cursor.seq + 1, chain, "")))


