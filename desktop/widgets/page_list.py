"""Thumbnails of a paper's pages, one below the other, with their numbers. Must not know files or records."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPen, QPixmap, QStandardItem, QStandardItemModel, QTransform
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop.widgets import theme

WIDTH = 52
_PAGE = QSize(WIDTH, 72)
_IMAGE = Qt.ItemDataRole.UserRole
_PLAIN = Qt.ItemDataRole.UserRole + 1  # as it was drawn, not turned


class _Painter(QStyledItemDelegate):
    """A page with a thin edge, the current one with an accent edge, its number below."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Room for page and number."""
        return QSize(WIDTH + 12, _PAGE.height() + theme.current().px(24))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paints one page."""
        now = theme.current()
        area: QRect = option.rect  # type: ignore[attr-defined]  # the stubs lack the fields of style options
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)  # type: ignore[attr-defined]
        page = QRect(area.center().x() - WIDTH // 2, area.top() + 2, WIDTH, _PAGE.height())
        image = index.data(_IMAGE)
        painter.save()
        painter.fillRect(page, now.surface)
        if isinstance(image, QPixmap) and not image.isNull():
            shown = QRect(page.topLeft(), image.size().scaled(page.size(), Qt.AspectRatioMode.KeepAspectRatio))
            shown.moveCenter(page.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(shown, image)
        painter.setPen(QPen(now.accent if chosen else now.control, 2 if chosen else 1))
        painter.drawRect(page)
        painter.setPen(now.accent if chosen else now.text3)
        painter.setFont(now.font(12))
        below = QRect(area.left(), page.bottom() + 2, area.width(), area.bottom() - page.bottom())
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, str(index.data()))
        painter.restore()


class PageList(QListView):
    """Pages to choose from. ``chosen(index)`` counts from 0."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pages = QStandardItemModel(self)
        self._filling = False
        self._turned = 0
        self.setModel(self._pages)
        self.setItemDelegate(_Painter(self))
        self.setProperty("role", "bare")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSpacing(2)
        self.setFixedWidth(78)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setAccessibleName(self.tr("扫描件的页"))
        self.selectionModel().currentChanged.connect(self._on_current)

    def set_pages(self, count: int, images: Sequence[QImage] = ()) -> None:
        """Shows ``count`` pages; the first is current."""
        self._filling = True  # rows that go hand the current one on, from row to row
        self._pages.clear()
        self._filling = False
        for number in range(count):
            item = QStandardItem(str(number + 1))
            item.setData(self.tr("第 {number} 页").format(number=number + 1), Qt.ItemDataRole.AccessibleTextRole)
            self._pages.appendRow(item)
        self.set_images(images)
        if count:
            self.setCurrentIndex(self._pages.index(0, 0))

    def set_images(self, images: Sequence[QImage], first: int = 0) -> None:
        """Thumbnails of the pages from ``first`` on, as far as there are any."""
        rows = range(first, self._pages.rowCount())
        for item, image in zip((self._pages.item(row) for row in rows), images, strict=False):
            item.setData(image, _PLAIN)
            self._put(item)

    def set_turned(self, degrees: int) -> None:
        """Shows the pages turned to the right by 0, 90, 180 or 270 degrees, as the large page is."""
        if degrees == self._turned:
            return
        self._turned = degrees
        for row in range(self._pages.rowCount()):
            self._put(self._pages.item(row))

    def _put(self, item: QStandardItem) -> None:
        image = item.data(_PLAIN)
        if isinstance(image, QImage):
            turned = image.transformed(QTransform().rotate(self._turned)) if self._turned else image
            item.setData(QPixmap.fromImage(turned), _IMAGE)

    def _on_current(self, index: QModelIndex) -> None:
        if index.isValid() and not self._filling:
            self.chosen.emit(index.row())
