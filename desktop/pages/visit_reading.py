"""Visits as their page shows them, read in one go beside the window: weeks, what came of them, who is due. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from desktop import wording
from sync.domain.fields import parse_date
from sync.records import Row
from sync.workspace import Workspace

FINDS = ("achievement", "demand")
LONG_AGO_DAYS = 90
MOST = 2_000


@dataclass(frozen=True, slots=True)
class Find:
    """What came of a visit: a record with its words for a chip."""

    id: str
    words: str
    kind: str


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit with its day and what came of it."""

    row: Row
    day: date
    finds: tuple[Find, ...]


@dataclass(frozen=True, slots=True)
class Visits:
    """All that the page shows. ``months``: visits of the year by month; ``due``: (row, day), soonest first."""

    asked: tuple[int, str]
    visits: list[Visit]
    total: int
    organisations: int
    months: list[int]
    due: list[tuple[Row, str]]
    long_ago: list[Row]
    counted: int


def read_visits(workspace: Workspace, year: int, search: str, today: date, shown: int) -> Visits:
    """Reads the visits of ``year`` that match ``search``; names of finds only for the first ``shown``."""
    every = workspace.rows(("visit",), year=year, limit=MOST).rows
    every = [row for row in every if row.workflow not in ("withdrawn", "deleted")]
    rows = workspace.rows(("visit",), year=year, search=search, limit=MOST).rows if search else every
    rows = sorted(rows, key=lambda row: day_of(row, today), reverse=True)
    visits = [Visit(row, day_of(row, today), _finds(workspace, row)) for row in rows[:shown]]
    months = [0] * 12
    for row in every:
        day = day_of(row, today)
        if day.year == year:
            months[day.month - 1] += 1
    due = [(row, str(row.fields["due_on"])) for row in every if parse_date(str(row.fields.get("due_on") or ""))]
    found = workspace.rows(FINDS, mine=True, limit=MOST).rows
    counted = sum(1 for row in found if (row.counted or {}).get("credit") and (row.counted or {}).get("year") == year)
    long_ago = _long_ago(workspace, found, today)
    organisations = len({str(row.fields.get("org")) for row in every if row.fields.get("org")})
    due.sort(key=lambda one: one[1])
    return Visits((year, search), visits, len(rows), organisations, months, due, long_ago, counted)


def day_of(row: Row, today: date) -> date:
    """The day of a visit: begun, else planned, else written."""
    for held in (row.fields.get("started_at"), row.fields.get("planned_on"), row.updated_at):
        at = wording.local(str(held or ""))
        day = at.date() if at else parse_date(str(held or ""))
        if day is not None:
            return day
    return today


def _finds(workspace: Workspace, row: Row) -> tuple[Find, ...]:
    found = []
    for one in row.fields.get("finds") or ():
        try:
            record = workspace.get(str(one))
        except LookupError:
            continue
        number = record.facts.get("number")
        title = str(record.fields.get("title") or record.fields.get("content") or "")
        found.append(Find(record.id, " ".join(part for part in (number, title) if part), record.kind))
    return tuple(found)


def _long_ago(workspace: Workspace, found: Sequence[Row], today: date) -> list[Row]:
    """Organisations of our records that nobody visited for 90 days."""
    since = today - timedelta(days=LONG_AGO_DAYS)
    recent = {
        str(row.fields.get("org"))
        for row in workspace.rows(("visit",), limit=MOST).rows
        if row.fields.get("org") and day_of(row, today) >= since
    }
    ours = {str(row.fields.get("org") or row.fields.get("owner_org") or "") for row in found} - recent - {""}
    return [row for row in workspace.rows(("organisation",), limit=MOST).rows if row.id in ours]
