from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QScrollArea, QWidget

from desktop.app import build_window, factories
from desktop.pages.keys import FORBIDDEN
from desktop.pages.main_window import MainWindow
from desktop.tasks import Tasks
from desktop.widgets import theme
from sync.errors import ManyDeletions, Offline
from sync.records import Progress, RoundReport
from sync.workspace import Workspace

Settle = Callable[[], None]
DEMAND = {
    "title": "玻璃盖板亚微米划痕检测",
    "org": {"name": "东莞市禾微光学有限公司", "org_kind": "企业"},
    "budget_fen": 48_000_000,
}


def report(*_args: Any) -> RoundReport:
    return RoundReport("2026-09-16T01:12:00Z", 3.0)


@pytest.fixture
def window(qtbot: Any, workspace: Workspace, tasks: Tasks, settle: Settle) -> Iterator[MainWindow]:
    made = build_window(workspace, tasks, sync=report)
    qtbot.addWidget(made)
    made.show()
    settle()
    yield made
    made.close()
    settle()


@pytest.mark.parametrize("name", sorted(factories()))
def test_every_page_opens_on_an_empty_and_on_a_filled_profile(
    name: str, window: MainWindow, workspace: Workspace, settle: Settle
) -> None:
    where: dict[str, Any] = {"kind": "demand"} if name == "editor" else {}
    if name in ("detail", "sheet"):
        where = {"id": workspace.draft("demand", DEMAND)}
    window.navigate(name, **where)
    settle()
    assert window.here() == name
    if name != "unlock":
        workspace.draft("demand", DEMAND)
        settle()
        window.navigate("home")
        window.navigate(name, **where)
        settle()
        assert window.here() == name and window.windowTitle()


def test_the_sidebar_counts_what_the_workspace_has(window: MainWindow, workspace: Workspace, qtbot: Any) -> None:
    workspace.draft("demand", DEMAND)
    row = window.nav.list.row_of("records")
    assert row is not None
    qtbot.waitUntil(lambda: row.data(Qt.ItemDataRole.AccessibleTextRole) == "成果与需求，1 条")
    todo = window.nav.list.row_of("todo")
    assert todo is not None and todo.data(Qt.ItemDataRole.AccessibleTextRole) == "待办，1 条"
    assert "已保存到本机" in window._saved.text()


