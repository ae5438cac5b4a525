"""Stored records become facts, and the same facts give the same verdict everywhere."""

import json
from datetime import date

import pytest

from sync.domain.kinds import KINDS
from sync.domain.problems import Problem
from sync.domain.rules import (
    achievement_facts,
    check_achievement,
    check_demand,
    check_landing,
    demand_facts,
    known_item,
    landing_facts,
    with_fields,
)

TODAY = date(2026, 3, 20)
ORG = {"name": "东莞市甲科技有限公司", "uscc": "91441900MA0000007J", "org_kind": "企业", "division": "441900119"}
OUTSIDE = {"name": "广州丁研究院", "uscc": "91440101MF0000013A", "org_kind": "科研院所", "division": "440100"}
DEMAND = {
    "title": "高速主轴热误差补偿技术",
    "org": "o1",
    "budget_fen": 15000000,
    "budget_currency": "CNY",
    "letter_signed_on": "2026-03-10",
    "found_on": "2026-03-10",
}
LETTER = {
    "kind": "demand_letter",
    "sha256": "a" * 64,
    "signed": True,
    "stamped": True,
    "seal_kind": "公章",
    "seal_name": ORG["name"],
    "doc_on": "2026-03-10",
}
ACHIEVEMENT = {"title": "固态电解质", "owner_org": "o1", "found_on": "2026-03-10", "secrecy": "非密"}


def demand(record=DEMAND, evidence=(LETTER,), org=ORG, partner=None, **more):
    facts = demand_facts(record, org, partner, evidence, "441900119", TODAY, **more)
    assert json.loads(json.dumps(facts)) == facts
    return check_demand(facts)


def test_a_good_demand_counts_before_and_after_it_is_received():
    draft = demand()
    assert (draft.verdict, draft.codes, draft.year, draft.credit, draft.ready) == (
        "count",
        (),
        2026,
        1,
        date(2026, 3, 10),
    )
    assert demand(received_at="2026-03-21T01:00:00Z").verdict == "count"


def test_an_empty_draft_says_what_is_missing():
    verdict = check_demand(demand_facts({}, None, None, [], "441900119", TODAY))
    assert set(verdict.codes) == {"BUDGET_MISSING", "LETTER_MISSING", "REQUIRED"}
    assert {problem.field for problem in verdict.problems if problem.code == "REQUIRED"} == {"org", "found_on"}


def test_scans_of_one_letter_are_one_letter():
    first = {**LETTER, "stamped": False, "seal_name": None, "seal_kind": None}
    last = {**LETTER, "signed": False, "sha256": "b" * 64}
    assert demand(evidence=[first, last]).verdict == "count"
    assert demand(evidence=[first]).codes == ("LETTER_UNSTAMPED",)
    assert demand(evidence=[{**LETTER, "removed": True}]).codes == ("LETTER_MISSING",)
    assert demand(evidence=[{**LETTER, "kind": "other"}]).codes == ("LETTER_MISSING",)


def test_the_letters_own_date_serves_and_a_different_one_is_pointed_out():
    assert demand({**DEMAND, "letter_signed_on": None}).ready == date(2026, 3, 10)
    other = demand(evidence=[{**LETTER, "doc_on": "2026-03-09"}])
    assert other.verdict == "count" and other.codes == ()
    assert [problem.code for problem in other.problems] == ["LETTER_DATE_DIFFERS"]
    assert demand(evidence=[{**LETTER, "doc_on": "2026-03-21"}]).codes == ("DATE_IN_FUTURE",)


def test_foreign_money_needs_amount_rate_and_day():
    foreign = {**DEMAND, "budget_currency": "USD", "budget_original": 2100000, "budget_rate": "7.2"}
    assert demand(foreign).codes == ("CURRENCY_NO_CNY",)
    assert demand({**foreign, "budget_rate_on": "2026-03-09"}).verdict == "count"
    assert demand({**foreign, "budget_rate_on": "2026-03-09", "budget_fen": 9999999}).codes == ("BUDGET_BELOW_MIN",)


def test_a_known_item_is_found_again():
    known = known_item("r1", "demand", DEMAND, ORG, [LETTER], "441900118", "2026-03-01T00:00:00Z", "accepted")
    again = demand(existing=[known], record_id="r2")
    assert (again.verdict, again.codes) == ("no_count", ("DUPLICATE", "OUT_OF_TERRITORY", "EVIDENCE_REUSED")[::2])
    assert again.problems[0].values == {"title": DEMAND["title"], "unit": "441900118"}
    assert demand(existing=[known], record_id="r1").verdict == "count"
    renamed = {**DEMAND, "title": "高速主轴热误差补偿技术二期"}
    hints = demand(renamed, [{**LETTER, "sha256": "c" * 64}], existing=[known])
    assert hints.codes == () and [problem.code for problem in hints.problems] == ["TITLE_NEAR"]


def test_quality_is_proved_by_papers():
    def asked(record, *papers):
        return check_achievement(achievement_facts(record, OUTSIDE, papers, "INS-DGUT", TODAY))

    claimed = {**ACHIEVEMENT, "high_quality": True, "ip": [{"number": "ZL202310000001.X"}, None]}
    assert asked(claimed).codes == ("NO_QUALITY_PROOF",) and asked(claimed).credit == 0
    assert asked(claimed, {"kind": "ip_certificate"}).credit == 1
    assert asked(claimed, {"kind": "other", "covers": ["high_quality"]}).credit == 1
    assert asked(claimed, {"kind": "ip_certificate", "removed": True}).credit == 0
    assert asked(claimed, {"kind": "consent"}).credit == 0
    assert asked(ACHIEVEMENT, {"kind": "ip_certificate"}).codes == ("NO_QUALITY_PROOF",)


