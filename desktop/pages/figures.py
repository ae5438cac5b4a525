"""What the progress page shows, read from the workspace in one go beside the window. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from desktop import wording
from desktop.pages.record_reading import telling
from desktop.pages.todo import read_todo
from sync.judging import Todo
from sync.records import Pending
from sync.workspace import Workspace

FINDS = ("achievement", "demand")
RECENT_SHOWN, TODO_SHOWN = 5, 7
MOST_COUNTED = 500


@dataclass(frozen=True, slots=True)
class Event:
    """A line of "recently": when, sentence, icon, tone, of what."""

    at: str
    words: str
    icon: str
    tone: str
    what: str


@dataclass(frozen=True, slots=True)
class Figures:
    """All that the page shows. ``years``: year -> (counted, target or None); ``days``: (day, credit) of what counts."""

    year: int
    quota: dict[str, Any]
    years: dict[int, tuple[float, int | None]]
    days: list[tuple[date, float]]
    by_kind: dict[str, int]
    todo: list[Todo]
    pending: Pending
    recent: list[Event] = field(default_factory=list)

    @property
    def target(self) -> int:
        """The year's task; 0 where none was issued."""
        return int(self.quota["discovery"].get("target") or 0)

    @property
    def counted(self) -> float:
        """What the platform counts."""
        return float(self.quota["discovery"].get("counted") or 0)

    def share(self, today: date) -> float:
        """How much of the year is over, 0 to 1."""
        start, end = date(self.year, 1, 1), date(self.year + 1, 1, 1)
        return min(max((today - start).days / (end - start).days, 0.0), 1.0)

    def pace(self, today: date) -> int:
        """Where an even pace would be today."""
        return round(self.target * self.share(today))


def read_figures(workspace: Workspace, year: int, around: tuple[int, ...], lang: str) -> Figures:
    """The figures of ``year``, and (counted, target) of the years ``around`` it that are not known yet."""
    said = workspace.quotas({year, *around}, naming=False)
    years = {one: (float(q["discovery"].get("counted") or 0), q["discovery"].get("target")) for one, q in said.items()}
    days, by_kind = [], dict.fromkeys(FINDS, 0)
    for row in workspace.rows(FINDS, workflow="accepted,amending", mine=True, limit=MOST_COUNTED).rows:
        counted = row.counted or {}
        if not counted.get("credit") or counted.get("year") != year:
            continue
        by_kind[row.kind] += 1
        received = wording.local(str(workspace.get(row.id).facts.get("received_at") or ""))
        found = received.date() if received else date.fromisoformat(str(row.fields.get("found_on") or f"{year}-01-01"))
        days.append((found, float(counted["credit"])))
    recent = read_recent(workspace, lang)
    return Figures(
        year, said[year], years, days, by_kind, read_todo(workspace), workspace.pending(), recent
    )


def read_recent(workspace: Workspace, lang: str) -> list[Event]:
    """The newest moments of the records that changed last."""
    found = []
    for row in workspace.rows((*FINDS, "visit", "landing"), limit=RECENT_SHOWN * 2).rows:
        for moment in telling(workspace.timeline(row.id))[:1]:
            words, icon, tone = wording.moment(moment.what, moment.changes, lang, seen=moment.seen, kind=row.kind)
            what = " · ".join(part for part in (row.number, wording.called(row)[0]) if part)
            found.append(Event(moment.at, words, icon, tone, what))
    return sorted(found, key=lambda one: one.at, reverse=True)[:RECENT_SHOWN]
