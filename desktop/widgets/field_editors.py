"""One editor a field type: the lines, boxes and lists a form is made of.

Every editor speaks typed values (``sync.domain.fields``), keeps what was typed even where it is not of the type
(``value`` is then an ``Unread``), says ``edited`` for what a person did and never for what the program set, and
``left`` when the focus goes. The wheel scrolls the form, it never turns a choice. Must not know records or pages.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from PySide6.QtCore import QCoreApplication, QDate, QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCalendarWidget,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.widgets import icons, language, theme
from desktop.widgets.entry import Unread, read, show, understood, word
from desktop.widgets.text_box import TextBox
from sync.domain.fields import Field

LONGEST_PASTE = 5_000  # characters of a line; more was never meant for one


def today() -> date:
    """The calendar day in Dongguan now, as the workspace has it."""
    from sync.workspace import today as day  # brings the store; a form is opened long after the first frame

    return day()


def choice_name(value: str) -> str:
    """What a choice is called in the window's language."""
    return language.choice(word(value, language.lang()))


class FieldEditor(QWidget):
    """An editor of one field. Subclasses give ``value``, ``set_value``, ``entry`` and ``set_read_only``."""

    edited = Signal()
    left = Signal()
    told = Signal(str)  # what was understood, "" for nothing to say

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field

    def value(self) -> Any:
        """The typed value: None where empty, ``Unread`` where the text is not of the type."""
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        """Shows ``value`` (or an ``Unread`` as it was typed) without saying ``edited``."""
        raise NotImplementedError

    def entry(self) -> QWidget:
        """The widget that takes the focus and is the label's buddy."""
        raise NotImplementedError

    def set_read_only(self, fixed: bool) -> None:
        """Whether it only shows."""
        raise NotImplementedError

    def place(self) -> QWidget:
        """Where somebody goes on: the entry, or what is open below it."""
        return self.entry()

    def begun(self) -> dict[str, Any] | None:
        """What is being entered below the entry and is no value yet; kept like text that is none."""
        return None

    def go_on(self, begun: dict[str, Any]) -> None:
        """Opens again what ``begun`` kept."""

    def set_bad(self, bad: bool) -> None:
        """Shows or clears the error edge."""
        theme.set_property(self.entry(), "bad", bad)

    def watch(self, widget: QWidget) -> None:
        """Lets ``left`` follow the focus of ``widget``; gives it the field's name for screen readers."""
        widget.setAccessibleName(language.label(self.field))
        widget.installEventFilter(self)
        self.setFocusProxy(widget)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Says ``left`` when the focus goes elsewhere in the window (not into a pop-up of its own)."""
        if event.type() == QEvent.Type.FocusOut:
            reason = getattr(event, "reason", lambda: Qt.FocusReason.OtherFocusReason)()
            if reason != Qt.FocusReason.PopupFocusReason:
                self.on_left()
        return super().eventFilter(watched, event)

    def on_left(self) -> None:
        """The focus has gone; subclasses tidy the text first."""
        self.left.emit()


class TypedLine(FieldEditor):
    """A line whose text is read as text, code, number, amount, month or time; tidied when the focus goes."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.line = QLineEdit(self)
        self._kept: Any = None  # the value the text was made from; text of that value is not read again
        self._shown = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.line)
        if field.type == "money":
            unit = _unit_label(field.unit or "元", self.line)
            self.line.setTextMargins(0, 0, unit.sizeHint().width() + 4, 0)
        if field.type in ("code", "money", "int", "date", "month", "time"):
            self.line.setInputMethodHints(Qt.InputMethodHint.ImhPreferLatin)
        if field.type in ("text", "code") and field.most and not field.long:
            self.line.setMaxLength(max(field.most * 2, LONGEST_PASTE))  # longer text is kept and its problem told
        self.watch(self.line)
        self.line.textEdited.connect(self._on_edited)
        self.line.returnPressed.connect(self.on_left)

    def value(self) -> Any:
        """The value the text means."""
        text = self.line.text()
        return self._kept if text == self._shown else read(self.field, text, today())

    def set_value(self, value: Any) -> None:
        """Shows the value; the cursor stays at the start so that long text reads from its beginning."""
        self._kept, self._shown = value, show(self.field, value)
        if self.line.text() != self._shown:
            self.line.setText(self._shown)
            self.line.setCursorPosition(0)

    def entry(self) -> QWidget:
        """The line."""
        return self.line

    def set_read_only(self, fixed: bool) -> None:
        """Whether it only shows."""
        self.line.setReadOnly(fixed)

    def on_left(self) -> None:
        """Writes what was understood the way it is kept, and says so where it was typed in another way."""
        text, value = self.line.text(), self.value()
        if not isinstance(value, Unread) and text != self._shown:
            said = understood(self.field, text, value)
            self.set_value(value)
            self.told.emit(said)
        super().on_left()

    def _on_edited(self, _text: str) -> None:
        self.told.emit("")
        self.edited.emit()


