"""Search everything (Ctrl+K): records by name, unit, number or pinyin initials, and what can be done.

A frame inside the window, no box of its own: Esc closes it, arrows move, Enter opens. Reads short queries only.
"""

from __future__ import annotations

from collections.abc import Callable

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
from desktop.widgets import icons, language, theme
from desktop.widgets.card import text
from desktop.widgets.search_field import SearchField
from sync.domain.kinds import KINDS
from sync.workspace import Workspace

Index = QModelIndex | QPersistentModelIndex
_CALL, _NOTE, _ICON, _RIGHT = (Qt.ItemDataRole.UserRole + n for n in range(1, 5))
KIND_ICONS = {"achievement": "lightbulb", "demand": "layers", "visit": "footprints", "landing": "handshake",
              "organisation": "building-2", "evidence": "paperclip"}  # fmt: skip
SEARCHED = ("achievement", "demand", "visit", "landing", "organisation", "request", "event", "blocker")


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

    def __init__(self, workspace: Workspace, open_record: Callable[[str], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "popup")
        self.setAccessibleName(self.tr("搜索全部"))
        self._workspace, self._open_record, self._around = workspace, open_record, parent
        self._actions: list[tuple[str, str, str, Callable[[], object]]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 8)
        column.setSpacing(8)
        self.field = SearchField(self.tr("企业、项目、编号、拼音首字母，或要做的事"))
        self.field.searched.connect(self._search)
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
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                row = self.list.currentIndex().row() + (1 if key == Qt.Key.Key_Down else -1)
                row = max(0, min(row, self._found.rowCount() - 1))
                self.list.setCurrentIndex(self._found.index(row, 0))
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._search(self.field.text().strip())
                self._go(self.list.currentIndex())
                return True
        if watched is self.field and event.type() == QEvent.Type.ShortcutOverride and _escape(event):
            event.accept()
            self.hide()
            return True
        if watched is self.field and event.type() == QEvent.Type.FocusOut and not self.list.hasFocus():
            self.hide()
        return super().eventFilter(watched, event)

    def _search(self, words: str) -> None:
        self._found.clear()
        lang = language.lang()
        if words:
            listing = self._workspace.rows(SEARCHED, search=words, limit=12)
            for row in listing.rows:
                kind = KINDS[row.kind]
                state = wording.business(row.kind, row.workflow, row.stage, lang)[0]
                note = " · ".join(part for part in (language.label(kind), row.subtitle, row.number or "") if part)
                self._add(
                    row.title, note, KIND_ICONS.get(row.kind, "file-text"), state, _Opener(self._open_record, row.id)
                )
            self._foot.setText(self.tr("找到 {count} 条，Enter 打开，Esc 关闭").format(count=listing.total))
        else:
            self._foot.setText(self.tr("输入文字查找记录；下面是能做的事"))
        for label, icon_name, key, call in self._actions:
            if not words or words.lower() in label.lower():
                self._add(label, "", icon_name, key, call)
        self.list.setCurrentIndex(self._found.index(0, 0))

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


def _escape(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape


class _Opener:
    """Opens one record; an object, so that Qt keeps it as it is."""

    def __init__(self, call: Callable[[str], None], record: str) -> None:
        self._call, self._record = call, record

    def __call__(self) -> None:
        self._call(self._record)
