"""What painted widgets are for a screen reader. A class says it with ``spoken = QAccessible.Role.…``; its words are
its accessible name, its figure (of a ring or bar) what ``spoken_value()`` returns. ``spoken = None`` is decoration:
it only repeats for the eye what stands beside it, and a screen reader passes it by.

Must not know pages. Without this a painted QWidget is a "client" nobody can make sense of.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAccessibleWidget, QWidget


class _Painted(QAccessibleWidget):
    """A widget that paints what it says."""

    def text(self, which: QAccessible.Text) -> str:
        """Its figure, where it has one; the rest as Qt has it."""
        value = getattr(self.object(), "spoken_value", None) if which == QAccessible.Text.Value else None
        if value is not None:
            return str(value())
        return super().text(which)


class _Decoration(QAccessibleWidget):
    """A widget that is passed by."""

    def state(self) -> QAccessible.State:
        """Not there for a screen reader."""
        state = super().state()
        setattr(state, "invisible", True)  # noqa: B010  a bit field the stubs do not know
        return state


def _face(_name: str, thing: QObject) -> Any:
    kind = type(thing)
    if not isinstance(thing, QWidget) or not hasattr(kind, "spoken"):
        return None
    role = kind.spoken
    made = _Decoration(thing, QAccessible.Role.Graphic) if role is None else _Painted(thing, role)
    thing._face = made  # type: ignore[attr-defined]  # Qt holds it without counting: it lives as long as its widget
    return made


_installed: list[bool] = []


def install() -> None:
    """Tells Qt, once in a program."""
    if not _installed:
        QAccessible.installFactory(_face)
        _installed.append(True)
