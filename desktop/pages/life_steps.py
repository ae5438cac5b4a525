"""A record's way as steps, and its past as lines of a rail: what the stepper and the timeline of the detail page show.

The order of steps is the kind's; how far it is follows from ``workflow``, ``stage`` and the timeline. No queries.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from PySide6.QtCore import QCoreApplication

from desktop import wording
from desktop.pages.record_reading import Seen, remarks_of, spoken, telling
from desktop.widgets import language
from desktop.widgets.stepper import Step
from desktop.widgets.timeline_rail import RailLine
from sync.domain.kinds import KINDS
from sync.records import Moment

_SERVED = frozenset({"in_service", "assigned", "advancing", "stalled", "matching", "matched", "contracted"})
_DONE = frozenset({"landed", "fulfilled", "notified"})
_STOPPED = frozenset({"rejected", "revoked", "merged", "withdrawn", "deleted"})
CHANGES_SHOWN = 2


def tr(words: str) -> str:
    """A string of this page in the language in force."""
    return QCoreApplication.translate("DetailPage", words)


def steps_of(seen: Seen, today: date) -> list[Step]:
    """The steps of a record from left to right."""
    record, lang = seen.record, language.lang()
    reached = _reached(seen)
    names = _names(record.kind)
    bad = record.workflow == "returned" or record.workflow in _STOPPED
    found = []
    for index, name in enumerate(names):
        if index < reached:
            state = "done"
        elif index == reached:
            state = "bad" if bad else "here"
        else:
            state = "ahead"
        found.append(Step(name, _note(seen, index, state, today, lang), state))  # type: ignore[arg-type]
    return found


def _names(kind: str) -> list[str]:
    if kind == "landing":
        return [tr("准备材料"), tr("提交"), tr("平台核定"), tr("已核定"), tr("年度通报")]
    first = [tr("登记"), tr("提交"), tr("平台审核")]
    if kind == "demand":
        return [*first, tr("入库"), tr("服务库"), tr("促成合作")]
    if kind == "achievement":
        return [*first, tr("入库"), tr("服务库"), tr("落地")]
    return [*first, tr("受理")]


def _reached(seen: Seen) -> int:
    """The index of the step the record stands at; the number of steps where all are done."""
    record, count = seen.record, len(_names(seen.record.kind))
    workflow = record.workflow or ""
    if workflow in ("draft", "deleted"):
        return 0 if workflow == "draft" else 1
    if workflow == "queued":
        return 1
    if workflow in ("submitted", "returned", "rejected", "merged", "withdrawn"):
        return 2
    if record.stage in _DONE or (record.kind not in ("achievement", "demand", "landing") and workflow == "accepted"):
        return count
    if record.stage in _SERVED:
        return min(5, count)
    return 4


def _note(seen: Seen, index: int, state: str, today: date, lang: str) -> str:
    """Small words under a step: its day, or what it brings."""
    targets = {1: ("queued", "submitted"), 2: (seen.record.workflow or "",), 3: ("accepted",)}
    if index == 0:
        return wording.day(_day(seen.record.created_at), today, lang) if seen.record.created_at else ""
    if state in ("done", "bad") and index in targets:
        at = _when(seen, targets[index])
        words = wording.day(_day(at), today, lang) if at else ""
        return tr("{day}退回").format(day=words) if state == "bad" and seen.record.workflow == "returned" else words
    if index == 2 and state == "here":
        return tr("等平台审核")
    ahead = {
        3: tr("通过后计入 {year} 年").format(year=_year(seen, today)),
        4: tr("择优进入"),
        5: tr("合同＋付款证明") if seen.record.kind == "demand" else tr("按落地标准核定"),
    }
    return ahead.get(index, "") if seen.record.kind in ("achievement", "demand") else ""


def _year(seen: Seen, today: date) -> int:
    counted: Mapping[str, Any] = seen.record.facts.get("counted") or {}
    return int(counted.get("year") or (seen.checked.year if seen.checked else 0) or today.year)


def _when(seen: Seen, targets: tuple[str, ...]) -> str:
    """The first instant the record moved to one of ``targets``."""
    moves = [one.at for one in seen.timeline if one.changes.get("workflow", ("", ""))[1] in targets]
    return moves[-1] if moves else ""


def _day(instant: str) -> date:
    at = wording.local(instant)
    return at.date() if at else date.fromisoformat(instant[:10])


def rail_of(seen: Seen, today: date, which: str, me: str) -> list[RailLine]:
    """The timeline as lines; ``which`` is "", "platform" or "here"."""
    lang = language.lang()
    found = [_next_line(seen, today, lang)] if not which else []
    for moment in telling(seen.timeline):
        here = moment.who == me
        if which and (which == "here") != here:
            continue
        words, icon, tone = wording.moment(moment.what, moment.changes, lang, seen=moment.seen, kind=seen.record.kind)
        when = wording.stamp(moment.at, today, lang) if moment.at else ""
        found.append(RailLine(words, when, _rail_note(moment, seen, lang), icon, tone))
    return [line for line in found if line is not None]


def _next_line(seen: Seen, today: date, lang: str) -> RailLine | None:
    record = seen.record
    remarks = remarks_of(record)
    if record.workflow == "returned":
        due = next((str(one["due"]) for one in remarks if one.get("due")), "")
        words = tr("下一步：{day}前补齐").format(day=wording.day(due, today, lang)) if due else tr("下一步：补齐")
        return RailLine(words, "", tr("补 {n} 处后重新提交").format(n=max(1, len(remarks))), "target", "blue")
    if record.conflicts:
        return RailLine(tr("下一步：处理冲突"), "", tr("两边的值都在，由你定。"), "target", "violet")
    gaps = [one for one in (seen.checked.problems if seen.checked else []) if one.severity == "block"]
    if record.workflow == "draft":
        note = wording.problem(gaps[0], lang) if gaps else tr("检查全部通过，可以提交")
        return RailLine(tr("下一步：提交到平台"), "", note, "target", "blue")
    if record.workflow in ("queued", "submitted"):
        return RailLine(tr("下一步：等平台审核"), "", tr("审核结果随同步取回"), "target", "blue")
    return None


def _rail_note(moment: Moment, seen: Seen, lang: str) -> str:
    if moment.note:
        said = wording.note(moment.note, lang)
        return f"{moment.who}：{said}" if moment.who else said
    fields = KINDS[seen.record.kind].fields
    shown = [(fields[name], pair) for name, pair in moment.changes.items() if name in fields]
    if moment.what == "edited" and shown and any(before is not None for _field, (before, _after) in shown):
        parts = []
        for field, (before, after) in shown[:CHANGES_SHOWN]:
            words = [_cut(spoken(field, held, seen, lang, language.choice)) for held in (before, after)]
            parts.append(f"{language.label(field)} {words[0]} → {words[1]}")
        more = tr(" 等") if len(shown) > CHANGES_SHOWN else ""
        return f"{'；'.join(parts)}{more}"
    unseen = "" if moment.seen else tr("还没有到平台")
    return " · ".join(part for part in (moment.who, unseen) if part)


def _cut(words: str, most: int = 16) -> str:
    return words if len(words) <= most else f"{words[:most]}…"
