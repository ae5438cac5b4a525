"""Reports between ``sync.reports`` and the workspace: read, fill, state, write out; and the command. No Qt but for PDF.

A report is filled from everything the profile holds. Stating it (定稿) keeps its rows in a report record, one for each
kind and period; from then on it is shown as it was. The stamped scan hangs on that record and goes to the platform.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from desktop import transfer, wording
from sync import errors, judging
from sync.domain.problems import Problem
from sync.records import Record
from sync.reports import fill, periods, sheets
from sync.reports.catalogue import REPORTS, find
from sync.reports.declare import BY, Filled, Report
from sync.reports.periods import PERIOD_KINDS, Period
from sync.reports.sources import READ, Source
from sync.workspace import Workspace, today

ENDINGS = (".xlsx", ".pdf")
SCAN = "report_scan"


@dataclass(frozen=True, slots=True)
class Wish:
    """How somebody wants a report: what is listed, as of which day, which columns, and whole telephone numbers or not."""

    scope: str = ""
    until: date | None = None
    columns: frozenset[str] | None = None  # None: the usual ones
    plain_phones: bool = False


def source(workspace: Workspace, report: Report, year: int, wish: Wish | None = None) -> Source:
    """Everything a report of ``year`` is made from, read in a few queries."""
    wish = wish or Wish()
    quota = workspace.quota(year) if report.quota else {}
    spoken = (workspace.feed.facts("counted") or {}).get("as_of")
    rounds = [one for one in workspace.rounds(50) if not one.error]
    return Source(
        identity=workspace.required(), rows=workspace.rows(READ, limit=1_000_000).rows, today=today(), quotas={year: quota},
        until=wish.until if report.dated else None, plain_phones=wish.plain_phones,
        places={code: name for name, code in sorted(transfer.places().items(), key=lambda one: len(one[0]))},
        as_of=str(spoken or (rounds[0].server_time or rounds[0].started_at if rounds else "")), pending=workspace.pending().records,
        freeze_days=int(judging.parameter(workspace.feed, "ledger_freeze_days", periods.FREEZE_DAYS)),
        escalation_fen=judging.parameters(workspace.feed).escalation_fen,
        state=lambda row: wording.business(row.kind, row.workflow, row.stage)[0],
    )  # fmt: skip


def record_of(workspace: Workspace, report: Report, period: Period) -> Record | None:
    """The report record of a kind and period, the newest that still stands."""
    if not report.kept:
        return None
    for row in workspace.rows(("report",), limit=10_000).rows:
        if row.fields.get("kind") == report.label and row.fields.get("period") == period.code and row.workflow != "withdrawn":
            return workspace.get(row.id)
    return None


def read(
    workspace: Workspace, report: Report, period: Period, notes: str | None = None, wish: Wish | None = None
) -> tuple[Filled, Record | None]:  # fmt: skip
    """The report as it would be written now, and its record: stated rows where there are any, else fresh ones.

    ``notes`` None takes those of the record.
    """
    wish = wish or Wish()
    whole, record = source(workspace, report, period.year, wish), record_of(workspace, report, period)
    held = record.fields if record is not None else {}
    if record is not None and notes is None and held.get("rows") is not None:
        kept = fill.restore(report, whole, period, held)
        if kept is not None:
            return kept, record
    kept_notes = held.get("notes") if report.kept else workspace.recall(_place(report, period))
    said = str(kept_notes or "") if notes is None else notes
    return fill.fill(report, whole, period, said, wish.scope, wish.columns), record


def keep_notes(workspace: Workspace, report: Report, period: Period, notes: str) -> str:
    """Keep the notes in the report record (made if there is none); its id. Stated rows stay as they are.

    A report that is no record keeps its notes on this laptop; its id is empty.
    """
    if not report.kept:
        workspace.remember(_place(report, period), notes)
        return ""
    record = record_of(workspace, report, period)
    if record is None:
        return workspace.draft("report", {"kind": report.label, "period": period.code, "notes": notes})
    workspace.edit(record.id, {"notes": notes or None})
    return record.id


def _place(report: Report, period: Period) -> str:
    return f"report-notes:{report.key}:{period.code}"


def state(workspace: Workspace, report: Report, period: Period, notes: str | None = None, scope: str = "") -> str:
    """Fix the report (定稿): rows and sums as of today go into its record; its id.

    Raises:
        Refused: NOT_KEPT for a report that is no record, RECORD_CLOSED after the platform has decided.
    """
    if not report.kept:
        raise errors.Refused([Problem(None, "UNKNOWN_KIND", "block", {"kind": report.label, "choices": ""})])
    record = record_of(workspace, report, period)
    said = notes if notes is not None else str((record.fields if record else {}).get("notes") or "")
    record_id = keep_notes(workspace, report, period, said)
    made = fill.fill(report, source(workspace, report, period.year), period, said, scope)
    workspace.fill(record_id, fill.stated(made, today()))
    return record_id


def reopen(workspace: Workspace, record_id: str) -> None:
    """Let a stated report follow the records again."""
    workspace.fill(record_id, {"rows": None, "totals": None, "state": "草稿"})


def export(filled: Filled, out: Path) -> int:
    """Write .xlsx or .pdf by the ending; how many rows.

    Raises:
        Refused: another ending. NoChineseFont: .pdf on a computer without one. ReadOnly, DiskFull.
    """
    if out.suffix.lower() == ".pdf":
        from desktop.report_painter import write_pdf

        return write_pdf(out, filled)
    return sheets.write(out, filled)


def file_name(filled: Filled, ending: str) -> str:
    """The name a file of it is offered under."""
    return f"{filled.unit}-{filled.report.label}-{filled.period.code}{ending}"


def listed(lang: str = "zh") -> dict[str, Any]:
    """Every report with its period, writer and reader."""
    at = lang == "en"
    return {
        "reports": [
            {"kind": one.key, "label": one.en if at else one.label, "period": one.period, "when": PERIOD_KINDS[one.period][at],
             "by": BY[one.by][at], "to": one.to, "phrase": one.phrase, "current": periods.current(one.period, today()).code,
             "columns": [{"key": column.key, "label": column.en if at else column.label, "named": column.named} for column in one.columns],
             "scopes": {key: words[at] for key, words in one.scopes.items()}}
            for one in REPORTS.values()
        ]
    }  # fmt: skip


def command(args: Any, opened: Callable[[Any], Any], usage: type[Exception]) -> tuple[dict[str, Any], str]:
    """``liaison report``: (the JSON answer, the line for people). ``usage`` is raised where the call is wrong."""
    lang = args.lang
    if args.list:
        body = listed(lang)
        lines = [f"{one['kind']:<13} {one['label']}  {one['when']}  {one['by']} → {one['to']}" for one in body["reports"]]
        return body, "\n".join(lines)
    report = find(args.kind or "")
    if report is None or not (args.out or args.state or args.reopen):
        raise usage(f"report KIND --period P --out F.xlsx|F.pdf | --state | --reopen; KIND: {', '.join(REPORTS)}")
    out = Path(args.out) if args.out else None
    if out is not None and out.suffix.lower() not in ENDINGS:
        raise usage(f"--out {out.name}: {' | '.join(ENDINGS)}")
    period = _period(report, args.period, usage)
    notes = _notes(args.notes, usage) if args.notes else None
    with opened(args) as workspace:
        if args.reopen:
            standing = record_of(workspace, report, period)
            if standing is None:
                raise usage(f"--reopen: {report.label} {period.code}")
            reopen(workspace, standing.id)
        if args.state:
            state(workspace, report, period, notes, args.scope or "")
        filled, record = read(workspace, report, period, notes, Wish(args.scope or ""))
        rows = export(filled, out) if out is not None else len(filled.rows)
    body = {
        "rows": rows, "file": str(out) if out is not None else None, "kind": report.key, "period": period.code, "title": filled.title,
        "as_of": filled.as_of.isoformat(), "stated_on": filled.stated_on or None, "record": record.id if record is not None else None,
        "seal": filled.seal, "checks": [{"tone": one.tone, "message": one.en if lang == "en" else one.zh} for one in filled.checks],
    }  # fmt: skip
    said = "\n".join(f"  {one.en if lang == 'en' else one.zh}" for one in filled.checks if one.tone != "ok")
    return body, f"{filled.title}  {rows} → {out or '-'}\n{said}".strip()


def _period(report: Report, text: str | None, usage: type[Exception]) -> Period:
    try:
        return periods.parse(report.period, text) if text else periods.current(report.period, today())
    except ValueError as error:
        example = periods.current(report.period, date(2026, 3, 1)).code
        raise usage(f"--period {text}: {report.key} {PERIOD_KINDS[report.period][1]}, {example}") from error


def _notes(place: str, usage: type[Exception]) -> str:
    try:
        text = Path(place).read_text("utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise usage(f"--notes {place}: {error}") from error
    if len(text) > fill.MOST_NOTES:
        raise usage(f"--notes {place}: {len(text)} > {fill.MOST_NOTES}")
    return text
