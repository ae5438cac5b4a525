"""Composing Chinese: keys of a composition stay in it, nothing typed is lost, and real daemons bring real characters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from desktop.app import build_window
from desktop.input_method.bridge import takes_text
from desktop.input_method.choice import display_number, prepare
from desktop.input_method.composing import Composing, composing_in
from desktop.input_method.keys import event_of, stroke
from desktop.pages.autosave import PAUSE_MS
from desktop.pages.main_window import MainWindow
from desktop.tasks import Tasks
from desktop.widgets.unlock_form import SecretLine
from sync.records import RoundReport
from sync.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
CHECK = ROOT / "packaging" / "check"
MISSING = 77
Settle = Callable[[], None]
K, M = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def guard(qapp: QApplication) -> Iterator[Composing]:
    made = Composing(qapp)
    yield made
    made.stop()
    made.deleteLater()


@pytest.fixture
def window(
    qtbot: Any, workspace: Workspace, tasks: Tasks, settle: Settle, guard: Composing
) -> Iterator[MainWindow]:
    made = build_window(workspace, tasks, sync=lambda *_: RoundReport("2026-09-16T01:12:00Z", 1.0))
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    made.navigate("editor", kind="demand")
    settle()
    yield made
    made.close()
    settle()


def entry(window: MainWindow, name: str) -> QWidget:
    """The widget of a field, with the focus in it."""
    form = window.page("editor").form
    assert form.focus_field(name)
    field: QWidget = form.field(name).editor.entry()
    QApplication.processEvents()
    assert QApplication.focusWidget() is field
    return field


def compose(field: QWidget, letters: str) -> None:
    mark = QInputMethodEvent.Attribute(QInputMethodEvent.AttributeType.Cursor, len(letters), 1, None)
    QCoreApplication.sendEvent(field, QInputMethodEvent(letters, [mark] if letters else []))


def commit(field: QWidget, text: str) -> None:
    event = QInputMethodEvent()
    event.setCommitString(text)
    QCoreApplication.sendEvent(field, event)


def text_of(field: Any) -> str:
    return field.text() if isinstance(field, QLineEdit) else field.toPlainText()


def press(window: MainWindow, key: Qt.Key, modifiers: Qt.KeyboardModifier = M.NoModifier) -> None:
    """As the window system does: shortcuts are looked for first."""
    QTest.keyClick(window.windowHandle(), key, modifiers)


PASSING = [
    (K.Key_Return, M.NoModifier), (K.Key_Enter, M.NoModifier), (K.Key_Escape, M.NoModifier), (K.Key_F8, M.NoModifier),
    (K.Key_F8, M.ShiftModifier), (K.Key_Return, M.ControlModifier), (K.Key_S, M.ControlModifier), (K.Key_1, M.ControlModifier),
    (K.Key_L, M.ControlModifier), (K.Key_F6, M.NoModifier), (K.Key_F1, M.NoModifier), (K.Key_Tab, M.NoModifier),
]  # fmt: skip


@pytest.mark.parametrize("name", ["title", "problem", "org"])
def test_keys_of_a_composition_act_on_nothing_else(
    name: str, window: MainWindow, guard: Composing, workspace: Workspace, settle: Settle
) -> None:
    field = entry(window, name)
    for key, modifiers in PASSING:
        compose(field, "dong guan")
        assert guard.open() and composing_in(field)
        press(window, key, modifiers)
        assert window.here() == "editor" and QApplication.focusWidget() is field, (key, modifiers)
        assert text_of(field) == "" and guard.open(), (key, modifiers)
        assert not window.search.isVisible()
    settle()
    assert workspace.rows(("demand",)).total == 0
    commit(field, "东莞")
    assert text_of(field) == "东莞" and not guard.open()
    press(window, K.Key_Escape)
    assert window.here() != "editor", "after the composition the keys are the page's again"


def test_letters_and_corrections_still_reach_a_composing_field(window: MainWindow) -> None:
    field = entry(window, "title")
    commit(field, "甲乙")
    compose(field, "dong")
    press(window, K.Key_Left)
    press(window, K.Key_X)
    assert sorted(text_of(field)) == sorted("甲乙x")


def test_saving_disturbs_no_composition_and_the_word_is_saved_after_it(
    window: MainWindow, workspace: Workspace, settle: Settle, qapp: QApplication
) -> None:
    blinking = qapp.cursorFlashTime()
    qapp.setCursorFlashTime(0)  # the pictures are compared
    field = entry(window, "title")
    commit(field, "东莞")
    compose(field, "mo ju")
    before = field.grab().toImage()
    QTest.qWait(PAUSE_MS + 50)
    settle()
    assert [row.title for row in workspace.rows(("demand",)).rows] == ["东莞"]
    assert field.grab().toImage() == before, "the letters still stand there, underlined"
    qapp.setCursorFlashTime(blinking)
    commit(field, "模具")
    QTest.qWait(PAUSE_MS + 50)
    settle()
    assert text_of(field) == "东莞模具"
    assert [row.title for row in workspace.rows(("demand",)).rows] == ["东莞模具"]


def test_what_comes_from_elsewhere_waits_for_the_composition(window: MainWindow, settle: Settle) -> None:
    form, field = window.page("editor").form, entry(window, "title")
    commit(field, "东莞")
    compose(field, "mo ju")
    form.set_values({"title": "别人改的题目", "problem": "别人写的问题"})
    assert text_of(field) == "东莞" and text_of(form.field("problem").editor.entry()) == "别人写的问题"
    compose(field, "")
    form.set_values({"title": "别人改的题目"})
    assert text_of(field) == "别人改的题目"
    settle()


def test_a_composition_ends_with_the_focus(window: MainWindow, guard: Composing) -> None:
    field = entry(window, "title")
    compose(field, "dong")
    entry(window, "problem")
    assert not guard.open() and not composing_in(field)


def test_secrets_are_no_text_for_an_input_method(qtbot: Any, window: MainWindow) -> None:
    secret = SecretLine("口令")
    qtbot.addWidget(secret)
    for shown in (False, True, False):
        secret._eye.setChecked(shown)
        assert not takes_text(secret.line)
    assert takes_text(entry(window, "title")) and not takes_text(window) and not takes_text(None)


# -- which one ---------------------------------------------------------------------------------------------------

FIVE, FOUR, IBUS = "org.fcitx.Fcitx5", "org.fcitx.Fcitx-0", "org.freedesktop.IBus"


@pytest.mark.parametrize(
    ("said", "names", "ours", "module"),
    [
        ({"QT_IM_MODULE": "fcitx"}, {FIVE}, True, "compose"),
        ({"QT_IM_MODULE": "fcitx5"}, {FOUR}, True, "compose"),
        ({"QT_IM_MODULE": "fcitx"}, set(), True, "compose"),  # it may start later
        ({"XMODIFIERS": "@im=fcitx"}, {"org.freedesktop.portal.Fcitx"}, True, "compose"),
        ({"QT_IM_MODULE": "xim", "XMODIFIERS": "@im=fcitx"}, {FIVE}, True, "compose"),
        ({"QT_IM_MODULES": "wayland;fcitx", "QT_IM_MODULE": "fcitx"}, {FIVE}, True, "compose"),
        ({"QT_IM_MODULE": "fcitx"}, {IBUS}, False, "ibus"),  # a fcitx that answers to ibus only
        ({"QT_IM_MODULE": "fcitx"}, {IBUS, FIVE}, True, "compose"),
        ({"QT_IM_MODULE": "ibus", "XMODIFIERS": "@im=fcitx"}, {FIVE}, False, "ibus"),
        ({}, {FIVE}, True, "compose"),
        ({}, {IBUS}, False, None),
        ({"QT_IM_MODULE": "compose"}, set(), False, "compose"),
    ],
)
def test_who_speaks_to_the_input_method(
    said: dict[str, str], names: set[str], ours: bool, module: str | None, tmp_path: Path
) -> None:
    environ = dict(said)
    assert prepare(environ, lambda: names, tmp_path, "linux") is ours
    assert environ.get("QT_IM_MODULE") == module and (not ours or "QT_IM_MODULES" not in environ)
    assert prepare(dict(said), lambda: names, tmp_path, "win32") is False


def test_a_plugin_that_qt_has_goes_first(tmp_path: Path) -> None:
    (tmp_path / "platforminputcontexts").mkdir()
    (tmp_path / "platforminputcontexts" / "libfcitx5platforminputcontextplugin.so").touch()
    for environ in ({"QT_IM_MODULE": "fcitx"}, {"QT_IM_MODULE": "fcitx", "QT_PLUGIN_PATH": str(tmp_path)}):
        kept = dict(environ)
        plugins = tmp_path / "none" if "QT_PLUGIN_PATH" in environ else tmp_path
        assert prepare(environ, lambda: {FIVE}, plugins, "linux") is False and environ == kept


@pytest.mark.parametrize(("display", "number"), [(":0", 0), (":99.0", 99), ("localhost:10.0", 10), ("", 0), (":x", 0)])
def test_fcitx_4_is_named_after_its_display(display: str, number: int) -> None:
    assert display_number({"DISPLAY": display}) == number


@pytest.mark.parametrize(
    ("key", "modifiers", "text", "symbol", "state"),
    [
        (K.Key_D, M.NoModifier, "d", 0x64, 0), (K.Key_D, M.ShiftModifier, "D", 0x44, 1), (K.Key_D, M.ControlModifier, "\x04", 0x64, 4),
        (K.Key_Return, M.NoModifier, "\r", 0xFF0D, 0), (K.Key_F8, M.ShiftModifier, "", 0xFFC5, 1),
        (K.Key_Space, M.ControlModifier, " ", 0x20, 4),
        (K.Key_unknown, M.NoModifier, "莞", 0x0100839E, 0), (K.Key_Home, M.NoModifier, "", 0xFF50, 0),
    ],
)  # fmt: skip
def test_keys_made_by_a_program_have_their_symbol(
    key: Qt.Key, modifiers: Qt.KeyboardModifier, text: str, symbol: int, state: int
) -> None:
    sent = stroke(QKeyEvent(QEvent.Type.KeyPress, key, modifiers, text))
    assert (sent.symbol, sent.state) == (symbol, state)


def test_keys_that_come_back_are_typed(qtbot: Any) -> None:
    line = QLineEdit()
    qtbot.addWidget(line)
    for symbol, state in ((0x61, 0), (0x42, 1), (0x0100839E, 0), (0x63, 0), (0xFF08, 0)):
        QCoreApplication.sendEvent(line, event_of(symbol, state, False))
        QCoreApplication.sendEvent(line, event_of(symbol, state, True))
    assert line.text() == "aB莞"
    assert event_of(0xFFC5, 0, False).key() == K.Key_F8


# -- the real ones -----------------------------------------------------------------------------------------------

REAL = [("ime_fcitx.sh", {}), ("ime_ibus.sh", {})]
if os.environ.get("FCITX4_ROOT"):  # the packages of fcitx 4, unpacked; see the script
    REAL.append(("ime_fcitx.sh", {"FCITX4_ROOT": os.environ["FCITX4_ROOT"]}))


@pytest.mark.ime
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("script", "more"), REAL, ids=[f"{name[4:-3]}{'4' if more else ''}" for name, more in REAL])
def test_a_real_daemon_writes_chinese_into_the_form(script: str, more: dict[str, str]) -> None:
    keep = {name: value for name, value in os.environ.items() if name not in ("DBUS_SESSION_BUS_ADDRESS", "FCITX4_ROOT")}
    done = subprocess.run(
        [CHECK / script], env={**keep, **more, "PYTHON": sys.executable}, capture_output=True, text=True, check=False
    )
    if done.returncode == MISSING and os.environ.get("CI") != "true":
        pytest.skip(f"{done.stderr.strip()}: see {script} for what to install")
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["ok"] and said["qt_im_module"] == ("ibus" if "ibus" in script else "compose")
    if "fcitx" in script:
        assert said["daemon"].startswith("org.fcitx.Fcitx-" if more else "org.fcitx.Fcitx5")
        assert said["hung_wait_ms"] < 200, "a daemon that hangs does not stop the window"
