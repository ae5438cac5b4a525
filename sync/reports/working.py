"""Monthly and two-monthly reports: the working ledger, an institute's monitoring, meetings with funds.

The ledger has a line for every achievement and demand under way: what was done this month comes from its ledger row,
else from the month's service logs. Sources: the policy texts quoted in ``catalogue``. Must not know the store or Qt.
"""

from __future__ import annotations

from itertools import zip_longest

from sync.records import Row
from sync.reports.declare import Body, Cell, Check, Column, plain
from sync.reports.periods import Period, day_words
from sync.reports.sources import SENT, TAKEN, Source, found_on, joined, landed_on

LEDGER = (
    Column("no", "序号", "No.", "int", 0.9, centre=True),
    Column("title", "成果（需求）名称", "Achievement or demand", "text", 3.2, named=True),
    Column("owner", "完成单位", "Institute or company", "text", 2.6, named=True),
    Column("lead", "团队负责人", "Team lead", "text", 1.5),
    Column("field", "领域", "Field", "text", 1.7, named=True),
    Column("stage", "阶段", "Stage", "text", 1.4, centre=True),
    Column("visit", "来源走访", "Source visit", "text", 1.6, named=True),
    Column("evaluation", "评价情况", "Evaluation", "text", 1.7, named=True),
    Column("transfer", "转化方式", "Way of transfer", "text", 1.5),
    Column("partner", "合作企业", "Partner company", "text", 2.2),
    Column("progress", "本月进展", "Progress this month", "text", 4.2),
    Column("place", "落地地点", "Landing place", "text", 1.4),
    Column("responsible", "责任单位和专职人员", "Responsible", "text", 2.1, named=True),
    Column("blocker", "堵点", "Blocker", "text", 2.4, named=True),
    Column("next_step", "下一步", "Next step", "text", 2.2),
)
MONITORING = (
    Column("no", "序号", "No.", "int", 0.8, centre=True),
    Column("progress", "重大科研进展", "Major progress", "text", 5, named=True),
    Column("found", "科技成果产出", "New achievements", "text", 4.5, named=True),
    Column("landed", "科技成果转化情况", "Transformations", "text", 4.5, named=True),
    Column("remark", "备注", "Remarks", "text", 2.5),
)
FUNDS = (
    Column("no", "序号", "No.", "int", 0.8, centre=True),
    Column("day", "日期", "Date", "date", 1.5, centre=True),
    Column("title", "对接活动", "Event", "text", 3.5),
    Column("items", "推介项目", "Items", "text", 5),
    Column("funds", "参加基金和机构", "Funds", "text", 4),
    Column("intentions", "达成意向", "Intentions", "text", 4),
)


def ledger(source: Source, period: Period, _scope: str) -> Body:
    """The working ledger (工作台账)."""
    rows: list[list[Cell]] = []
    silent = blockers = moved = 0
    kinds = {"achievement": 0, "demand": 0}
    listed = [row for row in source.worked("achievement", "demand") if _listed(source, row, period)]
    for number, row in enumerate(listed, 1):
        own = next((one for one in source.about("ledger_row", row.id) if one.fields.get("month") == period.code), None)
        progress = str(own.fields.get("progress") or "") if own is not None else ""
        progress = progress or joined(_service(one) for one in _services(source, row.id, period)) or ""
        open_ones = source.open_blockers(row.id, period)
        kinds[row.kind] += 1
        blockers += len(open_ones)
        moved += bool(progress)
        silent += not progress
        rows.append([number, *_known(source, row, own, period), progress or None, *_ahead(source, row, own, open_ones, period)])
    words = f"成果{kinds['achievement']}项，技术需求{kinds['demand']}项，共{len(rows)}项；本月有进展{moved}项，堵点{blockers}个"
    checks = []
    if silent:
        zh, en = "项本月还没有进展，可在“资料库·工作记录”里新建台账行", "without progress this month; add ledger rows in the library"
        checks.append(Check("warn", f"{silent} {zh}", f"{silent} {en}"))
    drafts = sum(row.workflow == "draft" and row not in listed for row in source.of("achievement", "demand"))
    if drafts:
        checks.append(Check("info", f"{drafts} 条草稿没有列入", f"{drafts} drafts are not listed"))
    return Body(rows, words, checks)


def _listed(source: Source, row: Row, period: Period) -> bool:
    """Sent or taken and found by then; a draft only where the month has a ledger row of it; what left is gone."""
    if any(one.fields.get("month") == period.code for one in source.about("ledger_row", row.id)):
        return True
    gone = (found_on(row) or "") > period.end.isoformat() or row.stage in ("exited", "closed")
    return row.workflow in TAKEN | SENT and not gone


