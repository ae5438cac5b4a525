"""A notice or policy as it came from the platform: title, who sent it, days, and the whole text; nothing to edit.

Takes a list row; it does not read.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from desktop import wording
from desktop.pages.page import scrolled, today
from desktop.widgets import language
from desktop.widgets.card import clear, line, text
from sync.records import Row

FACTS = ("issuer", "doc_no", "issued_on", "due_on")


class NoticePane(QFrame):
    """``show_row`` fills it."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "pane")
        self.setAccessibleName(self.tr("阅读"))
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(16, 14, 16, 14)
        self._column.setSpacing(8)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolled(inner))

    def show_row(self, row: Row | None) -> None:
        """Another notice, or none."""
        clear(self._column)
        if row is None:
            self._column.addWidget(text(self.tr("选一条看全文。"), "secondary", wrap=True))
            self._column.addStretch(1)
            return
        held = row.fields
        self._column.addWidget(text(row.title, "cardTitle", wrap=True, select=True))
        names = {"issuer": self.tr("发文单位"), "doc_no": self.tr("文号"), "issued_on": self.tr("日期"), "due_on": self.tr("期限")}
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for key in FACTS:
            if held.get(key):
                at = grid.rowCount()
                words = str(held[key])
                if key == "due_on":
                    words = f"{words} {wording.due(words, today(), language.lang())[0]}".strip()
                grid.addWidget(text(names[key], "secondary"), at, 0, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(text(words, "small", wrap=True, select=True), at, 1)
        self._column.addLayout(grid)
        self._column.addWidget(line())
        body = str(held.get("body") or "").strip()
        none = self.tr("平台没有发来正文，请到平台或原文出处查看。")
        self._column.addWidget(text(body or none, "body" if body else "secondary", wrap=True, select=True))
        self._column.addStretch(1)
