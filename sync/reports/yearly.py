"""Yearly reports and the tracking sheet: the year's register, an institute's report, notification, own review.

The register of finds is what the plan's yearly task is checked against: what counts, what waits, what does not count and
why. Amounts nobody has recorded (rewards, pledges) stay a dash and may be told in the notes. Must not know Qt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sync.domain.problems import BLANK, bare
from sync.records import Row
from sync.reports.declare import CONTACT, Annex, Body, Cell, Check, Column, plain, shown
from sync.reports.periods import Period
from sync.reports.sources import (
    SENT,
    SETTLED,
    TAKEN,
    Source,
    blocked,
    class_of,
    credited,
    found_on,
    joined,
    landed_on,
    unsettled,
)

REGISTER = (
    Column("no", "序号", "No.", "int", 0.8, centre=True),
    Column("number", "编号", "Number", "text", 1.9, centre=True),
    Column("kind", "类别", "Kind", "text", 1.1, centre=True),
    Column("title", "名称", "Name", "text", 4.6),
    Column("org", "单位名称", "Organisation", "text", 4),
    Column("field", "产业领域", "Industry", "text", 2.4, centre=True, choice="on"),
    Column(CONTACT, "联系人", "Contact", "text", 2.4, choice="off"),
    Column("budget", "预算/万元", "Budget (10,000 yuan)", "money", 1.5, total=True, choice="on"),
    Column("day", "发现日期", "Found on", "date", 1.6, centre=True, choice="on"),
    Column("state", "状态", "State", "text", 1.3, centre=True, choice="on"),
    Column("papers", "材料", "Papers", "int", 0.8, centre=True, choice="on"),
)
_WHY = (
    Column("title", "名称", "Name", "text", 4),
    Column("state", "状态", "State", "text", 1.4),
    Column("why", "未计入原因", "Why it is not counted", "text", 8),
)
SCOPES = {
    "counted": ("只列已计入", "counted only"),
    "review": ("加上待审核", "and under review"),
    "all": ("全部", "all"),
}
INSTITUTE = (
    Column("no", "序号", "No.", "int", 0.8, centre=True),
    Column("item", "报告事项", "Item", "text", 4, named=True),
    Column("count", "数量/项", "Number", "int", 1.4, centre=True),
    Column("amount", "金额/万元", "Amount (10,000 yuan)", "money", 1.8),
    Column("what", "情况", "Details", "text", 8),
)
NOTIFICATION = (
    Column("unit", "单位", "Unit", "text", 2.6),
    Column("found_target", "发现任务", "Discovery target", "text", 1.3, centre=True),
    Column("found", "已完成", "Found", "int", 1.1, centre=True),
    Column("landed_target", "落地任务", "Landing target", "text", 1.3, centre=True),
    Column("landed", "已落地", "Landed", "int", 1.1, centre=True),
    Column("served", "服务数", "Served", "int", 1.1, named=True, centre=True),
    Column("rate", "发现完成率", "Rate", "text", 1.4, centre=True),
    Column("cases", "典型案例", "Cases", "text", 5),
    Column("remarks", "备注", "Remarks", "text", 4),
)
REVIEW = (
    Column("class", "类别", "Class", "text", 1.6),
    Column("found", "发现数", "Found", "int", 1.1, named=True, centre=True, total=True),
    Column("landed", "落地数", "Landed", "int", 1.1, named=True, centre=True, total=True),
    Column("served", "服务数", "Served", "int", 1.1, named=True, centre=True, total=True),
    Column("events", "活动场次", "Events", "int", 1.2, centre=True),
    Column("blockers", "堵点", "Blockers", "text", 4),
    Column("next", "下年打算", "Next year", "text", 4),
)
TRACKING = (
    Column("no", "序号", "No.", "int", 0.8, centre=True),
    Column("title", "成果（需求）", "Item", "text", 3.6),
    Column("value", "估值/万元", "Value (10,000 yuan)", "money", 1.7),
    Column("leader", "责任人", "Leader", "text", 2),
    Column("level", "跟踪级别", "Level", "text", 1.3, centre=True),
    Column("stage", "阶段", "Stage", "text", 1.5, centre=True),
    Column("next", "下一步", "Next step", "text", 3.4),
    Column("due", "期限", "Due", "date", 1.5, centre=True),
    Column("help", "需协调事项", "Help wanted", "text", 4),
)
PLEDGE = "知识产权质押融资"
KINDS_ZH = {"achievement": "成果", "demand": "需求"}


def register(source: Source, period: Period, scope: str) -> Body:
    """The year's register of achievements and demands (登记台账)."""
    quota = source.quotas.get(period.year, {}).get("discovery", {})
    whole = [row for row in source.of("achievement", "demand") if _year(row) == period.year]
    until = source.until.isoformat() if source.until is not None else "9999"
    finds = [row for row in whole if (found_on(row) or "") <= until]
    finds.sort(key=lambda row: found_on(row) or "")
    counted = [row for row in finds if (row.counted or {}).get("credit")]
    review = [row for row in finds if row not in counted and row.workflow in SENT | TAKEN]
    ranges = {"counted": counted, "review": [one for one in finds if one in counted or one in review], "all": finds}
    listed = ranges.get(scope, finds)
    rows: list[list[Cell]] = [
        [number, row.number or "待编号", KINDS_ZH[row.kind], row.title, source.name(source.owner(row)), plain(row.fields.get("industry_dg")),
         source.contact(source.owner(row)), plain(row.fields.get("budget_fen")), found_on(row), source.state(row), row.papers]
        for number, row in enumerate(listed, 1)
    ]  # fmt: skip
    kinds = [sum(row.kind == kind for row in listed) for kind in ("achievement", "demand")]
    words = f"成果{kinds[0]}项，技术需求{kinds[1]}项，共{len(rows)}项；{_against(quota)}"
    later = len(whole) - len(finds)
    checks = [*([_later(later)] if later else _agrees(len(counted), quota)), *_papers(counted)]
    counts = {key: len(held) for key, held in ranges.items()}
    return Body(rows, words, checks, annexes=_annex(source, finds, counted, quota), counts=counts)


