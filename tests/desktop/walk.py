"""What is looked at on a page: names and roles, the way of Tab, contrast of what is painted, text that is cut off.

Each function returns sentences that name what is wrong and where; an empty list is good. They look at the widgets
and pixels a person meets, not at how a page was made.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from math import ceil
from types import FunctionType

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTranslator
from PySide6.QtGui import QAccessible, QColor, QFontMetrics, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QStackedWidget,
    QTableView,
    QWidget,
)

from desktop.widgets.card import ElidedLabel
from desktop.widgets.high_contrast import READABLE, contrast

TEXTS = QLabel | QAbstractButton | QLineEdit | QComboBox
LONGER = 0.6
SEEN_PART = 0.3  # of a long name that is cut with …: less tells nothing
_PLACES = "长"
HAN, HAN_RUN = re.compile("[一-鿿]"), re.compile("[一-鿿]+")


class Longer(QTranslator):
    """Every string of ours 60 % longer, placeholders whole: what a longer language does to a page."""

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, text: str, note: str | None = None, n: int = -1) -> str | None:  # type: ignore[override]
        return text + _PLACES * ceil(LONGER * len(text)) if HAN.search(text) else None


def shown(root: QWidget) -> Iterator[QWidget]:
    """Every widget of ours that can be seen at all; inner parts of Qt's own widgets are left out."""
    for one in root.findChildren(QWidget):
        if one.isVisible() and not one.objectName().startswith("qt_") and not isinstance(one.parentWidget(), QLineEdit | QAbstractItemView):
            yield one


def called(widget: QWidget) -> str:
    """A widget in a sentence."""
    words = widget.accessibleName() or (widget.text() if isinstance(widget, QLabel | QAbstractButton | QLineEdit) else "")
    return f"{type(widget).__name__} “{words[:40]}”"


# -- names and roles ---------------------------------------------------------------------------------------------


def nameless(root: QWidget) -> list[str]:
    """Controls and painted widgets that a screen reader cannot tell."""
    found = []
    for one in shown(root):
        control = one.focusPolicy() != Qt.FocusPolicy.NoFocus and one.focusProxy() is None and not isinstance(one, QHeaderView)
        inner = isinstance(one, QLineEdit) and isinstance(one.parentWidget(), QComboBox)
        if inner or not (control or _painted(one)):
            continue
        face = QAccessible.queryAccessibleInterface(one)
        if face.state().invisible:
            continue
        if not face.text(QAccessible.Text.Name).strip():
            found.append(f"no name: {called(one)} in {called(one.parentWidget())}")
        if face.role() in (QAccessible.Role.Client, QAccessible.Role.NoRole) and not isinstance(one, QAbstractScrollArea):
            found.append(f"no role: {called(one)}")
    for view in root.findChildren(QAbstractItemView):
        if view.isVisible():
            found += _silent_cells(view)
    return found


def _painted(one: QWidget) -> bool:
    """A widget of ours that paints by itself all there is of it."""
    own = type(one).__module__.startswith("desktop.") and isinstance(vars(type(one)).get("paintEvent"), FunctionType)
    return own and not one.findChildren(QWidget)


def _silent_cells(view: QAbstractItemView) -> list[str]:
    model, found = view.model(), []
    for row in range(min(model.rowCount(), 8) if model is not None else 0):
        for column in range(model.columnCount()):
            index = model.index(row, column)
            hidden = isinstance(view, QTableView) and (view.isColumnHidden(column) or (view.columnSpan(row, column) > 1 and column))
            enabled = model.flags(index) & Qt.ItemFlag.ItemIsEnabled
            said = index.data(Qt.ItemDataRole.AccessibleTextRole) or index.data(Qt.ItemDataRole.DisplayRole)
            checkable = index.data(Qt.ItemDataRole.CheckStateRole) is not None
            if enabled and not hidden and not said and not checkable and not view.visualRect(index).isEmpty():
                found.append(f"silent cell {row},{column} of {called(view)}")
    return found


# -- the way of Tab ----------------------------------------------------------------------------------------------


def stops(root: QWidget) -> list[QWidget]:
    """What Tab must reach."""
    return [
        one for one in shown(root)
        if one.isEnabled() and one.focusPolicy() & Qt.FocusPolicy.TabFocus == Qt.FocusPolicy.TabFocus and one.focusProxy() is None
        and not (isinstance(one, QLineEdit) and isinstance(one.parentWidget(), QComboBox))
    ]  # fmt: skip


