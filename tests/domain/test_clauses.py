"""Clauses of the standards that no published case touches, each at its edge; the facts start from a published case.

Read off the domain specification of the plan (2025-2027): the standards as rules (4.1), the checks on proofs (4.2), the
counting rules (3.3) and the defaults for what the plan leaves open (3.4); the first column names the one meant.
"""

import pytest

from sync.domain.rules import evaluate_case
from tests.domain.test_cases import BASE, SCHOOL, SHENZHEN, A, changed, differs, paid

BRANCH = {"name": "深圳市乙科技有限公司东莞分公司", "division": "441900401", "kind": "企业"}
HELD = {"uscc": "12441900MF0000013N", "title": "固态电解质薄膜连续制备工艺"}

CLAUSES = [
    # finds
    ("A11 both ends of a range above the limit", "DF03", {"budget.min_fen": 10000000, "budget.max_fen": 20000000}, "block",
     ["BUDGET_NOT_DEFINITE"]),
    ("A11 one fen below, by a foreign amount", "DF18", {"budget.cny_fen": 9999999}, "block", ["BUDGET_BELOW_MIN"]),
    ("A12 a seal of the finance office", "DF02", {"letter.seal_kind": "财务章"}, "review", ["SEAL_KIND"]),
    ("A12 the letter a year old to the day", "DF08", {"letter.signed_on": "2025-03-10"}, "count", []),
    ("A13 a branch is all there is of Dongguan", "DF10", {"partner": BRANCH}, "review", ["BRANCH"]),
    ("A13 the partner of another town", "DF10", {"finder_unit": "441900119"}, "review", ["OUT_OF_TERRITORY"]),
    ("A26 a public institution is a Dongguan entity", "DF11", {"partner": {**SCHOOL, "division": "441900119"}}, "count", []),
    ("A28 a team of persons is no company", "DF02", {"org.kind": "自然人团队"}, "no_count", ["NOT_ENTERPRISE"]),
    ("A28 nothing else is lost of a lead", "DF12", {"org.status": "注销", "letter.seal_kind": "部门章"}, "no_count",
     ["NOT_ENTERPRISE", "ORG_NOT_ACTIVE", "SEAL_KIND"]),
    ("4.2 what stops is all that is listed", "DF04", {"org.kind": "医院", "org.status": "注销", "letter.signed_on": "2026-03-21"}, "block",
     ["LETTER_UNSIGNED", "DATE_IN_FUTURE"]),
    ("E-SEAL brackets of either width", "DF02", {"org.name": "东莞(松山湖)甲公司", "letter.seal_name": "东莞（松山湖）甲公司"}, "count", []),
    ("E-SEAL one character off", "DF02", {"letter.seal_name": "东莞市申科技有限公司"}, "review", ["SEAL_NAME_MISMATCH"]),
    ("R-DUP a later year, another finder, the same demand", "DF13", {"existing.0.received_at": "2025-05-01T09:00:00+08:00"}, "no_count",
     ["DUPLICATE"]),
    ("R-DUP the same title of another company", "DF13", {"existing.0.uscc": "91441900MA0000015D"}, "count", []),
    ("R-DUP an institute's find that a town had first", "AF02", {"existing": [HELD]}, "no_count", ["DUPLICATE", "NO_QUALITY_PROOF"]),
    ("R-TERR a bureau finds anywhere", "AF01", {"finder_unit": "BUR-TC", "org": SHENZHEN}, "count", []),
    ("R-TERR the park is a territory too", "DF02", {"finder_unit": "441900401"}, "review", ["OUT_OF_TERRITORY"]),
    ("R-INST a proof without the word", "AF02", {"quality_proofs": 2, "high_quality": False}, "count", ["NO_QUALITY_PROOF"]),
    ("R-YEAR ready by the letter, late by the find", "DF07", {"received_at": "2027-01-16T00:00:00+08:00", "today": "2027-01-16"}, "count",
     ["LATE_SUBMISSION"]),
    ("R-YEAR found before the plan, the letter in it", "DF06", {"found_on": "2024-12-31", "letter.signed_on": "2025-01-01"}, "count", []),
    ("E-REUSE and a seal that differs", "DF15", {"letter.seal_name": "旧名"}, "review", ["EVIDENCE_REUSED", "SEAL_NAME_MISMATCH"]),
    # landings
    ("L-ENT tax and spending both", "LA01", {"rd_spend_fen": 900}, "count", []),
    ("L-ENT an answer is no amount", "LA01", {"tax_paid_fen": True}, "not_met", ["NO_TAX_OR_RD"]),
    ("L-ENT moved in the day before the plan", "LA03", {"event_on": "2024-12-31"}, "not_met", ["NOT_NEW_OR_MOVED"]),
    ("L-ENT the later of registration and proof is the year", "LA01", {"event_on": "2025-11-01", "fact_on": "2025-12-31"}, "count",
     ["LATE_SUBMISSION"]),
    ("L-ENT received is a day as sheets write it", "LA01", {"received_at": "2026/05/10"}, "count", []),
    ("A15 53,000 with 6 % are 50,000 without", "LA07", {"revenue_fen": 5300000}, "count", ["AMOUNT_TAX_INCLUSIVE"]),
    ("A16 a town's approval does for 立项", "LA08", {"route": "PLT-B"}, "count", []),
    ("A16 a province's title", "LA09", {"doc_level": "省级", "doc_issuer": "省科技厅"}, "count", ["ISSUER_ABOVE_CITY"]),
    ("A16 a district's is below", "LA09", {"doc_level": "县区级"}, "not_met", ["ISSUER_BELOW_CITY"]),
    ("L-PRJ 1B by the seller's own certificate", "LA12", {"proof_issuer": "seller"}, "count", []),
    ("L-PRJ 1A and 1B are not each other", "LA11", {"route": "PRJ-1B"}, "not_met", ["SELLER_NOT_DG"]),
    ("A17 one fen short", "LA14", {"benefit_fen": 49999999}, "not_met", ["BENEFIT_BELOW_MIN"]),
    ("A18 a team without a core member", "LA16", {"core_members": 0, "team_members": 6}, "not_met", ["TEAM_NOT_SETTLED"]),
    ("A19 a third party paid", "LA20", {"payments": [paid(payer="91440300MF00000136")]}, "review", ["PAYER_NOT_PARTY"]),
    ("A32 landed the day before the find", "LA16", {"found_on": "2026-04-02"}, "count", ["LANDED_BEFORE_FOUND"]),
    ("A14 a sole trader", "LA01", {"legal_form": "个体工商户"}, "review", ["BRANCH"]),
    ("R-ONE over the years", "LA17", {"proof_on": "2027-08-01", "received_at": "2027-08-05T09:00:00+08:00"}, "no_count", ["ALREADY_LANDED"]),
    ("R-YEAR the last day of the plan", "LA11", {"proof_on": "2027-12-31", "received_at": "2028-01-15T23:59:59+08:00"}, "count", []),
    ("R-YEAR a day too late for it", "LA11", {"proof_on": "2027-12-31", "received_at": "2028-01-16T00:00:00+08:00"}, "no_count",
     ["LATE_SUBMISSION", "OUT_OF_PLAN"]),
    ("L-DEM-C cooperation of two Dongguan companies", "LA20",
     {"seller": {"uscc": "91441900MA0000015D", "in_dg": True}, "payments": [paid(payee=None)]}, "count", []),
    ("L-DEM-C neither of Dongguan, nothing paid", "LA20", {"buyer.in_dg": False, "payments": []}, "not_met", ["NO_DG_PARTY", "NO_PAYMENT"]),
    ("E-REUSE for a landing", "LA20", {"sha256": A, "existing": [{"sha256": A, "title": "别的"}]}, "review", ["EVIDENCE_REUSED"]),
    # what the centre decides
    ("A7 the month's last day, a day late", "SE03", {"evaluated_on": "2026-04-01"}, "not_selected", ["OLDER_THAN_2Y"]),
    ("R-REC by word of mouth", "SE05", {"recommendation.written": False}, "not_selected", ["NOT_WRITTEN"]),
    ("R-REC from another city", "SE06", {"recommendation.in_dg": False}, "not_selected", ["RECOMMENDER_NOT_ELIGIBLE"]),
    ("R-REC by an association", "SE05", {"recommendation.by": "行业协会"}, "not_selected", ["RECOMMENDER_NOT_ELIGIBLE"]),
    ("R-ESC one fen short", "ES01", {"value_fen": 9999999999}, "normal", []),
    ("A24 a base that is not listed", "FI08", {"level": "高级", "base": "国家技术转移人才培养基地（深圳）"}, "review", ["CERT_BASE"]),
    ("N4 seventeen characters", "FI01", {"value": "91441900MA0000007"}, "invalid", ["USCC_LENGTH"]),
    ("N4 an authority that is none", "FI01", {"value": "B1441900MA0000007J"}, "invalid", ["USCC_AUTHORITY"]),
    ("V-MONEY nothing", "FI05", {"value": "0元"}, "invalid", ["AMOUNT_NOT_POSITIVE"]),
    ("V-MONEY half a fen", "FI05", {"value": "100000.005"}, "invalid", ["AMOUNT_PRECISION"]),
]  # fmt: skip
AREAS = {"DF": "demand_found", "AF": "achievement_found", "LA": "landing", "SE": "selection", "ES": "escalation", "FI": "field"}


@pytest.mark.parametrize(("clause", "base", "changes", "verdict", "codes"), CLAUSES, ids=[row[0] for row in CLAUSES])
def test_the_clause(clause, base, changes, verdict, codes):
    facts = changed(BASE[base], changes)
    answer = evaluate_case({"id": "x", "area": AREAS[base[:2]], "input": facts})
    assert not differs(answer, {"verdict": verdict, "codes": codes})
    assert answer.get("discovery", answer.get("landing", 0)) == int(verdict == "count")
