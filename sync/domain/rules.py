"""The rule engine's one face: everything a form, a command, the server or a test asks of the rules.

``check_demand``, ``check_achievement`` and ``check_landing`` judge facts (built by ``demand_facts`` and so on);
``evaluate_case`` answers a rule case of any area, as `liaison rules` prints it. The rules themselves stand in
``finds``, ``landing``, ``selection``, ``quota`` and ``values``; the numbers in ``parameters``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from sync.domain.facts import achievement_facts, demand_facts, known_item, landing_facts
from sync.domain.finds import check_achievement, check_demand
from sync.domain.landing import check_landing, landing_unit
from sync.domain.parameters import DEFAULTS, Parameters
from sync.domain.problems import Problem
from sync.domain.quota import Item, Metric, Target, own_year, plain_number, progress, shares_problem
from sync.domain.selection import Outcome, check_broker, check_escalation, check_selection, is_stuck
from sync.domain.values import (
    BadValue,
    check_uscc,
    clean_phone,
    clean_uscc,
    parse_day,
    parse_money,
    same_org_name,
    uscc_problem_values,
)
from sync.domain.verdict import Facts, Verdict, with_fields
from sync.domain.written import plain_facts

__all__ = [
    "DEFAULTS",
    "Facts",
    "Outcome",
    "Parameters",
    "Verdict",
    "achievement_facts",
    "check_achievement",
    "check_broker",
    "check_demand",
    "check_escalation",
    "check_field",
    "check_landing",
    "check_selection",
    "demand_facts",
    "evaluate_case",
    "is_stuck",
    "known_item",
    "landing_facts",
    "landing_unit",
    "with_fields",
]

#: What only ever comes down from the platform, so that it can never conflict with an edit (R-SYNC).
PULLED_ONLY = frozenset({"evaluation", "assignment", "quota", "stage", "workflow", "number", "notice"})
#: Kinds of unit whose quota is achievements of high quality only.
INSTITUTES = ("institute", "university", "provincial_lab", "big_facility", "new_rd", "new_rd_candidate")
Answer = dict[str, Any]


def evaluate_case(case: Mapping[str, Any], params: Parameters = DEFAULTS) -> Answer:
    """``{"id", "area", "input"}`` -> ``{"id", "verdict", "codes", …}`` with the keys of that area.

    Facts that cannot be read are answered too, by the code that says so: one odd case never costs the others theirs.
    Where the rules say why, ``problems`` holds it (``Problem.to_json``).
    """
    area, facts = str(case.get("area")), case.get("input")
    answer = _AREAS.get(area)
    if answer is None:
        unknown = Problem(None, "UNKNOWN_AREA", "block", {"value": area, "choices": list(_AREAS)})
        return {"id": case.get("id"), "verdict": "unknown", **_said([unknown])}
    try:
        if not isinstance(facts, Mapping):
            raise TypeError("input")
        return {"id": case.get("id"), **answer(plain_facts(facts), params)}
    except BadValue as wrong:
        unread = Problem(None, wrong.code, "block", {"value": wrong.value, "label": "填写的", "label_en": "The entry"})
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as wrong:
        unread = Problem(None, "FACT_UNREADABLE", "block", {"value": str(wrong)[:80]})
    return {"id": case.get("id"), **_UNREAD[area], **_said([unread])}


def check_field(facts: Facts, params: Parameters = DEFAULTS) -> Answer:
    """One value: ``{"field": uscc | money | org_name_equal | broker | secrecy | phone | date, …}``.

    Raises:
        BadValue: the value is no amount or no day.
    """
    field, value = str(facts.get("field")), facts.get("value")
    text = "" if value is None else str(value)
    if field == "uscc":
        wrong = check_uscc(text)
        return _valid(normalised=clean_uscc(text)) if wrong is None else _invalid(wrong, **uscc_problem_values(text))
    if field == "money":
        box = next((facts[name] for name in ("unit", "unit_box", "box") if facts.get(name)), "元")
        return _valid(fen=parse_money(text, str(box)))
    if field == "org_name_equal":
        names = {"a": str(facts.get("a") or ""), "b": str(facts.get("b") or "")}
        return _valid() if same_org_name(names["a"], names["b"]) else _invalid("NAME_DIFFERS", **names)
    if field == "broker":
        return _outcome(check_broker(facts, params))
    if field == "secrecy":
        return _invalid("SECRET_LEVEL", value=text) if text in params.secret_levels else _valid()
    if field == "phone":
        number = clean_phone(text)
        return _valid(normalised=number) if number else _invalid("BAD_PHONE", value=text)
    if field == "date":
        return _valid(normalised=parse_day(text).isoformat())
    return _invalid("UNKNOWN_FIELD", name=field)


def _valid(**more: Any) -> Answer:
    return {"verdict": "valid", "codes": [], **more}


def _invalid(code: str, **values: Any) -> Answer:
    return {"verdict": "invalid", **_said([Problem("value", code, "block", values)])}


def _found(verdict: Verdict) -> Answer:
    return {**_judged(verdict), "discovery": verdict.counts, "unit_credit": verdict.credit}


def _judged(verdict: Verdict) -> Answer:
    year = {} if verdict.year is None else {"year": verdict.year}
    return {"verdict": verdict.verdict, **_said(verdict.problems, verdict.codes), **year}


def _outcome(outcome: Outcome) -> Answer:
    return {"verdict": outcome.verdict, **_said(outcome.problems, outcome.codes)}


def _said(problems: Sequence[Problem], codes: Sequence[str] | None = None) -> Answer:
    listed = [one.code for one in problems] if codes is None else list(codes)
    return {"codes": listed, "problems": [one.to_json() for one in problems]}


def _progress(facts: Facts, params: Parameters) -> Answer:
    """``{"unit_kind", "year", "target", "items": [{"kind", "state", "year", …}]}``; landings if only those."""
    year, unit = int(facts["year"]), "unit"
    items = [
        Item(
            id=str(number), kind=str(one.get("kind")), workflow=str(one.get("state")), unit=unit, year=one.get("year"),
            credit=None if one.get("share") is None else Fraction(str(one["share"])),
            high_quality=one.get("high_quality", True) is True, quality_proofs=int(one.get("quality_proofs") or 0),
            duplicate=bool(one.get("duplicate")), revoked=bool(one.get("revoked")), codes=tuple(one.get("codes") or ()),
        )
        for number, one in enumerate(facts.get("items") or ())
    ]  # fmt: skip
    landings = bool(items) and all(item.kind == "landing" for item in items)
    metric: Metric = "landing" if landings else "discovery"
    target = Target(unit, year, metric, facts.get("target"))
    made = progress(unit, year, [target], items, params, institute=facts.get("unit_kind") in INSTITUTES)
    tally = (made.landing if landings else made.discovery).to_json()
    answer = {"verdict": tally["state"], "codes": [], "done": tally["counted"], "pending": tally["pending"]}
    issued = {name: tally[name] for name in ("target", "gap", "percent")} if tally["target"] is not None else {}
    return answer | issued


def _counting(facts: Facts, params: Parameters) -> Answer:
    """Plain statements of counting; which one is told by the facts given."""
    for names, answer in _STATEMENTS:
        if names <= facts.keys():
            return answer(facts, params)
    raise LookupError(" ".join(sorted(map(str, facts))))


def _co_finders(facts: Facts, _: Parameters) -> Answer:
    return {"city": 1, "credit": {facts["accepted_first"]: 1, facts["later"]: 0}}


def _landed_elsewhere(facts: Facts, _: Parameters) -> Answer:
    credit = landing_unit(facts.get("responsible"), facts.get("place"))
    return {"discovery_credit": facts["finder"], "landing_credit": credit, "city_landing": 1}


def _target_raised(facts: Facts, _: Parameters) -> Answer:
    target, done = int(facts["target_after"]), int(facts["done"])
    return {"target": target, "done": done, "gap": max(0, target - done), "history_kept": True}


def _revoked(facts: Facts, _: Parameters) -> Answer:
    own, later = int(facts["landed_year"]), int(str(facts["revoked_on"])[:4])
    return {f"year_{later}_delta": 0} | {f"year_{own}_delta": -1}


def _request(facts: Facts, _: Parameters) -> Answer:
    return {"discovery": 0, "library": "诉求窗口"}


def _event(facts: Facts, params: Parameters) -> Answer:
    counts = facts["kind"] in params.counted_events and facts["state"] == "confirmed"
    year = own_year("event", facts, {})
    return {"events": int(counts), **({"year": year} if counts and year is not None else {})}


def _pilot(facts: Facts, _: Parameters) -> Answer:
    supported = facts.get("supported", facts.get("status") in ("支持建设", "supported"))
    return {"counts_to_nine": int(supported is True)}


def _served(facts: Facts, _: Parameters) -> Answer:
    """R-SERVICE: logs as {"subject", "in_service"}."""
    logs = [one for one in facts["logs"] if one.get("in_service", True)]
    return {"services": len({one["subject"] for one in logs}), "logs": len(logs)}


def _shared(facts: Facts, _: Parameters) -> Answer:
    """A4: shares set by the centre; the city still counts one."""
    shares = {unit: Fraction(str(share)) for unit, share in facts["shares"].items()}
    wrong = shares_problem(shares)
    credit = {unit: plain_number(share) for unit, share in shares.items()}
    return {"city": 1, "credit": credit} if wrong is None else {"codes": [wrong.code]}


def _arrival(facts: Facts, _: Parameters) -> Answer:
    pulled = facts["remote_change"] in PULLED_ONLY
    clash = not pulled and facts["remote_change"] == facts["local_change"]
    return {"conflict": clash, f"{facts['remote_change']}_applied": not clash, "local_kept": True}


def _stuck(facts: Facts, params: Parameters) -> Answer:
    limit = int(facts.get("limit_days") or params.stuck_days)
    return {"suggest_escalation": is_stuck(int(facts["open_days"]), replace(params, stuck_days=limit))}


Statement = Callable[[Facts, Parameters], Answer]
_STATEMENTS: tuple[tuple[frozenset[str], Statement], ...] = (
    (frozenset({"targets"}), lambda f, _: {"sum": sum(f["targets"].values()), "reading": "new per year"}),
    (frozenset({"shares"}), _shared),
    (frozenset({"logs"}), _served),
    (frozenset({"status"}), _pilot),
    (frozenset({"supported"}), _pilot),
    (frozenset({"accepted_first", "later"}), _co_finders),
    (frozenset({"finder"}), _landed_elsewhere),
    (frozenset({"target_after", "done"}), _target_raised),
    (frozenset({"landed_year", "revoked_on"}), _revoked),
    (frozenset({"open_days"}), _stuck),
    (frozenset({"remote_change", "local_change"}), _arrival),
    (frozenset({"kind", "state"}), _event),
    (frozenset({"kind"}), _request),
)
#: What an area answers where its facts cannot be read: nothing is sent, nothing counts.
_UNREAD: dict[str, Answer] = {
    "demand_found": {"verdict": "block", "discovery": 0, "unit_credit": 0},
    "achievement_found": {"verdict": "block", "discovery": 0, "unit_credit": 0},
    "landing": {"verdict": "block", "landing": 0},
    "selection": {"verdict": "not_selected"},
    "escalation": {"verdict": "normal"},
    "field": {"verdict": "invalid"},
    "progress": {"verdict": "not_issued", "done": 0, "pending": 0},
    "counting": {"verdict": "unknown"},
}
_AREAS: dict[str, Statement] = {
    "demand_found": lambda f, p: _found(check_demand(f, p)),
    "achievement_found": lambda f, p: _found(check_achievement(f, p)),
    "landing": lambda f, p: (lambda v: {**_judged(v), "landing": v.counts})(check_landing(f, p)),
    "selection": lambda f, p: _outcome(check_selection(f, p)),
    "escalation": lambda f, p: _outcome(check_escalation(f, p)),
    "field": check_field,
    "progress": _progress,
    "counting": _counting,
}
