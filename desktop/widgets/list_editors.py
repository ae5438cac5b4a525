"""Editors of fields that hold several things: check boxes of a set, words as tags, rows of a small table.

Nothing typed is lost: a word still in the line counts as entered, a row that cannot be read keeps its text.
Must not know references, records or pages.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QCompleter,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.widgets import icons, language
from desktop.widgets.choice_editors import simple_editor
from desktop.widgets.entry import Unread
from desktop.widgets.field_editors import FieldEditor, choice_name
from desktop.widgets.flow_layout import FlowLayout
from sync.domain.fields import Field


class CheckSet(FieldEditor):
    """A set from a short declared list: one check box a choice."""

    def __init__(self, field: Field, choices: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.boxes: dict[str, QCheckBox] = {}
        self._flow = FlowLayout(self, 14)
        for choice in choices:
            self._add(choice)

    def value(self) -> Any:
        """The ticked choices in the order of the list, None where there are none."""
        return [choice for choice, box in self.boxes.items() if box.isChecked()] or None

    def set_value(self, value: Any) -> None:
        """Ticks the choices; one the list does not have is added, so that it stays visible and stays kept."""
        wanted = [choice for choice in value if isinstance(choice, str)] if isinstance(value, list) else []
        for choice in wanted:
            if choice not in self.boxes:
                self._add(choice)
        for choice, box in self.boxes.items():
            box.blockSignals(True)
            box.setChecked(choice in wanted)
            box.blockSignals(False)

    def entry(self) -> QWidget:
        """The first box."""
        return next(iter(self.boxes.values()))

    def set_read_only(self, fixed: bool) -> None:
        """Whether it only shows."""
        for box in self.boxes.values():
            box.setEnabled(not fixed)

    def _add(self, choice: str) -> None:
        box = QCheckBox(choice_name(choice), self)
        self.boxes[choice] = box
        self._flow.addWidget(box)
        self.watch(box)
        box.setAccessibleName(self.tr("{label}：{choice}").format(label=language.label(self.field), choice=box.text()))
        box.toggled.connect(self.edited)
        self.setFocusProxy(self.entry())


class Tags(FieldEditor):
    """Words one after the other: Enter, a comma or leaving the line makes a tag, Backspace takes the last one back."""

    def __init__(self, field: Field, suggestions: tuple[str, ...] = (), parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._words: list[str] = []
        self._fixed = False
        self._area = QFrame(self)
        self._area.setProperty("role", "plain")
        self._flow = FlowLayout(self._area, 6)
        self.line = QLineEdit(self)
        self.line.setPlaceholderText(self.tr("输入后按回车，可加多条"))
        if suggestions:
            completer = QCompleter(list(suggestions), self)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            # the completer writes its text into the line first, then says so: take it after that
            completer.activated.connect(self._take_line, Qt.ConnectionType.QueuedConnection)
            self.line.setCompleter(completer)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._area)
        column.addWidget(self.line)
        self.watch(self.line)
        self.line.textEdited.connect(self._on_text)
        self.line.returnPressed.connect(self._take_line)
        self._draw()

    def value(self) -> Any:
        """The words, with the one still being typed; None where there are none."""
        pending = self.line.text().strip()
        return [*self._words, *([pending] if pending and pending not in self._words else [])] or None

    def set_value(self, value: Any) -> None:
        """Shows the words; the one being typed stays where it is not among them."""
        words = [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
        pending = self.line.text().strip()
        if pending in words and self.line.hasFocus():
            words.remove(pending)
        elif not self.line.hasFocus():
            self.line.clear()
        if words != self._words:
            self._words = words
            self._draw()

    def entry(self) -> QWidget:
        """The line."""
        return self.line

    def set_read_only(self, fixed: bool) -> None:
        """Whether it only shows."""
        self._fixed = fixed
        self.line.setVisible(not fixed)
        self._draw()

    def on_left(self) -> None:
        """What is still in the line becomes a tag."""
        self._take_line()
        super().on_left()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Backspace in the empty line takes the last tag back into it."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Backspace
            and not self.line.text()
            and self._words
        ):
            self.line.setText(self._words.pop())
            self._draw()
            self.edited.emit()
            return True
        return super().eventFilter(watched, event)

    def _on_text(self, text: str) -> None:
        if text.endswith(("，", ",", "；", ";", "、")):
            self.line.setText(text[:-1])
            self._take_line()
        self.edited.emit()

    def _take_line(self) -> None:
        text = self.line.text().strip()
        if text:
            self.line.clear()
            if text not in self._words:
                self._words.append(text)
                self._draw()
            self.edited.emit()

    def _remove(self, one: str) -> None:
        self._words.remove(one)
        self._draw()
        self.line.setFocus()
        self.edited.emit()

    def _draw(self) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            widget.hide()
            widget.deleteLater()
        for one in self._words:
            tag = QToolButton(self._area)
            tag.setText(choice_name(one))
            tag.setToolTip(one)
            if not self._fixed:
                tag.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
                tag.setIcon(icons.icon("x", "text3", 12))
                tag.setAccessibleName(self.tr("去掉 {word}").format(word=one))
                tag.clicked.connect(lambda _=False, one=one: self._remove(one))
            self._flow.addWidget(tag)
        self._area.setVisible(bool(self._words))


class RowTable(FieldEditor):
    """A list of rows with declared parts: one line of small editors a row, a cross to drop it, a link to add one."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._rows: list[_Row] = []
        self._fixed = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self._head = QWidget(self)
        heads = QGridLayout(self._head)
        heads.setContentsMargins(0, 0, 34, 0)
        heads.setHorizontalSpacing(6)
        for place, part in enumerate(field.items):
            name = QLabel(f"{language.label(part)}（{self.tr(part.unit)}）" if part.unit else language.label(part))
            name.setProperty("role", "meta")
            heads.addWidget(name, 0, place)
            heads.setColumnStretch(place, 1)
        column.addWidget(self._head)
        self._column = QVBoxLayout()
        self._column.setSpacing(6)
        column.addLayout(self._column)
        self._more = QPushButton(self.tr("加一行"), self)
        self._more.setProperty("role", "link")
        self._more.setIcon(icons.icon("plus", "accent"))
        self._more.setAccessibleName(self.tr("{label}：加一行").format(label=language.label(field)))
        self._more.clicked.connect(self._add_and_focus)
        line = QHBoxLayout()
        line.addWidget(self._more)
        line.addStretch(1)
        column.addLayout(line)
        self.setFocusProxy(self._more)
        self._head.hide()

    def value(self) -> Any:
        """The rows that hold something, ``Unread`` where a part of one cannot be read; None without rows."""
        rows = [row.value() for row in self._rows]
        bad = next((part for row in rows for part in row.values() if isinstance(part, Unread)), None)
        if bad is not None:
            return Unread(bad.text, bad.code)
        return [row for row in rows if row] or None

    def set_value(self, value: Any) -> None:
        """Shows the rows; an ``Unread`` leaves them as they are."""
        if isinstance(value, Unread) or value == self.value():
            return
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows = []
        for entry in value if isinstance(value, list) else []:
            if isinstance(entry, dict):
                self._add(entry)
        self._head.setVisible(bool(self._rows))

    def entry(self) -> QWidget:
        """The first editor, or the link that adds a row."""
        return self._rows[0].first() if self._rows else self._more

    def set_read_only(self, fixed: bool) -> None:
        """Whether it only shows."""
        self._fixed = fixed
        self._more.setVisible(not fixed)
        for row in self._rows:
            row.set_read_only(fixed)

    def set_bad(self, bad: bool) -> None:
        """The message below says which row; the rows keep their edges."""

    def _add(self, entry: dict[str, Any]) -> _Row:
        row = _Row(self.field, entry, len(self._rows) + 1, self)
        row.set_read_only(self._fixed)
        self._rows.append(row)
        self._column.addWidget(row)
        self._head.show()
        return row

    def _add_and_focus(self) -> None:
        self._add({}).first().setFocus()
        self.edited.emit()

    def drop(self, row: _Row) -> None:
        """Takes a row out."""
        self._rows.remove(row)
        row.hide()
        row.deleteLater()
        self._head.setVisible(bool(self._rows))
        self._more.setFocus()
        self.edited.emit()


