"""Work beside the window: three lanes of one thread each, results back on the window's thread.

    work   saving, hashing, exporting: one after the other
    read   what pages show: sees all that was asked of ``work`` before it, and nothing of that ever waits for it
    sync   rounds with the platform: may take minutes, never delays the other lanes

Python's cyclic garbage is collected on the window's thread alone: a lane that freed a widget would bring the program
down, and a collection in the middle of a letter can be felt.

A result whose owner is gone is dropped. This, ``sync.sending`` and ``sync.store`` are the only users of threads. A failure the
product knows (``sync.errors.Failure``) goes to ``failed``; anything else is a bug: logged, told to ``crashed``
and to ``failed`` too, so no page waits for ever. Must not know pages or the workspace.
"""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from sync.errors import Failure

log = logging.getLogger(__name__)
SWEEP_MS, WHOLE_SWEEPS = 1_000, 300  # between two collections of young garbage, and how many of them make one of all
SWITCH_SECONDS = 0.001  # how long a lane keeps Python to itself while the window wants it


@dataclass(frozen=True, slots=True)
class _Answer:
    """What comes back to the window's thread."""

    call: Callable[..., object] | None
    values: tuple[Any, ...]
    owner: QObject | None
    ends: bool  # a task is over


class Tasks(QObject):
    """The lanes. ``busy`` tells how many tasks are under way or waiting in all of them."""

    busy = Signal(int)
    crashed = Signal(object)  # the exception
    _came = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes = {name: ThreadPoolExecutor(1, thread_name_prefix=name) for name in ("work", "read", "sync")}
        self._last: Future[Any] | None = None  # of the work lane
        sys.setswitchinterval(SWITCH_SECONDS)
        self._sweeps = 0
        self._sweep = QTimer(self)
        self._sweep.timeout.connect(self._collect)
        self._sweep.start(SWEEP_MS)
        gc.disable()
        self._open, self._closed = 0, False
        self._came.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def work(
        self, function: Callable[..., Any], *args: Any, done: Callable[[Any], object] | None = None,
        failed: Callable[[Exception], object] | None = None, owner: QObject | None = None,
    ) -> None:  # fmt: skip
        """Runs ``function(*args)`` in the work lane; ``done(result)`` or ``failed(error)`` on this thread."""
        self._run("work", function, args, done, failed, owner)

    def read(
        self, function: Callable[..., Any], *args: Any, done: Callable[[Any], object] | None = None,
        failed: Callable[[Exception], object] | None = None, owner: QObject | None = None,
    ) -> None:  # fmt: skip
        """The same in the reading lane, for what changes nothing."""
        self._run("read", _after, (self._last, function, *args), done, failed, owner)

    def sync(
        self, function: Callable[..., Any], *args: Any, done: Callable[[Any], object] | None = None,
        failed: Callable[[Exception], object] | None = None, owner: QObject | None = None,
    ) -> None:  # fmt: skip
        """The same in the sync lane."""
        self._run("sync", function, args, done, failed, owner)

    def relay(self, call: Callable[..., object], owner: QObject | None = None) -> Callable[..., None]:
        """A function any thread may call; ``call`` then runs on the window's thread with the same values."""
        return lambda *values: self._send(_Answer(call, values, owner, ends=False))

    def idle(self) -> bool:
        """Nothing is under way."""
        return self._open == 0

    def close(self) -> None:
        """Waits for what is running and for all queued work; queued rounds and readings are forgotten, later calls not done."""
        self._closed = True
        self._sweep.stop()
        for name in ("read", "sync"):
            self._lanes[name].shutdown(wait=True, cancel_futures=True)
        self._lanes["work"].shutdown(wait=True)  # a save that waits in the queue is somebody's typing
        gc.enable()

    def _collect(self) -> None:
        """Garbage in cycles; all of it now and then."""
        self._sweeps += 1
        if self._sweeps % WHOLE_SWEEPS == 0:
            gc.collect()
        elif gc.get_count()[0] > gc.get_threshold()[0]:
            gc.collect(1)

    def _run(
        self, lane: str, function: Callable[..., Any], args: tuple[Any, ...], done: Callable[[Any], object] | None,
        failed: Callable[[Exception], object] | None, owner: QObject | None,
    ) -> None:  # fmt: skip
        if self._closed:
            return  # the window is going; what a late timer asks for is nobody's any more
        self._open += 1
        self.busy.emit(self._open)

        def finish(future: Future[Any]) -> None:
            if self._last is future:
                self._last = None  # it would keep what it made, and whom it was for
            if future.cancelled():
                return
            error = future.exception()
            if error is None:
                self._send(_Answer(done, (future.result(),), owner, ends=True))
            else:
                self._send(_Answer(failed, (error,), owner, ends=True))

        future = self._lanes[lane].submit(function, *args)
        if lane == "work":
            self._last = future
        future.add_done_callback(finish)

    def _send(self, answer: _Answer) -> None:
        if shiboken6.isValid(self):
            self._came.emit(answer)

    def _deliver(self, answer: _Answer) -> None:
        if answer.ends:
            self._open -= 1
            self.busy.emit(self._open)
            error = answer.values[0] if answer.values else None
            if isinstance(error, BaseException) and not isinstance(error, Failure):
                log.error("a task failed", exc_info=error)
                self.crashed.emit(error)
        if answer.call is not None and (answer.owner is None or shiboken6.isValid(answer.owner)):
            answer.call(*answer.values)


def _after(earlier: Future[Any] | None, function: Callable[..., Any], *args: Any) -> Any:
    """``function(*args)`` once what was asked for ``earlier`` is through, however it ended."""
    if earlier is not None:
        wait((earlier,))
    return function(*args)
