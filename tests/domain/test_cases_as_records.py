"""The published cases once more, as what a liaison stores: records, organisations and papers, read into facts and judged.

``test_cases`` puts the bare facts to the rules; here every fact goes the way it goes in the product (``facts``), so that
form, command and platform give the case's answer too. Which test holds which of the 86 published cases:

    DF01-DF20  here and ``test_cases``; DF03 (a range) cannot be stored: the field refuses it, ``test_a_range_is_no_budget``
    AF01-AF09  here and ``test_cases``; AF03 is refused as a draft already: tests/store/test_workspace
    LA01-LA26  here and ``test_cases``; LA17 between records: tests/server/test_recount
    SE, ES     ``test_cases``; by the centre's commands: tests/plan/test_systems (D13, D14, D16, D32)
    FI01-FI08  ``test_cases`` and ``test_values``; FI05 and FI06 in a form: tests/desktop/test_record_form; FI08: ``test_declared_checks``
    PR01-PR04  ``test_cases`` and ``test_quota``; between records: tests/server/test_recount, tests/plan/test_counting_ends
    CO01-CO11  ``test_cases``; between records: CO04 tests/server/test_recount; CO05 CO06 CO09 tests/plan/test_counting_ends;
               CO02 CO03 CO07 CO08 CO10 tests/plan/test_systems (D21, G18, D08, D32); CO11 tests/plan/test_from_the_centre
"""

from datetime import date

import pytest

from sync.domain.facts import achievement_facts, demand_facts, landing_facts
from sync.domain.finds import check_achievement, check_demand
from sync.domain.kinds import KINDS
from sync.domain.landing import check_landing
from sync.domain.values import BadValue, parse_money, to_day
from tests.domain.test_cases import BASE, PUBLISHED

HERE, FAR = "441900119", "440300"
RENAMED = {"in_dg": "is_dg", "kind": "org_kind"}


def organisation(facts):
    """A stored organisation of a case's facts; where only "in Dongguan" is said, its division says it."""
    if facts is None:
        return None
    made = {RENAMED.get(name, name): value for name, value in facts.items()}
    return {"division": HERE if made.pop("is_dg") else FAR, **made} if "is_dg" in made else made


def demand(facts):
    letter, budget = facts["letter"], facts["budget"]
    paper = {"kind": "demand_letter", "doc_on": letter["signed_on"], **letter} if letter else None
    record = {
        "title": facts["title"], "found_on": facts["found_on"], "budget_fen": budget.get("fen"),
        "budget_currency": budget.get("currency", "CNY"), "letter_signed_on": letter["signed_on"] if letter else None,
    }  # fmt: skip
    papers = [paper] if paper else []
    org, partner = organisation(facts["org"]), organisation(facts["partner"])
    day, received = date.fromisoformat(facts["today"]), facts["received_at"]
    said = check_demand(demand_facts(record, org, partner, papers, facts["finder_unit"], day, received, facts["existing"], "r1"))
    return said, {"discovery": said.counts, "unit_credit": said.credit}


def achievement(facts):
    record = {name: facts.get(name) for name in ("title", "secrecy", "reg_no", "high_quality")}
    record |= {"found_on": to_day(facts["found_on"]).isoformat(), "ip": [{"number": one} for one in facts["ip"]]}
    papers = [{"kind": "ip_certificate"}] * facts.get("quality_proofs", 0)
    day, received = date.fromisoformat(facts["today"]), facts["received_at"]
    asked = achievement_facts(record, organisation(facts["org"]), papers, facts["finder_unit"], day, received, facts["existing"], "r1")
    said = check_achievement(asked)
    return said, {"discovery": said.counts, "unit_credit": said.credit}


def landing(facts):
    roles = {"org_in_dg": "org", "entity_in_dg": "entity_org", "benefit_org_in_dg": "benefit_org"}
    record = {name: value for name, value in facts.items() if name in KINDS["landing"].fields and name not in ("buyer", "seller")}
    record |= {role: role for role in (*roles.values(), "buyer", "seller")}
    orgs = {role: organisation({"in_dg": facts[flag]}) for flag, role in roles.items() if flag in facts}
    orgs |= {role: organisation(facts[role]) for role in ("buyer", "seller") if role in facts}
    papers = [{"kind": "team_proof", "doc_on": facts["settled_on"]}] if facts.get("settle_proof") else []
    received = facts["received_at"]
    asked = landing_facts(record, orgs, papers, to_day(received), received, facts.get("found_on"), facts.get("already_landed", False))
    said = check_landing(asked)
    return said, {"landing": said.counts}


AREAS = {"demand_found": demand, "achievement_found": achievement, "landing": landing}


@pytest.mark.parametrize("case", [case for case in PUBLISHED if case["area"] in AREAS and case["id"] != "DF03"], ids=lambda case: case["id"])
def test_a_stored_record_is_judged_as_the_case_is(case):
    said, counts = AREAS[case["area"]](case["input"])
    answer = {"verdict": said.verdict, "codes": sorted(said.codes), "year": said.year, **counts}
    expected = {**case["expect"], "codes": sorted(case["expect"]["codes"])}
    assert {name: answer[name] for name in expected} == expected


@pytest.mark.parametrize("typed", ["8万-12万", "80,000-120,000", "8至12万元"])
def test_a_range_is_no_budget(typed):
    assert BASE["DF03"]["budget"] == {"min_fen": 8_000_000, "max_fen": 12_000_000}
    with pytest.raises(BadValue) as refused:
        parse_money(typed)
    assert refused.value.code == "AMOUNT_NOT_NUMBER"
    assert KINDS["demand"].fields["budget_fen"].check(typed).severity == "block"


def test_the_86_cases_are_all_here():
    assert len(PUBLISHED) == 86 and len({case["id"] for case in PUBLISHED}) == 86
