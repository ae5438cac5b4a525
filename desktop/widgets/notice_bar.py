"""Messages inside the page: what happened, what to do, one button. Never a pop-up, never a toast that vanishes unread.

``Notice`` is one message (info, ok, warn, bad); ``NoticeBar`` is the place under a page's top line where the
newest few stand. An undo notice leaves after its seconds; everything else stays until closed or replaced by its key.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from desktop.widgets.card import button, text
from desktop.widgets.icons import IconLabel, icon

_ICONS = {"info": ("info", "accent"), "ok": ("circle-check", "green"), "warn": ("triangle-alert", "amber"),
          "bad": ("triangle-alert", "red")}  # fmt: skip


class Notice(QFrame):
    """One message: a strong first sentence, more words below, at most two buttons and a close cross."""

    closed = Signal()

    def __init__(self, tone: str, words: str, more: str = "", *, closable: bool = False, icon_name: str = "") -> None:
        super().__init__()
        self.setProperty("role", f"notice-{tone}")
        name, token = _ICONS[tone]
        line = QHBoxLayout(self)
        line.setContentsMargins(14, 10, 14, 10)
        line.setSpacing(10)
        mark = IconLabel(icon_name or name, token, 18)
        line.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(2)
        self.words = text(words, "strong" if more else "small", wrap=True)
        self.more = text(more, "secondary", wrap=True)
        column.addWidget(self.words)
        column.addWidget(self.more)
        line.addLayout(column, 1)
        self.more.setVisible(bool(more))  # only now: a label without a parent would be a window of its own
        self._line, self._column = line, column
        self._closable = closable
        self.setAccessibleName(f"{words} {more}".strip())
        if closable:
            cross = QToolButton()
            cross.setProperty("role", "flat")
            cross.setIcon(icon("x", "text2"))
            cross.setAccessibleName(self.tr("关闭提示"))
            cross.setToolTip(self.tr("关闭提示"))
            cross.clicked.connect(self.closed.emit)
            line.addWidget(cross)

    def add_line(self, words: str) -> None:
        """Small words below: who said it and when."""
        self._column.addWidget(text(words, "meta", wrap=True))

    def add_button(self, words: str, call: Callable[[], object], role: str = "normal") -> QPushButton:
        """One more button at the right (before the cross)."""
        made = button(words, role, small=True)
        made.clicked.connect(lambda _checked=False: call())
        self._line.insertWidget(self._line.count() - self._closable, made)
        return made


class NoticeBar(QWidget):
    """Holds a page's messages; the same ``key`` replaces its older message."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._shown: dict[str, Notice] = {}
        self._undo: dict[str, Callable[[], object]] = {}  # of those that can be taken back, the newest last
        self.hide()

    def say(
        self, tone: str, words: str, more: str = "", *, key: str = "page", action: str = "",
        call: Callable[[], object] | None = None, seconds: int = 0,
    ) -> Notice:  # fmt: skip
        """Shows a message; with ``seconds`` it leaves by itself (undo). Screen readers hear it."""
        self.drop(key)
        notice = Notice(tone, words, more, closable=True)
        if action and call is not None:
            notice.add_button(action, lambda: self._act(key, call))
        notice.closed.connect(lambda: self.drop(key))
        self._shown[key] = notice
        self._column.addWidget(notice)
        self.show()
        if seconds:
            if call is not None:
                self._undo[key] = call
            QTimer.singleShot(seconds * 1000, notice, lambda: self.drop(key))
        announce(notice, f"{words} {more}".strip())
        return notice

    def undo(self) -> bool:
        """Takes back what the newest message offers to; False where none does."""
        if not self._undo:
            return False
        self._act(*list(self._undo.items())[-1])
        return True

    def _act(self, key: str, call: Callable[[], object]) -> None:
        self.drop(key)
        call()

    def drop(self, key: str = "page") -> None:
        """Takes a message away."""
        notice = self._shown.pop(key, None)
        self._undo.pop(key, None)
        if notice is not None:
            notice.hide()
            self._column.removeWidget(notice)
            notice.deleteLater()
        self.setVisible(bool(self._shown))

    def keys(self) -> list[str]:
        """Keys of the messages that stand there."""
        return list(self._shown)


def announce(widget: QWidget, words: str) -> None:
    """Lets a screen reader say ``words``, where this Qt can."""
    from PySide6 import QtGui

    made = getattr(QtGui, "QAccessibleAnnouncementEvent", None)
    event = made(widget, words) if made is not None else QAccessibleEvent(widget, QAccessible.Event.Alert)
    QAccessible.updateAccessibility(event)
