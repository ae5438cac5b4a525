"""How findings become a verdict, and which year an item belongs to (R-YEAR): shared by finds and landings.

    block     cannot be sent                       not_met  the landing route is incomplete
    no_count  kept, no credit                      review   the centre decides
    count     accepted and credited

The gravest effect decides. With block and not_met only the stopping codes are listed, with the others all codes,
warnings included; a hint has no code in the verdict, only its problem. Must not know any single rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from sync.domain.parameters import Parameters
from sync.domain.problems import Problem, Severity
from sync.domain.values import SHANGHAI, BadValue, clean_division, division_in_dongguan, parse_day, to_day, to_instant

Facts = Mapping[str, Any]
Effect = Literal["block", "not_met", "no_count", "review", "warn", "hint"]
Outcome = Literal["block", "not_met", "no_count", "review", "count"]

_SEVERITY: dict[Effect, Severity] = {
    "block": "block", "not_met": "block", "no_count": "warn", "review": "review", "warn": "warn", "hint": "hint",
}  # fmt: skip
_STOPPING: tuple[Effect, ...] = ("block", "not_met")
#: Codes that take the credit of an item the centre has accepted all the same (kept as a lead or joint find).
NO_CREDIT = frozenset({"NOT_ENTERPRISE", "NO_DG_PARTY", "DUPLICATE", "OUT_OF_PLAN", "ALREADY_LANDED"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of one record.

    ``counts`` is the city's count (0 or 1), ``credit`` the finding unit's; ``year`` stands where the item counts or
    may count; ``ready`` is the day the last required fact was there.
    """

    verdict: Outcome
    codes: tuple[str, ...]
    problems: tuple[Problem, ...]
    year: int | None = None
    counts: int = 0
    credit: int = 0
    ready: date | None = None


class Findings:
    """Collects findings in the order they were made."""

    def __init__(self) -> None:
        self._found: list[tuple[Effect, Problem]] = []

    def add(self, effect: Effect, code: str, field: str | None = None, **values: Any) -> None:
        """One finding; ``values`` feed its sentence (days become text)."""
        plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
        self._found.append((effect, Problem(field, code, _SEVERITY[effect], plain)))

    def later_than(self, today: date | None, field: str, label: str, label_en: str, day: date | None) -> None:
        """DATE_IN_FUTURE where ``day`` is after the platform's day (E-DATE)."""
        if day is not None and today is not None and day > today:
            self.add("block", "DATE_IN_FUTURE", field, label=label, label_en=label_en, value=day)

    def required(self, field: str, label: str, label_en: str, effect: Effect = "block") -> None:
        """REQUIRED for a fact no verdict can do without."""
        self.add(effect, "REQUIRED", field, label=label, label_en=label_en)

    @property
    def stopped(self) -> bool:
        """Whether something was found that stops sending."""
        return any(effect in _STOPPING for effect, _ in self._found)

    def settle(self, year: int | None, ready: date | None, unit_credit: bool = True) -> Verdict:
        """The verdict of everything found."""
        effects = {effect for effect, _ in self._found}
        outcome: Outcome = "count"
        for grave in ("block", "not_met", "no_count", "review"):
            if grave in effects:
                outcome = grave
                break
        listed: tuple[Effect, ...] = _STOPPING if outcome in _STOPPING else ("no_count", "review", "warn")
        codes = tuple(dict.fromkeys(problem.code for effect, problem in self._found if effect in listed))
        counts = int(outcome == "count")
        return Verdict(
            verdict=outcome,
            codes=codes,
            problems=tuple(problem for _, problem in self._found),
            year=year if outcome in ("count", "review") else None,
            counts=counts,
            credit=counts if unit_credit else 0,
            ready=ready,
        )


