"""The rules against cases: 86 published ones, and our own beyond them (boundaries, several reasons at once).

cases.json is the edge-case list that came with the domain specification of the plan (2025-2027), taken over as it
is; its amounts are fen, its organisations and credit codes are made up.
"""

import copy
import json
from pathlib import Path

import pytest

from sync.domain.problems import Problem, sentence
from sync.domain.reasons import REASONS
from sync.domain.rules import evaluate_case

PUBLISHED = json.loads((Path(__file__).parent / "cases.json").read_text(encoding="utf-8"))["cases"]
BASE = {case["id"]: case["input"] for case in PUBLISHED}
REMOVE = object()


def differs(answer, expected):
    listed = {name: sorted(value) if name == "codes" else value for name, value in expected.items()}
    given = {name: sorted(answer.get(name) or []) if name == "codes" else answer.get(name) for name in expected}
    return {name: (listed[name], given[name]) for name in listed if listed[name] != given[name]}


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: case["id"])
def test_published(case):
    assert not differs(evaluate_case(case), case["expect"])


def changed(base, changes):
    facts = copy.deepcopy(base)
    for path, value in changes.items():
        *outer, last = path.split(".")
        spot = facts
        for name in outer:
            spot = spot[int(name)] if isinstance(spot, list) else spot[name]
        if value is REMOVE:
            del spot[last]
        else:
            spot[last] = value
    return facts


def ask(area, base, **changes):
    facts = changed(BASE[base], {name.replace("__", "."): value for name, value in changes.items()})
    return evaluate_case({"id": "x", "area": area, "input": facts})


SHENZHEN = {"name": "深圳市乙科技有限公司", "uscc": "91440300MF00000136", "division": "440300", "kind": "企业"}
SCHOOL = {"name": "东莞理工学院", "uscc": "12441900MF0000013N", "division": "441900401", "kind": "高校"}
A = "a" * 64

