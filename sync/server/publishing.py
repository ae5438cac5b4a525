"""What the platform writes itself: evaluations, notices, lists and parameters.

Such records only ever come down to the laptops of the units they are for; nobody's edit can clash with them. A notice
for many units is one record in each unit's feed, because a feed belongs to one unit. An evaluation goes to whoever
answers for the item and to its finder; a fair value only to the former.
This module must not know HTTP or the command line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from sync.domain.kinds import KINDS
from sync.domain.problems import Problem
from sync.domain.quota import CITY, METRICS
from sync.domain.selection import check_escalation, check_selection
from sync.domain.values import parse_day, parse_money, to_day
from sync.errors import NoSuch, Refused
from sync.server import directory, judge, responsibility, units
from sync.server.held import Held, picture
from sync.server.review import CENTRE, decision, try_stage
from sync.server.schema import record, unit
from sync.server.service import Service
from sync.server.work import Work, create

#: command word -> the platform's word
EVALUATIONS = {"regular": "常规入库", "key": "重点推荐", "fast": "快速落地", "fair_value": "公允价值"}
CHOSEN = {True: "入服务库", False: "暂未入选"}
#: the parts of a piece of advice, by the words they are given with
ADVICE = {"期限": "due_on", "due": "due_on", "责任": "owner", "owner": "owner", "金额": "amount_fen", "amount": "amount_fen"}


def evaluate(service: Service, record_id: str, kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Write an evaluation of an achievement or demand and let its stage follow. Raises NoSuch, Refused.

    ``given``: round, score_tech, score_econ, score_transfer, has_market, has_innovation, has_economic, advice, value_fen,
    appraiser, report_no, report_on; for "key" also recommender (科研院所 or 龙头链主企业) and outside (it is not of Dongguan).
    """
    with decision(service) as work:
        subject = _subject(work, record_id, ("achievement", "demand"))
        values = {name: value for name, value in given.items() if value is not None and name in KINDS["evaluation"].fields}
        values |= {"subject": subject.id, "kind": EVALUATIONS[kind]}
        if values.get("advice"):
            values["advice"] = [advice(one, number) for number, one in enumerate(values["advice"], 1)]
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
            if said.verdict == "escalate":
                responsibility.escalate(work, subject)
        made = [
            create(work, told, "evaluation", values if told == responsibility.unit_of(subject) else _without_value(values))
            for told in responsibility.units_told(subject)
        ]
        answer |= {"id": made[0].id, "stage": subject.facts.get("stage")}
    return answer


def advice(given: Any, number: int) -> dict[str, Any]:
    """A piece of advice: ``{"n", "measure", "due_on"?, "owner"?, "amount_fen"?}``.

    ``given`` is that object, or a text "measure；期限=2026-09-30；责任=科创集团；金额=50万元". Raises Refused.
    """
    if isinstance(given, Mapping):
        return {**{name: value for name, value in given.items() if name in {"measure", *ADVICE.values()}}, "n": number}
    found: dict[str, Any] = {"n": number}
    for part in str(given).replace("；", ";").split(";"):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        key = ADVICE.get(name) if equals else None
        try:
            if key is None:
                found["measure"] = f"{found['measure']}；{part.strip()}" if "measure" in found else part.strip()
            else:
                found[key] = parse_day(value).isoformat() if key == "due_on" else parse_money(value) if key == "amount_fen" else value
        except ValueError:
            label = {"label": name, "label_en": name, "value": value[:40]}
            raise Refused([Problem("advice", "BAD_CODE", "block", label)]) from None
    return found


def _without_value(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the finder of an item another unit answers for is told of its valuation: that there is one."""
    return {name: value for name, value in values.items() if name != "value_fen"}


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
        most = content.get("max_file_bytes", 1)
        if not isinstance(most, int) or isinstance(most, bool) or most < 1:
            raise Refused([_shape('{"max_file_bytes": 100000000}')])
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
    if kind in KINDS:
        return {"id": kind, **directory.publish(service, kind, content)}
    known = sorted({field.source for one in KINDS.values() for field in one.fields.values() if field.source})
    if kind not in known or not all(isinstance(one, str) and one.strip() for one in content):
        raise Refused([_shape(f'["…"]: {", ".join(known)}')])
    units.publish(service.database, "lists", {kind: content})
    return {"id": kind, "count": len(content)}


def notices(service: Service, title: str = "") -> dict[str, Any]:
    """What was sent and who has read it: ``{"notices": [{"title", "kind", "issued_on", "due_on", "units", "read", "unread"}]}``,
    of the units how many and the codes of those who have not.
    """
    with service.database.read() as connection:
        chosen = select(record.c.unit, record.c.fields, record.c.created_at).where(record.c.kind == "notice")
        sent: dict[tuple[str, str], dict[str, Any]] = {}
        for row in connection.execute(chosen.order_by(record.c.created_at, record.c.unit)):
            fields = json.loads(row.fields)
            if title and title not in str(fields.get("title")):
                continue
            one = sent.setdefault((row.created_at, str(fields.get("title"))), {
                **{name: fields.get(name) for name in ("title", "kind", "issued_on", "due_on")}, "units": 0, "read": 0, "unread": [],
            })  # fmt: skip
            one["units"] += 1
            one["read"] += bool(fields.get("read_at"))
            one["unread"] += [] if fields.get("read_at") else [row.unit]
    return {"notices": list(sent.values())}


def retarget(service: Service, unit_code: str, year: int, name: str, value: int, doc: str = "") -> dict[str, Any]:
    """Issue a target; where it replaces another, the unit is told by a notice. Raises NoSuch."""
    answer = units.set_target(service.database, unit_code, year, name, value, doc)
    with service.database.read() as connection:
        issued = [one.target for one in units.targets(connection, unit_code) if (one.year, one.metric) == (year, answer["metric"])]
    if answer["rev"] > 1 and answer["changed"] and unit_code != CITY:
        word = next((said for said, metric in METRICS.items() if metric == answer["metric"]), name)
        title = f"{year} 年{word}任务由 {issued[-2]} 调整为 {value}"
        body = f"新任务数适用于全年；原任务数 {issued[-2]} 留作记录。" + (f"依据：{doc}" if doc else "")
        notice(service, {"title": title, "body": body, "kind": "通报", "doc_no": doc or None}, [unit_code])
    return answer


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


def _selection(subject: Held, kind: str, given: Mapping[str, Any], work: Work) -> dict[str, Any]:
    """The facts of R-3YOU and R-REC."""
    facts: dict[str, Any] = {
        "kind": subject.kind,
        "completed_ym": subject.fields.get("completed_ym"),
        "evaluated_on": given.get("report_on") or to_day(work.at).isoformat(),
        "flags": {name: bool(given.get(f"has_{name}")) for name in ("market", "innovation", "economic")},
    }
    if kind == "key":
        letter = any(paper.fields.get("kind") == "recommendation_letter" for paper in work.papers(subject))
        facts["recommendation"] = {
            "written": letter or bool(given.get("report_no")), "by": given.get("recommender"), "in_dg": not given.get("outside"),
        }  # fmt: skip
    return facts


def _shape(expected: str) -> Problem:
    return Problem(None, "BAD_CODE", "block", {"label": "文件内容", "label_en": "The file", "value": expected})
