"""What the settings do while the window is open: when rounds start by themselves, what they send, when it locks.

One line in the composition root: ``Habits(window, workspace)``, and ``sync`` as the window's sync. Must not know
how settings are edited.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from desktop.pages.rounds import AGREED, Rounds
from desktop.settings import Settings
from sync.errors import Temporary
from sync.records import Progress, RoundReport
from sync.workspace import Workspace

AWAY_MS = 1_000
_SIGNS = frozenset({QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel})


def sync(
    workspace: Workspace, progress: Callable[[Progress], None] | None = None, stop: Callable[[], bool] | None = None
) -> RoundReport:  # fmt: skip
    """A round as the settings want it: with or without scans; what was agreed to counts once."""
    from desktop.operations import sync_now

    chosen = Settings(workspace)
    agreed = bool(workspace.recall(AGREED))
    if agreed:
        workspace.remember(AGREED, False)
    return sync_now(
        workspace, progress, stop, files=not chosen.get("sync.text_only"), limit=1000 * int(chosen.get("sync.limit")), deletions=agreed
    )


class Windowed(Protocol):
    """What is needed of the window."""

    rounds: Rounds

    def navigate(self, name: str, **where: Any) -> None:
        """Goes to a page."""

    def here(self) -> str:
        """The open page."""


class Habits(QObject):
    """Plans the next round after each, and locks after idle minutes."""

    def __init__(self, window: Windowed, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent if parent is not None else (window if isinstance(window, QObject) else None))
        self._window, self._settings = window, Settings(workspace)
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self._lock)
        window.rounds.ended.connect(self.plan)
        self._away = QTimer(self)
        self._away.setSingleShot(True)
        self._away.timeout.connect(self._look)
        app = QApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.stop)
        self._look()
        self.awake()

    def stop(self) -> None:
        """Looks no more: before the window goes."""
        self._idle.stop()
        self._away.stop()
        self._look(look=False)

    def plan(self) -> None:
        """After a round that went through: the next one when the settings say, or none."""
        rounds = self._window.rounds
        if rounds.running or isinstance(rounds.error, Temporary):
            return  # a lost connection is tried again by the rounds themselves
        minutes = int(self._settings.get("sync.minutes"))
        if minutes:
            rounds.plan(minutes * 60)
        elif rounds.error is None:
            rounds.unplan()

    def awake(self) -> None:
        """Somebody is here: the idle minutes start again."""
        minutes = int(self._settings.get("lock.minutes"))
        if minutes:
            self._idle.start(minutes * 60_000)
        else:
            self._idle.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys and the mouse are signs of life. After one it looks away for a second: a page that opens is a thousand events."""
        if event.type() in _SIGNS:
            self.awake()
            self._look(look=False)
            self._away.start(AWAY_MS)
        return False

    def _look(self, *, look: bool = True) -> None:
        app = QApplication.instance()
        if app is not None:
            (app.installEventFilter if look else app.removeEventFilter)(self)

    def _lock(self) -> None:
        if self._window.here() != "unlock":
            self._window.navigate("lock")
