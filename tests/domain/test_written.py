"""Facts in the spellings of people and spreadsheets are judged as the plain ones are (domain specification, 6.2 V-MONEY)."""

import json
import re
from pathlib import Path

import pytest

from sync.domain.rules import evaluate_case
from sync.domain.written import plain_facts

PUBLISHED = json.loads((Path(__file__).parent / "cases.json").read_text(encoding="utf-8"))["cases"]


def respelt(name, value, style):
    """One fact as somebody else would have written it down."""
    if isinstance(value, dict):
        return {inner: respelt(inner, one, style) for inner, one in value.items()}
    if isinstance(value, list):
        return [respelt(name, one, style) for one in value]
    if isinstance(value, bool):
        return {"text": "true" if value else "false", "sheet": "是" if value else "否"}[style]
    if isinstance(value, int):
        yuan = f"{value / 100:,.2f}元"
        return yuan if style == "sheet" and name.endswith("fen") and value > 0 else str(value)
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) and style == "sheet":
        return value.replace("-", ".").replace(".0", ".")
    return value


@pytest.mark.parametrize("style", ["text", "sheet"])
@pytest.mark.parametrize("case", [case for case in PUBLISHED if case["area"] not in ("field", "counting")], ids=lambda case: case["id"])
def test_numbers_answers_and_days_as_text_change_nothing(case, style):
    written = {name: respelt(name, value, style) for name, value in case["input"].items()}
    plain, typed = evaluate_case(case), evaluate_case({**case, "input": written})
    assert {name: typed[name] for name in plain if name != "problems"} == {name: plain[name] for name in plain if name != "problems"}


@pytest.mark.parametrize(
    ("name", "value", "own", "read"),
    [
        ("revenue_yuan", "50,000", "revenue_fen", 5_000_000),
        ("revenue_yuan", "5万元", "revenue_fen", 5_000_000),
        ("yuan", 0.01, "fen", 1),
        ("budget_wan", 10, "budget_fen", 10_000_000),
        ("fen", "10,000,000", "fen", 10_000_000),
        ("fen", 9_999_999.0, "fen", 9_999_999),
        ("tax_paid_fen", "0元", "tax_paid_fen", 0),
        ("fen", "面议", "fen", "面议"),
        ("fen", "约10万元", "fen", "约10万元"),
        ("fen", True, "fen", True),
        ("yuan", None, "fen", None),
        ("signed", "否", "signed", False),
        ("stamped", " Ｙes ", "stamped", True),
        ("signed", "看不清", "signed", None),
        ("settle_proof", "社保证明", "settle_proof", True),
        ("settle_proof", "无", "settle_proof", False),
        ("core_members", "1", "core_members", 1),
        ("route", "prj_1a", "route", "PRJ-1A"),
        ("mode", "迁入 ", "mode", "迁入"),
        ("org_kind", "企业", "kind", "企业"),
        ("title", " 是 ", "title", " 是 "),
    ],
)
def test_one_fact(name, value, own, read):
    assert plain_facts({name: value}) == {own: read}


def test_the_rules_own_word_wins_over_another_for_it():
    assert plain_facts({"kind": "企业", "org_kind": "高校"}) == {"kind": "企业"} == plain_facts({"org_kind": "高校", "kind": "企业"})
