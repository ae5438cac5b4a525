"""The view of a record list: groups fold, rows are chosen by box, Shift and Ctrl, Enter opens, Space looks.

It keeps chosen rows, current row and scroll position when the rows are read again. Must not read anything itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from desktop.models.record_table import AWAY, RecordTable
from desktop.pages.record_delegate import GROUP, ROW, RecordDelegate
from desktop.widgets import language, theme
from desktop.widgets.icons import icon
from sync.records import Row

WIDTHS = {"check": 44, "number": 92, "industry": 132, "day": 96, "amount": 96, "state": 100, "papers": 136, "sync": 104, "counted": 64}
ENGLISH = {**WIDTHS, "number": 100, "amount": 112, "state": 112, "sync": 128}
LEAST_NAME = 180
LEAVING = ("industry", "day", "papers", "number", "amount", "counted")


class RecordList(QTableView):
    """``chosen``: the chosen rows changed; ``looked``: another current record (its id, or ""); ``opened``: its id; ``peeked``: Space."""

    chosen = Signal()
    looked = Signal(str)
    opened = Signal(str)
    peeked = Signal()

    def __init__(
        self, kinds: Sequence[str], name: str, percent: Callable[[str], int | None] | None = None,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.table = RecordTable(kinds, language.lang(), icon("square", "control"), self)
        self.setModel(self.table)
        self.setItemDelegate(RecordDelegate(self, percent))
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(20)
        self._sorted: tuple[int, Qt.SortOrder] | None = None
        self._away = set(AWAY)
        self._columns()
        self.selectionModel().selectionChanged.connect(lambda *_: self._picked())
        self.selectionModel().currentRowChanged.connect(lambda now, _old: self._looked(now))
        self.doubleClicked.connect(self._open)
        theme.changes.changed.connect(self.show_look)

    def _columns(self) -> None:
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setFixedHeight(theme.current().px(32))
        head.setSectionsMovable(True)
        head.setMinimumSectionSize(40)
        head.setSectionsClickable(True)
        head.setSortIndicatorShown(False)
        for at, key in enumerate(self.table.columns):
            if key == "name":
                head.setSectionResizeMode(at, QHeaderView.ResizeMode.Stretch)
            else:
                head.setSectionResizeMode(at, QHeaderView.ResizeMode.Interactive)
                self.setColumnWidth(at, self._wide(key))
        head.sectionClicked.connect(self._head_clicked)

    # -- filling ---------------------------------------------------------------------------------------------

    def show_rows(self, rows: Sequence[Row], by: str) -> None:
        """Shows other rows; who was chosen and where one stood stays."""
        ids, here, place = set(self.chosen_ids()), self.current_id(), self.verticalScrollBar().value()
        self.blockSignals(True)
        self.table.set_rows(rows, by)
        self._lay()
        self._restore(ids, here)
        self.verticalScrollBar().setValue(place)
        self.blockSignals(False)
        self.chosen.emit()

    def _lay(self) -> None:
        """Row heights and spans after the model was built anew."""
        now = theme.current()
        self.clearSpans()
        self.verticalHeader().setDefaultSectionSize(now.px(ROW))
        for line in range(self.table.rowCount()):
            if self.table.is_group(line):
                self.setRowHeight(line, now.px(GROUP))
                self.setSpan(line, 0, 1, self.table.columnCount())

    def _restore(self, ids: set[str], here: str) -> None:
        flags = QItemSelectionModel.SelectionFlag
        chosen = QItemSelection()
        for record in ids:
            line = self.table.line_of(record)
            if line >= 0:
                chosen.select(self.table.index(line, 0), self.table.index(line, 0))
        self.selectionModel().select(chosen, flags.ClearAndSelect | flags.Rows)
        line = self.table.line_of(here) if here else -1
        if line >= 0:
            self.selectionModel().setCurrentIndex(self.table.index(line, 0), flags.NoUpdate)

    def show_look(self) -> None:
        """Takes over another text size."""
        self.horizontalHeader().setFixedHeight(theme.current().px(32))
        for at, key in enumerate(self.table.columns):
            if key != "name":
                self.setColumnWidth(at, self._wide(key))
        self._lay()
        self._fit()

    def _wide(self, key: str) -> int:
        return theme.current().px((ENGLISH if language.lang() == "en" else WIDTHS)[key])

    def put_away(self, keys: Iterable[str]) -> None:
        """Columns that are not shown, however much room there is."""
        self._away = set(keys)
        self._fit()

    def _fit(self) -> None:
        """Names need room: where there is little, other columns leave, least needed first."""
        keys = list(self.table.columns)
        room = self.viewport().width() - sum(self._wide(key) for key in keys if key != "name" and key not in self._away)
        left = set(self._away)
        for key in LEAVING:
            if key in keys and key not in left and room < theme.current().px(LEAST_NAME):
                left.add(key)
                room += self._wide(key)
        for at, key in enumerate(keys):
            self.setColumnHidden(at, key in left)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width shows other columns."""
        super().resizeEvent(event)
        self._fit()

    # -- asking ----------------------------------------------------------------------------------------------

    def chosen_ids(self) -> list[str]:
        """Ids of the chosen records, in the order of the list."""
        lines = sorted(index.row() for index in self.selectionModel().selectedRows())
        rows = [self.table.row_of(self.table.index(line, 0)) for line in lines]
        return [row.id for row in rows if row is not None]

    def current_id(self) -> str:
        """The id of the current record, or ""."""
        row = self.table.row_of(self.currentIndex())
        return row.id if row is not None else ""

    def go_to(self, record: str) -> bool:
        """Makes a record the current one and shows it."""
        line = self.table.line_of(record)
        if line < 0:
            return False
        self.setCurrentIndex(self.table.index(line, 0))
        self.scrollTo(self.table.index(line, 0))
        return True

    def go_to_first(self) -> None:
        """The first record, where none is current."""
        line = next((n for n in range(self.table.rowCount()) if not self.table.is_group(n)), -1)
        if line >= 0 and not self.current_id():
            flags = QItemSelectionModel.SelectionFlag
            self.selectionModel().setCurrentIndex(self.table.index(line, 0), flags.NoUpdate)

    # -- doing -----------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a group line folds it; on the box it chooses or lets go."""
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            if self.table.is_group(index.row()):
                self._toggle(index)
                return
            if self.table.columns[index.column()] == "check":
                flags = QItemSelectionModel.SelectionFlag
                self.selectionModel().setCurrentIndex(index, flags.NoUpdate)
                self.selectionModel().select(index, flags.Toggle | flags.Rows)
                return
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, Space looks, left and right fold."""
        index = self.currentIndex()
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self._toggle(index) if index.isValid() and self.table.is_group(index.row()) else self._open(index)
        elif key == Qt.Key.Key_Space:
            self.peeked.emit()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and index.isValid():
            one = self.table.group_of(index)
            if one is not None and one.key and self.table.folded(one.key) == (key == Qt.Key.Key_Right):
                self._toggle(index)
        else:
            super().keyPressEvent(event)

    def _toggle(self, index: QModelIndex) -> None:
        one = self.table.group_of(index)
        if one is None or not one.key:
            return
        ids, here = set(self.chosen_ids()), self.current_id()
        self.table.fold(one.key, not self.table.folded(one.key))
        self._lay()
        self._restore(ids, here)
        if not self.currentIndex().isValid():
            line = self.table.line_of_group(one.key)
            self.selectionModel().setCurrentIndex(self.table.index(line, 0), QItemSelectionModel.SelectionFlag.NoUpdate)

    def _open(self, index: QModelIndex) -> None:
        row = self.table.row_of(index)
        if row is not None:
            self.opened.emit(row.id)

    def _looked(self, index: QModelIndex) -> None:
        row = self.table.row_of(index)
        self.viewport().update()
        if row is not None:
            self.looked.emit(row.id)

    def _picked(self) -> None:
        self.viewport().update()
        self.chosen.emit()

    def _head_clicked(self, section: int) -> None:
        head = self.horizontalHeader()
        if self.table.columns[section] == "check":
            self.clearSelection() if self.chosen_ids() else self.selectAll()
            return
        rising = self._sorted != (section, Qt.SortOrder.AscendingOrder)
        order = Qt.SortOrder.AscendingOrder if rising else Qt.SortOrder.DescendingOrder
        self._sorted = (section, order)
        head.setSortIndicatorShown(True)
        head.setSortIndicator(section, order)
        ids, here = set(self.chosen_ids()), self.current_id()
        self.table.sort(section, order)
        self._lay()
        self._restore(ids, here)
