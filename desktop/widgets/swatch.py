"""The little samples of a legend: filled, dashed, empty, a stroke, a line, a dashed line."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets import theme


class Swatch(QWidget):
    """``look`` is full, dashed, empty, stroke, line or dash."""

    spoken = None  # decoration

    def __init__(self, look: str) -> None:
        super().__init__()
        self._look = look
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """12 px square."""
        return QSize(12, 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the sample."""
        now, painter, box = theme.current(), QPainter(self), QRectF(0, 0, 12, 12)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._look in ("line", "dash", "stroke"):
            upright = self._look == "stroke"
            pen = QPen(
                now.text if upright else now.accent if self._look == "line" else now.text3, 2.5 if upright else 2
            )
            if self._look == "dash":
                pen.setStyle(Qt.PenStyle.CustomDashLine)
                pen.setWidthF(1.5)
                pen.setDashPattern([2, 1.5])
            painter.setPen(pen)
            ends = (QPointF(6, 0), QPointF(6, 12)) if upright else (QPointF(0, 6), QPointF(12, 6))
            painter.drawLine(*ends)
        else:
            fill = {"full": now.accent, "dashed": now.accent_soft}.get(self._look, now.grey_soft)
            pen = QPen(now.accent, 1.2)
            pen.setDashPattern([2, 1.5])
            painter.setPen(pen if self._look == "dashed" else Qt.PenStyle.NoPen)
            painter.setBrush(fill)
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.end()
