"""Writing a record: nothing typed is lost, the main button leads to the gap, the next start finds the place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QStackedWidget, QWidget

from desktop.pages import autosave
from desktop.pages.autosave import BEGUN, PAUSE_MS, PLACE, typed_key
from desktop.pages.editor import EditorPage
from desktop.pages.editor_checks import checks_of, without_echo
from desktop.tasks import Tasks
from desktop.widgets.entry import Unread
from desktop.widgets.field_editors import FieldEditor
from desktop.widgets.organisation_form import OrganisationForm
from desktop.widgets.reference_editor import Reference
from sync.domain.kinds import KINDS
from sync.domain.problems import Problem, sentence
from sync.messages import FeedRow, Page, link
from sync.workspace import Workspace
from tests.desktop.platform_rows import PlatformRows

Went = list[tuple[str, dict[str, object]]]
COMPANY = {
    "name": "东莞市甲科技有限公司", "uscc": "91441900MA0000007J", "org_kind": "企业", "division": "441900119",
    "contact_name": "王工", "contact_phone": "13800000000",
}  # fmt: skip
WHOLE = {
    "title": "高速主轴热误差补偿技术", "org": COMPANY, "problem": "主轴温升造成尺寸漂移。", "indicators": "不超过 5 μm",
    "budget_fen": 15_000_000, "solve_mode": "委托研发", "letter_signed_on": "2026-03-10", "letter_signatory": "王工",
    "found_on": "2026-03-10", "industry_dg": "高端装备", "tech_field": "先进制造", "industry": "C35",
}  # fmt: skip


@pytest.fixture
def page(qtbot: Any, workspace: Workspace, tasks: Tasks, navigate: Callable[..., None]) -> EditorPage:
    made = EditorPage(workspace, tasks, navigate)
    qtbot.addWidget(made)
    made.resize(1300, 800)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def put(page: EditorPage, name: str, words: str) -> None:
    """Types over what a field holds, as an input method does."""
    assert page.form is not None
    shown = page.form.field(name)
    assert shown is not None
    page.form.focus_field(name)
    line = shown.editor.entry()
    line.selectAll()  # type: ignore[attr-defined]  # a line or a box
    commit = QInputMethodEvent()
    commit.setCommitString(words)
    QApplication.sendEvent(line, commit)


def only(workspace: Workspace, kind: str = "demand") -> Any:
    rows = workspace.rows((kind,)).rows
    assert len(rows) == 1
    return workspace.get(rows[0].id)


def test_a_new_record_is_saved_by_itself_after_the_last_key(
    page: EditorPage, workspace: Workspace, settle: Any
) -> None:
    page.open(kind="demand")
    settle()
    assert workspace.rows(("demand",)).total == 0, "opening a form makes no record"
    put(page, "title", "高速主轴热误差补偿")
    assert workspace.rows(("demand",)).total == 0
    QTest.qWait(autosave.PAUSE_MS + 50)
    settle()
    assert only(workspace).fields["title"] == "高速主轴热误差补偿"
    assert any(label.text().startswith("已自动保存") for label in page.findChildren(QLabel))


def test_leaving_saves_at_once_and_only_what_changed(page: EditorPage, workspace: Workspace, settle: Any) -> None:
    page.open(id=workspace.draft("demand", {"title": "高速主轴", "keywords": ["a"]}))
    settle()
    put(page, "title", "高速主轴热误差")
    page.leave()
    settle()
    record = only(workspace)
    assert record.fields["title"] == "高速主轴热误差"
    edited = [moment for moment in workspace.timeline(record.id) if "keywords" in moment.changes]
    assert all(moment.changes["keywords"] == (None, ["a"]) for moment in edited)


def test_what_is_typed_during_a_save_is_saved_too(page: EditorPage, workspace: Workspace, settle: Any) -> None:
    page.open(kind="demand")
    settle()
    put(page, "title", "第一版名称")
    page.save()
    put(page, "title", "第二版名称")
    settle()
    QTest.qWait(autosave.PAUSE_MS + 50)
    settle()
    assert only(workspace).fields["title"] == "第二版名称"


def test_a_sync_does_not_touch_what_is_being_typed(page: EditorPage, workspace: Workspace, settle: Any) -> None:
    record_id = workspace.draft("demand", {"title": "高速主轴", "goal": "旧目标"})
    page.open(id=record_id)
    settle()
    put(page, "title", "正在输入的名称")
    body = {
        "seq": 1, "change": "f" * 32, "record": record_id, "kind": "demand", "at": "2026-09-16T00:55:00Z", "by": "陈志强",
        "device": "other", "what": "edited", "fields": {"goal": ["旧目标", "平台的目标"]}, "version": 2,
    }  # fmt: skip
    cursor = workspace.feed.cursor()
    chain = link(cursor.chain, body)
    workspace.edit(record_id, {"goal": None})
    workspace.save_page(Page("e1", [FeedRow(body, chain)], False, (1, chain, "")))
    page.refresh()
    settle()
    assert page.form is not None
    assert page.form.values()["title"] == "正在输入的名称"


def test_what_another_wrote_in_the_field_being_typed_is_a_conflict_not_lost(
    page: EditorPage, workspace: Workspace, settle: Any
) -> None:
    rows = PlatformRows(workspace)
    record_id = rows.say("demand", {"title": "高速主轴", "goal": "旧目标", "problem": "旧问题"})
    page.open(id=record_id)
    settle()
    put(page, "goal", "我的目标")
    rows.say("demand", {"goal": "同事的目标", "problem": "同事的问题"}, record=record_id)
    page.refresh()
    settle()
    put(page, "goal", "我的目标，还在写")
    page.leave()
    settle()
    put(page, "problem", "看过同事的问题再改")  # this one the form had shown already
    page.leave()
    settle()
    made = {name: pair for change in workspace.feed.take() for name, pair in change.fields.items()}
    assert made == {"goal": ("旧目标", "我的目标，还在写"), "problem": ("同事的问题", "看过同事的问题再改")}
    assert only(workspace).fields["goal"] == "我的目标，还在写"


def test_text_that_is_no_value_survives_a_crash(
    qtbot: Any, page: EditorPage, workspace: Workspace, tasks: Tasks, settle: Any, navigate: Any
) -> None:
    page.open(kind="demand")
    settle()
    put(page, "title", "高速主轴")
    put(page, "budget_fen", "50-80万")
    page.leave()
    settle()
    record = only(workspace)
    assert "budget_fen" not in record.fields
    assert workspace.recall(typed_key(record.id)) == {"budget_fen": "50-80万"}
    again = EditorPage(workspace, tasks, navigate)
    qtbot.addWidget(again)
    again.open(id=record.id)
    settle()
    assert again.form is not None
    assert again.form.unread()["budget_fen"].text == "50-80万"
    put(again, "budget_fen", "65万")
    again.leave()
    settle()
    assert workspace.recall(typed_key(record.id)) == {}, "what became a value does not come back as text"


@pytest.mark.parametrize("held", [False, True])
def test_a_company_half_entered_in_place_survives_a_crash(
    held: bool, qtbot: Any, page: EditorPage, workspace: Workspace, tasks: Tasks, settle: Any, navigate: Any
) -> None:
    page.open(kind="demand", values={"org": workspace.draft("organisation", COMPANY)} if held else {})
    settle()
    put(page, "title", "高速主轴")
    assert page.form is not None
    editor = page.form.field("org").editor  # type: ignore[union-attr]  # a demand has one
    assert isinstance(editor, Reference)
    editor.open_held() if held else editor.open_new("东莞市乙精密有限公司")
    QTest.keyClicks(entered(page, "uscc").entry(), "" if held else "91441900MA")  # no whole code yet
    entered(page, "contact_name").entry().setFocus()
    QTest.keyClicks(entered(page, "contact_name").entry(), "zhao")
    QTest.qWait(PAUSE_MS + 50)
    settle()
    again = EditorPage(workspace, tasks, navigate)  # as after a death: nothing was closed or left
    qtbot.addWidget(again)
    again.show()
    again.activateWindow()
    qtbot.waitUntil(again.isActiveWindow)
    place = workspace.recall(PLACE)
    again.open(id=place["id"], field=place["field"])
    settle()
    assert entered(again, "contact_name").value() == ("zhao王工" if held else "zhao")
    assert QApplication.focusWidget() is entered(again, "contact_name").entry()
    if not held:
        assert entered(again, "name").value() == "东莞市乙精密有限公司"
        assert entered(again, "uscc").entry().text() == "91441900MA"  # type: ignore[attr-defined]
    form = again.findChild(OrganisationForm)
    assert form is not None
    form.cancelled.emit()
    QTest.qWait(PAUSE_MS + 50)
    settle()
    assert BEGUN not in workspace.recall(typed_key(place["id"]))


def entered(page: EditorPage, name: str) -> FieldEditor:
    """A field of the company that is being entered in place."""
    form = page.findChild(OrganisationForm)
    assert form is not None
    return form.field(name).editor


def test_the_next_start_knows_record_and_field(page: EditorPage, workspace: Workspace, settle: Any) -> None:
    page.open(kind="demand")
    settle()
    put(page, "title", "高速主轴")
    page.leave()
    settle()
    put(page, "budget_fen", "68万")
    page.leave()
    settle()
    assert workspace.recall(PLACE) == {"id": only(workspace).id, "kind": "demand", "field": "budget_fen"}
    page.close()  # the window goes: the place stays
    settle()
    assert workspace.recall(PLACE) is not None


def test_another_page_forgets_the_place(
    qtbot: Any, workspace: Workspace, tasks: Tasks, navigate: Any, settle: Any
) -> None:
    window, page = QStackedWidget(), EditorPage(workspace, tasks, navigate)
    qtbot.addWidget(window)
    window.addWidget(page)
    window.addWidget(QWidget())
    window.show()
    page.open(kind="demand")
    put(page, "title", "高速主轴")
    page.leave()
    settle()
    assert workspace.recall(PLACE) is not None
    window.setCurrentIndex(1)
    settle()
    assert workspace.recall(PLACE) is None


def test_the_main_button_counts_what_is_missing_and_leads_there(
    page: EditorPage, workspace: Workspace, settle: Any, went: Went
) -> None:
    whole = {name: value for name, value in WHOLE.items() if name != "budget_fen"}
    page.open(id=workspace.draft("demand", whole))
    settle()
    todo = [check for check in page.checks.checks() if check.state == "todo"]
    assert [check.field for check in todo] == ["budget_fen", "demand_letter"]
    assert page._submit_button.text() == "提交到平台 · 还差 2 项"
    page.primary()
    settle()
    assert page.form is not None
    shown = page.form.field("budget_fen")
    assert shown is not None and shown.problem is not None
    assert page.form.current() == "budget_fen"
    assert sentence(shown.problem) in [check.detail for check in todo], "the form says it in the checklist's words"
    assert went == []


def test_a_whole_record_is_submitted_and_said_to_wait_not_to_be_accepted(
    page: EditorPage, workspace: Workspace, settle: Any, went: Went, papers: Path
) -> None:
    record_id = workspace.draft("demand", WHOLE)
    facts = {"signed": True, "stamped": True, "doc_on": "2026-03-10", "seal_kind": "公章", "seal_name": COMPANY["name"]}
    workspace.attach(record_id, papers / "demand-letter-photo.jpg", "demand_letter", facts)
    page.open(id=record_id)
    settle()
    assert page._submit_button.text() == "提交到平台"
    page.primary()
    settle()
    assert workspace.get(record_id).workflow == "queued"
    assert went == [("sync_now", {}), ("detail", {"id": record_id})]


def test_offline_the_main_button_says_it_will_wait(page: EditorPage, workspace: Workspace, settle: Any) -> None:
    workspace.add_round({"started_at": "2026-09-16T01:00:00Z", "seconds": 1.0, "error": "offline"})
    page.open(id=workspace.draft("demand", {"title": "高速主轴"}))
    settle()
    assert page._submit_button.text().startswith("加入待传 · 还差")


def test_the_end_of_the_program_waits_for_what_was_typed(page: EditorPage, workspace: Workspace, settle: Any) -> None:
    import time

    page.open(id=workspace.draft("demand", {"title": "高速主轴"}))
    settle()
    page.tasks.work(time.sleep, 0.3)  # the lane is busy drawing a page
    put(page, "title", "第一版")
    page.save()
    put(page, "title", "最后一版")
    page.finish()
    assert only(workspace).fields["title"] == "最后一版"


def test_a_lane_that_hangs_does_not_keep_the_last_words(
    page: EditorPage, workspace: Workspace, settle: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    from desktop.pages import editor

    monkeypatch.setattr(editor, "FINISH_SECONDS", 0.1)
    page.open(id=workspace.draft("demand", {"title": "高速主轴"}))
    settle()
    page.tasks.work(time.sleep, 1.0)
    put(page, "title", "最后一版")
    page.finish()
    assert only(workspace).fields["title"] == "最后一版"


def test_a_failed_save_keeps_the_text_says_so_is_tried_again_and_can_be_copied_elsewhere(
    page: EditorPage, workspace: Workspace, settle: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from sync.errors import DiskFull

    monkeypatch.setattr(autosave, "AGAIN_MS", 100)
    said: list[bool] = []
    page.unsaved.changed.connect(said.append)
    page.open(id=workspace.draft("demand", {"title": "高速主轴"}))
    settle()
    real = workspace.edit

    def full(*_args: Any, **_more: Any) -> list[Problem]:
        raise DiskFull

    monkeypatch.setattr(workspace, "edit", full)
    put(page, "title", "高速主轴热误差")
    page.save()
    settle()
    assert page.form is not None
    assert page.form.values()["title"] == "高速主轴热误差"
    assert "save" in page.notices.keys()  # noqa: SIM118  a method of the bar, not a dict
    assert said[-1] is True
    page.unsaved.write(tmp_path / "另存.txt")
    page.unsaved.write(tmp_path / "没有" / "另存.txt")
    settle()
    assert "需求名称：高速主轴热误差" in (tmp_path / "另存.txt").read_text(encoding="utf-8-sig").splitlines()
    assert {"copy", "error"} <= set(page.notices.keys())
    monkeypatch.setattr(workspace, "edit", real)
    QTest.qWait(150)  # nobody does anything: it is tried again
    settle()
    assert only(workspace).fields["title"] == "高速主轴热误差"
    assert "save" not in page.notices.keys() and said[-1] is False  # noqa: SIM118


def test_a_state_secret_is_refused_beside_its_field_and_nothing_is_made(
    page: EditorPage, workspace: Workspace, settle: Any
) -> None:
    page.open(kind="achievement", values={"title": "某项成果", "secrecy": "机密"})
    page.save()
    settle()
    assert workspace.rows(("achievement",)).total == 0
    assert page.form is not None
    shown = page.form.field("secrecy")
    assert shown is not None and shown.problem is not None
    assert shown.problem.code == "SECRET_LEVEL"


def test_a_closed_record_can_only_be_looked_at(page: EditorPage, workspace: Workspace, settle: Any) -> None:
    record_id = workspace.draft("demand", {"title": "高速主轴"})
    workspace.delete(record_id)
    page.open(id=record_id)
    settle()
    assert not page._submit_button.isVisibleTo(page)
    assert "closed" in page.notices.keys()  # noqa: SIM118
    assert page.form is not None
    page.form.focus_field("title")
    QTest.keyClicks(page.form.field("title").editor.entry(), "x")  # type: ignore[union-attr]
    page.leave()
    settle()
    assert workspace.get(record_id).fields["title"] == "高速主轴"


def test_narrow_windows_show_one_pane_at_a_time(page: EditorPage, workspace: Workspace, settle: Any) -> None:
    page.open(id=workspace.draft("demand", {"title": "高速主轴"}))
    settle()
    assert len(page.panes()) == 3
    page.resize(904, 484)
    settle()
    assert [type(pane).__name__ for pane in page.panes()] == ["RecordForm"]
    page.show_tab("papers")
    assert [type(pane).__name__ for pane in page.panes()] == ["EvidenceViewer"]
    page.go_to("title")
    assert page.form is not None and page.form.isVisibleTo(page)


def test_one_form_after_the_other_and_what_was_typed_in_the_first_is_safe(
    page: EditorPage, workspace: Workspace, settle: Any
) -> None:
    page.open(kind="demand")
    put(page, "title", "高速主轴")
    page.leave()
    for kind in ("achievement", "landing", "visit", "demand"):
        page.open(kind=kind)
        assert page.form is not None
        assert page.form.kind.name == kind
    settle()
    assert only(workspace).fields["title"] == "高速主轴"
    assert page.form.values()["title"] is None


def test_a_save_that_is_still_due_is_made_of_the_record_before_not_of_the_next(
    page: EditorPage, workspace: Workspace, settle: Any
) -> None:
    first, second = workspace.draft("demand", {"title": "第一条"}), workspace.draft("demand", {"title": "第二条"})
    page.open(id=first)
    settle()
    put(page, "title", "第一条改")
    page.save()
    put(page, "title", "第一条再改")  # typed while the save is under way
    page.open(id=second)
    put(page, "title", "第二条改")
    page.leave()
    settle()
    assert [workspace.get(one).fields["title"] for one in (first, second)] == ["第一条再改", "第二条改"]


def test_a_record_that_is_not_here_is_said(page: EditorPage, settle: Any) -> None:
    page.open(id="019f0000-0000-7000-8000-000000000000")
    settle()
    assert "error" in page.notices.keys()  # noqa: SIM118


def test_checks_say_each_thing_once_and_lead_to_its_field() -> None:
    kind = KINDS["demand"]
    bare = Problem("budget_fen", "REQUIRED", "block", {"label": "技术合作预算"})
    more = Problem("budget_fen", "BUDGET_MISSING", "block", {"minimum": 10_000_000})
    division = Problem("org", "REQUIRED", "block", {"label": "行政区划"})
    phone = Problem("org", "REQUIRED", "block", {"label": "联系电话"})
    assert without_echo(kind, [bare, more, division, phone]) == [more, division, phone]
    lines = checks_of(kind, [bare], {"budget_fen": Unread("面议", "AMOUNT_NOT_NUMBER")}, ["企业信息"])
    assert [(line.state, line.field) for line in lines] == [("todo", "budget_fen"), ("done", "")]
    assert lines[0].detail == sentence("AMOUNT_NOT_NUMBER", "zh", label="技术合作预算", value="面议")


def test_form_sized_for_a_small_screen_never_scrolls_sideways(
    page: EditorPage, workspace: Workspace, settle: Any
) -> None:
    page.open(kind="landing", values={"route": "DEM"})
    for width in (900, 1104, 1224, 1600):
        page.resize(width, 540)
        settle()
        assert page.form is not None
        assert page.form.widget().minimumSizeHint().width() <= page.form.viewport().width() or width < 960
