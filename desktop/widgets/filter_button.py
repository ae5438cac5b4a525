"""A filter: a button that names what is filtered, with a menu of choices; filled and with a cross while it filters."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from desktop.widgets import theme
from desktop.widgets.icons import icon


class FilterButton(QToolButton):
    """``changed`` carries the key of the choice ("" for all). The first choice may be preset as the plain state."""

    changed = Signal(str)

    def __init__(
        self,
        name: str,
        choices: Sequence[tuple[str, str]],
        *,
        all_words: str,
        plain: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "filter")
        self._name, self._plain, self._key = name, plain, plain
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._all = all_words
        self._actions: dict[str, QAction] = {}
        menu = QMenu(name, self)
        menu.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._group = QActionGroup(self)
        self.setMenu(menu)
        self.set_choices(choices)

    def set_choices(self, choices: Sequence[tuple[str, str]]) -> None:
        """Other choices: (key, words); the chosen one stays if it is still among them."""
        menu = self.menu()
        menu.clear()
        self._actions = {}
        for key, words in ([("", self._all)] if self._all else []) + list(choices):
            action = QAction(words, menu)
            action.setCheckable(True)
            action.setChecked(key == self._key)
            action.triggered.connect(lambda _checked=False, key=key: self._pick(key))
            self._group.addAction(action)
            menu.addAction(action)
            self._actions[key] = action
        if self._key not in self._actions:
            self._key = self._plain
        self._show()

    def key(self) -> str:
        """The chosen key, "" for all."""
        return self._key

    def choose(self, key: str) -> None:
        """Chooses without telling anybody."""
        self._key = key if key in self._actions else self._plain
        self._actions[self._key].setChecked(True) if self._key in self._actions else None
        self._show()

    def _pick(self, key: str) -> None:
        if key != self._key:
            self._key = key
            self._show()
            self.changed.emit(key)

    def _show(self) -> None:
        active = self._key != self._plain
        words = self._actions[self._key].text() if self._key in self._actions and self._key else self._name
        self.setText(f"{self._name}：{words}" if active and self._key and not self._plain else words)
        self.setIcon(icon("chevron-down", "accent" if active else "text2"))
        self.setAccessibleName(f"{self._name}：{words}" if words != self._name else self._name)
        theme.set_property(self, "active", active)


class Toggle(QToolButton):
    """A filter that is on or off; on it is filled and carries a cross."""

    def __init__(self, words: str, *, on: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "filter")
        self.setText(words)
        self.setCheckable(True)
        self.setChecked(on)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.toggled.connect(self._show)
        self._show(on)

    def _show(self, on: bool) -> None:
        self.setIcon(icon("x" if on else "plus", "accent" if on else "text2"))
        theme.set_property(self, "active", on)
