"""The official figures: what every accepted record counts for, and what units and city have reached.

What one record counts for is decided when the centre accepts it and stays in its ``counted`` fact
({"year", "credit", "codes", "unit"?}); the figures are the sum of those facts by ``sync.domain.quota``, never a
counter that could drift. ``recount`` asks the rules again from scratch and is what ``verify`` compares with.
This module must not know HTTP or how a decision is written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select

from sync.domain.landing import landing_unit
from sync.domain.parameters import Parameters
from sync.domain.quota import Item, QuotaProgress, Tally, progress
from sync.domain.verdict import Verdict
from sync.server import judge, units
from sync.server.held import Held
from sync.server.schema import record
from sync.server.work import Work

KINDS = ("demand", "achievement", "landing", "event", "pilot_platform", "service_log")
YEARS = (2025, 2026, 2027)
#: Stages in which an item is in the service library.
IN_SERVICE = frozenset({
    "in_service", "assigned", "advancing", "stalled", "landed", "matching", "matched", "contracted", "fulfilled"
})  # fmt: skip
_FINDS = ("demand", "achievement")


def items(connection: Connection) -> list[Item]:
    """Every record that may count, as the quota rules see it. A platform-wide read."""
    chosen = select(record.c.id, record.c.unit, record.c.kind, record.c.workflow, record.c.stage, record.c.received_at,
                    record.c.fields, record.c.facts).where(record.c.kind.in_(KINDS), record.c.workflow != "deleted")  # fmt: skip
    rows = connection.execute(chosen.order_by(record.c.id)).all()
    stages = {row.id: row.stage for row in rows}
    return [_item(row, stages) for row in rows]


def figures(connection: Connection, unit_code: str, listed: Sequence[Item], params: Parameters) -> dict[str, Any]:
    """A unit's official figures by year, as its laptops keep them: ``{"years": {year: {metric: …, "city": {…}}}}``."""
    issued = units.targets(connection)
    years = {}
    for year in YEARS:
        whole = _short(progress(unit_code, year, issued, listed, params))
        years[str(year)] = {name: _fixed(value) if name != "city" else {m: _fixed(v) for m, v in value.items()} for name, value in whole.items()}
    return {"years": years}


def statistics(connection: Connection, year: int, codes: Mapping[str, str]) -> dict[str, Any]:
    """Quota of every unit and the city in ``year``."""
    listed, params, issued = items(connection), judge.parameters(connection), units.targets(connection)
    whole: QuotaProgress | None = None
    rows = []
    for code, name in codes.items():
        whole = progress(code, year, issued, listed, params)
        rows.append({"unit": code, "name": name, **{key: value for key, value in _short(whole).items() if key != "city"}})
    city = {} if whole is None else {metric: _tally(tally) for metric, tally in whole.city.items()}
    return {"year": year, "city": city, "units": rows}


def counted(work: Work, held: Held, params: Parameters) -> dict[str, Any]:
    """What an accepted record counts for: the rules, asked with everything the platform has received."""
    if held.kind not in judge.JUDGED:
        return {}
    said = verdict(work, held, params)
    credited = said.verdict in ("count", "review")  # the centre has looked at what was to be reviewed
    found: dict[str, Any] = {"year": said.year, "credit": int(credited), "codes": list(said.codes)}
    if held.kind in _FINDS and credited:
        found["credit"] = _unit_credit(held, said, params)
    if held.kind == "landing":
        place = held.fields.get("place")
        found["unit"] = landing_unit(held.fields.get("responsible_unit"), str(place) if place else None) or held.unit
    return found


def verdict(work: Work, held: Held, params: Parameters) -> Verdict:
    """The rules on a received record, with duplicates, the find it lands and other landings in view."""
    received = held.facts.get("received_at")
    if held.kind == "landing":
        subject = work.get(str(held.fields.get("subject") or ""))
        others = [one for one in _landings(work, held) if one.id != held.id and (one.facts.get("counted") or {}).get("credit")]
        earlier = [one for one in others if str(one.facts.get("received_at") or "") <= str(received or "")]
        found_on = subject.fields.get("found_on") if subject is not None else None
        return judge.verdict(
            work, held, params, judge.existing(work, ("landing",)), received_at=received, found_on=found_on,
            already_landed=bool(earlier), fields=False,
        )  # fmt: skip
    others_of = judge.existing(work, (held.kind,))
    return judge.verdict(work, held, params, others_of, received_at=received, fields=False)


def recount(work: Work, params: Parameters) -> list[str]:
    """Accepted records whose fact is not what the rules say now; for ``verify``. Returns their ids."""
    chosen = select(record.c.id).where(record.c.kind.in_(judge.JUDGED), record.c.workflow.in_(("accepted", "amending")))
    ids = list(work.connection.execute(chosen.order_by(record.c.id)).scalars())
    work.load(ids)
    wrong = []
    for one in ids:
        held = work.get(one)
        if held is not None and held.facts.get("counted") != counted(work, replace(held, amendment={}), params):
            wrong.append(one)
    return wrong


def _unit_credit(held: Held, said: Verdict, params: Parameters) -> int:
    """Institutes count proved achievements only; otherwise one item is one credit to its finder."""
    if said.verdict == "count":
        return said.credit
    institute = held.unit.startswith(params.institute_prefixes)
    return int(not institute or (held.kind == "achievement" and "NO_QUALITY_PROOF" not in said.codes))


def _landings(work: Work, held: Held) -> list[Held]:
    ids = list(work.connection.execute(select(record.c.id).where(record.c.kind == "landing", record.c.received_at != "")).scalars())
    work.load(ids)
    subject = held.fields.get("subject")
    return [one for each in ids if (one := work.get(each)) is not None and one.fields.get("subject") == subject]


def _item(row: Any, stages: Mapping[str, str]) -> Item:
    fields, facts = json.loads(row.fields), json.loads(row.facts)
    known = facts.get("counted") or {}
    codes = tuple(known.get("codes") or ())
    subject = str(fields.get("subject") or "")
    return Item(
        id=row.id, kind=row.kind, workflow=row.workflow or "draft", unit=known.get("unit") or row.unit, year=known.get("year"),
        credit=known.get("credit"), codes=codes, duplicate="DUPLICATE" in codes and bool(known),
        revoked=row.workflow == "revoked", subject=subject, received_at=row.received_at,
        in_service=stages.get(subject, "") in IN_SERVICE, category=str(fields.get("kind") or ""), stage=row.stage,
    )  # fmt: skip


def _short(whole: QuotaProgress) -> dict[str, Any]:
    return {
        "discovery": _tally(whole.discovery), "landing": _tally(whole.landing),
        "service": {**_tally(whole.service), "logs": whole.logs},
        "city": {metric: _tally(tally) for metric, tally in whole.city.items()},
    }  # fmt: skip


def _fixed(tally: Mapping[str, Any]) -> dict[str, Any]:
    """What only the centre's decisions move; what waits is each laptop's own to say."""
    return {name: value for name, value in tally.items() if name not in ("in_review", "returned", "unsent", "pending")}


def _tally(tally: Tally) -> dict[str, Any]:
    """A tally without the list of records: other units' ids are nobody's business."""
    return {name: value for name, value in tally.to_json().items() if name != "not_counted"}
