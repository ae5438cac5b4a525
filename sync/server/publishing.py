"""What the platform writes itself: evaluations, assignments, notices, lists and parameters.

Such records only ever come down to the laptops of the units they are for; nobody's edit can clash with them. A notice
for many units is one record in each unit's feed, because a feed belongs to one unit.
This module must not know HTTP or the command line.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from sync.domain.kinds import KINDS
from sync.domain.problems import Problem
from sync.domain.selection import check_escalation, check_selection
from sync.domain.values import to_day
from sync.errors import NoSuch, Refused
from sync.server import judge, units
from sync.server.held import PLATFORM, Actor, Held, picture
from sync.server.review import CENTRE, decision, try_stage
from sync.server.schema import record, unit
from sync.server.service import Service
from sync.server.work import Work

#: command word -> the platform's word
EVALUATIONS = {"regular": "常规入库", "key": "重点推荐", "fast": "快速落地", "fair_value": "公允价值"}
CHOSEN = {True: "入服务库", False: "暂未入选"}


def evaluate(service: Service, record_id: str, kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Write an evaluation of an achievement or demand and let its stage follow. Raises NoSuch, Refused.

    ``given``: round, score_tech, score_econ, score_transfer, has_market, has_innovation, has_economic, advice, value_fen,
    appraiser, report_no, report_on; for "key" also recommender (科研院所 or 龙头链主企业).
    """
    with decision(service) as work:
        subject = _subject(work, record_id, ("achievement", "demand"))
        values = {name: value for name, value in given.items() if value is not None and name in KINDS["evaluation"].fields}
        values |= {"subject": subject.id, "kind": EVALUATIONS[kind]}
        params = judge.parameters(work.connection)
        answer: dict[str, Any] = {"subject": subject.id, "kind": kind}
        if kind in ("regular", "key"):
            said = check_selection(_selection(subject, kind, given, work), params)
            chosen = said.verdict in ("selected", "direct")
            values["verdict"] = CHOSEN[chosen]
            answer |= {"verdict": said.verdict, "codes": list(said.codes)}
            if said.verdict != "direct":
                try_stage(work, subject, "evaluating" if subject.kind == "achievement" else "screening")
            try_stage(work, subject, "in_service" if chosen else "not_selected")
        elif kind == "fair_value":
            said = check_escalation({"source": "evaluation", "value_fen": given.get("value_fen")}, params)
            answer |= {"verdict": said.verdict, "codes": list(said.codes)}
            before = picture(subject)
            subject.tell(value_fen=given.get("value_fen"), escalated=said.verdict == "escalate" or None)
            work.row(subject, before, CENTRE, "review")
        made = create(work, subject.unit, "evaluation", values)
        answer |= {"id": made.id, "stage": subject.facts.get("stage")}
    return answer


