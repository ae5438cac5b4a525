"""Editors that point at another record: found while typing by name, credit code or pinyin initials.

A company that is not known yet is entered in place, below the line; its values stand in the field until the record
is saved, where the same company is matched or a record of its own is made. Text that names nothing stays in the
line. Must not know SQL, threads or pages; what it asks for is the ``Source``.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QCompleter,
    QFrame,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.widgets import icons
from desktop.widgets.card import button
from desktop.widgets.entry import Unread
from desktop.widgets.field_editors import FieldEditor
from desktop.widgets.flow_layout import FlowLayout
from desktop.widgets.organisation_form import OrganisationForm
from desktop.widgets.source import Source, title_of
from sync.domain.fields import Field
from sync.domain.kinds import KINDS
from sync.records import Row

_PAUSE_MS = 120  # of typing before the list is asked
_ID = Qt.ItemDataRole.UserRole
_TITLE = Qt.ItemDataRole.UserRole + 1


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
        self.line.setToolTip(self.line.placeholderText())
        self.line.setClearButtonEnabled(True)
        self.line.findChildren(QToolButton)[0].setAccessibleName(self.tr("清空"))
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

    def place(self) -> QWidget:
        """The line, or the company being entered below it."""
        return self.line if self._form is None else self._form.place()

    def begun(self) -> dict[str, Any] | None:
        """The company being entered in place."""
        return None if self._form is None else {"id": self._id, **self._form.begun()}

    def go_on(self, begun: dict[str, Any]) -> None:
        """Opens it again as it was left; not where another company stands in the line by now."""
        if self._form is None and self._organisations and not self._fixed and begun.get("id") == self._id:
            made = self._show_form({}, self.tr("补充单位资料") if self._id is not None else self.tr("新建单位"))
            made.go_on(begun)

    def _show_form(self, values: dict[str, Any], title: str) -> OrganisationForm:
        self._form = OrganisationForm(self._source, values, title, self)
        self._form.saved.connect(self._on_saved)
        self._form.cancelled.connect(self._on_cancelled)
        self._form.edited.connect(self.edited)
        self._column.addWidget(self._form)
        self._form.follow(self.line)
        self._offer()
        self._form.focus()
        return self._form

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
            self.edited.emit()  # nothing is being entered any more
            return
        self.set_value(values)
        self.edited.emit()

    def _on_cancelled(self) -> None:
        self._close_form()
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

    def place(self) -> QWidget:
        """Where its line is."""
        return self.one.place()

    def begun(self) -> dict[str, Any] | None:
        """The company being entered in place."""
        return self.one.begun()

    def go_on(self, begun: dict[str, Any]) -> None:
        """Opens it again."""
        self.one.go_on(begun)

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
