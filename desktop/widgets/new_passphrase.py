"""A new passphrase, typed twice, with how strong it is. Must not know what it protects."""

from __future__ import annotations

import unicodedata

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.widgets import theme
from desktop.widgets.card import text
from desktop.widgets.unlock_form import SecretLine

LEAST = 12  # characters


def strength(phrase: str) -> int:
    """0 too short … 4 strong: by length, by how many different characters there are, and of how many kinds."""
    if len(phrase) < LEAST:
        return 0
    kinds = {unicodedata.category(char)[0] + ("u" if char.isupper() else "") for char in phrase}
    different = len(set(phrase))
    if different < 5:
        return 1
    return min(4, 1 + (different >= 8) + (len(kinds) >= 2) + (len(phrase) >= 16))


class _Bars(QWidget):
    """Four bars."""

    spoken = None  # decoration: the word stands beside it

    def __init__(self) -> None:
        super().__init__()
        self._level = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_level(self, level: int) -> None:
        """How many are filled."""
        self._level = level
        self.update()

    def sizeHint(self) -> QSize:
        """4 px high."""
        return QSize(120, 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the bars."""
        now, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        width = (self.width() - 12) / 4
        for place in range(4):
            filled = now.green if self._level >= 3 else now.amber
            painter.setBrush(filled if place < self._level else now.grey_soft)
            painter.drawRoundedRect(QRectF(place * (width + 4), 0, width, 4), 2, 2)
        painter.end()


class NewPassphrase(QWidget):
    """Two lines side by side. ``phrase()`` is "" until both agree and are long enough."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.first = SecretLine(self.tr("口令"))
        self.second = SecretLine(self.tr("再输一遍"))
        self._bars = _Bars()
        self._word = text("", "meta")
        self._wrong = text("", "error", wrap=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        left, right = QVBoxLayout(), QVBoxLayout()
        name = text(self.tr("口令（至少 {count} 个字符，可用空格）").format(count=LEAST), "secondary")
        name.setBuddy(self.first.line)
        again = text(self.tr("再输一遍"), "secondary")
        again.setBuddy(self.second.line)
        left.addWidget(name)
        left.addWidget(self.first)
        bars = QHBoxLayout()
        bars.addWidget(self._bars, 1)
        bars.addWidget(self._word)
        left.addLayout(bars)
        right.addWidget(again)
        right.addWidget(self.second)
        right.addWidget(self._wrong)
        for column in (left, right):
            column.setSpacing(5)
            column.addStretch(1)
            row.addLayout(column, 1)
        for line in (self.first, self.second):
            line.edited.connect(self._on_edited)
        self.second.line.editingFinished.connect(lambda: self._say(final=True))
        self._say(final=False)

    def phrase(self) -> str:
        """The passphrase, "" while it is too short or the two differ."""
        typed = self.first.text()
        return typed if strength(typed) and typed == self.second.text() else ""

    def wrong(self) -> str:
        """What stops it, "" where nothing does."""
        first, second = self.first.text(), self.second.text()
        if not strength(first):
            return self.tr("口令还差 {count} 个字符").format(count=LEAST - len(first))
        if first != second:
            short = len(first) - len(second)
            if short > 0:
                return self.tr("两次不一样，第二次少 {count} 个字符").format(count=short)
            return self.tr("两次不一样")
        return ""

    def show_wrong(self) -> None:
        """Says what stops it and goes there."""
        self._say(final=True)
        line = self.first if not strength(self.first.text()) else self.second
        if self.wrong():
            self._wrong.setText(self.wrong())
            self._wrong.show()
            line.set_bad(True)
        line.line.setFocus()

    def clear(self) -> None:
        """Forgets both."""
        self.first.clear()
        self.second.clear()
        self._say(final=False)

    def _on_edited(self) -> None:
        self._say(final=False)
        self.changed.emit()

    def _say(self, *, final: bool) -> None:
        typed, again = self.first.text(), self.second.text()
        level = strength(typed)
        self._bars.set_level(level)
        words = ("", self.tr("太简单"), self.tr("还可以"), self.tr("够强"), self.tr("很强"))
        self._word.setText(words[level] if typed else "")
        differ = bool(again) and not typed.startswith(again) if not final else bool(again) and typed != again
        self._wrong.setText(self.wrong() if differ else "")
        self._wrong.setVisible(differ)
        self.second.set_bad(differ)
        self.first.set_bad(False)
