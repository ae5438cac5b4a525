"""A page of a paper on the screen: scroll, zoom (wheel with Ctrl), turn. Looking only, the file stays as it is.

Must not know files, records or pages of the program.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsPixmapItem, QGraphicsScene, QGraphicsView, QWidget

from desktop.widgets import theme

_STEPS = (0.25, 0.33, 0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)


class PageView(QGraphicsView):
    """One page. ``zoomed(percent)`` when the size changed; 100 % is a page as wide as on paper at 96 dpi."""

    zoomed = Signal(int)
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
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("role", "bare")
        self.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName(self.tr("扫描件"))
        self._recolour()
        theme.changes.changed.connect(self._recolour)

    def show_image(self, image: QImage | None) -> None:
        """Shows a page (None: nothing), keeping zoom and turn."""
        self._page.setPixmap(QPixmap.fromImage(image) if image is not None else QPixmap())
        self._page.setTransformOriginPoint(self._page.boundingRect().center())
        self._page.setRotation(self._turned)
        self._scene.setSceneRect(self._page.sceneBoundingRect().adjusted(-12, -12, 12, 12))
        self._apply()

    def turn(self) -> None:
        """A quarter to the right, on the screen only."""
        self._turned = (self._turned + 90) % 360
        self._page.setRotation(self._turned)
        self._scene.setSceneRect(self._page.sceneBoundingRect().adjusted(-12, -12, 12, 12))
        self._apply()

    def set_turned(self, degrees: int) -> None:
        """Shows the page turned by 0, 90, 180 or 270 degrees."""
        self._turned = degrees
        self._page.setRotation(degrees)

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

    def _set(self, zoom: float) -> None:
        self._fit = False
        self._zoom = zoom
        self._apply()

    def _apply(self) -> None:
        pixmap = self._page.pixmap()
        if pixmap.isNull():
            return
        wide = pixmap.height() if self._turned % 180 else pixmap.width()
        factor = self.A4 / max(pixmap.width(), 1)
        if self._fit:
            room = self.viewport().width() - 24
            self._zoom = max(0.1, room / max(wide * factor, 1))
        self.resetTransform()
        self.scale(self._zoom * factor, self._zoom * factor)
        self.zoomed.emit(self.percent())

    def _recolour(self) -> None:
        self.setBackgroundBrush(theme.current().canvas)
