"""The ring of the yearly task: counted, waiting for review, still to do, and where an even pace would be today.

Colour is never alone: the waiting part is dashed, the pace is a stroke across, and a legend stands beside it (on
the page). Shows numbers it is given; it must not know how they are counted.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets import theme

_WIDTH = 16  # of the ring's band


class QuotaRing(QWidget):
    """``set_figures(target, counted, waiting, pace)``; ``pace`` None where no even pace applies."""

    spoken = QAccessible.Role.ProgressBar

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._target, self._counted, self._waiting = 0, 0.0, 0.0
        self._pace: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_figures(self, target: int, counted: float, waiting: float, pace: float | None) -> None:
        """Shows other figures; ``target`` 0 means no task was set for the year."""
        self._target, self._counted, self._waiting, self._pace = target, counted, waiting, pace
        self.setAccessibleName(
            self.tr("发现任务：已计入 {counted} 项，共 {target} 项，待审核 {waiting} 项").format(
                counted=f"{counted:g}", target=target, waiting=f"{waiting:g}"
            )
        )
        self.update()

    def spoken_value(self) -> str:
        """For a screen reader."""
        return f"{self._counted:g} / {self._target}"

    def sizeHint(self) -> QSize:
        """176 px square."""
        side = theme.current().px(176)
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        """It is not squeezed."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints band, dashes, pace stroke and the figure in the middle."""
        now, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = min(self.width(), self.height())
        box = QRectF(0, 0, side, side).adjusted(14, 14, -14, -14)
        target = max(self._target, 1)
        self._arc(painter, box, 0, 1, now.grey_soft)
        if now.grey_soft == now.surface:  # high contrast: what is still to do has its edges
            painter.setPen(QPen(now.border, 1))
            for edge in (_WIDTH / 2, -_WIDTH / 2):
                painter.drawEllipse(box.adjusted(-edge, -edge, edge, edge))
        done = min(self._counted / target, 1.0) if self._target else 0.0
        if done:
            self._arc(painter, box, 0, done, now.accent)
        waiting = min(self._waiting / target, 1.0 - done)
        if waiting > 0.001:
            self._waiting_part(painter, box, done, waiting)
        if self._pace is not None and self._target:
            self._pace_stroke(painter, box, min(self._pace / target, 1.0))
        self._figure(painter, QRectF(0, 0, side, side))
        painter.end()

    def _arc(self, painter: QPainter, box: QRectF, start: float, share: float, colour: object) -> None:
        painter.setPen(QPen(colour, _WIDTH, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))  # type: ignore[call-overload]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawArc(box, round((90 - 360 * start) * 16), round(-360 * 16 * share))

    def _waiting_part(self, painter: QPainter, box: QRectF, start: float, share: float) -> None:
        now, gap = theme.current(), 0.006
        start, share = start + gap, max(share - 2 * gap, 0.004)
        self._arc(painter, box, start, share, now.accent_soft)
        painter.setPen(QPen(now.accent, 1.5, Qt.PenStyle.CustomDashLine))
        pen = painter.pen()
        pen.setDashPattern([3, 2])
        painter.setPen(pen)
        half = _WIDTH / 2
        for edge in (half, -half):
            wider = box.adjusted(-edge, -edge, edge, edge)
            painter.drawArc(wider, round((90 - 360 * start) * 16), round(-5760 * share))
        centre, radius = box.center(), box.width() / 2
        for place in (start, start + share):
            painter.drawLine(_point(centre, radius - half, place), _point(centre, radius + half, place))

    def _pace_stroke(self, painter: QPainter, box: QRectF, place: float) -> None:
        centre, radius = box.center(), box.width() / 2
        painter.setPen(QPen(theme.current().text, 2.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawLine(_point(centre, radius - 14, place), _point(centre, radius + 14, place))

    def _figure(self, painter: QPainter, box: QRectF) -> None:
        now = theme.current()
        painter.setPen(now.text)
        painter.setFont(now.font(40, 600))
        top = QRectF(box.x(), box.center().y() - now.px(34), box.width(), now.px(48))
        painter.drawText(top, int(Qt.AlignmentFlag.AlignCenter), f"{self._counted:g}")
        painter.setPen(now.text2)
        painter.setFont(now.font(13))
        words = self.tr("/ {target} 项").format(target=self._target) if self._target else self.tr("还没有任务")
        below = top.translated(0, now.px(42)).adjusted(0, 0, 0, -now.px(24))
        painter.drawText(below, int(Qt.AlignmentFlag.AlignCenter), words)


def _point(centre: QPointF, radius: float, share: float) -> QPointF:
    from math import cos, pi, sin

    angle = 2 * pi * share - pi / 2
    return QPointF(centre.x() + radius * cos(angle), centre.y() + radius * sin(angle))
