"""What a liaison's own steps need: moves of the business stages, and the months of the ledger that are closed.

The machines of ``lifecycle`` say which moves there are and whose they are; here stands what must be there before one
is made. The laptop asks before it offers a step, the platform asks again and its answer binds. A landing has no steps
of its own: its stage follows its paper. Must not know records, the store or the clock.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from sync.domain.fields import Values, empty
from sync.domain.kinds import KINDS
from sync.domain.lifecycle import AMENDED, CLOSED, MACHINES
from sync.domain.parameters import DEFAULTS, Parameters
from sync.domain.problems import Problem

#: (kind, stage to come) -> what must be there; of alternatives (with |) one. Names are fields or kinds of evidence.
NEEDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("event", "published"): ("starts_on", "place"),
    ("event", "held"): ("sign_ins|sign_in",),
    ("visit", "started"): ("started_at",),
    ("visit", "done"): ("ended_at",),
    ("visit", "written"): ("minutes",),
    ("pilot_platform", "applied"): ("kind", "host_org", "field"),
    ("request", "converted"): ("demand_id",),
}
#: Evidence attached that is no field of the kind.
PAPERS: Mapping[tuple[str, str], str] = {("demand", "contracted"): "tech_contract"}
#: Stages nobody enters without saying why.
EXPLAINED = frozenset({"cancelled", "stalled", "unsolved", "open"})
#: Kinds whose stages begin when the centre accepts them; the others' from the first draft on.
AFTER_ACCEPTANCE = frozenset({"achievement", "demand"})


def stage_of(kind: str, stage: str | None, workflow: str | None) -> str | None:
    """The stage a record stands in: what the platform said, else its machine's first; None where it has none yet."""
    machine = MACHINES.get(KINDS[kind].machine) if kind in KINDS else None
    if machine is None or stage:
        return stage
    return None if kind in AFTER_ACCEPTANCE and workflow not in AMENDED else machine.initial


def offers(kind: str, stage: str | None, workflow: str | None) -> list[str]:
    """The stages a liaison may move a record to now, in the order of its machine."""
    source = stage_of(kind, stage, workflow)
    if kind == "landing" or source is None or workflow in CLOSED:
        return []
    return MACHINES[KINDS[kind].machine].offers(source, "liaison")


def told_stage(kind: str, words: Any) -> str | None:
    """The stage somebody named, by its key or its Chinese or English word; None where it is none of the kind's."""
    machine = MACHINES.get(KINDS[kind].machine) if kind in KINDS else None
    text = str(words or "").strip()
    states = machine.states if machine is not None and text else {}
    return next((key for key, said in states.items() if text.casefold() in (key, said[0], said[1].casefold())), None)


def step_problems(
    kind: str, stage: str | None, workflow: str | None, target: str, values: Values, papers: Collection[str], note: str
) -> list[Problem]:
    """What stops a liaison from moving a record to ``target``; ``papers`` are the kinds of evidence attached."""
    if kind in AFTER_ACCEPTANCE and workflow not in AMENDED:
        return [Problem("stage", "STAGE_NOT_OPEN", "block", {})]
    if target not in offers(kind, stage, workflow):
        return [Problem("stage", "BAD_TRANSITION", "block", _names(kind, stage_of(kind, stage, workflow), target))]
    found = []
    for wanted in NEEDS.get((kind, target), ()):
        names = wanted.split("|")
        if all(empty(values.get(name)) and name not in papers for name in names):
            field = KINDS[kind].fields[names[0]]
            found.append(Problem(names[0], "REQUIRED", "block", {"label": field.label, "label_en": field.en}))
    paper = PAPERS.get((kind, target))
    if paper is not None and paper not in papers:
        found.append(Problem(None, "EVIDENCE_MISSING", "block", {"label": "技术合同", "label_en": "Technology contract"}))
    if target in EXPLAINED and not note.strip():
        found.append(Problem("note", "REASON_MISSING", "block", {}))
    return found


def _names(kind: str, source: str | None, target: str) -> dict[str, str]:
    machine = MACHINES.get(KINDS[kind].machine if kind in KINDS else "")
    return (machine or MACHINES["workflow"]).told(source=source, target=target)


def last_day(month: str, params: Parameters = DEFAULTS) -> date:
    """The last day on which the ledger of a month (YYYY-MM) may be changed. Raises ValueError where it is no month."""
    year, number = int(month[:4]), int(month[5:7])
    return date(year, number, monthrange(year, number)[1]) + timedelta(days=params.ledger_freeze_days)


def frozen(month: Any, today: date, params: Parameters = DEFAULTS) -> Problem | None:
    """MONTH_FROZEN where the ledger of ``month`` is closed; None for anything that is no month."""
    field = KINDS["ledger_row"].fields["month"]
    if not isinstance(month, str) or field.check(month) is not None or today <= last_day(month, params):
        return None
    return Problem("month", "MONTH_FROZEN", "block", {"month": month, "until": last_day(month, params).isoformat()})


def frozen_edit(
    held: Values, workflow: str | None, values: Values, today: date, params: Parameters = DEFAULTS
) -> Problem | None:
    """Whether a change of an existing ledger row meets a closed month.

    What the centre returned may be corrected, and a draft may be taken to a month that is open.
    """
    if workflow == "returned" or not values:
        return None
    stopped = frozen(values.get("month", held.get("month")), today, params)
    return stopped or (frozen(held.get("month"), today, params) if workflow != "draft" else None)
