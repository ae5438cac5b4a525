"""The tray, closing into it, and what the window's surroundings do: counting, offering scans, starting with the login."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QPushButton

from desktop import autostart, watched_folder
from desktop.app import build_window
from desktop.pages.main_window import MainWindow
from desktop.settings import Settings
from desktop.surroundings import Surroundings
from desktop.tasks import Tasks
from desktop.tray import Tray, badge
from desktop.widgets.notice_bar import Notice
from sync.errors import DiskFull
from sync.records import RoundReport
from sync.workspace import Workspace

Settle = Callable[[], None]


@pytest.fixture
def tray(qapp: QApplication) -> Iterator[Tray]:
    made = Tray()
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def window(qtbot: Any, workspace: Workspace, tasks: Tasks, settle: Settle) -> Iterator[MainWindow]:
    made = build_window(workspace, tasks, sync=lambda *_: RoundReport("2026-09-16T01:12:00Z", 1.0))
    qtbot.addWidget(made)
    made.show()
    settle()
    yield made
    made.close()
    settle()


@pytest.fixture
def around(
    window: MainWindow, workspace: Workspace, tasks: Tasks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Surroundings]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'none'}")
    monkeypatch.setattr(watched_folder, "LOOK_MS", 60)
    monkeypatch.setattr(Tray, "there", staticmethod(lambda: True))  # the offscreen platform has no tray
    made = Surroundings(tasks, workspace.directory)
    made.enter(window, workspace)
    yield made
    made.close()
    made.deleteLater()


def test_the_menu_says_what_is_wanted(tray: Tray, qtbot: Any) -> None:
    actions = [action.text() for action in tray.icon.contextMenu().actions() if action.text()]
    assert actions == ["打开工作台", "立即同步", "上锁", "退出"]
    for action, signal in ((tray.open_action, tray.open_asked), (tray.sync_action, tray.sync_asked),
                           (tray.lock_action, tray.lock_asked), (tray.quit_action, tray.quit_asked)):  # fmt: skip
        with qtbot.waitSignal(signal):
            action.trigger()


def test_it_counts_what_waits_and_knows_the_lock(tray: Tray) -> None:
    assert "没有待传" in tray.icon.toolTip()
    tray.show_waiting(3)
    assert "3 条待传" in tray.icon.toolTip()
    tray.show_locked(True)
    assert "已上锁" in tray.icon.toolTip()
    assert tray.open_action.isEnabled() and tray.quit_action.isEnabled()
    assert not tray.sync_action.isEnabled() and not tray.lock_action.isEnabled()


def test_the_number_is_in_the_picture(qapp: QApplication) -> None:
    pictures = [badge(count).pixmap(64, 64).toImage() for count in (0, 1, 12, 99, 500)]
    assert len({bytes(one.constBits()) for one in pictures[:4]}) == 4
    assert pictures[3] == pictures[4], "99 is the most that fits"


def test_closing_ends_the_program_unless_the_tray_is_wanted(
    around: Surroundings, window: MainWindow, workspace: Workspace, qtbot: Any
) -> None:
    Settings(workspace).set("desk.tray", True)
    window.navigate("editor", kind="demand")
    window.close()
    assert not window.isVisible()
    workspace.draft("demand", {"title": "窗口关着也在数"})
    qtbot.waitUntil(lambda: "1 条待传" in around.tray.icon.toolTip())
    with qtbot.waitSignal(window.rounds.ended):
        around.tray.sync_action.trigger()
    assert window.here() == "editor"
    window.show()
    Settings(workspace).set("desk.tray", False)
    with qtbot.waitSignal(around.closed):
        window.close()
    assert not window.isVisible()


def test_text_that_could_not_be_stored_stops_closing_once(
    around: Surroundings, window: MainWindow, workspace: Workspace, qtbot: Any, settle: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    Settings(workspace).set("desk.tray", False)
    ended: list[bool] = []
    around.closed.connect(lambda: ended.append(True))
    window.navigate("visits")
    settle()
    entry = window.page("visits").entry
    real = workspace.remember

    def full(*_words: object) -> None:
        raise DiskFull

    monkeypatch.setattr(workspace, "remember", full)
    entry.minutes.setPlainText("看了产线")
    entry.keep()
    settle()
    assert window.unsaved() and "还没有存进本机" in window._saved.text()
    window.navigate("home")
    settle()
    assert not window.close() and window.isVisible() and "closing" in window.page("home").notices.keys()  # noqa: SIM118
    monkeypatch.setattr(workspace, "remember", real)
    entry.keep()
    settle()
    assert not window.unsaved() and "closing" not in window.page("home").notices.keys()  # noqa: SIM118
    monkeypatch.setattr(workspace, "remember", full)
    entry.minutes.setPlainText("看了产线两次")
    entry.keep()
    settle()
    window.navigate("lock")
    assert not window.close() and not ended
    (notice,) = window.page("unlock").notices.findChildren(Notice)
    assert "另存" not in str([one.text() for one in notice.findChildren(QPushButton)]), "nothing is written past the lock"
    assert window.close(), "the second time it closes, whatever is lost"
    qtbot.waitUntil(lambda: bool(ended))


def test_without_a_tray_closing_always_ends(
    around: Surroundings, window: MainWindow, workspace: Workspace, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tray, "there", staticmethod(lambda: False))
    Settings(workspace).set("desk.tray", True)
    assert not around.keeps()
    with qtbot.waitSignal(around.closed):
        window.close()


def test_locks_of_the_desktop_lock_the_window(
    around: Surroundings, window: MainWindow, qtbot: Any
) -> None:
    window.navigate("records")
    around.locks.locked.emit("screen")
    assert window.here() == "unlock" and not around.tray.sync_action.isEnabled()
    window.navigate("back")
    assert window.here() == "records" and around.tray.sync_action.isEnabled()
    around.tray.lock_action.trigger()
    assert window.here() == "unlock"


def test_the_login_setting_writes_the_entry_and_follows_the_desktop(
    around: Surroundings, window: MainWindow, workspace: Workspace, settle: Settle
) -> None:
    window.navigate("preferences")
    login = window.page("preferences").editors["desk.login"]
    login.chosen.emit("1")
    settle()
    assert autostart.enabled() and str(workspace.directory) in autostart.entry().read_text("utf-8")
    autostart.entry().unlink()  # switched off in the desktop's settings
    around.leave()
    around.enter(window, workspace)
    assert Settings(workspace).get("desk.login") is False


def notice(window: MainWindow) -> Notice | None:
    return window.page("editor").notices._shown.get("camera")  # type: ignore[no-any-return]


def test_a_scan_is_offered_in_the_open_form_and_taken_only_when_asked(
    around: Surroundings, window: MainWindow, workspace: Workspace, settle: Settle, qtbot: Any, papers: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "高拍仪"
    folder.mkdir()
    window.navigate("preferences")
    window.page("preferences").camera._take(str(folder))
    qtbot.waitUntil(lambda: around.camera._old is not None)
    assert workspace.recall("camera") == {"folder": str(folder)}
    record = workspace.draft("demand", {"title": "玻璃盖板亚微米划痕检测"})
    for source, name in (("contract.pdf", "一.pdf"), ("demand-letter.pdf", "二.pdf")):
        shutil.copy(papers / source, folder / name)
    qtbot.waitUntil(lambda: len(around._offered) == 2, timeout=8_000)
    window.navigate("editor", id=record)
    settle()
    shown = notice(window)
    assert shown is not None and "2 份" in shown.words.text() and "一.pdf" in shown.words.text()
    assert list(workspace.get(record).papers) == []
    next(one for one in shown.findChildren(QPushButton) if one.text() == "添加").click()
    settle()
    assert sorted(paper.name for paper in workspace.get(record).papers) == ["一.pdf", "二.pdf"]
    assert notice(window) is None and sorted(path.name for path in folder.iterdir()) == ["一.pdf", "二.pdf"]


def test_an_offer_that_is_put_away_does_not_come_again(
    around: Surroundings, window: MainWindow, settle: Settle, tmp_path: Path
) -> None:
    around._offer(tmp_path / "一.pdf")
    window.navigate("editor", kind="demand")
    settle()
    shown = notice(window)
    assert shown is not None
    shown.closed.emit()
    window.navigate("records")
    window.navigate("editor", kind="demand")
    assert notice(window) is None
