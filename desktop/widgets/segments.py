"""A switch of a few exclusive parts in one frame: years, kinds, periods. Arrow keys move, Tab passes by.

Must not know what its parts mean: it gives back the key of the chosen one.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from desktop.widgets import icons, theme


class _Segment(QAbstractButton):
    """One part: a word, a small note beside it, an optional icon before the note."""

    def __init__(self, words: str, small: bool) -> None:
        super().__init__()
        self.setText(words)
        self.setCheckable(True)
        self.setAccessibleName(words)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._note, self._tone, self._icon, self._small = "", "text2", "", small
        self.first = self.last = False

    def set_note(self, note: str, tone: str, icon_name: str) -> None:
        """The small words after the name (a count, "27/25")."""
        self._note, self._tone, self._icon = note, tone, icon_name
        self.setAccessibleName(f"{self.text()} {note}".strip())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Word, note and 12 px at each side."""
        now = theme.current()
        width = QFontMetrics(now.font(13 if self._small else 14, 600)).horizontalAdvance(self.text()) + 24
        if self._note:
            width += 7 + QFontMetrics(now.font(12)).horizontalAdvance(self._note) + (16 if self._icon else 0)
        return QSize(width, now.px(26 if self._small else 30))

    def minimumSizeHint(self) -> QSize:
        """Never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints ground, divider, word, note and focus."""
        now, painter, box = theme.current(), QPainter(self), QRectF(self.rect())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path = QPainterPath()
        path.addRoundedRect(box, 5 if self.first or self.last else 0, 5 if self.first or self.last else 0)
        if self.first and not self.last:
            path.addRect(box.adjusted(box.width() / 2, 0, 0, 0))
        elif self.last and not self.first:
            path.addRect(box.adjusted(0, 0, -box.width() / 2, 0))
        path.setFillRule(Qt.FillRule.WindingFill)
        if self.isChecked():
            painter.fillPath(path, now.accent_soft)
        elif self.underMouse():
            painter.fillPath(path, now.hover)
        if not self.first:
            painter.setPen(QPen(now.border, 1))
            painter.drawLine(QPointF(0.5, 0), QPointF(0.5, box.height()))
        self._words(painter, box)
        if self.hasFocus():
            painter.setPen(QPen(now.focus, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 4, 4)
        painter.end()

    def _words(self, painter: QPainter, box: QRectF) -> None:
        now, on = theme.current(), self.isChecked()
        x = (box.width() - self.sizeHint().width()) / 2 + 12
        painter.setFont(now.font(13 if self._small else 14, 600 if on else 400))
        painter.setPen(now.accent if on else now.text2)
        painter.drawText(box.adjusted(x, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), self.text())
        if self._note:
            x += painter.fontMetrics().horizontalAdvance(self.text()) + 7
            ink = now.accent if on else now.color(self._tone)
            if self._icon:
                icons.paint(painter, self._icon, ink, x, box.height() / 2 - 7, 14)
                x += 16
            painter.setFont(now.font(12))
            painter.setPen(ink)
            painter.drawText(box.adjusted(x, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), self._note)


class Segments(QWidget):
    """The switch; ``chosen`` carries the key of the part a person picked."""

    chosen = Signal(str)

    def __init__(self, name: str, *, small: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._small, self._parts = small, dict[str, _Segment]()
        self._group = QButtonGroup(self)
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(1, 1, 1, 1)
        self._line.setSpacing(0)
        self._group.idClicked.connect(lambda index: self.chosen.emit(list(self._parts)[index]))

    def add(self, key: str, words: str, note: str = "", *, tone: str = "text2", icon_name: str = "") -> None:
        """One more part at the right; the first one added is chosen."""
        part = _Segment(words, self._small)
        part.set_note(note, tone, icon_name)
        part.setChecked(not self._parts)
        part.setFocusPolicy(Qt.FocusPolicy.TabFocus if not self._parts else Qt.FocusPolicy.NoFocus)
        self._group.addButton(part, len(self._parts))
        self._parts[key] = part
        self._line.addWidget(part)
        parts = list(self._parts.values())
        for index, one in enumerate(parts):
            one.first, one.last = index == 0, index == len(parts) - 1

    def set_note(self, key: str, note: str, *, tone: str = "text2", icon_name: str = "") -> None:
        """Changes the small words of a part."""
        self._parts[key].set_note(note, tone, icon_name)

    def current(self) -> str:
        """The key of the chosen part."""
        return next(key for key, part in self._parts.items() if part.isChecked())

    def choose(self, key: str) -> None:
        """Chooses a part without telling anybody."""
        self._parts[key].setChecked(True)
        for part in self._parts.values():
            part.setFocusPolicy(Qt.FocusPolicy.TabFocus if part.isChecked() else Qt.FocusPolicy.NoFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right choose the neighbour."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        keys = list(self._parts)
        key = keys[(keys.index(self.current()) + step) % len(keys)]
        self.choose(key)
        self._parts[key].setFocus(Qt.FocusReason.TabFocusReason)
        self.chosen.emit(key)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the frame around the parts."""
        now, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(now.control, 1))
        painter.setBrush(now.surface)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.end()
