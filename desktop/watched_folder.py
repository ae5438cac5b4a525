"""A folder a document camera writes into: ``found(path)`` for every new scan that is whole. Nothing is ever taken by itself.

What lies there when the watch begins is old. A new file counts as whole when its size and time stood still between two
looks and its end is the end of its format. Looks run in the work lane: the folder may be on a slow share. Must not
know records.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from desktop.tasks import Tasks

CAMERA = "camera"  # where the profile keeps the choice: {"folder": path}
SUFFIXES = frozenset({".pdf", ".jpg", ".jpeg", ".png"})
LOOK_MS = 700  # between two looks while a file grows
AGAIN_MS = 10_000  # where the folder is not there (a camera that is off), or says nothing (a share)
_TAIL = 1_024
_ENDS = {".pdf": b"%%EOF", ".jpg": b"\xff\xd9", ".jpeg": b"\xff\xd9", ".png": b"IEND\xaeB`\x82"}


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was at a look."""

    size: int
    changed: int  # ns

    def __bool__(self) -> bool:
        return self.size > 0


def look(folder: Path) -> dict[Path, Seen] | None:
    """The scans in a folder now (work lane); None where the folder is not there."""
    found = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                path = Path(entry.path)
                if path.suffix.lower() in SUFFIXES and not entry.name.startswith((".", "~")) and entry.is_file():
                    state = entry.stat()
                    found[path] = Seen(state.st_size, state.st_mtime_ns)
    except OSError:
        return None
    return found


def whole(path: Path) -> bool:
    """Whether the file ends as its format does, and may be read: cameras that save slowly, or still hold the file."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL))
            return _ENDS[path.suffix.lower()] in file.read()
    except OSError:
        return False


def look_again(folder: Path, before: Mapping[Path, Seen]) -> tuple[dict[Path, Seen] | None, list[Path]]:
    """A look, and which of the files that are as they were before are whole (work lane)."""
    now = look(folder)
    return now, [path for path, seen in (now or {}).items() if seen and before.get(path) == seen and whole(path)]


class WatchedFolder(QObject):
    """Watches one folder at a time."""

    found = Signal(object)  # Path

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._folder: Path | None = None
        self._old: dict[Path, Seen] | None = None  # None: not looked at yet
        self._growing: dict[Path, Seen] = {}
        self._looking = self._stirred = False
        self._watcher = QFileSystemWatcher(self)
        self._watcher.directoryChanged.connect(self._stir)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)

    def watch(self, folder: Path | None) -> None:
        """Watches ``folder`` from now on; None: nothing."""
        self._forget()
        self._folder, self._old, self._growing = folder, None, {}
        if folder is not None:
            self._look()
        else:
            self._timer.stop()

    def folder(self) -> Path | None:
        """The folder that is watched."""
        return self._folder

    def _forget(self) -> None:
        watched = self._watcher.directories()
        if watched:
            self._watcher.removePaths(watched)

    def _stir(self, _folder: str) -> None:
        if self._looking:
            self._stirred = True
        else:
            self._timer.start(50)

    def _look(self) -> None:
        if self._folder is None or self._looking:
            return
        self._looking, self._stirred = True, False
        folder = self._folder
        self._tasks.work(
            look_again, folder, dict(self._growing), done=lambda seen: self._saw(folder, *seen),
            failed=lambda _error: self._saw(folder, None, []), owner=self,
        )  # fmt: skip

    def _saw(self, folder: Path, now: dict[Path, Seen] | None, ready: list[Path]) -> None:
        self._looking = False
        if folder != self._folder:  # another folder was chosen meanwhile
            self._look()
            return
        if now is None:
            self._forget()
            self._timer.start(AGAIN_MS)
            return
        if str(folder) not in self._watcher.directories():
            self._watcher.addPath(str(folder))
        if self._old is None:
            self._old = now
        old = self._old
        for path in ready:
            old[path] = now[path]
            self.found.emit(path)
        for gone in old.keys() - now.keys():
            del old[gone]  # a name that comes again is a new scan
        self._growing = {path: seen for path, seen in now.items() if old.get(path) != seen}
        self._timer.start(LOOK_MS if self._growing or self._stirred else AGAIN_MS)
