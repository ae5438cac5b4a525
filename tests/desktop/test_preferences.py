"""Settings are declared once, kept at once and obeyed; the lock opens with the passphrase only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QComboBox, QWidget

from desktop import credentials
from desktop.pages.habits import Habits, sync
from desktop.pages.preferences import PreferencesPage
from desktop.pages.rounds import Rounds
from desktop.pages.unlock import UnlockPage
from desktop.settings import BY_KEY, SETTINGS, Settings
from desktop.tasks import Tasks
from desktop.widgets import theme
from desktop.widgets.segments import Segments
from sync.errors import DeviceClosed, Offline, WrongPassphrase
from sync.records import Identity, RoundReport
from sync.workspace import Workspace

OLD, NEW = "practice passphrase one", "practice passphrase two"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace behind a passphrase."""
    folder = tmp_path / "guarded"
    made = Workspace(folder, credentials.create(folder, OLD))
    made.enrolled(Identity("441900119", "长安镇", "town", "L1", "李敏", "D1", "http://127.0.0.1:1"), {})
    yield made
    made.close()


@pytest.fixture
def page(qtbot: Any, guarded: Workspace, tasks: Tasks, navigate: Any) -> PreferencesPage:
    """The settings of that workspace, open."""
    made = PreferencesPage(guarded, tasks, navigate)
    qtbot.addWidget(made)
    made.show()
    made.open()
    return made


def test_every_setting_has_words_in_both_languages_and_its_default_among_its_choices() -> None:
    assert len(BY_KEY) == len(SETTINGS)
    for setting in SETTINGS:
        assert setting.label and setting.en
        assert setting.default in [choice[0] for choice in setting.choices]
        assert all(zh and en for _value, zh, en in setting.choices)
        assert bool(setting.help) == bool(setting.help_en)


def test_a_setting_is_kept_and_nonsense_counts_as_not_set(workspace: Workspace) -> None:
    settings = Settings(workspace)
    assert settings.get("sync.minutes") == 15
    settings.set("sync.minutes", 60)
    settings.set("sync.text_only", True)
    assert (Settings(workspace).get("sync.minutes"), Settings(workspace).get("sync.text_only")) == (60, True)
    for bad in (7, True, "15", None):
        with pytest.raises(ValueError, match=r"sync\.minutes"):
            settings.set("sync.minutes", bad)
    with pytest.raises(KeyError):
        settings.get("sync.nothing")
    workspace.remember("sync", {"minutes": "viel", "text_only": 1})
    assert (settings.get("sync.minutes"), settings.get("sync.text_only")) == (15, False)
    workspace.remember("sync", "broken")
    assert settings.get("sync.minutes") == 15
    settings.set("sync.minutes", 5)
    assert settings.get("sync.minutes") == 5


def test_the_page_shows_every_setting_and_keeps_a_change(
    qtbot: Any, workspace: Workspace, tasks: Tasks, navigate: Any, settle: Any
) -> None:
    page = PreferencesPage(workspace, tasks, navigate)
    qtbot.addWidget(page)
    page.open()
    assert set(page.editors) == set(BY_KEY)
    for key, editor in page.editors.items():
        place = [choice[0] for choice in BY_KEY[key].choices].index(Settings(workspace).get(key))
        assert (int(editor.current()) if isinstance(editor, Segments) else editor.currentIndex()) == place
        assert editor.accessibleName() == BY_KEY[key].label
    minutes = page.editors["sync.minutes"]
    assert isinstance(minutes, QComboBox)
    minutes.setCurrentIndex(3)
    minutes.activated.emit(3)
    settle()
    assert Settings(workspace).get("sync.minutes") == 60


