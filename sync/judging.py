"""What the rules say of the records of this laptop: stored values turned into facts, asked of ``domain.rules``.

The platform asks the same functions and its answer binds; here it is a forecast, made offline. Progress joins the
platform's last official figure with what waits here, and to-do names the next step of every record that needs one.
``existing`` holds only this unit's records: what other units have, only the platform knows.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Protocol

from sync.domain import facts, lifecycle
from sync.domain.duplicates import GONE
from sync.domain.finds import check_achievement, check_demand
from sync.domain.kinds import KINDS
from sync.domain.known import Known
from sync.domain.landing import check_landing
from sync.domain.lists import NUMBERED
from sync.domain.parameters import Parameters
from sync.domain.problems import Problem
from sync.domain.quota import METRICS, Item, Target, own_year, pilot_stage, progress
from sync.domain.related import paper_problems, related_problems
from sync.domain.steps import frozen, offers, told_stage
from sync.domain.verdict import Verdict, with_fields
from sync.duties import Duties
from sync.duties import Todo as Todo
from sync.errors import DamagedFile
from sync.records import Checked, Identity, Paper, Record, Row
from sync.store.database import Database
from sync.store.feed import Feed
from sync.store.local import Local
from sync.store.shelf import Kept, Shelf

JUDGED = ("demand", "achievement", "landing")
COUNTED = ("achievement", "demand", "landing", "event", "pilot_platform", "service_log")
IN_SERVICE = frozenset({
    "in_service", "assigned", "advancing", "stalled", "landed", "matching", "matched", "contracted", "fulfilled"
})  # fmt: skip
OPEN = ("draft", "queued", "returned")
#: The day a paper bears unless the liaison says otherwise: the field of its record that states it.
DATED = {
    "demand_letter": "letter_signed_on", "tech_contract": "signed_on", "trade_contract": "proof_on",
    "trade_certificate": "proof_on", "application_proof": "proof_on", "benefit_proof": "proof_on", "tax_proof": "fact_on",
    "rd_proof": "fact_on", "revenue_proof": "revenue_to", "project_approval": "doc_on", "qualification_notice": "doc_on",
    "business_licence": "event_on", "relocation_proof": "event_on", "team_proof": "settled_on", "visit_photo": "started_at",
    "broker_certificate": "issued_on",
}  # fmt: skip
PARTIES = ("org", "entity_org", "benefit_org", "buyer", "seller")


def parameters(feed: Feed) -> Parameters:
    """The platform's parameters as last received, else the defaults."""
    return Parameters.from_mapping(feed.facts("parameters") or {})


def parameter(feed: Feed, name: str, default: Any) -> Any:
    """A single parameter that is not the rules' (limits, intervals)."""
    return (feed.facts("parameters") or {}).get(name, default)


def paper_facts(record: Record, kind: str) -> dict[str, str]:
    """What its record already states of a new paper: the day it bears, a notice's number and issuer."""
    beside = zip(("doc_no", "issuer"), NUMBERED.get(kind, ()), strict=False)
    return _paper_day(record, kind) | {name: str(record.fields[other]) for name, other in beside if record.fields.get(other)}


def _paper_day(record: Record, kind: str) -> dict[str, str]:
    day = record.fields.get(DATED.get(kind, ""))
    if day is None and kind == "payment_proof":
        days = [one.get("paid_on") for one in record.fields.get("payments") or () if one.get("paid_on")]
        day = max(days, default=None)
    return {"doc_on": str(day)[:10]} if day else {}


