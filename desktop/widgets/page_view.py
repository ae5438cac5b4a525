"""A page of a paper on the screen: scroll, zoom (wheel with Ctrl), turn, straighten, crop. Looking only, the file stays as it is.

Must not know files, records or pages of the program.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsPixmapItem, QGraphicsScene, QGraphicsView, QStyle, QWidget

from desktop.widgets import theme
from desktop.widgets.crop_frame import WHOLE, Crop, CropFrame

_STEPS = (0.25, 0.33, 0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)


class PageView(QGraphicsView):
    """One page. ``zoomed(percent)`` when the size changed; 100 % is a page as wide as on paper at 96 dpi."""

    zoomed = Signal(int)
    framed = Signal(object)  # Crop: an edge was moved
    A4 = 794  # px of a page's width at 100 %

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = QGraphicsScene(self)
        self.setScene(self._scene)
        self._page = QGraphicsPixmapItem()
        self._page.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        self._scene.addItem(self._page)
        self._zoom = 1.0
        self._fit = True
        self._turned = 0
        self._hang = 0.0
        self._straight = True
        self._image: QImage | None = None
        self._crop: Crop = WHOLE
        self._framing = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("role", "bare")
        self.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName(self.tr("扫描件"))
        self.frame = CropFrame(self, self._page, self._on_frame)
        self._recolour()
        theme.changes.changed.connect(self._recolour)

    def show_image(self, image: QImage | None, hang: float = 0.0) -> None:
        """Shows a page (None: nothing), keeping zoom and turn; ``hang`` degrees to the right make its lines level."""
        self._hang, self._image = hang, image
        self._cut()

    def set_turned(self, degrees: int) -> None:
        """Shows the page turned by 0, 90, 180 or 270 degrees."""
        self._turned = degrees
        self._place()

    def set_straight(self, straight: bool) -> None:
        """Whether lines that hang are shown level, or the page as it is."""
        self._straight = straight
        self._place()

    def drawn(self) -> bool:
        """Whether there is a page to look at."""
        return self._image is not None

    def set_crop(self, crop: Crop, *, framing: bool = False) -> None:
        """Shows a part of the page; ``framing``: all of it, and a frame around that part that can be changed."""
        if (crop, framing) == (self._crop, self._framing):
            return
        self._crop, self._framing = crop, framing
        self._cut()

    def turned(self) -> int:
        """How far it is turned, in degrees to the right."""
        return self._turned

    def zoom_in(self) -> None:
        """The next larger step."""
        self._set(next((step for step in _STEPS if step > self._zoom + 0.01), _STEPS[-1]))

    def zoom_out(self) -> None:
        """The next smaller step."""
        self._set(next((step for step in reversed(_STEPS) if step < self._zoom - 0.01), _STEPS[0]))

    def fit(self) -> None:
        """As wide as the pane."""
        self._fit = True
        self._apply()

    def percent(self) -> int:
        """The zoom."""
        return round(self._zoom * 100)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl and the wheel zoom; the wheel alone scrolls."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if event.angleDelta().y() > 0:
                self.zoom_in()
            else:
                self.zoom_out()
            event.accept()
            return
        super().wheelEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A fitted page follows the pane."""
        super().resizeEvent(event)
        if self._fit:
            self._apply()

    def _on_frame(self, crop: Crop) -> None:
        self._crop = crop
        self.framed.emit(crop)

    def _cut(self) -> None:
        shown = self._image
        if shown is not None and self._crop != WHOLE and not self._framing:
            left, top, right, bottom = self._crop
            wide, high = shown.width(), shown.height()
            shown = shown.copy(round(left * wide), round(top * high), round((right - left) * wide), round((bottom - top) * high))
        self._page.setPixmap(QPixmap.fromImage(shown) if shown is not None else QPixmap())
        self._page.setTransformOriginPoint(self._page.boundingRect().center())
        self._place()
        if self._framing and shown is not None:
            self.frame.show(self._crop)
        else:
            self.frame.hide()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """The handles go with the page."""
        super().scrollContentsBy(dx, dy)
        self.frame.place()

    def _place(self) -> None:
        self._page.setRotation(self._turned + (self._hang if self._straight else 0.0))
        self._scene.setSceneRect(self._page.sceneBoundingRect().adjusted(-12, -12, 12, 12))
        self._apply()

    def _set(self, zoom: float) -> None:
        self._fit = False
        self._zoom = zoom
        self._apply()

    def _apply(self) -> None:
        pixmap = self._page.pixmap()
        if pixmap.isNull():
            return
        box = self._page.sceneBoundingRect()
        factor = self.A4 / max(self._image.width() if self._image is not None else 0, 1)
        policy = Qt.ScrollBarPolicy
        self.setHorizontalScrollBarPolicy(policy.ScrollBarAlwaysOff if self._fit else policy.ScrollBarAsNeeded)
        if self._fit:
            self._zoom = max(0.1, self._room(box.height() / max(box.width(), 1)) / max(box.width() * factor, 1))
        self.resetTransform()
        self.scale(self._zoom * factor, self._zoom * factor)
        self.frame.place()
        self.zoomed.emit(self.percent())

    def _room(self, slope: float) -> int:
        """The width for a page ``slope`` times as high.

        It never asks whether a scroll bar is there: the bar comes and goes with the answer, and where the two disagree
        the window would do nothing else any more.
        """
        whole = self.maximumViewportSize()
        bar = 0 if whole.width() * slope < whole.height() else self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        return whole.width() - bar - 24

    def _recolour(self) -> None:
        self.setBackgroundBrush(theme.current().canvas)