class DateLine(TypedLine):
    """A day: typed freely or picked from a calendar (Down or the button opens it)."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._open = QToolButton(self.line)
        self._open.setProperty("role", "flat")
        self._open.setIcon(icons.icon("calendar", "text2"))
        self._open.setFixedSize(24, 24)
        self._open.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Down opens it from the line
        self._open.setCursor(Qt.CursorShape.ArrowCursor)
        self._open.setToolTip(self.tr("打开日历（↓）"))
        self._open.setAccessibleName(self.tr("{label}：打开日历").format(label=language.label(field)))
        self._open.clicked.connect(lambda _checked=False: self.open_calendar())
        _at_the_end(self.line, self._open, 4)
        self.line.setTextMargins(0, 0, 26, 0)
        self._popup: QFrame | None = None

    def set_read_only(self, fixed: bool) -> None:
        """Whether it only shows."""
        super().set_read_only(fixed)
        self._open.setVisible(not fixed)

    def open_calendar(self) -> None:
        """Shows the calendar below the line, on the day that is there."""
        popup = QFrame(self, Qt.WindowType.Popup)
        popup.setProperty("role", "popup")
        popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        calendar = QCalendarWidget(popup)
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        calendar.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        calendar.setAccessibleName(language.label(self.field))
        value = self.value()
        shown = QDate.fromString(value, "yyyy-MM-dd") if isinstance(value, str) else QDate()
        now = today()
        calendar.setSelectedDate(shown if shown.isValid() else QDate(now.year, now.month, now.day))
        calendar.clicked.connect(self._pick)
        calendar.activated.connect(self._pick)
        box = QVBoxLayout(popup)
        box.setContentsMargins(6, 6, 6, 6)
        box.addWidget(calendar)
        popup.adjustSize()
        popup.move(self.line.mapToGlobal(QPoint(0, self.line.height() + 2)))
        popup.show()
        calendar.setFocus()
        self._popup = popup

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down opens the calendar."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Down
            and not self.line.isReadOnly()
        ):
            self.open_calendar()
            return True
        return super().eventFilter(watched, event)

    def _pick(self, day: QDate) -> None:
        self.set_value(day.toString("yyyy-MM-dd"))
        if self._popup is not None:
            self._popup.close()
            self._popup = None
        self.line.setFocus()
        self.edited.emit()


class LongText(FieldEditor):
    """A text of several lines; Tab leaves it, the form shows how many characters are used."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.box = TextBox(3 if (field.most or 0) > 500 else 2, 8, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.box)
        self.watch(self.box)
        self.box.textChanged.connect(self._on_changed)
        self._quiet = False

    def value(self) -> Any:
        """The text, None where blank."""
        text = self.box.toPlainText()
        return text if text.strip() else None

    def set_value(self, value: Any) -> None:
        """Shows the text and keeps the cursor where the text is the same."""
        text = "" if value is None else show(self.field, value)
        if self.box.toPlainText() != text:
            self._quiet = True
            self.box.setPlainText(text)
            self._quiet = False

    def entry(self) -> QWidget:
        """The box."""
        return self.box

    def set_read_only(self, fixed: bool) -> None:
        """Whether it only shows."""
        self.box.setReadOnly(fixed)

    def counter(self) -> str:
        """How many characters are used, "78 / 1000 字"; "" where there is no limit."""
        length = len(self.box.toPlainText())
        return self.tr("{count} / {most} 字").format(count=length, most=self.field.most) if self.field.most else ""

    def _on_changed(self) -> None:
        if not self._quiet:
            self.edited.emit()


def _unit_label(unit: str, line: QLineEdit) -> QLabel:
    """The unit inside the line at its right edge."""
    label = QLabel(QCoreApplication.translate("field", unit), line)
    label.setProperty("role", "meta")
    label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    _at_the_end(line, label, 8)
    return label


def _at_the_end(line: QLineEdit, widget: QWidget, gap: int) -> None:
    """Puts something inside a line at its right edge."""
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, gap, 0)
    row.addStretch(1)
    row.addWidget(widget)
