"""A record's way as a line of steps: done, here, trouble, still ahead. Icons and words, not colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets import icons, theme


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name, small words below, and how far it is."""

    name: str
    note: str
    state: Literal["done", "here", "bad", "ahead"]


class Stepper(QWidget):
    """``set_steps`` shows them from left to right."""

    spoken = QAccessible.Role.StaticText

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: list[Step] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_steps(self, steps: Sequence[Step]) -> None:
        """Shows other steps."""
        self._steps = list(steps)
        said = {
            "done": self.tr("已完成"),
            "here": self.tr("进行中"),
            "bad": self.tr("需要处理"),
            "ahead": self.tr("未开始"),
        }
        self.setAccessibleName("；".join(f"{step.name} {said[step.state]} {step.note}".strip() for step in steps))
        self.update()

    def sizeHint(self) -> QSize:
        """As high as circle, name and note."""
        return QSize(600, theme.current().px(88))

    def minimumSizeHint(self) -> QSize:
        """Steps may come close."""
        return QSize(300, theme.current().px(88))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints line, circles, names and notes."""
        if not self._steps:
            return
        now, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wide, middle = self.width() / len(self._steps), 26.0
        for index, step in enumerate(self._steps):
            x = wide * (index + 0.5)
            if index:
                painter.setPen(QPen(now.border if step.state == "ahead" else now.green, 2))
                painter.drawLine(QPointF(x - wide + 15, middle), QPointF(x - 15, middle))  # its square ends stay outside
            self._circle(painter, x, middle, index, step)
            box = QRectF(x - wide / 2 + 2, middle + 18, wide - 4, now.px(19))
            ink = {"bad": now.red, "ahead": now.text2, "here": now.accent}.get(step.state, now.text)
            self._line(painter, box, step.name, 13, 400 if step.state == "ahead" else 600, ink)
            self._line(painter, box.translated(0, now.px(18)), step.note, 12, 400, now.text3)
        painter.end()

    def _circle(self, painter: QPainter, x: float, y: float, index: int, step: Step) -> None:
        now = theme.current()
        fill = {"done": now.green, "bad": now.red, "here": now.accent}.get(step.state, now.surface)
        painter.setBrush(fill)
        painter.setPen(QPen(now.border if step.state == "ahead" else fill, 2))
        painter.drawEllipse(QPointF(x, y), 12, 12)
        if step.state == "ahead" or step.state == "here":
            ink = now.text3 if step.state == "ahead" else now.on_accent
            self._line(painter, QRectF(x - 12, y - 12, 24, 24), str(index + 1), 12, 400, ink)
        else:
            icons.paint(painter, "check" if step.state == "done" else "corner-up-left", now.surface, x - 7, y - 7, 14)

    def _line(self, painter: QPainter, box: QRectF, words: str, pixels: int, weight: int, ink: object) -> None:
        painter.setFont(theme.current().font(pixels, weight))
        painter.setPen(ink)
        cut = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(box.width()))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), cut)
