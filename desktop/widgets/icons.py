"""Line icons (Lucide) tinted with a colour token, sharp at every pixel ratio.

An icon asks for its colour while it paints, so it follows a theme change. Pixmaps are kept by
(name, colour, size, ratio). Must not know what an icon stands for.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QIconEngine, QPainter, QPaintEvent, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop import assets
from desktop.widgets import theme

_STROKE = "1.75"


@lru_cache(maxsize=128)
def _source(name: str) -> str:
    text = assets.resource("icons", f"{name}.svg").read_text(encoding="utf-8")
    return text.replace('stroke-width="2"', f'stroke-width="{_STROKE}"')


@lru_cache(maxsize=512)
def _pixmap(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    renderer = QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))
    pixels = max(1, round(size * ratio))
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def pixmap(name: str, tint: str = "text2", size: int = 16, ratio: float | None = None) -> QPixmap:
    """An icon of ``size`` logical pixels in a token's colour now.

    Raises:
        FileNotFoundError: there is no such icon.
    """
    return _pixmap(name, theme.current().color(tint).name(), size, ratio or _ratio())


def _ratio() -> float:
    app = QGuiApplication.instance()
    return app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0


def paint(painter: QPainter, name: str, tint: str | QColor, x: float, y: float, size: int = 16) -> None:
    """Paints an icon with its top left corner at ``x``, ``y``."""
    colour = tint if isinstance(tint, QColor) else theme.current().color(tint)
    image = _pixmap(name, colour.name(), size, painter.device().devicePixelRatioF())
    painter.drawPixmap(QPoint(round(x), round(y)), image)


class _Engine(QIconEngine):
    """Paints when asked, in the colour of that moment."""

    def __init__(self, name: str, tint: str, on: str) -> None:
        super().__init__()
        self._name, self._tint, self._on = name, tint, on

    def _colour(self, mode: QIcon.Mode, state: QIcon.State) -> QColor:
        if mode == QIcon.Mode.Disabled:
            return theme.current().disabled
        return theme.current().color(self._on if state == QIcon.State.On else self._tint)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Fills ``rect`` (a square of it) with the icon."""
        side = min(rect.width(), rect.height())
        x, y = rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2
        paint(painter, self._name, self._colour(mode, state), x, y, side)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """The icon in device pixels, at the left of what it gets: the rest is the gap to a button's words."""
        colour, side = self._colour(mode, state).name(), min(size.width(), size.height())
        if size.width() == size.height():
            return _pixmap(self._name, colour, side, 1.0)
        made = QPixmap(size)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.drawPixmap(0, 0, _pixmap(self._name, colour, side, 1.0))
        painter.end()
        return made

    def clone(self) -> QIconEngine:
        """A second engine for a detached icon; kept, since Qt does not keep the Python half."""
        twin = _Engine(self._name, self._tint, self._on)
        _engines.append(twin)
        return twin


_engines: list[_Engine] = []


@lru_cache(maxsize=256)
def icon(name: str, tint: str = "text2", on: str = "") -> QIcon:
    """An icon for buttons and actions in a token's colour; ``on`` is the token while checked.

    Raises:
        FileNotFoundError: there is no such icon.
    """
    _source(name)
    return QIcon(_Engine(name, tint, on or tint))


class IconLabel(QWidget):
    """An icon that stands alone. Decoration unless ``setAccessibleName`` says what it means."""

    spoken = None  # decoration

    def __init__(self, name: str, tint: str = "text2", size: int = 16, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._tint, self._size = name, tint, size
        self.setFixedSize(size, size)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_icon(self, name: str, tint: str) -> None:
        """Shows another icon or colour."""
        self._name, self._tint = name, tint
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the icon."""
        painter = QPainter(self)
        paint(painter, self._name, self._tint, 0, 0, self._size)
        painter.end()