def test_the_look_changes_at_once(
    qtbot: Any, qapp: QApplication, workspace: Workspace, tasks: Tasks, navigate: Any, settle: Any
) -> None:
    page = PreferencesPage(workspace, tasks, navigate)
    qtbot.addWidget(page)
    page.open()
    dark = page.editors["look.dark"]
    assert isinstance(dark, Segments)
    dark.chosen.emit("1")
    settle()
    assert theme.current().dark
    assert workspace.recall("look") == {"dark": True}, "the same value the window reads at its start"


def test_a_passphrase_is_changed_only_with_the_one_before(
    page: PreferencesPage, guarded: Workspace, settle: Any
) -> None:
    page._show_passphrase()
    page.current.line.setText("not the one")
    page.new.first.line.setText(NEW)
    page.new.second.line.setText(NEW)
    page.save_passphrase()
    settle()
    assert "error" in page.notices.keys()  # noqa: SIM118  a method of the bar, not a dict
    assert credentials.unlock(guarded.directory, OLD)
    page.current.line.setText(OLD)
    page.save_passphrase()
    settle()
    assert credentials.unlock(guarded.directory, NEW)
    with pytest.raises(WrongPassphrase):
        credentials.unlock(guarded.directory, OLD)
    assert page.current.text() == "", "passphrases do not stay in the window"


def test_a_recovery_code_opens_what_the_forgotten_passphrase_closed(
    page: PreferencesPage, guarded: Workspace, settle: Any
) -> None:
    page._recover.click()
    assert page.proof.line.hasFocus() or page.window().focusWidget() is page.proof.line
    page.proof.line.setText("not the one")
    page._make.click()
    settle()
    assert page.code.text() == "" and "recovery" not in credentials.slots(guarded.directory), "nobody passing by makes one"
    page.proof.line.setText(OLD)
    page._make.click()
    settle()
    first = page.code.text()
    assert first and page.proof.text() == ""
    assert first.replace("-", "") not in (guarded.directory / "profile.json").read_text("utf-8")
    page._make.click()  # without the passphrase
    settle()
    page.proof.line.setText(OLD)
    page._make.click()
    settle()
    code = page.code.text()
    page.hide()
    assert page.code.text() == ""
    key = credentials.unlock(guarded.directory, OLD)
    assert key and key == credentials.unlock(guarded.directory, code.lower().replace("-", " ")), "typed as people type"
    with pytest.raises(WrongPassphrase):
        credentials.unlock(guarded.directory, first)
    credentials.set_passphrase(guarded.directory, key, NEW)
    assert credentials.unlock(guarded.directory, NEW) == key == credentials.unlock(guarded.directory, code)


def test_the_lock_opens_with_the_passphrase_only(
    qtbot: Any, guarded: Workspace, tasks: Tasks, navigate: Any, settle: Any, went: Any
) -> None:
    page = UnlockPage(guarded, tasks, navigate)
    qtbot.addWidget(page)
    page.show()
    page.open()
    page.primary()
    assert page.form.message() == "请输入开锁口令。"
    page.form.secret.line.setText("not the one")
    page.primary()
    qtbot.waitUntil(lambda: "口令不对" in page.form.message())
    assert went == []
    page.form.secret.line.setText(OLD)
    page.primary()
    qtbot.waitUntil(lambda: went == [("back", {})])
    assert page.form.secret.text() == ""


class Window(QObject):
    """As much of a window as habits need."""

    def __init__(self, rounds: Rounds) -> None:
        super().__init__()
        self.rounds = rounds
        self.page = "home"
        self.went: list[str] = []

    def navigate(self, name: str, **_where: Any) -> None:
        self.went.append(name)

    def here(self) -> str:
        return self.page


@pytest.fixture
def window(workspace: Workspace, tasks: Tasks) -> Iterator[Window]:
    made = Window(Rounds(workspace, tasks, lambda *_args: RoundReport("2026-09-16T01:00:00Z", 1.0)))
    yield made
    made.rounds.unplan()