def _later(count: int) -> Check:
    return Check("info", f"截止日期之后发现的 {count} 项不在表里", f"{count} found after that day are not in here")


def _year(row: Row) -> int:
    counted = (row.counted or {}).get("year")
    return int(counted) if counted else int((found_on(row) or "0")[:4])


def _against(quota: Mapping[str, Any]) -> str:
    target, done = quota.get("target"), quota.get("counted") or 0
    if target is None:
        return "年度任务未下达"
    share = f"{done * 1000 // target / 10:.1f}%" if target else "—"
    return f"年度任务{target}项，完成{share}"


def _agrees(count: int, quota: Mapping[str, Any]) -> list[Check]:
    official = quota.get("counted")
    if official is None:
        return []
    if float(official) == count:
        return [Check("ok", f"计入 {count} 项，与“我的进度”一致", f"{count} counted, as on the progress page")]
    zh = f"这里计入 {count} 项，“我的进度”是 {official:g} 项：联合发现按份额计，或本机还没有取齐"
    return [Check("warn", zh, f"{count} counted here, {official:g} on the progress page: shares, or not all fetched", sync=True)]


def _papers(rows: Sequence[Row]) -> list[Check]:
    demands = [row for row in rows if row.kind == "demand"]
    bare = sum(not row.papers for row in demands)
    if bare:
        return [Check("warn", f"{bare} 项需求的需求书不在本机", f"{bare} demands without a letter here", sync=True)]
    return [Check("ok", f"{len(demands)} 项需求的需求书齐全", f"The letters of all {len(demands)} demands are here")] if demands else []


def _annex(source: Source, finds: Sequence[Row], counted: Sequence[Row], quota: Mapping[str, Any]) -> tuple[Annex, ...]:
    why = {str(one.get("id")): one.get("codes") or () for one in quota.get("not_counted") or ()}
    rows: list[list[Cell]] = []
    for row in finds:
        if row not in counted:
            codes = why.get(row.id) or (row.counted or {}).get("codes") or ()
            rows.append([row.title, source.state(row), joined((said for code in codes if BLANK not in (said := bare(str(code)))), "")])
    return (Annex("未计入原因", _WHY, rows),) if rows else ()


