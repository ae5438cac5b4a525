"""What stands there before a profile is open: opening, enrolling this computer, unlocking, or why it cannot be opened.

Opening runs beside the window, so the first frame is there at once. ``opened`` carries the workspace. Must not know
what the main window shows.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from desktop import credentials
from desktop.tasks import Tasks
from desktop.widgets import language, theme
from desktop.widgets.card import button, text
from desktop.widgets.icons import IconLabel, icon
from desktop.widgets.reading_order import set_reading_order
from sync.errors import Locked, NotEnrolled, WrongPassphrase

if TYPE_CHECKING:
    from sync.workspace import Workspace

#: ``open_workspace(profile, passphrase)`` as ``desktop.operations.open_workspace``
Opener = Callable[[Path, "str | None"], "Workspace"]


class StartWindow(QMainWindow):
    """Opens ``profile``; ``opened`` at the end, ``closed`` where the person gave up; ``locked``: asks first."""

    opened = Signal(object)
    closed = Signal()

    def __init__(self, profile: Path, tasks: Tasks, open_workspace: Opener, *, locked: bool = False) -> None:
        super().__init__()
        self._profile, self._tasks, self._open = profile, tasks, open_workspace
        self._done = False
        self.setWindowIcon(icon("app"))
        self.setWindowTitle(self.tr("成果联络员工作台"))
        self.setMinimumSize(900, 500)
        self.resize(1280, 720)
        if locked:  # only the passphrase opens it, though the keyring could
            self._unlock()
        else:
            self.begin()

    def begin(self) -> None:
        """Tries to open the profile."""
        self._say("layers", "accent", self.tr("正在打开资料"), self.tr("资料都在这台电脑上，打开不用联网。"))
        self._tasks.work(self._open, self._profile, None, done=self._ready, failed=self._failed, owner=self)

    def _ready(self, workspace: Workspace) -> None:
        self._done = True
        self.opened.emit(workspace)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, NotEnrolled):
            self._enrol()
        elif isinstance(error, Locked | WrongPassphrase) and "passphrase" in credentials.slots(self._profile):
            self._unlock()
        else:
            from desktop import wording

            words, remedy, code = wording.error(error, language.lang())
            again = button(self.tr("再试一次"), "primary", "rotate-cw")
            again.clicked.connect(self.begin)
            support = text(self.tr("告诉管理员：{code}").format(code=code), "meta", wrap=True)
            self._say("triangle-alert", "red", words, remedy, again, support)

    def _enrol(self) -> None:
        from desktop.pages.enrolling import Enroller
        from desktop.pages.enrolment import EnrolmentPage

        page = EnrolmentPage(Enroller(self._profile), self._tasks)
        page.enrolled.connect(lambda workspace, _identity: self._ready(workspace))
        self.setWindowTitle(f"{self.tr('成果联络员工作台')} — {page.title}")
        self.setCentralWidget(page)

    def _unlock(self) -> None:
        from desktop.widgets.unlock_form import UnlockForm

        form = UnlockForm(self._tasks, lambda phrase: self._open(self._profile, phrase), passphrase=True)
        form.opened.connect(self._ready)
        words = self.tr("输入开锁口令，打开这台电脑上的资料。")
        self._say("lock", "accent", self.tr("已上锁"), words, form)
        form.focus()

    def _say(self, icon_name: str, tint: str, head: str, more: str, *below: QWidget) -> None:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.addStretch(2)
        card = QFrame()
        card.setProperty("role", "card")
        card.setFixedWidth(theme.current().px(440))
        card.setAccessibleName(f"{head} {more}")
        inner = QVBoxLayout(card)
        inner.setContentsMargins(28, 24, 28, 24)
        inner.setSpacing(12)
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(IconLabel(icon_name, tint, 22), 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(text(head, "subTitle", wrap=True), 1)
        inner.addLayout(line)
        inner.addWidget(text(more, "secondary", wrap=True))
        for one in below:
            inner.addWidget(one)
        across = QHBoxLayout()  # not an alignment: the height of wrapped words is only asked where the card fills its place
        across.addStretch(1)
        across.addWidget(card)
        across.addStretch(1)
        column.addLayout(across)
        column.addStretch(3)
        self.setCentralWidget(holder)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes as one reads."""
        set_reading_order(self.centralWidget())
        return super().focusNextPrevChild(forward)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing before the profile is open ends the program."""
        event.accept()
        if not self._done:
            self.closed.emit()
