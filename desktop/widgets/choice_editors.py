"""Editors of what is chosen: one of a list, yes or no; and which editor a plain field gets.

The wheel scrolls the form, it never turns a choice. A value the list no longer has stays visible and kept.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QButtonGroup, QComboBox, QCompleter, QHBoxLayout, QLineEdit, QRadioButton, QWidget

from desktop.code_names import named, names
from desktop.widgets import language, theme
from desktop.widgets.entry import read, show
from desktop.widgets.field_editors import DateLine, FieldEditor, LongText, TypedLine, choice_name, today
from sync.domain.fields import Field


class Combo(QComboBox):
    """A combo box the wheel does not turn while one scrolls the form."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leaves the wheel to the form."""
        event.ignore()


class Choice(FieldEditor):
    """One of the declared choices, or free text where the list is only a suggestion (``open``)."""

    def __init__(self, field: Field, choices: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.box = Combo(self)
        self.box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._free = field.open or not choices or field.type == "code"
        self._lost: str | None = None  # a value the list no longer has is shown and kept
        self.box.addItem("" if self._free else self.tr("请选择"), None)
        for choice in choices:
            words = named(field.source, choice, language.lang()) if field.type == "code" else choice_name(choice)
            self.box.addItem(words, choice)
        if self._free:
            self.box.setEditable(True)
            self.box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
            completer = QCompleter(self.box.model(), self.box)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
            self.box.setCompleter(completer)
            line = self.box.lineEdit() or QLineEdit(self.box)
            line.setAccessibleName(language.label(field))
            line.installEventFilter(self)
            line.textEdited.connect(self.edited)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.box)
        self.watch(self.box)
        self.box.setMinimumContentsLength(4)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.activated.connect(self.edited)

    def value(self) -> Any:
        """The chosen or typed value."""
        if not self._free:
            return self.box.currentData()
        text = self.box.currentText().strip()
        index = max(self.box.findText(text), self.box.findData(text))
        if index > 0:
            return self.box.itemData(index)
        return read(self.field, text, today())

    def set_value(self, value: Any) -> None:
        """Shows the value; one that is not in the list is added, so that it stays visible and stays kept."""
        text = show(self.field, value)
        index = self.box.findData(text) if text else 0
        if index < 0 and not self._free:
            self.box.addItem(choice_name(text), text)
            index = self.box.count() - 1
        if index >= 0:
            self.box.setCurrentIndex(index)
        if self._free and index <= 0:
            self.box.setEditText(text)
        line = self.box.lineEdit()
        if line is not None and not line.hasFocus():
            line.setCursorPosition(0)  # or a long choice shows its end

    def entry(self) -> QWidget:
        """The combo box."""
        return self.box

    def set_read_only(self, fixed: bool) -> None:
        """A combo box has no read-only look: it is switched off, its text stays readable."""
        self.box.setEnabled(not fixed)


class YesNo(FieldEditor):
    """Yes, no, or not said yet. Backspace takes the answer back."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._group = QButtonGroup(self)
        self.yes, self.no = QRadioButton(self.tr("是"), self), QRadioButton(self.tr("否"), self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(16)
        for button, said in ((self.yes, self.tr("是")), (self.no, self.tr("否"))):
            self._group.addButton(button)
            row.addWidget(button)
            self.watch(button)
            button.setAccessibleName(self.tr("{label}：{choice}").format(label=language.label(field), choice=said))
            button.clicked.connect(self.edited)
        row.addStretch(1)
        self.setFocusProxy(self.yes)

    def value(self) -> Any:
        """True, False or None."""
        return True if self.yes.isChecked() else False if self.no.isChecked() else None

    def set_value(self, value: Any) -> None:
        """Shows the answer."""
        self._group.setExclusive(False)
        self.yes.setChecked(value is True)
        self.no.setChecked(value is False)
        self._group.setExclusive(True)

    def entry(self) -> QWidget:
        """The button that is chosen, else the first."""
        return self.no if self.no.isChecked() else self.yes

    def set_read_only(self, fixed: bool) -> None:
        """Whether it only shows."""
        self.yes.setEnabled(not fixed)
        self.no.setEnabled(not fixed)

    def set_bad(self, bad: bool) -> None:
        """Marks both answers."""
        for button in (self.yes, self.no):
            theme.set_property(button, "bad", bad)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Backspace and Delete take the answer back."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)
        ):
            self.set_value(None)
            self.edited.emit()
            return True
        return super().eventFilter(watched, event)


def simple_editor(field: Field, choices: tuple[str, ...] | None = None, parent: QWidget | None = None) -> FieldEditor:
    """The editor of a field that holds one plain value; ``choices`` replace the declared ones (platform list)."""
    offered = choices or tuple(names(field.source)) or field.choices
    if field.type == "bool":
        return YesNo(field, parent)
    if field.type == "date":
        return DateLine(field, parent)
    if field.type == "choice" or (offered and field.type in ("text", "code")):
        return Choice(field, offered, parent)
    if field.long:
        return LongText(field, parent)
    return TypedLine(field, parent)
