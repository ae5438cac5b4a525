"""A field in a form: its label, its editor, what was understood, and what is wrong with it, next to it.

The label is the editor's buddy and says whether the field must be filled. A problem is shown in the words the
checklist uses. Must not know which record it belongs to.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop import wording
from desktop.widgets import language, theme
from desktop.widgets.card import ElidedLabel
from desktop.widgets.card import text as label
from desktop.widgets.field_editors import FieldEditor, LongText
from sync.domain.fields import Field
from sync.domain.problems import Problem

_SHORT_HELP = 12  # characters that fit beside a label of half the form's width


class FormField(QWidget):
    """Label, editor and message of one field. ``note`` stands at the right end of the label's line."""

    edited = Signal(str)
    left = Signal(str)

    def __init__(self, field: Field, editor: FieldEditor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field, self.editor = field, editor
        self.problem: Problem | None = None
        self._needed: bool | None = None
        self._label = QLabel(language.label(field))
        self._label.setProperty("role", "secondary")
        self._star = label("*", "error")
        self._star.setAccessibleName(self.tr("必填"))
        self._note = ElidedLabel("", "meta", drop=True)  # not shown where the column is narrow: both columns stay of one width
        self._note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._told = label("", "meta")
        self._message = label("", "error")
        for line in (self._told, self._message):
            line.setWordWrap(True)
            line.hide()
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self._label)
        head.addWidget(self._star)
        head.addWidget(self._note, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(editor)
        help_ = language.choice(field.help)
        self._help = label(help_, "meta")
        self._help.setWordWrap(True)
        column.addWidget(self._help)
        self._help.setVisible(len(help_) > _SHORT_HELP)
        column.addWidget(self._told)
        column.addWidget(self._message)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self._label.setBuddy(editor.entry())
        self.setFocusProxy(editor)
        editor.edited.connect(self._on_edited)
        editor.left.connect(lambda: self.left.emit(field.name))
        editor.told.connect(self._tell)
        self.set_needed(False)

    def set_needed(self, needed: bool) -> None:
        """Whether it must be filled to submit: shows the mark or "选填"."""
        if needed != self._needed:
            self._needed = needed
            self._star.setVisible(needed)
            self._describe()
            self._write_note()

    def show_problem(self, problem: Problem | None) -> None:
        """Shows a problem below the editor, or clears it."""
        self.problem = problem
        bad = problem is not None and problem.severity == "block"
        self.editor.set_bad(bad)
        text = wording.problem(problem, language.lang()) if problem is not None else ""
        theme.set_role(self._message, "error" if bad else "warn")
        self._message.setText(text)
        self._message.setVisible(bool(text))
        self._describe()

    def _describe(self) -> None:
        """What a screen reader says after the name: what is wrong, or that it is needed and how it is written."""
        needed = self._star.accessibleName() if self._needed else ""
        words = self._message.text() or " ".join(part for part in (needed, self._help.text()) if part)
        self.editor.entry().setAccessibleDescription(words)

    def showEvent(self, event: QShowEvent) -> None:
        """Editors that keep several widgets may have changed their entry."""
        self._label.setBuddy(self.editor.entry())
        super().showEvent(event)

    def _on_edited(self) -> None:
        self._write_note()
        self.edited.emit(self.field.name)

    def _tell(self, text: str) -> None:
        self._told.setText(self.tr("已理解为 {value}").format(value=text) if text else "")
        self._told.setVisible(bool(text))

    def _write_note(self) -> None:
        note = ""
        if isinstance(self.editor, LongText):
            note = self.editor.counter()
        elif self._help.text() and self._help.isHidden():
            note = self._help.text()
        elif not self._needed:
            note = self.tr("选填")
        self._note.set_whole(note)

    def refresh_note(self) -> None:
        """Writes the counter anew after the program set the value."""
        self._write_note()