DEMANDS = [
    # budget
    ({"budget": None}, "block", ["BUDGET_MISSING"]),
    ({"budget": {}}, "block", ["BUDGET_MISSING"]),
    ({"budget": {"fen": None}}, "block", ["BUDGET_MISSING"]),
    ({"budget": {"text": "面议"}}, "block", ["BUDGET_NOT_DEFINITE"]),
    ({"budget": {"min_fen": 12000000, "max_fen": 20000000}}, "block", ["BUDGET_NOT_DEFINITE"]),
    ({"budget": {"min_fen": 12000000, "max_fen": 12000000}}, "count", []),
    ({"budget": {"min_fen": 12000000}}, "block", ["BUDGET_NOT_DEFINITE"]),
    ({"budget": {"fen": 0}}, "block", ["BUDGET_BELOW_MIN"]),
    ({"budget": {"fen": 15000000, "currency": "cny"}}, "count", []),
    ({"budget": {"fen": 2000000, "currency": "USD", "cny_fen": 14400000}}, "count", []),
    ({"budget": {"fen": 1000000, "currency": "USD", "cny_fen": 7200000}}, "block", ["BUDGET_BELOW_MIN"]),
    ({"budget": {"fen": 90000000, "currency": "JPY"}}, "block", ["CURRENCY_NO_CNY"]),
    ({"budget": 10000000}, "count", []),
    ({"budget": 9999999}, "block", ["BUDGET_BELOW_MIN"]),
    ({"budget": "10万元"}, "count", []),
    ({"budget": {"text": "9.9万元"}}, "block", ["BUDGET_BELOW_MIN"]),
    ({"budget": "8万-12万元"}, "block", ["BUDGET_NOT_DEFINITE"]),
    # letter
    ({"letter.stamped": False}, "block", ["LETTER_UNSTAMPED"]),
    ({"letter.stamped": False, "letter.seal_name": None}, "block", ["LETTER_UNSTAMPED"]),
    ({"letter.signed": False, "letter.stamped": False}, "block", ["LETTER_UNSIGNED", "LETTER_UNSTAMPED"]),
    ({"letter": None, "budget": {"fen": 1}}, "block", ["LETTER_MISSING", "BUDGET_BELOW_MIN"]),
    ({"letter": {}}, "block", ["LETTER_MISSING"]),
    ({"letter.signed_on": "2025-03-10"}, "count", []),  # exactly one year before the find
    ({"letter.signed_on": "2024-02-29", "found_on": "2025-02-28", "received_at": "2025-03-01T00:00:00Z"}, "count", []),
    ({"letter.signed_on": "2024-02-29", "found_on": "2025-03-01", "received_at": "2025-03-01T00:00:00Z"},
     "count", ["LETTER_STALE"]),
    ({"letter.signed_on": "2026-03-20"}, "count", []),  # dated today
    ({"found_on": "2026-03-21"}, "block", ["DATE_IN_FUTURE"]),
    ({"found_on": "2026-03-21", "letter.signed_on": "2026-03-22"}, "block", ["DATE_IN_FUTURE"]),
    ({"found_on": "2026-03-19T16:30:00Z"}, "count", []),  # 20 March 00:30 in Dongguan, which is today
    ({"found_on": "2026-03-20T16:30:00Z"}, "block", ["DATE_IN_FUTURE"]),
    ({"found_on": "9999-12-31"}, "block", ["DATE_IN_FUTURE"]),  # no year follows it
    ({"found_on": None}, "block", ["REQUIRED"]),
    # seals
    ({"letter.seal_name": "东莞市甲科技有限公司 "}, "count", []),
    ({"org.name": "东莞市甲(集团)有限公司", "letter.seal_name": "东莞市甲（集团）有限公司"}, "count", []),
    ({"letter.seal_name": None}, "review", ["SEAL_NAME_MISMATCH"]),
    ({"letter.seal_kind": None}, "review", ["SEAL_KIND"]),
    ({"letter.seal_kind": "合同章"}, "count", []),
    ({"letter.seal_kind": "电子章"}, "count", []),
    ({"letter.seal_kind": "电子章", "letter.seal_valid": False}, "review", ["SEAL_KIND"]),
    ({"letter.seal_kind": "财务章"}, "review", ["SEAL_KIND"]),
    ({"letter.seal_kind": "电子签章"}, "count", []),
    ({"letter.seal_kind": "电子章", "letter.valid": False}, "review", ["SEAL_KIND"]),
    ({"letter.seal_kind": "部门章", "letter.seal_name": "东莞市甲科技有限公司技术部"}, "review",
     ["SEAL_KIND", "SEAL_NAME_MISMATCH"]),
    # who
    ({"org": {}}, "block", ["REQUIRED"]),
    ({"org.kind": "农村集体"}, "no_count", ["NOT_ENTERPRISE"]),
    ({"org.kind": "医院", "org.division": "441900118"}, "no_count", ["NOT_ENTERPRISE", "OUT_OF_TERRITORY"]),
    ({"org.kind": "高校", "letter.signed": False}, "block", ["LETTER_UNSIGNED"]),  # stopping codes only
    ({"org.division": "440300", "org.is_dg": True}, "review", ["OUT_OF_TERRITORY"]),
    ({"org.division": "440300", "org.is_dg": True, "finder_unit": "BUR-GX"}, "count", []),
    ({"org.division": "441900119001"}, "count", []),
    ({"org.division": "441900"}, "review", ["OUT_OF_TERRITORY"]),
    ({"org.division": None}, "no_count", ["NO_DG_PARTY"]),
    ({"org": SHENZHEN, "letter.seal_name": SHENZHEN["name"], "partner": SCHOOL}, "review", ["OUT_OF_TERRITORY"]),
    ({"org": SHENZHEN, "letter.seal_name": SHENZHEN["name"], "partner": SCHOOL, "finder_unit": "GRP-KC"}, "count", []),
    ({"org": SHENZHEN, "letter.seal_name": SHENZHEN["name"], "partner": {**SCHOOL, "status": "注销"},
      "finder_unit": "BUR-KJ"}, "review", ["ORG_NOT_ACTIVE"]),
    ({"org": SHENZHEN, "letter.seal_name": SHENZHEN["name"], "partner": SHENZHEN}, "no_count", ["NO_DG_PARTY"]),
    ({"partner": {**SHENZHEN, "status": "吊销"}}, "count", []),  # nothing rests on that partner
    ({"org.status": "注销"}, "review", ["ORG_NOT_ACTIVE"]),
    ({"org.status": "存续"}, "count", []),
    ({"org.legal_form": "分公司"}, "review", ["BRANCH"]),
    ({"org.is_branch": True}, "review", ["BRANCH"]),
    ({"org.name": "深圳市乙科技有限公司东莞分公司", "letter.seal_name": "深圳市乙科技有限公司东莞分公司"},
     "review", ["BRANCH"]),
    ({"org.legal_form": "分公司", "partner": SCHOOL}, "count", []),  # the partner is a Dongguan entity beyond doubt
    ({"finder_unit": "INS-DGUT", "org.kind": "医院"}, "no_count", ["NOT_ENTERPRISE", "INSTITUTE_DEMAND"]),
    # years
    ({"today": "2027-12-31", "found_on": "2027-12-31", "letter.signed_on": "2027-12-31",
      "received_at": "2028-01-15T23:59:59+08:00"}, "count", []),
    ({"today": "2028-01-20", "found_on": "2027-12-31", "letter.signed_on": "2027-12-31",
      "received_at": "2028-01-16T00:00:00+08:00"}, "no_count", ["LATE_SUBMISSION", "OUT_OF_PLAN"]),
    ({"today": "2028-01-20", "found_on": "2028-01-02", "received_at": "2028-01-05T00:00:00Z",
      "letter.signed_on": "2028-01-02"}, "no_count", ["OUT_OF_PLAN"]),
    # duplicates and reuse
    ({"existing": [{"org_name": "东莞市甲科技有限公司", "title": "高速主轴热误差补偿技术（一）"}]}, "count", []),
    ({"existing": [{"name": "东莞市甲科技有限公司", "title": "高速主轴,热误差补偿技术!"}], "org.uscc": None},
     "no_count", ["DUPLICATE"]),
    ({"existing": [{"uscc": "91441900MA0000007j", "title": "高速主轴热误差补偿技术",
                    "received_at": "2026-03-12T01:00:00Z"}]}, "no_count", ["DUPLICATE"]),  # the same instant
    ({"existing": [{"uscc": "91441900MA0000007J", "title": "高速主轴热误差补偿技术",
                    "received_at": "2026-03-12T09:00:01+08:00"}]}, "count", []),  # received after this one
    ({"existing": [{"uscc": "91441900MA0000007J", "title": "高速主轴热误差补偿技术", "workflow": "rejected"}]},
     "count", []),
    ({"existing": [{"uscc": "91441900MA0000007J", "title": "高速主轴热误差补偿技术", "revoked": True}]}, "count", []),
    ({"existing": [{"uscc": "91441900MA0000007J", "title": "高速主轴热误差补偿技术", "kind": "achievement"}]},
     "count", []),
    ({"existing": [{"uscc": "91441900MA0000015D", "title": "高速主轴热误差补偿技术"}]}, "count", []),
    ({"existing": [{"org": "东莞市甲科技有限公司", "title": "高速主轴热误差补偿技术"}], "org.uscc": None},
     "no_count", ["DUPLICATE"]),
    ({"existing": [{"uscc": "91441900MA0000007J", "title": "高速主轴热误差补偿技术", "status": "withdrawn"}]}, "count", []),
    ({"id": "r1", "existing": [{"id": "r1", "uscc": "91441900MA0000007J", "title": "高速主轴热误差补偿技术"}]},
     "count", []),
    ({"existing": [{"uscc": "91441900MA0000007J", "title": "高速主轴热误差补偿技术", "sha256": A}]},
     "no_count", ["DUPLICATE", "EVIDENCE_REUSED"]),
    ({"existing": [{"uscc": "91441900MA0000015D", "title": "别的", "sha256s": ["b" * 64, A.upper()]}],
      "letter.seal_kind": "财务章"}, "review", ["EVIDENCE_REUSED", "SEAL_KIND"]),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "verdict", "codes"), DEMANDS, ids=str)
