"""A box for text of several lines that is as high as its text, between two limits; Tab leaves it."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

_AROUND = 26  # px: edge, padding and the document's margin


class TextBox(QPlainTextEdit):
    """``least`` to ``most`` lines high; beyond that it scrolls."""

    def __init__(self, least: int = 3, most: int = 8, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._least, self._most = least, most
        self.setTabChangesFocus(True)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width wraps to another number of lines."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            QTimer.singleShot(0, self, self._fit)

    def showEvent(self, event: QShowEvent) -> None:
        """The font is known only now."""
        super().showEvent(event)
        self._fit()

    def _fit(self, *_size: object) -> None:
        lines = min(max(self._least, int(self.document().size().height())), self._most)
        self.setFixedHeight(self.fontMetrics().lineSpacing() * lines + _AROUND)
