"""Checks of the declared kinds beyond type and need: what a draft may still hold and what may be sent."""

from datetime import date

import pytest

from sync.domain.kinds import KINDS
from sync.domain.problems import Problem, sentence
from sync.domain.related import paper_problems, related_problems
from sync.domain.verdict import Verdict, with_fields

TODAY = date(2026, 3, 20)
BASE = "国家技术转移人才培养基地（东莞）"


def codes(kind, values, stage="submit"):
    return {one.code: one.severity for one in KINDS[kind].problems(values, stage, TODAY) if one.code != "REQUIRED"}


@pytest.mark.parametrize(("level", "base", "expected"), [
    ("初级", BASE, {"CERT_LEVEL": "block"}),
    ("中级", "某协会", {"CERT_BASE": "review"}),
    ("高级", "国家技术转移人才培养基地(广东)", {}),
])  # fmt: skip
def test_a_broker_is_judged_when_sent_and_kept_as_a_draft(level, base, expected):
    values = {"name": "何经纪", "cert_level": level, "cert_base": base}
    assert {code: how for code, how in codes("broker", values).items() if code.startswith("CERT")} == expected
    assert codes("broker", values, "draft") == {}


def test_a_broker_agrees_to_be_listed_and_can_be_reached():
    found = codes("broker", {"name": "何经纪", "consent": False, "phone": "12"})
    assert (found["CONSENT_MISSING"], found["BAD_PHONE"]) == ("block", "block")


@pytest.mark.parametrize(("kind", "number", "code"), [
    ("achievement", "4412025Y0123", None), ("achievement", "粤科登 2025-77", "REG_NO_FORMAT"),
    ("landing", "20264419000001", None), ("landing", "2026441900000123", None), ("landing", "2026-44", "CONTRACT_NO_FORMAT"),
])  # fmt: skip
def test_numbers_of_an_unusual_form_are_kept_with_a_warning(kind, number, code):
    assert codes(kind, {"reg_no": number}).get(code) == ("warn" if code else None)
    assert codes(kind, {"reg_no": number}, "draft") == {}


def test_each_innovation_has_its_limit():
    assert codes("achievement", {"innovation": ["字" * 50]}) == {}
    assert codes("achievement", {"innovation": ["字" * 51]}) == {"TOO_LONG": "block"}


def test_a_visit_that_has_not_been_is_not_sent():
    assert codes("visit", {"started_at": "2026-03-21T01:00:00Z"}) == {"DATE_IN_FUTURE": "block"}
    assert codes("visit", {"started_at": "2026-03-20T01:00:00Z"}) == {}


@pytest.mark.parametrize(("reward", "kept", "stops"), [(60, 40, False), (60, 41, True), (101, 0, True), (None, None, False)])
def test_the_split_of_an_income_is_within_it(reward, kept, stops):
    values = {"incomes": [{"amount_fen": 100, "reward_fen": reward, "retained_fen": kept}]}
    assert codes("landing", values) == ({"INCOME_SPLIT": "block"} if stops else {})


def test_a_request_says_that_it_does_not_count():
    found = [one for one in KINDS["request"].problems({}, "submit", TODAY) if one.code == "REQUEST_ONLY"]
    assert [one.severity for one in found] == ["hint"] and "10 万元" in sentence(found[0])


@pytest.mark.parametrize(("route", "subject", "category", "expected"), [
    ("DEM", "demand", None, []), ("DEM", "achievement", "项目类", [("ROUTE_NOT_SUBJECT", "block")]),
    ("PRJ-2", "demand", None, [("ROUTE_NOT_SUBJECT", "block")]), ("PRJ-2", "achievement", "项目类", []),
    ("ENT", "achievement", "项目类", [("ROUTE_OTHER_CLASS", "hint")]), ("ENT", "achievement", None, []), (None, "demand", None, []),
])  # fmt: skip
def test_a_route_fits_what_landed(route, subject, category, expected):
    found = related_problems("landing", {"route": route}, {"subject": (subject, {"category": category})})
    assert [(one.code, one.severity) for one in found] == expected
    assert all("…" not in sentence(one, lang) for one in found for lang in ("zh", "en"))


def test_a_pilot_platform_has_a_host_in_dongguan():
    def asked(org):
        return [one.code for one in related_problems("pilot_platform", {}, {"host_org": ("organisation", org)})]

    assert asked({"name": "深圳院", "division": "440300"}) == ["HOST_NOT_DG"]
    assert asked({"division": "441900119"}) == asked({"division": "440300", "is_dg": True}) == []


def test_what_is_no_date_is_not_called_late_too():
    assert codes("demand", {"found_on": "yesterday"}, "draft") == {"NOT_A_DATE": "block"}


def test_an_empty_field_is_not_asked_for_twice():
    rule = Verdict("block", ("BUDGET_MISSING",), (Problem("budget_fen", "BUDGET_MISSING", "block"),))
    empty = [Problem("budget_fen", "REQUIRED", "block"), Problem("problem", "REQUIRED", "block")]
    said = with_fields(rule, empty)
    assert [(one.field, one.code) for one in said.problems] == [("budget_fen", "BUDGET_MISSING"), ("problem", "REQUIRED")]


@pytest.mark.parametrize(("mode", "established", "expected"), [
    ("迁入", None, [("org", "REQUIRED", "block")]), ("迁入", "2019-06-01", []), ("新注册", None, []), ("新注册", "2026-02-01", []),
    ("新注册", "2019-06-01", [("event_on", "ESTABLISHED_DIFFERS", "warn")]),
])  # fmt: skip
def test_a_company_that_landed_says_when_it_was_established(mode, established, expected):
    values = {"route": "ENT", "mode": mode, "event_on": "2026-02-01"}
    found = related_problems("landing", values, {"org": ("organisation", {"name": "甲", "established_on": established})})
    assert [(one.field, one.code, one.severity) for one in found] == expected
    assert not related_problems("landing", {**values, "route": "PLT-A"}, {"org": ("organisation", {})})


@pytest.mark.parametrize(("paper", "record", "missing"), [
    ({"kind": "qualification_notice"}, {}, ["文号", "出具单位"]),
    ({"kind": "qualification_notice", "doc_no": "东科〔2026〕1号", "issuer": "市科技局"}, {}, []),
    ({"kind": "qualification_notice", "doc_no": " "}, {"doc_issuer": "市科技局"}, ["文号"]),
    ({"kind": "project_approval"}, {"doc_no": "东发改〔2026〕8号", "doc_issuer": "市发改局"}, []),
    ({"kind": "broker_certificate"}, {"cert_no": "DG-1", "cert_base": BASE}, []),
    ({"kind": "registration_certificate"}, {"reg_no": "4412025Y0123"}, ["出具单位"]),
    ({"kind": "payment_proof"}, {}, []), ({"kind": "demand_letter"}, {}, []),
])  # fmt: skip
def test_notices_and_certificates_bear_a_number_and_an_issuer(paper, record, missing):
    found = paper_problems(record, [paper])
    assert [one.values["what"] for one in found] == missing and {one.severity for one in found} <= {"block"}
    assert all("…" not in sentence(one, lang) for one in found for lang in ("zh", "en"))
