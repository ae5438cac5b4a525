"""The locked window: nothing of the records is to be seen until the profile is opened again.

Everything was saved before; the round with the platform goes on. Must not know how keys are kept.
"""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from desktop import credentials
from desktop.pages.page import Navigate, Page
from desktop.pages.preferences import slots_of
from desktop.tasks import Tasks
from desktop.widgets import theme
from desktop.widgets.card import text
from desktop.widgets.icons import IconLabel
from desktop.widgets.unlock_form import UnlockForm
from sync.errors import WrongPassphrase
from sync.workspace import Workspace


class UnlockPage(Page):
    """The page "unlock"; goes back to where one was."""

    rail: ClassVar[bool] = True

    def __init__(self, workspace: Workspace, tasks: Tasks, navigate: Navigate) -> None:
        super().__init__(workspace, tasks, navigate)
        self._line.hide()
        self.set_title(self.tr("已上锁"))
        asks = "passphrase" in slots_of(workspace)
        self.form = UnlockForm(tasks, self._unlock, passphrase=asks)
        self.form.opened.connect(lambda _key: self.navigate("back"))
        box = QFrame()
        box.setProperty("role", "card")
        box.setFixedWidth(theme.current().px(420))
        inner = QVBoxLayout(box)
        inner.setContentsMargins(28, 26, 28, 26)
        inner.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(IconLabel("lock", "accent", 22))
        head.addWidget(text(self.tr("已上锁"), "title"))
        head.addStretch(1)
        inner.addLayout(head)
        inner.addWidget(text(self.tr("内容都已保存在本机并加密；同步不受影响。"), "secondary", wrap=True))
        inner.addWidget(self.form)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(box)
        row.addStretch(1)
        self.body.addStretch(2)
        self.body.addLayout(row)
        self.body.addStretch(3)
        self.body.setAlignment(Qt.AlignmentFlag.AlignHCenter)

    def open(self, **where: Any) -> None:
        """Locked: only this is to be seen."""
        self.form.focus()

    def primary(self) -> None:
        """Ctrl+Enter."""
        self.form.submit()

    def _unlock(self, phrase: str | None) -> bytes:
        """Opens the profile's key again (work lane)."""
        key = credentials.unlock(self.workspace.directory, phrase)
        if key is None:
            raise WrongPassphrase
        return key
