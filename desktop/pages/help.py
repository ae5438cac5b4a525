"""Help for each page, in the words of ``resources/help``: a list of topics, and the topic with its pictures.

    open(topic="editor")   the topic of that name: pages by their own name, "start", "papers", "keyboard"

The text is one file a language: "# topic Title" begins a topic. Pictures are made by ``make pictures``, as the README's.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt, QUrl
from PySide6.QtGui import (
    QResizeEvent,
    QStandardItem,
    QStandardItemModel,
    QTextBlockFormat,
    QTextDocument,
    QTextImageFormat,
)
from PySide6.QtWidgets import QHBoxLayout, QListView, QTextBrowser, QWidget

from desktop import assets
from desktop.pages.page import Navigate, Page
from desktop.tasks import Tasks
from desktop.widgets import language, theme
from desktop.widgets.card import button
from sync.workspace import Workspace

_TOPIC = re.compile(r"^# (\w+) (.+)$", re.MULTILINE)
_NAME = Qt.ItemDataRole.UserRole
PICTURE = 900  # px, as wide as they are made


@lru_cache(2)
def topics(lang: str) -> dict[str, tuple[str, str]]:
    """Topics of a language by name: title and Markdown."""
    parts = _TOPIC.split(assets.resource("help", f"{lang}.md").read_text("utf-8"))
    return {name: (title, body.strip()) for name, title, body in zip(parts[1::3], parts[2::3], parts[3::3], strict=True)}


class HelpPage(Page):
    """The page."""

    def __init__(self, workspace: Workspace, tasks: Tasks, navigate: Navigate) -> None:
        super().__init__(workspace, tasks, navigate)
        self.set_title(self.tr("帮助"))
        self.top.addWidget(self.heading)
        self.top.addStretch(1)
        back = button(self.tr("返回"), icon_name="corner-up-left")
        back.setToolTip(self.tr("返回（Esc）"))
        back.clicked.connect(lambda: self.navigate("back"))
        self.top.addWidget(back)
        self._names = QStandardItemModel(self)
        for name, (title, _body) in topics(self.lang()).items():
            item = QStandardItem(title)
            item.setData(name, _NAME)
            item.setSizeHint(QSize(0, theme.current().px(32)))
            self._names.appendRow(item)
        self.list = QListView()
        self.list.setModel(self._names)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setAccessibleName(self.tr("帮助的各节"))
        self.list.setFixedWidth(theme.current().px(200))
        self.list.setProperty("role", "topics")
        self.list.setFrameShape(QListView.Shape.NoFrame)
        self.list.setViewportMargins(12, 12, 12, 12)
        self.list.selectionModel().currentChanged.connect(self._show)
        self.text = QTextBrowser()
        self.text.setAccessibleName(self.tr("帮助内容"))
        self.text.setProperty("role", "reading")
        self.text.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.text.setOpenLinks(False)
        self.text.document().setDocumentMargin(24)
        across = QHBoxLayout()
        across.setSpacing(0)
        across.addWidget(self.list)
        across.addWidget(self.text, 1)
        self.body.addLayout(across, 1)

    def open(self, **where: Any) -> None:
        """The topic ``topic``, or how to begin."""
        wanted = str(where.get("topic") or "start")
        rows = [self._names.index(row, 0) for row in range(self._names.rowCount())]
        found = next((index for index in rows if index.data(_NAME) == wanted), rows[0])
        self.list.selectionModel().setCurrentIndex(found, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._show(found)
        self.list.setFocus()

    def topic(self) -> str:
        """The topic that is shown."""
        return str(self.list.currentIndex().data(_NAME))

    def panes(self) -> list[QWidget]:
        """For F6."""
        return [self.list, self.text]

    def show_look(self) -> None:
        """Takes over another text size."""
        super().show_look()
        self.list.setFixedWidth(theme.current().px(200))
        self._show(self.list.currentIndex())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Pictures are as wide as there is room."""
        super().resizeEvent(event)
        self._fit()

    def _show(self, index: QModelIndex) -> None:
        title, body = topics(language.lang()).get(str(index.data(_NAME)), ("", ""))
        made = self.text.document()
        own = "en/" if language.lang() == "en" else ""  # pictures of the window in its language
        made.setBaseUrl(QUrl.fromLocalFile(f"{assets.resource('help')}/{own}"))
        made.setDefaultFont(theme.current().font(14))
        made.setMarkdown(f"## {title}\n\n{body}", QTextDocument.MarkdownFeature.MarkdownDialectGitHub)
        cursor = self.text.textCursor()
        cursor.select(cursor.SelectionType.Document)
        airy = QTextBlockFormat()
        airy.setLineHeight(150, int(QTextBlockFormat.LineHeightTypes.ProportionalHeight.value))
        airy.setBottomMargin(8)
        cursor.mergeBlockFormat(airy)
        self._fit()
        self.text.moveCursor(self.text.textCursor().MoveOperation.Start)
        self.text.verticalScrollBar().setValue(0)  # the cursor's line is in sight, which may be below the top margin

    def _fit(self) -> None:
        """Pictures are never wider than the text."""
        room = min(self.text.viewport().width() - 60, PICTURE)
        block = self.text.document().begin()
        while block.isValid():
            pieces = block.begin()
            while not pieces.atEnd():
                piece = pieces.fragment()
                if piece.charFormat().isImageFormat():
                    picture = QTextImageFormat(piece.charFormat().toImageFormat())
                    if picture.width() != room:
                        picture.setWidth(room)
                        cursor = self.text.textCursor()
                        cursor.setPosition(piece.position())
                        cursor.setPosition(piece.position() + piece.length(), cursor.MoveMode.KeepAnchor)
                        cursor.setCharFormat(picture)
                        close = QTextBlockFormat()
                        close.setLineHeight(0, int(QTextBlockFormat.LineHeightTypes.SingleHeight.value))
                        cursor.mergeBlockFormat(close)
                        break  # the pieces of this block were made anew
                pieces += 1
            block = block.next()
