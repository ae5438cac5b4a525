"""The official figures: what every accepted record counts for, and what units and city have reached.

What an accepted record counts for stands in its ``counted`` fact ({"year", "credit", "codes", "unit"?}); the figures
are the sum of those facts by ``sync.domain.quota``, never a counter that could drift. Whatever changes something
received (a decision, a withdrawal, an organisation's code) settles all facts in the same transaction, so that
``verify`` can ask the rules from scratch and must find the same. Only rows a restored platform is handed back may not
wait for that: they bring the facts of a day when other units' records were here that are not back yet, and a row written
between two stretches would fork the history. They leave a debt, and whoever handed them back pays it by reading on.
This module must not know HTTP or how a decision is written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, select

from sync.domain.duplicates import lookup_keys
from sync.domain.landing import landing_unit
from sync.domain.parameters import Parameters
from sync.domain.quota import FINDS, Item, QuotaProgress, Tally, own_year, pilot_stage, plain_number, progress
from sync.domain.verdict import Verdict
from sync.server import judge, units
from sync.server.database import Database
from sync.server.held import Held, picture
from sync.server.schema import record
from sync.server.work import Work

KINDS = ("demand", "achievement", "landing", "event", "pilot_platform", "service_log")
YEARS = (2025, 2026, 2027)
#: Stages in which an item is in the service library.
IN_SERVICE = frozenset({
    "in_service", "assigned", "advancing", "stalled", "landed", "matching", "matched", "contracted", "fulfilled"
})  # fmt: skip
_STANDING = ("accepted", "amending")
OWED = "recount"  # the platform's setting that names the last refill not counted yet: its unit and instant
REST = timedelta(minutes=10)  # after a refill broke off, so long until any laptop's asking settles it


_ITEMS = select(
    record.c.id, record.c.unit, record.c.kind, record.c.workflow, record.c.stage, record.c.received_at, record.c.fields, record.c.facts
).where(record.c.kind.in_(KINDS), record.c.workflow != "deleted").order_by(record.c.id)  # fmt: skip
_ACCEPTED = select(record.c.id).where(record.c.kind.in_(judge.JUDGED), record.c.workflow.in_(_STANDING))


def items(connection: Connection) -> list[Item]:
    """Every record that may count, as the quota rules see it. A platform-wide read."""
    rows = connection.execute(_ITEMS).all()
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


class Count:
    """What accepted records count for, asked of the rules with everything the platform has received in view.

    The index is built once: only entries that share a key with an item can be the same item or a used scan.
    """

    def __init__(self, work: Work, params: Parameters) -> None:
        self.work = work
        self.params = params
        self._by_key: dict[str, list[dict[str, Any]]] = {}
        self._landings: dict[str, list[Held]] = {}
        for entry in judge.received(work):
            for key in lookup_keys(entry):
                self._by_key.setdefault(f"{entry['kind']} {key}", []).append(entry)
            if entry["kind"] == "landing":
                held = work.get(entry["id"])
                if held is not None and held.workflow in _STANDING:
                    self._landings.setdefault(str(held.fields.get("subject") or ""), []).append(held)

    def of(self, held: Held) -> dict[str, Any]:
        """The ``counted`` fact of an accepted record: {"year", "credit", "codes"}, for a landing also "unit"."""
        if held.kind not in judge.JUDGED:
            return {}
        said = self._verdict(held, self._like(held), self._landed_before(held))
        credited = said.verdict in ("count", "review")  # the centre has looked at what was to be reviewed
        year = said.year
        if year is None and not credited:  # a duplicate is shown in the year it would have counted in
            year = self._verdict(held, (), False).year
        found: dict[str, Any] = {"year": year, "credit": int(credited), "codes": list(said.codes)}
        if held.kind in FINDS and credited:
            found["credit"] = _unit_credit(held, said, self.params)
            shares = shares_of(held.facts)
            if shares and found["credit"]:
                found["credit"] = plain_number(shares.get(held.unit, Fraction(0)))
        if held.kind == "landing":
            place = held.fields.get("place")
            found["unit"] = landing_unit(held.fields.get("responsible_unit"), str(place) if place else None) or held.unit
        return found

    def settle(self) -> list[str]:
        """Bring every accepted record's fact in line with the rules, each with a row; returns the changed ids."""
        changed = []
        for held in self._accepted():
            fact = self.of(replace(held, amendment={}))
            if held.facts.get("counted") != fact:
                before = picture(held)
                held.tell(counted=fact)
                self.work.platform_row(held, before, "review")
                changed.append(held.id)
        return changed

    def differing(self) -> list[str]:
        """Accepted records whose fact is not what the rules say now."""
        return [held.id for held in self._accepted() if held.facts.get("counted") != self.of(replace(held, amendment={}))]

    def _accepted(self) -> list[Held]:
        ids = set(self.work.connection.execute(_ACCEPTED).scalars())
        ids |= {one.id for one in self.work.records.values() if one is not None and one.kind in judge.JUDGED}
        self.work.load(ids)
        found = [self.work.records[one] for one in sorted(ids)]
        return [one for one in found if one is not None and one.workflow in _STANDING]

    def _like(self, held: Held) -> list[dict[str, Any]]:
        item = judge.entry(self.work, held)
        near = {one["id"]: one for key in lookup_keys(item) for one in self._by_key.get(f"{held.kind} {key}", ())}
        return [one for one in near.values() if one["id"] != held.id]

    def _landed_before(self, held: Held) -> bool:
        """R-ONE: whether another standing landing of the same item was received earlier, one that counts."""
        own = (str(held.facts.get("received_at") or ""), held.id)
        others = self._landings.get(str(held.fields.get("subject") or ""), ()) if held.kind == "landing" else ()
        earlier = [one for one in others if (str(one.facts.get("received_at") or ""), one.id) < own]
        return any(self._verdict(one, self._like(one), False).verdict in ("count", "review") for one in earlier)

    def _verdict(self, held: Held, existing: Sequence[Mapping[str, Any]], landed: bool) -> Verdict:
        found_on = None
        if held.kind == "landing":
            subject = self.work.get(str(held.fields.get("subject") or ""))
            found_on = subject.fields.get("found_on") if subject is not None else None
        # A proof dated ahead stops sending; what was accepted counts by its own days, or a recount next week would differ.
        return judge.verdict(
            self.work, held, self.params, existing, received_at=held.facts.get("received_at"), found_on=found_on,
            already_landed=landed, fields=False, day=date.max,
        )  # fmt: skip