def with_fields(verdict: Verdict, problems: Sequence[Problem]) -> Verdict:
    """The verdict with what the fields themselves lack (``Kind.problems``): one answer for form, command and server.

    A problem found by both stands once, as the rule wrote it, and that a field is empty is not said beside a rule that
    says what belongs there. A field that blocks makes the verdict "block" (a landing that is not met stays not met),
    and then only stopping codes are listed.
    """
    known = {(one.field, one.code) for one in verdict.problems}
    known |= {(one.field, "REQUIRED") for one in verdict.problems if one.severity == "block"}
    extra = tuple(one for one in problems if (one.field, one.code) not in known)
    blocking = [one.code for one in extra if one.severity == "block"]
    if not blocking:
        return replace(verdict, problems=verdict.problems + extra)
    stopped = verdict.verdict in _STOPPING
    codes = tuple(dict.fromkeys((*(verdict.codes if stopped else ()), *blocking)))
    return replace(
        verdict, verdict=verdict.verdict if stopped else "block", codes=codes, problems=verdict.problems + extra,
        year=None, counts=0, credit=0,
    )  # fmt: skip


def day_of(value: Any) -> date | None:
    """A day of a fact (a day or an instant, as ``parse_day`` reads them), or None where it is empty.

    Raises:
        BadValue: NOT_A_DATE, anything else.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, (str, date)):
        raise BadValue("NOT_A_DATE", value)
    try:
        return to_day(value)
    except ValueError:
        return parse_day(value)


def today_of(facts: Facts) -> date | None:
    """The platform's day: ``today``, else the day of receipt."""
    return day_of(facts.get("today")) or received_on(facts)


def received_on(facts: Facts) -> date | None:
    """The Dongguan day of first receipt, or None for what was never sent."""
    received = facts.get("received_at")
    if not received:
        return None
    try:
        return to_instant(received).astimezone(SHANGHAI).date()
    except (TypeError, ValueError):
        pass
    try:
        return day_of(received)
    except BadValue:
        raise BadValue("NOT_A_TIME", received) from None


def year_of(found: Findings, facts: Facts, ready: date, params: Parameters, landing: bool = False) -> int | None:
    """The year an item counts in, with the codes that explain it.

    Before the plan a find takes the year of receipt and a landing does not count; received after the closing day
    of the next year, it takes the year of receipt. What was never sent is judged as if received today.
    """
    received = received_on(facts) or day_of(facts.get("today")) or ready
    span: dict[str, Any] = {"ready_on": ready, "start": params.plan_start, "end": params.plan_end}
    if ready < params.plan_start:
        if landing:
            found.add("no_count", "OUT_OF_PLAN", None, **span)
            return None
        year = received.year
        found.add("warn", "FOUND_BEFORE_PLAN", "found_on", year=year, **span)
    else:
        year = ready.year
        if (received.year, received.month, received.day) > (ready.year + 1, params.closing_month, params.closing_day):
            year = received.year
            found.add("warn", "LATE_SUBMISSION", None, ready_year=ready.year, month=params.closing_month, day=params.closing_day,
                      year=year)  # fmt: skip
    if not params.plan_start.year <= year <= params.plan_end.year:
        found.add("no_count", "OUT_OF_PLAN", None, **span)
        return None
    return year


def part_of(facts: Facts, name: str) -> Facts:
    """A nested object of the facts, empty where there is none."""
    value = facts.get(name)
    return value if isinstance(value, Mapping) else {}


def in_dongguan(org: Facts, params: Parameters) -> bool:
    """Whether an organisation is a Dongguan entity (A26): registered there, or so flagged by the platform.

    The area digits of its credit code say nothing: they never change when a company moves.
    """
    if org.get("in_dg") or org.get("is_dg"):
        return True
    division = org.get("division")
    return isinstance(division, str) and division_in_dongguan(division, params.dongguan_prefix)


def branch_form(org: Facts, params: Parameters, sole: bool = False) -> str | None:
    """The word for a branch (and, with ``sole``, a sole trader), or None for a company of its own."""
    form, name = str(org.get("legal_form") or ""), str(org.get("name") or "")
    words = params.branch_forms + (params.sole_forms if sole else ())
    if any(word in form for word in words):
        return form
    if org.get("is_branch") or org.get("branch"):
        return params.branch_forms[0]
    return params.branch_forms[0] if name.rstrip("）) ").endswith(params.branch_forms[0]) else None


def division_of(org: Facts) -> str:
    """The organisation's division code as digits, empty where it has none."""
    division = org.get("division")
    return clean_division(division) if isinstance(division, str) else ""
