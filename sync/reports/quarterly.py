"""Quarterly reports: notification, demand collection, performance, landed items, policy suggestions.

Figures count what the platform has taken unless the column says otherwise; what is still under way is named in a check.
A22: the local conversion rate is contract amount converted in Dongguan over all contract amount. Must not know Qt.
"""

from __future__ import annotations

from sync.domain.lifecycle import MACHINES
from sync.domain.values import division_in_dongguan
from sync.records import Row
from sync.reports.declare import Body, Cell, Check, Column, plain
from sync.reports.periods import Period, parse
from sync.reports.sources import (
    ROUTE_WORDS,
    SENT,
    TAKEN,
    Source,
    blocked,
    credited,
    found_on,
    joined,
    landed_fen,
    landed_on,
    unsettled,
)

BULLETIN = (
    Column("month", "月份", "Month", "text", 1.2, centre=True),
    Column("found", "发现数", "Found", "int", 1, centre=True, total=True),
    Column("landed", "落地数", "Landed", "int", 1, centre=True, total=True),
    Column("served", "服务数", "Served", "int", 1, centre=True, total=True),
    Column("events", "活动场次", "Events", "int", 1.1, centre=True, total=True),
    Column("evaluations", "评价结果", "Evaluation results", "text", 4, named=True),
    Column("blockers", "堵点", "Bottlenecks", "text", 4.5, named=True),
    Column("proposals", "建议", "Proposals", "text", 4.5),
)
DEMANDS = (
    Column("no", "序号", "No.", "int", 0.8, centre=True),
    Column("org", "企业", "Company", "text", 3.2),
    Column("title", "需求名称", "Demand", "text", 3.6),
    Column("field", "领域", "Field", "text", 1.8, named=True, centre=True),
    Column("budget", "预算/万元", "Budget (10,000 yuan)", "money", 1.5, total=True),
    Column("letter", "需求书签署日期", "Letter date", "date", 1.7, centre=True),
    Column("scene", "应用场景和目标", "Scene", "text", 4),
    Column("contact", "联系人", "Contact", "text", 2),
    Column("state", "状态", "State", "text", 1.3, centre=True),
)
PERFORMANCE = (
    Column("no", "序号", "No.", "int", 0.8, centre=True),
    Column("org", "成果方（合同卖方）", "Seller", "text", 4.5),
    Column("rate", "科技成果本地转化率", "Local conversion rate", "text", 2.2, named=True, centre=True),
    Column("amount", "技术合同成交额/万元", "Contract amount (10,000 yuan)", "money", 2.4, named=True, total=True),
    Column("local", "其中本地转化/万元", "of it local (10,000 yuan)", "money", 2.4, total=True),
    Column("count", "合同数", "Contracts", "int", 1.2, centre=True, total=True),
)
LANDINGS = (
    Column("no", "序号", "No.", "int", 0.8, centre=True),
    Column("title", "入库成果（需求）", "Item", "text", 3.6, named=True),
    Column("landing", "落地事项", "Landing", "text", 3.4),
    Column("library", "入库日期", "Library date", "date", 1.5, centre=True),
    Column("route", "落地路径", "Route", "text", 2.3),
    Column("place", "落地地点", "Place", "text", 1.4, named=True, centre=True),
    Column("amount", "金额/万元", "Amount (10,000 yuan)", "money", 1.5, total=True),
    Column("day", "落地日期", "Date", "date", 1.5, centre=True),
    Column("proofs", "证明材料", "Proofs", "text", 3),
    Column("state", "状态", "State", "text", 1.2, centre=True),
)
POLICY = (
    Column("no", "序号", "No.", "int", 0.8, centre=True),
    Column("blocker", "堵点", "Blocker", "text", 4.5, named=True),
    Column("subject", "涉及项目", "Concerns", "text", 2.8),
    Column("kind", "类型", "Kind", "text", 1.1, centre=True),
    Column("department", "责任部门", "Department", "text", 1.8),
    Column("measure", "建议措施", "Measure", "text", 4),
    Column("decision", "协调结果", "Decision", "text", 3),
    Column("state", "状态", "State", "text", 1.4, centre=True),
)


def bulletin(source: Source, period: Period, _scope: str) -> Body:
    """The quarter's notification (季度通报), a line a month."""
    rows = [_month(source, parse("month", code)) for code in period.months()]
    served = len({str(one.fields.get("subject")) for one in _served(source, period)})
    checks = _waiting(source, [*source.of("achievement", "demand")], period, found_on)
    return Body(rows, "", checks, {"served": served})


def _month(source: Source, month: Period) -> list[Cell]:
    found = [one for one in source.of("achievement", "demand") if credited(one) and month.holds(found_on(one))]
    landed = [one for one in source.of("landing") if credited(one) and month.holds(landed_on(one))]
    events = [one for one in source.of("event") if month.holds(one.fields.get("starts_on")) and one.stage != "cancelled"]
    judged = [one for one in source.of("evaluation") if month.holds(one.fields.get("report_on"))]
    stuck = [one for one in source.of("blocker") if month.holds(one.fields.get("since"))]
    return [
        f"{month.start.month}月", len(found), len(landed), len({str(one.fields.get("subject")) for one in _served(source, month)}),
        len(events),
        joined(f"{source.name(one.fields.get('subject')) or '—'}：{one.fields.get('verdict') or one.fields.get('kind')}" for one in judged),
        joined(f"{one.fields.get('kind')}：{one.title}" for one in stuck),
        joined(str(one.fields.get("help_wanted") or "") for one in stuck),
    ]  # fmt: skip