def tab_order(window: QWidget, page: QWidget) -> list[str]:
    """Tab from the first stop of a page to its end: everything is reached once, is seen, and reads like a page."""
    wanted = stops(page)
    if len(wanted) < 2:
        return []
    wanted[0].setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)  # the way is made on the first step
    first = next(one for one in _chain(window) if one in wanted)
    first.setFocus(Qt.FocusReason.TabFocusReason)
    came: list[QWidget] = []
    found: list[str] = []
    for _ in range(len(wanted) + 30):
        now = QApplication.focusWidget()
        if now is None or now in came or not page.isAncestorOf(now):
            break
        if came and came[-1].isVisible() and _jumps(_box(came[-1], page), _box(now, page)):
            found.append(f"Tab jumps from {called(came[-1])} back to {called(now)}")
        came.append(now)
        if now.visibleRegion().isEmpty():
            found.append(f"focus out of sight: {called(now)}")
        QTest.keyClick(now, Qt.Key.Key_Tab)
        if QApplication.focusWidget() is now:
            found.append(f"Tab stays at {called(now)}")
            break
    missed = [one for one in stops(page) if one not in came and one in wanted]
    return found + [f"Tab never comes to {called(one)}" for one in missed]


def _chain(window: QWidget) -> Iterator[QWidget]:
    one = window.nextInFocusChain()
    while one is not window:
        yield one
        one = one.nextInFocusChain()


def _box(widget: QWidget, page: QWidget) -> QRect:
    return QRect(widget.mapTo(page, QPoint(0, 0)), widget.size())


def _jumps(one: QRect, two: QRect) -> bool:
    """Up, unless into the next column; or back to the left in the same line."""
    up = two.bottom() <= one.top() + 2
    right, left = two.left() >= one.right() - 2, two.right() <= one.left() + 2
    level = min(one.bottom(), two.bottom()) - max(one.top(), two.top()) > min(one.height(), two.height()) / 2
    return (up and not right) or (level and left)


# -- contrast ----------------------------------------------------------------------------------------------------


def faint(root: QWidget) -> list[str]:
    """Texts whose strongest painted pixel stands out from their ground by less than 4.5."""
    picture = root.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    found = []
    for words, box, widget in _inked(root):
        if (got := _ratio(picture, box)) >= READABLE:
            continue
        if (got := max(got, _ratio(_larger(root, box), QRect(QPoint(0, 0), box.size() * _LARGER)))) < READABLE:
            found.append(f"contrast {got:.1f}: “{words[:30]}” of {called(widget)}")
    return found


_LARGER = 4


def _inked(root: QWidget) -> Iterator[tuple[str, QRect, QWidget]]:
    for one in shown(root):
        words = one.text() if isinstance(one, QLabel | QAbstractButton) else one.currentText() if isinstance(one, QComboBox) else ""
        if isinstance(one, QLineEdit):
            words = one.text() or one.placeholderText()
        if not (words.strip() or (_painted(one) and one.accessibleName())):
            continue
        seen = one.visibleRegion().boundingRect()
        if seen.width() >= 8 and seen.height() >= 8 and one.isEnabled():
            seen = seen.adjusted(3, 2, -3, -2) if isinstance(one, QAbstractButton | QLineEdit | QComboBox) else seen
            yield words or one.accessibleName(), seen.translated(one.mapTo(root, QPoint(0, 0))), one
    for view in root.findChildren(QAbstractItemView):
        if not view.isVisible():
            continue
        model = view.model()
        for row in range(min(model.rowCount(), 6) if model is not None else 0):
            for column in range(model.columnCount()):
                index = model.index(row, column)
                box = view.visualRect(index).intersected(view.viewport().rect())
                if box.height() >= 16 and box.width() >= 60 and str(index.data() or "").strip():
                    yield str(index.data()), box.translated(view.viewport().mapTo(root, QPoint(0, 0))), view


def _ratio(picture: QImage, box: QRect) -> float:
    """The contrast of the commonest pixel of a part with the one that stands out most."""
    ratio = picture.devicePixelRatio()
    part = picture.copy(QRect((box.topLeft() * ratio), QSize(ceil(box.width() * ratio), ceil(box.height() * ratio))))
    seen = Counter(memoryview(bytes(part.constBits())).cast("I")) if not part.isNull() else None
    if not seen:
        return 21.0
    ground, best = seen.most_common(1)[0][0], 1.0
    for pixel in seen:
        best = max(best, _apart(ground, pixel))
        if best >= READABLE:
            break
    return best


@lru_cache(maxsize=100_000)
def _apart(one: int, two: int) -> float:
    return contrast(QColor(one), QColor(two))


