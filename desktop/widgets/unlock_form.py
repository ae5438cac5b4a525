"""The place where a passphrase is given: one line, an eye, a button, and what went wrong in a sentence.

No threats and no count-down: after five wrong tries the next one takes longer. Must not know where keys lie.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from desktop import wording
from desktop.tasks import Tasks
from desktop.widgets import language, theme
from desktop.widgets.card import button, text
from desktop.widgets.icons import icon

FREE_TRIES = 5
MOST_SECONDS = 60


class SecretLine(QWidget):
    """A line for a passphrase with an eye; input methods are asked to keep out."""

    edited = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = QLineEdit(self)
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.line.setAccessibleName(name)
        self.line.setTextMargins(0, 0, 28, 0)
        self.line.textEdited.connect(lambda _text: self.edited.emit())
        self._eye = QToolButton(self.line)
        self._eye.setProperty("role", "flat")
        self._eye.setIcon(icon("eye", "text2"))
        self._eye.setCheckable(True)
        self._eye.setFixedSize(24, 24)
        self._eye.setCursor(Qt.CursorShape.ArrowCursor)
        self._eye.setAccessibleName(self.tr("显示{name}").format(name=name))
        self._eye.setToolTip(self.tr("显示或隐藏"))
        self._eye.toggled.connect(self._show)
        inside = QHBoxLayout(self.line)
        inside.setContentsMargins(0, 0, 5, 0)
        inside.addStretch(1)
        inside.addWidget(self._eye)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.line)
        self.setFocusProxy(self.line)

    def text(self) -> str:
        """What was typed."""
        return self.line.text()

    def clear(self) -> None:
        """Forgets what was typed."""
        self.line.clear()
        self._eye.setChecked(False)

    def set_bad(self, bad: bool) -> None:
        """The error edge."""
        theme.set_property(self.line, "bad", bad)

    def _show(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.line.setEchoMode(mode)
        # Qt calls a shown passphrase ordinary text; input methods would see and learn it
        self.line.setInputMethodHints(self.line.inputMethodHints() | Qt.InputMethodHint.ImhSensitiveData)


class UnlockForm(QWidget):
    """``unlock(passphrase)`` runs in the work lane; ``opened(result)`` when it went through."""

    opened = Signal(object)

    def __init__(
        self, tasks: Tasks, unlock: Callable[[str | None], Any], *, passphrase: bool = True,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._tasks, self._unlock, self._asks = tasks, unlock, passphrase
        self._wrong = 0
        self._busy = False
        self.secret = SecretLine(self.tr("开锁口令"))
        self.secret.line.returnPressed.connect(self.submit)
        self.secret.edited.connect(lambda: self._say(""))
        self._message = text("", "error", wrap=True)
        self.button = button(self.tr("解锁"), "primary", "key-round")
        self.button.clicked.connect(self.submit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        label = text(self.tr("开锁口令"), "secondary")
        label.setBuddy(self.secret.line)
        for widget in (label, self.secret):
            column.addWidget(widget)
            widget.setVisible(passphrase)
        column.addWidget(self._message)
        row = QHBoxLayout()
        row.addWidget(self.button)
        row.addStretch(1)
        column.addLayout(row)
        self._say("")

    def focus(self) -> None:
        """Puts the focus where it is needed."""
        (self.secret.line if self._asks else self.button).setFocus()

    def submit(self) -> None:
        """Tries; after five wrong tries each takes longer."""
        if self._busy:
            return
        if self._asks and not self.secret.text():
            self._say(self.tr("请输入开锁口令。"))
            self.focus()
            return
        self._busy = True
        self.button.setText(self.tr("正在解锁…"))
        wait = min(2 ** max(0, self._wrong - FREE_TRIES + 1) - 1, MOST_SECONDS)
        QTimer.singleShot(wait * 1000, self, self._try)

    def message(self) -> str:
        """What is said below the line."""
        return self._message.text()

    def _try(self) -> None:
        phrase = self.secret.text() if self._asks else None
        self._tasks.work(self._unlock, phrase, done=self._done, failed=self._failed, owner=self)

    def _done(self, result: object) -> None:
        self._end()
        self._wrong = 0
        self.secret.clear()
        self.opened.emit(result)

    def _failed(self, error: Exception) -> None:
        self._end()
        self._wrong += 1
        words, remedy, _code = wording.error(error, language.lang())
        self._say(f"{words}。{remedy}" if language.lang() == "zh" else f"{words}. {remedy}".strip())
        self.secret.set_bad(True)
        self.secret.line.selectAll()
        self.focus()

    def _end(self) -> None:
        self._busy = False
        self.button.setText(self.tr("解锁"))

    def _say(self, words: str) -> None:
        self._message.setText(words)
        self._message.setVisible(bool(words))
        if not words:
            self.secret.set_bad(False)