def test_rounds_follow_the_settings(workspace: Workspace, window: Window, settle: Any) -> None:
    habits = Habits(window, workspace)
    for minutes in (5, 60):
        Settings(workspace).set("sync.minutes", minutes)
        window.rounds.start()
        settle()
        left = window.rounds.seconds_left()
        assert left is not None
        assert abs(left - minutes * 60) <= 2
    Settings(workspace).set("sync.minutes", 0)
    window.rounds.start()
    settle()
    assert window.rounds.seconds_left() is None
    habits.stop()


def test_a_lost_line_is_tried_again_whatever_the_settings_say(workspace: Workspace, tasks: Tasks, settle: Any) -> None:
    def offline(*_args: Any) -> RoundReport:
        raise Offline("x")

    window = Window(Rounds(workspace, tasks, offline))
    Settings(workspace).set("sync.minutes", 0)
    habits = Habits(window, workspace)
    window.rounds.start()
    settle()
    assert window.rounds.seconds_left() is not None
    window.rounds.unplan()
    habits.stop()


def test_what_needs_a_person_is_not_tried_every_minute(workspace: Workspace, tasks: Tasks, settle: Any) -> None:
    def closed(*_args: Any) -> RoundReport:
        raise DeviceClosed

    window = Window(Rounds(workspace, tasks, closed))
    habits = Habits(window, workspace)
    window.rounds.start()
    settle()
    left = window.rounds.seconds_left()
    assert left is None or left > 60
    window.rounds.unplan()
    habits.stop()


def test_idle_minutes_lock_and_a_key_counts_from_the_start_again(workspace: Workspace, window: Window) -> None:
    Settings(workspace).set("lock.minutes", 5)
    habits = Habits(window, workspace)
    assert habits._idle.interval() == 300_000
    habits._idle.start(200_000)  # some minutes later
    moved = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(1, 1), QPointF(1, 1), Qt.MouseButton.NoButton, Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    habits._idle.setInterval(2_000)
    assert habits.eventFilter(window, moved) is False
    habits._lock()
    assert window.went == ["lock"]
    window.page = "unlock"
    habits._lock()
    assert window.went == ["lock"], "it is locked already"
    Settings(workspace).set("lock.minutes", 0)
    habits.awake()
    assert not habits._idle.isActive()
    habits.stop()


def test_text_only_sends_no_scans(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from desktop import operations

    asked: list[tuple[bool, int, bool]] = []

    def round_(_workspace: Any, _progress: Any, _stop: Any, *, files: bool = True, limit: int = 0, deletions: bool = False) -> RoundReport:
        asked.append((files, limit, deletions))
        return RoundReport("2026-09-16T01:00:00Z", 1.0)

    monkeypatch.setattr(operations, "sync_now", round_)
    sync(workspace)
    Settings(workspace).set("sync.text_only", True)
    Settings(workspace).set("sync.limit", 300)
    sync(workspace)
    assert asked == [(True, 0, False), (False, 300_000, False)]


class Watch(QObject):
    """Notes windows that appear."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(f"{type(watched).__name__} {watched.accessibleName()}")
        return False


def test_no_piece_of_a_page_appears_as_a_window_of_its_own(
    qtbot: Any, qapp: QApplication, workspace: Workspace, tasks: Tasks, navigate: Any, settle: Any
) -> None:
    from desktop.pages.conflicts import ConflictsPage
    from desktop.pages.editor import EditorPage
    from desktop.pages.sync_centre import SyncCentrePage

    watch = Watch()
    qapp.installEventFilter(watch)
    where: dict[Any, dict[str, Any]] = {EditorPage: {"kind": "landing", "values": {"route": "DEM"}}}
    for page in (EditorPage, ConflictsPage, SyncCentrePage, PreferencesPage, UnlockPage):
        made = page(workspace, tasks, navigate)
        qtbot.addWidget(made)
        made.open(**where.get(page, {}))
        settle()
    qapp.removeEventFilter(watch)
    assert watch.seen == []
