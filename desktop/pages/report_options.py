"""The left side of the reports page: which report, of when, what is listed and how, notes, checks, and the way to the platform.

It only shows and asks; ``asked`` says that something else is wanted. Must not read or write anything itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QRadioButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop import wording
from desktop.pages.page import scrolled, today
from desktop.pages.report_form import ReportForm
from desktop.reporting import Wish
from desktop.widgets import language, theme
from desktop.widgets.card import Card, button, clear, text
from desktop.widgets.chip import StateDot
from desktop.widgets.icons import IconLabel
from desktop.widgets.segments import Segments
from desktop.widgets.text_box import TextBox
from sync.records import Record
from sync.reports import periods
from sync.reports.catalogue import REPORTS
from sync.reports.declare import BY, Check, Filled, Report
from sync.reports.fill import MOST_NOTES
from sync.reports.periods import Period

WIDTH = 304
SAVE_MS = 800
#: the parts of the page: key -> report keys
GROUPS: dict[str, tuple[str, ...]] = {
    "register": ("register",),
    "month": ("ledger", "monitoring", "funds"),
    "quarter": ("bulletin", "demands", "performance", "landings", "policy"),
    "year": ("review", "institute", "notification"),
    "change": ("tracking",),
}
_TONES = {"ok": ("circle-check", "green"), "warn": ("triangle-alert", "amber"), "info": ("info", "text2")}


class ReportOptions(QFrame):
    """``asked``: another report, period or scope; ``noted``: the notes as typed; ``pressed``: a step of the way."""

    asked = Signal()
    noted = Signal(str)
    pressed = Signal(str)  # state, reopen, scan, submit, sync, open

    def __init__(self, year: int, mine: Callable[[Report], bool]) -> None:
        super().__init__()
        self.setProperty("role", "side")
        self._mine, self._year, self._group, self._key = mine, year, "register", "register"
        self._codes: dict[str, str] = {}
        column = self._frame()
        self._names = QVBoxLayout()
        self._names.setSpacing(2)
        self._radios = QButtonGroup(self)
        column.addLayout(self._names)
        self._make_when(column)
        self.form = ReportForm()
        self.form.asked.connect(self.asked)
        column.addWidget(self.form)
        self._make_notes(column)
        self.checks = Card(self.tr("导出前核对"))
        column.addSpacing(4)
        column.addWidget(self.checks)
        self.way = Card(self.tr("报送"))
        column.addWidget(self.way)
        self.checks.hide()  # until something was read
        self.way.hide()
        column.addStretch(1)
        foot = self.tr("末页印有校验码：用同样的记录重做一份，校验码相同就没有被改动。")
        column.addWidget(text(foot, "meta", wrap=True))
        theme.changes.changed.connect(self._widen)
        self._widen()
        self.choose_group("register")

    def _widen(self) -> None:
        """As wide as its words want at this text size."""
        self.setFixedWidth(theme.current().px(WIDTH))

    def _frame(self) -> QVBoxLayout:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(6)
        area = scrolled(inner)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        whole.addWidget(area)
        return column

    def _make_when(self, column: QVBoxLayout) -> None:
        year = self._year
        self.years = Segments(self.tr("年度"))
        for one in (year - 1, year, year + 1):
            self.years.add(str(one), str(one))
        self.years.choose(str(year))
        self.years.chosen.connect(self._other_year)
        self.years.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.period = QComboBox()
        self.period.setAccessibleName(self.tr("期间"))
        self.period.activated.connect(self._other_period)
        column.addWidget(text(self.tr("期间"), "secondary"))
        column.addWidget(self.years)
        column.addWidget(self.period)
        self._scope_head = text(self.tr("范围"), "secondary")
        self._scope_head.setContentsMargins(0, 6, 0, 0)
        column.addWidget(self._scope_head)
        self._scopes = QVBoxLayout()
        self._scopes.setSpacing(0)
        self._scope_radios = QButtonGroup(self)
        self._scope_boxes: dict[str, QRadioButton] = {}
        column.addLayout(self._scopes)

    def _make_notes(self, column: QVBoxLayout) -> None:
        self.notes = TextBox(2, 6)
        self.notes.setAccessibleName(self.tr("说明"))
        self.notes.setPlaceholderText(self.tr("写在表格下面，最多 {n} 字").format(n=MOST_NOTES))
        self._noting = QTimer(self)
        self._noting.setSingleShot(True)
        self._noting.setInterval(SAVE_MS)
        self._noting.timeout.connect(self.flush)
        self.notes.textChanged.connect(self._typed)
        self._quiet = self._dirty = False
        head = text(self.tr("说明（表里其他内容取自记录）"), "secondary")
        head.setContentsMargins(0, 6, 0, 0)
        column.addWidget(head)
        column.addWidget(self.notes)

    # -- what is wanted --------------------------------------------------------------------------------------

    def report(self) -> Report:
        """The report chosen."""
        return REPORTS[self._key]

    def chosen_period(self) -> Period:
        """The period chosen."""
        return periods.parse(self.report().period, str(self.period.currentData()))

    def wish(self) -> Wish:
        """What is listed and how."""
        return self.form.wish(next((key for key, one in self._scope_boxes.items() if one.isChecked()), ""))

    def choose(self, key: str, code: str = "") -> None:
        """Goes to a report, and a period of it."""
        report = REPORTS[key]
        group = next(name for name, keys in GROUPS.items() if key in keys)
        self._group, self._key = group, key
        if code:
            self._codes[report.period] = code
            year = periods.parse(report.period, code).year
            if str(year) in (str(self._year - 1), str(self._year), str(self._year + 1)):
                self.years.choose(str(year))
        self._show_names()
        self._show_periods()
        self._show_scopes()
        self.form.show_report(self.report(), int(self.years.current()) == self._year)

    def choose_group(self, group: str) -> None:
        """Another part of the page: its first report that this kind of unit writes."""
        keys = GROUPS[group]
        self.choose(next((key for key in keys if self._mine(REPORTS[key])), keys[0]))

    def flush(self) -> None:
        """Says what was typed, now."""
        self._noting.stop()
        if self._dirty:
            self._dirty = False
            self.noted.emit(self.notes.toPlainText()[:MOST_NOTES])

    def typing(self) -> bool:
        """Whether notes wait to be kept."""
        return self._dirty

    # -- showing ---------------------------------------------------------------------------------------------

    def show_filled(self, filled: Filled, record: Record | None) -> None:
        """Notes, checks and the next step of what was read."""
        if not self._dirty and self.notes.toPlainText() != filled.notes:
            self._quiet = True
            self.notes.setPlainText(filled.notes)
            self._quiet = False
        for key, one in self._scope_boxes.items():
            words = self.report().scopes[key][language.lang() == "en"]
            if key in filled.counts:
                words = self.tr("{scope}　{n} 项").format(scope=words, n=filled.counts[key])
            one.setText(words)
        self._show_checks(filled.checks)
        self._show_way(filled, record)

    def _show_names(self) -> None:
        clear(self._names)
        for old in self._radios.buttons():
            self._radios.removeButton(old)
        english = language.lang() == "en"
        for key in GROUPS[self._group] if len(GROUPS[self._group]) > 1 else ():
            report = REPORTS[key]
            made = QRadioButton(language.label(report))
            if not self._mine(report):
                made.setText(f"{report.en} ({BY[report.by][1]})" if english else f"{report.label}（{BY[report.by][0]}）")
            made.setToolTip(report.phrase)
            made.setChecked(key == self._key)
            made.clicked.connect(lambda _checked=False, key=key: self._other_report(key))
            self._radios.addButton(made)
            self._names.addWidget(made)

    def _show_periods(self) -> None:
        report, year = self.report(), int(self.years.current())
        listed = periods.of_year(report.period, year)
        codes = [one.code for one in listed]
        usual = periods.current(report.period, _day(year, self._year)).code
        wanted = self._codes.get(report.period, usual)
        self.period.clear()
        for one in listed:
            self.period.addItem(one.label(language.lang()), one.code)
        self.period.setCurrentIndex(codes.index(wanted) if wanted in codes else codes.index(usual))
        self.period.setVisible(report.period != "year")

    def _show_scopes(self) -> None:
        clear(self._scopes)
        for old in self._scope_radios.buttons():
            self._scope_radios.removeButton(old)
        self._scope_boxes.clear()
        scopes = self.report().scopes
        self._scope_head.setVisible(bool(scopes))
        for at, (key, said) in enumerate(scopes.items()):
            made = QRadioButton(said[language.lang() == "en"])
            made.setChecked(at == 0)
            self._scope_boxes[key] = made
            made.clicked.connect(lambda _checked=False: self.asked.emit())
            self._scope_radios.addButton(made)
            self._scopes.addWidget(made)

    def _show_checks(self, found: Sequence[Check]) -> None:
        clear(self.checks.body)
        self.checks.show()
        for one in found:
            holder = QWidget()
            line = QHBoxLayout(holder)
            line.setContentsMargins(0, 0, 0, 0)
            line.setSpacing(8)
            line.addWidget(IconLabel(*_TONES[one.tone], 16), 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(text(one.en if language.lang() == "en" else one.zh, "small", wrap=True), 1)
            self.checks.body.addWidget(holder)
        if any(one.sync for one in found):
            first = button(self.tr("先同步"), "link")
            first.clicked.connect(lambda: self.pressed.emit("sync"))
            self.checks.body.addWidget(first, 0, Qt.AlignmentFlag.AlignLeft)

    def _show_way(self, filled: Filled, record: Record | None) -> None:
        """One sentence on where it stands and the one next step."""
        clear(self.way.body)
        self.way.setVisible(filled.report.kept)
        fixed = bool(filled.stated_on)
        scans = [one for one in record.papers if one.kind == "report_scan"] if record is not None else []
        sent = record is not None and record.workflow not in ("draft", "returned")
        if record is not None and sent:
            self.way.body.addWidget(StateDot(*wording.business("report", record.workflow, record.stage, language.lang())))
        words, step, label = self._step(fixed, bool(scans), sent)
        self.way.body.addWidget(text(words, "small", wrap=True))
        across = QHBoxLayout()
        across.setSpacing(8)
        made = button(label, "normal", small=True)
        made.clicked.connect(lambda: self.pressed.emit(step))
        made.setObjectName(step)
        across.addWidget(made)
        if fixed and not sent:
            again = button(self.tr("重新取数"), "link")
            again.setObjectName("reopen")
            again.clicked.connect(lambda: self.pressed.emit("reopen"))
            across.addWidget(again)
        across.addStretch(1)
        self.way.body.addLayout(across)

    def _step(self, fixed: bool, scanned: bool, sent: bool) -> tuple[str, str, str]:
        if sent:
            return self.tr("已经报出。"), "open", self.tr("查看记录")
        if not fixed:
            return self.tr("定稿后内容不再变；打印、盖章，再把扫描件加回来。"), "state", self.tr("现在定稿")
        if not scanned:
            return self.tr("已定稿。打印盖章后，把扫描件加在这里。"), "scan", self.tr("添加盖章扫描件")
        return self.tr("盖章扫描件已加上，可以报出。"), "submit", self.tr("提交到平台")

    # -- hearing ---------------------------------------------------------------------------------------------

    def _other_report(self, key: str) -> None:
        self.flush()
        self.choose(key)
        self.asked.emit()

    def _other_year(self, _year: str) -> None:
        self.flush()
        self._codes.clear()
        self._show_periods()
        self.form.show_report(self.report(), int(self.years.current()) == self._year)
        self.asked.emit()

    def _other_period(self, _at: int) -> None:
        self.flush()
        self._codes[self.report().period] = str(self.period.currentData())
        self.asked.emit()

    def _typed(self) -> None:
        if not self._quiet:
            self._dirty = True
            self._noting.start()


def _day(year: int, this_year: int) -> date:
    """The day whose period is offered first: today's this year, else the end (past) or the start of the year."""
    if year == this_year:
        return today()
    return date(year, 12, 31) if year < this_year else date(year, 1, 1)
