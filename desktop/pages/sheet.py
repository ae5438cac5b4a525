"""The registration sheet of a record: seen as it will be printed, printed, or kept as a PDF to be signed and stamped.

Read and set beside the window. On paper it is Chinese, as every official sheet; telephone numbers are masked. Must not
judge anything: it tells what is filled in and what the platform has said so far.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from PySide6.QtWidgets import QFileDialog

from desktop import wording
from desktop.pages.page import Navigate, Page, entry_of
from desktop.pages.preview import field_words
from desktop.pages.printing import ask_print
from desktop.pages.record_reading import Seen, number_of, read_record
from desktop.record_sheet import Line, Sheet, SheetPages, registration, sheet_name
from desktop.report_painter import NoChineseFont, save_pdf
from desktop.tasks import Tasks
from desktop.widgets.card import button
from desktop.widgets.report_view import ReportView
from sync.domain.kinds import KINDS
from sync.reports.periods import day_words
from sync.workspace import Workspace, today


@dataclass(frozen=True, slots=True)
class Set:
    """A record set on paper; ``pages`` None without a Chinese font."""

    record: str
    kind: str
    name: str
    unit: str
    pages: SheetPages | None


def sheet_of(seen: Seen, unit: str, liaison: str, day: date) -> Sheet:
    """What stands on the sheet of a record."""
    record, kind = seen.record, seen.kind
    named = kind.fields[kind.subtitle if record.kind == "visit" else kind.title]
    told = [Line(named.label, seen.title or wording.NONE, wide=True)]
    told += [Line(one.label, one.words, wide=one.long) for one in field_words(seen, "zh", short=False)]
    papers = [(wording.paper_kind(one.kind), one.name, one.pages) for one in record.papers]
    state = wording.business(record.kind, record.workflow, record.stage)[0]
    return registration(
        record.kind, kind.label, unit, liaison, number=number_of(record, "zh"), state=state, day=day_words(day), told=told, papers=papers
    )


def read_sheet(workspace: Workspace, record: str) -> Set:
    """Reads a record and sets its sheet; runs beside the window. ``LookupError`` where there is none."""
    seen = read_record(workspace, record)
    who = workspace.identity
    unit, liaison = (who.unit_name, who.liaison_name) if who is not None else ("", "")
    pages: SheetPages | None = None
    with contextlib.suppress(NoChineseFont):
        pages = SheetPages(sheet_of(seen, unit, liaison, today()))
    return Set(record, seen.record.kind, seen.title, unit, pages)


class SheetPage(Page):
    """``open(id=…)`` shows the sheet of a record."""

    rail: ClassVar[bool] = True
    key = "records"

    def __init__(self, workspace: Workspace, tasks: Tasks, navigate: Navigate) -> None:
        super().__init__(workspace, tasks, navigate)
        self._id = ""
        self._set: Set | None = None
        self.set_title(self.tr("登记表"))
        back = button(self.tr("返回"), icon_name="corner-up-left")
        back.setToolTip(self.tr("返回（Esc）"))
        back.clicked.connect(lambda: self.navigate("back"))
        pdf = button(self.tr("导出 PDF"))
        pdf.setToolTip(self.tr("导出 PDF（Ctrl E）"))
        pdf.clicked.connect(self.export)
        self.print_button = button(self.tr("打印"), "primary", "printer")
        self.print_button.setToolTip(self.tr("打印（Ctrl P）"))
        self.print_button.clicked.connect(self.print_page)
        self.top.addWidget(self.heading)
        self.top.addWidget(self.sub, 1)
        self.add_tools(back, pdf, self.print_button)
        self.view = ReportView(self.tr("登记表预览"))
        self.view.fit("paper")
        self.body.addWidget(self.view, 1)

    def open(self, **where: Any) -> None:
        """Shows the sheet of the record ``id``."""
        self._id = str(where["id"])
        self.refresh()

    def refresh(self) -> None:
        """Reads again."""
        if self._id:
            self.tasks.read(read_sheet, self.workspace, self._id, done=self._came, failed=self._lost, owner=self)

    def panes(self) -> list[Any]:
        """What F6 goes round."""
        return [self.view, self.print_button]

    def shown(self) -> Set | None:
        """What is shown."""
        return self._set

    def primary(self) -> None:
        """Ctrl+Enter: print."""
        self.print_page()

    def print_page(self) -> None:
        """Ctrl+P: the system's print dialog, then the same pages on paper."""
        if self._set is not None and self._set.pages is not None:
            ask_print(self._set.pages, self.notices, self)

    def export(self) -> None:
        """Ctrl+E: asks where to, then writes a PDF."""
        if self._set is None or self._set.pages is None:
            return
        dialog = QFileDialog(self, self.tr("导出登记表"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("pdf")
        dialog.setNameFilter("PDF (*.pdf)")
        dialog.selectFile(sheet_name(KINDS[self._set.kind].label, self._set.name))
        dialog.fileSelected.connect(lambda name: self.export_to(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def export_to(self, out: Path) -> None:
        """Writes the sheet to ``out``."""
        if self._set is None or self._set.pages is None:
            return

        def done(_none: object) -> None:
            self.notices.say("ok", self.tr("已导出 {name}").format(name=out.name), str(out.parent), key="export")

        self.tasks.work(save_pdf, out, self._set.pages, self._set.unit, done=done, failed=self.fail, owner=self)

    def _came(self, found: Set) -> None:
        if found.record != self._id:
            return
        self._set, self.key = found, entry_of(found.kind)
        self.set_title(self.tr("登记表"), found.name)
        self.view.show_pages(found.pages)
        if found.pages is None:
            self.fail(NoChineseFont())
        else:
            self.notices.drop("error")

    def _lost(self, error: Exception) -> None:
        if isinstance(error, LookupError):
            self.notices.say("warn", self.tr("没有这条记录"), self.tr("它可能已被合并或不再属于本单位。"), key="error")
        else:
            self.fail(error)