def test_a_mass_of_deletions_waits_for_a_person(
    qtbot: Any, workspace: Workspace, tasks: Tasks, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def sync_now(_workspace: Workspace, *_args: Any, deletions: bool, **_more: Any) -> RoundReport:
        asked.append(deletions)
        if not deletions:
            raise ManyDeletions("57")
        return report()

    monkeypatch.setattr("desktop.operations.sync_now", sync_now)
    window = build_window(workspace, tasks)
    qtbot.addWidget(window)
    window.show()
    window.rounds.start()
    settle()
    bar = window.page(window.here()).notices
    assert "57 条" in " ".join(label.text() for label in bar.findChildren(QLabel))
    next(one for one in bar.findChildren(QAbstractButton) if one.text() == "照此更新").click()
    settle()
    window.rounds.start()
    settle()
    assert asked == [False, True, False], "it counts once"
    window.close()
    settle()


def test_it_becomes_a_rail_where_room_is_short(window: MainWindow, settle: Settle) -> None:
    window.resize(1440, 868)
    settle()
    assert not window.nav.narrow and window.nav.width() == 208
    window.resize(1280, 688)
    settle()
    assert window.nav.narrow and window.nav.width() == 56
    window.resize(1440, 868)
    window.navigate("editor", kind="demand")
    assert window.nav.narrow  # forms want the room


@pytest.mark.parametrize("size", [(1440, 868), (1280, 688), (960, 540)])
def test_no_page_needs_more_room_than_the_smallest_window(
    window: MainWindow, settle: Settle, size: tuple[int, int]
) -> None:
    window.resize(*size)
    for name in ("home", "todo", "records", "visits", "landings", "sync", "preferences"):
        window.navigate(name)
        settle()
        assert (window.width(), window.height()) == size, name
        page = window.stack.currentWidget()
        assert page.minimumSizeHint().width() <= page.width(), name
        for area in page.findChildren(QScrollArea):
            if area.isVisible():
                assert area.widget().minimumSizeHint().width() <= area.viewport().width(), name


def test_back_returns_to_where_one_was(window: MainWindow, workspace: Workspace) -> None:
    record = workspace.draft("demand", DEMAND)
    window.navigate("records")
    window.navigate("detail", id=record)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.here() == "records"
    window.navigate("back")
    window.navigate("back")
    assert window.here() == "home"


def test_every_key_is_free_named_and_used_once(window: MainWindow) -> None:
    seen: dict[str, str] = {}
    for action in window.actions():
        for key in action.shortcuts():
            words = key.toString(QKeySequence.SequenceFormat.PortableText)
            assert words and words not in FORBIDDEN
            assert words not in seen, f"{words}: {seen.get(words)} and {action.text()}"
            assert action.text()
            seen[words] = action.text()
    assert {"Ctrl+K", "Ctrl+N", "Ctrl+F", "F5", "F6", "Ctrl+L", "Esc", "Ctrl+1", "Ctrl+S", "F8", "F1"} <= set(seen)


def press(window: MainWindow, words: str) -> None:
    """As the window system sends a key: shortcuts are looked for."""
    key = QKeySequence(words)[0]
    QTest.keyClick(window.windowHandle(), key.key(), key.keyboardModifiers())


def test_every_key_that_is_named_does_something(window: MainWindow, monkeypatch: pytest.MonkeyPatch, settle: Settle) -> None:
    window.activateWindow()
    asked: list[str] = []
    for action in window.actions():
        keys = [key.toString(QKeySequence.SequenceFormat.PortableText) for key in action.shortcuts()]
        if keys and action.isEnabled():
            action.triggered.disconnect()
            action.triggered.connect(lambda _on=False, words=keys[0]: asked.append(words))
            for key in keys:
                press(window, key)
                assert asked and asked.pop() == keys[0], f"{key}: {action.text()}"
    settle()


def test_a_new_record_is_two_keys_away(window: MainWindow, settle: Settle) -> None:
    window.activateWindow()
    for key, kind in (("1", "achievement"), ("2", "demand"), ("3", "visit")):
        press(window, "Ctrl+N")
        assert window.commands.new_menu.isVisible()
        press(window, key)
        settle()
        assert window.here() == "editor" and window.page("editor").kind == kind
    press(window, "F10")
    assert window.commands.menu.isVisible()
    window.commands.menu.close()


def test_keys_of_a_page_are_offered_only_where_it_answers(window: MainWindow) -> None:
    actions = {action.text(): action for action in window.actions()}
    window.navigate("todo")
    assert not actions["现在保存"].isEnabled()
    window.navigate("visits")
    assert actions["现在保存"].isEnabled() and actions["在本页查找"].isEnabled()


def test_controls_have_names_and_are_large_enough(window: MainWindow, workspace: Workspace, settle: Settle) -> None:
    record = workspace.draft("demand", DEMAND)
    for name, where in (
        ("home", {}),
        ("todo", {}),
        ("records", {}),
        ("detail", {"id": record}),
        ("visits", {}),
        ("landings", {}),
    ):
        window.navigate(name, **where)
        settle()
        page = window.stack.currentWidget()
        for control in page.findChildren(QAbstractButton):
            inside = type(control.parentWidget()).__name__ in ("QLineEdit", "SearchField", "QTableView", "RecordList")
            if control.isVisible() and not inside and not control.objectName().startswith("qt_"):
                assert control.accessibleName() or control.text(), f"{name}: {control}"
                assert control.height() >= 22 and control.width() >= 22, f"{name}: {control.text()} {control.size()}"
        for line in page.findChildren(QLineEdit):
            if line.isVisible():
                assert line.accessibleName() or "spin" in line.objectName(), name


def test_search_finds_by_pinyin_initials_and_opens(window: MainWindow, workspace: Workspace, settle: Settle) -> None:
    record = workspace.draft("demand", DEMAND)
    window.navigate("search")
    assert window.search.isVisible()
    QTest.keyClicks(window.search.field, "blgbywm")
    QTest.keyClick(window.search.field, Qt.Key.Key_Return)
    settle()
    assert window.here() == "detail" and window.page("detail")._id == record
    assert not window.search.isVisible()


def test_search_asks_the_store_nothing_on_the_windows_thread(
    window: MainWindow, workspace: Workspace, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found stays until the answer comes; an answer to older words is not shown; Enter waits for its own."""
    records = [workspace.draft("demand", {**DEMAND, "title": title}) for title in ("主轴热误差补偿", "锂电池隔膜涂布")]
    settle()
    asked: list[tuple[str, bool]] = []
    rows = workspace.rows

    def hear(*args: Any, **more: Any) -> Any:
        asked.append((more.get("search", ""), threading.current_thread() is threading.main_thread()))
        return rows(*args, **more)

    monkeypatch.setattr(workspace, "rows", hear)
    window.search.show_in("热误差")
    window.search.show_in("隔膜")
    QTest.keyClick(window.search.field, Qt.Key.Key_Return)
    assert window.here() == "home"
    settle()
    assert window.here() == "detail" and window.page("detail")._id == records[1]
    assert [one for one in asked if one[0]] == [("热误差", False), ("隔膜", False)]


def test_search_offers_what_can_be_done_and_esc_closes_it(window: MainWindow) -> None:
    window.navigate("search")
    words = [window.search.list.model().index(n, 0).data() for n in range(window.search.list.model().rowCount())]
    assert {"登记技术需求", "立即同步", "下一栏", "本页帮助", "上锁"} <= set(words)
    QTest.keyClick(window.search.field, Qt.Key.Key_Escape)
    assert not window.search.isVisible() and window.here() == "home"


def test_a_locked_window_goes_nowhere_and_shows_nothing(
    window: MainWindow, workspace: Workspace, settle: Settle
) -> None:
    record = workspace.draft("demand", DEMAND)
    window.navigate("detail", id=record)
    settle()
    window.navigate("lock")
    assert window.here() == "unlock" and DEMAND["title"] not in window.windowTitle()
    assert not window.nav.isVisible() and not window.statusBar().isVisible()
    for name in ("home", "search", "records"):
        window.navigate(name)
        assert window.here() == "unlock" and not window.search.isVisible()
    assert not any(action.isEnabled() for action in window.actions() if action.text() in ("搜索全部", "成果与需求"))
    window.navigate("back")
    assert window.here() == "detail" and window.nav.isVisible()


def test_the_sync_box_tells_of_a_round_and_of_being_offline(
    qtbot: Any, workspace: Workspace, tasks: Tasks, settle: Settle
) -> None:
    outcomes: list[Any] = [Offline("no line"), RoundReport("2026-09-16T01:12:00Z", 3.0)]

    def sync(_workspace: Workspace, progress: Callable[[Progress], None], _stop: object) -> RoundReport:
        progress(Progress(4, 1, 2, 50, 100))
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        workspace.add_round(asdict(outcome))
        return outcome

    window = build_window(workspace, tasks, sync=sync)  # type: ignore[arg-type]
    qtbot.addWidget(window)
    window.show()
    window.navigate("sync_now")
    assert window.rounds.running and "正在同步" in window.nav.box.accessibleName()
    settle()
    assert "离线" in window.nav.box.accessibleName() and "秒后再试" in window.nav.box.accessibleName()
    assert window.rounds.seconds_left() is not None
    window.rounds.start()
    settle()
    assert window.rounds.error is None and "今天 09:12" in window.nav.box.accessibleName()
    window.close()
    settle()


def test_look_and_text_size_are_kept(window: MainWindow, workspace: Workspace, qapp: QApplication) -> None:
    window.set_look(dark=True)
    window.scale(1)
    assert theme.current().dark and theme.current().scale == 1.1
    assert workspace.recall("look") == {"dark": True, "scale": 1.1}
    window.scale(0)
    assert theme.current().scale == 1.0


def test_f6_goes_round_the_panes(window: MainWindow, workspace: Workspace, settle: Settle) -> None:
    workspace.draft("demand", DEMAND)
    window.navigate("records")
    settle()
    window.activateWindow()
    window.nav.list.setFocus()
    visited: list[QWidget | None] = []
    for _ in range(3):
        window.next_pane(1)
        visited.append(QApplication.focusWidget())
    assert len({id(one) for one in visited}) == 3 and None not in visited


def test_a_bug_is_said_on_the_page_and_work_goes_on(window: MainWindow) -> None:
    window.tell_bug(ValueError("李敏"))
    assert window.page("home").notices.keys() == ["bug"]
    window.navigate("records")
    assert window.here() == "records"
