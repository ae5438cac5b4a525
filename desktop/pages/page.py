"""What every page of the window has: a top line, a place for messages, and three moments of its life.

    open(**where)   the person came here, with what the way here said (an id, a filter)
    refresh()       something changed; read again, keep selection, scroll position and focus
    leave()         the person goes elsewhere; save what is pending

Pages get workspace, lanes and ``navigate`` and know nothing of the window around them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from desktop.tasks import Tasks
from desktop.widgets import language, theme
from desktop.widgets.card import ElidedLabel, text
from desktop.widgets.notice_bar import NoticeBar
from sync.workspace import Workspace, today

Navigate = Callable[..., None]
MOMENT_MS = 300  # of reading, before it is said that something is read
SUB_ROOM = 120  # px of the small words beside the title, before tools go below
__all__ = ["Navigate", "Page", "entry_of", "scrolled", "today"]


class _TopLine(QFrame):
    """The top line: tells when what stands in it wants another width."""

    asked = Signal()

    def event(self, event: QEvent) -> bool:
        """A word became longer, a button came."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self.asked.emit()
        return done


class Page(QWidget):
    """A page. Subclasses fill ``top`` (a line of 56 px), then ``add_tools``, and ``body``; ``rail`` asks for the narrow sidebar."""

    rail: ClassVar[bool] = False
    key = ""  # the entry of the sidebar it belongs to, where that is not its own name
    titled = Signal(str)

    def __init__(self, workspace: Workspace, tasks: Tasks, navigate: Navigate) -> None:
        super().__init__()
        self.workspace, self.tasks, self.navigate = workspace, tasks, navigate
        self.title = ""
        self._parts: tuple[QWidget, ...] = ()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        self._line = _TopLine()
        self._line.setProperty("role", "top")
        lines = QVBoxLayout(self._line)
        lines.setContentsMargins(20, 0, 20, 0)
        lines.setSpacing(0)
        self.top, self._second = QHBoxLayout(), QHBoxLayout()
        self.top.setSpacing(12)
        lines.addLayout(self.top, 1)
        lines.addLayout(self._second)
        self._tools: QWidget | None = None
        self._folded = False
        self._line.asked.connect(self._fold)
        self._line.setFixedHeight(theme.current().px(56))
        whole.addWidget(self._line)
        self.notices = NoticeBar()
        self.notices.setContentsMargins(0, 12, 0, 0)  # or a message seems to hang under the top line
        around = QVBoxLayout()
        around.setContentsMargins(20, 0, 20, 0)
        around.addWidget(self.notices)
        whole.addLayout(around)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        whole.addLayout(self.body, 1)
        theme.changes.changed.connect(self.show_look)
        self.heading = text("", "title")
        self.sub: QLabel = ElidedLabel("", "secondary")

    def add_tools(self, *tools: QWidget, spacing: int = 12) -> None:
        """Search and buttons at the right of the top line; below it where words are too long for one line."""
        self._tools = QWidget()
        self._tools.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)  # room left over is the title's
        row = QHBoxLayout(self._tools)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(spacing)
        row.addStretch(1)
        for one in tools:
            row.addWidget(one)
        self.top.addWidget(self._tools)

    def _fold(self) -> None:
        """One line or two."""
        needs, room = self.top.minimumSize().width(), self.width() - 40
        beside = self.sub.parent() is self._line
        if beside:
            there = 0 if self.sub.isHidden() else self.sub.minimumSizeHint().width() + self.top.spacing()
            needs += min(self.sub.sizeHint().width(), SUB_ROOM) + self.top.spacing() - there
        if self._tools is None:
            if beside:
                self.sub.setVisible(needs <= room)
            return
        if self._folded:
            needs += self.top.spacing() + self._tools.minimumSizeHint().width()
        if self._folded == (needs > room):
            return
        self._folded = needs > room
        before, after = (self.top, self._second) if self._folded else (self._second, self.top)
        before.removeWidget(self._tools)
        after.addWidget(self._tools)
        self._second.setContentsMargins(0, 0, 0, 10 if self._folded else 0)  # an empty line would push the other up
        self._line.setFixedHeight(theme.current().px(100 if self._folded else 56))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """One line or two for what stands on top."""
        super().resizeEvent(event)
        self._fold()

    def set_title(self, title: str, sub: str = "") -> None:
        """The page's name in its top line and in the window's title."""
        self.title = title
        self.heading.setText(title)
        if isinstance(self.sub, ElidedLabel):
            self.sub.set_whole(sub)
        self.titled.emit(title)

    def today(self) -> date:
        """The calendar day in Dongguan."""
        return today()

    def lang(self) -> str:
        """The language in force, for ``desktop.wording``."""
        return language.lang()

    def show_look(self) -> None:
        """Takes over another text size."""
        self._line.setFixedHeight(theme.current().px(100 if self._folded else 56))
        self._fold()

    def open(self, **where: Any) -> None:
        """The person came here."""
        self.refresh()

    def refresh(self) -> None:
        """Reads again."""

    def leave(self) -> None:
        """Saves what is pending; a page that only shows has nothing to do."""

    def wait_for(self, *parts: QWidget) -> None:
        """Puts parts away until ``arrived``: what is not read yet is not shown as nothing. After a moment it says so."""
        self._parts = parts
        for one in parts:
            one.hide()
        self._waiting = text(self.tr("正在取数…"), "secondary")
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.body.addWidget(self._waiting, 1)
        self._waiting.hide()
        self._moment = QTimer(self)
        self._moment.setSingleShot(True)
        self._moment.timeout.connect(self._waiting.show)
        self._moment.start(MOMENT_MS)

    def arrived(self) -> None:
        """What was waited for is there, or failed: the parts stand where they belong."""
        if self._parts:
            self._moment.stop()
            self._waiting.hide()
            for one in self._parts:
                one.show()
            self._parts = ()

    def fail(self, error: Exception) -> None:
        """A task of this page went wrong: say what is safe and what to do."""
        self.arrived()
        from desktop import wording

        words, remedy, _code = wording.error(error, self.lang())
        self.notices.say("bad", words, remedy, key="error")


def entry_of(kind: str) -> str:
    """The entry of the sidebar under which records of a kind are found."""
    known = {"visit": "visits", "landing": "landings", "achievement": "records", "demand": "records"}
    return known.get(kind, "library")


def scrolled(inner: QWidget, name: str = "") -> QScrollArea:
    """``inner`` in a frame that scrolls up and down, and sideways only where the largest text leaves no other way.

    ``name``: what is only read has nothing for Tab to stop at, so the frame itself is a stop of that name.
    """
    area = QScrollArea()
    area.setAccessibleName(name)
    if not name:
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    inner.setProperty("role", "page")
    area.setWidget(inner)
    area.viewport().setAutoFillBackground(False)
    inner.setAutoFillBackground(False)
    return area
