"""High contrast: where the desktop asks for it, every colour of the window is one of the desktop's palette.

Windows says so itself (its contrast themes need not be black and white); elsewhere a palette of pure black and white
does. Looked at when the program starts. Must not know widgets.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from PySide6.QtGui import QColor, QPalette

READABLE = 4.5  # WCAG 2.2, 1.4.3
FULL = 20.0  # black on white is 21
_GROUNDS = ("canvas", "surface", "subtle", "hover", "on_accent")
_EDGES = ("border", "line", "control")


def contrast(one: QColor, two: QColor) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    high, low = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: QColor) -> float:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def asked_for(system: QPalette) -> bool:
    """Whether the desktop wants high contrast; ``system`` is its palette before ours is put in force."""
    if sys.platform == "win32":
        return _windows_says()
    role = QPalette.ColorRole
    pairs = ((role.Window, role.WindowText), (role.Base, role.Text), (role.Button, role.ButtonText))
    return all(contrast(system.color(ground), system.color(ink)) > FULL for ground, ink in pairs)


def tokens(system: QPalette, names: Iterable[str]) -> dict[str, QColor]:
    """The window's colour tokens (``desktop.widgets.theme``) out of the desktop's palette.

    Tones (green, amber, red …) become the text's colour: chips, notices and errors have a word and an icon as well.
    """
    role = QPalette.ColorRole
    ground, ink = system.color(role.Window), system.color(role.WindowText)
    marked, on_marked = system.color(role.Highlight), system.color(role.HighlightedText)
    if contrast(marked, ground) < READABLE or contrast(marked, on_marked) < READABLE:
        marked, on_marked = ink, ground
    faint = system.color(QPalette.ColorGroup.Disabled, role.WindowText)
    found = {}
    for name in names:
        if name in _GROUNDS or name.endswith("_soft"):
            found[name] = ground
        elif name in ("accent", "accent_hover", "focus"):
            found[name] = marked
        else:
            found[name] = ink
    found["on_accent"] = on_marked
    found["disabled"] = faint if contrast(faint, ground) >= 3 else ink
    found["selected"] = found["accent_soft"] = _tint(ground, marked, ink)
    return found


def _tint(ground: QColor, marked: QColor, ink: QColor) -> QColor:
    """A ground that differs from the others and on which text is still readable."""
    for part in (0.4, 0.3, 0.2, 0.1):
        red, green, blue = (round(a + (b - a) * part) for a, b in zip(_parts(ground), _parts(marked), strict=True))
        mixed = QColor(red, green, blue)
        if min(contrast(mixed, ink), contrast(mixed, marked)) >= READABLE:
            return mixed
    return ground


def _parts(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    class _HighContrast(ctypes.Structure):
        """HIGHCONTRASTW of winuser.h."""

        _fields_ = (("cbSize", wintypes.UINT), ("dwFlags", wintypes.DWORD), ("lpszDefaultScheme", wintypes.LPWSTR))

    _GET_HIGH_CONTRAST, _ON = 0x0042, 0x0001

    def _windows_says() -> bool:
        """Not run yet: written after winuser.h."""
        state = _HighContrast(ctypes.sizeof(_HighContrast), 0, None)
        asked = ctypes.windll.user32.SystemParametersInfoW(_GET_HIGH_CONTRAST, state.cbSize, ctypes.byref(state), 0)
        return bool(asked) and bool(state.dwFlags & _ON)
