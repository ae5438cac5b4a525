"""Puts a report together: rows, sums, head, checks and a check code; or brings a stated one back as it was.

Once stated, rows and sums are what the report record keeps, whatever the records say today. A month's ledger is also
fixed by the calendar: some days after the month's end it should be stated, and the checks say so. Must not know Qt.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sync.domain.fields import parse_time
from sync.domain.values import SHANGHAI
from sync.reports.declare import Body, Cell, Check, Column, Filled, Report, shown
from sync.reports.periods import Period, day_words
from sync.reports.sources import Source

MOST_NOTES = 2_000  # as the report record's field


def fill(
    report: Report, source: Source, period: Period, notes: str = "", scope: str = "", columns: Collection[str] | None = None
) -> Filled:  # fmt: skip
    """The report as the records stand today; ``columns`` that may be left out stand on it only where they are named."""
    usual = next(iter(report.scopes), "")
    body = report.body(source, period, scope if scope in report.scopes else usual)
    shown_ones = report.usual() if columns is None else columns
    kept = [at for at, column in enumerate(report.columns) if not column.choice or column.key in shown_ones]
    if len(kept) < len(report.columns):
        body = replace(body, rows=[[row[at] for at in kept] for row in body.rows])
        report = replace(report, columns=tuple(report.columns[at] for at in kept))
    made = Filled(
        report=report, period=period, title=title_of(report, source.identity.unit_name, period), unit=source.identity.unit_name,
        liaison=source.identity.liaison_name, as_of=source.until or source.today, rows=body.rows,
        words=body.words, totals=_totals(report.columns, body), notes=notes.strip(),
        checks=[*body.checks, *_common(report, source, period)], annexes=body.annexes, counts=body.counts,
    )  # fmt: skip
    return replace(made, seal=seal(made))


def title_of(report: Report, unit: str, period: Period) -> str:
    """长安镇科技成果转化工作台账（2026年3月）."""
    return f"{unit}{report.title}（{period.label()}）"


def restore(report: Report, source: Source, period: Period, stated: Mapping[str, Any]) -> Filled | None:
    """A stated report out of its record's fields (``rows``, ``totals``, ``notes``); None where they do not fit."""
    rows, kept = stated.get("rows"), stated.get("totals")
    if not isinstance(rows, list) or not isinstance(kept, Mapping):
        return None
    if any(not isinstance(row, list) or len(row) != len(report.columns) for row in rows):
        return None
    day = str(kept.get("as_of") or "")
    try:
        as_of = date.fromisoformat(day)
    except ValueError:
        return None
    made = Filled(
        report=report, period=period, title=str(kept.get("title") or title_of(report, source.identity.unit_name, period)),
        unit=str(kept.get("unit") or source.identity.unit_name), liaison=str(kept.get("liaison") or source.identity.liaison_name),
        as_of=as_of, rows=rows, words=str(kept.get("words") or ""), totals=dict(kept.get("sums") or {}),
        notes=str(stated.get("notes") or ""), checks=[], stated_on=str(kept.get("stated_on") or day),
    )  # fmt: skip
    made = replace(made, seal=seal(made))
    same = made.seal == kept.get("seal")
    said = Check("ok", f"已于 {made.stated_on} 定稿，内容不再随记录变化", f"Fixed on {made.stated_on}; it no longer follows the records")
    changed = Check("warn", "说明或明细与定稿时不同，请重新定稿", "Notes or rows differ from when it was fixed; fix it again")
    return replace(made, checks=[said if same else changed])


def stated(filled: Filled, today: date) -> dict[str, Any]:
    """What a report record keeps of it: ``rows`` and ``totals``."""
    kept = {
        "title": filled.title, "unit": filled.unit, "liaison": filled.liaison, "as_of": filled.as_of.isoformat(),
        "words": filled.words, "sums": dict(filled.totals), "columns": [column.label for column in filled.columns],
        "stated_on": today.isoformat(), "seal": filled.seal,
    }  # fmt: skip
    return {"rows": [list(row) for row in filled.rows], "totals": kept, "state": "定稿"}


