"""Bringing in a ledger: choose a file and what it holds, see what would come in, set columns right, import, take back.

    open(file="…", kind="demand")   a file that was chosen or dropped; without one the last stays

What is shown is the dry run of ``desktop.transfer``, read beside the window; nothing is stored before the one button
is pressed. Columns set by hand are remembered by the import itself. Afterwards the records' own list is shown, with
a message that takes the whole import back (``show_imported``).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from desktop import transfer, wording
from desktop.pages.keys import NEW_KINDS
from desktop.pages.libraries import LIBRARIES
from desktop.pages.page import Navigate, Page, entry_of, scrolled
from desktop.pages.todo import empty
from desktop.tasks import Tasks
from desktop.widgets import language, theme
from desktop.widgets.card import Card, ElidedLabel, button, text
from desktop.widgets.choice_editors import Combo
from sync.domain.kinds import KINDS
from sync.domain.problems import Problem
from sync.errors import Stopped
from sync.exchange.columns import KIND, KIND_WORDS, main_organisation, targets
from sync.exchange.rows import ImportPlan, RowProblem
from sync.workspace import Workspace

#: what a table can be called; of those that cannot be read, the refusal says what to do
ENDINGS = (".xlsx", ".csv", ".xlsm", ".xls", ".xlsb", ".et")
MOST = 500  # problems listed
UNDO_SECONDS = 600
COLUMNS_WIDTH = 340


def importable() -> tuple[str, ...]:
    """The kinds a liaison writes; companies come with them."""
    return tuple(dict.fromkeys([*NEW_KINDS, *(kind for one in LIBRARIES.values() for kind in one.new)]))


def ledger_in(data: QMimeData) -> str:
    """The path of a table that is being dropped; "" where there is none."""
    paths = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    return next((path for path in paths if path.lower().endswith(ENDINGS)), "")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is previewed. ``mapping`` (head, target) is None until a column was set by hand."""

    file: Path
    kind: str
    mapping: tuple[tuple[str, str], ...] | None = None

    def given(self) -> dict[str, str] | None:
        """The mapping as the import takes it."""
        return dict(self.mapping) if self.mapping is not None else None


