"""The year as a stair of what was counted against the dashed line of an even pace. No forecast is drawn as fact.

Takes days and numbers; it must not know how anything is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets import language, theme

LABEL = 17  # px a label is high


class PaceChart(QWidget):
    """``set_year(year, target, days, today, counted)``: ``days`` are the (day, credit) of what counts."""

    spoken = QAccessible.Role.Chart

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._year, self._target, self._today = 2026, 0, date(2026, 1, 1)
        self._days: list[tuple[date, float]] = []
        self._counted = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(150)

    def set_year(self, year: int, target: int, days: Sequence[tuple[date, float]], today: date, counted: float) -> None:
        """Shows another year; days outside it are ignored, ``counted`` is the platform's own total."""
        self._year, self._target, self._today, self._counted = year, target, today, counted
        self._days = sorted(day for day in days if day[0].year == year)
        words = self.tr("{year} 年已计入 {counted} 项，任务 {target} 项")
        self.setAccessibleName(words.format(year=year, counted=f"{counted:g}", target=target))
        self.update()

    def sizeHint(self) -> QSize:
        """Wide; the page decides."""
        return QSize(440, 200)

    def _share(self, day: date) -> float:
        first = date(self._year, 1, 1)
        whole = (date(self._year + 1, 1, 1) - first).days
        return min(max((day - first).days / whole, 0.0), 1.0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints grid, even pace, stair and today."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(26, 12, -14, -26)
        top = max(self._target, int(self._counted), 5)
        top = -(-top // 5) * 5
        self._grid(painter, box, top)
        if self._target:
            self._pace(painter, box, top)
        self._stair(painter, box, top)
        painter.end()

    def _grid(self, painter: QPainter, box: QRectF, top: int) -> None:
        now = theme.current()
        painter.setFont(now.font(12))
        step = max(5, -(-top // 5 // 5) * 5)
        for value in range(0, top + 1, step):
            y = round(box.bottom() - box.height() * value / top) + 0.5
            painter.setPen(QPen(now.border if value == 0 else now.line, 1))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.setPen(now.text3)
            left = QRectF(box.left() - 30, y - 9, 22, 18)
            painter.drawText(left, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), str(value))
        wide = box.width() / 12
        for month in range(1, 13):
            words = self.tr("{month}月").format(month=month) if language.lang() == "zh" else str(month)
            cell = QRectF(box.left() + wide * (month - 1), box.bottom() + 6, wide, 18)
            painter.drawText(cell, int(Qt.AlignmentFlag.AlignCenter), words)

    def _pace(self, painter: QPainter, box: QRectF, top: int) -> None:
        pen = QPen(theme.current().text3, 1.3, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.drawLine(box.bottomLeft(), QPointF(box.right(), box.bottom() - box.height() * self._target / top))

    def _stair(self, painter: QPainter, box: QRectF, top: int) -> None:
        now = theme.current()
        over = self._today.year > self._year
        before = self._today.year < self._year
        end = 0.0 if before else 1.0 if over else self._share(self._today)
        line, total = [QPointF(box.left(), box.bottom())], 0.0
        for day, credit in self._days:
            x = box.left() + box.width() * min(self._share(day), end)
            line.append(QPointF(x, box.bottom() - box.height() * total / top))
            total += credit
            line.append(QPointF(x, box.bottom() - box.height() * total / top))
        right = box.left() + box.width() * end
        line.append(QPointF(right, box.bottom() - box.height() * total / top))
        if total or end:
            ground = QPolygonF([*line, QPointF(right, box.bottom())])
            fill = now.accent_soft
            painter.setPen(Qt.PenStyle.NoPen)
            fill.setAlphaF(0.75)
            painter.setBrush(fill)
            painter.drawPolygon(ground)
            painter.setPen(QPen(now.accent, 2))
            painter.drawPolyline(QPolygonF(line))
        if not before and not over:
            self._marks(painter, box, top, right)

    def _marks(self, painter: QPainter, box: QRectF, top: int, x: float) -> None:
        now = theme.current()
        painter.setPen(QPen(now.text3, 1))
        painter.drawLine(QPointF(round(x) + 0.5, box.top() - 6), QPointF(round(x) + 0.5, box.bottom()))
        here = box.bottom() - box.height() * self._counted / top
        words = {
            "today": self.tr("今天 {month}月{day}日").format(month=self._today.month, day=self._today.day),
            "counted": self.tr("已计入 {n}").format(n=f"{self._counted:g}"),
        }
        wide = {key: QFontMetrics(now.font(12, 600)).horizontalAdvance(one) + 12 for key, one in words.items()}
        fits = {"counted": x < box.right() + 14 - wide["counted"],  # left of the line it would lie on the stair
                "today": x < box.right() - wide["today"] - 30}  # at the end stands the line of the even pace
        left = x > box.left() + 110
        taken: dict[bool, list[float]] = {True: [], False: []}  # heights of labels right and left of the line

        def label(said: str, wanted: float, on_right: bool, ink: str, strong: bool = False) -> None:
            at = _free(wanted, taken[on_right], box)
            taken[on_right].append(at)
            self._say(
                painter, said, QPointF(x + (9 if on_right else -9), at), right=not on_right, ink=ink, strong=strong
            )

        label(words["today"], box.top() - 2, fits["today"], "text2")
        if self._target:
            even = self._target * self._share(self._today)
            y = box.bottom() - box.height() * even / top
            painter.setBrush(now.surface)
            painter.setPen(QPen(now.text3, 1.5))
            painter.drawEllipse(QPointF(x, y), 4, 4)
            label(self.tr("按进度应到 {n}").format(n=round(even)), y - 12, not left, "text2")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(now.accent)
        painter.drawEllipse(QPointF(x, here), 4, 4)
        label(words["counted"], here + (10 if fits["counted"] else 14), fits["counted"], "accent", True)

    def _say(self, painter: QPainter, words: str, at: QPointF, *, right: bool, ink: str, strong: bool = False) -> None:
        now = theme.current()
        painter.setFont(now.font(12, 600 if strong else 400))
        painter.setPen(now.color(ink))
        width = painter.fontMetrics().horizontalAdvance(words) + 2
        box = QRectF(at.x() - width if right else at.x(), at.y() - 9, width, 18)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), words)


def _free(wanted: float, taken: list[float], box: QRectF) -> float:
    """A height for a label near ``wanted`` that no other label has, inside the chart."""
    wanted = min(wanted, box.bottom() - 11)
    for shift in (0, 18, -18, 36, -36):
        at = wanted + shift
        if all(abs(at - other) >= LABEL for other in taken) and box.top() - 4 <= at <= box.bottom() - 8:
            return at
    return wanted
