"""The platform's parameters replace the defaults, whole and checked."""

import json
from dataclasses import fields
from datetime import date

import pytest

from sync.domain.parameters import DEFAULTS, Parameters
from sync.domain.rules import check_demand


def test_they_travel_as_json_and_come_back_equal():
    assert Parameters.from_mapping(json.loads(json.dumps(DEFAULTS.to_mapping()))) == DEFAULTS


def test_what_is_sent_stands_and_the_rest_stays():
    sent = {
        "budget_min_fen": 5,
        "plan_end": "2028-12-31",
        "seal_kinds": ["公章"],
        "currency": "HKD",
        "a_newer_one": 1,
        "city_targets": {"events": {"2026": 12}},
    }
    params = Parameters.from_mapping(sent)
    assert (params.budget_min_fen, params.plan_end, params.seal_kinds, params.currency) == (
        5,
        date(2028, 12, 31),
        ("公章",),
        "HKD",
    )
    assert params.city_targets == {"events": {2026: 12}}
    assert params.revenue_min_fen == DEFAULTS.revenue_min_fen


@pytest.mark.parametrize(
    "sent",
    [
        {"budget_min_fen": "100000"},
        {"budget_min_fen": True},
        {"budget_min_fen": 1.5},
        {"plan_start": "soon"},
        {"plan_start": 2025},
        {"seal_kinds": "公章"},
        {"seal_kinds": [1]},
        {"currency": 1},
        {"city_targets": []},
        {"city_targets": {"events": {"x": 1}}},
        {"city_targets": {"events": {"2026": "12"}}},
        {"city_targets": {"events": {"2026": True}}},
    ],
)
def test_a_wrong_type_is_refused_by_name(sent):
    with pytest.raises(ValueError, match=f"parameter {next(iter(sent))}"):
        Parameters.from_mapping(sent)


def test_every_parameter_can_be_sent():
    assert {one.name for one in fields(Parameters)} == set(DEFAULTS.to_mapping())


def test_a_changed_limit_changes_the_verdict_and_its_sentence():
    facts = {
        "org": {"name": "甲", "kind": "企业", "division": "441900119"},
        "budget": {"fen": 10_000_000},
        "today": "2026-03-20",
        "finder_unit": "BUR-KJ",
        "found_on": "2026-03-10",
        "title": "甲",
        "letter": {"signed": True, "stamped": True, "seal_name": "甲", "seal_kind": "公章", "signed_on": "2026-03-01"},
    }
    assert check_demand(facts).verdict == "count"
    strict = check_demand(facts, Parameters(budget_min_fen=20_000_000))
    assert strict.codes == ("BUDGET_BELOW_MIN",) and strict.problems[0].values["minimum"] == 20_000_000