def assign(service: Service, record_id: str, unit_code: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Make a unit responsible for landing an item (包干). Raises NoSuch, Refused."""
    with decision(service) as work:
        known = work.connection.execute(select(unit.c.code).where(unit.c.code == unit_code)).first()
        if known is None:
            raise NoSuch(unit_code)
        subject = _subject(work, record_id, ("achievement", "demand", "landing"))
        values = {name: value for name, value in given.items() if value is not None and name in KINDS["assignment"].fields}
        values |= {"subject": subject.id, "unit": unit_code, "from_on": to_day(work.at).isoformat()}
        made = create(work, unit_code, "assignment", values | {"title": str(subject.fields.get("title") or "")})
        if subject.unit != unit_code:
            create(work, subject.unit, "assignment", values)
        try_stage(work, subject, "assigned")
        for landing in _landings(work, subject):
            before = picture(landing)
            landing.put("responsible_unit", unit_code, CENTRE, work.at)
            work.row(landing, before, CENTRE, "review")
    return {"id": made.id, "subject": subject.id, "unit": unit_code}


def notice(service: Service, given: Mapping[str, Any], to: Sequence[str] = ()) -> dict[str, Any]:
    """A notice to these units, or to every active unit with a liaison. Raises NoSuch for an unknown unit."""
    with decision(service) as work:
        chosen = select(unit.c.code).where(unit.c.active == 1, unit.c.has_liaison == 1)
        every = list(work.connection.execute(chosen.order_by(unit.c.code)).scalars())
        known = units.names(work.connection)
        for code in to:
            if code not in known:
                raise NoSuch(code)
        targets = sorted(to) or every
        values = {name: value for name, value in given.items() if value is not None}
        values.setdefault("issued_on", to_day(work.at).isoformat())
        made = [create(work, code, "notice", {**values, "targets": list(to) or None}).id for code in targets]
    return {"id": made[0] if made else None, "ids": made, "units": targets}


def publish(service: Service, kind: str, content: Any) -> dict[str, Any]:
    """Publish a list, the parameters, or records of a kind the platform writes. Raises Refused for a wrong shape."""
    if kind == "parameters":
        if not isinstance(content, dict):
            raise Refused([_shape("{}")])
        try:
            units.publish(service.database, "parameters", content)
        except ValueError as error:
            raise Refused([Problem(None, "BAD_CODE", "block", {"label": "参数", "label_en": "Parameter", "value": str(error)})]) from None
        with decision(service):
            pass  # what counts may have moved with them
        return {"id": kind, "count": len(content)}
    if not isinstance(content, list):
        raise Refused([_shape("[]")])
    if kind in KINDS and KINDS[kind].writer == "platform":
        return {"id": kind, **_records(service, kind, content)}
    units.publish(service.database, "lists", {kind: content})
    return {"id": kind, "count": len(content)}


def create(work: Work, unit_code: str, kind: str, values: Mapping[str, Any]) -> Held:
    """A record made by the platform in a unit's feed."""
    held = work.start(new_id(), unit_code, kind)
    before = picture(held)
    actor = Actor(PLATFORM)
    for name, value in values.items():
        held.put(name, value, actor, work.at)
    work.row(held, before, actor, "created")
    return held


def new_id() -> str:
    """A fresh UUID of version 7 (time-ordered), as laptops make them."""
    import os
    import time

    stamp = time.time_ns() // 1_000_000
    value = (stamp & ((1 << 48) - 1)) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return str(uuid.UUID(int=value))


def _records(service: Service, kind: str, content: Sequence[Any]) -> dict[str, Any]:
    """Rows ``{"unit"?: code, …fields}``; a row with a known ``id`` changes that record."""
    made = []
    with decision(service) as work:
        known = units.names(work.connection)
        for row in content:
            if not isinstance(row, dict):
                raise Refused([_shape("{}")])
            values = {name: value for name, value in row.items() if name not in ("id", "units")}
            targets = row.get("units") or ([row["unit"]] if row.get("unit") else sorted(known))
            if any(code not in known for code in targets):
                raise NoSuch(str(targets))
            held = work.get(str(row["id"])) if row.get("id") else None
            if held is None:
                made += [create(work, code, kind, values).id for code in targets]
                continue
            if held.kind != kind:
                raise NoSuch(held.id)
            before = picture(held)
            for name, value in values.items():
                held.put(name, value, CENTRE, work.at)
            work.row(held, before, CENTRE, "edited")
            made.append(held.id)
    return {"count": len(made), "ids": made}


def _subject(work: Work, record_id: str, kinds: Sequence[str]) -> Held:
    held = work.get(record_id)
    if held is None or held.kind not in kinds:
        raise NoSuch(record_id)
    return held


def _landings(work: Work, subject: Held) -> list[Held]:
    """The landing itself, or the landings of an item."""
    if subject.kind == "landing":
        return [subject]
    ids = list(work.connection.execute(select(record.c.id).where(record.c.kind == "landing")).scalars())
    work.load(ids)
    return [held for one in ids if (held := work.get(one)) is not None and held.fields.get("subject") == subject.id]


def _selection(subject: Held, kind: str, given: Mapping[str, Any], work: Work) -> dict[str, Any]:
    """The facts of R-3YOU and R-REC."""
    facts: dict[str, Any] = {
        "completed_ym": subject.fields.get("completed_ym"),
        "evaluated_on": given.get("report_on") or to_day(work.at).isoformat(),
        "flags": {name: bool(given.get(f"has_{name}")) for name in ("market", "innovation", "economic")},
    }
    if kind == "key":
        letter = any(paper.fields.get("kind") == "recommendation_letter" for paper in work.papers(subject))
        facts["recommendation"] = {"written": letter or bool(given.get("report_no")), "by": given.get("recommender"), "in_dg": True}
    return facts


def _shape(expected: str) -> Problem:
    return Problem(None, "BAD_CODE", "block", {"label": "文件内容", "label_en": "The file", "value": expected})
