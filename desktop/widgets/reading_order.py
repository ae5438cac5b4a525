"""Tab goes as one reads: in the order of the layouts, whatever was filled again, shown or moved since.

Qt keeps the order in which widgets came; a list that is filled anew goes to its end. So a window asks here each time
Tab is pressed (``focusNextPrevChild``). Must not know pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QGridLayout,
    QLayout,
    QLineEdit,
    QScrollArea,
    QSplitter,
    QWidget,
)

_WHOLE = (QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit)  # what is inside is Qt's own affair


def set_reading_order(root: QWidget) -> None:
    """Makes Tab go through ``root`` in the order of its layouts; does nothing where it does already."""
    wanted = list(_stops(root))
    if len(wanted) < 2:
        return
    places = {id(one): place for place, one in enumerate(wanted)}
    one = wanted[0]
    for place in range(1, len(wanted)):
        one = cast("QWidget", one.nextInFocusChain())
        while id(one) not in places:
            one = cast("QWidget", one.nextInFocusChain())
        if places[id(one)] != place:
            break
    else:
        return
    for before, after in pairwise(wanted):
        QWidget.setTabOrder(before, after)


def _stops(widget: QWidget) -> Iterator[QWidget]:
    if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget.focusProxy() is None:
        yield widget
    if isinstance(widget, _WHOLE):
        return
    for one in _inside(widget):
        if one.isVisible():
            yield from _stops(one)


def _inside(widget: QWidget) -> list[QWidget]:
    """The widgets in a widget, as they are read; what no layout holds comes last."""
    if isinstance(widget, QScrollArea):
        return [widget.widget()] if cast("QWidget | None", widget.widget()) is not None else []
    if isinstance(widget, QSplitter):
        return [widget.widget(place) for place in range(widget.count())]
    held = widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    layout = widget.layout()
    laid = _laid(layout, held) if layout is not None else []
    known = {id(one) for one in laid}
    return laid + [one for one in held if id(one) not in known and not one.isWindow()]


def _laid(layout: QLayout, held: list[QWidget]) -> list[QWidget]:
    """``held`` as a layout and those in it place them.

    Never ``itemAt``: Python would remember an item by its address after Qt has deleted it, and take the next thing
    that comes to lie there (an event) for it.
    """
    parts: list[tuple[tuple[int, ...], list[QWidget]]] = []
    inner = [one for one in layout.children() if isinstance(one, QLayout)]
    every: list[QWidget | QLayout] = [*held, *inner]
    for one in every:
        place = layout.indexOf(one)
        if place >= 0:
            where = cast("tuple[int, ...]", layout.getItemPosition(place))[:2] if isinstance(layout, QGridLayout) else (place,)
            parts.append((where, _laid(one, held) if isinstance(one, QLayout) else [one]))
    return [one for _where, ones in sorted(parts, key=lambda part: part[0]) for one in ones]