def test_demands(changes, verdict, codes):
    facts = changed(BASE["DF02"], {"budget": {"fen": 15000000}} | changes)
    answer = evaluate_case({"id": "x", "area": "demand_found", "input": facts})
    assert not differs(answer, {"verdict": verdict, "codes": codes, "discovery": int(verdict == "count")})


@pytest.mark.parametrize("missing", ["seal_name", "seal_kind"])
def test_what_nobody_wrote_of_a_seal_leaves_no_hole_in_the_sentence(missing):
    answer = evaluate_case({"id": "x", "area": "demand_found", "input": changed(BASE["DF02"], {f"letter.{missing}": None})})
    found = Problem.from_json(answer["problems"][0])
    assert "还没有填写" in sentence(found) and "not stated yet" in sentence(found, "en") and "…" not in sentence(found)


YEARS = [
    # found, received (with the platform's day after it), year, codes
    ("2025-12-31", "2026-01-15T23:59:59+08:00", 2025, []),
    ("2025-12-31", "2026-01-15T15:59:59Z", 2025, []),
    ("2025-12-31", "2026-01-15T16:00:00Z", 2026, ["LATE_SUBMISSION"]),  # 16 January in Dongguan
    ("2025-12-31", "2026-01-16T00:00:00+08:00", 2026, ["LATE_SUBMISSION"]),
    ("2025-03-01", "2027-05-01T00:00:00Z", 2027, ["LATE_SUBMISSION"]),
    ("2025-12-31T15:59:59Z", "2026-01-02T00:00:00Z", 2025, []),
    ("2025-12-31T16:00:00Z", "2026-01-02T00:00:00Z", 2026, []),
    ("2024-12-31T16:00:00Z", "2025-01-02T00:00:00Z", 2025, []),  # 1 January 2025 in Dongguan
    ("2024-12-31", "2026-01-20T00:00:00Z", 2026, ["FOUND_BEFORE_PLAN"]),
    ("2027-12-31", "2027-12-31T00:00:00Z", 2027, []),
    ("2026-03-01", None, 2026, []),  # a draft: as if received today
]


@pytest.mark.parametrize(("found_on", "received_at", "year", "codes"), YEARS)
def test_years(found_on, received_at, year, codes):
    answer = ask("achievement_found", "AF06", found_on=found_on, received_at=received_at, today="2028-02-01"
                 if received_at else "2026-03-02")  # fmt: skip
    assert (answer["verdict"], answer["codes"], answer["year"]) == ("count", codes, year)


def test_a_find_received_before_the_plan_is_out_of_it():
    answer = ask("achievement_found", "AF08", received_at="2024-12-31T15:59:00Z", today="2024-12-31")
    assert (answer["verdict"], sorted(answer["codes"])) == ("no_count", ["FOUND_BEFORE_PLAN", "OUT_OF_PLAN"])
    assert "year" not in answer and answer["unit_credit"] == 0


ACHIEVEMENTS = [
    ("AF01", {"org.division": "441900119"}, "count", [], 1),
    ("AF01", {"finder_unit": "BUR-TC", "org": SHENZHEN}, "count", [], 1),  # city units have no territory
    ("AF01", {"org": SHENZHEN}, "review", ["OUT_OF_TERRITORY"], 0),
    ("AF01", {"org": SHENZHEN, "co_orgs": [{"division": "441900119"}]}, "count", [], 1),
    ("AF01", {"org": {}}, "block", ["REQUIRED"], 0),
    ("AF01", {"org.division": "441900119", "org.status": "吊销"}, "review", ["ORG_NOT_ACTIVE"], 0),
    ("AF02", {"quality_proofs": 1}, "count", [], 1),
    ("AF02", {"quality_proofs": ["ip_certificate"]}, "count", [], 1),
    ("AF02", {"quality_proofs": 1, "high_quality": False}, "count", ["NO_QUALITY_PROOF"], 0),
    ("AF02", {"finder_unit": "441900401", "quality_proofs": 0}, "count", [], 1),
    ("AF02", {"finder_unit": "NEW-LAB", "finder_kind": "institute"}, "count", ["NO_QUALITY_PROOF"], 0),
    ("AF02", {"found_on": "2025-12-01", "received_at": "2026-02-01T00:00:00Z"}, "count",
     ["NO_QUALITY_PROOF", "LATE_SUBMISSION"], 0),
    ("AF03", {"secrecy": "内部"}, "count", [], 1),
    ("AF03", {"secrecy": "绝密", "found_on": "2030-01-01"}, "block", ["SECRET_LEVEL", "DATE_IN_FUTURE"], 0),
    ("AF03", {"secrecy": "机密", "org.division": "441900118"}, "block", ["SECRET_LEVEL"], 0),
    ("AF04", {"reg_no": "4412025y-0123"}, "no_count", ["DUPLICATE"], 0),
    ("AF04", {"reg_no": "4412025Y0124"}, "count", [], 1),
    ("AF05", {"ip": ["202310000001X"]}, "review", ["IP_SHARED"], 0),
    ("AF05", {"ip": [{"kind": "发明专利", "number": "zl 202310000001.x"}]}, "review", ["IP_SHARED"], 0),
    ("AF05", {"ip": [{"kind": "发明专利"}, "ZL202310000002.1"]}, "count", [], 1),
    ("AF05", {"existing": [{"uscc": "91441900MA0000007J", "title": "固态电解质薄膜 连续制备工艺",
                            "ip": ["ZL202310000001.X"]}]}, "no_count", ["DUPLICATE"], 0),
]  # fmt: skip


