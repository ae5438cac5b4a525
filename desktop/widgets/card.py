"""A white card: a head line (title, small words, something at the right) over a body.

Body widgets go into ``card.body``, a vertical layout. Must not know what it shows.
"""

from __future__ import annotations

import re
from typing import cast

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.widgets import theme
from desktop.widgets.icons import IconLabel, icon
from sync.domain.values import one_line

_ENDLESS, _PIECES = re.compile(r"[^\s\u200b\u2e80-\uffef-]{41,}"), re.compile(r".{1,20}")
ICON_AND_GAP = QSize(19, 16)  # an icon of 16 px and 3 px more to the words than the style leaves


def text(words: str, role: str = "", *, wrap: bool = False, select: bool = False) -> QLabel:
    """A label of a role; plain text, never markup."""
    made = QLabel(breakable(words) if wrap else words)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        made.setProperty("role", role)
    made.setWordWrap(wrap)
    if select:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def breakable(words: str) -> str:
    """Words with places to break in those that no line could hold (addresses, a name of 200 letters).

    Without them the longest word would be the width of the page, and what stands beside it would be cut off.
    """
    return _ENDLESS.sub(lambda found: "\u200b".join(_PIECES.findall(found[0])), words)


def button(
    words: str, role: str = "normal", icon_name: str = "", *, small: bool = False, tint: str = ""
) -> QPushButton:
    """A push button of a role (primary, normal, link, danger) with an optional icon."""
    made = QPushButton(words)
    made.setProperty("role", role)
    made.setProperty("small", small)
    made.setAutoDefault(False)
    made.setIconSize(ICON_AND_GAP)
    made.setCursor(Qt.CursorShape.PointingHandCursor if role == "link" else Qt.CursorShape.ArrowCursor)
    if icon_name:
        tints = {"primary": "on_accent", "link": "accent", "danger": "red"}
        made.setIcon(icon(icon_name, tint or tints.get(role, "text2")))
    return made


def line() -> QFrame:
    """A thin divider."""
    made = QFrame()
    made.setProperty("role", "line")
    return made


class ElidedLabel(QLabel):
    """One line that is cut with … when too long (``middle`` for file names); the tooltip has it whole."""

    def __init__(self, words: str = "", role: str = "", *, middle: bool = False, hug: bool = False, drop: bool = False) -> None:
        """``hug``: no wider than its words, so that what follows stands beside them; ``drop``: whole or not at all."""
        super().__init__()
        self._whole, self._hug, self._drop = words, hug, drop
        self._mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        self.setTextFormat(Qt.TextFormat.PlainText)
        if role:
            self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Maximum if hug else QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.set_whole(words)

    def set_whole(self, words: str) -> None:
        """Shows other words."""
        words = one_line(words)
        if words == self._whole == self.accessibleName():
            return
        self._whole = words
        self.setAccessibleName(words)
        self._cut()
        self.updateGeometry()

    def whole(self) -> str:
        """All of the words."""
        return self._whole

    def sizeHint(self) -> QSize:
        """As wide as all of the words."""
        self.ensurePolished()
        hint = super().sizeHint()
        hint.setWidth(self.fontMetrics().horizontalAdvance(self._whole) + 2)
        return hint

    def minimumSizeHint(self) -> QSize:
        """Any width will do."""
        hint = super().minimumSizeHint()
        hint.setWidth(20)
        return hint

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cuts again for the new width."""
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        cut = self.fontMetrics().elidedText(self._whole, self._mode, max(self.width(), 20))
        if self._drop and cut != self._whole:
            cut = ""
        if cut != self.text():
            self.setText(cut)
        whole = self._whole if cut != self._whole else ""
        if whole != self.toolTip():
            self.setToolTip(whole)


class Card(QFrame):
    """A card; ``head`` is its head line (add to the right of it), ``body`` takes the rest."""

    def __init__(
        self, title: str = "", note: str = "", *, icon_name: str = "", tint: str = "text2", flush: bool = False,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.setProperty("role", "card")
        self._whole = QVBoxLayout(self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._whole.setSpacing(0)
        self.head = QHBoxLayout()
        self.title, self.note = text("", "cardTitle"), text(note, "secondary")
        self.body = QVBoxLayout()
        self.body.setContentsMargins(*((0, 0, 0, 0) if flush else (16, 12, 16, 14)))
        self.body.setSpacing(6)
        self._whole.addLayout(self.body, 1)
        if title:
            self.add_head(title, note, icon_name=icon_name, tint=tint)

    def add_head(self, title: str, note: str = "", *, icon_name: str = "", tint: str = "text2") -> None:
        """The head line of a card that was made without one."""
        self.head.setContentsMargins(16, 12, 16, 6)
        self.head.setSpacing(8)
        if icon_name:
            self.head.addWidget(IconLabel(icon_name, tint, 18))
        self.head.addWidget(self.title)
        self.head.addWidget(self.note)
        self.head.addStretch(1)
        self.title.setText(title)
        self._whole.insertLayout(0, self.head)
        self.set_note(note)  # shown only now: a label without a parent would be a window of its own
        if self.body.contentsMargins().left():
            self.body.setContentsMargins(16, 4, 16, 14)
        self.setAccessibleName(title)

    def needs(self) -> int:
        """The width below which its words would be cut."""
        return self._whole.totalMinimumSize().width()

    def set_note(self, words: str) -> None:
        """The small words beside the title."""
        self.note.setText(words)
        self.note.setVisible(bool(words))

    def set_role(self, role: str) -> None:
        """card, cardAccent, cardBad, cardWarn or cardConflict."""
        theme.set_role(self, role)


def clear(layout: QLayout) -> None:
    """Takes everything out of a layout; the widgets are deleted when control returns to Qt."""
    while layout.count():
        item = layout.takeAt(0)
        widget, inner = cast("QWidget | None", item.widget()), cast("QLayout | None", item.layout())
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif inner is not None:  # a spacer is neither
            clear(inner)