def _served(source: Source, period: Period) -> list[Row]:
    """Service logs of the period on items of the service library (R-SERVICE)."""
    found = []
    for one in source.of("service_log"):
        subject = source.find(one.fields.get("subject"))
        if one.workflow in TAKEN and period.holds(one.fields.get("done_on")) and subject is not None and source.in_service(subject):
            found.append(one)
    return found


def _waiting(source: Source, rows: list[Row], period: Period, day: object) -> list[Check]:
    """A check on what the platform has not taken yet and therefore is not in the figures."""
    waiting = [one for one in rows if one.workflow in SENT and callable(day) and period.holds(day(one))]
    if not waiting:
        return []
    zh, en = f"{len(waiting)} 项还没有受理，不在数里", f"{len(waiting)} are not taken by the platform yet and not counted"
    return [Check("info", zh, en, sync=bool(source.pending))]


def demands(source: Source, period: Period, _scope: str) -> Body:
    """Demands found in the quarter (季度需求征集)."""
    rows: list[list[Cell]] = []
    for row in source.of("demand"):
        held = row.fields
        if row.workflow == "draft" or not period.holds(found_on(row)):
            continue
        rows.append([
            len(rows) + 1, source.name(held.get("org")), row.title, plain(held.get("industry_dg")), plain(held.get("budget_fen")),
            plain(held.get("letter_signed_on")), plain(held.get("goal") or held.get("indicators")),
            source.contact(held.get("org")), source.state(row),
        ])  # fmt: skip
    drafts = sum(one.workflow == "draft" and period.holds(found_on(one)) for one in source.of("demand"))
    checks = [Check("info", f"{drafts} 条草稿没有列入", f"{drafts} drafts are not listed")] if drafts else []
    companies = len({row[1] for row in rows})
    return Body(rows, f"企业{companies}家，技术需求{len(rows)}项", checks)


def performance(source: Source, period: Period, _scope: str) -> Body:
    """Contract amount and local conversion rate by seller (绩效指标)."""
    sums: dict[str, list[int]] = {}
    waiting = 0
    for row in source.of("landing"):
        amount = row.fields.get("contract_fen")
        if not isinstance(amount, int) or not period.holds(str(row.fields.get("signed_on") or row.fields.get("proof_on") or "")):
            continue
        if row.workflow not in TAKEN:
            waiting += 1
            continue
        name = source.name(row.fields.get("seller")) or "—"
        total = sums.setdefault(name, [0, 0, 0])
        total[0] += amount
        total[1] += amount if _local(source, row) else 0
        total[2] += 1
    rows: list[list[Cell]] = [
        [number, name, _rate(local, amount), amount, local, count]
        for number, (name, (amount, local, count)) in enumerate(sorted(sums.items()), 1)
    ]
    whole = [sum(one[part] for one in sums.values()) for part in range(3)]
    checks = [] if not waiting else [
        Check("info", f"{waiting} 份合同还没有核定，不在表里", f"{waiting} contracts are not verified yet and not listed")
    ]  # fmt: skip
    return Body(rows, "", checks, {"rate": _rate(whole[1], whole[0])} if sums else {})


def _local(source: Source, row: Row) -> bool:
    """Converted in Dongguan: the buyer sits there, else the landing place does."""
    buyer = source.fields(row.fields.get("buyer")).get("division")
    place = buyer or row.fields.get("place")
    return division_in_dongguan(str(place)) if place else False


def _rate(part: int, whole: int) -> str | None:
    return f"{part * 1000 // whole / 10:.1f}%" if whole else None


def landings(source: Source, period: Period, _scope: str) -> Body:
    """Locally landed items (落地项目报告) with their proofs."""
    rows: list[list[Cell]] = []
    bare = 0
    for row in source.of("landing"):
        if row.workflow == "draft" or not period.holds(landed_on(row)):
            continue
        subject, papers = str(row.fields.get("subject") or ""), source.papers(row.id)
        chosen = [one.fields.get("report_on") for one in source.about("evaluation", subject) if one.fields.get("verdict") == "入服务库"]
        bare += not papers
        rows.append([
            len(rows) + 1, source.name(subject), row.title, plain(next(iter(chosen), None)),
            ROUTE_WORDS.get(str(row.fields.get("route")), plain(row.fields.get("route"))), source.place(row.fields.get("place")),
            landed_fen(row), landed_on(row), joined(papers, "、"), source.state(row),
        ])  # fmt: skip
    checks = [Check("ok", f"{len(rows)} 项都有证明材料", f"All {len(rows)} have proofs")] if rows and not bare else []
    if bare:
        checks.append(Check("warn", f"{bare} 项没有证明材料", f"{bare} without proofs"))
    return Body(rows, f"共{len(rows)}项", checks)


def policy(source: Source, period: Period, _scope: str) -> Body:
    """Blockers open in the quarter and what is proposed (政策建议汇总)."""
    states = MACHINES["blocker"].states
    rows: list[list[Cell]] = []
    for row in source.of("blocker"):
        held = row.fields
        if row.workflow == "draft" or not blocked(row, period):
            continue
        state = states.get(row.stage or "open", states["open"])[0]
        rows.append([
            len(rows) + 1, row.title, source.name(held.get("subject")), plain(held.get("kind")), plain(held.get("owner_dept")),
            plain(held.get("help_wanted")), plain(held.get("decision") or held.get("one_case")), state,
        ])  # fmt: skip
    still = sum(unsettled(one) for one in source.of("blocker") if one.workflow != "draft" and blocked(one, period))
    return Body(rows, f"共{len(rows)}个，已解决{len(rows) - still}个，待解决{still}个")