@pytest.mark.parametrize(("base", "changes", "verdict", "codes", "credit"), ACHIEVEMENTS)
def test_achievements(base, changes, verdict, codes, credit):
    facts = changed(BASE[base], changes)
    answer = evaluate_case({"id": "x", "area": "achievement_found", "input": facts})
    expected = {"verdict": verdict, "codes": codes, "unit_credit": credit, "discovery": int(verdict == "count")}
    assert not differs(answer, expected)


BUYER, SELLER, THIRD = "91441900MA0000007J", "91440101MF0000013A", "91440300MF00000136"


def paid(fen=100, on="2026-03-20", payer=BUYER, payee=SELLER):
    return {"paid_on": on, "amount_fen": fen, "payer": payer, "payee": payee}


LANDINGS = [
    ("LA01", {"org_in_dg": False}, "not_met", ["NOT_IN_DG"]),
    ("LA01", {"org_in_dg": REMOVE, "org": {"division": "441900119"}}, "count", []),
    ("LA01", {"org_in_dg": REMOVE}, "not_met", ["NOT_IN_DG"]),
    ("LA01", {"event_on": "2025-01-01"}, "count", []),
    ("LA01", {"event_on": "2024-12-31"}, "not_met", ["NOT_NEW_OR_MOVED"]),
    ("LA01", {"mode": "增资"}, "not_met", ["NOT_NEW_OR_MOVED"]),
    ("LA01", {"event_on": None, "tax_paid_fen": 0}, "not_met", ["NOT_NEW_OR_MOVED", "NO_TAX_OR_RD"]),
    ("LA01", {"tax_paid_fen": -1}, "not_met", ["NO_TAX_OR_RD"]),
    ("LA01", {"fact_on": None}, "not_met", ["REQUIRED"]),
    ("LA01", {"legal_form": "分公司"}, "review", ["BRANCH"]),
    ("LA01", {"legal_form": "个体工商户"}, "review", ["BRANCH"]),
    ("LA01", {"legal_form": "个体户", "tax_paid_fen": 0}, "not_met", ["NO_TAX_OR_RD"]),
    ("LA01", {"legal_form": "分公司", "already_landed": True}, "no_count", ["BRANCH", "ALREADY_LANDED"]),
    ("LA01", {"org_status": "吊销"}, "review", ["ORG_NOT_ACTIVE"]),
    ("LA01", {"fact_on": "2026-05-11"}, "block", ["DATE_IN_FUTURE"]),
    ("LA01", {"missing_evidence": ["business_licence"]}, "not_met", ["EVIDENCE_MISSING"]),
    ("LA01", {"paper_days": [["tax_proof", "2026-05-12"]]}, "block", ["DATE_IN_FUTURE"]),
    ("LA01", {"sha256s": [A], "existing": [{"id": "other", "sha256": A}]}, "review", ["EVIDENCE_REUSED"]),
    ("LA05", {"entity_in_dg": False}, "not_met", ["NO_DG_ENTITY"]),
    ("LA05", {"entity_in_dg": REMOVE, "entity_org": {"is_dg": True, "status": "注销"}}, "review", ["ORG_NOT_ACTIVE"]),
    ("LA05", {"revenue_fen": 5300000, "tax_included": True, "vat_rate": "0.06"}, "count", ["AMOUNT_TAX_INCLUSIVE"]),
    ("LA05", {"revenue_fen": 5299999, "tax_included": True, "vat_rate": "0.06"}, "not_met", ["REVENUE_BELOW_MIN"]),
    ("LA05", {"revenue_fen": 5650000, "tax_included": True, "vat_rate": 0.13}, "count", ["AMOUNT_TAX_INCLUSIVE"]),
    ("LA05", {"revenue_fen": 5649999, "tax_included": True, "vat_rate": "13%"}, "not_met", ["REVENUE_BELOW_MIN"]),
    ("LA05", {"revenue_fen": 5300000, "tax_included": True, "vat_rate": 6}, "count", ["AMOUNT_TAX_INCLUSIVE"]),
    ("LA05", {"revenue_fen": 9000000, "tax_included": True}, "not_met", ["AMOUNT_TAX_INCLUSIVE"]),
    ("LA05", {"revenue_fen": 9000000, "tax_included": True, "vat_rate": "六"}, "not_met", ["AMOUNT_TAX_INCLUSIVE"]),
    ("LA05", {"revenue_fen": 9000000, "tax_included": True, "vat_rate": "-1"}, "not_met", ["AMOUNT_TAX_INCLUSIVE"]),
    ("LA05", {"revenue_fen": 100, "tax_included": True}, "not_met", ["REVENUE_BELOW_MIN"]),
    ("LA05", {"revenue_fen": None}, "not_met", ["REVENUE_BELOW_MIN"]),
    ("LA05", {"revenue_from": "2024-06-01"}, "count", []),
    ("LA05", {"revenue_to": "2024-12-31"}, "no_count", ["OUT_OF_PLAN"]),
    ("LA08", {"route": "PLT-B"}, "count", []),  # any authority with a filed document
    ("LA08", {"route": "PLT-B", "doc_no": " "}, "not_met", ["NO_DOC"]),
    ("LA08", {"route": "PLT-B", "doc_no": REMOVE, "entity_in_dg": False}, "not_met", ["NO_DOC", "NO_DG_ENTITY"]),
    ("LA08", {"granted_name": "示范企业"}, "not_met", ["ISSUER_BELOW_CITY"]),
    ("LA08", {"doc_level": None}, "not_met", ["ISSUER_BELOW_CITY"]),
    ("LA09", {"doc_level": "省级"}, "count", ["ISSUER_ABOVE_CITY"]),
    ("LA09", {"doc_level": "省"}, "count", ["ISSUER_ABOVE_CITY"]),
    ("LA09", {"doc_level": "市"}, "count", []),
    ("LA09", {"doc_level": "县级"}, "not_met", ["ISSUER_BELOW_CITY"]),
    ("LA01", {"mode": "迁移"}, "count", []),
    ("LA09", {"doc_level": "国家级", "granted_name": "示范企业"}, "review", ["ISSUER_ABOVE_CITY", "GRANTED_NAME"]),
    ("LA09", {"granted_name": None}, "review", ["GRANTED_NAME"]),
    ("LA09", {"granted_name": "某某中试平台"}, "count", []),
    ("LA11", {"traded_in_dg": False}, "not_met", ["NOT_TRADED_IN_DG"]),
    ("LA11", {"proof": None}, "not_met", ["NO_TRADE_PROOF"]),
    ("LA11", {"proof_on": None}, "not_met", ["REQUIRED"]),
    ("LA11", {"proof_on": None, "traded_in_dg": False}, "not_met", ["NOT_TRADED_IN_DG"]),
    ("LA11", {"proof_issuer": "town"}, "count", []),  # a contract is a contract
    ("LA11", {"found_on": "2026-03-02"}, "count", ["LANDED_BEFORE_FOUND"]),
    ("LA11", {"found_on": "2026-03-01"}, "count", []),
    ("LA11", {"found_on": "2026-03-02", "already_landed": True}, "no_count",
     ["LANDED_BEFORE_FOUND", "ALREADY_LANDED"]),
    ("LA11", {"proof_on": "2025-12-31", "received_at": "2026-01-15T23:59:00+08:00"}, "count", []),
    ("LA11", {"proof_on": "2025-12-31", "received_at": "2026-01-16T00:00:00+08:00"}, "count", ["LATE_SUBMISSION"]),
    ("LA11", {"proof_on": "2025-01-01", "received_at": "2025-01-05T00:00:00Z"}, "count", []),
    ("LA11", {"proof_on": "2026-03-06"}, "block", ["DATE_IN_FUTURE"]),
    ("LA12", {"seller_in_dg": False}, "not_met", ["SELLER_NOT_DG"]),
    ("LA12", {"seller_in_dg": REMOVE, "seller": {"division": "441900119"}}, "count", []),
    ("LA12", {"proof_issuer": "other", "seller_in_dg": False}, "not_met", ["PROOF_NOT_BY_PARTY", "SELLER_NOT_DG"]),
    ("LA12", {"proof_issuer": "上海丙有限公司", "buyer": {"name": "上海丙有限公司"}}, "count", []),
    ("LA12", {"proof_issuer": None}, "not_met", ["PROOF_NOT_BY_PARTY"]),
    ("LA14", {"benefit_fen": 49999999}, "not_met", ["BENEFIT_BELOW_MIN"]),
    ("LA14", {"benefit_fen": REMOVE, "benefit_direct_fen": 20000000, "benefit_indirect_fen": 30000000}, "count", []),
    ("LA14", {"applied_in_dg": False}, "not_met", ["NOT_APPLIED_IN_DG"]),
    ("LA14", {"applied_in_dg": False, "benefit_org_in_dg": False, "benefit_fen": 0}, "not_met",
     ["NOT_APPLIED_IN_DG", "BENEFIT_NOT_LOCAL", "BENEFIT_BELOW_MIN"]),
    ("LA14", {"benefit_org_in_dg": REMOVE, "benefit_org": {"division": "441900"}}, "count", []),
    ("LA16", {"core_members": 0}, "not_met", ["TEAM_NOT_SETTLED"]),
    ("LA16", {"settle_proof": False}, "not_met", ["TEAM_NOT_SETTLED"]),
    ("LA20", {"buyer.in_dg": False}, "not_met", ["NO_DG_PARTY"]),
    ("LA20", {"buyer.in_dg": False, "seller.in_dg": True}, "count", []),
    ("LA20", {"buyer.legal_form": "分公司"}, "review", ["BRANCH"]),
    ("LA20", {"buyer.legal_form": "分公司", "seller.in_dg": True}, "count", []),
    ("LA20", {"seller.status": "注销"}, "review", ["ORG_NOT_ACTIVE"]),
    ("LA20", {"contract_kind": "技术服务"}, "count", []),
    ("LA20", {"contract_kind": "作价入股"}, "not_met", ["NOT_TECH_CONTRACT"]),
    ("LA20", {"contract_kind": "其他", "payments": []}, "not_met", ["NOT_TECH_CONTRACT", "NO_PAYMENT"]),
    ("LA20", {"contract_fen": 10000000}, "count", []),
    ("LA20", {"contract_fen": 9999999, "payments": [paid(on="2026-02-28")]}, "count",
     ["CONTRACT_BELOW_BUDGET_MIN", "PAID_BEFORE_CONTRACT"]),
    ("LA20", {"contract_fen": None}, "count", []),
    ("LA20", {"payments": [paid(0)]}, "not_met", ["NO_PAYMENT"]),
    ("LA20", {"payments": [paid(-5)]}, "not_met", ["NO_PAYMENT"]),
    ("LA20", {"payments": [paid(1)]}, "count", []),
    ("LA20", {"payments": [paid(on=None)]}, "not_met", ["REQUIRED"]),
    ("LA20", {"payments": [paid(on="2026-03-26")]}, "block", ["DATE_IN_FUTURE"]),
    ("LA20", {"payments": [paid(payer=THIRD)]}, "review", ["PAYER_NOT_PARTY"]),
    ("LA20", {"payments": [paid(payee=THIRD)]}, "review", ["PAYER_NOT_PARTY"]),
    ("LA20", {"payments": [paid(payer=BUYER, payee=BUYER)]}, "review", ["PAYER_NOT_PARTY"]),
    ("LA20", {"payments": [paid(payer=None)]}, "review", ["PAYER_NOT_PARTY"]),
    ("LA20", {"payments": [paid(payee=None)]}, "count", []),
    ("LA20", {"payments": [paid(payer="buyer", payee="seller")]}, "count", []),
    ("LA20", {"payments": [paid(payer=SELLER, payee=BUYER)]}, "count", []),
    ("LA20", {"payments": [paid(payer=THIRD, on="2026-03-02"), paid()]}, "count", []),  # one between the parties does
    ("LA20", {"payments": [paid(payer=THIRD)], "contract_fen": 1}, "review",
     ["PAYER_NOT_PARTY", "CONTRACT_BELOW_BUDGET_MIN"]),
    ("LA20", {"payments": [paid(payer="东莞市甲 科技有限公司")], "buyer.name": "东莞市甲科技有限公司"}, "count", []),
    ("LA25", {"seller.uscc": "91441900ma0000007j"}, "not_met", ["SAME_PARTY"]),
    ("LA25", {"buyer.uscc": None, "seller.uscc": None, "buyer.name": "甲队", "seller.name": "甲 队"}, "not_met",
     ["SAME_PARTY"]),
    ("LA25", {"buyer.uscc": None, "seller.uscc": None, "payments": [paid(payer="buyer", payee="seller")]}, "count", []),
    ("LA20", {"route": "PRJ-9"}, "not_met", ["NOT_A_CHOICE"]),
]  # fmt: skip


