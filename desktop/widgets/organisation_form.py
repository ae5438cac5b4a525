"""A company entered or completed in place, below the line that points at it.

Only what a draft needs is asked for; the rules of the declaration speak beside each field. Must not know saving:
``saved`` hands over the values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop.widgets.card import button, text
from desktop.widgets.choice_editors import simple_editor
from desktop.widgets.entry import Unread
from desktop.widgets.field_editors import today
from desktop.widgets.form_field import FormField
from desktop.widgets.source import Source
from sync.domain.fields import empty
from sync.domain.kinds import KINDS
from sync.domain.problems import Problem


class OrganisationForm(QFrame):
    """A company entered or completed in place. Name and kind are needed; the credit code makes it one everywhere."""

    saved = Signal(dict)  # its values
    cancelled = Signal()
    edited = Signal()  # something was typed
    FIELDS = (
        "name", "uscc", "no_uscc_reason", "org_kind", "division", "contact_name", "contact_phone", "contact_consent",
        "established_on",
    )  # fmt: skip

    def __init__(self, source: Source, values: dict[str, Any], title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "subtle")
        kind = KINDS["organisation"]
        self._fields: dict[str, FormField] = {}
        self._last = ""  # the field somebody was in
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(10)
        column.addWidget(text(title, "strong"))
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(10)
        for column_index in (0, 1):
            self._grid.setColumnStretch(column_index, 1)
        for field_name in self.FIELDS:
            field = kind.fields[field_name]
            editor = simple_editor(field, source.list_choices(field.source) if field.source else None)
            shown = FormField(field, editor, self)
            shown.set_needed(field.draft == "yes")
            shown.edited.connect(self._on_edited)
            shown.left.connect(self._on_left)
            editor.set_value(values.get(field_name))
            self._fields[field_name] = shown
        column.addLayout(self._grid)
        self._place()
        self._save = button(self.tr("保存单位"), "primary", small=True)
        self._save.clicked.connect(self.save)
        self._cancel = button(self.tr("取消"), small=True)
        self._cancel.clicked.connect(self.cancelled)
        line = QHBoxLayout()
        line.addWidget(self._save)
        line.addWidget(self._cancel)
        line.addStretch(1)
        column.addLayout(line)

    def focus(self) -> None:
        """Puts the focus into the first thing that is missing."""
        self._first().setFocus()

    def _at(self) -> str:
        """The field that has the focus, or had it last."""
        last = cast("QWidget | None", self.focusWidget())
        return next((name for name, shown in self._fields.items() if last is not None and shown.isAncestorOf(last)), self._last)

    def _first(self) -> QWidget:
        empties = [shown for name, shown in self._fields.items() if not shown.isHidden() and name not in self.values()]
        return (empties[0] if empties else self._fields["name"]).editor.entry()

    def follow(self, before: QWidget) -> None:
        """Tab comes here from ``before``, and goes on from here to what followed it."""
        for one in (*(shown.editor.entry() for shown in self._fields.values()), self._save, self._cancel):
            QWidget.setTabOrder(before, one)
            before = one

    def place(self) -> QWidget:
        """What had the focus last, or would have it."""
        at = self._at()
        return self._fields[at].editor.entry() if at else self._first()

    def begun(self) -> dict[str, Any]:
        """All that was typed, for the next start: values by field, text that is no value yet, where somebody was."""
        held = {name: shown.editor.value() for name, shown in self._fields.items()}
        texts = {name: value.text for name, value in held.items() if isinstance(value, Unread)}
        return {"values": self.values(), "texts": texts, "at": self._at()}

    def go_on(self, begun: Mapping[str, Any]) -> None:
        """Shows again what ``begun`` kept; the focus comes to the same field when it comes here."""
        for name, shown in self._fields.items():
            text = begun.get("texts", {}).get(name)
            shown.editor.set_value(begun.get("values", {}).get(name) if text is None else Unread(text, ""))
        self._place()
        self._last = str(begun.get("at") or "")
        if self._last in self._fields:
            self._fields[self._last].editor.entry().setFocus()

    def field(self, name: str) -> FormField:
        """One of its fields."""
        return self._fields[name]

    def values(self) -> dict[str, Any]:
        """What was entered; unreadable text is left out here and told beside its field."""
        typed = {name: shown.editor.value() for name, shown in self._fields.items()}
        return {name: value for name, value in typed.items() if not isinstance(value, Unread) and not empty(value)}

    def save(self) -> None:
        """Hands the company over, or shows what stops it and goes there."""
        problems = {problem.field: problem for problem in reversed(self._problems())}
        for name, shown in self._fields.items():
            shown.show_problem(problems.get(name))
        first = next((shown for name, shown in self._fields.items() if name in problems), None)
        if first is not None:
            first.editor.entry().setFocus()
            return
        self.saved.emit(self.values())

    def _problems(self) -> list[Problem]:
        return KINDS["organisation"].problems(self.values(), "draft", today())

    def _place(self) -> None:
        values = self.values()
        place = 0
        for shown in self._fields.values():
            self._grid.removeWidget(shown)
            applies = shown.field.applies(values)
            if applies:
                self._grid.addWidget(shown, place // 2, place % 2, Qt.AlignmentFlag.AlignTop)
                place += 1
            shown.setVisible(applies)

    def _on_edited(self, name: str) -> None:
        self._last = name
        self.edited.emit()
        if name == "uscc":
            self._place()
        shown = self._fields[name]
        if shown.problem is not None:
            self._on_left(name)

    def _on_left(self, name: str) -> None:
        shown = self._fields[name]
        found = [problem for problem in self._problems() if problem.field == name]
        shown.show_problem(found[0] if found and shown.editor.value() is not None else None)
