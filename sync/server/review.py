"""What the centre does: review papers, move business stages, hand over a unit.

Each decision is one transaction over all units' feeds (taken in ascending order), because a decision about one record
can move the credit of another: the facts of everything accepted are settled in the same transaction. Moves are those
of the life cycles; what the centre refuses it must explain. Platform-made records are in ``publishing``.
This module must not know HTTP or the command line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from sqlalchemy import func, or_, select

from sync.domain.kinds import KINDS
from sync.domain.lifecycle import CLOSED, MACHINES
from sync.domain.problems import Problem
from sync.domain.quota import FINDS, shares_problem
from sync.domain.values import to_day
from sync.errors import NoSuch, Refused
from sync.server import counting, judge
from sync.server.decide import reach
from sync.server.decide import stage as landing_stage
from sync.server.held import Actor, Held, picture
from sync.server.numbers import next_number
from sync.server.schema import record, unit
from sync.server.service import Service
from sync.server.work import Work

CENTRE = Actor("成果转化服务中心")
#: action -> the paper state it leads to
ACTIONS = {"accept": "accepted", "return": "returned", "reject": "rejected", "merge": "merged", "revoke": "revoked"}
#: what the owner of an item asks of the centre, beside its review
WANTS = ("valuation_wanted", "finance_need_fen", "wanted_site")
EXPLAINED = ("return", "reject", "revoke")
#: landing verified -> what becomes of the stage of its subject; and back when it is revoked
LANDED = {"achievement": "landed", "demand": "fulfilled"}
UNLANDED = {"achievement": "advancing", "demand": "contracted"}
#: what a landing that was verified has passed on its way, also where nobody said so then
THROUGH: dict[str, tuple[str, ...]] = {"achievement": ("advancing",), "demand": ("matching", "matched", "contracted")}


@contextmanager
def decision(service: Service) -> Iterator[Work]:
    """One decision: all feeds locked in order; facts settled, rows written and figures marked at its end."""
    with service.database.read() as reading:
        codes = list(reading.execute(select(unit.c.code).order_by(unit.c.code)).scalars())
    with service.database.write(*codes) as connection:
        work = Work(connection, service.ledger.clock())
        yield work
        counting.settle(work)
        service.database.mark(connection)
        work.finish()


def listing(service: Service, state: str = "", limit: int = 1000) -> dict[str, Any]:
    """Records by paper state, those that waited longest first."""
    chosen = record.c.workflow == state if state else record.c.workflow != ""
    with service.database.read() as connection:
        total = connection.execute(select(func.count()).select_from(record).where(chosen)).scalar_one()
        work = Work(connection, service.ledger.clock())
        oldest = select(record.c.id).where(chosen).order_by(record.c.received_at, record.c.id).limit(limit)
        ids = list(connection.execute(oldest).scalars())
        work.load(ids)
        rows = [_line(held) for one in ids if (held := work.get(one)) is not None]
    return {"total": total, "rows": rows}


def show(service: Service, record_id: str) -> dict[str, Any]:
    """One record with what the rules say of it, for whoever decides. Raises NoSuch."""
    with service.database.read() as connection:
        work = Work(connection, service.ledger.clock())
        held = _find(work, record_id)
        body: dict[str, Any] = {
            **_line(held), "fields": held.fields, "amendment": held.amendment, "facts": held.facts, "conflicts": held.conflicts,
            "evidence": [paper.fields for paper in work.papers(held)],
        }  # fmt: skip
        if held.kind in judge.JUDGED:
            body["would_count"] = counting.Count(work, judge.parameters(connection)).of(held)
    return body


def act(
    service: Service, record_id: str, action: str, code: str = "", remarks: Sequence[str] = (), into: str = ""
) -> dict[str, Any]:
    """Decide on a paper. Raises NoSuch, or Refused where the life cycle or the action's own rule says no."""
    with decision(service) as work:
        held = _find(work, record_id)
        if action in EXPLAINED and not code and not remarks:
            raise Refused([Problem(None, "REASON_MISSING", "block")])
        before = picture(held)
        if held.workflow == "amending" and action in ("accept", "return", "reject"):
            _amendment(held, work, action)
        else:
            _move(held, ACTIONS[action], work)
            if action == "accept":
                _accept(held, work)
            elif action == "merge":
                _merge(held, work, into)
            elif action == "revoke":
                _revoke(held, work)
        said = _remarks(held, code, remarks, work.at)
        if said or action in EXPLAINED or held.facts.get("remarks"):
            held.tell(remarks=said)
        work.row(held, before, CENTRE, "review", reason=code)
        answer = {"id": held.id, "workflow": held.workflow, "number": held.facts.get("number")}
    return answer


