"""Chips and dots: a state is always an icon or a dot plus a word, never a colour alone.

``Chip`` is a widget; ``paint_chip`` and ``paint_dot`` are for delegates. What a state is called and which tone it has
stands in ``desktop.wording``; here a tone only becomes colours. Tones: green, amber, red, violet, blue, teal, grey,
``quiet`` (no fill, grey) and ``quiet-green`` (no fill, green).
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop import wording
from desktop.widgets import icons, language, theme

HEIGHT = 22


def tone_colors(tone: str) -> tuple[QColor, QColor | None]:
    """(ink, fill) of a tone; no fill for the quiet ones."""
    now = theme.current()
    if tone == "quiet":
        return now.text3, None
    if tone == "quiet-green":
        return now.green, None
    name = "accent" if tone == "blue" else tone
    return now.color(name), now.color(f"{name}_soft")


@lru_cache(maxsize=512)
def _width(words: str, scale: float) -> int:
    return QFontMetrics(theme.current().font(12)).horizontalAdvance(words)


def chip_width(words: str, icon_name: str = "", tone: str = "grey") -> int:
    """The width of a chip in logical pixels."""
    inner = _width(words, theme.current().scale) + (19 if icon_name else 0)
    return inner + (0 if tone.startswith("quiet") else 18 - (2 if icon_name else 0))


def paint_chip(
    painter: QPainter, x: float, centre: float, words: str, icon_name: str, tone: str, room: float = 400
) -> int:
    """Paints a chip at ``x``, vertically around ``centre``, cut to ``room``; returns its width."""
    ink, fill = tone_colors(tone)
    now = theme.current()
    over = chip_width(words, icon_name, tone) - room
    if over > 0:
        metrics = QFontMetrics(now.font(12))
        words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, round(metrics.horizontalAdvance(words) - over))
    width, height = chip_width(words, icon_name, tone), now.px(HEIGHT)
    top = centre - height / 2
    left = x
    if fill is not None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(QRectF(x, top, width, height), height / 2, height / 2)
        left += 7 if icon_name else 9
    if icon_name:
        icons.paint(painter, icon_name, ink, left, centre - 7, 14)
        left += 19
    painter.setPen(ink)
    painter.setFont(now.font(12))
    painter.drawText(QRectF(left, top, width, height), int(Qt.AlignmentFlag.AlignVCenter), words)
    return width


def paint_dot(painter: QPainter, x: float, centre: float, words: str, tone: str, room: float = 200) -> None:
    """Paints a business state: a dot and its word."""
    now = theme.current()
    ink = {"grey": now.control, "blue": now.accent}.get(tone) or now.color(tone)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    painter.drawEllipse(QRectF(x, centre - 4, 8, 8))
    painter.setPen(now.text)
    painter.setFont(now.font(13))
    words = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(room - 14))
    painter.drawText(QRectF(x + 14, centre - 12, room - 14, 24), int(Qt.AlignmentFlag.AlignVCenter), words)


class Chip(QWidget):
    """A chip as a widget; ``set_state`` changes it in place."""

    spoken = QAccessible.Role.StaticText

    def __init__(self, words: str = "", icon_name: str = "", tone: str = "grey", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words, self._icon, self._tone = words, icon_name, tone
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(words)

    def set_state(self, words: str, icon_name: str, tone: str) -> None:
        """Shows another state."""
        self._words, self._icon, self._tone = words, icon_name, tone
        self.setAccessibleName(words)
        self.updateGeometry()
        self.update()

    def words(self) -> str:
        """The word it shows."""
        return self._words

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        return QSize(chip_width(self._words, self._icon, self._tone), theme.current().px(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """It is never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the chip."""
        painter = QPainter(self)
        paint_chip(painter, 0, self.height() / 2, self._words, self._icon, self._tone)
        painter.end()


class StateDot(QWidget):
    """A business state as a widget: dot and word."""

    spoken = QAccessible.Role.StaticText

    def __init__(self, words: str = "", tone: str = "grey", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._words, self._tone = words, tone
        self.set_state(words, tone)

    def set_state(self, words: str, tone: str) -> None:
        """Shows another state."""
        self._words, self._tone = words, tone
        self.setAccessibleName(words)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as its word."""
        return QSize(QFontMetrics(theme.current().font(13)).horizontalAdvance(self._words) + 16, theme.current().px(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints dot and word."""
        painter = QPainter(self)
        paint_dot(painter, 0, self.height() / 2, self._words, self._tone)
        painter.end()


class Badge(QWidget):
    """A count in a small pill (grey, red, amber, violet); hidden at zero."""

    spoken = QAccessible.Role.StaticText

    def __init__(self, count: int = 0, tone: str = "grey", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._count, self._tone = count, tone
        self.set_count(count, tone)

    def set_count(self, count: int, tone: str = "") -> None:
        """Shows another number."""
        self._count, self._tone = count, tone or self._tone
        self.setVisible(count > 0)
        self.setAccessibleName(str(count))
        self.update()

    def sizeHint(self) -> QSize:
        """At least a circle."""
        return QSize(badge_width(self._count), 18)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the pill."""
        painter = QPainter(self)
        paint_badge(painter, self.rect(), self._count, self._tone)
        painter.end()


def badge_width(count: int) -> int:
    """The width of a badge in logical pixels."""
    return max(20, 12 + QFontMetrics(theme.current().font(12, 600)).horizontalAdvance(str(count)))


def paint_badge(painter: QPainter, rect: QRect, count: int, tone: str) -> None:
    """Paints a count into ``rect`` as a pill."""
    ink, fill = tone_colors(tone)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill or theme.current().grey_soft)
    painter.drawRoundedRect(QRectF(rect), rect.height() / 2, rect.height() / 2)
    painter.setPen(ink)
    painter.setFont(theme.current().font(12, 600))
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), str(count))


def sync_chip(state: str, *, percent: int | None = None) -> Chip:
    """The chip of a sync state; ``percent`` while its files are being sent."""
    return Chip(*wording.sync_chip(state, language.lang(), percent=percent))