def institute(source: Source, period: Period, _scope: str) -> Body:
    """An institute's yearly report in the fixed items of the regulation (院所年度报告)."""
    year = [row for row in source.of("landing") if row.workflow in TAKEN and period.holds(landed_on(row))]

    def of(item: str, *kinds: str, field: str = "contract_kind") -> list[Cell]:
        found = [row for row in year if row.fields.get(field) in kinds]
        fen = [row.fields["contract_fen"] for row in found if isinstance(row.fields.get("contract_fen"), int)]
        return [None, item, len(found), sum(fen) if fen else None, joined((row.title for row in found), "、")]

    earned = [one for row in source.of("landing") if row.workflow in TAKEN for one in row.fields.get("incomes") or ()
              if isinstance(one, dict) and period.holds(str(one.get("received_on") or ""))]  # fmt: skip
    income, reward, kept = (sum(one.get(name) or 0 for one in earned) for name in ("amount_fen", "reward_fen", "retained_fen"))
    people = sum(one.get("people") or 0 for one in earned)
    pledged = [row for row in source.of("service_log") if row.workflow in TAKEN and row.fields.get("finance_kind") == PLEDGE
               and period.holds(row.fields.get("done_on"))]  # fmt: skip
    pledges = [row.fields["finance_fen"] for row in pledged if isinstance(row.fields.get("finance_fen"), int)]
    partners = [row for row in year if row.fields.get("route") == "DEM"]
    names = list(dict.fromkeys(source.name(row.fields.get("buyer")) for row in partners))
    stuck = [row for row in source.of("blocker") if row.workflow != "draft" and blocked(row, period) and unsettled(row)]
    split = f"奖励个人{shown('money', reward)}万元，单位留存{shown('money', kept)}万元" if earned else None
    rows: list[list[Cell]] = [
        of("科技成果许可", "许可"), of("科技成果转让", "转让"),
        [None, PLEDGE, len(pledged), sum(pledges) if pledges else None,
         joined(dict.fromkeys(source.name(row.fields.get("subject")) for row in pledged), "、")],
        of("科技成果作价投资", "作价入股"), of("技术开发合同", "委托开发", "合作开发"), of("技术咨询合同", "咨询"),
        of("技术服务合同", "服务"),
        [None, "产学研合作", len(partners), None, joined(names, "、")],
        [None, "绩效和奖励", len([one for one in earned if one.get("reward_fen")]), reward if earned else None,
         f"奖励{people}人次" if people else None],
        [None, "收益分配", len(earned), income if earned else None, split],
        [None, "转化成效", len(year), None, joined((row.title for row in year), "、")],
        [None, "存在问题", len(stuck), None, joined(f"{row.fields.get('kind')}：{row.title}" for row in stuck)],
    ]  # fmt: skip
    filled: list[list[Cell]] = [[number, *row[1:]] for number, row in enumerate(rows, 1)]
    checks = []
    bare = sum(str(row.fields.get("route")).startswith("PRJ-1") and not row.fields.get("contract_kind") for row in year)
    if bare:
        checks.append(Check("warn", f"{bare} 项交易没有填合同类型，没有计入许可、转让等各行",
                            f"{bare} trades name no kind of contract and stand in none of its lines"))  # fmt: skip
    if not earned:
        checks.append(Check("info", "没有到账和奖励的记录：在落地记录的“转化收益”里填写，或写在说明里",
                            "No income or rewards recorded: enter them in the landings, or say them in the notes"))  # fmt: skip
    return Body(filled, "", checks)


def notification(source: Source, period: Period, _scope: str) -> Body:
    """Target and result of the unit, and of the city as far as it was sent (年度通报)."""
    quota = source.quotas.get(period.year, {})
    own, city = quota.get("discovery", {}), quota.get("city", {})
    cases = [row.title for row in source.of("landing") if row.workflow in TAKEN and period.holds(landed_on(row)) and row.fields.get("tags")]
    remarks = f"审核中{own.get('in_review', 0)}项，退回{own.get('returned', 0)}项，未提交{own.get('unsent', 0)}项"
    served = quota.get("service", {}).get("counted")
    rows = [notification_line(source.identity.unit_name, own, quota.get("landing", {}), served, joined(cases, "、"), remarks)]
    if city:
        rows.append(notification_line("全市", city.get("discovery", {}), city.get("landing", {}), None, None, "本机所见"))
    checks = [] if own.get("target") is not None else [Check("info", f"{period.year} 年任务还没有下达", f"No target issued for {period.year}")]
    return Body(rows, "", checks)


