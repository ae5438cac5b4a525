"""How a paper comes in: files chosen, dropped or pasted, a picture from the clipboard.

What comes is copied into the encrypted store at once, in the work lane; each file stands for itself. Must not know
how papers are shown.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, cast

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.tasks import Tasks
from sync.domain.problems import Problem
from sync.records import Paper

TYPES = "*.pdf *.jpg *.jpeg *.png *.tif *.tiff *.ofd"


class Papers(Protocol):
    """What the evidence pane asks for; the workspace is one."""

    directory: Path

    def attach(
        self, record_id: str, path: Path, kind: str, facts: Mapping[str, Any] | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Paper:  # fmt: skip
        """Copies a file in and hangs it on a record."""

    def describe(self, paper_id: str, facts: Mapping[str, Any]) -> list[Problem]:
        """Changes what is known of a paper."""

    def detach(self, paper_id: str) -> None:
        """Takes a paper off its record."""

    def reattach(self, paper_id: str) -> None:
        """Undoes that."""

    def read(self, sha256: str) -> bytes:
        """The file."""

    def remember(self, key: str, value: Any) -> None:
        """Keeps a small value."""

    def recall(self, key: str, default: Any = None) -> Any:
        """A value that was kept."""


class PaperIntake(QObject):
    """Takes papers in. ``ensure(call)`` gives ``call`` the record's id; ``kind()`` says what the next file is."""

    taken = Signal(object)  # Paper
    refused = Signal(str, object)  # file name, the exception

    def __init__(
        self, papers: Papers, tasks: Tasks, ensure: Callable[[Callable[[str], None]], None], kind: Callable[[], str],
        parent: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._papers, self._tasks, self._ensure, self._kind = papers, tasks, ensure, kind
        self._window = parent

    def choose(self) -> None:
        """Asks for files with the system's dialog."""
        dialog = QFileDialog(self._window, self.tr("添加扫描件"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters([f"{self.tr('扫描件')} ({TYPES})", f"{self.tr('所有文件')} (*)"])
        dialog.filesSelected.connect(lambda names: self.take_files([Path(name) for name in names]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def take_files(self, paths: Sequence[Path]) -> None:
        """Takes files in, each for itself: one bad file stops no other."""
        kind = self._kind()

        def attach(record: str) -> None:
            for path in paths:
                self._hand_in(path.name, self._papers.attach, record, path, kind)

        self._ensure(attach)

    def take(self, data: QMimeData | None = None) -> bool:
        """Takes files or a picture from the clipboard or a drop; False where there is neither."""
        data = data or cast("QMimeData | None", QGuiApplication.clipboard().mimeData())
        if data is None:  # an empty clipboard, on some systems
            return False
        paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()] if data.hasUrls() else []
        if paths:
            self.take_files(paths)
            return True
        image = data.imageData() if data.hasImage() else None
        if not isinstance(image, QImage) or image.isNull():
            return False
        kind, pixels = self._kind(), _png(image)
        name = f"{self.tr('粘贴')}_{datetime.now():%Y%m%d_%H%M%S}.png"
        self._ensure(lambda record: self._hand_in(name, _attach_bytes, self._papers, record, pixels, name, kind))
        return True

    def _hand_in(self, name: str, function: Callable[..., Paper], *args: Any) -> None:
        def failed(error: Exception) -> None:
            self.refused.emit(name, error)

        self._tasks.work(function, *args, done=self.taken.emit, failed=failed, owner=self)


def _png(image: QImage) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # a device, which the stubs leave out
    return bytes(data.data())


def _attach_bytes(papers: Papers, record: str, data: bytes, name: str, kind: str) -> Paper:
    """Attaches bytes that are no file yet, through a file that is gone again at once (work lane)."""
    with tempfile.TemporaryDirectory(dir=papers.directory) as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        return papers.attach(record, path, kind)