@pytest.mark.parametrize(("base", "changes", "verdict", "codes"), LANDINGS)
def test_landings(base, changes, verdict, codes):
    facts = changed(BASE[base], changes)
    answer = evaluate_case({"id": "x", "area": "landing", "input": facts})
    assert not differs(answer, {"verdict": verdict, "codes": codes, "landing": int(verdict == "count")})
    assert ("year" in answer) == (verdict in ("count", "review"))


def test_a_late_landing_takes_the_year_of_receipt():
    answer = ask("landing", "LA11", proof_on="2025-12-31", received_at="2026-01-16T00:00:00+08:00")
    assert answer["year"] == 2026


def test_the_first_payment_sets_the_year_not_the_last():
    payments = [paid(on="2026-02-01"), paid(on="2025-12-20")]
    answer = ask("landing", "LA22", payments=payments)
    assert (answer["year"], answer["codes"]) == (2026, ["LATE_SUBMISSION"])  # ready in December, received in March


SELECTIONS = [
    ({"completed_on": "2024-02-29", "evaluated_on": "2026-02-28"}, "selected", []),
    ({"completed_on": "2024-02-29", "evaluated_on": "2026-03-01"}, "not_selected", ["OLDER_THAN_2Y"]),
    ({"completed_on": None, "completed_ym": "2024-02", "evaluated_on": "2026-02-28"}, "selected", []),
    ({"completed_on": None, "completed_ym": "2023-02", "evaluated_on": "2025-03-01"}, "not_selected",
     ["OLDER_THAN_2Y"]),
    ({"completed_on": None}, "not_selected", ["REQUIRED"]),
    ({"flags": {"market": False, "innovation": False, "economic": False}}, "not_selected",
     ["NO_MARKET_NEED", "NO_INNOVATION", "NO_ECONOMIC"]),
    ({"flags": {}, "evaluated_on": "2030-01-01"}, "not_selected",
     ["OLDER_THAN_2Y", "NO_MARKET_NEED", "NO_INNOVATION", "NO_ECONOMIC"]),
    ({"recommendation": {"by": "科研院所", "in_dg": True, "written": True}, "flags": {}}, "direct", []),
    ({"kind": "demand", "completed_on": None}, "selected", []),  # a demand has no completion
    ({"kind": "demand", "completed_on": None, "flags": {"market": True}}, "not_selected", ["NO_INNOVATION", "NO_ECONOMIC"]),
    ({"recommendation": {"by": "科研院所", "in_dg": False, "written": True}}, "selected", ["RECOMMENDER_NOT_ELIGIBLE"]),
    ({"recommendation": {"by": "行业协会", "in_dg": True, "written": False}, "evaluated_on": None}, "not_selected",
     ["NOT_WRITTEN", "RECOMMENDER_NOT_ELIGIBLE"]),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "verdict", "codes"), SELECTIONS)