def notification_line(
    name: str, found: Mapping[str, Any], landed: Mapping[str, Any], served: Cell, cases: Cell, remarks: Cell
) -> list[Cell]:
    """One unit's line of the notification, or the city's."""

    def target(one: Mapping[str, Any]) -> str:
        return "未下达" if one.get("target") is None else str(one["target"])

    done, task = found.get("counted") or 0, found.get("target")
    rate = f"{done * 1000 // task / 10:.1f}%" if task else None
    return [name, target(found), done, target(landed), landed.get("counted") or 0, served, rate, cases, remarks]


def review(source: Source, period: Period, _scope: str) -> Body:
    """A unit's own review of its year by class (单位年度自评)."""
    finds = [row for row in source.of("achievement", "demand") if (row.counted or {}).get("credit") and _year(row) == period.year]
    landed = [row for row in source.of("landing") if credited(row) and period.holds(landed_on(row))]
    logs = [row for row in source.of("service_log") if row.workflow in TAKEN and period.holds(row.fields.get("done_on"))]
    served: dict[str, set[str]] = {}
    for log in logs:
        subject = source.find(log.fields.get("subject"))
        if subject is not None and source.in_service(subject):
            served.setdefault(_class(subject), set()).add(subject.id)
    events = sum(period.holds(row.fields.get("starts_on")) and row.stage != "cancelled" for row in source.of("event") if row.workflow != "draft")
    stuck = [row for row in source.of("blocker") if row.workflow != "draft" and blocked(row, period) and row.stage not in SETTLED]
    rows: list[list[Cell]] = [
        [name, sum(_class(row) == name for row in finds), sum(class_of(row) == name for row in landed),
         len(served.get(name, ())), None, None, None]
        for name in ("企业类", "平台类", "项目类", "技术需求")
    ]  # fmt: skip
    kinds = joined(sorted({str(row.fields.get("kind")) for row in stuck}), "、")
    totals: dict[str, Cell] = {"events": events, "blockers": f"{len(stuck)}个" + (f"：{kinds}" if kinds else ""), "next": "见说明"}
    return Body(rows, "", [Check("info", "下年打算写在说明里", "Say the plans for next year in the notes")], totals)


def _class(row: Row) -> str:
    return "技术需求" if row.kind == "demand" else str(row.fields.get("category") or "项目类")


def tracking(source: Source, period: Period, _scope: str) -> Body:
    """Key items under special care (重点成果跟踪表): by value, by level, or because they are stuck."""
    rows: list[list[Cell]] = []
    for row in source.worked("achievement", "demand"):
        values = [one.fields["value_fen"] for one in source.about("evaluation", row.id) if isinstance(one.fields.get("value_fen"), int)]
        task = next(reversed(source.about("assignment", row.id)), None)
        level = str(task.fields.get("level") or "") if task is not None else ""
        value = max(values, default=None)
        key = (value or 0) >= source.escalation_fen or level in ("提级", "市领导") or row.stage == "stalled"
        if not key or row.workflow == "draft":
            continue
        ledger = next(reversed(source.about("ledger_row", row.id)), None)
        step = ledger or next(reversed(source.about("service_log", row.id)), None)
        due = (task.fields.get("due_on") if task is not None else None) or (step.fields.get("due_on") if step is not None else None)
        stuck = source.open_blockers(row.id, period)
        rows.append([
            len(rows) + 1, row.title, value, plain(task.fields.get("liaison")) if task is not None else source.identity.liaison_name,
            level or "一般", source.state(row), plain(step.fields.get("next_step")) if step is not None else None, plain(due),
            joined(str(one.fields.get("help_wanted") or one.title) for one in stuck),
        ])  # fmt: skip
    return Body(rows, f"共{len(rows)}项")