class Held(Protocol):
    """Where records are looked up: ``Local`` for one, ``Shelf`` for many."""

    def get(self, record_id: str) -> Record:
        """A record; ``LookupError`` where there is none."""

    def values(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Fields by id; missing ids are left out."""

    def kind_of(self, record_id: str) -> str | None:
        """A record's kind, or None."""


def submit_problems(
    held: Held, kind: str, values: Mapping[str, Any], record_id: str | None, today: date
) -> list[Problem]:
    """What stops ``values`` from being submitted: own fields, papers, and the organisations it refers to."""
    papers = held.get(record_id).papers if record_id is not None and held.kind_of(record_id) else []
    return _lacks(held, kind, values, papers, today)


def _lacks(held: Held, kind: str, values: Mapping[str, Any], papers: Sequence[Paper], today: date) -> list[Problem]:
    declared = KINDS[kind]
    found = declared.problems(values, "submit", today, frozenset(paper.kind for paper in papers))
    refs = {name: str(values[name]) for name, field in declared.fields.items() if field.type == "ref" and values.get(name)}
    known = held.values(refs.values()) if refs else {}
    for name, target in refs.items():
        field = declared.fields[name]
        if target not in known:
            found.append(Problem(name, "BAD_REF", "block", {"label": field.label, "label_en": field.en, "value": target}))
        elif held.kind_of(target) == "organisation":
            lacks = KINDS["organisation"].problems(known[target], "submit", today)
            found += [replace(one, field=name) for one in lacks if one.code != "UNKNOWN_FIELD"]
    there = {name: (str(held.kind_of(target)), known[target]) for name, target in refs.items() if target in known}
    return found + related_problems(kind, values, there) + paper_problems(values, [{**paper.facts, "kind": paper.kind} for paper in papers])


def check(
    held: Held, params: Parameters, record: Record, unit: str, today: date, existing: Sequence[Mapping[str, Any]] = (),
    landed: bool = False, known: Known | None = None,
) -> Checked:  # fmt: skip
    """The rules on one record, as before submission. ``existing``: others to compare with; ``landed``: its subject has
    another counted landing; ``known``: marks of what other units have registered.
    """
    found = _lacks(held, record.kind, record.fields, record.papers, today)
    found += _bounds(held, params, record, today)
    missing = [one.field or "" for one in found if one.code in ("EVIDENCE_MISSING", "LETTER_MISSING")]
    if record.kind not in JUDGED:
        codes = list(dict.fromkeys(one.code for one in found if one.severity == "block"))
        return Checked("block" if codes else "count", codes, found, missing)
    said = with_fields(_verdict(held, params, record, unit, today, missing, existing, landed), found)
    problems, codes = list(said.problems), list(said.codes)
    if known is not None and record.workflow in OPEN and known.maybe(_entry(held, record)):
        problems.append(Problem("title", "MAYBE_KNOWN_ELSEWHERE", "warn", {}))
        codes += ["MAYBE_KNOWN_ELSEWHERE"] if said.verdict not in ("block", "not_met") else []
    return Checked(said.verdict, codes, problems, missing, said.year, said.ready.isoformat() if said.ready else None)


def _bounds(held: Held, params: Parameters, record: Record, today: date) -> list[Problem]:
    """What only the platform's parameters or another record's stage can tell: closed months, a stage that is not next."""
    if record.kind == "ledger_row" and record.workflow in ("draft", "queued"):
        closed = frozen(record.fields.get("month"), today, params)
        return [closed] if closed is not None else []
    if record.kind == "service_log" and record.fields.get("stage_after"):
        try:
            subject = held.get(str(record.fields.get("subject") or ""))
        except LookupError:
            return []
        target = told_stage(subject.kind, record.fields["stage_after"])
        may = offers(subject.kind, subject.stage, subject.workflow)
        if target != subject.stage and target not in [*may, *(["advancing"] if subject.stage == "assigned" else [])]:
            words = lifecycle.MACHINES[KINDS[subject.kind].machine].told(source=subject.stage, target=str(record.fields["stage_after"]))
            return [Problem("stage_after", "BAD_TRANSITION", "warn", words)]
    return []


def known_elsewhere(feed: Feed) -> Known:
    """The marks of other units' items as last received."""
    return Known(feed.facts("known"))


def _entry(held: Held, record: Record) -> dict[str, Any]:
    """A find as the rules compare it."""
    owner = str(record.fields.get("org" if record.kind == "demand" else "owner_org") or "")
    org = held.values([owner]).get(owner)
    return facts.known_item(record.id, record.kind, record.fields, org, (), record.unit, None, record.workflow or "")


def others_of(local: Local, record: Record) -> list[dict[str, Any]]:
    """This unit's other records as the rules compare them: duplicates, shared patents, scans used twice.

    Only those that could have something in common: rules that hold a record against 20,000 others took a second a save.
    """
    owner = "org" if record.kind == "demand" else "owner_org"
    scans = [paper.sha256 for paper in record.papers]
    numbered = record.kind != "landing" and bool(record.fields.get("reg_no") or record.fields.get("ip"))
    ids = local.like(record.kind, str(record.fields.get(owner) or ""), scans, numbered, GONE)
    shelf = Shelf(local.database)
    known = []
    for row in shelf.taken(one for one in ids if one != record.id):
        one = shelf.get(row.id)
        org = shelf.values([str(one.fields.get(owner) or "")]).get(str(one.fields.get(owner)))
        papers = [paper.facts for paper in one.papers]
        known.append(facts.known_item(one.id, one.kind, one.fields, org, papers, one.unit, None, one.workflow or ""))
    return known


def landed_already(local: Local, record: Record) -> bool:
    """Whether the landing's subject has another landing the platform has credited."""
    rows = local.rows(("landing",), about=str(record.fields.get("subject") or "-")).rows
    return any(row.id != record.id and (row.counted or {}).get("credit") for row in rows)


def _verdict(
    held: Held, params: Parameters, record: Record, unit: str, today: date, missing: Sequence[str],
    existing: Sequence[Mapping[str, Any]], landed: bool,
) -> Verdict:  # fmt: skip
    values, papers = record.fields, [paper.facts for paper in record.papers]
    received = record.facts.get("received_at")
    if record.kind == "demand":
        orgs = held.values(str(values[name]) for name in ("org", "partner_org") if values.get(name))
        asked = facts.demand_facts(values, orgs.get(str(values.get("org"))), orgs.get(str(values.get("partner_org"))), papers,
                                   unit, today, received, existing, record.id)  # fmt: skip
        return check_demand(asked, params)
    if record.kind == "achievement":
        names = [str(values.get("owner_org") or ""), *map(str, values.get("co_orgs") or ())]
        orgs = held.values(names)
        asked = facts.achievement_facts(values, orgs.get(names[0]), papers, unit, today, received, existing, record.id,
                                        [orgs[one] for one in names[1:] if one in orgs], params)  # fmt: skip
        return check_achievement(asked, params)
    orgs = held.values(str(values[role]) for role in PARTIES if values.get(role))
    subject = held.values([str(values.get("subject") or "")]).get(str(values.get("subject")), {})
    asked = facts.landing_facts(values, orgs, papers, today, received, subject.get("found_on"), landed, existing, record.id,
                                missing)  # fmt: skip
    return check_landing(asked, params)


# -- progress ----------------------------------------------------------------------------------------------------


class Reckoned:
    """What the rules last said of each record, for as long as nothing it stands on has changed: items and next steps."""

    def __init__(self, database: Database) -> None:
        self._items, self._steps = Kept[Item | None](database), Kept[tuple[Problem, bool] | None](database)
        self._told: tuple[Any, Sequence[Target], dict[int, dict[str, Any]]] = (None, (), {})

    def progress(
        self, years: Iterable[int], targets: Sequence[Target], params: Parameters, who: Identity, today: date, naming: bool
    ) -> dict[int, dict[str, Any]]:  # fmt: skip
        """Progress of some years; figures without names are kept as long as no item has changed."""

        def make(held: Held, row: Any) -> Item | None:
            return _item(held, params, row, who, today) if row.unit == who.unit else None

        found = self._items.all(COUNTED, (params, who.unit, today), make)
        if self._told[0] is not found or self._told[1] != targets:
            self._told = (found, targets, {})
        told, made = self._told[2], {}
        for year in years:
            if naming or year not in told:
                items = [one for one in found if one is not None]
                made[year] = progress(who.unit, year, targets, items, params, naming=naming).to_json()
                if not naming:
                    told[year] = copy.deepcopy(made[year])
            else:
                made[year] = copy.deepcopy(told[year])
        return made

    def stopping(self, ids: Iterable[str], params: Parameters, unit: str, today: date) -> dict[str, tuple[Problem, bool]]:
        """What stops drafts from being sent, the worst of it, and whether it is a paper that is missing."""

        def make(held: Held, row: Any) -> tuple[Problem, bool] | None:
            said = check(held, params, held.get(row.id), unit, today)
            stopping = [one for one in said.problems if one.severity == "block"]
            if not stopping:
                return None
            bare = ("REQUIRED", "EVIDENCE_MISSING", "LETTER_MISSING")
            worst = next((one for one in stopping if one.code not in bare), stopping[0])
            return worst, bool(said.missing) and worst == stopping[0]

        return {one: said for one, said in self._steps.of(ids, (params, unit, today), make).items() if said is not None}


def quotas(
    local: Local, feed: Feed, who: Identity, years: Iterable[int], today: date, reckoned: Reckoned, naming: bool = True
) -> dict[int, dict[str, Any]]:  # fmt: skip
    """The contract's ``quota`` of some years: the platform's figure as last received, and what waits here.

    Not ``naming``: ``not_counted`` stays empty.
    """
    targets = [one for one in (_target(body) for body in feed.facts("targets") or ()) if one is not None]
    params = parameters(feed)
    reckoned_here = reckoned.progress(years, targets, params, who, today, naming)
    official = feed.facts("counted") or {}
    rounds = [one for one in local.rounds(50) if not one.get("error")]
    as_of = official.get("as_of") or (rounds[0].get("server_time") if rounds else None)
    made = {}
    for year, own in reckoned_here.items():
        said = (official.get("years") or {}).get(str(year)) or {}
        for metric in ("discovery", "landing", "service"):
            figure = (said.get(metric) or {}).get("counted")
            if figure is not None:
                own[metric]["counted"] = figure
        for metric in ("discovery", "landing"):
            own[metric]["history"] = _history(feed.facts("targets") or (), who.unit, year, metric)
        own["city"] = said.get("city") or own["city"]
        before = feed.before_restore(year)
        made[year] = {**own, "as_of": as_of, **({"restored": before} if before else {})}
    return made


def _history(issued: Sequence[Mapping[str, Any]], unit: str, year: int, metric: str) -> list[dict[str, Any]]:
    """Every figure issued for a target, oldest first: the newest holds for the whole year, the others stay to be seen."""
    own = [one for one in issued if one.get("unit") == unit and one.get("year") == year and _metric(one) == metric]
    names = ("rev", "target", "doc", "issued_at")
    return [{name: one.get(name) for name in names} for one in sorted(own, key=lambda one: int(one.get("rev") or 0))]


def _metric(body: Mapping[str, Any]) -> Any:
    said = str(body.get("metric"))
    return METRICS.get(said) or next((one for one in METRICS.values() if one == said), None)


def _target(body: Mapping[str, Any]) -> Target | None:
    metric = _metric(body)
    if metric is None:
        return None
    valid = body.get("valid_from")
    return Target(str(body.get("unit")), int(body.get("year", 0)), metric, body.get("target"),
                  date.fromisoformat(valid) if valid else None, int(body.get("rev") or 0))  # fmt: skip


def _item(shelf: Held, params: Parameters, row: Any, who: Identity, today: date) -> Item:
    """A record as counting sees it: what the platform decided, else what the rules expect."""
    known = json.loads(row.facts)
    counted = known.get("counted") or {}
    codes: Sequence[str] = counted.get("codes") or ()
    year = counted.get("year")
    subject = category = ""
    if row.kind not in JUDGED:
        year = own_year(row.kind, shelf.values([row.id])[row.id], known)
    elif not counted and row.workflow in (*OPEN, "submitted"):
        said = check(shelf, params, shelf.get(row.id), who.unit, today)
        codes, year = said.codes, said.year
    if row.kind in ("landing", "service_log", "event"):
        fields = shelf.values([row.id])[row.id]
        subject, category = str(fields.get("subject") or ""), str(fields.get("kind") or "")
    in_service = row.kind == "service_log" and _in_service(shelf, subject)
    return Item(
        id=row.id, kind=row.kind, workflow=row.workflow or "draft", unit=counted.get("unit") or row.unit, year=year,
        credit=counted.get("credit"),
        codes=tuple(codes), duplicate="DUPLICATE" in codes and bool(counted), revoked=row.workflow == "revoked",
        subject=subject, in_service=in_service, category=category, stage=pilot_stage(known.get("stage") or "", known),
    )  # fmt: skip


def _in_service(held: Held, subject: str) -> bool:
    try:
        stage = held.get(subject).stage
    except LookupError:
        return False
    return stage in IN_SERVICE


# -- to-do -------------------------------------------------------------------------------------------------------


def todo(local: Local, feed: Feed, unit: str, today: date, reckoned: Reckoned, most: int = 200) -> list[Todo]:
    """What waits for the liaison: due first, then what keeps an item from counting, then the rest."""
    found: list[Todo] = []
    params, shelf = parameters(feed), Shelf(local.database)
    for body in local.conflicts():
        found.append(_todo(local, "conflict", body["record"], None, body["field"], None, body.get("at", "")))
    for row in local.rows(workflow=("returned",), unit=unit, limit=most).rows:
        remarks = local.get(row.id).facts.get("remarks") or [{}]
        found.append(_of(row, "returned", Problem(remarks[0].get("field"), str(remarks[0].get("code") or "RETURNED"), "block", {}),
                         str(remarks[0].get("text") or ""), remarks[0].get("field"), remarks[0].get("due")))  # fmt: skip
    for row in local.rows(sync="refused", limit=most).rows:
        reasons = local.get(row.id).refusals
        found.append(
            _of(row, "refused", reasons[0] if reasons else None, "", reasons[0].field if reasons else None, None)
        )
    drafts = local.rows(JUDGED, workflow=("draft",), limit=most).rows
    stopping = reckoned.stopping([row.id for row in drafts], params, unit, today)
    for row in drafts:
        if row.id in stopping:
            worst, paper = stopping[row.id]
            found.append(_of(row, "missing" if paper else "blocked", worst, "", worst.field, None))
    limit = (today + timedelta(days=14)).isoformat()
    found += Duties(shelf, unit, today, params).all()
    for row in local.rows(("visit", "service_log"), limit=most).rows:
        due, planned = row.fields.get("due_on"), row.fields.get("planned_on")
        if due and due <= limit:
            found.append(_of(row, "due", None, str(row.fields.get("next_step") or ""), "due_on", due))
        if row.kind == "visit" and planned and planned <= limit and row.workflow == "draft" and row.stage in (None, "planned"):
            found.append(_of(row, "due", None, str(row.fields.get("purpose") or ""), "planned_on", planned))
    for one in local.files():
        if one["problem"] and one["state"] != "complete":
            owner = next(iter(local.papers_with(one["sha256"])), None)
            if owner is not None:
                why = "SCAN_DAMAGED" if one["problem"] == DamagedFile.code else "SCAN_NOT_TAKEN"
                found.append(_of(owner, "upload", Problem("file", why, "block", {}), "", None, None))
    order = ("due", "task", "advice", "assignment", "returned", "conflict", "refused", "stuck", "missing", "blocked", "upload")
    rank = {what: at for at, what in enumerate(order)}
    return sorted(found, key=lambda one: (one.due is None, one.due or "", rank[one.what], one.title))


def _of(row: Row, what: Any, problem: Problem | None, text: str, field: str | None, due: str | None) -> Todo:
    return Todo(what, row.id, row.kind, row.title, row.subtitle, problem, text, field, due, row.updated_at, row.number or "")


def _todo(
    local: Local, what: Any, record_id: str, problem: Problem | None, field: str | None, due: str | None, since: str
) -> Todo:
    record = local.get(record_id)
    declared = KINDS.get(record.kind)
    title = str(record.fields.get(declared.title, "")) if declared is not None else ""
    about = ""
    if declared is not None and declared.subtitle in declared.fields and declared.fields[declared.subtitle].of:
        with suppress(LookupError):
            about = str(local.get(str(record.fields.get(declared.subtitle))).fields.get("name") or "")
    return Todo(what, record_id, record.kind, title, about, problem, "", field, due, since, str(record.facts.get("number") or ""))