def test_selection(changes, verdict, codes):
    facts = changed(BASE["SE01"], changes)
    answer = evaluate_case({"id": "x", "area": "selection", "input": facts})
    assert not differs(answer, {"verdict": verdict, "codes": codes})


@pytest.mark.parametrize(
    ("source", "fen", "verdict"),
    [("evaluation", 9999999999, "normal"), ("evaluation", 10000000001, "escalate"), ("evaluation", None, "normal")],
)
def test_escalation(source, fen, verdict):
    facts = {"source": source, "value_fen": fen}
    assert evaluate_case({"id": "x", "area": "escalation", "input": facts})["verdict"] == verdict


BASES = ["国家技术转移人才培养基地（广东）"]
FIELDS = [
    ({"field": "uscc", "value": "91441900MA0000007"}, "invalid", ["USCC_LENGTH"], {}),
    ({"field": "uscc", "value": None}, "invalid", ["USCC_LENGTH"], {}),
    ({"field": "uscc", "value": "B1441900MA0000007J"}, "invalid", ["USCC_AUTHORITY"], {}),
    ({"field": "uscc", "value": "91441900－ＭＡ0000007Ｊ"}, "valid", [], {"normalised": "91441900MA0000007J"}),
    ({"field": "money", "value": "10", "unit": "万元"}, "valid", [], {"fen": 10000000}),
    ({"field": "money", "value": "100000元", "unit": "万元"}, "valid", [], {"fen": 10000000}),
    ({"field": "money", "value": "0.00"}, "invalid", ["AMOUNT_NOT_POSITIVE"], {}),
    ({"field": "money", "value": "-5万元"}, "invalid", ["AMOUNT_NOT_POSITIVE"], {}),
    ({"field": "money", "value": "１０ 万 元"}, "valid", [], {"fen": 10000000}),
    ({"field": "money", "value": "10", "box": "万元"}, "valid", [], {"fen": 10000000}),
    ({"field": "money", "value": "99999.999"}, "invalid", ["AMOUNT_PRECISION"], {}),
    ({"field": "org_name_equal", "a": "甲公司", "b": "乙公司"}, "invalid", ["NAME_DIFFERS"], {}),
    ({"field": "broker", "level": "中级", "base": "某协会", "base_list": BASES}, "review", ["CERT_BASE"], {}),
    ({"field": "broker", "level": "初级", "base": "某协会"}, "invalid", ["CERT_LEVEL", "CERT_BASE"], {}),
    ({"field": "broker", "level": "高级", "base": "国家技术转移人才培养基地(东莞)"}, "valid", [], {}),
    ({"field": "secrecy", "value": "秘密"}, "invalid", ["SECRET_LEVEL"], {}),
    ({"field": "secrecy", "value": "内部"}, "valid", [], {}),
    ({"field": "phone", "value": "+86 138 0013 8000"}, "valid", [], {"normalised": "13800138000"}),
    ({"field": "phone", "value": "12"}, "invalid", ["BAD_PHONE"], {}),
    ({"field": "date", "value": "2026.3.5"}, "valid", [], {"normalised": "2026-03-05"}),
    ({"field": "date", "value": "三月五日"}, "invalid", ["NOT_A_DATE"], {}),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "verdict", "codes", "more"), FIELDS)
