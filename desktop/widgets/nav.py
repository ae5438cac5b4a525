"""The sidebar: pages with counts, the sync box and the person; narrow (icons only) where room is short.

One list, one stop for Tab, arrows move inside, Enter opens. Counts are painted as plain numbers or badges and
spoken with the name. Must not know pages: it gives back keys.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListView,
    QProgressBar,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
)  # fmt: skip

from desktop.widgets import theme
from desktop.widgets.card import ElidedLabel
from desktop.widgets.chip import badge_width, paint_badge
from desktop.widgets.icons import IconLabel, paint

WIDE, NARROW = 208, 56
_KEY, _ICON, _COUNT, _TONE = (Qt.ItemDataRole.UserRole + n for n in range(1, 5))
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class NavItem:
    """One page in the list; without ``key`` it is a heading."""

    key: str
    words: str
    icon: str = ""


class _Delegate(QStyledItemDelegate):
    narrow = False
    ring = False  # the focus came by keyboard

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        heading = not index.data(_KEY)
        if self.narrow:
            return QSize(40, 13 if heading else 40)  # eight pages fit a window of 500 px
        return QSize(40, theme.current().px(34 if heading else 36))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        now = theme.current()
        box: QRect = option.rect  # type: ignore[attr-defined]
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not index.data(_KEY):
            self._heading(painter, box, str(index.data()))
            painter.restore()
            return
        on = bool(state & QStyle.StateFlag.State_Selected)
        cell = box.adjusted(0, 2, 0, -2) if self.narrow else box.adjusted(0, 0, 0, -2)
        painter.setPen(Qt.PenStyle.NoPen)
        if on or state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(now.accent_soft if on else now.hover)
            painter.drawRoundedRect(cell, 8 if self.narrow else 6, 8 if self.narrow else 6)
        if on:
            painter.setBrush(now.accent)
            painter.drawRoundedRect(QRect(cell.left(), cell.top() + 8, 3, cell.height() - 16), 1.5, 1.5)
        if state & QStyle.StateFlag.State_HasFocus and self.ring:
            painter.setPen(now.focus)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(cell.adjusted(1, 1, -1, -1), 6, 6)
        self._inside(painter, cell, index, on)
        painter.restore()

    def _heading(self, painter: QPainter, box: QRect, words: str) -> None:
        now = theme.current()
        if self.narrow:
            painter.setPen(now.border)
            painter.drawLine(box.left() + 8, box.center().y(), box.right() - 8, box.center().y())
            return
        painter.setPen(now.text3)
        painter.setFont(now.font(12))
        painter.drawText(box.adjusted(10, 10, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), words)

    def _inside(self, painter: QPainter, cell: QRect, index: Index, on: bool) -> None:
        now = theme.current()
        ink = now.accent if on else now.text2
        count, tone = int(index.data(_COUNT) or 0), str(index.data(_TONE) or "")
        if self.narrow:
            paint(painter, str(index.data(_ICON)), ink, cell.center().x() - 9, cell.center().y() - 9, 20)
            if count and tone:
                width = max(16, badge_width(count) - 4)
                paint_badge(painter, QRect(cell.right() - width, cell.top() + 2, width, 16), count, tone)
            return
        paint(painter, str(index.data(_ICON)), ink, cell.left() + 10, cell.center().y() - 8, 18)
        painter.setPen(ink)
        painter.setFont(now.font(14, 600 if on else 400))
        words = cell.adjusted(38, 0, -36 if count else -8, 0)
        cut = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter), cut)
        if count and tone:
            width = badge_width(count)
            paint_badge(painter, QRect(cell.right() - 9 - width, cell.center().y() - 8, width, 18), count, tone)
        elif count:
            painter.setFont(now.font(12, 600 if on else 400))
            painter.setPen(now.accent if on else now.text3)
            right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            painter.drawText(cell.adjusted(0, 0, -10, 0), right, str(count))


class _List(QListView):
    """The list of pages."""

    opened = Signal(str)

    def __init__(self, name: str, items: list[NavItem]) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setProperty("role", "nav")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self._rows = QStandardItemModel(self)
        for item in items:
            row = QStandardItem(item.words)
            row.setData(item.key, _KEY)
            row.setData(item.icon, _ICON)
            row.setToolTip(item.words if item.key else "")
            usable = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
            row.setFlags(usable if item.key else Qt.ItemFlag.NoItemFlags)
            row.setData(item.words, Qt.ItemDataRole.AccessibleTextRole)
            self._rows.appendRow(row)
        self.setModel(self._rows)
        self._look = _Delegate(self)
        self.setItemDelegate(self._look)
        self.clicked.connect(self._open)
        self.activated.connect(self._open)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """A ring only where the keyboard brought the focus."""
        keyed = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
        self._look.ring = event.reason() in keyed
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Moving by arrows shows the ring."""
        self._look.ring = True
        super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        if index.data(_KEY):
            self.opened.emit(str(index.data(_KEY)))

    def set_narrow(self, narrow: bool) -> None:
        """Icons only."""
        self._look.narrow = narrow
        self.scheduleDelayedItemsLayout()
        self.updateGeometry()

    def row_of(self, key: str) -> QStandardItem | None:
        """The row of a page."""
        return next((row for n in range(self._rows.rowCount()) if (row := self._rows.item(n)).data(_KEY) == key), None)

    def mark(self, key: str) -> None:
        """Shows which page is open."""
        row = self.row_of(key)
        if row is None:
            self.clearSelection()
        else:
            self.setCurrentIndex(row.index())

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        option = QStyleOptionViewItem()
        rows = range(self._rows.rowCount())
        height = sum(self._look.sizeHint(option, self._rows.index(n, 0)).height() for n in rows)
        return QSize(40, height + 2)


