from __future__ import annotations

import inspect
import re
from datetime import date

import pytest

from desktop import wording
from sync import errors
from sync.domain.kinds import KINDS
from sync.domain.lifecycle import MACHINES, WORKFLOW
from sync.domain.problems import Problem
from sync.records import SYNC_STATES, Progress, Row

TODAY = date(2026, 9, 16)


@pytest.mark.parametrize(
    ("fen", "said"),
    [(120_000_000, "120.00"), (8_000_000, "8.00"), (121_700_000_000, "121,700.00"), (0, "0.00"), (4_999, "0.00"),
     (5_000, "0.01"), (-15_000_000, "-15.00")],
)  # fmt: skip
def test_amounts_are_said_in_ten_thousands_with_two_decimals(fen: int, said: str) -> None:
    assert wording.wan(fen) == said
    assert wording.amount(fen) == f"{said} 万元"


def test_amounts_in_yuan_and_in_english() -> None:
    assert wording.amount(123_456, unit="元") == "1,234.56 元"
    assert wording.amount(120_000_000, "en") == "CNY 1,200,000.00"
    assert wording.amount(-50, unit="元") == "-0.50 元"


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 KB"), (1, "1 KB"), (18_400, "18 KB"), (31_200_000, "31.2 MB"), (999_999, "1000 KB"), (2_500_000_000, "2.5 GB")],
)  # fmt: skip
def test_sizes_are_decimal(count: int, said: str) -> None:
    assert wording.size(count) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [("13812346210", "138****6210"), ("1234567", "****"), ("", ""), (" 0769-22832626 ", "076****2626")],
)
def test_numbers_are_masked(number: str, said: str) -> None:
    assert wording.masked(number) == said


@pytest.mark.parametrize(
    ("instant", "zh", "en"),
    [
        ("2026-09-16T01:12:00Z", "今天 09:12", "today 09:12"),
        ("2026-09-15T17:00:00Z", "今天 01:00", "today 01:00"),  # China is eight hours ahead
        ("2026-09-15T09:40:00Z", "昨天 17:40", "yesterday 17:40"),
        ("2026-09-08T01:30:00Z", "9月8日 09:30", "8 Sep 09:30"),
        ("2025-12-31T01:30:00Z", "2025年12月31日 09:30", "31 Dec 2025 09:30"),
        ("", "—", "—"),
    ],
)
def test_instants_in_lists(instant: str, zh: str, en: str) -> None:
    assert wording.stamp(instant, TODAY) == zh
    assert wording.stamp(instant, TODAY, "en") == en


@pytest.mark.parametrize(
    ("day", "said", "urgent"),
    [("2026-09-18", "还有 2 天", True), ("2026-09-22", "还有 6 天", False), ("2026-09-16", "今天到期", True),
     ("2026-09-10", "已过 6 天", True), ("nonsense", "", False)],
)  # fmt: skip
def test_days_left(day: str, said: str, urgent: bool) -> None:
    assert wording.due(day, TODAY) == (said, urgent)


def test_how_long_something_waits() -> None:
    assert wording.since("2026-09-10T01:00:00Z", TODAY) == "已 6 天"
    assert wording.since("2026-09-16T01:00:00Z", TODAY) == "今天 09:00"
    assert wording.weekday(date(2026, 9, 18)) == "星期五" and wording.weekday(date(2026, 9, 18), short=True) == "周五"


def test_every_sync_state_and_workflow_has_a_word_and_a_look() -> None:
    for state in SYNC_STATES:
        word, icon, tone = wording.sync_chip(state)
        assert word and icon and tone
    assert wording.sync_chip("files", percent=63) == ("上传 63%", "arrow-up", "blue")
    for workflow in WORKFLOW.states:
        for lang in ("zh", "en"):
            word, tone = wording.business("demand", workflow, None, lang)
            assert word and tone and (lang == "zh") == any("一" <= one <= "鿿" for one in word)


def test_every_stage_of_every_kind_has_a_word() -> None:
    for kind in KINDS.values():
        if kind.machine and kind.flow:
            for stage in MACHINES[kind.machine].states:
                assert wording.business(kind.name, "accepted", stage, "zh")[0]
    assert wording.business("demand", "accepted", "in_service") == ("服务库", "teal")
    assert wording.business("landing", "accepted", "verified") == ("已核定", "green")
    assert wording.business("landing", "accepted", "notified") == ("已通报", "teal")
    assert wording.business("organisation", None, None) == ("—", "grey")
    assert wording.business("event", None, "held") == ("已举办", "grey")


def test_every_failure_is_told_with_a_remedy_in_both_languages() -> None:
    for _name, kind in inspect.getmembers(errors, inspect.isclass):
        if not issubclass(kind, errors.Failure) or "code" not in vars(kind) or kind is errors.Failure:
            continue
        failure = kind([Problem("title", "REQUIRED", "block", {"label": "名称", "label_en": "Title"})]) if issubclass(
            kind, errors.Refused) else kind("x")  # fmt: skip
        for lang in ("zh", "en"):
            words, remedy, code = wording.error(failure, lang)
            assert words and remedy and code == kind.code
            assert "{" not in words
            assert not re.search(r"liaison \w|LIAISON_|HTTPS_PROXY|make ", remedy), "commands are no remedy in a window"
    assert wording.error(errors.DamagedStore())[0] == "本机资料库打不开"