def test_fields(facts, verdict, codes, more):
    answer = evaluate_case({"id": "x", "area": "field", "input": facts})
    assert not differs(answer, {"verdict": verdict, "codes": codes, **more})


def items(*states, kind="achievement", **more):
    return [{"kind": kind, "state": state, "year": 2026, **more} for state in states]


PROGRESS = [
    ("town", 5, items(*["accepted"] * 6), {"verdict": "met", "done": 6, "gap": 0, "percent": 120}),
    (
        "town",
        5,
        items("draft", "queued", "submitted", "returned", "amending"),
        {"done": 1, "pending": 4, "percent": 20},
    ),
    ("town", 5, items("merged", "rejected", "withdrawn", "revoked", "deleted"), {"done": 0, "pending": 0, "gap": 5}),
    ("town", 25, items("accepted", kind="request"), {"done": 0, "gap": 25}),
    ("town", 5, [{"kind": "demand", "state": "accepted", "year": 2025}], {"done": 0, "percent": 0}),
    ("town", 3, items("accepted", "accepted"), {"done": 2, "percent": 66}),
    ("town", 0, items("accepted"), {"verdict": "met", "done": 1, "gap": 0, "percent": None}),
    ("town", 5, items("accepted", share="1/2"), {"done": 0.5, "gap": 4.5, "percent": 10}),
    ("town", None, items("verified", "claimed", kind="landing"), {"verdict": "not_issued", "done": 1, "pending": 1}),
    (
        "town",
        2,
        items("notified", "verified", "preparing", kind="landing"),
        {"verdict": "met", "done": 2, "pending": 1},
    ),
    ("institute", 5, items("accepted"), {"done": 0}),
    ("university", 5, items("accepted", quality_proofs=1) + items("accepted", kind="demand"), {"done": 1}),
    ("institute", 5, items("accepted", quality_proofs=2, high_quality=False), {"done": 0}),
    ("institute", 5, items("submitted", quality_proofs=0), {"done": 0, "pending": 1}),
    ("institute", 5, items("submitted", kind="demand"), {"done": 0, "pending": 0}),
    ("town", 5, [], {"verdict": "open", "done": 0, "pending": 0, "target": 5, "gap": 5, "percent": 0}),
]


@pytest.mark.parametrize(("unit_kind", "target", "given", "expected"), PROGRESS)
def test_progress(unit_kind, target, given, expected):
    facts = {"unit_kind": unit_kind, "year": 2026, "target": target, "items": given}
    assert not differs(evaluate_case({"id": "x", "area": "progress", "input": facts}), expected)


COUNTING = [
    ({"finder": "441900119", "responsible": None, "place": "441900401"}, {"landing_credit": "441900401"}),
    ({"kind": "对接会", "state": "confirmed"}, {"events": 1}),
    ({"kind": "培训", "state": "confirmed"}, {"events": 0}),
    ({"open_days": 89}, {"suggest_escalation": False}),
    ({"open_days": 90}, {"suggest_escalation": True}),
    ({"landed_year": 2025, "revoked_on": "2025-12-31"}, {"year_2025_delta": -1}),
    ({"remote_change": "intro", "local_change": "intro"}, {"conflict": True, "intro_applied": False}),
    ({"status": "入库", "supported": True}, {"counts_to_nine": 1}),
    ({"status": "支持建设"}, {"counts_to_nine": 1}),
    ({"kind": "对接会", "state": "confirmed", "starts_on": "2025-12-31", "ends_on": "2026-01-01"}, {"events": 1, "year": 2025}),
    ({"shares": {"441900119": "1/2", "BUR-GX": "1/2"}}, {"city": 1, "credit": {"441900119": 0.5, "BUR-GX": 0.5}}),
    ({"shares": {"441900119": 1, "BUR-GX": 0.5}}, {"codes": ["BAD_SHARES"]}),
    ({"logs": [{"subject": "a"}, {"subject": "a"}, {"subject": "b", "in_service": False}]}, {"services": 1, "logs": 2}),
]


@pytest.mark.parametrize(("facts", "expected"), COUNTING)
def test_counting(facts, expected):
    assert not differs(evaluate_case({"id": "x", "area": "counting", "input": facts}), expected)


