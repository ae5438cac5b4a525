"""What a person says about a paper: what it is, its date, whether it is signed and stamped, and that he looked.

Signature and seal are always a person's word. Changes are kept 0.8 s after the last one. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QVBoxLayout, QWidget

from desktop.widgets.choice_editors import simple_editor
from desktop.widgets.entry import Unread, problem_of
from desktop.widgets.form_field import FormField
from sync.domain.fields import empty
from sync.domain.kinds import KINDS
from sync.records import Paper

#: What is asked of every paper, of notices and certificates, and of those that bear a seal.
ALWAYS = ("kind", "doc_on")
NUMBERED = ("doc_no", "issuer")
SEALED = ("signed", "stamped", "seal_kind", "seal_name")
_UNSEALED = frozenset({"visit_photo", "tax_proof", "ip_certificate", "business_licence", "broker_certificate"})
SAVE_MS = 800


class PaperFacts(QWidget):
    """The facts of one paper; ``save(paper id, facts)`` is called with what changed."""

    changed = Signal()

    def __init__(self, save: Callable[[str, dict[str, Any]], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._save = save
        self._paper: Paper | None = None
        self._dirty: set[str] = set()
        self._fields: dict[str, FormField] = {}
        declared = KINDS["evidence"].fields
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(8)
        for name in (*ALWAYS, *NUMBERED, *SEALED):
            shown = FormField(declared[name], simple_editor(declared[name]))
            shown.edited.connect(self._on_edited)
            shown.left.connect(self._on_left)
            self._fields[name] = shown
        self.seen = QCheckBox(self.tr("我看过了，与原件一致"))
        self.seen.toggled.connect(lambda: self._on_edited("original_seen"))
        self._grid = grid
        self._across = 0
        whole = QVBoxLayout(self)
        whole.setContentsMargins(14, 8, 14, 10)
        whole.setSpacing(8)
        whole.addLayout(grid)
        whole.addWidget(self.seen)
        whole.addStretch(1)
        self.set_across(4)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_MS)
        self._timer.timeout.connect(self.flush)

    def set_across(self, across: int) -> None:
        """How many columns the facts stand in: 4 below a page, 2 beside it."""
        if across == self._across:
            return
        self._across = across
        spans = [across // 2] * len(ALWAYS + NUMBERED) + [1] * len(SEALED)
        row = column = 0
        for shown, span in zip(self._fields.values(), spans, strict=True):
            if column + span > across:
                row, column = row + 1, 0
            self._grid.addWidget(shown, row, column, 1, span, Qt.AlignmentFlag.AlignTop)
            column += span
        for place in range(4):
            self._grid.setColumnStretch(place, 1 if place < across else 0)

    def set_paper(self, paper: Paper | None) -> None:
        """Shows a paper's facts; what was changed on the one before is saved first."""
        same = paper is not None and self._paper is not None and paper.id == self._paper.id
        if not same:
            self.flush()
        self._paper = paper
        self.setVisible(paper is not None)
        if paper is None:
            return
        held, declared = {**paper.facts, "kind": paper.kind}, KINDS["evidence"].fields
        for name, shown in self._fields.items():
            if not (same and name in self._dirty):
                shown.editor.set_value(held.get(name))
                shown.show_problem(None)
            shown.set_needed(shown.field.needed(held, "submit"))
        if "original_seen" not in self._dirty:
            self.seen.blockSignals(True)
            self.seen.setChecked(bool(held.get("original_seen")))
            self.seen.blockSignals(False)
        for name in NUMBERED:
            self._fields[name].setVisible(declared[name].applies(held))
        for name in SEALED:
            self._fields[name].setVisible(paper.kind not in _UNSEALED)

    def set_read_only(self, fixed: bool) -> None:
        """Whether it only shows."""
        for shown in self._fields.values():
            shown.editor.set_read_only(fixed)
        self.seen.setEnabled(not fixed)

    def field(self, name: str) -> FormField:
        """One of its fields."""
        return self._fields[name]

    def flush(self) -> None:
        """Saves what was changed now."""
        self._timer.stop()
        if self._paper is None or not self._dirty:
            return
        facts: dict[str, Any] = {}
        for name in self._dirty:
            if name == "original_seen":
                facts[name] = self.seen.isChecked()
                continue
            value = self._fields[name].editor.value()
            if not isinstance(value, Unread) and not (name == "kind" and empty(value)):
                facts[name] = value
        self._dirty.clear()
        if facts:
            self._save(self._paper.id, facts)

    def _on_edited(self, name: str) -> None:
        self._dirty.add(name)
        if name in self._fields:
            self._fields[name].show_problem(None)
        self._timer.start()
        self.changed.emit()

    def _on_left(self, name: str) -> None:
        value = self._fields[name].editor.value()
        if isinstance(value, Unread):
            self._fields[name].show_problem(problem_of(self._fields[name].field, value))
        elif name in self._dirty:
            self.flush()
