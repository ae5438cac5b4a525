"""Who answers for an item (包干): assignments, what the responsible unit gets to see, and escalation.

One unit is responsible at a time. It is shown the item and its company, its earlier valuations, and an assignment of
its own; the finder is told who it is. Another assignment ends the one before, which stays to be read. A fair value of
1亿元 and above escalates the item, whoever serves it.
This module must not know HTTP or the command line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from sync.domain.kinds import KINDS
from sync.domain.lifecycle import AMENDED
from sync.domain.values import to_day
from sync.errors import NoSuch
from sync.server import sharing
from sync.server.held import PLATFORM, Actor, Held, picture
from sync.server.review import CENTRE, decision, try_stage
from sync.server.schema import record, unit
from sync.server.service import Service
from sync.server.work import Work, create

COMMON, RAISED = "一般", "提级"


def assign(service: Service, record_id: str, unit_code: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Make a unit responsible for landing an item. Raises NoSuch."""
    with decision(service) as work:
        known = work.connection.execute(select(unit.c.name).where(unit.c.code == unit_code)).scalar()
        subject = work.get(record_id)
        if known is None or subject is None or subject.kind not in ("achievement", "demand", "landing"):
            raise NoSuch(unit_code if known is None else record_id)
        day = to_day(work.at).isoformat()
        values = {name: value for name, value in given.items() if value is not None and name in KINDS["assignment"].fields}
        values.setdefault("level", RAISED if subject.facts.get("escalated") else COMMON)
        values |= {"subject": subject.id, "unit": unit_code, "from_on": day}
        before_unit = unit_of(subject)
        end(work, subject, day)
        _hand_to(work, subject, unit_code, {
            "unit": unit_code, "name": known, **{name: values[name] for name in ("liaison", "due_on", "level") if name in values},
        })  # fmt: skip
        made = create(work, unit_code, "assignment", values)
        if subject.unit != unit_code:
            create(work, subject.unit, "assignment", values)
        if unit_code != before_unit:
            for one in about(work, "evaluation", subject.id):
                if one.unit == before_unit and one.fields.get("value_fen") is not None:
                    create(work, unit_code, "evaluation", one.fields)
        try_stage(work, subject, "assigned")
        # A landing that is verified stays with whom it was credited to; only naming the landing itself corrects that.
        claims = [one for one in about(work, "landing", subject.id) if one.workflow not in AMENDED]
        for landing in [subject] if subject.kind == "landing" else claims:
            before = picture(landing)
            landing.put("responsible_unit", unit_code, CENTRE, work.at)
            work.row(landing, before, CENTRE, "review")
    return {"id": made.id, "subject": subject.id, "unit": unit_code}


def unit_of(subject: Held) -> str:
    """The unit that answers for an item: the assigned one, else its finder."""
    return str((subject.facts.get("responsible") or {}).get("unit") or subject.unit)


def units_told(subject: Held) -> Sequence[str]:
    """Who is told of an evaluation: the responsible unit first, then the finder."""
    return list(dict.fromkeys((unit_of(subject), subject.unit)))


def end(work: Work, subject: Held, day: str) -> None:
    """Close the assignments of an item that are open."""
    for one in about(work, "assignment", subject.id):
        if not one.fields.get("to_on"):
            _say(work, one, {"to_on": day})


def escalate(work: Work, subject: Held) -> None:
    """Leaders follow the item now: it is flagged, and so is the work of whoever serves it."""
    before = picture(subject)
    responsible = subject.facts.get("responsible")
    subject.tell(escalated=True, responsible={**responsible, "level": RAISED} if responsible else None)
    work.row(subject, before, CENTRE, "review")
    for one in about(work, "assignment", subject.id):
        if not one.fields.get("to_on"):
            _say(work, one, {"level": RAISED})


def about(work: Work, kind: str, subject_id: str) -> list[Held]:
    """The records of a kind that are about an item, in every unit, in the order they were made."""
    ids = list(work.connection.execute(select(record.c.id).where(record.c.kind == kind).order_by(record.c.created_at)).scalars())
    ids += [one.id for one in work.records.values() if one is not None and one.kind == kind and one.id not in ids]
    work.load(ids)
    return [held for one in ids if (held := work.get(one)) is not None and held.fields.get("subject") == subject_id]


def _hand_to(work: Work, subject: Held, unit_code: str, responsible: Mapping[str, Any]) -> None:
    """Show the item and its organisations to the unit, its company first; the unit before sees it no further."""
    old = unit_of(subject)
    held_by = [subject]
    for name, field in KINDS[subject.kind].fields.items():
        value = subject.fields.get(name)
        org = work.get(value) if field.of == ("organisation",) and isinstance(value, str) else None
        if org is not None and org.unit == subject.unit:
            held_by.insert(0, org)
    for one in held_by:
        before = picture(one)
        if one is subject:
            one.tell(responsible=dict(responsible))
            if old not in (unit_code, subject.unit):
                sharing.unshare(one, old)
        if unit_code != one.unit:
            sharing.share(one, unit_code, sharing.WHOLE)
        work.row(one, before, CENTRE, "review")


def _say(work: Work, held: Held, values: Mapping[str, Any]) -> None:
    before = picture(held)
    for name, value in values.items():
        held.put(name, value, Actor(PLATFORM), work.at)
    work.row(held, before, Actor(PLATFORM), "edited")
