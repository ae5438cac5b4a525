"""Numbers that are shown masked, and the eye that shows them whole for ten seconds.

The eye shuts by itself, when it is pressed again, and when the place it stands in is left. Must not know what is masked.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from desktop.widgets.card import text
from desktop.widgets.icons import icon

SHOWN_MS = 10_000


class Eye(QToolButton):
    """Checked while the number is shown; ``toggled(shown)`` says when to show and when to mask."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "flat")
        self.setIcon(icon("eye", "text2"))
        self.setCheckable(True)
        self.setFixedSize(24, 24)
        self.setAccessibleName(self.tr("显示{name}").format(name=name))
        self.setToolTip(self.tr("显示 10 秒，再按就隐藏"))
        self._end = QTimer(self)
        self._end.setSingleShot(True)
        self._end.timeout.connect(lambda: self.setChecked(False))
        self.toggled.connect(self._count)

    def hideEvent(self, event: QHideEvent) -> None:
        """Whoever comes back finds it masked."""
        super().hideEvent(event)
        self.setChecked(False)

    def _count(self, shown: bool) -> None:
        if shown:
            self._end.start(SHOWN_MS)
        else:
            self._end.stop()


class MaskedText(QWidget):
    """A masked value with its eye beside it."""

    def __init__(self, name: str, masked: str, plain: str, role: str = "small", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._masked, self._plain = name, masked, plain
        self.value = text("", role, wrap=True, select=True)
        self.eye = Eye(name)
        self.eye.toggled.connect(self._show)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.value, 1)
        row.addWidget(self.eye, 0, Qt.AlignmentFlag.AlignTop)
        self._show(False)

    def _show(self, shown: bool) -> None:
        words = self._plain if shown else self._masked
        self.value.setText(words)
        self.value.setAccessibleName(f"{self._name}：{words}")
