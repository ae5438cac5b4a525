"""A section of a form: number, name, state, one line of what it holds when it is closed, and its fields in two columns.

Must not know which kind it belongs to.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.widgets import icons, theme
from desktop.widgets.card import ElidedLabel, button, text

_NARROW = 430  # px of a form below which its fields stand in one column


class StepMark(QWidget):
    """A small circle: a number (0: empty), a green check when done, an amber mark when something is open."""

    spoken = None  # decoration

    def __init__(self, number: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number, self._state = number, "open"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_state(self, state: str) -> None:
        """``open`` shows the number, ``done`` a check, ``warn`` a mark."""
        if state != self._state:
            self._state = state
            self.update()

    def state(self) -> str:
        """What it shows."""
        return self._state

    def sizeHint(self) -> QSize:
        """20 px across."""
        side = theme.current().px(20)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the circle."""
        now, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        fill = {"done": now.green_soft, "warn": now.amber_soft}.get(self._state)
        painter.setPen(now.control if fill is None else Qt.PenStyle.NoPen)
        painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(area)
        if self._state == "done":
            icons.paint(painter, "check", "green", self.width() / 2 - 6, self.height() / 2 - 6, 12)
        else:
            painter.setFont(now.font(12, 600 if self._state == "warn" else 400))
            painter.setPen(now.amber if self._state == "warn" else now.text2)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self._sign())
        painter.end()

    def _sign(self) -> str:
        return "!" if self._state == "warn" else str(self.number or "")


class FormSection(QFrame):
    """A card with a head that opens and closes it. ``toggled(name)`` when a person did."""

    toggled = Signal(str)

    def __init__(self, name: str, number: int, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.title = name, title
        self.setProperty("role", "card")
        self.setAccessibleName(title)
        self._open = True
        self._gaps = 0
        self._cells: list[tuple[QWidget, bool]] = []
        self._columns = 2
        self._mark = StepMark()
        self._title = text(f"{number}　{title}", "cardTitle")
        self._summary = ElidedLabel("", "secondary")
        self._state = text("", "warn")
        self._link = button(self.tr("收起"), "link")
        self._link.clicked.connect(self._on_link)
        head = QHBoxLayout()
        head.setContentsMargins(14, 8, 10, 8)
        head.setSpacing(10)
        for widget, stretch in (
            (self._mark, 0),
            (self._title, 0),
            (self._summary, 1),
            (self._state, 0),
            (self._link, 0),
        ):
            head.addWidget(widget, stretch)
        self._body = QWidget(self)
        self._grid = QGridLayout(self._body)
        self._grid.setContentsMargins(14, 2, 14, 14)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(10)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(head)
        whole.addWidget(self._body)
        self._say()

    def is_open(self) -> bool:
        """Whether its fields are shown."""
        return self._open

    def set_open(self, wide_open: bool) -> None:
        """Shows or hides its fields."""
        self._open = wide_open
        self._body.setVisible(wide_open)
        self._say()

    def set_state(self, gaps: int, filled: bool, summary: str) -> None:
        """``gaps`` things to do; ``filled``: nothing to do and something entered; ``summary`` for the closed head."""
        changed, self._gaps = gaps != self._gaps, gaps
        self._mark.set_state("warn" if gaps and filled else "done" if filled and not gaps else "open")
        self._summary.set_whole(summary)
        if changed:
            self._say()

    def set_number(self, number: int) -> None:
        """Its place among the sections that are shown."""
        self._title.setText(f"{number}　{self.title}")

    def state(self) -> str:
        """open, warn or done."""
        return self._mark.state()

    def set_current(self, current: bool) -> None:
        """Whether the focus is in it: an accent edge."""
        theme.set_role(self, "cardAccent" if current else "card")

    def place(self, cells: list[tuple[QWidget, bool]]) -> None:
        """Puts the widgets into the grid in reading order; True takes the whole width."""
        if cells == self._cells:
            return
        for widget, _wide in self._cells:
            self._grid.removeWidget(widget)
            widget.hide()
        self._cells = cells
        self._layout()

    def set_width(self, width: int) -> None:
        """Chooses one or two columns for the form's width in px."""
        columns = 1 if width < _NARROW else 2
        if columns != self._columns:
            self._columns = columns
            for widget, _wide in self._cells:
                self._grid.removeWidget(widget)
            self._layout()

    def _layout(self) -> None:
        for column in (0, 1):
            self._grid.setColumnStretch(column, 1 if column < self._columns else 0)
        self._grid.setColumnMinimumWidth(1, 0)
        row = column = 0
        previous: QWidget = self._link  # the head, then its fields: Tab goes as one reads
        for widget, wide in self._cells:
            span = self._columns if wide else 1
            if column + span > self._columns:
                row, column = row + 1, 0
            self._grid.addWidget(widget, row, column, 1, span, Qt.AlignmentFlag.AlignTop)
            widget.show()
            QWidget.setTabOrder(previous, widget)
            previous = widget
            column += span

    def _on_link(self) -> None:
        self.set_open(not self._open)
        self.toggled.emit(self.name)

    def _say(self) -> None:
        self._link.setText(self.tr("收起") if self._open else self.tr("展开"))
        said = self.tr("收起{title}") if self._open else self.tr("展开{title}")
        self._link.setAccessibleName(said.format(title=self.title))
        self._summary.setVisible(not self._open)
        policy = QSizePolicy.Policy.Expanding if self._open else QSizePolicy.Policy.Preferred
        self._title.setSizePolicy(policy, QSizePolicy.Policy.Preferred)
        self._state.setText(self.tr("{count} 处待补").format(count=self._gaps) if self._gaps else "")
        self._state.setVisible(bool(self._gaps))
