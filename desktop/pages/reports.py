"""Ledgers and reports: choose one and its period, see it as it will be printed, check, export, state and report it.

The preview is painted by the painter of the file, so it is what comes out. Everything is read, set and written beside
the window. A stated report stays as it was; the stamped scan hangs on its record and goes to the platform with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from desktop import reporting, wording
from desktop.pages.page import Navigate, Page
from desktop.pages.printing import ask_print
from desktop.pages.report_options import GROUPS, ReportOptions
from desktop.report_painter import NoChineseFont, Pages
from desktop.tasks import Tasks
from desktop.widgets import theme
from desktop.widgets.card import ElidedLabel, button, text
from desktop.widgets.icons import IconLabel, icon
from desktop.widgets.paper_intake import TYPES
from desktop.widgets.report_view import ReportView
from desktop.widgets.segments import Segments
from sync.records import Record
from sync.reports.catalogue import REPORTS
from sync.reports.declare import Filled, Report
from sync.reports.periods import Period
from sync.workspace import Outcome, Workspace


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page is asked for."""

    report: str
    period: Period
    wish: reporting.Wish


@dataclass(frozen=True, slots=True)
class Set:
    """What was read and set: the report, its pages, its record."""

    asked: Asked
    filled: Filled
    pages: Pages | None  # None without a Chinese font
    record: Record | None


def read_report(workspace: Workspace, asked: Asked) -> Set:
    """Fills a report and sets its pages; runs beside the window."""
    filled, record = reporting.read(workspace, REPORTS[asked.report], asked.period, wish=asked.wish)
    try:
        pages = Pages(filled)
    except NoChineseFont:
        pages = None
    return Set(asked, filled, pages, record)