def set_stage(
    service: Service, record_id: str, target: str, note: str = "", values: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Move a record's business stage along its machine, with what the platform states besides. Raises NoSuch, Refused."""
    with decision(service) as work:
        held = _find(work, record_id)
        before = picture(held)
        move_stage(held, target, work.at)
        _say(held, values or {}, work)
        work.row(held, before, CENTRE, "stage", reason=note)
        answer = {"id": held.id, "stage": held.facts.get("stage"), "workflow": held.workflow}
    return answer


def state(service: Service, record_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """State what only the platform says of a record a liaison wrote (who is to decide, what was decided, …).

    Raises NoSuch, or Refused for a field that is not the platform's.
    """
    with decision(service) as work:
        held = _find(work, record_id)
        before = picture(held)
        _say(held, values, work)
        work.row(held, before, CENTRE, "review")
        answer = {"id": held.id, "fields": {name: held.fields.get(name) for name in values}, "workflow": held.workflow}
    return answer


def _say(held: Held, values: Mapping[str, Any], work: Work) -> None:
    fields = KINDS[held.kind].fields if held.kind in KINDS else {}
    wrong = [name for name in values if name not in fields or fields[name].owner != "platform"]
    if wrong:
        raise Refused([Problem(name, "UNKNOWN_FIELD", "block", {"name": name, "kind": held.kind}) for name in wrong])
    for name, value in values.items():
        held.put(name, value, CENTRE, work.at)


def share_out(service: Service, record_id: str, shares: Mapping[str, Fraction]) -> dict[str, Any]:
    """A4: give the finders of a joint find their shares (none: the first received has it whole again).

    Raises NoSuch for a record or unit, Refused where they do not add up to 1 or it is no find.
    """
    with decision(service) as work:
        held = _find(work, record_id)
        known = set(work.connection.execute(select(unit.c.code)).scalars())
        wrong = shares_problem(shares)
        if held.kind not in FINDS:
            wrong = Problem(None, "BAD_REF", "block", {"label": "成果或需求", "label_en": "Find", "value": held.id})
        if wrong is not None:
            raise Refused([wrong])
        if not known.issuperset(shares):
            raise NoSuch(str(sorted(set(shares) - known)))
        before = picture(held)
        held.tell(shares={code: str(share) for code, share in sorted(shares.items()) if share} or None)
        work.row(held, before, CENTRE, "review")
        answer = {"id": held.id, "workflow": held.workflow, "shares": held.facts.get("shares") or {}}
    return answer


def move_stage(held: Held, target: str, at: str) -> None:
    """The move itself. Raises Refused where the machine has no such move."""
    name = KINDS[held.kind].machine if held.kind in KINDS else ""
    source = str(held.facts.get("stage") or (MACHINES[name].initial if name else ""))
    if not name or MACHINES[name].move(source, target) is None:
        said = MACHINES[name or "workflow"].told(source=source, target=target)
        raise Refused([Problem(None, "BAD_TRANSITION", "block", said)])
    reach(held, target, CENTRE, at)


def try_stage(work: Work, held: Held | None, target: str | None) -> None:
    """Move a stage that follows from something else, if the machine allows it, with a row of its own."""
    if held is None or target is None or held.kind not in KINDS or not KINDS[held.kind].machine:
        return
    machine = MACHINES[KINDS[held.kind].machine]
    if machine.move(str(held.facts.get("stage") or machine.initial), target) is not None:
        before = picture(held)
        reach(held, target, CENTRE, work.at)
        work.platform_row(held, before, "stage")


def hand_over(service: Service, unit_code: str, to: str, leaving: str = "") -> tuple[str, str, int]:
    """A successor takes over: his id, his code, and how many open records he finds."""
    made, code, _closed = service.accounts.hand_over(unit_code, to, leaving)
    with service.database.read() as connection:
        open_ones = select(func.count()).select_from(record).where(
            record.c.unit == unit_code, record.c.workflow != "", record.c.workflow.not_in(sorted(CLOSED))
        )
        return made, code, int(connection.execute(open_ones).scalar_one())


# ----------------------------------------------------------------------------------------------------- decisions


def _find(work: Work, record_id: str) -> Held:
    held = work.get(record_id)
    if held is None:
        raise NoSuch(record_id)
    return held


def _move(held: Held, target: str, work: Work) -> None:
    source = held.workflow or ""
    if not MACHINES["workflow"].allows(source, target, "centre"):
        raise Refused([Problem(None, "BAD_TRANSITION", "block", MACHINES["workflow"].told(source=source, target=target))])
    held.move(target, CENTRE, work.at)
    landing_stage(held)


def _accept(held: Held, work: Work) -> None:
    """Number it, count it (``decision`` does) and begin its stage; a verified landing moves its subject."""
    _apart(held, work)
    if held.facts.get("remarks"):
        held.tell(remarks=[])
    if not held.facts.get("number"):
        held.tell(number=next_number(work.connection, held.kind, to_day(work.at).year))
    if held.kind in ("achievement", "demand") and not held.facts.get("stage"):
        held.tell(stage=MACHINES[held.kind].initial)
    subject = work.get(str(held.fields.get("subject") or "")) if held.kind == "landing" else None
    if subject is not None and subject.kind in LANDED:
        responsible = (subject.facts.get("responsible") or {}).get("unit")
        if responsible and not held.fields.get("responsible_unit"):
            held.put("responsible_unit", responsible, CENTRE, work.at)
        for step in (*THROUGH[subject.kind], LANDED[subject.kind]):
            try_stage(work, subject, step)


def _amendment(held: Held, work: Work, action: str) -> None:
    """A change request is taken into force, or dropped; either way the record is accepted again."""
    if action == "accept":
        for name, value in list(held.amendment.items()):
            stamp = held.stamps.get(name)
            held.put(name, value, CENTRE, work.at)
            if stamp is not None:
                held.stamps[name] = stamp  # the liaison wrote it; the centre only agreed
    held.amendment = {}
    held.move("accepted", CENTRE, work.at)


def _merge(held: Held, work: Work, into: str) -> None:
    """A duplicate: it stands behind another record, whose finders it joins."""
    other = work.get(into) if into else None
    if other is None or other.kind != held.kind or other.id == held.id:
        label = {"label": "合并到的记录", "label_en": "Merged into", "value": into}
        raise Refused([Problem(None, "BAD_REF", "block", label)])
    held.tell(merged_into=other.facts.get("number") or other.id, counted={"year": None, "credit": 0, "codes": ["DUPLICATE"]})
    if held.unit != other.unit:
        before = picture(other)
        other.tell(joint_finders=sorted({*other.facts.get("joint_finders", ()), held.unit}))
        work.row(other, before, CENTRE, "review")


def _apart(held: Held, work: Work) -> None:
    """A merge undone: it stands for itself again, and its finder is no joint finder of the other any more."""
    into = str(held.facts.get("merged_into") or "")
    held.tell(merged_into=None)
    behind = select(record.c.id).where(or_(record.c.number == into, record.c.id == into)).limit(1)
    found = work.connection.execute(behind).scalar() if into else None
    other = work.get(found) if found is not None else None
    if other is not None and held.unit in (other.facts.get("joint_finders") or ()):
        before = picture(other)
        other.tell(joint_finders=[one for one in other.facts["joint_finders"] if one != held.unit] or None)
        work.row(other, before, CENTRE, "review")


def _revoke(held: Held, work: Work) -> None:
    """Its count falls in its own year; a revoked landing takes its subject's stage back."""
    if held.facts.get("counted"):
        held.tell(counted={**held.facts["counted"], "credit": 0})
    if held.kind == "landing":
        subject = work.get(str(held.fields.get("subject") or ""))
        try_stage(work, subject, UNLANDED.get(subject.kind) if subject is not None else None)


def _remarks(held: Held, code: str, texts: Sequence[str], at: str) -> list[dict[str, Any]]:
    """``[FIELD=]TEXT`` as remarks; a name before "=" that is no field of the kind is text."""
    fields = KINDS[held.kind].fields if held.kind in KINDS else {}
    said = []
    for text in texts:
        name, equals, rest = text.partition("=")
        at_field = bool(equals) and name in fields
        said.append({"field": name if at_field else None, "code": code, "text": rest if at_field else text, "at": at})
    if code and not said:
        said.append({"field": None, "code": code, "text": "", "at": at})
    return said


def _line(held: Held) -> dict[str, Any]:
    title = KINDS[held.kind].title if held.kind in KINDS else "title"
    return {
        "id": held.id, "kind": held.kind, "unit": held.unit, "title": str(held.fields.get(title) or ""),
        "workflow": held.workflow, "stage": held.facts.get("stage"), "number": held.facts.get("number"),
        "wants": [name for name in WANTS if held.fields.get(name)],
        "received_at": held.facts.get("received_at"), "version": held.version, "updated_at": held.updated_at,
    }  # fmt: skip
