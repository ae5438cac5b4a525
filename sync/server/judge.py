"""What the rules say of a record the platform holds: its values, papers and organisations turned into facts.

The laptop asks the same questions of the same functions; here the answer binds. ``existing`` are other units'
records too, which only the platform can see. This module must not know HTTP, feeds or who asks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from sync.domain import facts
from sync.domain.declare import Kind
from sync.domain.finds import check_achievement, check_demand
from sync.domain.kinds import KINDS, ORGANISATION
from sync.domain.landing import check_landing
from sync.domain.parameters import Parameters
from sync.domain.problems import Problem
from sync.domain.related import paper_problems, related_problems
from sync.domain.values import to_day
from sync.domain.verdict import Verdict, with_fields
from sync.server.held import Held
from sync.server.schema import paper, published, record
from sync.server.sharing import shown_to
from sync.server.work import Work

JUDGED = ("demand", "achievement", "landing")

_RECEIVED = select(record.c.id).where(record.c.kind.in_(JUDGED), record.c.received_at != "")
_SCANS = select(paper.c.unit, paper.c.subject, paper.c.sha256).where(paper.c.removed == 0).order_by(paper.c.id)
_PARAMETERS = select(published.c.name, published.c.value).where(published.c.area == "parameters")


def parameters(connection: Connection) -> Parameters:
    """The parameters in force."""
    rows = connection.execute(_PARAMETERS)
    return Parameters.from_mapping({row.name: json.loads(row.value) for row in rows})


def today(work: Work) -> date:
    """The platform's day, in Dongguan."""
    return to_day(work.at)


def field_problems(work: Work, held: Held, papers: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """What the record's own fields and the organisations it names still lack for submission.

    Unknown fields of a newer laptop are not held against it, nor values of a list the platform has published.
    """
    kind = KINDS.get(held.kind)
    if kind is None:
        return []
    attached = frozenset(str(paper.get("kind")) for paper in papers)
    found = kind.problems(held.view, "submit", today(work), attached)
    found = [one for one in found if one.code != "UNKNOWN_FIELD" and not _listed(work, kind, held, one)]
    there = {}
    for name, known in kind.fields.items():
        value = held.view.get(name)
        if known.type == "ref" and isinstance(value, str) and value:
            found += _reference(work, held, name, known.of, value)
            other = work.get(value)
            if other is not None and shown_to(other, held.unit):
                there[name] = (other.kind, other.fields)
    found += related_problems(held.kind, held.view, there, parameters(work.connection))
    return found + paper_problems(held.view, papers)


def verdict(
    work: Work, held: Held, params: Parameters, existing: Sequence[Mapping[str, Any]] = (), *, received_at: str | None = None,
    found_on: str | None = None, already_landed: bool = False, fields: bool = True, day: date | None = None,
) -> Verdict:  # fmt: skip
    """The rules' verdict on a demand, an achievement or a landing, as of ``day`` (None: the platform's).

    Raises ValueError for other kinds.
    """
    as_of = day or today(work)
    papers = [paper.fields for paper in work.papers(held)]
    values = held.view
    if held.kind == "demand":
        asked = facts.demand_facts(
            values, organisation(work, held, values.get("org")), organisation(work, held, values.get("partner_org")), papers,
            held.unit, as_of, received_at, existing, held.id,
        )  # fmt: skip
        said = check_demand(asked, params)
    elif held.kind == "achievement":
        others = [organisation(work, held, one) for one in values.get("co_orgs") or ()]
        asked = facts.achievement_facts(
            values, organisation(work, held, values.get("owner_org")), papers, held.unit, as_of, received_at, existing,
            held.id, [one for one in others if one], params,
        )  # fmt: skip
        said = check_achievement(asked, params)
    elif held.kind == "landing":
        roles = ("org", "entity_org", "benefit_org", "buyer", "seller")
        orgs = {str(values[role]): known for role in roles if (known := organisation(work, held, values.get(role)))}
        lacking = [one.field or "" for one in field_problems(work, held, papers) if one.code == "EVIDENCE_MISSING"]
        asked = facts.landing_facts(
            values, orgs, papers, as_of, received_at, found_on, already_landed, existing, held.id, lacking
        )
        said = check_landing(asked, params)
    else:
        raise ValueError(held.kind)
    return with_fields(said, field_problems(work, held, papers)) if fields else said


def organisation(work: Work, held: Held, record_id: Any) -> dict[str, Any] | None:
    """The fields of an organisation record of the same unit (or one it was shown), or None."""
    if not isinstance(record_id, str) or not record_id:
        return None
    found = work.get(record_id)
    return found.fields if found is not None and found.kind == "organisation" and shown_to(found, held.unit) else None


def received(work: Work) -> list[dict[str, Any]]:
    """Everything the platform has received, as the rules compare it with a new item.

    What was merged into another stands for nothing of its own.
    """
    ids = set(work.connection.execute(_RECEIVED).scalars())
    ids |= {one.id for one in work.records.values() if one is not None and one.kind in JUDGED}
    work.load(ids)
    helds = [held for one in sorted(ids) if (held := work.records[one]) is not None]
    helds = [held for held in helds if held.facts.get("received_at") and held.workflow != "merged"]
    work.load(str(held.fields[_owner(held)]) for held in helds if held.fields.get(_owner(held)))
    scans: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in work.connection.execute(_SCANS):
        scans.setdefault((row.unit, row.subject), []).append({"sha256": row.sha256})
    return [_entry_of(work, held, scans.get((held.unit, held.id), [])) for held in helds]


def entry(work: Work, held: Held) -> dict[str, Any]:
    """One record as the rules compare it with others."""
    return _entry_of(work, held, [one.fields for one in work.papers(held)])


def _entry_of(work: Work, held: Held, papers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    owner = organisation(work, held, held.fields.get(_owner(held)))
    return facts.known_item(
        held.id, held.kind, held.fields, owner, papers, held.unit, held.facts.get("received_at"), held.workflow or ""
    )


def _owner(held: Held) -> str:
    return "org" if held.kind == "demand" else "owner_org"


def _listed(work: Work, kind: Kind, held: Held, problem: Problem) -> bool:
    """Whether a NOT_A_CHOICE is a value of the list the platform has published in the field's place."""
    known = kind.fields.get(problem.field or "")
    if problem.code != "NOT_A_CHOICE" or known is None or not known.source:
        return False
    chosen = select(published.c.value).where(published.c.area == "lists", published.c.name == known.source)
    text = work.connection.execute(chosen).scalar()
    values = held.view.get(known.name)
    allowed = {_entry(one) for one in json.loads(text)} if text else set()
    return bool(allowed) and all(one in allowed for one in (values if isinstance(values, list) else [values]))


def _entry(one: Any) -> str:
    return str(one.get("value") or one.get("code")) if isinstance(one, dict) else str(one)


def _reference(work: Work, held: Held, name: str, kinds: Sequence[str], value: str) -> list[Problem]:
    """A reference must lead to a record of the unit (or one it was shown); an organisation must be complete."""
    kind = KINDS[held.kind].fields[name]
    found = work.get(value)
    right = found is not None and ("*" in kinds or found.kind in kinds)
    if found is None or not right or not shown_to(found, held.unit):
        return [Problem(name, "BAD_REF", "block", {"label": kind.label, "label_en": kind.en, "value": value})]
    if found.kind == "organisation" and found.unit == held.unit:
        lacks = ORGANISATION.problems(found.fields, "submit", today(work))
        return [replace(one, field=name) for one in lacks if one.code != "UNKNOWN_FIELD"]
    return []