def _larger(root: QWidget, box: QRect) -> QImage:
    """A part painted four times as large: thin strokes reach their ink."""
    image = QImage(box.size() * _LARGER, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.scale(_LARGER, _LARGER)
    root.render(painter, QPoint(0, 0), box)
    painter.end()
    return image


# -- cut off -----------------------------------------------------------------------------------------------------


def cut(root: QWidget) -> list[str]:
    """Text with less room than it needs, and widgets that stand over the edge of what holds them."""
    found = []
    for one in shown(root):
        if short := _short(one):
            found.append(f"{short}: {called(one)}")
        if over := _over_edge(one, root):
            found.append(f"{over}: {called(one)} in {called(one.parentWidget())}")
    return found


def _short(one: QWidget) -> str:
    """How much room a text lacks, in words."""
    room, wants = one.contentsRect(), one.minimumSizeHint()
    fixed = one.minimumWidth() == one.maximumWidth() and not isinstance(one, QLabel | QAbstractButton)
    if fixed or isinstance(one, QAbstractScrollArea | QProgressBar | QStackedWidget) or holds_pages(one):
        return ""
    if isinstance(one, QAbstractButton) and not one.text():
        return "" if min(one.width(), one.height()) >= 20 else "too small"
    if isinstance(one, ElidedLabel):
        whole = one.fontMetrics().horizontalAdvance(one.whole())
        if one.text() and whole > one.width() + 2 and one.width() < min(SEEN_PART * whole, 90):
            return f"{one.width()} of {whole} px"
        return "" if one.height() >= QFontMetrics(one.font()).height() - 2 else "too low"
    if isinstance(one, QLabel):
        if one.wordWrap():
            needs = one.heightForWidth(one.width())
            return f"{one.height()} of {needs} px high" if needs > one.height() + 3 else ""
        wants = one.sizeHint()
        return f"{one.width()} of {wants.width()} px" if one.text() and wants.width() > one.width() + 1 else ""
    if isinstance(one, QAbstractButton) and one.text():
        if one.hasHeightForWidth():
            return "too low" if one.heightForWidth(one.width()) > one.height() + 3 else ""
        wants = one.sizeHint() if one.maximumWidth() > 10_000 else QSize(one.fontMetrics().horizontalAdvance(one.text()), 0)
    if isinstance(one, QComboBox) and not one.isEditable() and not one.toolTip():
        whole = one.fontMetrics().horizontalAdvance(one.currentText())
        return f"{room.width() - 34} of {whole} px" if whole > room.width() - 34 else ""
    if isinstance(one, QLineEdit) and not one.text() and one.placeholderText() not in one.toolTip():
        whole = one.fontMetrics().horizontalAdvance(one.placeholderText())
        return f"hint {room.width() - 12} of {whole} px" if whole > room.width() - 12 else ""
    return f"{one.width()} x {one.height()} of {wants.width()} x {wants.height()} px" if (
        wants.width() > one.width() + 1 or wants.height() > one.height() + 1) else ""  # fmt: skip


def holds_pages(one: QWidget) -> bool:
    """It asks for the room of pages that are not shown."""
    return any(isinstance(child, QStackedWidget) for child in one.children())


def _over_edge(one: QWidget, root: QWidget) -> str:
    holder = one.parentWidget()
    if holder is root or holder is None or one.isWindow() or isinstance(holder.parentWidget(), QAbstractScrollArea):
        return ""
    box = one.geometry()
    right, below = box.right() - holder.rect().right(), box.bottom() - holder.rect().bottom()
    left, above = -box.left(), -box.top()
    by = max(right, below, left, above)
    return f"over the edge by {by} px" if by > 1 else ""


# -- another language --------------------------------------------------------------------------------------------


def chinese(root: QWidget, data: list[str]) -> list[str]:
    """Words left in Chinese that are nobody's data; ``data`` are strings of records, the longest first."""
    found = []
    for one in (root, *shown(root)):
        said = [one.accessibleName(), one.accessibleDescription(), one.toolTip(), one.windowTitle()]
        if isinstance(one, ElidedLabel):
            said.append(one.whole())
        elif isinstance(one, QLabel | QAbstractButton | QLineEdit):
            said.append(one.text())
        said += [one.placeholderText()] if isinstance(one, QLineEdit | QPlainTextEdit) else []
        said += [one.itemText(place) for place in range(one.count())] if isinstance(one, QComboBox) else []
        said += [action.text() for action in one.actions()]
        if isinstance(one, QAbstractItemView) and (model := one.model()) is not None:
            columns = range(model.columnCount())
            said += [str(model.headerData(at, Qt.Orientation.Horizontal) or "") for at in columns]
            said += [str(model.index(row, at).data(role) or "") for row in range(min(model.rowCount(), 40)) for at in columns for role in _SAID]
        found += [f"Chinese “{left}” in “{words[:40]}” of {called(one)}" for words in said if (left := _left(words, data))]
    return found


_SAID = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole)


def _left(words: str, data: list[str]) -> str:
    if not HAN.search(words):
        return ""
    for one in data:
        words = words.replace(one, "")
    part_of = [run for run in HAN_RUN.findall(words) if len(run) > 1 and any(run in one for one in data)]  # of what was cut
    return "".join(run for run in HAN_RUN.findall(words) if run not in part_of)