class ImportPage(Page):
    """The page."""

    key = "records"

    def __init__(self, workspace: Workspace, tasks: Tasks, navigate: Navigate) -> None:
        super().__init__(workspace, tasks, navigate)
        self._asked: Asked | None = None
        self._plan: ImportPlan | None = None
        self._storing = self._stopping = False
        self._boxes: dict[str, QComboBox] = {}
        self._boxes_of: tuple[Path, str] | None = None
        self.setAcceptDrops(True)
        self._make_top()
        self._make_body()
        self.set_title(self.tr("导入台账"))
        self._show_state()

    # -- making ----------------------------------------------------------------------------------------------

    def _make_top(self) -> None:
        self.back_button = button(self.tr("返回"), icon_name="corner-up-left")
        self.back_button.setToolTip(self.tr("返回（Esc）"))
        self.back_button.clicked.connect(lambda: self.navigate("back"))
        self.file_button = button(self.tr("选择文件…"), icon_name="file-spreadsheet")
        self.file_button.clicked.connect(self.choose_file)
        self.stop_button = button(self.tr("停止导入"))
        self.stop_button.clicked.connect(self.stop)
        self.import_button = button("", "primary", "download")
        self.import_button.setToolTip(self.tr("导入（Ctrl Enter）"))
        self.import_button.clicked.connect(self.primary)
        self.top.addWidget(self.heading)
        self.top.addWidget(self.sub, 1)
        self.add_tools(self.back_button, self.file_button, self.stop_button, self.import_button)

    def _make_body(self) -> None:
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(20, 12, 20, 16)
        column.setSpacing(12)
        line = QHBoxLayout()
        line.setSpacing(8)
        self.kinds = Combo()
        self.kinds.setAccessibleName(self.tr("导入为"))
        for kind in importable():
            self.kinds.addItem(language.label(KINDS[kind]), kind)
        self.kinds.setCurrentIndex(self.kinds.findData("demand"))
        self.kinds.activated.connect(lambda _at: self._other_kind())
        self.summary = text("", "secondary", wrap=True)
        line.addWidget(text(self.tr("导入为"), "key"))
        line.addWidget(self.kinds)
        line.addWidget(self.summary, 1)
        column.addLayout(line)
        self.stack = QStackedWidget()
        column.addWidget(self.stack, 1)
        choose = button(self.tr("选择文件…"), "normal", "file-spreadsheet")
        choose.clicked.connect(self.choose_file)
        words = self.tr("收 .xlsx 和 .csv。先看能导入哪些、哪一行有问题，按了“导入”才存；导入后可以整批撤销。")
        first, inner = QWidget(), QVBoxLayout()
        inner.addWidget(empty(self.tr("把旧台账拖到这里"), words, choose))
        inner.addStretch(1)
        first.setLayout(inner)
        for one in (first, self._make_preview(), QWidget()):
            self.stack.addWidget(one)
        self.body.addWidget(whole, 1)

    def _make_preview(self) -> QWidget:
        self.lines = QStandardItemModel(0, 4, self)
        names = (self.tr("行"), self.tr("列"), self.tr("说明"), self.tr("这一行"))
        self.lines.setHorizontalHeaderLabels(list(names))
        self.table = QTableView()
        self.table.setAccessibleName(self.tr("要看一看的行"))
        self.table.setModel(self.lines)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.setProperty("role", "lines")
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head = self.table.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.rows_card = Card(self.tr("要看一看的行"), flush=True)
        self.rows_card.body.addWidget(self.table)
        columns = QWidget()
        self._grid = QGridLayout(columns)
        self._grid.setContentsMargins(16, 4, 16, 12)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(1, 3)
        self.columns_card = Card(self.tr("表里的列"), flush=True)
        self.columns_card.body.addWidget(scrolled(columns))
        self.columns_card.setFixedWidth(theme.current().px(COLUMNS_WIDTH))
        made = QWidget()
        across = QHBoxLayout(made)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(12)
        across.addWidget(self.rows_card, 1)
        across.addWidget(self.columns_card)
        return made

    # -- the page's life -------------------------------------------------------------------------------------

    def open(self, **where: Any) -> None:
        """``file`` is previewed as ``kind``; without them the last again, for records may have come since."""
        self.notices.drop("error")
        kind = str(where.get("kind") or "")
        if kind in importable():
            self.kinds.setCurrentIndex(self.kinds.findData(kind))
        file = Path(str(where["file"])) if where.get("file") else self._asked.file if self._asked is not None else None
        if file is not None and not self._storing:
            same = self._asked is not None and (self._asked.file, self._asked.kind) == (file, self.kind())
            self._ask(Asked(file, self.kind(), self._asked.mapping if same and self._asked is not None else None))

    def panes(self) -> list[QWidget]:
        """What F6 goes round."""
        return [self.kinds, self.table, self.columns_card] if self._plan is not None else [self.kinds, self.file_button]

    def kind(self) -> str:
        """What the rows are imported as."""
        return str(self.kinds.currentData())

    def plan(self) -> ImportPlan | None:
        """What is shown."""
        return self._plan

    def choose_file(self) -> None:
        """Asks for a ledger with the system's dialog."""
        dialog = QFileDialog(self, self.tr("导入台账"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([f"{self.tr('台账')} (*.xlsx *.csv)", f"{self.tr('所有文件')} (*)"])
        dialog.fileSelected.connect(lambda name: self.open(file=name))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A table may be dropped here."""
        if ledger_in(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Previews it."""
        event.acceptProposedAction()
        self.open(file=ledger_in(event.mimeData()))

    # -- asking ----------------------------------------------------------------------------------------------

    def _ask(self, asked: Asked) -> None:
        if self._asked is None or asked.file != self._asked.file or asked.kind != self._asked.kind:
            self._plan = None
        self._asked = asked
        self._show_state()
        self.import_button.setEnabled(False)
        self.summary.setText(self.tr("正在读 {name}…").format(name=asked.file.name))
        self.tasks.read(
            transfer.preview, self.workspace, asked.kind, asked.file, asked.given(),
            done=lambda plan: self._came(asked, plan), failed=lambda error: self._refused(asked, error), owner=self,
        )  # fmt: skip

    def _other_kind(self) -> None:
        if self._asked is not None:
            self.notices.drop("error")
            self._ask(Asked(self._asked.file, self.kind()))

    def _set_column(self, changed: str) -> None:
        """A column was set by hand; the one that filled this field before is left out."""
        if self._asked is None:
            return
        target = self._boxes[changed].currentData()
        chosen = {head: str(box.currentData()) for head, box in self._boxes.items()}
        chosen = {head: "" if head != changed and one == target else one for head, one in chosen.items()}
        self._ask(Asked(self._asked.file, self._asked.kind, tuple(chosen.items())))

    def _came(self, asked: Asked, plan: ImportPlan) -> None:
        if asked != self._asked:
            return
        self._plan = plan
        self._show_columns(asked, plan)
        self._show_lines(plan)
        self._show_state()

    def _refused(self, asked: Asked, error: Exception) -> None:
        if asked == self._asked:
            self._asked = self._plan = None
            self._show_state()
            self.fail(error)

    # -- showing ---------------------------------------------------------------------------------------------

    def _show_state(self) -> None:
        """The button and what stands beside the kind."""
        plan = self._plan
        self.set_title(self.tr("导入台账"), self._asked.file.name if self._asked is not None else "")
        self.stack.setCurrentIndex(1 if plan is not None else 0 if self._asked is None else 2)
        self.summary.setText(self._summed(plan) if plan is not None else "")
        count, wrong = (len(plan.ready), len(_wrong(plan))) if plan is not None else (0, 0)
        words = self.tr("导入 {n} 条 · {m} 行有问题") if wrong else self.tr("导入 {n} 条")
        self.import_button.setText(words.format(n=count, m=wrong) if plan is not None else self.tr("导入"))
        self.import_button.setVisible(plan is not None)  # before that "choose a file" is the one thing to do
        self.import_button.setEnabled(not self._storing)
        self.stop_button.setVisible(self._storing)
        self.stop_button.setEnabled(not self._stopping)
        for one in (self.kinds, self.file_button, self.columns_card):
            one.setEnabled(not self._storing)

    def _summed(self, plan: ImportPlan) -> str:
        other = sum(1 for one in plan.skipped if one.code == "ROW_OTHER_KIND")
        known = len(plan.skipped) - other
        bad = plan.rows - len(plan.ready) - len(plan.skipped)
        parts = [self.tr("“{sheet}”共 {n} 行：可导入 {m} 条").format(sheet=plan.sheet, n=plan.rows, m=len(plan.ready))]
        for count, words in (
            (bad, self.tr("{n} 行不能导入")),
            (known, self.tr("{n} 行已经有了，跳过")),
            (other, self.tr("{n} 行是别的类型，换个类型再导一次")),
            (len(plan.dropped), self.tr("另有 {n} 行是标题、合计或空行")),
        ):
            if count:
                parts.append(words.format(n=count))
        return " · ".join(parts)

    def _show_lines(self, plan: ImportPlan) -> None:
        """What is wrong, by row; rows of another kind are only counted."""
        heads = {target: head for head, target in plan.mapping.items()}
        told = sorted((one for one in plan.problems if one.code != "ROW_OTHER_KIND"), key=lambda one: one.row)
        skipped = {one.row for one in plan.skipped}
        self.lines.removeRows(0, self.lines.rowCount())
        for one in told[:MOST]:
            place = one.field or ""
            cells = (
                str(one.row), heads.get(place) or heads.get(f"{place}.name") or self._called(plan.kind, place),
                wording.problem(Problem(one.field, one.code, one.severity, one.values), self.lang()), self._fate(one, skipped),
            )  # fmt: skip
            self.lines.appendRow([QStandardItem(words) for words in cells])
        cut = self.tr("共 {n} 处，只列前 {most} 处").format(n=len(told), most=MOST)
        note = cut if len(told) > MOST else self.tr("{n} 处").format(n=len(told)) if told else self.tr("没有发现问题")
        self.rows_card.set_note(note)

    def _fate(self, problem: RowProblem, skipped: set[int]) -> str:
        """What becomes of the row."""
        if problem.severity == "block":
            return self.tr("不导入")
        if problem.row in skipped:
            return self.tr("跳过")
        return self.tr("导入后再补") if problem.severity == "warn" else self.tr("请核对")

    def _show_columns(self, asked: Asked, plan: ImportPlan) -> None:
        """A box for each column; the boxes stay, and with them the focus, while only their choices change."""
        if self._boxes_of != (asked.file, asked.kind) or set(self._boxes) != {*plan.mapping, *plan.unused}:
            self._boxes_of = (asked.file, asked.kind)
            while self._grid.count():
                one = self._grid.takeAt(0).widget()
                one.hide()
                one.deleteLater()
            self._grid.setRowStretch(len(self._boxes), 0)
            self._boxes = {}
            choices = [(KIND, self.tr("类型"))] if asked.kind in KIND_WORDS else []
            choices += [(target, self._called(asked.kind, target)) for target in targets(KINDS[asked.kind])]
            for at, head in enumerate(dict.fromkeys([*plan.mapping, *plan.unused])):
                self._grid.addWidget(ElidedLabel(head, "key"), at, 0)
                self._grid.addWidget(self._box(head, choices), at, 1)
            self._grid.setRowStretch(len(self._boxes), 1)
        for head, box in self._boxes.items():
            box.setCurrentIndex(max(0, box.findData(plan.mapping.get(head, ""))))
            box.setToolTip(box.currentText())
        self.columns_card.set_note(self.tr("用到 {n} 列").format(n=len(plan.mapping)))

    def _box(self, head: str, choices: list[tuple[str, str]]) -> QComboBox:
        box = Combo()
        box.setAccessibleName(self.tr("“{head}”填到").format(head=head))
        box.setMinimumContentsLength(4)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.addItem(self.tr("不导入"), "")
        for target, words in choices:
            box.addItem(words, target)
        box.activated.connect(lambda _at: self._set_column(head))
        self._boxes[head] = box
        return box

    def _called(self, kind: str, target: str) -> str:
        """A target in words: the field's label; of another organisation than the main one with that one's before it."""
        reference, _, part = target.partition(".")
        field = targets(KINDS[kind]).get(target) or KINDS[kind].fields.get(target)
        if field is None:
            return wording.NONE
        if part and part != "name" and reference != main_organisation(KINDS[kind]):
            return f"{language.label(KINDS[kind].fields[reference])} · {language.label(field)}"
        return language.label(field)

    # -- storing ---------------------------------------------------------------------------------------------

    def primary(self) -> None:
        """Ctrl+Enter: imports what is shown."""
        asked, plan = self._asked, self._plan
        if asked is None or plan is None or not self.import_button.isEnabled():
            return
        if not plan.ready:
            more = self.tr("每一行的原因在左边；改好台账再选一次，或换个类型。")
            self.notices.say("warn", self.tr("没有可以导入的行"), more, key="import")
            return

        reached = self.tasks.relay(self._reached, self)

        def step(done: int, of: int) -> None:
            if self._stopping:
                raise Stopped
            reached(done, of)

        def store() -> dict[str, Any]:
            return transfer.bring_in(self.workspace, asked.kind, asked.file, asked.given(), lang=self.lang(), made=plan, step=step)

        self._storing, self._stopping = True, False
        self._show_state()
        self.summary.setText(self.tr("正在导入 {n} 条…").format(n=len(plan.ready)))
        self.tasks.work(store, done=lambda told: self._stored(asked.kind, told), failed=self._failed, owner=self)

    def stop(self) -> None:
        """Gives an import up that is not written yet: none of its rows goes in."""
        self._stopping = self._storing
        self._show_state()

    def _reached(self, done: int, of: int) -> None:
        if self._storing and not self._stopping:
            words = self.tr("正在整理第 {n} 条，共 {m} 条…") if done < of else self.tr("正在写入 {m} 条，写完才算导入…")
            self.summary.setText(words.format(n=done, m=of))
            self.stop_button.setEnabled(done < of)

    def _stored(self, kind: str, told: dict[str, Any]) -> None:
        self._storing = self._stopping = False
        seen = self.isVisible()
        self._show_state()
        if seen:
            self.navigate("imported", kind=kind, told=told)
        else:  # the person went elsewhere meanwhile and is not called away
            offer_undo(self, kind, told)

    def _failed(self, error: Exception) -> None:
        self._storing = self._stopping = False
        self._show_state()
        if isinstance(error, Stopped):
            self.notices.say("ok", self.tr("已停止导入，一条也没有进来"), self.tr("文件没有动，可以再导入。"), key="imported")
        else:
            self.fail(error)


def _wrong(plan: ImportPlan) -> set[int]:
    """Rows with something to correct, in the file or afterwards."""
    return {one.row for one in plan.problems if one.severity != "hint"} - {one.row for one in plan.skipped}


def show_imported(window: Any, kind: str, told: dict[str, Any]) -> None:
    """The list of what was imported in ``window``, with a message that takes it back."""
    name = entry_of(kind)
    where: dict[str, Any] = {"kind": kind}
    if name == "library":
        where = {"library": next(key for key, one in LIBRARIES.items() if kind in one.new), "search": ""}
    window.navigate(name, **where)
    offer_undo(window.page(name), kind, told)


def offer_undo(page: Page, kind: str, told: dict[str, Any]) -> None:
    """Says on ``page`` what was imported; "undo" and Ctrl+Z take back what was not edited or sent since."""

    def undone(back: dict[str, Any]) -> None:
        gone, count = len(back["removed"]), len(told["ids"])
        words = page.tr("已撤销导入，{n} 条不在了").format(n=gone)
        more = page.tr("{n} 条已经改过或送到平台，留下了。").format(n=count - gone) if count > gone else ""
        page.notices.say("ok", words, more, key="imported")
        page.refresh()

    def undo() -> None:
        page.tasks.work(transfer.undo, page.workspace, told["batch"], done=undone, failed=page.fail, owner=page)

    words = page.tr("已导入 {n} 条{kind}").format(n=len(told["ids"]), kind=language.label(KINDS[kind]))
    more = page.tr("都是草稿，缺的可以慢慢补。没导入的行还在台账里。")
    page.notices.say(
        "ok" if told["ids"] else "warn", words, more if told["ids"] else "", key="imported",
        action=page.tr("撤销") if told["batch"] else "", call=undo, seconds=UNDO_SECONDS,
    )  # fmt: skip