def _known(source: Source, row: Row, own: Row | None, period: Period) -> list[Cell]:
    """What was known of it by the month's end: name, owner, lead, field, stage, visit, evaluation, transfer, partner."""
    held, owner = row.fields, source.owner(row)
    visit = source.find(held.get("visit_id"))
    verdicts = [
        joined((str(one.fields.get("kind") or ""), str(one.fields.get("verdict") or "")), "：")
        for one in source.about("evaluation", row.id) if str(one.fields.get("report_on") or "") <= period.end.isoformat()
    ]
    then = str(own.fields.get("stage") or "") if own is not None else ""
    stage = str(held.get("stage") or "") if row.kind == "achievement" else then or source.state(row)
    level = f"TRL{held['trl']}" if held.get("trl") else None
    met = [
        one.fields["counterpart"] for one in source.about("ledger_row", row.id)
        if one.fields.get("counterpart") and str(one.fields.get("month") or "") <= period.code
    ]  # fmt: skip
    return [
        row.title, source.name(owner), plain(source.fields(owner).get("contact_name")), plain(held.get("industry_dg")),
        joined((stage, level), "/"),
        f"{day_words(str(visit.fields.get('started_at') or visit.fields.get('planned_on') or ''))}走访" if visit is not None else None,
        joined(verdicts), plain(held.get("transfer_modes") or held.get("solve_mode")),
        source.name(held.get("partner_org")) or source.name(next(reversed(met), None)),
    ]  # fmt: skip


def _ahead(source: Source, row: Row, own: Row | None, blockers: list[Row], period: Period) -> list[Cell]:
    """Landing place, who is responsible, blockers, next step."""
    end = period.end.isoformat()
    landings = [one for one in source.about("landing", row.id) if (landed_on(one) or "") <= end]
    tasks = [one for one in source.about("assignment", row.id) if str(one.fields.get("from_on") or "") <= end]
    task = next(reversed(tasks), None)
    responsible = str(own.fields.get("responsible") or "") if own is not None else ""
    if not responsible and task is not None:
        unit = str(task.fields.get("unit") or "")
        responsible = joined((source.places.get(unit, unit), str(task.fields.get("liaison") or "")), " ") or ""
    steps = [str(one.fields.get("next_step") or "") for one in _services(source, row.id, period)]
    said = str(own.fields.get("next_step") or "") if own is not None else ""
    return [
        joined(dict.fromkeys(source.place(one.fields.get("place")) for one in landings), "、"), responsible or source.person(),
        joined(f"{one.fields.get('kind')}：{one.title}" for one in blockers), said or joined(steps[-1:]),
    ]  # fmt: skip


def _services(source: Source, subject: str, period: Period) -> list[Row]:
    return [one for one in source.about("service_log", subject) if period.holds(one.fields.get("done_on"))]


def _service(row: Row) -> str:
    day = str(row.fields.get("done_on") or "")
    return f"{int(day[5:7])}月{int(day[8:10])}日{row.fields.get('mode') or ''}：{row.title}"


def monitoring(source: Source, period: Period, _scope: str) -> Body:
    """An institute's month: progress, new achievements and transformations side by side."""
    progress = [
        f"{source.name(row.fields.get('subject')) or '—'}：{row.title}"
        for row in source.of("ledger_row") if row.fields.get("month") == period.code and row.title
    ]  # fmt: skip
    found = [
        f"{row.title}（{row.fields.get('stage') or '—'}）"
        for row in source.of("achievement") if row.workflow != "draft" and period.holds(found_on(row))
    ]  # fmt: skip
    landed = [
        f"{row.title}（{source.place(row.fields.get('place')) or '—'}）"
        for row in source.of("landing") if row.workflow != "draft" and period.holds(landed_on(row))
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [number, *cells, None] for number, cells in enumerate(zip_longest(progress, found, landed), 1)
    ]
    words = f"重大进展{len(progress)}项，新增成果{len(found)}项，转化{len(landed)}项"
    checks = [] if progress else [
        Check("warn", "本月还没有台账行，“重大科研进展”一列是空的", "No ledger rows this month; major progress is empty")
    ]  # fmt: skip
    return Body(rows, words, checks)


def funds(source: Source, period: Period, _scope: str) -> Body:
    """Meetings with funds (基金对接) of two months."""
    rows: list[list[Cell]] = []
    for row in source.of("event"):
        held = row.fields
        if held.get("kind") != "基金对接" or not period.holds(held.get("starts_on")) or row.stage == "cancelled":
            continue
        items = joined((source.name(one) for one in held.get("items") or ()), "、")
        there = list(dict.fromkeys([*(held.get("co_hosts") or ()), *(str(one.get("org") or "") for one in held.get("sign_ins") or ())]))
        wishes = joined(joined((str(one.get("demand") or ""), str(one.get("achievement") or "")), "—") for one in held.get("intentions") or ())
        rows.append([len(rows) + 1, plain(held.get("starts_on")), row.title, items, joined(there, "、"), wishes])
    wanted = Check("warn", "这两个月还没有基金对接活动，要求每两个月至少一次", "No meeting with funds in these two months; one is asked for")
    return Body(rows, f"共{len(rows)}场", [] if rows else [wanted])
