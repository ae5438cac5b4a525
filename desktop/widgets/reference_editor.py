"""Editors that point at another record: found while typing by name, credit code or pinyin initials.

A company that is not known yet is entered in place, below the line; its values stand in the field until the record
is saved, where the same company is matched or a record of its own is made. Text that names nothing stays in the
line. Must not know SQL, threads or pages; what it asks for is the ``Source``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QCompleter,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.widgets import icons
from desktop.widgets.card import button, text
from desktop.widgets.entry import Unread
from desktop.widgets.field_editors import FieldEditor, simple_editor, today
from desktop.widgets.flow_layout import FlowLayout
from desktop.widgets.form_field import FormField
from sync.domain.fields import Field, empty
from sync.domain.kinds import KINDS
from sync.domain.problems import Problem
from sync.records import Listing, Record, Row

_PAUSE_MS = 120  # of typing before the list is asked
_ID = Qt.ItemDataRole.UserRole
_TITLE = Qt.ItemDataRole.UserRole + 1


class Source(Protocol):
    """What reference editors and forms ask for; the workspace is one."""

    def organisations(self, text: str, limit: int = 8) -> list[Row]:
        """Organisations by name, credit code or pinyin initials."""

    def rows(self, kinds: Sequence[str] = (), *, search: str = "", limit: int = 200) -> Listing:
        """Records of kinds that match ``search``."""

    def get(self, id: str) -> Record:
        """One record; LookupError where it is not here."""

    def list_choices(self, source: str) -> tuple[str, ...] | None:
        """The platform list of that name, None where it sent none."""


def title_of(source: Source, id: str) -> str:
    """What a record is called, "" where it is not on this laptop."""
    try:
        record = source.get(id)
    except LookupError:
        return ""
    kind = KINDS.get(record.kind)
    return str(record.fields.get(kind.title, "") if kind else "")


class Reference(FieldEditor):
    """One record of the declared kinds."""

    completed = Signal(str, dict)  # id of the chosen organisation, what was filled in here

    def __init__(self, field: Field, source: Source, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._source = source
        self._id: str | None = None
        self._new: dict[str, Any] | None = None  # an organisation entered in place, not saved yet
        self._title = ""
        self._organisations = "organisation" in field.of
        self._fixed = False
        self.line = QLineEdit(self)
        self.line.setPlaceholderText(
            self.tr("单位名称、信用代码或拼音首字母") if self._organisations else self.tr("名称、编号或拼音首字母")
        )
        self.line.setClearButtonEnabled(True)
        self._found = QStandardItemModel(self)
        self._completer = QCompleter(self._found, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setCompletionRole(_TITLE)
        self._completer.setMaxVisibleItems(9)
        self._completer.activated[QModelIndex].connect(self._pick)  # type: ignore[index]  # the overload by index
        self.line.setCompleter(self._completer)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self.search)
        self._form: OrganisationForm | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._column.addWidget(self.line)
        self._more = button(self.tr("补充单位资料"), "link", "pencil")
        self._more.clicked.connect(self.open_held)
        self._more.hide()
        self._column.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        self.watch(self.line)
        self.line.textEdited.connect(self._on_text)

    def value(self) -> Any:
        """The id, the values of an organisation entered here, or ``Unread`` where the text names nothing yet."""
        text = self.line.text().strip()
        if text and text == self._title and (self._id or self._new):
            return self._id or dict(self._new or {})
        return Unread(self.line.text(), "BAD_REF") if text else None

    def set_value(self, value: Any) -> None:
        """Shows the record's name."""
        self._new = dict(value) if isinstance(value, dict) else None
        if isinstance(value, Unread) or self._new is not None:
            self._id = None
            self._title = "" if self._new is None else str(self._new.get("name", ""))
            self.line.setText(value.text if isinstance(value, Unread) else self._title)
            return
        self._id = value if isinstance(value, str) and value else None
        self._title = (title_of(self._source, self._id) or self.tr("（这条记录不在本机）")) if self._id else ""
        if self.line.text() != self._title:
            self.line.setText(self._title)
            self.line.setCursorPosition(0)
        self._offer()

    def entry(self) -> QWidget:
        """The line."""
        return self.line

    def set_read_only(self, fixed: bool) -> None:
        """Whether it only shows."""
        self._fixed = fixed
        self.line.setReadOnly(fixed)
        self._offer()

    def on_left(self) -> None:
        """Text that is exactly one record's name is that record."""
        text = self.line.text().strip()
        if text and self._id is None and self._new is None and not self._fixed:
            same = [row for row in self._look(text) if row.title == text]
            if len(same) == 1:
                self._take(same[0].id, same[0].title)
        super().on_left()

    def search(self) -> None:
        """Asks for what matches the text and shows the list."""
        typed = self.line.text().strip()
        self._found.clear()
        for row in self._look(typed) if typed else []:
            more = str(row.fields.get("uscc") or row.number or row.subtitle or "")
            item = QStandardItem(f"{row.title}　{more}".strip())
            item.setData(row.title, _TITLE)
            item.setData(row.id, _ID)
            self._found.appendRow(item)
        if typed and self._organisations:
            new = QStandardItem(self.tr("＋ 新建单位“{name}”").format(name=typed))
            new.setData("", _ID)
            new.setData(typed, _TITLE)
            self._found.appendRow(new)
        if self._found.rowCount() and self.line.hasFocus():
            self._completer.complete()

    def open_new(self, name: str) -> None:
        """Shows the form for a company that is not known yet, below the line."""
        if self._form is not None:
            self._form.focus()
            return
        self._show_form({"name": name, "org_kind": "企业"}, self.tr("新建单位"))

    def open_held(self) -> None:
        """Shows what is known of the chosen company, to be completed."""
        if self._form is None and self._id is not None:
            self._show_form(dict(self._source.get(self._id).fields), self.tr("补充单位资料"))

    def _show_form(self, values: dict[str, Any], title: str) -> None:
        self._form = OrganisationForm(self._source, values, title, self)
        self._form.saved.connect(self._on_saved)
        self._form.cancelled.connect(self._close_form)
        self._column.addWidget(self._form)
        self._offer()
        self._form.focus()

    def _offer(self) -> None:
        """The way to complete a company stands there while one is chosen."""
        here = self._organisations and not self._fixed and self._form is None
        self._more.setVisible(here and self._id is not None and self.line.text().strip() == self._title)

    def _look(self, typed: str) -> list[Row]:
        if self._organisations:
            return self._source.organisations(typed, 8)
        kinds = [kind for kind in self.field.of if kind in KINDS]
        return self._source.rows(kinds, search=typed, limit=8).rows

    def _on_text(self, _text: str) -> None:
        self._id = self._new = None
        self._offer()
        self._timer.start()
        self.edited.emit()

    def _pick(self, index: QModelIndex) -> None:
        id, title = str(index.data(_ID)), str(index.data(_TITLE))
        if id:
            self._take(id, title)
        else:
            self.open_new(title)

    def _take(self, id: str, title: str) -> None:
        self._id, self._new, self._title = id, None, title
        # the completer writes its own text after this; the title is put back when it is done
        QTimer.singleShot(0, self, lambda: self.line.setText(title) if self._id == id else None)
        self.line.setText(title)
        self._offer()
        self.edited.emit()

    def _on_saved(self, values: dict[str, Any]) -> None:
        held = self._id
        self._close_form()
        if held is not None:
            self._title = str(values.get("name") or self._title)
            self.line.setText(self._title)
            self.completed.emit(held, values)
            return
        self.set_value(values)
        self.edited.emit()

    def _close_form(self) -> None:
        if self._form is not None:
            self._form.hide()
            self._form.deleteLater()
            self._form = None
            self._offer()
            self.line.setFocus()


