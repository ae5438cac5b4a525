"""Search everything (Ctrl+K): records, companies, policy and what can be done, by words, numbers or pinyin initials.

A frame inside the window, no box of its own: Esc closes it, arrows move, Enter opens. Records are looked for beside
the window; what was found before stands until the answer comes, and Enter waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop import wording
from desktop.tasks import Tasks
from desktop.widgets import icons, language, theme
from desktop.widgets.card import text
from desktop.widgets.search_field import SearchField
from sync.domain.kinds import KINDS
from sync.records import Listing, Row
from sync.store.search import initials
from sync.workspace import Workspace

Index = QModelIndex | QPersistentModelIndex
_Line = tuple[str, str, str, str, Callable[[], object]]  # words, note, icon, what stands at the right, what it does
_CALL, _NOTE, _ICON, _RIGHT = (Qt.ItemDataRole.UserRole + n for n in range(1, 5))
KIND_ICONS = {"achievement": "lightbulb", "demand": "layers", "visit": "footprints", "landing": "handshake",
              "organisation": "building-2", "evidence": "paperclip", "notice": "clipboard-list"}  # fmt: skip
#: parts of other records and figures of the centre are found through their record and on their own pages
_UNSEARCHED = frozenset({"evidence", "evaluation", "assignment", "quota", "report"})
SEARCHED = tuple(kind for kind in KINDS if kind not in _UNSEARCHED)
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
STEP = 12  # rows at once; more when asked for
MOST = 200


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, theme.current().px(44))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        now = theme.current()
        box: QRect = option.rect  # type: ignore[attr-defined]
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.selected)
            painter.drawRoundedRect(box, 6, 6)
        icons.paint(painter, str(index.data(_ICON)), "text2", box.left() + 10, box.center().y() - 8, 16)
        left = box.adjusted(38, 4, -130, -box.height() // 2)
        note = str(index.data(_NOTE) or "")
        align = int(Qt.AlignmentFlag.AlignVCenter)
        for words, ink, size, where in (
            (str(index.data()), now.text, 14, left if note else box.adjusted(38, 0, -130, 0)),
            (note, now.text3, 12, left.translated(0, box.height() // 2 - 5)),
        ):
            painter.setFont(now.font(size))
            painter.setPen(ink)
            cut = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, where.width())
            painter.drawText(where, align, cut)
        painter.setFont(now.font(12))
        painter.setPen(now.text3)
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(box.adjusted(0, 0, -10, 0), right, str(index.data(_RIGHT) or ""))
        painter.restore()


class SearchPopup(QFrame):
    """``show_in`` puts it over the window; ``actions`` are (words, icon, key, call)."""

    def __init__(self, workspace: Workspace, tasks: Tasks, open_record: Callable[[Row], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "popup")
        self.setAccessibleName(self.tr("搜索全部"))
        self._workspace, self._tasks, self._open_record, self._around = workspace, tasks, open_record, parent
        self._actions: list[tuple[str, str, str, Callable[[], object]]] = []
        self._words, self._limit, self._at = "", STEP, 0
        self._asked: tuple[str, int] | None = None  # what is being looked for
        self._entered = False  # Enter was pressed meanwhile
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 8)
        column.setSpacing(8)
        self.field = SearchField(self.tr("企业、项目、编号、拼音首字母，或要做的事"))
        self.field.searched.connect(self._typed)
        self.field.installEventFilter(self)
        column.addWidget(self.field)
        self._found = QStandardItemModel(self)
        self.list = QListView()
        self.list.setProperty("role", "results")
        self.list.setAccessibleName(self.tr("找到的"))
        self.list.setModel(self._found)
        self.list.setItemDelegate(_Delegate(self.list))
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.clicked.connect(self._go)
        self.list.activated.connect(self._go)
        column.addWidget(self.list, 1)
        self._foot = text("", "meta")
        column.addWidget(self._foot)
        self.hide()

    def set_actions(self, actions: list[tuple[str, str, str, Callable[[], object]]]) -> None:
        """What can be done from here: (words, icon, key, call)."""
        self._actions = actions

    def show_in(self, words: str = "") -> None:
        """Opens over the window with ``words`` already typed."""
        around = self._around.rect()
        width = min(640, around.width() - 40)
        self.setGeometry((around.width() - width) // 2, 48, width, min(440, around.height() - 80))
        self.field.setText(words)
        self.field.selectAll()
        self._search(words)
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows and Enter in the field move in the list; Esc closes; leaving closes."""
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = event.key()
            if key in _STEPS:
                row = self.list.currentIndex().row() + _STEPS[Qt.Key(key)]
                row = max(0, min(row, self._found.rowCount() - 1))
                self.list.setCurrentIndex(self._found.index(row, 0))
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if self.field.text().strip() != self._words:  # typed just now, not looked for yet
                    self._search(self.field.text().strip())
                if self._asked is not None:
                    self._entered = True
                else:
                    self._go(self.list.currentIndex())
                return True
        if watched is self.field and event.type() == QEvent.Type.ShortcutOverride and _escape(event):
            event.accept()
            self.hide()
            return True
        if watched is self.field and event.type() == QEvent.Type.FocusOut and not self.list.hasFocus():
            self.hide()
        return super().eventFilter(watched, event)

    def _typed(self, words: str) -> None:
        """After a pause of typing; what was looked for already keeps the place somebody has moved to."""
        if words != self._words:
            self._search(words)

    def _search(self, words: str) -> None:
        limit = self._limit if words == self._words else STEP
        self._words, self._limit, self._entered = words, limit, False
        if not words:
            self._asked = None
            self._show_found(None)
        elif self._asked != (words, limit):
            asked = self._asked = (words, limit)

            def done(found: Listing) -> None:
                if self._asked == asked:
                    self._asked = None
                    self._show_found(found)
                    if self._entered and self.isVisible():
                        self._go(self.list.currentIndex())

            self._tasks.read(_find, self._workspace, words, limit, done=done, owner=self)

    def _show_found(self, listing: Listing | None) -> None:
        """What can be done and, where something was looked for, what was found."""
        self._found.clear()
        lang, words = language.lang(), self._words
        first, later = self._named(words)
        for one in first:
            self._add(*one)
        if listing is not None:
            for row in listing.rows:
                kind = KINDS[row.kind]
                state = wording.business(row.kind, row.workflow, row.stage, lang)[0]
                name, below = wording.called(row)
                note = " · ".join(part for part in (language.label(kind), below, row.number or "") if part)
                self._add(name, note, KIND_ICONS.get(row.kind, "file-text"), state, partial(self._open_record, row))
            if len(listing.rows) < min(listing.total, MOST):
                more = self.tr("再看 {n} 条").format(n=min(STEP * 2, listing.total - len(listing.rows)))
                self._add(more, "", "chevron-down", "", self._show_more)
            elif listing.total > MOST:
                self._add(self.tr("太多了，请再写几个字"), "", "info", "", self.field.setFocus)
            self._foot.setText(self.tr("找到 {count} 条，Enter 打开，Esc 关闭").format(count=listing.total))
            if not listing.total and not first and not later:
                later = self._named("")[0]
                self._foot.setText(self.tr("没有找到。换个词，或用拼音首字母、编号；上面是能做的事"))
        else:
            self._foot.setText(self.tr("输入文字查找记录；下面是能做的事"))
        for one in later:
            self._add(*one)
        self.list.setCurrentIndex(self._found.index(self._at, 0))
        self._at = 0

    def _named(self, words: str) -> tuple[list[_Line], list[_Line]]:
        """What can be done: what the words begin stands above the records, what only holds them below."""
        typed = "".join(words.lower().split())
        first: list[_Line] = []
        later: list[_Line] = []
        for label, icon_name, key, call in self._actions:
            names = [label.lower().replace(" ", ""), *([initials(label).replace(" ", "")] if typed.isascii() else [])]
            if any(typed in name for name in names):
                begins = any(name.startswith(typed) for name in names)
                (first if begins else later).append((label, "", icon_name, key, call))
        return first, later

    def _show_more(self) -> None:
        """The same with more rows; the one that was next is current."""
        self._at = self._found.rowCount() - 1
        self._limit = min(self._limit + 2 * STEP, MOST)
        self.show_in(self._words)

    def _add(self, words: str, note: str, icon_name: str, right: str, call: Callable[[], object]) -> None:
        item = QStandardItem(words)
        for role, value in ((_NOTE, note), (_ICON, icon_name), (_RIGHT, right), (_CALL, call)):
            item.setData(value, role)
        item.setData(f"{words} {note} {right}".strip(), Qt.ItemDataRole.AccessibleTextRole)
        self._found.appendRow(item)

    def _go(self, index: QModelIndex) -> None:
        call = index.data(_CALL)
        if callable(call):
            self.hide()
            call()


def _find(workspace: Workspace, words: str, limit: int) -> Listing:
    """Records by words; runs beside the window."""
    return workspace.rows(SEARCHED, search=words, limit=limit)


def _escape(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape

