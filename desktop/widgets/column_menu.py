"""Which columns a list shows: a button with a menu of them, each on or off. Must not know lists or where it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from desktop.widgets.icons import icon


class ColumnMenu(QToolButton):
    """``chosen``: the keys that are put away, after each change."""

    chosen = Signal(list)

    def __init__(self, columns: Sequence[tuple[str, str]], away: Iterable[str], parent: QWidget | None = None) -> None:
        """``columns`` are (key, words)."""
        super().__init__(parent)
        self.setProperty("role", "tool")
        self.setIcon(icon("columns-3", "text2"))
        self.setToolTip(self.tr("显示哪些列"))
        self.setAccessibleName(self.tr("显示哪些列"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu, gone = QMenu(self.tr("显示哪些列"), self), set(away)
        self._actions = {}
        for key, words in columns:
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(key not in gone)
            action.triggered.connect(lambda _on=False: self.chosen.emit(self.away()))
            self._actions[key] = action
        self.setMenu(menu)

    def away(self) -> list[str]:
        """The keys of the columns that are put away."""
        return [key for key, action in self._actions.items() if not action.isChecked()]