def test_a_co_owner_may_be_the_dongguan_party():
    facts = achievement_facts(ACHIEVEMENT, OUTSIDE, [], "441900119", TODAY, co_orgs=[ORG])
    assert check_achievement(facts).verdict == "count"


CONTRACT = {
    "route": "DEM",
    "subject": "d1",
    "buyer": "o1",
    "seller": "o2",
    "contract_kind": "委托开发",
    "contract_fen": 15000000,
    "signed_on": "2026-03-01",
    "payments": [{"paid_on": "2026-03-05", "amount_fen": 100, "payer": ORG["name"], "payee": OUTSIDE["uscc"]}],
}
ORGS = {"o1": ORG, "o2": OUTSIDE}


def landing(record, evidence=(), **more):
    facts = landing_facts(record, ORGS, evidence, TODAY, **more)
    assert json.loads(json.dumps(facts)) == facts
    return check_landing(facts)


def test_a_landing_by_contract():
    verdict = landing(
        CONTRACT, [{"kind": "tech_contract", "sha256": "a" * 64, "doc_on": "2026-03-01"}], found_on="2026-01-01"
    )
    assert (verdict.verdict, verdict.ready, verdict.year) == ("count", date(2026, 3, 5), 2026)
    assert landing({**CONTRACT, "seller": "unknown"}).codes == ("PAYER_NOT_PARTY",)
    assert landing({**CONTRACT, "buyer": None}).codes == ("NO_DG_PARTY",)
    assert landing(CONTRACT, missing_evidence=["payment_proof"]).codes == ("EVIDENCE_MISSING",)
    assert landing(CONTRACT, [{"kind": "payment_proof", "doc_on": "2026-03-21"}]).codes == ("DATE_IN_FUTURE",)
    assert landing(CONTRACT, already_landed=True).codes == ("ALREADY_LANDED",)


def test_a_team_settles_by_its_proof():
    team = {"route": "PRJ-3", "core_members": 1, "settled_on": "2026-03-01"}
    assert landing(team).codes == ("TEAM_NOT_SETTLED",)
    assert landing(team, [{"kind": "team_proof", "doc_on": "2026-03-01"}]).verdict == "count"


def test_an_enterprise_lands_in_its_own_name():
    entered = {
        "route": "ENT",
        "mode": "迁入",
        "org": "o1",
        "event_on": "2026-01-05",
        "rd_spend_fen": 1,
        "fact_on": "2026-02-01",
    }
    assert landing(entered).ready == date(2026, 2, 1)
    assert landing({**entered, "org": "o2"}).codes == ("NOT_IN_DG",)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (
            "demand",
            {
                "budget_fen",
                "budget_currency",
                "budget_original",
                "budget_rate",
                "budget_rate_on",
                "letter_signed_on",
                "found_on",
                "title",
            },
        ),
        ("achievement", {"secrecy", "reg_no", "ip", "high_quality", "found_on", "title"}),
        (
            "landing",
            {
                "route",
                "mode",
                "event_on",
                "fact_on",
                "tax_paid_fen",
                "rd_spend_fen",
                "legal_form",
                "revenue_fen",
                "revenue_from",
                "revenue_to",
                "tax_included",
                "vat_rate",
                "doc_no",
                "doc_level",
                "doc_on",
                "granted_name",
                "proof",
                "proof_issuer",
                "proof_on",
                "traded_in_dg",
                "seller_in_dg",
                "applied_in_dg",
                "benefit_fen",
                "benefit_org",
                "core_members",
                "settled_on",
                "contract_kind",
                "contract_fen",
                "signed_on",
                "payments",
                "buyer",
                "seller",
                "org",
                "entity_org",
            },
        ),
        ("organisation", {"name", "uscc", "division", "status", "is_dg", "org_kind"}),
        ("evidence", {"kind", "sha256", "signed", "stamped", "seal_name", "seal_kind", "doc_on", "covers", "removed"}),
    ],
)
def test_the_names_are_those_of_the_kinds(kind, names):
    assert names <= set(KINDS[kind].fields)


def test_fields_and_rules_give_one_answer():
    good = demand()
    missing = Problem("problem", "REQUIRED", "block", {"label": "主要问题"})
    hint = Problem("goal", "TOO_LONG", "hint")
    assert with_fields(good, []) == good
    assert with_fields(good, [hint]).verdict == "count" and with_fields(good, [hint]).problems[-1] == hint
    stopped = with_fields(good, [missing])
    assert (stopped.verdict, stopped.codes, stopped.year, stopped.counts, stopped.credit) == (
        "block",
        ("REQUIRED",),
        None,
        0,
        0,
    )
    poor = demand({**DEMAND, "budget_fen": 1}, [])
    both = with_fields(poor, [Problem("demand_letter", "LETTER_MISSING", "block"), missing])
    assert both.codes == ("BUDGET_BELOW_MIN", "LETTER_MISSING", "REQUIRED")
    assert [problem.code for problem in both.problems].count("LETTER_MISSING") == 1
    warned = demand({**DEMAND, "found_on": "2026-03-15"}, org={**ORG, "division": "441900118"})
    assert warned.codes == ("OUT_OF_TERRITORY",) and with_fields(warned, [missing]).codes == ("REQUIRED",)
    assert with_fields(landing({**CONTRACT, "payments": []}), [missing]).verdict == "not_met"
