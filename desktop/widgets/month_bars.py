"""Twelve bars, one a month, with their numbers; the running month is filled, months to come are only marked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets import theme


class MonthBars(QWidget):
    """``set_counts(counts, now)``: twelve numbers and the running month 1-12 (0: a year that is over)."""

    spoken = QAccessible.Role.Chart

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts, self._now = [0] * 12, 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_counts(self, counts: Sequence[int], now: int) -> None:
        """Shows other numbers."""
        self._counts, self._now = list(counts), now
        shown = self._counts[: now or 12]
        said = "，".join(self.tr("{month}月 {n}").format(month=at, n=count) for at, count in enumerate(shown, 1))
        self.setAccessibleName(said)
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(260, theme.current().px(88))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints bars, numbers and months."""
        now, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        most, wide, high = max(1, *self._counts), self.width() / 12, self.height() - 38
        centre = int(Qt.AlignmentFlag.AlignCenter)
        for index, count in enumerate(self._counts):
            cell = QRectF(wide * index, 0, wide, self.height())
            ahead = bool(self._now) and index >= self._now
            tall = high * count / most
            bar = QRectF(cell.left() + 4, 18 + high - tall, wide - 8, tall)
            running = index == self._now - 1
            if count:
                painter.setPen(QPen(now.accent, 1))
                painter.setBrush(now.accent if running else now.accent_soft)
                painter.drawRoundedRect(bar, 2, 2)
                painter.setFont(now.font(11, 600 if running else 400))
                painter.setPen(now.text if running else now.text2)
                painter.drawText(QRectF(cell.left(), bar.top() - 17, wide, 16), centre, str(count))
            else:
                painter.setPen(QPen(now.line, 1))
                painter.drawLine(bar.bottomLeft(), bar.bottomRight())
            painter.setFont(now.font(11))
            painter.setPen(now.text3 if ahead else now.text2)
            painter.drawText(QRectF(cell.left(), self.height() - 17, wide, 16), centre, str(index + 1))
        painter.end()
