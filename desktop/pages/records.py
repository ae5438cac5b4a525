"""Achievements and demands: one list by what comes next, filters, search, and a preview beside it.

Rows are read beside the window by short queries; what was shown stays until the answer comes. Chosen rows, current row
and scroll position survive every new reading. Works for any kinds: subclasses name theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from desktop import transfer, wording
from desktop.models.grouping import GROUPINGS
from desktop.models.record_table import AWAY
from desktop.pages.import_ledger import ledger_in
from desktop.pages.list_reading import AT_ONCE, Asked, Found, read_rows
from desktop.pages.page import Navigate, Page
from desktop.pages.preview import Preview
from desktop.pages.record_list import RecordList
from desktop.pages.todo import empty
from desktop.tasks import Tasks
from desktop.widgets import language, theme
from desktop.widgets.card import button, clear, text
from desktop.widgets.column_menu import ColumnMenu
from desktop.widgets.filter_button import FilterButton, Toggle
from desktop.widgets.flow_layout import FlowLayout
from desktop.widgets.search_field import KeyButton, SearchField
from desktop.widgets.segments import Segments
from sync.domain import lists
from sync.domain.kinds import KINDS
from sync.records import SYNC_STATES
from sync.workspace import Outcome, Workspace

PREVIEW_WIDTH = 322
NARROW = 1_000  # of the page: the preview takes the list's place
UNDO_SECONDS = 10
STATES = ("draft", "queued", "submitted", "returned", "accepted", "merged,rejected,withdrawn,revoked", "deleted")


class RecordsPage(Page):
    """The page."""

    kinds: ClassVar[tuple[str, ...]] = ("achievement", "demand")
    by: ClassVar[str] = "next"

    def __init__(self, workspace: Workspace, tasks: Tasks, navigate: Navigate) -> None:
        super().__init__(workspace, tasks, navigate)
        self.set_title(self.name())
        self.setAcceptDrops(True)
        self._found: Found | None = None
        self._bare = False  # nothing to list
        self._limit, self._wanted = AT_ONCE, ""
        self._percents: dict[str, int] = {}
        self._make_top()
        self.list = RecordList(self.kinds, self.name(), self._percents.get)
        self._make_filters()
        self.list.chosen.connect(self._show_chosen)
        self.list.peeked.connect(self._peek)
        self.list.opened.connect(lambda record: navigate("detail", id=record))
        self.preview = Preview(workspace, tasks, navigate)
        self.preview.closed.connect(self._close_preview)
        self.preview.submitted.connect(self._submitted)
        self.preview.failed.connect(self.fail)
        self.list.looked.connect(self.preview.show_record)
        self._make_body()

    def name(self) -> str:
        """What the page is called."""
        return self.tr("成果与需求")

    def make_new_button(self) -> KeyButton:
        """The main button of the top line."""
        made = KeyButton(self.tr("新建登记"), "Ctrl N", "plus")
        made.clicked.connect(lambda: self.navigate("new"))
        return made

    # -- making ----------------------------------------------------------------------------------------------

    def _make_top(self) -> None:
        self.parts = Segments(self.tr("类别"), parent=self)
        self.parts.setVisible(len(self.kinds) > 1)
        if len(self.kinds) > 1:
            self.parts.add("", self.tr("全部"))
            for kind in self.kinds:
                self.parts.add(kind, language.label(KINDS[kind]))
            self.parts.chosen.connect(lambda _key: self._ask_again())
        self.search = SearchField(self.tr("企业、项目、编号、拼音"), "Ctrl F")
        self.search.searched.connect(lambda _words: self._ask_again())
        self.new_button = self.make_new_button()
        self.import_button = button(self.tr("导入台账"), icon_name="download")
        self.import_button.clicked.connect(lambda: self.import_ledger())
        self.top.addWidget(self.heading)
        if len(self.kinds) > 1:
            self.top.addWidget(self.parts)
        self.top.addStretch(1)
        self.add_tools(self.search, self.import_button, self.new_button)
        self.import_button.setVisible(len(self.kinds) > 1)  # only now: without a parent it would be a window of its own

    def _make_filters(self) -> None:
        lang, every = self.lang(), self.tr("全部")
        year = self.today().year
        years = [(str(one), self.tr("{year} 年").format(year=one)) for one in range(year + 1, year - 3, -1)]
        states = [(key, self._state_words(key)) for key in STATES]
        self.year = FilterButton(self.tr("年度"), years, all_words=self.tr("全部年度"), plain=str(year))
        self.state = FilterButton(self.tr("业务状态"), states, all_words=every)
        sync = [(key, said[lang == "en"]) for key, said in SYNC_STATES.items()]
        self.sync = FilterButton(self.tr("同步"), sync, all_words=every)
        there = any("industry_dg" in KINDS[kind].fields for kind in self.kinds)
        industries = [(one, language.choice(one)) for one in lists.INDUSTRIES_DG]
        self.industry = FilterButton(self.tr("产业领域"), industries, all_words=every)
        self.counted = Toggle(self.tr("含已计入"), on=True)
        self.clear = button(self.tr("清除筛选"), "link")
        self.clear.clicked.connect(self.clear_filters)
        groups = [(key, said[lang == "en"]) for key, said in GROUPINGS.items()]
        self.groups = FilterButton(self.tr("分组"), groups, all_words="", plain=self.by)
        row = QWidget()
        across = QHBoxLayout(row)
        across.setContentsMargins(20, 10, 20, 10)
        across.setSpacing(8)
        filters = FlowLayout(gap=8)
        for one in (self.year, self.state, self.sync, self.industry, self.counted, self.clear):
            filters.addWidget(one)
        across.addLayout(filters, 1)
        self.industry.setVisible(there)
        self.counted.setVisible(any(kind in ("achievement", "demand") for kind in self.kinds))
        grouping = QHBoxLayout()
        grouping.addWidget(text(self.tr("分组"), "key"))
        grouping.addWidget(self.groups)
        away = self.workspace.recall(f"columns:{type(self).__name__}", list(AWAY))
        self.list.put_away(away)
        self.columns = ColumnMenu(self.list.table.optional(), away)
        self.columns.chosen.connect(self._put_away)
        grouping.addWidget(self.columns)
        across.addLayout(grouping)
        across.setAlignment(grouping, Qt.AlignmentFlag.AlignTop)
        for one in (self.year, self.state, self.sync, self.industry):
            one.changed.connect(lambda _key: self._ask_again())
        self.counted.toggled.connect(lambda _on: self._ask_again())
        self.groups.changed.connect(lambda _key: self._show_rows())
        self.body.addWidget(row)

    def _put_away(self, keys: list[str]) -> None:
        self.list.put_away(keys)
        place = f"columns:{type(self).__name__}"
        self.tasks.work(self.workspace.remember, place, keys, failed=self.fail, owner=self)

    def _make_body(self) -> None:
        self.left = QFrame()
        self.left.setProperty("role", "plain")
        column = QVBoxLayout(self.left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.list)
        self._empty = QFrame()
        self._empty.setProperty("role", "blank")
        self._empty_column = QVBoxLayout(self._empty)
        self.stack.addWidget(self._empty)
        column.addWidget(self.stack, 1)
        foot = QFrame()
        foot.setProperty("role", "bar")
        foot.setFixedHeight(theme.current().px(36))
        line = QHBoxLayout(foot)
        line.setContentsMargins(14, 0, 14, 0)
        line.setSpacing(12)
        self.count = text("", "secondary")
        self.submit_button = button(self.tr("提交所选"), "normal", "cloud-upload", small=True)
        self.submit_button.clicked.connect(self.submit_chosen)
        self.delete_button = button(self.tr("删除所选"), "normal", "x", small=True)
        self.delete_button.clicked.connect(self.delete_chosen)
        self.export_button = button(self.tr("导出所选"), "normal", "download", small=True)
        self.export_button.setToolTip(self.tr("存成 Excel 表（Ctrl E）"))
        self.export_button.clicked.connect(self.export)
        self.total = text("", "secondary")
        self.more = button("", "link")
        self.more.clicked.connect(self._more)
        for one in (self.count, self.submit_button, self.export_button, self.delete_button):
            line.addWidget(one)
        line.addStretch(1)
        line.addWidget(self.more)
        line.addWidget(self.total)
        column.addWidget(foot)
        self._show_chosen()
        self.clear.hide()
        self.more.hide()
        self.split = QSplitter()
        self.split.setObjectName(f"split-{type(self).__name__}")
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(1)
        self.split.addWidget(self.left)
        self.split.addWidget(self.preview)
        self.split.setStretchFactor(0, 1)
        self.split.setStretchFactor(1, 0)
        self.preview.setMinimumWidth(260)
        self.split.setSizes([900, PREVIEW_WIDTH])
        self.body.addWidget(self.split, 1)
        self._spread()

    def _state_words(self, key: str) -> str:
        if key == "deleted":
            return self.tr("回收站")
        if "," in key:
            return self.tr("已了结")
        return wording.business(self.kinds[-1], key, None, self.lang())[0]

    # -- asking ----------------------------------------------------------------------------------------------

    def open(self, **where: Any) -> None:
        """``id`` goes to a record; ``state``, ``sync``, ``search`` set a filter; ``kind`` shows all of it, whatever was filtered."""
        if where.get("kind") in self.kinds:
            self._drop_filters("")
            if len(self.kinds) > 1:
                self.parts.choose(str(where["kind"]))
        if "state" in where:
            self.state.choose(str(where["state"]))
        if "sync" in where:
            self.sync.choose(str(where["sync"]))
        if "search" in where:
            self.search.setText(str(where["search"]))
        self._wanted = str(where.get("id") or "")
        self.refresh()

    def asked(self) -> Asked:
        """What the filters ask for."""
        kind = self.parts.current() if len(self.kinds) > 1 else ""
        return Asked(
            kinds=(kind,) if kind else self.kinds,
            workflow=self.state.key(),
            sync=self.sync.key(),
            search=self.search.text().strip(),
            year=int(self.year.key()) if self.year.key() else None,
            industry=self.industry.key(),
            with_counted=self.counted.isChecked(),
            limit=self._limit,
        )

    def refresh(self) -> None:
        """Reads again."""
        self.tasks.read(
            read_rows, self.workspace, self.asked(), self.kinds, done=self._came, failed=self.fail, owner=self
        )
        if self.list.current_id():
            self.preview.show_record(self.list.current_id())

    def find_here(self) -> None:
        """Ctrl+F."""
        self.search.setFocus()
        self.search.selectAll()

    def panes(self) -> list[QWidget]:
        """What F6 goes round."""
        return [self.search, self.list, self.preview] if self.preview.isVisible() else [self.search, self.list]

    def filtered(self) -> bool:
        """Whether anything is left out besides other years."""
        asked = self.asked()
        return bool(asked.workflow or asked.sync or asked.search or asked.industry or not asked.with_counted)

    def clear_filters(self) -> None:
        """Shows everything of this year again."""
        self._drop_filters(str(self.today().year))
        self._ask_again()

    def _drop_filters(self, year: str) -> None:
        for one in (self.state, self.sync, self.industry):
            one.choose("")
        self.year.choose(year)
        self.counted.blockSignals(True)
        self.counted.setChecked(True)
        self.counted.blockSignals(False)
        self.search.setText("")

    def _ask_again(self) -> None:
        self._limit = AT_ONCE
        self.refresh()

    def _more(self) -> None:
        self._limit += AT_ONCE
        self.refresh()

    # -- showing ---------------------------------------------------------------------------------------------

    def _came(self, found: Found) -> None:
        if found.asked != self.asked():
            return
        same = found == self._found
        self._found = found
        for key in ("", *self.kinds) if len(self.kinds) > 1 else ():
            count = sum(found.by_kind.values()) if not key else found.by_kind[key]
            self.parts.set_note(key, str(count))
        self._percents.clear()
        self._percents.update(found.percent)
        if not same:
            self._show_rows()
        if self._wanted:
            self.list.go_to(self._wanted)
            self._wanted = ""

    def _show_rows(self) -> None:
        if self._found is None:
            return
        rows = self._found.rows
        self.list.show_rows(rows, self.groups.key())
        self.stack.setCurrentIndex(0 if rows else 1)
        if bool(rows) == self._bare:  # a list with nothing in it has nothing to preview; one that fills has again
            self._bare = not rows
            self._spread()
        if not rows:
            self._show_empty()
        elif not self.list.current_id():
            self.list.go_to_first()
        self.clear.setVisible(self.filtered() or self.year.key() != str(self.today().year))
        self._show_total()
        self._show_chosen()
        if not self.list.current_id():
            self.preview.show_record("")

    def _show_total(self) -> None:
        assert self._found is not None  # noqa: S101  only called after rows came
        rows, total = self._found.rows, self._found.total
        words = self.tr("共 {n} 项").format(n=len(rows))
        budget = sum(int(row.fields.get("budget_fen") or 0) for row in rows if row.kind == "demand")
        if budget:
            words += " · " + self.tr("需求预算合计 {amount}").format(amount=wording.amount(budget, self.lang()))
        self.total.setText(words)
        left = total - self._limit
        self.more.setVisible(left > 0)
        self.more.setText(self.tr("还有 {n} 项，再取").format(n=left))

    def _show_empty(self) -> None:
        clear(self._empty_column)
        if self.filtered():
            again = button(self.tr("清除筛选"), "normal")
            again.clicked.connect(self.clear_filters)
            made = empty(self.tr("没有符合条件的"), self.tr("换个条件，或清除筛选。"), again)
        else:
            buttons = []
            for kind in reversed(self.kinds):
                one = button(self.tr("登记{kind}").format(kind=language.label(KINDS[kind])), "primary", "plus")
                one.clicked.connect(lambda _checked=False, kind=kind: self.navigate("editor", kind=kind))
                buttons.append(one)
            made = empty(self.tr("还没有登记"), self.tr("断网也能登记；联网后自动上传。"), *buttons)
        self._empty_column.addWidget(made)
        self._empty_column.addStretch(1)

    def _show_chosen(self) -> None:
        count = len(self.list.chosen_ids())
        self.count.setText(self.tr("已选 {n} 项").format(n=count))
        for one in (self.count, self.submit_button, self.export_button, self.delete_button):
            one.setVisible(count > 0)

    def export(self) -> None:
        """Ctrl+E: the chosen records as a table, or all that are listed; asks where to."""
        ids = self.list.chosen_ids() or [row.id for row in (self._found.rows if self._found is not None else ())]
        if not ids:
            return
        dialog = QFileDialog(self, self.tr("导出 {n} 条").format(n=len(ids)))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("xlsx")
        dialog.setNameFilter("Excel (*.xlsx)")
        dialog.selectFile(f"{self.name()}-{self.today().isoformat()}.xlsx")
        dialog.fileSelected.connect(lambda name: self.export_to(Path(name), ids))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def export_to(self, out: Path, ids: Sequence[str]) -> None:
        """Writes records to ``out``; telephone numbers are masked in it."""

        def done(told: dict[str, Any]) -> None:
            self.notices.say("ok", self.tr("已导出 {name}").format(name=out.name), str(out.parent), key="export")

        kind = self.kinds[0] if len(self.kinds) == 1 else None
        self.tasks.work(transfer.write_out, self.workspace, kind, out, set(ids), done=done, failed=self.fail, owner=self)

    def _peek(self) -> None:
        """Space: the preview comes where it was put away; in a narrow window it takes the list's place."""
        if self.list.current_id():
            self.preview.show()
            self.left.setVisible(not self._narrow())

    def _close_preview(self) -> None:
        self.preview.hide()
        self.left.show()
        self.list.setFocus()

    def _narrow(self) -> bool:
        return self.width() < theme.current().px(NARROW)

    def _spread(self) -> None:
        self.preview.setVisible(not self._narrow() and not self._bare)
        self.left.show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The preview leaves where room is short; Enter opens the whole record instead."""
        was = event.oldSize().width() < NARROW
        super().resizeEvent(event)
        if was != self._narrow():
            self._spread()

    # -- bringing in -----------------------------------------------------------------------------------------

    def import_ledger(self, file: str = "") -> None:
        """To the page that previews a ledger before it comes in, as the kind shown here."""
        kind = self.parts.current() if len(self.kinds) > 1 else self.kinds[0]
        self.navigate("import", **{key: said for key, said in (("file", file), ("kind", kind)) if said})

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A ledger may be dropped on the list."""
        if ledger_in(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Previews it."""
        event.acceptProposedAction()
        self.import_ledger(ledger_in(event.mimeData()))

    # -- doing -----------------------------------------------------------------------------------------------

    def submit_chosen(self) -> None:
        """Submits the chosen records; what the rules stop stays as it is, with the reasons."""
        ids = self.list.chosen_ids()
        self.tasks.work(self.workspace.submit, ids, done=self._submitted, failed=self.fail, owner=self)

    def _submitted(self, outcomes: list[Outcome]) -> None:
        stopped = [one for one in outcomes if one.problems]
        gone = len(outcomes) - len(stopped)
        if gone:
            words = self.tr("{n} 项已排队，下次同步时提交").format(n=gone)
            self.notices.say(
                "ok", words, key="submitted", action=self.tr("立即同步"), call=lambda: self.navigate("sync_now")
            )
        if stopped:
            words = self.tr("{n} 项还不能提交").format(n=len(stopped))
            why = wording.problem(stopped[0].problems[0], self.lang())
            first = stopped[0]
            self.notices.say(
                "warn", words, why, key="stopped", action=self.tr("去修改"),
                call=lambda: self.navigate("editor", id=first.id, field=first.problems[0].field),
            )  # fmt: skip
        self.refresh()

    def delete_chosen(self) -> None:
        """Moves the chosen drafts to the bin; undone with one click."""
        ids = self.list.chosen_ids()

        def work() -> list[Outcome]:
            return [self.workspace.delete(one) for one in ids]

        self.tasks.work(work, done=self._deleted, failed=self.fail, owner=self)

    def _deleted(self, outcomes: list[Outcome]) -> None:
        gone = [one.id for one in outcomes if not one.problems]
        if gone:
            self.notices.say(
                "ok", self.tr("{n} 条已移入回收站").format(n=len(gone)), key="deleted", action=self.tr("撤销"),
                call=lambda: self._restore(gone), seconds=UNDO_SECONDS,
            )  # fmt: skip
        stopped = [one for one in outcomes if one.problems]
        if stopped:
            words = self.tr("{n} 条不能删除：只有没交过的草稿可以删").format(n=len(stopped))
            self.notices.say("warn", words, wording.problem(stopped[0].problems[0], self.lang()), key="stopped")
        self.refresh()

    def _restore(self, ids: list[str]) -> None:
        def work() -> None:
            for one in ids:
                self.workspace.restore(one)

        self.tasks.work(work, done=lambda _none: self.refresh(), failed=self.fail, owner=self)
