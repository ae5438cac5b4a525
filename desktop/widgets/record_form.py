"""The form of any record kind, built wholly from its declaration.

Sections, labels, required marks, help, units, limits, which fields apply and which editor they get all follow
from ``sync.domain``. A field that does not apply is hidden and keeps its value. What was typed is never thrown
away: text that is not of the field's type stays in its line and is told by ``unread``. Problems stand next to
their field, in the checklist's words, once the person has been there or has asked to submit.
Must not know pages, saving or sync.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPalette, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from desktop import wording
from desktop.input_method.composing import composing_in
from desktop.widgets import language
from desktop.widgets.choice_editors import simple_editor
from desktop.widgets.entry import Unread, problem_of, show
from desktop.widgets.evidence_slot import EvidenceSlot
from desktop.widgets.field_editors import FieldEditor, LongText, choice_name
from desktop.widgets.form_field import FormField
from desktop.widgets.form_section import FormSection
from desktop.widgets.list_editors import CheckSet, RowTable, Tags
from desktop.widgets.notice_bar import announce
from desktop.widgets.reference_editor import Reference, References
from desktop.widgets.source import Source, title_of
from sync.domain.declare import Kind
from sync.domain.fields import Field, empty
from sync.domain.kinds import KINDS
from sync.domain.problems import Problem
from sync.records import Paper

_FEW = 8  # choices that stand as check boxes; more become tags with suggestions
TYPED = frozenset({"text", "code", "money", "int", "date", "month", "time"})  # written letter by letter
PAUSE_MS = 150
_SUMMARY = 4  # values in the line of a closed section


def editor_for(field: Field, source: Source, parent: QWidget | None = None) -> FieldEditor:
    """The editor of a field's type."""
    sent = source.list_choices(field.source) if field.source else None
    choices = sent or field.choices
    if field.type == "ref":
        return Reference(field, source, parent)
    if field.type in ("set", "list"):
        if field.items:
            return RowTable(field, parent)
        if field.of:
            return References(field, source, parent)
        if choices and not field.open and len(choices) <= _FEW:
            return CheckSet(field, choices, parent)
        return Tags(field, choices, parent)
    return simple_editor(field, sent, parent)


