"""Fields and buttons that show their key: a search field that tells after a pause, a button with "Ctrl N" in it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from desktop.widgets import theme
from desktop.widgets.card import ICON_AND_GAP
from desktop.widgets.icons import icon

PAUSE_MS = 200  # after the last key before a search is made


class SearchField(QLineEdit):
    """Free text; ``searched`` comes 200 ms after the last key and at once on Enter."""

    searched = Signal(str)

    def __init__(self, name: str, key: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = key
        self.setPlaceholderText(name)
        self.setAccessibleName(name)
        self.setToolTip(f"{name}（{key}）" if key else name)
        self.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition).setText(name)
        self.setMinimumWidth(180)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(lambda: self.searched.emit(self.text().strip()))
        self.textChanged.connect(lambda _words: self._pause.start())
        self.returnPressed.connect(self._now)

    def _now(self) -> None:
        self._pause.stop()
        self.searched.emit(self.text().strip())

    def sizeHint(self) -> QSize:
        """270 px wide where there is room."""
        return QSize(270, super().sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Adds the key while the field is empty."""
        super().paintEvent(event)
        wants = self.fontMetrics().horizontalAdvance(self.placeholderText() + self._key) + 66  # its icon, the cap and the air
        if self._key and not self.text() and not self.hasFocus() and wants <= self.width():
            painter = QPainter(self)
            paint_key(painter, QRectF(self.rect()).adjusted(0, 0, -8, 0), self._key)
            painter.end()


class KeyButton(QPushButton):
    """A button that shows its key: behind a stroke (primary) or as a small key cap (search)."""

    def __init__(self, words: str, key: str, icon_name: str, role: str = "primary") -> None:
        super().__init__(words)
        self._key, self._cap = key, role == "search"
        self.setProperty("role", role)
        self.setProperty("keyed", True)
        if icon_name:
            self.setIcon(icon(icon_name, "on_accent" if role == "primary" else "text2"))
        self.setIconSize(ICON_AND_GAP)
        self.setAutoDefault(False)
        self.setAccessibleName(words)
        self.setToolTip(f"{words}（{key}）")

    def set_words(self, words: str) -> None:
        """Says something else."""
        self.setText(words)
        self.setAccessibleName(words)
        self.setToolTip(f"{words}（{self._key}）")
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Wider by its key."""
        hint = super().sizeHint()
        width = QFontMetrics(theme.current().font(11)).horizontalAdvance(self._key) + 22
        return QSize(max(270, hint.width() + width) if self._cap else hint.width() + width, hint.height())

    def minimumSizeHint(self) -> QSize:
        """A search button may shrink, others not."""
        return QSize(180, self.sizeHint().height()) if self._cap else self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Adds the key at the right."""
        super().paintEvent(event)
        now, painter = theme.current(), QPainter(self)
        box = QRectF(self.rect())
        if self._cap:
            paint_key(painter, box.adjusted(0, 0, -8, 0), self._key)
        else:
            painter.setFont(now.font(12, 600))
            painter.setPen(now.on_accent if self.property("role") == "primary" else now.text3)
            width = painter.fontMetrics().horizontalAdvance(self._key)
            x = box.right() - 12 - width
            painter.drawLine(round(x - 8), round(box.center().y() - 7), round(x - 8), round(box.center().y() + 7))
            painter.drawText(QRectF(x, 0, width + 2, box.height()), int(Qt.AlignmentFlag.AlignVCenter), self._key)
        painter.end()


def paint_key(painter: QPainter, box: QRectF, key: str) -> None:
    """Paints a small key cap at the right of ``box``."""
    now = theme.current()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(now.font(11))
    width = painter.fontMetrics().horizontalAdvance(key) + 10
    cap = QRectF(box.right() - width, box.center().y() - 9, width, 18)
    painter.setPen(QPen(now.border, 1))
    painter.setBrush(now.subtle)
    painter.drawRoundedRect(cap, 4, 4)
    painter.setPen(now.text3)
    painter.drawText(cap, int(Qt.AlignmentFlag.AlignCenter), key)
