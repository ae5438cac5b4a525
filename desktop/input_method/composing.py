"""While somebody composes, Enter, Esc, function keys and every shortcut belong to the input method, whichever it is.

Input methods get keys before Qt; some let a few pass while letters still stand underlined. Those must not submit a
form or leave a page. Must not know which input method it is.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

_CHORD = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
_LEAVING = frozenset(
    {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab,
     *(Qt.Key(Qt.Key.Key_F1 + number) for number in range(35))}
)  # fmt: skip
_WATCHED = frozenset({QEvent.Type.InputMethod, QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress})


class Composing(QObject):
    """Knows whether a composition is open; keys that would act on the page wait for its end."""

    def __init__(self, app: QGuiApplication) -> None:
        super().__init__(app)
        self._text = ""
        self._field: QWidget | None = None
        _guards[:] = [self]
        app.installEventFilter(self)
        app.focusObjectChanged.connect(lambda _object: self._forget())

    def open(self) -> bool:
        """Whether letters stand there that are not yet committed."""
        return bool(self._text)

    def stop(self) -> None:
        """Looks no more."""
        app = QCoreApplication.instance()
        if app is not None:
            app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follows the composition and holds back what does not belong into it."""
        kind = event.type()
        if kind not in _WATCHED:
            return False
        if isinstance(event, QInputMethodEvent):
            if isinstance(watched, QWidget):
                self._text, self._field = event.preeditString(), watched
            return False
        if not self._text or not isinstance(event, QKeyEvent):
            return False
        if kind == QEvent.Type.ShortcutOverride:
            event.accept()  # no shortcut: the key goes to the field
            return watched.isWindowType()
        held = event.key() in _LEAVING or bool(event.modifiers() & _CHORD)
        if held:
            event.accept()
        return held

    def field(self) -> QWidget | None:
        """The field letters are being composed in."""
        return self._field if self._text else None

    def _forget(self) -> None:
        self._text, self._field = "", None


_guards: list[Composing] = []


def composing_in(widget: QWidget) -> bool:
    """Whether somebody composes in ``widget`` or in a part of it: its text must not be replaced now."""
    field = next((guard.field() for guard in _guards if isValid(guard)), None)
    return field is not None and isValid(field) and (field is widget or widget.isAncestorOf(field))