def seal(filled: Filled) -> str:
    """A code of 12 signs over all that stands on the paper: whoever fills the same report gets the same one."""
    body = [filled.title, filled.unit, filled.liaison, filled.as_of.isoformat(), [list(row) for row in filled.rows], filled.words,
            sorted(filled.totals.items()), filled.notes]  # fmt: skip
    digest = hashlib.sha256(json.dumps(body, ensure_ascii=False).encode()).hexdigest()[:12].upper()
    return f"{digest[:4]}-{digest[4:8]}-{digest[8:]}"


def head_words(filled: Filled) -> tuple[str, str, str]:
    """The line under the title: left, middle, right."""
    return (
        f"填报单位：{filled.unit}",
        f"期间：{filled.period.label()}（截至{day_words(filled.as_of)}）",
        f"单位：{filled.report.units}",
    )


def sign_words(filled: Filled) -> tuple[str, ...]:
    """The line of signatures, with room to sign after each but the first."""
    return (f"填表人：{filled.liaison}", "审核人：", "单位负责人：", "（盖章）", day_words(filled.as_of))


def head_of(column: Column) -> str:
    """A column's head; those a policy text names bear the dagger."""
    return f"{column.label}†" if column.named else column.label


def foot_words(filled: Filled) -> str:
    """Under the last page: what the dagger means, and the check code."""
    named = "带†的栏目为政策文件所列。" if any(column.named for column in filled.columns) else ""
    return f"{named}校验码：{filled.seal}"


def _totals(columns: Sequence[Column], body: Body) -> dict[str, Cell]:
    sums: dict[str, Cell] = {}
    for at, column in enumerate(columns):
        if column.key in body.totals:
            sums[column.key] = body.totals[column.key]
        elif column.total:
            sums[column.key] = sum(row[at] for row in body.rows if isinstance(row[at], int))  # type: ignore[misc]
    return sums if body.rows else {}


def _common(report: Report, source: Source, period: Period) -> list[Check]:
    """Checks of every report: how old the platform's word is, what it has not seen, and whether the month is over."""
    checks = []
    spoken = parse_time(source.as_of) if source.as_of else None
    at = spoken.astimezone(SHANGHAI) if spoken is not None else None
    if at is None:
        checks.append(Check("warn", "还没有同步过，审核状态都不在表里", "Never synced: no state of the platform is in here", sync=True))
    else:
        words = at.strftime("今天 %H:%M" if at.date() == source.today else "%Y-%m-%d %H:%M")
        old = at.date() < source.today or source.pending > 0
        en = f"States as of {at:%Y-%m-%d %H:%M}; later changes are not in here"
        checks.append(Check("warn" if old else "ok", f"审核状态截至{words}，之后的变化不在表里", en, sync=old))
    if any("restored" in one for one in source.quotas.values()):
        words = "平台从备份恢复过，各单位的电脑正在补回，已计入的数字可能偏低"
        checks.append(Check("warn", words, "The platform was restored and is being refilled: what it counts may be too low", sync=True))
    if source.pending:
        en = f"Changes of {source.pending} records have not reached the platform"
        checks.append(Check("info", f"{source.pending} 条记录有改动还没到平台", en, sync=True))
    if report.kept and report.period == "month" and period.end < source.today:
        last = period.freezes_on(source.freeze_days)
        if period.frozen(source.today, source.freeze_days):
            checks.append(Check("warn", f"{day_words(last)}起本月台账应已冻结，请尽快定稿", f"The month froze on {last}; fix the report now"))
        else:
            checks.append(Check("info", f"本月台账{day_words(last)}冻结，之前可以改", f"The month freezes on {last}; it may change until then"))
    return checks


def text_of(filled: Filled) -> list[list[str]]:
    """All rows as they stand on paper."""
    return [[shown(column.kind, value) for column, value in zip(filled.columns, row, strict=True)] for row in filled.rows]
