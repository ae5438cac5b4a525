"""Paints the cells of a record list: two-line names, dots, chips, papers, group lines. 48 px a record, 32 a group.

Fonts and widths are kept, nothing is read. The model says what stands in a cell; here is only how it looks.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from desktop import wording
from desktop.models import record_table as table
from desktop.widgets import icons, language, theme
from desktop.widgets.chip import paint_chip, paint_dot
from sync.records import Row

Index = QModelIndex | QPersistentModelIndex
ROW, GROUP = 48, 32
PAD = 8
MIDDLE = int(Qt.AlignmentFlag.AlignVCenter)


@lru_cache(maxsize=4096)
def cut(words: str, size: int, weight: int, width: int, _scale: float) -> str:
    """``words`` cut to ``width``; kept, since the same cells are painted again and again."""
    metrics = QFontMetrics(theme.current().font(size, weight))
    return metrics.elidedText(words, Qt.TextElideMode.ElideRight, width)


class RecordDelegate(QStyledItemDelegate):
    """``percent(row id)`` says how far a record's files are, or None."""

    def __init__(self, view: QTableView, percent: Callable[[str], int | None] | None = None) -> None:
        super().__init__(view)
        self._view, self._percent = view, percent or (lambda _id: None)
        self._known: dict[str, tuple[Row, str, bool]] = {}
        view.model().modelReset.connect(self._known.clear)
        self._cells: dict[str, Callable[[QPainter, QRect, Row, bool], None]] = {
            "check": self._check, "number": self._number, "name": self._name, "amount": self._amount,
            "industry": partial(self._plain, "industry"), "day": partial(self._plain, "day"),
            "state": self._state, "papers": self._papers, "sync": self._sync, "counted": self._counted,
        }  # fmt: skip

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Two fixed heights."""
        high = GROUP if index.data(table.ROW_ROLE) is None else ROW
        return QSize(80, theme.current().px(high))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paints a cell or a group line."""
        now = theme.current()
        box: QRect = option.rect  # type: ignore[attr-defined]
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        model = index.model()
        assert isinstance(model, table.RecordTable)  # noqa: S101  asked directly: a round through Qt costs a third
        row = model.row_of(index)
        painter.save()
        if row is None:
            self._group(painter, box, index)
            painter.restore()
            return
        on = bool(state & QStyle.StateFlag.State_Selected)
        current = self._view.currentIndex().row() == index.row()
        painter.fillRect(box, now.selected if on or current else now.surface)
        painter.setPen(QPen(now.line, 1))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        if current and index.column() == 0:
            painter.fillRect(QRect(box.left(), box.top(), 3, box.height()), now.accent)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._cells[model.columns[index.column()]](painter, box.adjusted(0, 0, 0, -1), row, on)
        painter.restore()

    def _group(self, painter: QPainter, box: QRect, index: Index) -> None:
        now, one = theme.current(), index.data(table.GROUP_ROLE)
        painter.fillRect(box, now.canvas)
        painter.setPen(QPen(now.line, 1))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        if index.column() != 0:
            return
        here = self._view.hasFocus() and self._view.currentIndex().row() == index.row()
        if here:
            painter.setPen(QPen(now.focus, 2))
            painter.drawRect(box.adjusted(1, 1, -1, -2))
        name = "chevron-down" if index.data(table.OPEN_ROLE) else "chevron-right"
        icons.paint(painter, name, "text2", box.left() + 10, box.center().y() - 7, 16)
        painter.setPen(now.color(one.tint))
        painter.setFont(now.font(13, 600))
        left = box.adjusted(34, 0, 0, -1)
        align = int(Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(left, align, one.words)
        wide = painter.fontMetrics().horizontalAdvance(one.words)
        painter.setPen(now.text3)
        painter.setFont(now.font(13))
        painter.drawText(left.adjusted(wide + 8, 0, 0, 0), align, str(len(one.rows)))

    def _line(self, painter: QPainter, box: QRect, words: str, size: int, ink: str, weight: int = 400) -> None:
        now = theme.current()
        painter.setFont(now.font(size, weight))
        painter.setPen(now.color(ink))
        painter.drawText(box, MIDDLE, cut(words, size, weight, box.width(), now.scale))

    def _right(self, painter: QPainter, box: QRect, words: str, ink: str, weight: int = 400) -> None:
        now = theme.current()
        painter.setFont(now.font(13, weight))
        painter.setPen(now.color(ink))
        align = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        painter.drawText(box.adjusted(0, 0, -12, 0), align, words)

    def _check(self, painter: QPainter, box: QRect, _row: Row, on: bool) -> None:
        now = theme.current()
        square = QRectF(box.left() + 14.5, box.center().y() - 7.5, 15, 15)
        painter.setPen(QPen(now.accent if on else now.control, 1))
        painter.setBrush(now.accent if on else now.surface)
        painter.drawRoundedRect(square, 4, 4)
        if on:
            icons.paint(painter, "check", "on_accent", square.left() + 1, square.top() + 1, 13)

    def _number(self, painter: QPainter, box: QRect, row: Row, _on: bool) -> None:
        words = table.cell(row, "number", language.lang())
        self._line(painter, box.adjusted(PAD, 0, -2, 0), words, 12, "text2" if row.number else "text3")

    def _plain(self, key: str, painter: QPainter, box: QRect, row: Row, _on: bool) -> None:
        words = table.cell(row, key, language.lang())
        self._line(painter, box.adjusted(PAD, 0, -4, 0), words, 13, "text" if words != wording.NONE else "text3")

    def _name(self, painter: QPainter, box: QRect, row: Row, _on: bool) -> None:
        now = theme.current()
        half = box.height() // 2
        upper = QRect(box.left() + PAD, box.top() + 4, box.width() - 2 * PAD, half - 2)
        self._line(painter, upper, row.title or table.tr("还没有名称"), 14, "text", 500)
        lower = QRect(upper.left(), box.top() + half + 1, upper.width(), now.px(18))
        self._line(painter, lower, table.second_line(row, language.lang()), 12, "text3")

    def _amount(self, painter: QPainter, box: QRect, row: Row, _on: bool) -> None:
        self._right(painter, box, table.amount(row), "text")

    def _state(self, painter: QPainter, box: QRect, row: Row, _on: bool) -> None:
        word, tone = wording.business(row.kind, row.workflow, row.stage, language.lang())
        paint_dot(painter, box.left() + PAD, box.center().y(), word, tone, box.width() - PAD)

    def _papers_of(self, row: Row) -> tuple[str, bool]:
        """What must be there is worked out from all fields of a record: once for as long as it is the same."""
        known = self._known.get(row.id)
        if known is None or known[0] is not row:
            known = self._known[row.id] = (row, *table.papers(row, language.lang()))
        return known[1:]

    def _papers(self, painter: QPainter, box: QRect, row: Row, _on: bool) -> None:
        words, missing = self._papers_of(row)
        left = box.left() + PAD
        if row.papers or missing:
            ink = "amber" if missing else "text2"
            icons.paint(painter, "paperclip" if missing else "file-check", ink, left, box.center().y() - 7, 14)
            left += 19
        ink = "amber" if missing else "text" if row.papers else "text3"
        self._line(painter, QRect(left, box.top(), box.right() - left - 4, box.height()), words, 13, ink)

    def _sync(self, painter: QPainter, box: QRect, row: Row, _on: bool) -> None:
        word, icon_name, tone = wording.sync_chip(row.sync_state, language.lang(), percent=self._percent(row.id))
        paint_chip(painter, box.left() + PAD, box.center().y(), word, icon_name, tone, box.width() - PAD - 2)

    def _counted(self, painter: QPainter, box: QRect, row: Row, _on: bool) -> None:
        words = wording.counted(row, language.lang())
        good = words != wording.NONE
        self._right(painter, box, words, "green" if good else "text3", 600)
