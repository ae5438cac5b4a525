"""What the centre's results mean: entry into the service library, escalation, brokers, stuck items.

R-3YOU: within two years of completion, and all three 有; R-REC: a written recommendation by an institute or leading
chain company of Dongguan waives the evaluation; R-ESC: a fair value of 1亿元 or more from a report. The client shows
these and never decides them. Must not know records.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sync.domain.parameters import DEFAULTS, Parameters
from sync.domain.problems import Problem
from sync.domain.values import add_years, month_end, same_org_name
from sync.domain.verdict import Facts, Findings, day_of, part_of


@dataclass(frozen=True, slots=True)
class Outcome:
    """A word of its own for each subject (selected, direct, escalate, valid, …) with the reasons."""

    verdict: str
    codes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def check_selection(facts: Facts, params: Parameters = DEFAULTS) -> Outcome:
    """Entry into the library: "selected", "not_selected" or "direct".

    Facts: completed_on or completed_ym, evaluated_on, flags {market, innovation, economic}, recommendation?, kind?.
    A recommendation that does not waive the evaluation leaves the item to the evaluation, with its reason kept. The
    two years are asked of achievements (“2年内…优质成果”); a demand has no completion.
    """
    found = Findings()
    recommendation = part_of(facts, "recommendation")
    if recommendation:
        if not recommendation.get("written"):
            found.add("warn", "NOT_WRITTEN", "recommendation_letter")
        if recommendation.get("by") not in params.recommenders or not recommendation.get("in_dg"):
            found.add("warn", "RECOMMENDER_NOT_ELIGIBLE", None, by=recommendation.get("by"))
        codes, problems = _reasons(found)
        if not codes:
            return Outcome("direct")
        if facts.get("evaluated_on") is None:
            return Outcome("not_selected", codes, problems)
    evaluated_on, completed_on = day_of(facts.get("evaluated_on")), completed(facts)
    fails = Findings()
    if facts.get("kind") == "demand":
        pass
    elif evaluated_on is None or completed_on is None:
        fails.required("completed_ym", "研究完成年月和评价日", "the month of completion and the evaluation day", "warn")
    elif evaluated_on > add_years(completed_on, params.selection_years):
        fails.add("warn", "OLDER_THAN_2Y", "completed_ym", completed_on=completed_on, evaluated_on=evaluated_on,
                  years=params.selection_years)  # fmt: skip
    flags = part_of(facts, "flags")
    for flag, code in (("market", "NO_MARKET_NEED"), ("innovation", "NO_INNOVATION"), ("economic", "NO_ECONOMIC")):
        if not flags.get(flag):
            fails.add("warn", code)
    codes, problems = _reasons(found)
    more, others = _reasons(fails)
    return Outcome("not_selected" if more else "selected", codes + more, problems + others)


def completed(facts: Facts) -> date | None:
    """The completion day: the day given, else the last day of the month given (A7)."""
    month = facts.get("completed_ym")
    return day_of(facts.get("completed_on")) or (month_end(str(month)) if month else None)


def check_escalation(facts: Facts, params: Parameters = DEFAULTS) -> Outcome:
    """Whether to escalate: "escalate" or "normal". Facts: source ("evaluation" or "self"), value_fen.

    A self-declared value never escalates.
    """
    value = facts.get("value_fen")
    if facts.get("source") != "evaluation":
        found = Findings()
        found.add("hint", "SELF_VALUE_ONLY", "claimed_value_fen", amount=value, minimum=params.escalation_fen)
        return Outcome("normal", ("SELF_VALUE_ONLY",), found.settle(None, None).problems)
    return Outcome("escalate" if isinstance(value, int) and value >= params.escalation_fen else "normal")


def check_broker(facts: Facts, params: Parameters = DEFAULTS) -> Outcome:
    """Admission of a broker: "valid", "invalid" or "review" (V-BROKER, A24). Facts: level, base, base_list?."""
    bases = facts.get("base_list") or params.broker_bases
    found = Findings()
    if facts.get("level") not in params.broker_levels:
        found.add("block", "CERT_LEVEL", "cert_level", value=facts.get("level"))
    stopped = found.stopped
    if not any(same_org_name(str(facts.get("base") or ""), base) for base in bases):
        found.add("review", "CERT_BASE", "cert_base", value=facts.get("base"))
    problems = found.settle(None, None).problems
    outcome = "invalid" if stopped else "review" if problems else "valid"
    return Outcome(outcome, tuple(problem.code for problem in problems), problems)


def is_stuck(days_without_progress: int, params: Parameters = DEFAULTS) -> bool:
    """R-STUCK: whether to suggest escalation; the number of days is platform data."""
    return days_without_progress >= params.stuck_days


def _reasons(found: Findings) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    verdict = found.settle(None, None)
    return verdict.codes, verdict.problems
