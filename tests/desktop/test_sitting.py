"""Locking for real: what was typed is saved, the profile is closed, its key is let go, the passphrase brings all back."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QMainWindow

from desktop import credentials
from desktop.app import build_window
from desktop.pages.enrolment import EnrolmentPage
from desktop.pages.habits import Habits
from desktop.pages.main_window import MainWindow
from desktop.settings import Settings
from desktop.sitting import Sitting, onto_a_screen
from desktop.tray import Tray
from desktop.widgets.unlock_form import UnlockForm
from sync.errors import WipeOrdered
from sync.records import Identity, RoundReport
from sync.workspace import Workspace

PHRASE = "一个够长的练习口令 2026"
pytestmark = pytest.mark.slow


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'none'}")
    folder = tmp_path / "profile"
    made = Workspace(folder, credentials.create(folder, PHRASE))
    made.enrolled(Identity("441900119", "长安镇", "town", "L1", "李敏", "7f3a91c40b7e55d2", "http://127.0.0.1:1"), {})
    Settings(made).set("sync.minutes", 0)
    made.close()
    return folder


@pytest.fixture
def sitting(qapp: QApplication, profile: Path, qtbot: Any) -> Iterator[Sitting]:
    hook, quits = sys.excepthook, qapp.quitOnLastWindowClosed()

    def build(workspace: Workspace, tasks: Any, page: str | None = None) -> MainWindow:
        return build_window(workspace, tasks, sync=lambda *_: RoundReport("2026-09-16T01:12:00Z", 1.0), page=page)

    made = Sitting(qapp, profile, None, None, build)
    yield made
    window = made.window
    made.around.leave()
    if window is not None:
        for habits in window.findChildren(Habits):
            habits.stop()
        window.close()
    made.close()
    for left in (window, made.start):
        if left is not None:
            left.deleteLater()
    sys.excepthook = hook
    qapp.setQuitOnLastWindowClosed(quits)


def unlock(sitting: Sitting, qtbot: Any) -> MainWindow:
    qtbot.waitUntil(lambda: sitting.start is not None and sitting.start.findChild(UnlockForm) is not None, timeout=20_000)
    assert sitting.start is not None
    form = sitting.start.findChild(UnlockForm)
    form.secret.line.setText(PHRASE)
    form.submit()
    qtbot.waitUntil(lambda: sitting.window is not None and sitting.start is None, timeout=20_000)
    assert sitting.window is not None
    return sitting.window


def sealed(sitting: Sitting) -> Callable[[], bool]:
    return lambda: sitting.window is None and sitting.workspace is None


def test_a_lock_saves_closes_and_comes_back_to_the_same_field(sitting: Sitting, profile: Path, qtbot: Any) -> None:
    window = unlock(sitting, qtbot)
    window.resize(1_000, 666)
    window.navigate("editor", kind="demand")
    form = window.page("editor").form
    form.focus_field("title")
    qtbot.keyClicks(form.field("title").editor.line, "just typed")
    form.focus_field("problem")
    held = [weakref.ref(one) for one in (sitting.workspace, sitting.workspace.vault, window)]  # type: ignore[union-attr]
    del form
    window.navigate("lock")
    assert window.here() == "unlock", "at once, whatever has to be saved first"
    del window
    qtbot.waitUntil(sealed(sitting), timeout=20_000)
    qtbot.waitUntil(lambda: [one() for one in held] == [None, None, None], timeout=20_000)
    assert sitting.start is not None and sitting.start.isVisible() and "just typed" not in sitting.start.windowTitle()
    window = unlock(sitting, qtbot)
    assert window.here() == "editor" and window.height() == 666
    qtbot.waitUntil(lambda: window.page("editor").form.field("title").editor.value() == "just typed")
    qtbot.waitUntil(lambda: window.page("editor").form.place() == "problem")


def test_a_wrong_passphrase_stays_outside(sitting: Sitting, qtbot: Any) -> None:
    unlock(sitting, qtbot).navigate("lock")
    qtbot.waitUntil(sealed(sitting), timeout=20_000)
    assert sitting.start is not None
    form = sitting.start.findChild(UnlockForm)
    form.secret.line.setText("不是这一个口令，差得远")
    form.submit()
    qtbot.waitUntil(lambda: "口令不对" in form.message(), timeout=20_000)
    assert sitting.workspace is None


def test_in_the_tray_it_stays_open_until_the_machine_sleeps(
    sitting: Sitting, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tray, "there", staticmethod(lambda: True))  # the offscreen platform has none
    window = unlock(sitting, qtbot)
    Settings(window.workspace).set("desk.tray", True)
    sitting.around.locks.locked.emit("screen")
    qtbot.wait(300)
    assert window.here() == "unlock" and sitting.workspace is not None
    with qtbot.waitSignal(window.rounds.ended):
        window.rounds.start()
    sitting.around.locks.locked.emit("suspend")
    del window
    qtbot.waitUntil(sealed(sitting), timeout=20_000)


def test_a_lock_taken_back_at_once_closes_nothing(sitting: Sitting, qtbot: Any) -> None:
    window = unlock(sitting, qtbot)
    window.navigate("records")
    window.navigate("lock")
    window.navigate("back")
    qtbot.wait(400)
    assert sitting.window is window and window.here() == "records"


def test_an_erased_laptop_shows_nothing_and_asks_to_enrol(
    sitting: Sitting, profile: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def erased(workspace: Workspace, *_: Any) -> RoundReport:
        credentials.erase(workspace.directory)
        raise WipeOrdered

    window = unlock(sitting, qtbot)
    monkeypatch.setattr(window.rounds, "_sync", erased)
    window.rounds.start()
    del window
    qtbot.waitUntil(sealed(sitting), timeout=20_000)
    qtbot.waitUntil(lambda: sitting.start is not None and sitting.start.findChild(EnrolmentPage) is not None, timeout=20_000)
    assert not list(profile.rglob("*.sqlite*"))


def test_a_second_start_brings_the_window_forward_at_a_page(sitting: Sitting, profile: Path, qtbot: Any) -> None:
    from desktop.first_window import door_of

    assert Path(door_of(profile)).exists()
    window = unlock(sitting, qtbot)
    window.showMinimized()
    sitting.door.asked.emit("sync", "")
    assert window.here() == "sync" and not window.isMinimized() and window.isVisible()
    window.navigate("lock")
    sitting.door.asked.emit("records", "")
    assert window.here() == "unlock", "a locked window goes nowhere"


def test_a_window_of_a_screen_that_is_gone_comes_onto_one_that_is_there(qtbot: Any) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setGeometry(9_000, 7_000, 5_000, 4_000)
    onto_a_screen(window)
    screen = window.screen().availableGeometry()
    assert screen.intersects(window.geometry())
    assert window.width() <= screen.width() and window.height() <= screen.height()
    kept = window.geometry()
    onto_a_screen(window)
    assert window.geometry() == kept


def test_an_unplugged_screen_leaves_no_window_outside(sitting: Sitting, qapp: QApplication, qtbot: Any) -> None:
    window = unlock(sitting, qtbot)
    window.move(9_000, 7_000)
    qapp.screenRemoved.emit(qapp.primaryScreen())  # as Qt says it; the screen itself is still there
    qtbot.waitUntil(lambda: window.screen().availableGeometry().intersects(window.geometry()))
