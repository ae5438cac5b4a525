"""The rounds with the platform as the window sees them: start, progress, end, and when the next one comes.

One round at a time, in the sync lane. A temporary failure is tried again by itself, later each time; what needs a
person waits for one. Pages show this; none of them starts a thread or a timer of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.tasks import Tasks
from sync.errors import Temporary
from sync.records import Progress, RoundReport
from sync.workspace import Workspace

EVERY_SECONDS = 15 * 60
FIRST_RETRY_SECONDS = 30
SHOWN_PER_SECOND = 5
AGREED = "sync.deletions"  # kept where somebody agreed that the next round may delete a large part of what lies here

#: ``sync(workspace, progress, stop)`` as ``desktop.operations.sync_now``
Sync = Callable[[Workspace, Callable[[Progress], None] | None, Callable[[], bool] | None], RoundReport]


class Rounds(QObject):
    """``changed`` comes with every step; then ask ``running``, ``progress``, ``report``, ``error``, ``seconds_left``."""

    changed = Signal()
    ended = Signal()

    def __init__(self, workspace: Workspace, tasks: Tasks, sync: Sync, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._tasks, self._sync = workspace, tasks, sync
        self.running = False
        self.progress: Progress | None = None
        self.report: RoundReport | None = None
        self.error: Exception | None = None
        self.since: datetime | None = None  # of the first failure in a row
        self._next: float | None = None  # by a clock that nobody can set
        self._stop = False
        self._failures = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.start)

    def start(self) -> None:
        """Begins a round unless one is under way."""
        if self.running:
            return
        self._timer.stop()
        self.running, self._stop, self.progress, self._next = True, False, None, None
        shown = self._tasks.relay(self._step, self)
        last = 0.0

        def report(now: Progress) -> None:
            nonlocal last
            if time.monotonic() - last >= 1 / SHOWN_PER_SECOND:
                last = time.monotonic()
                shown(now)

        self._tasks.sync(
            self._sync, self._workspace, report, lambda: self._stop, done=self._done, failed=self._failed, owner=self
        )
        self.changed.emit()

    def stop(self) -> None:
        """Asks the running round to end; no confirmed byte is lost."""
        self._stop = True

    def plan(self, seconds: float = EVERY_SECONDS) -> None:
        """The next round by itself, in ``seconds``."""
        self._next = time.monotonic() + seconds
        self._timer.start(round(seconds * 1000))

    def unplan(self) -> None:
        """No round by itself until one is asked for."""
        self._timer.stop()
        self._next = None
        self.changed.emit()

    def seconds_left(self) -> int | None:
        """Until the next round by itself, or None where none is planned."""
        return None if self._next is None else max(0, round(self._next - time.monotonic()))

    def _step(self, now: Progress) -> None:
        if self.running:
            self.progress = now
            self.changed.emit()

    def _done(self, report: Any) -> None:
        self.report, self.error, self.since, self._failures = report, None, None, 0
        self._end(EVERY_SECONDS)

    def _failed(self, error: Exception) -> None:
        self.error = error
        self.since = self.since or datetime.now(UTC)
        self._failures += 1
        if isinstance(error, Temporary):
            wait = min(FIRST_RETRY_SECONDS * 2.0 ** (self._failures - 1), EVERY_SECONDS)
            self._end(error.retry_after or wait)
        else:
            self._end(None)

    def _end(self, seconds: float | None) -> None:
        self.running, self.progress = False, None
        # what came in is filed for searching now that nobody waits for the round
        self._tasks.sync(self._workspace.local.catch_up_words, lambda: self._stop, owner=self)
        if seconds is not None:
            self.plan(seconds)
        self.changed.emit()
        self.ended.emit()