UNREADABLE = [
    ({"id": "x", "area": "weather", "input": {}}, "unknown", "UNKNOWN_AREA"),
    ({"id": "x", "input": {}}, "unknown", "UNKNOWN_AREA"),
    ({"id": "x", "area": "field"}, "invalid", "FACT_UNREADABLE"),
    ({"id": "x", "area": "field", "input": {"field": "colour"}}, "invalid", "UNKNOWN_FIELD"),
    ({"id": "x", "area": "counting", "input": {"unheard": 1}}, "unknown", "FACT_UNREADABLE"),
    ({"id": "x", "area": "demand_found", "input": {"found_on": "yesterday"}}, "block", "NOT_A_DATE"),
    ({"id": "x", "area": "demand_found", "input": {"found_on": "2026-02-30"}}, "block", "NOT_A_DATE"),
    ({"id": "x", "area": "demand_found", "input": {"received_at": "noon"}}, "block", "NOT_A_TIME"),
    ({"id": "x", "area": "demand_found", "input": {"existing": 5}}, "block", "FACT_UNREADABLE"),
    ({"id": "x", "area": "landing", "input": {"route": "ENT", "event_on": 5}}, "block", "NOT_A_DATE"),
    ({"id": "x", "area": "progress", "input": {"items": [], "year": "soon"}}, "not_issued", "FACT_UNREADABLE"),
]  # fmt: skip


@pytest.mark.parametrize(("case", "verdict", "code"), UNREADABLE, ids=str)
def test_facts_that_cannot_be_read_are_answered(case, verdict, code):
    answer = evaluate_case(case)
    assert (answer["id"], answer["verdict"], answer["codes"]) == ("x", verdict, [code])
    assert code in REASONS and "{" not in sentence(Problem.from_json(answer["problems"][0]))
    assert answer.get("discovery", 0) == answer.get("landing", 0) == 0


def places(facts, path=()):
    for name, value in facts.items() if isinstance(facts, dict) else enumerate(facts) if isinstance(facts, list) else ():
        yield (*path, name)
        yield from places(value, (*path, name))


ODD = (REMOVE, None, "", "x", 0, -1, 1.5, True, [], {}, [None], {"a": 1}, "2026-13-01")


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: case["id"])
def test_whatever_stands_in_a_fact_there_is_a_verdict(case):
    """Every fact of every case in turn missing, empty or of another shape: an answer in JSON, never an exception."""
    for path in places(case["input"]):
        for value in ODD:
            facts = copy.deepcopy(case["input"])
            spot = facts
            for name in path[:-1]:
                spot = spot[name]
            if value is REMOVE:
                del spot[path[-1]]
            else:
                spot[path[-1]] = value
            answer = json.loads(json.dumps(evaluate_case({"id": "x", "area": case["area"], "input": facts})))
            assert answer["id"] == "x" and (case["area"] == "counting" or isinstance(answer["verdict"], str))


SPECIFIED = [
    "ALREADY_LANDED", "AMOUNT_NOT_NUMBER", "AMOUNT_NOT_POSITIVE", "AMOUNT_PRECISION", "AMOUNT_TAX_INCLUSIVE",
    "BENEFIT_BELOW_MIN", "BENEFIT_NOT_LOCAL", "BRANCH", "BUDGET_BELOW_MIN", "BUDGET_NOT_DEFINITE", "CERT_BASE",
    "CERT_LEVEL", "CONTRACT_BELOW_BUDGET_MIN", "CURRENCY_NO_CNY", "DATE_IN_FUTURE", "DUPLICATE", "EVIDENCE_REUSED",
    "FOUND_BEFORE_PLAN", "GRANTED_NAME", "INSTITUTE_DEMAND", "IP_SHARED", "ISSUER_ABOVE_CITY", "ISSUER_BELOW_CITY",
    "LANDED_BEFORE_FOUND", "LATE_SUBMISSION", "LETTER_MISSING", "LETTER_STALE", "LETTER_UNSIGNED", "LETTER_UNSTAMPED",
    "NOT_APPLIED_IN_DG", "NOT_ENTERPRISE", "NOT_NEW_OR_MOVED", "NOT_TECH_CONTRACT", "NOT_WRITTEN", "NO_DG_ENTITY",
    "NO_DG_PARTY", "NO_ECONOMIC", "NO_PAYMENT", "NO_QUALITY_PROOF", "NO_TAX_OR_RD", "OLDER_THAN_2Y", "ORG_NOT_ACTIVE",
    "OUT_OF_PLAN", "OUT_OF_TERRITORY", "PAID_BEFORE_CONTRACT", "PAYER_NOT_PARTY", "PROOF_NOT_BY_PARTY",
    "RECOMMENDER_NOT_ELIGIBLE", "REVENUE_BELOW_MIN", "SAME_PARTY", "SEAL_KIND", "SEAL_NAME_MISMATCH", "SECRET_LEVEL",
    "SELF_VALUE_ONLY", "TEAM_NOT_SETTLED", "USCC_AUTHORITY", "USCC_CHARSET", "USCC_CHECK", "USCC_LENGTH",
    "BUDGET_MISSING", "NO_DOC", "NO_MARKET_NEED", "NO_INNOVATION", "NO_TRADE_PROOF", "NOT_IN_DG", "NOT_TRADED_IN_DG",
    "SELLER_NOT_DG", "NAME_DIFFERS",
]  # fmt: skip


def test_every_reason_code_of_the_rules_is_reached():
    """Each code the specification lists is given by some case here, so none is dead."""
    given = {code for case in PUBLISHED for code in case["expect"].get("codes", [])}
    for rows in (DEMANDS, ACHIEVEMENTS, LANDINGS, SELECTIONS, FIELDS):
        given |= {
            code for row in rows for part in row if isinstance(part, list) for code in part if isinstance(code, str)
        }
    given |= {code for row in YEARS for code in row[3]}
    assert set(SPECIFIED) <= given