class References(FieldEditor):
    """Several records, each as a tag; a line below finds the next."""

    def __init__(self, field: Field, source: Source, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._source = source
        self._ids: list[Any] = []  # ids, and values of organisations entered here
        self._fixed = False
        self._area = QFrame(self)
        self._area.setProperty("role", "plain")
        self._flow = FlowLayout(self._area, 6)
        self.one = Reference(field, source, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._area)
        column.addWidget(self.one)
        self.setFocusProxy(self.one)
        self.one.edited.connect(self._on_one)
        self.one.left.connect(self.left)
        self._draw()

    def value(self) -> Any:
        """The ids, ``Unread`` while the line holds text that names nothing; None where there are none."""
        pending = self.one.value()
        if isinstance(pending, Unread):
            return pending
        return [*self._ids, *([pending] if pending else [])] or None

    def set_value(self, value: Any) -> None:
        """Shows the records."""
        if isinstance(value, Unread):
            self.one.set_value(value)
            return
        ids = [one for one in value if isinstance(one, str | dict)] if isinstance(value, list) else []
        if ids != self._ids:
            self._ids = ids
            self._draw()

    def entry(self) -> QWidget:
        """The line."""
        return self.one.line

    def set_read_only(self, fixed: bool) -> None:
        """Whether it only shows."""
        self._fixed = fixed
        self.one.setVisible(not fixed)
        self._draw()

    def _on_one(self) -> None:
        id = self.one.value()
        if isinstance(id, str | dict):
            if id not in self._ids:
                self._ids.append(id)
            QTimer.singleShot(0, self.one, lambda: self.one.set_value(None))
            self.one.set_value(None)
            self._draw()
        self.edited.emit()

    def _remove(self, id: Any) -> None:
        self._ids.remove(id)
        self._draw()
        self.edited.emit()

    def _draw(self) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            widget.hide()
            widget.deleteLater()
        for id in self._ids:
            title = str(id.get("name", "")) if isinstance(id, dict) else title_of(self._source, id)
            title = title or self.tr("（这条记录不在本机）")
            tag = QToolButton(self._area)
            tag.setText(title)
            if not self._fixed:
                tag.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
                tag.setIcon(icons.icon("x", "text3", 12))
                tag.setAccessibleName(self.tr("去掉 {word}").format(word=title))
                tag.clicked.connect(lambda _=False, id=id: self._remove(id))
            self._flow.addWidget(tag)
        self._area.setVisible(bool(self._ids))


class OrganisationForm(QFrame):
    """A company entered or completed in place. Name and kind are needed; the credit code makes it one everywhere."""

    saved = Signal(dict)  # its values
    cancelled = Signal()
    FIELDS = (
        "name", "uscc", "no_uscc_reason", "org_kind", "division", "contact_name", "contact_phone", "contact_consent",
    )  # fmt: skip

    def __init__(self, source: Source, values: dict[str, Any], title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "subtle")
        kind = KINDS["organisation"]
        self._fields: dict[str, FormField] = {}
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
            shown = FormField(field, editor)
            shown.set_needed(field.draft == "yes")
            shown.edited.connect(self._on_edited)
            shown.left.connect(self._on_left)
            editor.set_value(values.get(field_name))
            self._fields[field_name] = shown
        column.addLayout(self._grid)
        self._place()
        self._save = button(self.tr("保存单位"), "primary", small=True)
        self._save.clicked.connect(self.save)
        cancel = button(self.tr("取消"), small=True)
        cancel.clicked.connect(self.cancelled)
        line = QHBoxLayout()
        line.addWidget(self._save)
        line.addWidget(cancel)
        line.addStretch(1)
        column.addLayout(line)

    def focus(self) -> None:
        """Puts the focus into the first thing that is missing."""
        empties = [shown for name, shown in self._fields.items() if not shown.isHidden() and name not in self.values()]
        (empties[0] if empties else self._fields["name"]).editor.entry().setFocus()

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
        if name == "uscc":
            self._place()
        shown = self._fields[name]
        if shown.problem is not None:
            self._on_left(name)

    def _on_left(self, name: str) -> None:
        shown = self._fields[name]
        found = [problem for problem in self._problems() if problem.field == name]
        shown.show_problem(found[0] if found and shown.editor.value() is not None else None)
