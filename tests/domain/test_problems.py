"""The table of reasons is complete and forgiving."""

import re

import pytest

from sync.domain import problems, reasons
from sync.domain.problems import Problem, placeholders, sentence, yuan
from sync.domain.reasons import FIND, LANDING, REASONS

HAN = r"[\u4e00-\u9fff]"


@pytest.mark.parametrize("code", REASONS)
def test_both_languages_say_the_same(code):
    chinese, english = REASONS[code]
    assert placeholders(chinese) == placeholders(english)
    assert re.search(HAN, chinese) and not re.search(HAN, re.sub("[万亿]?元", "", english))
    assert chinese[-1] in "。？" and english[-1] in ".?"
    assert not re.search(r"您|用户|！|[A-Z]+_[A-Z]+", chinese)
    assert "{label}" not in english, "a field has its English name there"


@pytest.mark.parametrize("code", FIND | LANDING)
def test_a_rule_names_its_figure_its_clause_and_a_step(code):
    """What a stranger must find in each: a number (or what is compared), where it comes from, what to do."""
    chinese, english = REASONS[code]
    assert all(re.search(r"\d|\{", said) for said in (chinese, english))
    assert re.search("《三年行动计划》|平台|登记办法", chinese) and re.search("请|不用改", chinese)
    assert re.search(r"\bplan\b|plan's|platform|rules", english) and english.count(".") + english.count(";") >= 2
    assert chinese.endswith("。") and english.endswith(".")


def test_no_code_stands_twice():
    tables = [table for name, table in vars(reasons).items() if name.isupper() and isinstance(table, dict)]
    assert sum(len(table) for table in tables if table is not REASONS) == len(REASONS) > 100


@pytest.mark.parametrize("code", REASONS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_sentence_never_raises(code, lang):
    bare = sentence(code, lang)
    assert bare and "{" not in bare
    odd = dict.fromkeys(placeholders(REASONS[code][0]), "{0.__class__}")
    assert "{0.__class__}" in sentence(Problem(None, code, "warn", odd), lang) or not odd


def test_numbers_and_days_stand_in_the_sentence():
    problem = Problem("budget_fen", "BUDGET_BELOW_MIN", "block", {"amount": 9999999, "minimum": 10000000})
    assert "不少于 10 万元" in sentence(problem) and "99,999.99 元" in sentence(problem)
    assert "CNY 100,000.00" in sentence(problem, "en") and "CNY 99,999.99" in sentence(problem, "en")
    assert "12 元" in sentence(problem, amount=1200)


def test_english_falls_back_to_the_chinese_label():
    assert sentence("REQUIRED", "en", label="需求名称") == "Fill in: 需求名称."
    assert sentence("REQUIRED", "en", label="需求名称", label_en="Title") == "Fill in: Title."


def test_lists_are_joined_and_line_breaks_flattened():
    assert "甲、乙" in sentence("NOT_A_CHOICE", choices=["甲", "乙"])
    assert "甲, 乙" in sentence("NOT_A_CHOICE", "en", choices=("甲", "乙"))
    assert "…" in sentence("NOT_A_CHOICE", choices=[])
    assert "一 二" in sentence("NAME_DIFFERS", a="一\n二")
    assert "True" in sentence("BUDGET_BELOW_MIN", amount=True)


def test_an_unknown_code_still_says_something():
    assert "SOMETHING_NEW" in sentence("SOMETHING_NEW") and "SOMETHING_NEW" in sentence("SOMETHING_NEW", "en")


@pytest.mark.parametrize(
    ("fen", "chinese", "english"),
    [
        (0, "0 元", "CNY 0.00"), (1, "0.01 元", "CNY 0.01"), (-150, "-1.50 元", "CNY -1.50"), (100, "1 元", "CNY 1.00"),
        (123456789, "1,234,567.89 元", "CNY 1,234,567.89"), (10_000_000, "10 万元", "CNY 100,000.00"),
        (10_000_000_000, "1 亿元", "CNY 100,000,000.00"), (-1_000_000, "-1 万元", "CNY -10,000.00"),
    ],
)  # fmt: skip
def test_money_for_reading(fen, chinese, english):
    assert (yuan(fen), yuan(fen, chinese=False)) == (chinese, english)


def test_a_problem_travels():
    problem = Problem("title", "TOO_SHORT", "block", {"least": 4})
    assert Problem.from_json(problem.to_json()) == problem
    assert Problem.from_json({"field": 3, "code": "X", "severity": "mild", "values": []}) == Problem(
        None, "X", "block", {}
    )
    assert set(problems.SEVERITIES) == {"block", "review", "warn", "hint"}
