"""The steps of a longer task as a column on the accent colour: done, now, to come. Must not know the task."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QAccessible, QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets import icons, theme

_ROW = 76


class StepRail(QWidget):
    """Heading, sentence, steps with a line of detail each, and a word at the foot."""

    spoken = QAccessible.Role.StaticText

    def __init__(
        self, heading: str, words: str, steps: Sequence[str], foot: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._heading, self._words, self._foot = heading, words, foot
        self._steps = list(steps)
        self._details = [""] * len(self._steps)
        self._now, self._narrow = 0, False
        self.set_narrow(False)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._speak()

    def set_narrow(self, narrow: bool) -> None:
        """Less room for itself in a narrow window."""
        self._narrow = narrow
        self.setFixedWidth(theme.current().px(288 if narrow else 392))

    def set_step(self, now: int, details: Sequence[str]) -> None:
        """Which step one is at (from 0), and what stands below each."""
        self._now, self._details = now, list(details)
        self._speak()
        self.update()

    def _speak(self) -> None:
        if self._now >= len(self._steps):
            return
        words = self.tr("第 {number} 步，共 {count} 步：{name}").format(
            number=self._now + 1, count=len(self._steps), name=self._steps[self._now]
        )
        self.setAccessibleName(words)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints everything on the accent colour."""
        painter = QPainter(self)
        now, (ground, ink) = theme.current(), _inks()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), ground)
        soft = QColor(ink)
        soft.setAlphaF(0.85)  # 5.0:1 on the accent
        left = now.px(26 if self._narrow else 44)
        width = self.width() - 2 * left
        low = self.height() < now.px(600)
        top = now.px(24 if low else 56)
        painter.setPen(ink)
        painter.setFont(now.font(22 if low else 26, 600))
        area = QRectF(left, top, width, now.px(80))
        head = painter.boundingRect(area, Qt.TextFlag.TextWordWrap, self._heading)
        painter.drawText(area, Qt.TextFlag.TextWordWrap, self._heading)
        painter.setPen(soft)
        painter.setFont(now.font(14))
        below = QRectF(left, head.bottom() + now.px(10), width, now.px(60))
        said = painter.boundingRect(below, Qt.TextFlag.TextWordWrap, self._words)
        painter.drawText(below, Qt.TextFlag.TextWordWrap, self._words)
        y = said.bottom() + now.px(18 if low else 56)
        row = now.px(58 if low else _ROW)
        for place in range(len(self._steps)):
            self._paint_step(painter, place, left, y + place * row, row)
        painter.setPen(soft)
        painter.setFont(now.font(13))
        foot = QRectF(left, self.height() - now.px(80), width, now.px(60))
        if y + len(self._steps) * row < foot.top():
            painter.drawText(foot, Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignBottom, self._foot)
        painter.end()

    def _paint_step(self, painter: QPainter, place: int, left: float, y: float, row: float) -> None:
        now, (ground, ink) = theme.current(), _inks()
        side = now.px(26)
        circle = QRectF(left, y, side, side)
        faint = QColor(ink)
        faint.setAlphaF(0.25 if place < self._now else 0.8)
        current = place == self._now
        painter.setPen(Qt.PenStyle.NoPen if place <= self._now else QPen(faint, 1.5))
        painter.setBrush(ink if current else faint if place < self._now else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(circle)
        if place < self._now:
            icons.paint(painter, "check", ink, circle.center().x() - 8, circle.center().y() - 8, 16)
        else:
            painter.setFont(now.font(13, 600 if current else 400))
            painter.setPen(ground if current else ink)
            painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, str(place + 1))
        painter.setPen(ink)
        painter.setFont(now.font(15, 600 if current else 400))
        x = circle.right() + 14
        room = self.width() - x - 20
        painter.drawText(QRectF(x, y - 1, room, now.px(22)), Qt.AlignmentFlag.AlignVCenter, self._steps[place])
        painter.setFont(now.font(13))
        detail = painter.fontMetrics().elidedText(self._details[place], Qt.TextElideMode.ElideMiddle, int(room))
        painter.drawText(QRectF(x, y + now.px(21), room, now.px(20)), Qt.AlignmentFlag.AlignVCenter, detail)
        if place < len(self._steps) - 1:
            faint.setAlphaF(0.5)
            painter.setPen(QPen(faint, 1.5))
            middle = circle.center().x()
            painter.drawLine(QPointF(middle, circle.bottom() + 4), QPointF(middle, y + row - 4))


def _inks() -> tuple[QColor, QColor]:
    """(ground, words): a large field of the accent colour would glare in the dark, so its deep shade stands there."""
    now = theme.current()
    return (now.accent_soft, now.text) if now.dark else (now.accent, now.on_accent)
