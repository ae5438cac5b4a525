"""A field that is satisfied by a paper: which papers are attached, and the way to the place where they are added."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop import wording
from desktop.widgets import language, theme
from desktop.widgets.card import ElidedLabel, button, text
from desktop.widgets.icons import IconLabel
from sync.domain.fields import Field
from sync.domain.problems import Problem
from sync.records import Paper


class EvidenceSlot(QFrame):
    """One line per evidence field; ``asked`` when somebody wants to add or see the paper."""

    asked = Signal()

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self.problem: Problem | None = None
        self._papers: list[Paper] = []
        self._needed = False
        self._fixed = False
        self._mark = IconLabel("circle-dashed", "amber")
        self._name = text(language.label(field), "small")
        self._star = text("*", "error")
        self._star.setAccessibleName(self.tr("必填"))
        self._files = ElidedLabel("", "secondary", middle=True)
        self._button = button("", small=True)
        self._button.clicked.connect(self.asked)
        self._message = text("", "error", wrap=True)
        self._message.hide()
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._mark)
        row.addWidget(self._name)
        row.addWidget(self._star)
        row.addWidget(self._files, 1)
        row.addWidget(self._button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self._message)
        self._draw()

    def entry(self) -> QWidget:
        """The button."""
        return self._button

    def count(self) -> int:
        """How many papers are attached."""
        return len(self._papers)

    def set_papers(self, papers: Sequence[Paper]) -> None:
        """Shows the attached papers."""
        shown, self._papers = self._papers, list(papers)
        if self._papers:
            self.show_problem(None)
        if self._papers != shown:
            self._draw()

    def set_needed(self, needed: bool) -> None:
        """Whether it must be there to submit."""
        shown, self._needed = self._needed, needed
        if needed != shown:
            self._draw()

    def set_read_only(self, fixed: bool) -> None:
        """Whether papers can only be looked at."""
        shown, self._fixed = self._fixed, fixed
        if fixed != shown:
            self._draw()

    def show_problem(self, problem: Problem | None) -> None:
        """Shows a problem below the line, or clears it."""
        self.problem = problem
        theme.set_role(self._message, "error" if problem and problem.severity == "block" else "warn")
        self._message.setText(wording.problem(problem, language.lang()) if problem else "")
        self._message.setVisible(problem is not None)

    def _draw(self) -> None:
        self._star.setVisible(self._needed)
        there = bool(self._papers)
        if there:
            self._mark.set_icon("circle-check", "green")
            names = [f"{paper.name} {wording.size(paper.bytes)}" for paper in self._papers]
            self._files.set_whole("、".join(names))
        else:
            self._mark.set_icon("circle-dashed", "amber" if self._needed else "text3")
            self._files.set_whole(language.choice(self.field.help) if self._needed else self.tr("选填"))
        self._button.setText(self.tr("查看") if there else self.tr("添加"))
        self._button.setAccessibleName(f"{self._button.text()}{language.label(self.field)}")
        self._button.setVisible(there or not self._fixed)
