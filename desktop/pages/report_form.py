"""How a report is drawn up, where it leaves a choice: as of which day, with which columns, telephone numbers masked or whole.

Only what the chosen report has is shown. ``asked`` says that something else is wanted. Must not read anything.
"""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QVBoxLayout, QWidget

from desktop.pages.page import today
from desktop.reporting import Wish
from desktop.widgets import language
from desktop.widgets.card import clear, text
from desktop.widgets.field_editors import DateLine
from sync.domain.fields import Field
from sync.reports.declare import CONTACT, Report


class ReportForm(QWidget):
    """``show_report`` offers the choices of a report; ``wish`` is what was chosen."""

    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._boxes: dict[str, QCheckBox] = {}
        self._report: Report | None = None
        self._dated = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self._day_head = text(self.tr("截止日期"), "secondary")
        self.day = DateLine(Field("until", "截止日期", "As of", "date"))
        self._day_head.setBuddy(self.day.entry())
        self.day.left.connect(self._other_day)
        self.day.edited.connect(lambda: self._other_day() if self._whole() else None)
        self._wrong = text("", "error", wrap=True)
        self._was: date | None = None
        self._columns_head = text(self.tr("显示哪些列"), "secondary")
        self._columns = QGridLayout()
        self._columns.setHorizontalSpacing(12)
        self._columns.setVerticalSpacing(0)
        self._phones_head = text(self.tr("联系方式"), "secondary")
        self.masked = QCheckBox(self.tr("手机号只显示前 3 后 4 位"))
        self.masked.setChecked(True)
        self.masked.clicked.connect(lambda _on: self.asked.emit())
        for head in (self._day_head, self._columns_head, self._phones_head):
            head.setContentsMargins(0, 6, 0, 0)
        column.addWidget(self._day_head)
        column.addWidget(self.day)
        column.addWidget(self._wrong)
        column.addWidget(self._columns_head)
        column.addLayout(self._columns)
        column.addWidget(self._phones_head)
        column.addWidget(self.masked)

    def show_report(self, report: Report, this_year: bool) -> None:
        """The choices of a report; a past year is whole, so only this year's may be drawn up as of a day."""
        dated = report.dated and this_year
        if report is self._report and dated == self._dated:
            return
        if report is not self._report:
            self._show_columns(report)
            self.masked.setChecked(True)  # whole numbers are asked for each time
        self._report, self._dated = report, dated
        self._was = today()
        self.day.set_value(self._was.isoformat())
        self.day.set_bad(False)
        self._wrong.hide()
        for one in (self._day_head, self.day):
            one.setVisible(dated)
        self._show_phones()

    def wish(self, scope: str) -> Wish:
        """What was chosen, with what is listed."""
        chosen = self._report.usual() if self._report is not None else frozenset()
        ticked = {key for key, box in self._boxes.items() if box.isChecked()}
        columns = frozenset((chosen - self._boxes.keys()) | ticked) if self._boxes else None
        plain = not self.masked.isHidden() and not self.masked.isChecked()
        return Wish(scope, self._until(), columns, plain)

    def _until(self) -> date | None:
        """The day, where it is an earlier one than today."""
        return self._was if self._dated and self._was is not None and self._was < today() else None

    def _show_columns(self, report: Report) -> None:
        clear(self._columns)
        self._boxes.clear()
        english = language.lang() == "en"
        offered = [column for column in report.columns if column.choice]
        for at, column in enumerate(offered):
            box = QCheckBox(column.en if english else column.label)
            box.setChecked(column.choice == "on")
            box.clicked.connect(lambda _on: self._other_columns())
            self._boxes[column.key] = box
            self._columns.addWidget(box, at // 2, at % 2)
        self._columns_head.setVisible(bool(offered))

    def _show_phones(self) -> None:
        report = self._report
        box = self._boxes.get(CONTACT)
        there = report is not None and report.phones and (box is None or box.isChecked())
        self._phones_head.setVisible(there)
        self.masked.setVisible(there)

    def _other_columns(self) -> None:
        self._show_phones()
        self.asked.emit()

    def _whole(self) -> bool:
        """Whether a day stands there in full, as the calendar writes it: it need not wait until the line is left."""
        held = self.day.value()
        return isinstance(held, str) and self.day.line.text() == held

    def _other_day(self) -> None:
        """Takes over the day; one that is none, or is still to come, stays as it was typed and is said."""
        held = self.day.value()
        day = date.fromisoformat(held) if isinstance(held, str) else None
        good = day is not None and day.year == today().year and day <= today()
        self.day.set_bad(not good)
        self._wrong.setVisible(not good)
        if not good:
            words = self.tr("请写今年的一天，不晚于今天，如 {day}").format(day=today().isoformat())
            self._wrong.setText(words)
        elif day != self._was:
            self._was = day
            self.asked.emit()
