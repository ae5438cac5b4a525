"""Pages of a report on the screen, painted by the painter that makes the file: width of the room, whole page, or a zoom.

Only pages in sight are painted and the last few are kept. Paper stays white in the dark. Must not know records.
"""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QColor, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from desktop.report_painter import PAGE, PER_POINT, Paged
from desktop.widgets import theme

GAP = 18  # px around and between pages
SCREEN = 96 / 72 / PER_POINT  # px of a unit at 100 %
ZOOMS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
KEPT = 6
READABLE = 0.8  # a whole page is shown at first where it is at least so large, else its width


class _Paper(QWidget):
    """All pages below each other."""

    spoken = QAccessible.Role.Document

    def __init__(self) -> None:
        super().__init__()
        self._pages: Paged | None = None
        self._scale = SCREEN
        self._kept: OrderedDict[int, QPixmap] = OrderedDict()

    def show_pages(self, pages: Paged | None, scale: float) -> None:
        """Shows other pages, or the same ones larger or smaller."""
        self._pages, self._scale = pages, scale
        self._kept.clear()
        self.setFixedSize(self.sizeHint())
        self.update()

    def page_size(self) -> QSize:
        """A page in px."""
        size = self._pages.size if self._pages is not None else PAGE
        return QSize(round(size.width() * self._scale), round(size.height() * self._scale))

    def sizeHint(self) -> QSize:
        """Room for all pages."""
        if self._pages is None:
            return QSize(0, 0)
        one, count = self.page_size(), self._pages.count()
        return QSize(one.width() + 2 * GAP, GAP + count * (one.height() + GAP))

    def place_of(self, page: int) -> QRect:
        """Where a page lies."""
        one = self.page_size()
        return QRect(GAP, GAP + page * (one.height() + GAP), one.width(), one.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the pages in sight."""
        if self._pages is None:
            return
        painter = QPainter(self)
        for page in range(self._pages.count()):
            place = self.place_of(page)
            if place.intersects(event.rect()):
                painter.drawPixmap(place.topLeft(), self._picture(page))
                painter.setPen(QPen(theme.current().border, 1))
                painter.drawRect(place.adjusted(0, 0, -1, -1))
        painter.end()

    def _picture(self, page: int) -> QPixmap:
        assert self._pages is not None  # noqa: S101  only asked while there are pages
        ratio = self.devicePixelRatioF()
        held = self._kept.get(page)
        if held is not None and held.devicePixelRatio() == ratio:
            self._kept.move_to_end(page)
            return held
        one = self.page_size()
        made = QPixmap(round(one.width() * ratio), round(one.height() * ratio))
        made.setDevicePixelRatio(ratio)
        made.fill(QColor("#FFFFFF"))
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(self._scale, self._scale)
        self._pages.paint(painter, page)
        painter.end()
        self._kept[page] = made
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return made


class ReportView(QScrollArea):
    """``moved``: (page in sight from 1, pages, zoom in per cent)."""

    moved = Signal(int, int, int)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.viewport().setAutoFillBackground(False)
        self._paper = _Paper()
        self.setWidget(self._paper)
        self._pages: Paged | None = None
        self._fit, self._zoom = "auto", 1.0
        self.verticalScrollBar().valueChanged.connect(lambda _at: self._tell())

    def show_pages(self, pages: Paged | None) -> None:
        """Shows a report; the place stays while it is only filled anew."""
        at = self.verticalScrollBar().value()
        self._pages = pages
        self._lay()
        self.verticalScrollBar().setValue(at)
        title = pages.title if pages is not None else ""
        self._paper.setAccessibleName(title or self._name)
        self.setAccessibleDescription(title)

    def pages(self) -> Paged | None:
        """What is shown."""
        return self._pages

    def scale(self) -> float:
        """The zoom in force, 1.0 for the size of paper."""
        if self._pages is None or self._fit == "":
            return self._zoom
        wide = (self.viewport().width() - 2 * GAP) / (self._pages.size.width() * SCREEN)
        high = (self.viewport().height() - 2 * GAP) / (self._pages.size.height() * SCREEN)
        if self._fit == "paper":
            return max(0.2, min(wide, 1.0))
        whole = min(wide, high, 2.0)
        to_width = self._fit == "width" or (self._fit == "auto" and whole < READABLE)
        return max(0.2, min(wide, 2.0) if to_width else whole)

    def fit(self, to: str) -> None:
        """The width of the room ("width"), the whole page ("page"), or paper as large as it is where there is room ("paper")."""
        self._fit = to
        self._lay()

    def step(self, by: int) -> None:
        """Larger or smaller."""
        now = self.scale()
        after = [one for one in ZOOMS if one > now + 0.01] if by > 0 else [one for one in reversed(ZOOMS) if one < now - 0.01]
        if after:
            self._fit, self._zoom = "", after[0]
            self._lay()

    def page_in_sight(self) -> int:
        """The page at the middle of the room, from 1."""
        one = self._paper.page_size().height() + GAP
        middle = self.verticalScrollBar().value() + self.viewport().height() / 2
        count = self._pages.count() if self._pages is not None else 0
        return max(1, min(count, int((middle - GAP) / one) + 1)) if count else 0

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fits again."""
        super().resizeEvent(event)
        if self._fit:
            self._lay()

    def _lay(self) -> None:
        self._paper.show_pages(self._pages, self.scale() * SCREEN)
        self._tell()

    def _tell(self) -> None:
        count = self._pages.count() if self._pages is not None else 0
        self.moved.emit(self.page_in_sight(), count, round(self.scale() * 100))
