"""A paper as a tile: a small picture of its first page, what it is, its file, and whether the platform has it.

The picture is drawn beside the window, after a moment: who walks through a list draws nothing. Until it comes, or
where it cannot be drawn, an icon stands there.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from desktop import wording
from desktop.pages.record_reading import paper_state
from desktop.tasks import Tasks
from desktop.widgets import language
from desktop.widgets.card import ElidedLabel, text
from desktop.widgets.icons import pixmap
from desktop.widgets.page_images import NoPicture, page_image
from sync.errors import Failure
from sync.records import Paper
from sync.workspace import Workspace

WIDTH, HEIGHT = 46, 60
PAUSE_MS = 200


class PaperTile(QFrame):
    """A paper; ``bad`` is what the platform says against it."""

    def __init__(self, workspace: Workspace, tasks: Tasks, paper: Paper, bad: str = "") -> None:
        super().__init__()
        lang = language.lang()
        self.setProperty("role", "cardBad" if bad else "card")
        across = QHBoxLayout(self)
        across.setContentsMargins(11, 9, 11, 9)
        across.setSpacing(10)
        across.addWidget(_Picture(workspace, tasks, paper), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(1)
        column.addWidget(ElidedLabel(wording.paper_kind(paper.kind, lang), "strong"))
        column.addWidget(ElidedLabel(paper.name, "meta", middle=True))
        facts = self.tr("{pages} 页 · {size}").format(pages=paper.pages, size=wording.size(paper.bytes))
        word, tone = paper_state(paper.state, lang)
        if paper.state == "uploading" and paper.bytes:
            word = f"{word} {100 * paper.offset // paper.bytes}%"
        last = QHBoxLayout()
        last.addWidget(text(facts, "meta"))
        last.addStretch(1)
        last.addWidget(text(word, {"green": "ok", "amber": "warn", "blue": "link"}.get(tone, "meta")))
        column.addLayout(last)
        if bad:
            column.addWidget(ElidedLabel(bad, "error"))
        across.addLayout(column, 1)
        self.setAccessibleName(f"{wording.paper_kind(paper.kind, lang)} {paper.name} {facts} {word} {bad}".strip())


class _Picture(QLabel):
    """The first page. Decoration: what it is stands beside it."""

    def __init__(self, workspace: Workspace, tasks: Tasks, paper: Paper) -> None:
        super().__init__()
        self.setFixedSize(WIDTH, HEIGHT)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setPixmap(pixmap("image" if paper.mime.startswith("image/") else "file-text", "text3", 28))
        self._workspace, self._tasks, self._paper = workspace, tasks, paper
        if paper.state != "missing":
            QTimer.singleShot(PAUSE_MS, self, self._ask)

    def _ask(self) -> None:
        ratio = self.devicePixelRatioF()
        asked = (self._workspace, self._paper.sha256, self._paper.mime, round(WIDTH * ratio))
        self._tasks.read(_first_page, *asked, done=lambda image: self._put(image, ratio), owner=self)

    def _put(self, image: QImage | None, ratio: float) -> None:
        if image is not None and not image.isNull():
            shown = QPixmap.fromImage(image)
            shown.setDevicePixelRatio(ratio)
            self.setPixmap(shown)


def _first_page(workspace: Workspace, sha256: str, mime: str, width: int) -> QImage | None:
    """A small picture of the first page, or None where it cannot be drawn here (work lane)."""
    try:
        return page_image(sha256, lambda: workspace.read(sha256), mime, 0, width)
    except (NoPicture, Failure, LookupError, OSError):
        return None
