"""The part of a page that is shown: a frame on the page and a handle at each of its four edges, for mouse and keys.

The frame is in fractions of the page (left, top, right, bottom). Must not know files or what is kept.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QAccessible, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGraphicsPixmapItem, QGraphicsRectItem, QGraphicsView, QWidget

from desktop.widgets import theme

Crop = tuple[float, float, float, float]
WHOLE: Crop = (0.0, 0.0, 1.0, 1.0)
_LEAST = 0.1  # of the page that stays in the frame
_STEP = 4  # px of an arrow key
_SIZE = 24
_KEYS = {
    Qt.Key.Key_Left: QPoint(-_STEP, 0), Qt.Key.Key_Right: QPoint(_STEP, 0),
    Qt.Key.Key_Up: QPoint(0, -_STEP), Qt.Key.Key_Down: QPoint(0, _STEP),
}  # fmt: skip


def moved(crop: Crop, edge: int, to: float) -> Crop:
    """The frame with one edge (0 left, 1 top, 2 right, 3 bottom) somewhere else; a part of the page always stays."""
    other = crop[(edge + 2) % 4]
    low, high = (0.0, other - _LEAST) if edge < 2 else (other + _LEAST, 1.0)
    edges = list(crop)
    edges[edge] = min(max(to, low), high)
    return (edges[0], edges[1], edges[2], edges[3])


class Handle(QWidget):
    """One edge. ``pulled(point)`` with where it is to be, in the view; ``let_go`` when it is there; ``reached`` by keys."""

    pulled = Signal(QPoint)
    let_go = Signal()
    reached = Signal()
    spoken = QAccessible.Role.Slider

    def __init__(self, name: str, value: Callable[[], float], parent: QWidget) -> None:
        super().__init__(parent)
        self._value = value
        self.setFixedSize(_SIZE, _SIZE)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.hide()

    def spoken_value(self) -> str:
        """How far from the left or the top, in percent."""
        return f"{round(100 * self._value())}%"

    def middle(self) -> QPoint:
        """Where it is, in the view."""
        return self.pos() + QPoint(_SIZE // 2, _SIZE // 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move the edge."""
        step = _KEYS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.pulled.emit(self.middle() + step)
            self.reached.emit()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """There it stays."""
        if Qt.Key(event.key()) in _KEYS and not event.isAutoRepeat():
            self.let_go.emit()
        else:
            super().keyReleaseEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Takes hold; the page below does not move."""
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The edge follows."""
        self.pulled.emit(self.mapToParent(event.position().toPoint()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """There it stays."""
        self.let_go.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Shows which edge has the keys."""
        super().focusInEvent(event)
        self.update()
        self.reached.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """No longer."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A small square, filled where the keys go."""
        now, painter = theme.current(), QPainter(self)
        painter.setPen(QPen(now.accent, 2))
        painter.setBrush(now.accent if self.hasFocus() else now.surface)
        painter.drawRect(self.rect().adjusted(6, 6, -6, -6))
        painter.end()


class CropFrame:
    """Frame and handles over a page; ``changed(crop)`` is called when an edge was moved and let go."""

    def __init__(self, view: QGraphicsView, page: QGraphicsPixmapItem, changed: Callable[[Crop], object]) -> None:
        self._view, self._page, self._changed = view, page, changed
        self.crop: Crop = WHOLE
        self._frame = QGraphicsRectItem(page)
        self._frame.hide()
        names = (view.tr("裁边：左边"), view.tr("裁边：上边"), view.tr("裁边：右边"), view.tr("裁边：下边"))
        self.handles = [Handle(name, self._reader(edge), view.viewport()) for edge, name in enumerate(names)]
        for edge, handle in enumerate(self.handles):
            handle.pulled.connect(lambda point, edge=edge: self._pull(edge, point))
            handle.let_go.connect(lambda: self._changed(self.crop))
            handle.reached.connect(lambda handle=handle: self._bring(handle))

    def show(self, crop: Crop) -> None:
        """Shows the frame; the first handle has the keys."""
        self.crop = crop
        self._frame.show()
        for handle in self.handles:
            handle.show()
        self.place()
        self.handles[0].setFocus()

    def hide(self) -> None:
        """Takes frame and handles away."""
        self._frame.hide()
        for handle in self.handles:
            handle.hide()

    def place(self) -> None:
        """Puts all where the page is now."""
        if not self._frame.isVisible():
            return
        whole = self._page.boundingRect()
        left, top, right, bottom = self.crop
        box = QRectF(
            QPointF(left * whole.width(), top * whole.height()), QPointF(right * whole.width(), bottom * whole.height())
        )
        pen = QPen(theme.current().accent, 2)
        pen.setCosmetic(True)
        self._frame.setPen(pen)
        self._frame.setRect(box)
        middle = box.center()
        spots = (QPointF(box.left(), middle.y()), QPointF(middle.x(), box.top()),
                 QPointF(box.right(), middle.y()), QPointF(middle.x(), box.bottom()))  # fmt: skip
        for handle, spot in zip(self.handles, spots, strict=True):
            handle.move(self._view.mapFromScene(self._page.mapToScene(spot)) - QPoint(_SIZE // 2, _SIZE // 2))
            handle.update()

    def _reader(self, edge: int) -> Callable[[], float]:
        return lambda: self.crop[edge]

    def _pull(self, edge: int, point: QPoint) -> None:
        spot, whole = self._page.mapFromScene(self._view.mapToScene(point)), self._page.boundingRect()
        to = spot.x() / max(whole.width(), 1) if edge % 2 == 0 else spot.y() / max(whole.height(), 1)
        self.crop = moved(self.crop, edge, to)
        self.place()

    def _bring(self, handle: Handle) -> None:
        box = QRectF(self._view.mapToScene(handle.middle()), QSizeF(1, 1))
        self._view.ensureVisible(box, _SIZE, _SIZE)
