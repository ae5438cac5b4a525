"""Deciding conflicts: who and when never change sides, nothing is saved before the button, and it can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from desktop.pages import decisions
from desktop.pages.conflicts import ConflictsPage
from desktop.tasks import Tasks
from desktop.widgets import masked
from desktop.widgets.text_marks import marked, stretches
from sync.messages import FeedRow, Page, link
from sync.records import RoundReport
from sync.workspace import Workspace, new_id

BASE = "需要在热失控前 10 分钟以上给出预警，误报率不高于 0.5%，并能接入现有系统。"
MINE, THEIRS = BASE.replace("10 分", "15 分"), BASE.replace("系统。", "系统，支持两种体系。")


def clash(workspace: Workspace, record: str, *fields: tuple[str, Any, Any, Any]) -> None:
    """The platform says that these fields (name, base, mine, theirs) of a record clash."""
    cursor = workspace.feed.cursor()
    open_ = [
        {
            "id": new_id(), "field": name, "base": base, "mine": mine, "theirs": theirs, "by": "陈志强",
            "at": "2026-09-16T00:55:00Z", "mine_by": "李敏", "mine_at": "2026-09-15T08:42:00Z",
        }
        for name, base, mine, theirs in fields
    ]  # fmt: skip
    body = {
        "seq": cursor.seq + 1, "change": f"{cursor.seq + 1:032d}", "record": record, "kind": "demand",
        "at": "2026-09-16T00:55:00Z", "by": "陈志强", "device": "other", "what": "edited", "version": 2,
        "fields": {"industry_dg": [None, "新能源"], **{one["field"]: [one["base"], one["theirs"]] for one in open_}},
        "conflicts": open_, "facts": {"number": "XQ26-0365"},
    }  # fmt: skip
    chain = link(cursor.chain, body)
    workspace.save_page(Page("e1", [FeedRow(body, chain)], False, (cursor.seq + 1, chain, "")))


@pytest.fixture
def record(workspace: Workspace) -> str:
    made = workspace.draft("demand", {"title": "储能电芯热失控早期预警", "budget_fen": 60_000_000, "problem": BASE})
    clash(workspace, made, ("budget_fen", 60_000_000, 80_000_000, 85_000_000), ("problem", BASE, MINE, THEIRS))
    return made


@pytest.fixture
def page(qtbot: Any, workspace: Workspace, tasks: Tasks, navigate: Callable[..., None], record: str) -> ConflictsPage:
    made = ConflictsPage(workspace, tasks, navigate)
    qtbot.addWidget(made)
    made.resize(1300, 800)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.open(id=record)
    return made


def words(widget: Any) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def test_a_telephone_number_is_masked_on_both_sides_until_its_eye_opens(
    page: ConflictsPage, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    before, mine, theirs = "0769-22221111", "13812346210", "13912346210"
    record = workspace.draft("organisation", {"name": "东莞市禾微光学有限公司", "contact_phone": before})
    clash(workspace, record, ("contact_phone", before, mine, theirs))
    page.open(id=record)
    (card,) = page.cards
    assert card.eye is not None
    card.choose("theirs")

    def said() -> str:
        return " ".join([words(card), card.mine.radio.accessibleName(), card.theirs.radio.accessibleName()])

    assert said().count("138****6210") == 2 and said().count("139****6210") == 3
    assert not any(number in said() for number in (before, mine, theirs))
    monkeypatch.setattr(masked, "SHOWN_MS", 30)
    card.eye.click()
    assert [said().count(number) for number in (before, mine, theirs)] == [1, 2, 3]
    qtbot.waitUntil(lambda: not card.eye.isChecked())
    assert not any(number in said() for number in (before, mine, theirs))
    assert card.decision() == ("theirs", None)


def test_each_side_keeps_its_own_name_time_and_value(page: ConflictsPage) -> None:
    for card in page.cards:
        assert "本机 · 李敏" in card.mine.who.accessibleName()
        assert "昨天 16:42" in card.mine.who.accessibleName()
        assert "平台 · 陈志强" in card.theirs.who.accessibleName()
        assert "今天 08:55" in card.theirs.who.accessibleName()
        for side, other in ((card.mine, "陈志强"), (card.theirs, "李敏")):
            assert other not in side.who.accessibleName()
    assert page.cards[0].mine.value.text() == "80.00 万元"
    assert page.cards[0].theirs.value.text() == "85.00 万元"
    assert "原来 60.00 万元" in words(page.cards[0])


def test_marks_show_what_each_side_changed() -> None:
    assert [part for part in stretches(BASE, MINE) if part[0] != "same"] == [("del", "10"), ("ins", "15")]
    assert [part for part in stretches(BASE, THEIRS) if part[0] != "same"] == [("ins", "，支持两种体系")]
    shown = marked("a<b", "a<c")
    assert "a&lt;" in shown
    assert "line-through" in shown and "underline" in shown


def test_nothing_is_saved_before_the_button_and_the_button_leads_to_what_is_open(
    page: ConflictsPage, workspace: Workspace, settle: Callable[[], None], record: str
) -> None:
    assert page._save.text() == "保存合并结果 · 还差 2 处"
    page.cards[0].choose("theirs")
    assert page._save.text() == "保存合并结果 · 还差 1 处"
    page.primary()
    settle()
    assert len(workspace.conflicts(record)) == 2
    assert page.cards[1].mine.radio.hasFocus()


def test_the_result_is_shown_before_it_is_saved(page: ConflictsPage) -> None:
    card = page.cards[0]
    assert card._result is not None
    assert "选定后显示" in card._result.text()
    card.choose("mine")
    assert card._result.text() == "80.00 万元"
    card.choose("theirs")
    assert card._result.text() == "85.00 万元"
    assert card._chip.words() == "已定：用平台"


def test_two_changed_sentences_are_offered_as_one_text_that_can_be_rewritten(
    page: ConflictsPage, workspace: Workspace, settle: Callable[[], None], record: str
) -> None:
    card = page.cards[1]
    assert card._text is not None
    assert card._text.toPlainText() == THEIRS.replace("10 分", "15 分")
    assert card.decision() is None, "an offer is no choice"
    card._text.setPlainText("自己写的说明")
    assert card.decision() == ("value", "自己写的说明")
    page.cards[0].choose("mine")
    page.primary()
    settle()
    assert workspace.conflicts(record) == []
    assert workspace.get(record).fields["problem"] == "自己写的说明"
    assert workspace.get(record).fields["budget_fen"] == 80_000_000


def test_keys_choose_and_go_on(page: ConflictsPage, settle: Callable[[], None]) -> None:
    page.cards[0].focus()
    QTest.keyClick(page.cards[0].mine.radio, Qt.Key.Key_2)
    assert page.cards[0].decision() == ("theirs", None)
    QTest.keyClick(page.cards[0].theirs.radio, Qt.Key.Key_Down)
    assert page._at == 1
    QTest.keyClick(page.cards[1].mine.radio, Qt.Key.Key_3)
    decision = page.cards[1].decision()
    assert decision is not None and decision[0] == "value"
    QTest.keyClick(page.cards[1].mine.radio, Qt.Key.Key_1)
    assert page.cards[1].decision() == ("mine", None)


def test_a_whole_side_is_only_filled_in(page: ConflictsPage, workspace: Workspace, settle: Any, record: str) -> None:
    page.choose_all("theirs")
    settle()
    assert [card.decision() for card in page.cards] == [("theirs", None), ("theirs", None)]
    assert len(workspace.conflicts(record)) == 2
    assert "all" in page.notices.keys()  # noqa: SIM118  a method of the bar, not a dict


def test_what_was_decided_can_be_taken_back(
    page: ConflictsPage, workspace: Workspace, settle: Callable[[], None], record: str
) -> None:
    page.choose_all("theirs")
    page.primary()
    settle()
    assert workspace.get(record).fields["budget_fen"] == 85_000_000
    (made,) = decisions.decided(workspace)
    assert (made.record, set(made.fields)) == (record, {"budget_fen", "problem"})
    page._take_back(made)
    settle()
    assert workspace.get(record).fields["budget_fen"] == 80_000_000
    assert workspace.get(record).fields["problem"] == MINE
    assert decisions.decided(workspace) == []


def test_what_a_colleague_decided_elsewhere_can_be_taken_back_here(
    page: ConflictsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    record = new_id()
    clash(workspace, record, ("budget_fen", 60_000_000, 80_000_000, 85_000_000), ("problem", BASE, MINE, THEIRS))
    clashes = {one.field: one for one in workspace.conflicts(record)}
    cursor = workspace.feed.cursor()
    body = {
        "seq": cursor.seq + 1, "change": "e" * 32, "record": record, "kind": "demand", "at": "2026-09-16T01:20:00Z", "by": "王五",
        "device": "third", "what": "resolved", "version": 3, "fields": {"budget_fen": [85_000_000, 80_000_000]}, "conflicts": [],
        "closed": [
            {"id": clashes["budget_fen"].id, "field": "budget_fen", "kept": 80_000_000, "lost": 85_000_000},
            {"id": clashes["problem"].id, "field": "problem", "kept": THEIRS, "lost": MINE},
        ],
    }  # fmt: skip
    chain = link(cursor.chain, body)
    workspace.save_page(Page("e1", [FeedRow(body, chain)], False, (cursor.seq + 1, chain, "")))
    workspace.add_round(asdict(RoundReport("2026-09-16T02:00:00Z", 1.0, server_time="2026-09-16T02:00:00Z")))
    page.refresh()
    assert "王五已合并，今天 09:20" in [label.text() for label in page._list.findChildren(QLabel)]
    (made,) = decisions.decided(workspace)
    page._take_back(made)
    settle()
    assert workspace.get(record).fields["problem"] == MINE and workspace.get(record).fields["budget_fen"] == 85_000_000
    assert decisions.decided(workspace) == []


def test_choices_that_were_not_saved_are_there_again(
    qtbot: Any, page: ConflictsPage, workspace: Workspace, tasks: Tasks, settle: Any, record: str, navigate: Any
) -> None:
    page.cards[0].choose("theirs")
    page.leave()
    settle()
    again = ConflictsPage(workspace, tasks, navigate)
    qtbot.addWidget(again)
    again.open(id=record)
    assert again.cards[0].decision() == ("theirs", None)
    assert again.cards[1].decision() is None


def test_what_only_one_side_changed_is_listed_with_its_side(page: ConflictsPage) -> None:
    shown = words(page._right)
    assert "已自动合并 1 处" in shown
    assert "新能源" in shown
    assert "平台　09-16" in shown


def test_lists_can_keep_both(qtbot: Any, workspace: Workspace, tasks: Tasks, settle: Any, navigate: Any) -> None:
    record = workspace.draft("demand", {"title": "某需求", "keywords": ["a"]})
    clash(workspace, record, ("keywords", ["a"], ["a", "b"], ["a", "c"]))
    page = ConflictsPage(workspace, tasks, navigate)
    qtbot.addWidget(page)
    page.open(id=record)
    page.cards[0].choose("both")
    page.primary()
    settle()
    assert sorted(workspace.get(record).fields["keywords"]) == ["a", "b", "c"]


def test_a_single_value_has_no_third_way(page: ConflictsPage) -> None:
    page.cards[0].choose("both")
    assert page.cards[0].decision() is None


def test_without_conflicts_it_says_so(qtbot: Any, workspace: Workspace, tasks: Tasks, navigate: Any) -> None:
    page = ConflictsPage(workspace, tasks, navigate)
    qtbot.addWidget(page)
    page.open()
    assert "没有冲突" in words(page._right)
    assert not page._save.isVisibleTo(page)