def test_a_bug_is_told_without_its_message() -> None:
    words, remedy, code = wording.error(ValueError("李敏 13812346210"))
    assert "李敏" not in words + remedy and code == "ValueError"


def test_todo_and_timeline_words_are_complete() -> None:
    from typing import get_args, get_type_hints

    from sync.judging import Todo
    from sync.records import Moment

    for what in get_args(get_type_hints(Todo)["what"]):
        assert all(wording.todo_chip(what)) and wording.todo_button(what) and wording.todo_button(what, "en")
    for what in get_args(get_type_hints(Moment)["what"]):
        assert all(wording.moment(what, {}))
    for target in WORKFLOW.states:
        words, icon, tone = wording.moment("edited", {"workflow": (None, target)})
        assert words and icon and tone and "{" not in words


def test_the_first_unsent_change_is_the_registration_and_codes_become_sentences() -> None:
    changes = {"title": (None, "一条"), "budget_fen": (None, 1)}
    assert wording.moment("edited", changes, seen=False)[0] == "登记"
    assert wording.moment("edited", changes)[0] == "修改 2 个字段"
    assert wording.moment("edited", {"title": ("旧", "新")}, seen=False)[0] == "修改 1 个字段"
    assert "LETTER" not in wording.note("LETTER_STALE") and wording.note("企业改了主意") == "企业改了主意"


def test_progress_says_what_and_how_far() -> None:
    assert wording.progress(Progress(4, 5, 9, 18_600_000, 31_200_000)) == "上传扫描件 18.6 MB / 31.2 MB"
    assert wording.progress(Progress(3, 2, 6, 0, 0)) == "上传记录 2 / 6"
    assert wording.progress(Progress(1, 0, 0, 0, 0), "en") == "Fetching from the platform"


def test_values_of_every_type() -> None:
    demand, organisation = KINDS["demand"].fields, KINDS["organisation"].fields
    assert wording.value(demand["budget_fen"], 120_000_000) == "120.00 万元"
    assert wording.value(demand["pilot_need"], True) == "是"
    assert wording.value(demand["org"], "id", name=lambda _id: "云枢") == "云枢"
    assert wording.value(demand["keywords"], ["谐波", "减速器"]) == "谐波、减速器"
    assert wording.value(demand["goal"], " ") == "—"
    assert [wording.value(demand["budget_currency"], "CNY", lang) for lang in ("zh", "en")] == ["人民币", "Chinese yuan"]
    assert wording.value(demand["industry"], "C3989").endswith("（C3989）"), "a finer code has the name of its division"
    assert wording.value(KINDS["landing"].fields["place"], "441900106") == "横沥镇"
    assert wording.value(organisation["uscc"], "91441900MA5XXXXX2Q") == "91441900MA5XXXXX2Q"
    assert wording.value(organisation["contact_phone"], "13812346210") == "138****6210"
    assert wording.value(organisation["contact_phone"], "13812346210", plain=True) == "13812346210"
    assert wording.value(KINDS["visit"].fields["started_at"], "2026-09-15T02:00:00Z") == "2026-09-15 10:00"
    payments = KINDS["landing"].fields["payments"]
    assert wording.value(payments, [{"paid_on": "2026-03-01", "amount_fen": 10_000}]) == "2026-03-01 100.00 元"


def test_what_counts_is_said_as_plus_one_or_a_share() -> None:
    row = Row(
        "i", "demand", "t", "s", "accepted", "registered", "synced", "XQ1", "2026-01-01T00:00:00Z", 0, 0, None, {}
    )
    assert wording.counted(row) == "—"
    from dataclasses import replace

    assert wording.counted(replace(row, counted={"year": 2026, "credit": 1})) == "+1"
    assert wording.counted(replace(row, counted={"year": 2026, "credit": 0.5})) == "+0.5"
    assert wording.counted(replace(row, counted={"year": 2026, "credit": 0})) == "—"


@pytest.mark.parametrize(
    ("code", "lang", "said"),
    [
        ("LETTER_STALE", "zh", "仍可提交；平台可能请你换一份新的（平台默认时限）。"),
        ("BUDGET_BELOW_MIN", "en", "Check the letter, or register it as a request for now."),
        ("请写明 3.5 万元的依据", "zh", "请写明 3.5 万元的依据"),
    ],
)
def test_a_reason_whose_figures_nobody_said_has_no_holes(code: str, lang: str, said: str) -> None:
    assert wording.note(code, lang) == said


def test_a_day_in_figures_is_chinas() -> None:
    assert wording.month_day("2026-11-27T20:38:26Z") == "11-28"
    assert wording.month_day("") == ""


def test_units_and_towns_are_named_though_the_rules_know_codes() -> None:
    found = Problem(None, "OUT_OF_TERRITORY", "review", {"division": "441900003", "unit": "441900115"})
    said = wording.problem(found)
    assert "东城" in said and "清溪镇" in said and "4419" not in said
    assert "Qingxi" in wording.problem(found, "en")
    assert "440300" in wording.problem(Problem(None, "OUT_OF_TERRITORY", "review", {"division": "440300", "unit": "441900115"}))