def settle(work: Work) -> list[str]:
    """Count again after something received, accepted or credited has changed."""
    return Count(work, judge.parameters(work.connection)).settle()


def owe(database: Database, connection: Connection, unit: str, at: str) -> None:
    """Remember, durably, that a unit's refill is not counted yet."""
    database.set(connection, OWED, f"{unit} {at}")


def is_owed(database: Database, connection: Connection, unit: str, clock: Callable[[], str]) -> bool:
    """Whether a recount is due now that ``unit`` reads: it handed rows back last, or whoever did has not come again."""
    last, _space, at = (database.value(connection, OWED) or "").partition(" ")
    return bool(last) and (last == unit or abs(datetime.fromisoformat(clock()) - datetime.fromisoformat(at)) > REST)


def concerns(held: Held, work: Work) -> bool:
    """Whether a change of this record may change what accepted records count for."""
    if held.kind == "organisation":
        return held.version > 1
    if held.kind == "evidence":
        subject = work.records.get(str(held.fields.get("subject") or ""))
        return subject is not None and bool(subject.facts.get("received_at"))
    return held.kind in judge.JUDGED and bool(held.facts.get("received_at"))


def shares_of(facts: Mapping[str, Any]) -> dict[str, Fraction]:
    """What the centre has given each finder of a joint find; empty where the first received has it whole."""
    return {unit: Fraction(share) for unit, share in (facts.get("shares") or {}).items()}


def _unit_credit(held: Held, said: Verdict, params: Parameters) -> int:
    """Institutes count proved achievements only; otherwise one item is one credit to its finder."""
    if said.verdict == "count":
        return said.credit
    institute = held.unit.startswith(params.institute_prefixes)
    return int(not institute or (held.kind == "achievement" and "NO_QUALITY_PROOF" not in said.codes))


def _item(row: Any, stages: Mapping[str, str]) -> Item:
    fields, facts = json.loads(row.fields), json.loads(row.facts)
    known = facts.get("counted") or {}
    codes = tuple(known.get("codes") or ())
    subject = str(fields.get("subject") or "")
    shares = shares_of(facts) if row.kind in FINDS and "credit" in known else {}
    denied = bool(shares.get(row.unit)) and not known["credit"]  # the rules give its finder nothing to share
    return Item(
        id=row.id, kind=row.kind, workflow=row.workflow or "draft", unit=known.get("unit") or row.unit,
        year=known["year"] if "year" in known else own_year(row.kind, fields, facts),
        credit=None if shares and not denied else known.get("credit"), shares=shares, quality_proofs=len(shares),
        codes=codes, duplicate="DUPLICATE" in codes and bool(known),
        revoked=row.workflow == "revoked", subject=subject, received_at=row.received_at,
        in_service=stages.get(subject, "") in IN_SERVICE, category=str(fields.get("kind") or ""),
        stage=pilot_stage(row.stage, facts),
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
