"""A record in the list beside the conflicts: its name, its company, what is still to decide."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from desktop.widgets.card import ElidedLabel, text
from desktop.widgets.icons import IconLabel

TITLE = 150  # px of the name on its button
EDGE = 2  # px of edge and room that a button has before its words; all lines begin there


class ConflictItem(QFrame):
    """One record; ``call`` opens it (None: it is done, and only told). ``line`` takes a button at its right end."""

    def __init__(
        self, title: str, sub: str, state: str, icon_name: str, tint: str, *, on: bool, call: Callable[[], object] | None
    ) -> None:  # fmt: skip
        super().__init__()
        self.setProperty("role", "choiceOn" if on else "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(11, 8, 11, 8)
        column.setSpacing(2)
        self.button = QPushButton()
        self.button.setProperty("role", "link")
        self.button.setText(self.button.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, TITLE))
        self.button.setToolTip(title)
        self.button.setAccessibleName(f"{title}，{state}")
        name = ElidedLabel(title, "strong")
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(name)
        self.button.setVisible(call is not None)
        name.setVisible(call is None)
        if call is not None:
            self.button.clicked.connect(lambda _checked=False: call())
        if sub:
            below = ElidedLabel(sub, "meta")
            below.setContentsMargins(EDGE, 0, 0, 0)
            column.addWidget(below)
        name.setContentsMargins(EDGE, 0, 0, 0)
        self.line = QHBoxLayout()
        self.line.setContentsMargins(EDGE, 0, 0, 0)
        self.line.setSpacing(4)
        self.line.addWidget(IconLabel(icon_name, tint, 14))
        label = text(state, "ok" if tint == "green" else "meta")
        self.line.addWidget(label)
        self.line.addStretch(1)
        column.addLayout(self.line)
