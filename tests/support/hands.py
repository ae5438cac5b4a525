"""A person at the keyboard of the real window: keys go to the window as the window system sends them, and nothing else does.

What is looked at is what a screen reader is told: the name of the control that has the focus, the titles on the page.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAccessible, QGuiApplication, QInputMethodEvent, QKeySequence, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop.tasks import Tasks

SECONDS = 30.0


class Hands:
    """Types into whichever window of the program has the focus; waits for its work after each word."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks

    def key(self, *words: str) -> None:
        """Keys by their names: "Ctrl+N", "Tab"; the window is at rest after each."""
        for word in words:
            self._press(word)
            self.rest()

    def type(self, text: str) -> None:
        """Letters and digits as keys, Chinese as an input method commits it."""
        for part in _parts(text):
            if part.isascii():
                for letter in part:
                    QTest.keyClick(self._window(), letter)
            else:
                event = QInputMethodEvent()
                event.setCommitString(part)
                QCoreApplication.sendEvent(self.focus(), event)
        self.rest()

    def focus(self) -> QWidget:
        """The control that has the focus; there always is one."""
        widget = QApplication.focusWidget()
        assert widget is not None, "the focus is lost"
        return widget

    def name(self) -> str:
        """What a screen reader says of the control with the focus."""
        widget = self.focus()
        interface = QAccessible.queryAccessibleInterface(widget)
        if interface is None:
            return widget.accessibleName()
        # a combo box gives its text for its name; its label says what it is
        labels = [one.text(QAccessible.Text.Name) for one, _kind in interface.relations(QAccessible.RelationFlag.Label)]
        return " ".join(dict.fromkeys([widget.accessibleName(), *labels, interface.text(QAccessible.Text.Name)])).strip()

    def tab_to(self, name: str, most: int = 80, key: str = "Tab") -> None:
        """Tab until the focus is on a control of that name."""
        walked = []
        for _ in range(most):
            if name in self.name():
                return
            walked.append(self.name() or type(self.focus()).__name__)
            self._press(key)
        raise AssertionError(f"{name!r} is not reached by {key}: {walked}")

    def until(self, found: Callable[[], object], what: str) -> None:
        """Waits for something to become so."""
        end = time.monotonic() + SECONDS
        while not found():
            assert time.monotonic() < end, f"never came: {what}"
            QTest.qWait(10)
        self.rest()

    def rest(self) -> None:
        """Until nothing is under way."""
        if QGuiApplication.focusWindow() is None:  # a window manager gives it to the window below one that was closed
            for below in [one for one in QApplication.topLevelWidgets() if one.isVisible() and one.isWindow()][:1]:
                below.activateWindow()
        still, end = 0, time.monotonic() + SECONDS
        while still < 3:
            assert time.monotonic() < end, "the window never came to rest"
            QTest.qWait(2)
            still = still + 1 if self._tasks.idle() else 0

    def _press(self, word: str) -> None:
        sequence = QKeySequence(word)
        assert sequence.count() == 1, word
        QTest.keyClick(self._window(), sequence[0].key(), sequence[0].keyboardModifiers())

    def _window(self) -> QWindow:
        end = time.monotonic() + SECONDS
        while (window := QGuiApplication.focusWindow()) is None:  # one that was just shown has it a moment later
            assert time.monotonic() < end, "no window has the focus"
            QTest.qWait(5)
        return window


def _parts(text: str) -> list[str]:
    """Runs of ASCII and of other characters."""
    made: list[str] = []
    for letter in text:
        if made and made[-1].isascii() == letter.isascii():
            made[-1] += letter
        else:
            made.append(letter)
    return made