class ReportsPage(Page):
    """The page."""

    rail: ClassVar[bool] = True

    def __init__(self, workspace: Workspace, tasks: Tasks, navigate: Navigate) -> None:
        super().__init__(workspace, tasks, navigate)
        self.set_title(self.tr("台账与报表"))
        self._set: Set | None = None
        self._make_top()
        self.options = ReportOptions(self.today().year, self._mine)
        self.options.asked.connect(self._ask)
        self.options.noted.connect(self._keep_notes)
        self.options.pressed.connect(self._press)
        self._make_body()

    def _make_top(self) -> None:
        self.parts = Segments(self.tr("报表分类"))
        names = {
            "register": self.tr("登记台账"), "month": self.tr("月度"), "quarter": self.tr("季度"), "year": self.tr("年度"),
            "change": self.tr("重点跟踪"),
        }  # fmt: skip
        for key in GROUPS:
            self.parts.add(key, names[key])
        self.parts.chosen.connect(self._other_part)
        self.print_button = button(self.tr("打印"), icon_name="printer")
        self.print_button.setToolTip(self.tr("打印（Ctrl P）"))
        self.print_button.clicked.connect(self.print_page)
        self.pdf_button = button(self.tr("导出 PDF"))
        self.pdf_button.clicked.connect(lambda: self._ask_place(".pdf"))
        self.xlsx_button = button(self.tr("导出 Excel"), "primary", "file-spreadsheet")
        self.xlsx_button.setToolTip(self.tr("导出 Excel（Ctrl E）"))
        self.xlsx_button.clicked.connect(self.export)
        self.top.addWidget(self.heading)
        self.top.addWidget(self.parts)
        self.top.addStretch(1)
        self.add_tools(self.print_button, self.pdf_button, self.xlsx_button)

    def _make_body(self) -> None:
        across = QWidget()
        line = QHBoxLayout(across)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addWidget(self.options)
        right = QVBoxLayout()
        right.setSpacing(0)
        line.addLayout(right, 1)
        head = QFrame()
        head.setProperty("role", "top")
        head.setFixedHeight(theme.current().px(44))
        tools = QHBoxLayout(head)
        tools.setContentsMargins(16, 0, 16, 0)
        tools.setSpacing(8)
        self.place = ElidedLabel("", "secondary")
        tools.addWidget(self.place, 1)
        self.view = ReportView(self.tr("报表预览"))
        for words, fit in ((self.tr("适合宽度"), "width"), (self.tr("整页"), "page")):
            made = button(words, small=True)
            made.clicked.connect(lambda _checked=False, fit=fit: self.view.fit(fit))
            tools.addWidget(made)
        self.zoom = text("", "meta")
        tools.addWidget(self._tool("zoom-out", self.tr("缩小"), -1))
        tools.addWidget(self.zoom)
        tools.addWidget(self._tool("zoom-in", self.tr("放大"), 1))
        self.view.moved.connect(self._moved)
        right.addWidget(head)
        right.addWidget(self.view, 1)
        foot = QFrame()
        foot.setProperty("role", "bar")
        foot.setFixedHeight(theme.current().px(40))
        said = QHBoxLayout(foot)
        said.setContentsMargins(16, 0, 16, 0)
        said.setSpacing(8)
        said.addWidget(IconLabel("info", "text3", 16))
        self.below = text("", "secondary")
        said.addWidget(self.below, 1)
        right.addWidget(foot)
        self.body.addWidget(across, 1)

    def _tool(self, name: str, words: str, by: int) -> QToolButton:
        made = QToolButton()
        made.setProperty("role", "tool")
        made.setIcon(icon(name))
        made.setToolTip(words)
        made.setAccessibleName(words)
        made.clicked.connect(lambda: self.view.step(by))
        return made

    def _mine(self, report: Report) -> bool:
        """Whether this kind of unit writes a report."""
        who = self.workspace.identity
        code = who.unit if who is not None else ""
        institute, bureau = code.startswith("INS-"), code.startswith(("BUR-", "GRP-", "CTR-"))
        return {"institute": institute, "bureau": bureau}.get(report.by, True)

    # -- the page's life -------------------------------------------------------------------------------------

    def open(self, **where: Any) -> None:
        """``report`` and ``period`` go to one."""
        key = str(where.get("report") or "")
        if key in REPORTS:
            self.options.flush()
            self.options.choose(key, str(where.get("period") or ""))
            self.parts.choose(next(group for group, keys in GROUPS.items() if key in keys))
        self.refresh()

    def refresh(self) -> None:
        """Fills again beside the window; what was shown stays until the answer comes."""
        self._ask()

    def leave(self) -> None:
        """Keeps the notes."""
        self.options.flush()

    def save(self) -> None:
        """Ctrl+S."""
        self.options.flush()

    def panes(self) -> list[QWidget]:
        """What F6 goes round."""
        return [self.parts, self.options, self.view]

    def asked(self) -> Asked:
        """What is wanted now."""
        return Asked(self.options.report().key, self.options.chosen_period(), self.options.wish())

    def shown(self) -> Set | None:
        """What is shown."""
        return self._set

    def _ask(self) -> None:
        asked = self.asked()
        if self._set is not None and self._set.asked.report != asked.report:
            self.notices.drop("error")
        self.tasks.read(read_report, self.workspace, asked, done=self._came, failed=self.fail, owner=self)

    def _other_part(self, group: str) -> None:
        self.options.flush()
        self.options.choose_group(group)
        self._ask()

    def _came(self, found: Set) -> None:
        if found.asked != self.asked():
            return
        self._set = found
        self.view.show_pages(found.pages)
        self.options.show_filled(found.filled, found.record)
        self._say_below(found.filled)
        if found.pages is None:
            self.fail(NoChineseFont())
        else:
            self.notices.drop("error")

    def _moved(self, page: int, count: int, percent: int) -> None:
        self.place.set_whole(self.tr("A4 横向 · 第 {page} 页，共 {count} 页").format(page=page, count=count) if count else "")
        self.zoom.setText(f"{percent}%")

    def _say_below(self, filled: Filled) -> None:
        words = self.tr("预览即导出结果。报{to}。{phrase}").format(to=filled.report.to, phrase=filled.report.phrase)
        if filled.annexes:
            words = self.tr("预览即导出结果；Excel 另含“{name}”一张表。").format(name=filled.annexes[0].title)
        if not filled.rows:
            words = self.tr("这一期还没有可列的记录。空表也可以导出。")
        self.below.setText(words)

    # -- writing out -----------------------------------------------------------------------------------------

    def export(self) -> None:
        """Ctrl+E: asks where to, then writes .xlsx."""
        self._ask_place(".xlsx")

    def _ask_place(self, ending: str) -> None:
        if self._set is None:
            return
        dialog = QFileDialog(self, self.tr("导出报表"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(ending[1:])
        dialog.setNameFilter(f"{ending[1:].upper()} (*{ending})")
        dialog.selectFile(reporting.file_name(self._set.filled, ending))
        dialog.fileSelected.connect(lambda name: self.export_to(Path(name)))
        dialog.open()

    def export_to(self, out: Path) -> None:
        """Writes what is shown to ``out``, .xlsx or .pdf."""
        self.options.flush()
        if self._set is None:
            return
        filled = self._set.filled

        def done(_rows: int) -> None:
            words = self.tr("已导出 {name}").format(name=out.name)
            self.notices.say("ok", words, str(out.parent), key="export")

        self.tasks.work(reporting.export, filled, out, done=done, failed=self.fail, owner=self)

    def print_page(self) -> None:
        """Ctrl+P: the system's print dialog, then the same pages on paper."""
        if self._set is not None and self._set.pages is not None:
            ask_print(self._set.pages, self.notices, self)

    # -- the way to the platform -----------------------------------------------------------------------------

    def _keep_notes(self, notes: str) -> None:
        asked = self.asked()
        self.tasks.work(
            reporting.keep_notes, self.workspace, REPORTS[asked.report], asked.period, notes,
            done=lambda _id: self._ask(), failed=self.fail, owner=self,
        )  # fmt: skip

    def _press(self, step: str) -> None:
        self.options.flush()
        if step == "sync":
            self.navigate("sync_now")
        elif step == "state":
            self.state()
        elif self._set is None or self._set.record is None:
            return
        elif step == "reopen":
            self.tasks.work(
                reporting.reopen, self.workspace, self._set.record.id, done=lambda _none: self._ask(), failed=self.fail, owner=self
            )
        elif step == "scan":
            self._ask_scan()
        elif step == "submit":
            self.submit()
        else:
            self.navigate("detail", id=self._set.record.id)

    def state(self) -> None:
        """Fixes the report: its rows are kept in its record."""
        asked = self.asked()

        def done(_id: str) -> None:
            self.notices.say("ok", self.tr("已定稿，内容不再随记录变化"), self.tr("打印、盖章后，把扫描件加回来。"), key="state")
            self._ask()

        report = REPORTS[asked.report]
        self.tasks.work(
            reporting.state, self.workspace, report, asked.period, None, asked.wish.scope, done=done, failed=self.fail, owner=self
        )

    def _ask_scan(self) -> None:
        dialog = QFileDialog(self, self.tr("添加盖章扫描件"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(f"{self.tr('扫描件')} ({TYPES})")
        dialog.fileSelected.connect(lambda name: self.add_scan(Path(name)))
        dialog.open()

    def add_scan(self, file: Path) -> None:
        """Hangs the stamped scan on the report's record."""
        if self._set is None or self._set.record is None:
            return
        facts = {"doc_on": self.today().isoformat()}
        self.tasks.work(
            self.workspace.attach, self._set.record.id, file, reporting.SCAN, facts,
            done=lambda _paper: self._ask(), failed=self.fail, owner=self,
        )  # fmt: skip

    def submit(self) -> None:
        """Sends the stated report to the platform with the next sync."""
        if self._set is not None and self._set.record is not None:
            ids = [self._set.record.id]
            self.tasks.work(self.workspace.submit, ids, done=self._submitted, failed=self.fail, owner=self)

    def _submitted(self, outcomes: list[Outcome]) -> None:
        stopped = [one for one in outcomes if one.problems]
        if stopped:
            why = wording.problem(stopped[0].problems[0], self.lang())
            self.notices.say("warn", self.tr("还不能报出"), why, key="state")
        else:
            words = self.tr("已排队，下次同步时报出")
            self.notices.say("ok", words, key="state", action=self.tr("立即同步"), call=lambda: self.navigate("sync_now"))
        self._ask()