class SyncBox(QFrame):
    """What waits here and how the last round went; figures are given, not fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 9, 10, 9)
        column.setSpacing(3)
        head = QHBoxLayout()
        head.setSpacing(8)
        self._icon = IconLabel("cloud-upload", "amber", 16)
        self._head = ElidedLabel("", "strong")
        head.addWidget(self._icon)
        head.addWidget(self._head, 1)
        column.addLayout(head)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.hide()
        column.addWidget(self._bar)
        self._first, self._second = ElidedLabel("", "meta"), ElidedLabel("", "meta")
        column.addWidget(self._first)
        column.addWidget(self._second)

    def show_state(
        self, icon_name: str, tint: str, head: str, first: str, second: str = "", *, percent: int | None = None
    ) -> None:
        """Shows another state; with ``percent`` a bar."""
        self._icon.set_icon(icon_name, tint)
        self._head.set_whole(head)
        self._first.set_whole(first)
        self._second.set_whole(second)
        self._second.setVisible(bool(second))
        self._bar.setVisible(percent is not None)
        self._bar.setValue(percent or 0)
        self._bar.setAccessibleName(head)
        self.setAccessibleName(f"{head} {first} {second}".strip())


class _Person(QToolButton):
    """The person; opens the menu with everything a key can do."""

    def __init__(self, name: str, unit: str) -> None:
        super().__init__()
        self.setProperty("role", "flat")
        self._name, self._unit, self.narrow = name, unit, False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def sizeHint(self) -> QSize:
        return QSize(40, theme.current().px(40))

    def paintEvent(self, event: object) -> None:
        now, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.underMouse() or self.hasFocus():
            painter.setBrush(now.hover)
            painter.drawRoundedRect(self.rect(), 6, 6)
        if self.hasFocus():
            painter.setPen(now.focus)
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 6, 6)
            painter.setPen(Qt.PenStyle.NoPen)
        left = (self.width() - 30) // 2 if self.narrow else 4
        circle = QRect(left, (self.height() - 30) // 2, 30, 30)
        painter.setBrush(now.accent_soft)
        painter.drawEllipse(circle)
        painter.setPen(now.accent)
        painter.setFont(now.font(13, 600))
        painter.drawText(circle, int(Qt.AlignmentFlag.AlignCenter), self._name[:1])
        if not self.narrow:
            box = self.rect().adjusted(43, 3, -2, -3)
            half = box.height() // 2
            self._line(painter, box.adjusted(0, 0, 0, -half), self._name, 13, 600, "text")
            self._line(painter, box.adjusted(0, half, 0, 0), self._unit, 12, 400, "text3")
        painter.end()

    def _line(self, painter: QPainter, box: QRect, words: str, pixels: int, weight: int, ink: str) -> None:
        now = theme.current()
        painter.setFont(now.font(pixels, weight))
        painter.setPen(now.color(ink))
        cut = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), cut)


class Nav(QFrame):
    """The whole sidebar; ``opened`` carries the key of a page. ``person`` takes the menu."""

    opened = Signal(str)

    def __init__(self, items: list[NavItem], below: list[NavItem], name: str, unit: str) -> None:
        super().__init__()
        self.setProperty("role", "side")
        self._column = QVBoxLayout(self)
        self._column.setSpacing(6)
        self.list = _List(self.tr("页面"), items)
        self._below = _List(self.tr("设置"), below)
        self.box = SyncBox()
        self.person = _Person(name, unit)
        self.person.setAccessibleName(self.tr("{name}，{unit}，打开菜单").format(name=name, unit=unit))
        self.person.setToolTip(self.tr("菜单（F10）"))
        self._column.addWidget(self.list, 1)
        self._column.addWidget(self._below)
        self._column.addWidget(self.box)
        self._column.addWidget(self.person)
        for part in (self.list, self._below):
            part.opened.connect(self.opened.emit)
        self._below.setFixedHeight(self._below.sizeHint().height())
        self.set_narrow(False)

    def set_narrow(self, narrow: bool) -> None:
        """Icons only, 56 px."""
        self.narrow = narrow
        self.setFixedWidth(NARROW if narrow else WIDE)
        self._column.setContentsMargins(*((8, 10, 8, 10) if narrow else (10, 10, 10, 8)))
        self.list.set_narrow(narrow)
        self._below.set_narrow(narrow)
        self._below.setFixedHeight(self._below.sizeHint().height())
        self.box.setVisible(not narrow)
        self.person.narrow = narrow
        self.person.update()

    def mark(self, key: str) -> None:
        """Shows which page is open."""
        self.list.mark(key)
        self._below.mark(key)

    def set_count(self, key: str, count: int, tone: str = "") -> None:
        """The number beside a page; with a tone it is a badge that wants attention."""
        row = self.list.row_of(key)
        if row is not None:
            row.setData(count, _COUNT)
            row.setData(tone, _TONE)
            words = self.tr("{page}，{count} 条").format(page=row.text(), count=count) if count else row.text()
            row.setData(words, Qt.ItemDataRole.AccessibleTextRole)
            row.setToolTip(words)
