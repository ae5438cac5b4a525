"""A rail of moments, newest first: an icon in a circle, what happened, when, and small words below.

Takes ready sentences; it must not know records. One widget with a text for screen readers a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.widgets import icons, theme
from desktop.widgets.card import clear, text
from desktop.widgets.chip import tone_colors


@dataclass(frozen=True, slots=True)
class RailLine:
    """One moment as shown; ``when`` is already a word."""

    words: str
    when: str
    note: str
    icon: str
    tone: str


class _Mark(QWidget):
    """Circle with icon, and the rail down to the next one."""

    spoken = None  # decoration

    def __init__(self, icon_name: str, tone: str, last: bool) -> None:
        super().__init__()
        self._icon, self._tone, self._last = icon_name, tone, last
        self.setFixedWidth(20)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """As wide as the circle."""
        return QSize(20, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the mark."""
        now, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._last:
            painter.setPen(QPen(now.line, 2))
            painter.drawLine(QPointF(10, 22), QPointF(10, self.height()))
        ink, fill = tone_colors(self._tone)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill or now.grey_soft)
        painter.drawEllipse(QRectF(0, 0, 20, 20))
        icons.paint(painter, self._icon, ink, 4, 4, 12)
        painter.end()


class TimelineRail(QWidget):
    """``set_lines`` shows the moments."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def set_lines(self, lines: Sequence[RailLine]) -> None:
        """Shows other moments."""
        clear(self._column)
        for index, line in enumerate(lines):
            self._column.addWidget(self._one(line, index == len(lines) - 1))
        self._column.addStretch(1)

    def _one(self, line: RailLine, last: bool) -> QWidget:
        row = QWidget()
        row.setAccessibleName(f"{line.when} {line.words} {line.note}".strip())
        across = QHBoxLayout(row)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(10)
        across.addWidget(_Mark(line.icon, line.tone, last))
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 12)
        column.setSpacing(1)
        head = QHBoxLayout()
        head.addWidget(text(line.words, "small", wrap=True), 1)
        head.addWidget(text(line.when, "meta"), 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        if line.note:
            column.addWidget(text(line.note, "secondary", wrap=True))
        across.addLayout(column, 1)
        return row