class RecordForm(QScrollArea):
    """A record as a form. ``changed(name)`` for what a person did, ``left(name)`` when a field lost the focus."""

    changed = Signal(str)
    left = Signal(str)
    focused = Signal(str)
    evidence_asked = Signal(str)  # the kind of paper somebody wants to add or see
    completed = Signal(str, dict)  # an organisation this record points at, what was filled in for it here
    resectioned = Signal()  # states of the sections changed

    def __init__(self, kind: str, source: Source, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind: Kind = KINDS[kind]
        self._source = source
        self._fields: dict[str, FormField] = {}
        self._slots: dict[str, EvidenceSlot] = {}
        self._problems: list[Problem] = []
        self._visited: set[str] = set()
        self._asked = False  # somebody wanted to submit: every problem is shown
        self._fixed = False
        self._last: str | None = None  # the field somebody was in last
        self._settling = False
        self._there: dict[str, tuple[bool, bool]] = {}  # field -> (no value yet, empty) when the form was last settled
        self._names: dict[str, str] = {}  # of records referred to
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._settle)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(language.label(self.kind))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its fields are what Tab stops at
        self._page = QWidget()
        self._page.setBackgroundRole(QPalette.ColorRole.Base)
        self._page.setAutoFillBackground(True)
        column = QVBoxLayout(self._page)
        column.setContentsMargins(22, 14, 22, 14)
        column.setSpacing(12)
        self.sections: dict[str, FormSection] = {}
        for number, (key, title) in enumerate(self._titles().items(), 1):
            section = FormSection(key, number, title)
            self.sections[key] = section
            column.addWidget(section)
        column.addStretch(1)
        for field in self._declared():
            self._make(field)
        self.setWidget(self._page)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus)
        self._settle()

    # ------------------------------------------------------------------------------------------ values

    def values(self) -> dict[str, Any]:
        """Typed values of all fields, None where empty; text that is not of the type is left out (see ``unread``)."""
        typed = {name: shown.editor.value() for name, shown in self._fields.items()}
        return {name: value for name, value in typed.items() if not isinstance(value, Unread)}

    def filled(self) -> dict[str, Any]:
        """The values that are there."""
        return {name: value for name, value in self.values().items() if not empty(value)}

    def unread(self) -> dict[str, Unread]:
        """Fields whose text is not of their type, with the text as it was typed."""
        typed = {name: shown.editor.value() for name, shown in self._fields.items()}
        return {name: value for name, value in typed.items() if isinstance(value, Unread)}

    def as_text(self) -> str:
        """All that stands here as lines a person can read, type again or send."""
        lines = [language.label(self.kind)]
        for shown in self._fields.values():
            value, begun = shown.editor.value(), shown.editor.begun()
            if not empty(value):
                whole = isinstance(value, Unread) or isinstance(shown.editor, LongText)
                words = show(shown.field, value) if whole else self._words(shown.field, value)
                lines.append(f"{language.label(shown.field)}：{words}")
            if begun is not None:
                lines += [f"　　{one}" for one in {**begun["values"], **begun["texts"]}.values()]
        return "\n".join(lines) + "\n"

    def set_values(self, values: Mapping[str, Any], skip: frozenset[str] = frozenset()) -> dict[str, Any]:
        """Shows a record's values; fields in ``skip`` (still being typed) or composed in are left alone.

        Returns the values that are shown now.
        """
        taken: dict[str, Any] = {}
        self._names.clear()
        for name, shown in self._fields.items():
            if name in skip or composing_in(shown):
                continue
            taken[name] = values.get(name)
            if shown.editor.value() != values.get(name):
                shown.editor.set_value(values.get(name))
                shown.refresh_note()
        self._settle()
        return taken

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """What is set within is settled once, at the end."""
        self._settling = True
        try:
            yield
        finally:
            self._settling = False
            self._settle()

    def set_texts(self, texts: Mapping[str, str]) -> None:
        """Puts back text that never became a value."""
        for name, text in texts.items():
            if name in self._fields:
                self._fields[name].editor.set_value(Unread(text, ""))
                value = self._fields[name].editor.value()
                self._visited.add(name)
                if isinstance(value, Unread):
                    self._fields[name].show_problem(problem_of(self._fields[name].field, value))
        self._settle()

    def begun(self) -> dict[str, dict[str, Any]]:
        """What is being entered below fields and is no value yet: a company in place."""
        found = {name: shown.editor.begun() for name, shown in self._fields.items()}
        return {name: one for name, one in found.items() if one is not None}

    def go_on(self, begun: Mapping[str, Any]) -> None:
        """Opens again what ``begun`` kept."""
        for name, one in begun.items():
            if name in self._fields and isinstance(one, dict):
                self._fields[name].editor.go_on(one)

    def mark_filled(self) -> None:
        """A record was opened: what it holds counts as visited, so its problems are shown at once."""
        self._visited.update(self.filled())

    def set_papers(self, papers: Sequence[Paper]) -> None:
        """Shows which evidence is attached."""
        for name, slot in self._slots.items():
            slot.set_papers([paper for paper in papers if paper.kind == name and not paper.facts.get("removed")])
        self._settle()

    def set_read_only(self, fixed: bool) -> None:
        """Whether it only shows (a closed record)."""
        self._fixed = fixed
        for shown in self._fields.values():
            shown.editor.set_read_only(fixed)
        for slot in self._slots.values():
            slot.set_read_only(fixed)

    def field(self, name: str) -> FormField | None:
        """The field's widget, None for evidence and for fields a person does not fill."""
        return self._fields.get(name)

    # ---------------------------------------------------------------------------------------- problems

    def show_problems(self, problems: Sequence[Problem], *, asked: bool = False) -> None:
        """Shows problems beside their fields: of fields somebody has been in, of all once ``asked`` to submit."""
        self._problems = [problem for problem in problems if self._place_of(problem.field) is not None]
        self._asked = self._asked or asked
        first: dict[str, Problem] = {}
        for problem in sorted(self._problems, key=lambda one: one.severity != "block"):
            first.setdefault(str(problem.field), problem)
        unread = self.unread()
        for name, shown in self._fields.items():
            if name in unread:
                shown.show_problem(problem_of(shown.field, unread[name]) if self._seen(name) else None)
            else:
                shown.show_problem(first.get(name) if self._seen(name) else None)
        for name, slot in self._slots.items():
            slot.show_problem(first.get(name) if self._asked else None)
        self._settle()

    def gaps(self) -> list[str]:
        """Fields that stop a submission, in reading order; each once."""
        stopping = {problem.field for problem in self._problems if problem.severity == "block"} | set(self.unread())
        return [name for name in self._order() if name in stopping]

    def next_gap(self, *, back: bool = False) -> str | None:
        """Puts the focus on the next (or previous) gap after the field with the focus; its name, None without one."""
        gaps = self.gaps()
        if not gaps:
            return None
        order = list(self._order())
        here = self.place()
        place = order.index(here) if here in order else (len(order) if back else -1)
        if back:
            name = next((gap for gap in reversed(gaps) if order.index(gap) < place), gaps[-1])
        else:
            name = next((gap for gap in gaps if order.index(gap) > place), gaps[0])
        self.focus_field(name)
        return name

    # ------------------------------------------------------------------------------------------- focus

    def focus_field(self, name: str) -> bool:
        """Opens the field's section, scrolls there and puts the focus in; False where there is no such field."""
        place = self._place_of(name)
        if place is None:
            return False
        section = self.sections[place]
        if not section.is_open():
            section.set_open(True)
            self.resectioned.emit()
        widget = self._fields[name].editor.place() if name in self._fields else self._slots[name].entry()
        box: QWidget = self._fields[name] if name in self._fields else self._slots[name]
        self._last = name
        widget.setFocus(Qt.FocusReason.OtherFocusReason)
        if isinstance(widget, QLineEdit):  # one goes on where the text ends
            widget.end(False)
        elif isinstance(widget, QPlainTextEdit):
            widget.moveCursor(QTextCursor.MoveOperation.End)
        QTimer.singleShot(0, box, lambda: self.ensureWidgetVisible(box, 20, 60))
        return True

    def current(self) -> str | None:
        """The field that has the focus."""
        widget = QApplication.focusWidget()
        while widget is not None and widget is not self:
            if isinstance(widget, FormField) and self._fields.get(widget.field.name) is widget:
                return widget.field.name
            if isinstance(widget, EvidenceSlot):
                return widget.field.name
            widget = widget.parentWidget()
        return None

    def place(self) -> str | None:
        """The field that has the focus, or had it last."""
        return self.current() or self._last

    def collapse_finished(self) -> None:
        """Closes finished sections to one line; done when a record is opened, never while somebody types."""
        current = self.current()
        for section in self.sections.values():
            here = current is not None and self._place_of(current) == section.name
            section.set_open(section.state() != "done" or here)

    def progress(self) -> tuple[int, int]:
        """(filled, all) of the fields and papers that must be there to submit."""
        values = self.filled()
        needed = [
            field for field in self._declared() if field.applies(values) and field.needed(values, "submit")
        ]  # fmt: skip
        missing = {problem.field for problem in self._problems if problem.code in ("REQUIRED", "LETTER_MISSING")}
        missing |= {problem.field for problem in self._problems if problem.code == "EVIDENCE_MISSING"}
        empty_now = {
            field.name for field in needed
            if (field.stored and empty(values.get(field.name)))
            or (not field.stored and self._slots[field.name].count() == 0)
        }  # fmt: skip
        return len(needed) - len(empty_now | (missing & {field.name for field in needed})), len(needed)

    def _on_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        """Marks the section and tells where somebody is."""
        if new is None or not self._page.isAncestorOf(new):
            return
        name = self.current()
        if name is not None:
            self._last = name
            place = self._place_of(name)
            for key, section in self.sections.items():
                section.set_current(key == place)
            self.focused.emit(name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """One or two columns."""
        super().resizeEvent(event)
        for section in self.sections.values():
            section.set_width(self.viewport().width() - 72)

    # ------------------------------------------------------------------------------------------ inside

    def _declared(self) -> list[Field]:
        return [field for field in self.kind.fields.values() if field.type != "auto" and field.owner == "liaison"]

    def _titles(self) -> dict[str, str]:
        english = language.lang() == "en"
        if self.kind.sections:
            return {key: pair[english] for key, pair in self.kind.sections.items()}
        return {"": language.label(self.kind)}

    def _order(self) -> list[str]:
        """Names in reading order: section by section."""
        values = self.filled()
        fields = [field for field in self._declared() if field.applies(values)]
        return [field.name for key in self.sections for field in fields if self._key(field) == key]

    def _key(self, field: Field) -> str:
        return field.section if field.section in self.sections else next(iter(self.sections))

    def _place_of(self, name: str | None) -> str | None:
        field = self.kind.fields.get(name or "")
        known = field is not None and (field.name in self._fields or field.name in self._slots)
        return self._key(field) if field is not None and known else None

    def _make(self, field: Field) -> None:
        if field.type == "evidence":
            slot = EvidenceSlot(field)
            slot.asked.connect(lambda: self.evidence_asked.emit(field.name))
            self._slots[field.name] = slot
            return
        editor = editor_for(field, self._source)
        if isinstance(editor, Reference):
            editor.completed.connect(self.completed)
        shown = FormField(field, editor)
        shown.edited.connect(self._on_edited)
        shown.left.connect(self._on_left)
        self._fields[field.name] = shown

    def _seen(self, name: str) -> bool:
        return self._asked or name in self._visited

    def _on_edited(self, name: str) -> None:
        """A letter: what hangs on the text waits for a pause, what hangs on its being there is shown at once."""
        shown = self._fields[name]
        if shown.problem is not None:
            self._judge(shown)
        value = shown.editor.value()
        there = (isinstance(value, Unread), empty(value))
        if shown.field.type in TYPED and self._there.get(name) == there:
            self._pause.start()
        else:
            self._settle()
        self.changed.emit(name)

    def _on_left(self, name: str) -> None:
        shown = self._fields[name]
        if not empty(shown.editor.value()):
            self._visited.add(name)
        before = shown.problem
        if shown.problem is None or isinstance(shown.editor.value(), Unread):
            self._judge(shown)
        if shown.problem is not None and shown.problem != before:  # the eye sees it; the ear is in the next field already
            announce(shown, f"{language.label(shown.field)}：{wording.problem(shown.problem, language.lang())}")
        self._settle()
        self.left.emit(name)

    def _judge(self, shown: FormField) -> None:
        """A field's own problem at once, from its value alone; the other rules answer with ``show_problems``."""
        value = shown.editor.value()
        if isinstance(value, Unread):
            shown.show_problem(problem_of(shown.field, value) if self._seen(shown.field.name) else None)
        elif empty(value):
            still = shown.problem is not None and shown.problem.code == "REQUIRED"
            shown.show_problem(shown.problem if still else None)
        elif not isinstance(value, dict):
            wrong = shown.field.check(value)
            shown.show_problem(wrong if wrong and self._seen(shown.field.name) else None)

    def _settle(self) -> None:
        """Shows what applies, marks what is needed, and says each section's state."""
        if self._settling:
            return
        self._settling = True
        self._pause.stop()
        typed = {name: shown.editor.value() for name, shown in self._fields.items()}
        self._there = {name: (isinstance(value, Unread), empty(value)) for name, value in typed.items()}
        values = {name: value for name, value in typed.items() if self._there[name] == (False, False)}
        cells: dict[str, list[tuple[QWidget, bool]]] = {key: [] for key in self.sections}
        for field in self._declared():
            box: QWidget = self._fields[field.name] if field.stored else self._slots[field.name]
            if not field.applies(values):
                box.hide()
                continue
            needed = field.needed(values, "submit")
            if field.stored:
                self._fields[field.name].set_needed(needed)
            else:
                self._slots[field.name].set_needed(needed)
            cells[self._key(field)].append((box, self._wide(field)))
        stopping = {str(problem.field) for problem in self._problems if problem.severity == "block"}
        number, gaps = 0, stopping | {name for name, (unread, _empty) in self._there.items() if unread}
        for key, section in self.sections.items():
            section.place(cells[key])
            section.setVisible(bool(cells[key]))
            number += bool(cells[key])
            section.set_number(number)
            self._say(section, values, gaps)
        self._settling = False
        self.resectioned.emit()

    def _wide(self, field: Field) -> bool:
        if field.type in ("list", "evidence", "ref") or field.long or field.name == self.kind.title:
            return True
        return field.type == "set" or (field.type == "text" and (field.most or 0) >= 200)

    def _say(self, section: FormSection, values: Mapping[str, Any], stopping: set[str]) -> None:
        mine = [field for field in self._declared() if self._key(field) == section.name and field.applies(values)]
        gaps = sum(field.name in stopping for field in mine)
        held = [field for field in mine if field.stored and not empty(values.get(field.name))]
        papers = any(self._slots[field.name].count() for field in mine if not field.stored)
        needed = [field for field in mine if field.needed(values, "submit")]
        entered = any(field.default is None for field in held) or papers
        whole = all(
            not empty(values.get(field.name)) if field.stored else self._slots[field.name].count() for field in needed
        )  # fmt: skip
        parts = [self._words(field, values[field.name]) for field in held if field.default is None][:_SUMMARY]
        section.set_state(gaps, entered and (whole or gaps > 0), " · ".join(part for part in parts if part))

    def _words(self, field: Field, value: Any) -> str:
        if isinstance(value, dict):  # a company entered in place
            return str(value.get("name", ""))

        def name(id: str) -> str:
            if id not in self._names:  # a question to the store at every letter else
                self._names[id] = title_of(self._source, id)
            return self._names[id]

        if isinstance(self._fields[field.name].editor, LongText):
            return str(value).split("\n")[0][:24]
        return wording.value(field, value, language.lang(), name=name, choice=choice_name)
