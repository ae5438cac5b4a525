"""Beside a form: how far it is, its sections, and what is still to do before it can be submitted.

Every line leads to its place in the form. The words are the same as beside the field. Must not know rules: it shows
``Check`` lines somebody else made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from desktop.widgets import icons, theme
from desktop.widgets.card import Card, ElidedLabel, clear, text
from desktop.widgets.form_section import StepMark

State = Literal["done", "todo", "look"]
_LOOK = {"done": ("circle-check", "green"), "todo": ("circle-dashed", "amber"), "look": ("info", "text3")}


@dataclass(frozen=True, slots=True)
class Check:
    """A line: ``todo`` stops a submission, ``look`` does not. ``field`` is where the line leads, "" for nowhere."""

    state: State
    title: str
    detail: str = ""
    field: str = ""


class _Line(QAbstractButton):
    """A check as a button with one or two texts that wrap."""

    def __init__(self, check: Check, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.check = check
        self.setText(check.title)
        self.setAccessibleName(" ".join(part for part in (check.title, check.detail) if part))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if check.field else Qt.FocusPolicy.NoFocus)
        self.setEnabled(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor if check.field else Qt.CursorShape.ArrowCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        """Its texts wrap."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The height at ``width`` px."""
        title, detail = self._areas(width)
        return detail.bottom() + 5 if self.check.detail else title.bottom() + 5

    def sizeHint(self) -> QSize:
        """Its height at the width it has."""
        return QSize(180, self.heightForWidth(max(self.width(), 120)))

    def _areas(self, width: int) -> tuple[QRect, QRect]:
        now = theme.current()
        flags = int(Qt.TextFlag.TextWordWrap)
        room = QRect(24, 4, max(width - 26, 40), 1000)
        title = QFontMetrics(self._font()).boundingRect(room, flags, self.check.title)
        below = QRect(24, title.bottom() + 1, room.width(), 1000)
        return title, QFontMetrics(now.font(12)).boundingRect(below, flags, self.check.detail)

    def _font(self) -> QFont:
        return theme.current().font(13, 600 if self.check.state == "todo" else 400)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints icon and texts."""
        now, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.check.field and self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.hover)
            painter.drawRoundedRect(self.rect(), 4, 4)
        name, token = _LOOK[self.check.state]
        icons.paint(painter, name, token, 2, 5, 16)
        title, detail = self._areas(self.width())
        flags = int(Qt.TextFlag.TextWordWrap)
        painter.setFont(self._font())
        painter.setPen(now.text if self.check.state == "todo" else now.text2)
        painter.drawText(title.adjusted(0, 0, 4, 4), flags, self.check.title)
        if self.check.detail:
            painter.setFont(now.font(12))
            painter.setPen(now.text3)
            painter.drawText(detail.adjusted(0, 0, 4, 4), flags, self.check.detail)
        if self.hasFocus():
            painter.setPen(QPen(now.focus, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        painter.end()


class SectionLine(QAbstractButton):
    """A section of the form in the list at the left: mark, name, what is open."""

    def __init__(self, name: str, title: str, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self._title = title
        self._note, self._current = "", False
        self._mark = StepMark(number, self)
        self._mark.move(9, 7)
        self.setFixedHeight(theme.current().px(34))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(title)
        self.setAccessibleName(title)

    def set_state(self, state: str, note: str, current: bool) -> None:
        """open, done or warn; ``note`` at the right end."""
        self._mark.set_state(state)
        self._note, self._current = note, current
        self.setAccessibleDescription(note)
        self.update()

    def set_number(self, number: int) -> None:
        """Its place among the sections that are shown."""
        if self._mark.number != number:
            self._mark.number = number
            self._mark.update()

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(180, theme.current().px(34))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints name and note; the current section is filled."""
        now, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if self._current or self.underMouse():
            painter.setBrush(now.accent_soft if self._current else now.hover)
            painter.drawRoundedRect(self.rect(), 6, 6)
        note = QFontMetrics(now.font(12)).horizontalAdvance(self._note)
        painter.setFont(now.font(14, 600 if self._current else 400))
        painter.setPen(now.accent if self._current else now.text2)
        room = QRect(38, 0, self.width() - 38 - note - 16, self.height())
        title = painter.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, title)
        painter.setFont(now.font(12))
        painter.setPen(now.amber if self._mark.state() == "warn" else now.text3)
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(self.rect().adjusted(0, 0, -9, 0), right, self._note)
        if self.hasFocus():
            painter.setPen(QPen(now.focus, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.end()


class FormProgress(QWidget):
    """How far a form is: a bar and its sections. ``asked(section)`` when one is chosen."""

    asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figure = text("", "secondary")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("填写进度"))
        self._lines: dict[str, SectionLine] = {}
        head = QHBoxLayout()
        head.setContentsMargins(4, 0, 4, 0)
        head.addWidget(text(self.tr("填写进度"), "strong"))
        head.addStretch(1)
        head.addWidget(self._figure)
        bar = QHBoxLayout()
        bar.setContentsMargins(4, 0, 4, 2)
        bar.addWidget(self._bar)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._column.addLayout(head)
        self._column.addLayout(bar)
        self._list = QVBoxLayout()
        self._list.setSpacing(1)
        self._column.addLayout(self._list)

    def set_sections(self, sections: Sequence[tuple[str, str]]) -> None:
        """The sections as (name, title)."""
        clear(self._list)
        self._lines = {}
        for number, (name, title) in enumerate(sections, 1):
            line = SectionLine(name, title, number)
            line.clicked.connect(lambda _=False, name=name: self.asked.emit(name))
            self._lines[name] = line
            self._list.addWidget(line)

    def set_state(self, name: str, state: str, note: str, *, current: bool, shown: bool = True) -> None:
        """What a section's line says."""
        self._lines[name].set_state(state, note, current)
        self._lines[name].setVisible(shown)
        shown_lines = [one for one in self._lines.values() if not one.isHidden()]
        for number, one in enumerate(shown_lines, 1):
            one.set_number(number)

    def set_figure(self, filled: int, needed: int) -> None:
        """The count of what must be filled."""
        self._figure.setText(self.tr("{filled} / {needed} 项").format(filled=filled, needed=needed))
        self._bar.setRange(0, max(needed, 1))
        self._bar.setValue(filled)


class Checklist(Card):
    """What is still to do. ``asked(field)`` when a line is chosen."""

    asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setAccessibleName(self.tr("提交前检查"))
        self.body.setContentsMargins(12, 10, 12, 10)
        self.body.setSpacing(2)
        head = QHBoxLayout()
        head.setSpacing(7)
        head.addWidget(icons.IconLabel("list-checks", "text2"))
        head.addWidget(ElidedLabel(self.tr("提交前检查"), "strong"), 1)
        self._figure = text("", "warn")
        head.addWidget(self._figure)
        self.body.addLayout(head)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(0)
        self.body.addLayout(self._lines)
        self._shown: list[Check] = []

    def set_checks(self, checks: Sequence[Check]) -> None:
        """Shows the lines: what stops first, then what is worth a look, then what is done."""
        order = {"todo": 0, "look": 1, "done": 2}
        lines = sorted(checks, key=lambda check: order[check.state])
        if lines == self._shown:
            return
        self._shown = lines
        clear(self._lines)
        for check in lines:
            line = _Line(check)
            if check.field:
                line.clicked.connect(lambda _=False, field=check.field: self.asked.emit(field))
            self._lines.addWidget(line)
        left = sum(check.state == "todo" for check in lines)
        self._figure.setText(self.tr("还差 {count} 项").format(count=left) if left else self.tr("可以提交"))
        theme.set_role(self._figure, "warn" if left else "ok")

    def checks(self) -> list[Check]:
        """The lines as they stand."""
        return list(self._shown)
