"""What the centre has put into the liaison's hands, and what of it does not move: lines of the to-do list.

    assignment  an item this unit answers for (包干), until somebody served it, and again as its day draws near
    task        a notice that asks for something or names a day, until it was read, and again before its day
    advice      a piece of landing advice nobody has ticked off
    stuck       an item served here, or a blocker raised here, that has not moved for the platform's number of days

Progress of an item is a service log, a row of the ledger, a visit that names it or a landing claimed, at the earliest
the day the unit took it over. A blocker raised since then is the request for help itself and ends the reminder.
Must not know tables or Qt.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from sync.domain.fields import parse_date
from sync.domain.kinds import KINDS
from sync.domain.parameters import Parameters
from sync.domain.problems import Problem
from sync.domain.selection import is_stuck
from sync.domain.steps import last_day, stage_of
from sync.domain.values import to_day
from sync.store.shelf import Shelf

AHEAD = 14  # days before its day something is shown again
SERVED = {"achievement": ("assigned", "advancing"), "demand": ("matching", "matched", "contracted")}
DONE = frozenset({"landed", "exited", "fulfilled", "closed"})
OPEN_BLOCKER = frozenset({"open", "routed", "studying"})
TASK = "任务"


@dataclass(frozen=True, slots=True)
class Todo:
    """One next step. ``problem`` says what; ``field`` is where it is done; ``due`` a day or None."""

    what: Literal[
        "returned", "conflict", "missing", "blocked", "refused", "due", "upload", "assignment", "task", "advice", "stuck"
    ]
    id: str
    kind: str
    title: str
    subtitle: str
    problem: Problem | None
    text: str
    field: str | None
    due: str | None
    since: str
    number: str = ""  # the platform's, where it gave one


class Duties:
    """The records of a moment, read once for all questions."""

    def __init__(self, shelf: Shelf, unit: str, today: date, params: Parameters) -> None:
        self._shelf, self._unit, self._today, self._params = shelf, unit, today, params
        self._assigned = shelf.of(("assignment",))
        self._about: dict[str, list[tuple[str, Mapping[str, Any], Any]]] = {}
        for row in shelf.of(("service_log", "ledger_row", "landing", "blocker", "visit")):
            if row.workflow in ("withdrawn", "rejected"):
                continue
            fields = shelf.values([row.id])[row.id]
            for subject in [fields.get("subject"), *(fields.get("finds") or ())]:
                self._about.setdefault(str(subject or ""), []).append((row.kind, fields, row))

    def all(self) -> list[Todo]:
        """Everything, in no order."""
        return [*self._assignments(), *self._tasks(), *self._advice(), *self._stuck()]

    # -- assigned items ----------------------------------------------------------------------------------------

    def _assignments(self) -> Iterator[Todo]:
        for row in self._assigned:
            held = self._shelf.values([row.id])[row.id]
            if held.get("unit") != self._unit or held.get("to_on") or self._stage(str(held.get("subject"))) in DONE:
                continue
            logs = [one for kind, one, _row in self._about.get(str(held.get("subject")), ()) if kind == "service_log"]
            due = str(held.get("due_on") or "") or None
            if logs and not self._near(due):
                continue
            values = {"level": held.get("level") or "一般", "since": held.get("from_on") or "", "count": len(logs)}
            yield self._of(str(held.get("subject")), "assignment", Problem(None, "ASSIGNED", "hint", values), "", due, row)

    def _tasks(self) -> Iterator[Todo]:
        for row in self._shelf.of(("notice",)):
            held = self._shelf.values([row.id])[row.id]
            due = str(held.get("due_on") or "") or None
            if (held.get("kind") != TASK and due is None) or (held.get("read_at") and not self._near(due)):
                continue
            if held.get("read_at") and due is not None and due < self._today.isoformat():
                continue  # it was read and its day is over
            issuer, text = str(held.get("issuer") or ""), str(held.get("body") or "").strip()
            yield Todo("task", row.id, "notice", str(held.get("title") or ""), issuer, None, text[:200], None, due, row.updated_at)

    def _advice(self) -> Iterator[Todo]:
        for row in self._shelf.of(("evaluation",)):
            held = self._shelf.values([row.id])[row.id]
            subject = str(held.get("subject") or "")
            if not self._answers_for(subject) or self._stage(subject) in DONE:
                continue
            done = set(held.get("followed") or ())
            for one in held.get("advice") or ():
                if isinstance(one, dict) and str(one.get("n")) not in done:
                    due, words = str(one.get("due_on") or "") or None, str(one.get("measure") or "")
                    owner = f"（{one['owner']}）" if one.get("owner") else ""
                    yield self._of(subject, "advice", None, f"{words}{owner}", due, row)

    # -- what does not move ------------------------------------------------------------------------------------

    def _stuck(self) -> Iterator[Todo]:
        served = tuple({stage for stages in SERVED.values() for stage in stages})
        for row in self._shelf.of(tuple(SERVED), served):
            if self._stage(row.id) in SERVED[row.kind] and self._answers_for(row.id):
                since = self._moved(row)
                asked = any(kind == "blocker" and str(one.get("since") or "") >= since.isoformat()
                            for kind, one, _row in self._about.get(row.id, ()))  # fmt: skip
                if not asked:
                    yield from self._late(row, row.id, since)
        for row in self._shelf.of(("blocker",)):
            held = self._shelf.values([row.id])[row.id]
            stage = stage_of("blocker", self._stage(row.id), row.workflow)
            began = parse_date(str(held.get("since") or ""))
            if row.unit == self._unit and row.workflow in ("submitted", "accepted") and stage in OPEN_BLOCKER and began:
                yield from self._late(row, row.id, began)

    def _late(self, row: Any, subject: str, since: date) -> Iterator[Todo]:
        days = (self._today - since).days
        if is_stuck(days, self._params):
            values = {"days": days, "limit": self._params.stuck_days}
            yield self._of(subject, "stuck", Problem(None, "SUGGEST_ESCALATION", "warn", values), "", None, row)

    def _moved(self, row: Any) -> date:
        """The day an item last moved: what was done, else when it was taken over, else when it was received."""
        days = [day for kind, one, made in self._about.get(row.id, ()) for day in self._days(kind, one, made)]
        for one in self._assigned:
            held = self._shelf.values([one.id])[one.id]
            if held.get("subject") == row.id and held.get("unit") == self._unit:
                days.append(str(held.get("from_on") or ""))
        received = str(json.loads(row.facts).get("received_at") or row.created_at)
        found = [day for day in map(parse_date, days) if day is not None and day <= self._today]
        return max(found, default=to_day(received))

    def _days(self, kind: str, held: Mapping[str, Any], row: Any) -> list[str]:
        if kind == "service_log":
            return [str(held.get("done_on") or "")]
        if kind == "ledger_row" and held.get("progress") and KINDS[kind].fields["month"].check(held.get("month")) is None:
            end = last_day(str(held["month"]), self._params) - timedelta(days=self._params.ledger_freeze_days)
            return [min(end, self._today).isoformat()]
        if kind == "visit":
            return [str(held.get("started_at") or "")[:10]]
        return [to_day(row.created_at).isoformat()] if kind == "landing" and row.workflow != "draft" else []

    # -- small questions ---------------------------------------------------------------------------------------

    def _answers_for(self, subject: str) -> bool:
        """Whether this unit serves an item: it was made responsible, or nobody was and it is its own."""
        try:
            record = self._shelf.get(subject)
        except LookupError:
            return False
        return bool((record.facts.get("responsible") or {}).get("unit", record.unit) == self._unit)

    def _stage(self, subject: str) -> str | None:
        return self._shelf.stage(subject)

    def _near(self, due: str | None) -> bool:
        return due is not None and due <= (self._today + timedelta(days=AHEAD)).isoformat()

    def _of(self, subject: str, what: Any, problem: Problem | None, text: str, due: str | None, row: Any) -> Todo:
        """A line about an item; about the record that speaks of it where the item itself is not here."""
        try:
            record = self._shelf.get(subject)
        except LookupError:
            told = str(json.loads(row.facts).get("number") or "")
            return Todo(what, row.id, row.kind, row.title, "", problem, text, None, due, row.updated_at, told)
        declared = KINDS[record.kind]
        org = self._shelf.values([str(record.fields.get(declared.subtitle) or "")])
        name = next((str(fields.get("name") or fields.get("title") or "") for fields in org.values()), "")
        title = str(record.fields.get(declared.title) or "")
        number = str(record.facts.get("number") or "")
        return Todo(what, record.id, record.kind, title, name, problem, text, None, due, row.updated_at, number)