class _Row(QWidget):
    """The editors of one row."""

    def __init__(self, field: Field, entry: dict[str, Any], number: int, table: RowTable) -> None:
        super().__init__(table)
        self._rest = {name: value for name, value in entry.items() if all(part.name != name for part in field.items)}
        self._editors = [simple_editor(part, None, self) for part in field.items]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for part, editor in zip(field.items, self._editors, strict=True):
            editor.set_value(entry.get(part.name))
            name = self.tr("第 {number} 行 {label}").format(number=number, label=language.label(part))
            editor.entry().setAccessibleName(name)
            editor.edited.connect(table.edited)
            editor.left.connect(table.left)
            row.addWidget(editor, 1)
        self._drop = QToolButton(self)
        self._drop.setProperty("role", "flat")
        self._drop.setIcon(icons.icon("x", "text3"))
        self._drop.setFixedSize(28, 28)
        self._drop.setToolTip(self.tr("去掉这一行"))
        self._drop.setAccessibleName(self.tr("去掉第 {number} 行").format(number=number))
        self._drop.clicked.connect(lambda: table.drop(self))
        row.addWidget(self._drop)

    def value(self) -> dict[str, Any]:
        """The filled parts."""
        typed = {editor.field.name: editor.value() for editor in self._editors}
        return {**self._rest, **{name: value for name, value in typed.items() if value is not None}}

    def first(self) -> QWidget:
        """The first editor's entry."""
        return self._editors[0].entry()

    def set_read_only(self, fixed: bool) -> None:
        """Whether it only shows."""
        self._drop.setVisible(not fixed)
        for editor in self._editors:
            editor.set_read_only(fixed)
