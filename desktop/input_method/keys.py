"""Keys between Qt and X: what fcitx is told of a key, and the key it sends back.

Qt's X11 plugin keeps the key symbol, code and state it got; where they are missing (keys made by a program) they are
derived. Source of the numbers: X.Org's keysymdef.h. Must not know D-Bus.
"""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

_UNICODE = 0x01000000  # key symbols of characters beyond Latin-1
_K = Qt.Key
_SPECIAL: dict[Qt.Key, int] = {
    _K.Key_Backspace: 0xFF08, _K.Key_Tab: 0xFF09, _K.Key_Backtab: 0xFE20, _K.Key_Return: 0xFF0D, _K.Key_Enter: 0xFF8D,
    _K.Key_Escape: 0xFF1B, _K.Key_Delete: 0xFFFF, _K.Key_Home: 0xFF50, _K.Key_Left: 0xFF51, _K.Key_Up: 0xFF52,
    _K.Key_Right: 0xFF53, _K.Key_Down: 0xFF54, _K.Key_PageUp: 0xFF55, _K.Key_PageDown: 0xFF56, _K.Key_End: 0xFF57,
    _K.Key_Insert: 0xFF63, _K.Key_Shift: 0xFFE1, _K.Key_Control: 0xFFE3, _K.Key_Alt: 0xFFE9, _K.Key_Meta: 0xFFEB,
    _K.Key_CapsLock: 0xFFE5, _K.Key_AltGr: 0xFE03,
}  # fmt: skip
_BACK = {symbol: key for key, symbol in _SPECIAL.items()} | {0xFFE2: _K.Key_Shift, 0xFFE4: _K.Key_Control}
_F1 = 0xFFBE
_STATE = (
    (Qt.KeyboardModifier.ShiftModifier, 1), (Qt.KeyboardModifier.ControlModifier, 4),
    (Qt.KeyboardModifier.AltModifier, 8), (Qt.KeyboardModifier.MetaModifier, 64),
)  # fmt: skip


class Stroke(NamedTuple):
    """A key as X has it: symbol, hardware code, modifier state, and when (ms)."""

    symbol: int
    code: int
    state: int
    time: int


def stroke(event: QKeyEvent) -> Stroke:
    """What fcitx is told of a key."""
    time = event.timestamp() & 0xFFFFFFFF
    if event.nativeVirtualKey():
        return Stroke(event.nativeVirtualKey(), event.nativeScanCode(), event.nativeModifiers(), time)
    state = sum(bit for modifier, bit in _STATE if event.modifiers() & modifier)
    return Stroke(_symbol(event), 0, state, time)


def _symbol(event: QKeyEvent) -> int:
    key, text = Qt.Key(event.key()), event.text()
    if key in _SPECIAL:
        return _SPECIAL[key]
    if _K.Key_F1 <= key <= _K.Key_F35:
        return _F1 + key - _K.Key_F1
    if len(text) == 1 and text.isprintable():
        code = ord(text)
        return code if code < 0x100 else _UNICODE | code
    if key < 0x100:  # with Ctrl the text is a control character; X has the letter, small without Shift
        return key if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else ord(chr(key).lower())
    return 0


def event_of(symbol: int, state: int, release: bool) -> QKeyEvent:
    """The key fcitx sends back, for the widget that has the focus."""
    kind = QEvent.Type.KeyRelease if release else QEvent.Type.KeyPress
    modifiers = Qt.KeyboardModifier.NoModifier
    for modifier, bit in _STATE:
        if state & bit:
            modifiers |= modifier
    if symbol in _BACK:
        return QKeyEvent(kind, _BACK[symbol], modifiers)
    if _F1 <= symbol < _F1 + 35:
        return QKeyEvent(kind, _K.Key_F1 + symbol - _F1, modifiers)
    text = chr(symbol & 0xFFFFFF) if symbol >= _UNICODE else chr(symbol) if symbol < 0x100 else ""
    key = ord(text.upper()) if len(text) == 1 and ord(text) < 0x80 else _K.Key_unknown
    return QKeyEvent(kind, key, modifiers, text)
