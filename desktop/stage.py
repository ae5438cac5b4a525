"""Pictures of the real window: opens pages over a workspace, waits for their work, grabs them to PNG.

Used by the demo's journey; the same window a person sees, at a given size, light or dark. Needs Qt.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QEventLoop
from PySide6.QtWidgets import QApplication

from desktop.app import application, build_window
from desktop.tasks import Tasks
from desktop.widgets import theme
from sync.workspace import Workspace

SETTLE = 0.25  # seconds without work before a picture is taken
TURNS = 5
MOST = 20.0


class Stage:
    """Takes pictures into ``folder``; ``taken`` are the files in order."""

    def __init__(self, folder: Path, lang: str) -> None:
        """Starts Qt."""
        self.folder, self.taken = folder, list[Path]()
        self._app = application(lang)
        self._tasks = Tasks()

    def page(
        self, workspace: Workspace, name: str, page: str, *, dark: bool = False, size: tuple[int, int] = (1440, 900), **where: Any
    ) -> None:
        """Open ``page`` over ``workspace`` and leave ``name``.png."""
        theme.apply(self._app, dark, 1.0)
        window = build_window(workspace, self._tasks)
        window.resize(*size)
        window.show()
        window.navigate(page, **where)
        self.settle()
        target = self.folder / f"{name}.png"
        window.grab().save(str(target))
        self.taken.append(target)
        window.close()
        window.deleteLater()
        QApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)  # or closed windows pile up and are styled again
        self.settle(0.05)
        theme.apply(self._app, False, 1.0)

    def settle(self, quiet: float = SETTLE) -> None:
        """Let the window's work finish: events until nothing is under way for a moment and a few turns.

        Turns too, because on a busy computer one of them may last longer than the moment and end with news.
        """
        end, still, idle = time.monotonic() + MOST, time.monotonic() + quiet, 0
        while time.monotonic() < end and (time.monotonic() < still or idle < TURNS):
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            idle += 1
            if not self._tasks.idle():
                still, idle = time.monotonic() + quiet, 0

    def close(self) -> None:
        """Stop the lanes."""
        self._tasks.close()
