"""One record: how far it is, what the platform says field by field, its content and papers, and everything that happened.

Leads with the next step. Everything is read beside the window; local history is there before any sync. Taking back and
deleting ask for nothing in a box: a line in the page asks for the reason, and deleting can be undone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from desktop import wording
from desktop.pages.detail_cards import AboutCard, ContentCard, PapersCard, WordCard
from desktop.pages.life_steps import rail_of, steps_of
from desktop.pages.page import Navigate, Page, entry_of, scrolled
from desktop.pages.record_reading import SHEETS, Seen, next_step, number_of, read_record, step_words
from desktop.tasks import Tasks
from desktop.widgets import language, theme
from desktop.widgets.card import Card, ElidedLabel, button, text
from desktop.widgets.chip import Chip
from desktop.widgets.icons import icon
from desktop.widgets.segments import Segments
from desktop.widgets.stepper import Stepper
from desktop.widgets.timeline_rail import TimelineRail
from sync.domain.steps import EXPLAINED
from sync.workspace import Outcome, Workspace

NARROW = 1_000  # of the page: the timeline stands below
SIDE = 372
UNDO_SECONDS = 10
NAME_LEAST = 200  # px of the name


class DetailPage(Page):
    """``open(id=…)`` shows a record."""

    key = "records"

    def __init__(self, workspace: Workspace, tasks: Tasks, navigate: Navigate) -> None:
        super().__init__(workspace, tasks, navigate)
        self._id = ""
        self._seen: Seen | None = None
        self._make_top()
        self.stepper = Stepper()
        steps = Card()
        steps.body.setContentsMargins(10, 0, 10, 2)
        steps.body.addWidget(self.stepper)
        self.word, self.content = WordCard(navigate), ContentCard()
        self.papers, self.about = PapersCard(workspace, tasks, navigate), AboutCard(navigate)
        self.past = Card()
        self.past.add_head(self.tr("经过"))
        self.which = Segments(self.tr("经过"), small=True)
        for key, words in (("", self.tr("全部")), ("platform", self.tr("平台")), ("here", self.tr("本机"))):
            self.which.add(key, words)
        self.which.chosen.connect(lambda _key: self._show_past())
        self.past.head.addWidget(self.which)
        self.rail_lines = TimelineRail()
        self.past.body.addWidget(self.rail_lines)
        self._side = scrolled(self._past_holder(), self.tr("经过"))
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(20, 14, 6, 14)
        self._column.setSpacing(12)
        self._steps_card = steps
        for one in (steps, self.word, self.content, self.papers, self.about):
            self._column.addWidget(one)
        self._column.addStretch(1)
        self.area = scrolled(inner, self.tr("登记内容"))
        across = QHBoxLayout()
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(6)
        across.addWidget(self.area, 1)
        across.addWidget(self._side)
        self.body.addLayout(across, 1)
        self._call: Callable[[str], None] | None = None
        self._ask = self._make_ask()
        self._narrow: bool | None = None

    # -- making ----------------------------------------------------------------------------------------------

    def _make_top(self) -> None:
        back = QToolButton()
        back.setProperty("role", "flat")
        back.setIcon(icon("corner-up-left", "text2"))
        back.setToolTip(self.tr("返回（Esc）"))
        back.setAccessibleName(self.tr("返回"))
        back.clicked.connect(lambda: self.navigate("back"))
        self.kind_tag = text("", "tag")
        self.state_chip, self.sync_chip = Chip(), Chip()
        self.subline = ElidedLabel("", "secondary")
        words = QVBoxLayout()
        words.setSpacing(0)
        first = QHBoxLayout()
        first.setSpacing(8)
        self.name_label = ElidedLabel("", "subTitle", hug=True)
        first.addWidget(self.name_label)
        for one in (self.kind_tag, self.state_chip, self.sync_chip):
            first.addWidget(one, 0, Qt.AlignmentFlag.AlignVCenter)
        first.addStretch(1)
        words.addStretch(1)
        words.addLayout(first)
        words.addWidget(self.subline)
        words.addStretch(1)
        self.sheet = button(self.tr("登记表"), "normal", "printer")
        self.sheet.setToolTip(self.tr("看登记表，打印或导出 PDF（Ctrl P）"))
        self.sheet.clicked.connect(self.print_page)
        self.visit = button(self.tr("记走访"), "normal", "footprints")
        self.visit.clicked.connect(self._write_visit)
        self.more = QToolButton()
        self.more.setProperty("role", "tool")
        self.more.setIcon(icon("ellipsis", "text2"))
        self.more.setAccessibleName(self.tr("更多"))
        self.more.setToolTip(self.tr("撤回、删除等"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(QMenu(self.more))
        self.main = button("", "primary")
        self.main.clicked.connect(self.primary)
        self.top.addWidget(back)
        self.top.addLayout(words, 1)
        self.add_tools(self.sheet, self.visit, self.more, self.main)

    def _past_holder(self) -> QWidget:
        holder = QWidget()
        holder.setFixedWidth(SIDE + 20)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 14, 20, 14)
        column.addWidget(self.past)
        column.addStretch(1)
        return holder

    def _make_ask(self) -> QFrame:
        """The line that asks why a record is taken back or moved on."""
        frame = QFrame()
        frame.setProperty("role", "notice-warn")
        row = QHBoxLayout(frame)
        row.setContentsMargins(14, 10, 14, 10)
        self._why = text("", "strong")
        self.reason = QLineEdit()
        self._why.setBuddy(self.reason)
        self.reason.returnPressed.connect(self._answered)
        self._go = button("", "danger", small=True)
        self._go.clicked.connect(self._answered)
        leave = button(self.tr("不改"), "normal", small=True)
        leave.clicked.connect(frame.hide)
        row.addWidget(self._why)
        row.addWidget(self.reason, 1)
        row.addWidget(self._go)
        row.addWidget(leave)
        self.body.insertWidget(0, frame)
        frame.hide()
        return frame

    # -- life ------------------------------------------------------------------------------------------------

    def open(self, **where: Any) -> None:
        """Shows the record ``id``."""
        self._id = str(where["id"])
        with contextlib.suppress(LookupError):  # read_record tells
            self.key = entry_of(self.workspace.get(self._id).kind)
        if self._seen is not None and self._seen.record.id != self._id:
            self._seen = None
            self.area.verticalScrollBar().setValue(0)
        self._ask.hide()
        self.refresh()

    def refresh(self) -> None:
        """Reads again."""
        if not self._id:
            return
        self.tasks.work(
            lambda: read_record(self.workspace, self._id, whole=True), done=self._came, failed=self._lost, owner=self
        )

    def primary(self) -> None:
        """Ctrl+Enter: the next step."""
        if self._seen is None:
            return
        step = next_step(self._seen)
        if step.submits:
            self.tasks.work(self.workspace.submit, [self._id], done=self._submitted, failed=self.fail, owner=self)
        else:
            self.navigate(step.page, **step.where)

    def print_page(self) -> None:
        """Ctrl+P: to the sheet."""
        if self._seen is not None and self._seen.record.kind in SHEETS:
            self.navigate("sheet", id=self._id)

    def panes(self) -> list[QWidget]:
        """What F6 goes round."""
        return [self.area, self.which]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the timeline stands below."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        if narrow == self._narrow:
            return
        self._narrow = narrow
        self._side.setVisible(not narrow)
        self._column.setContentsMargins(20, 14, 20 if narrow else 6, 14)
        if narrow:
            self._column.insertWidget(self._column.count() - 1, self.past)
        else:
            holder = self._side.widget().layout()
            if isinstance(holder, QVBoxLayout):
                holder.insertWidget(0, self.past)
        self._side.setFixedWidth(SIDE + 20)

    # -- showing ---------------------------------------------------------------------------------------------

    def _lost(self, error: Exception) -> None:
        if isinstance(error, LookupError):
            self.notices.say("warn", self.tr("没有这条记录"), self.tr("它可能已被合并或不再属于本单位。"), key="error")
        else:
            self.fail(error)

    def _came(self, seen: Seen) -> None:
        if seen.record.id != self._id or seen == self._seen:
            return
        self._seen = seen
        self._show_top(seen)
        self.stepper.set_steps(steps_of(seen, self.today()))
        self._steps_card.setVisible(seen.record.workflow is not None)
        self.word.show_seen(seen, self.today())
        self.content.show_seen(seen, 2 if self.width() > 760 else 1)
        self.papers.show_seen(seen)
        self.about.show_rows(seen.about, self.today())
        self._show_past()

    def _show_top(self, seen: Seen) -> None:
        record, lang = seen.record, self.lang()
        title = seen.title or self.tr("还没有名称")
        self.name_label.set_whole(title)
        least = min(self.name_label.sizeHint().width(), theme.current().px(NAME_LEAST))
        self.name_label.setMinimumWidth(least)  # before it is cut to nothing the buttons go below
        self.set_title(title)
        self.kind_tag.setText(language.label(seen.kind))
        word, tone = wording.business(record.kind, record.workflow, record.stage, lang)
        icons = {"red": "corner-up-left", "green": "circle-check", "blue": "eye", "teal": "badge-check"}
        self.state_chip.set_state(word, icons.get(tone, "circle"), tone)
        self.state_chip.setVisible(record.workflow is not None)
        self.sync_chip.set_state(*wording.sync_chip(record.sync_state, lang))
        parts = [number_of(record, lang), seen.unit]
        who = self.workspace.identity
        if who is not None:
            if seen.mine:
                parts.append(self.tr("登记人 {name}").format(name=who.liaison_name))
            responsible = record.facts.get("responsible") or {}
            if responsible:
                parts.append(self.tr("包干责任：{name}").format(name=responsible.get("name") or responsible.get("unit")))
        if record.facts.get("escalated"):
            parts.append(self.tr("提级跟踪"))
        self.subline.set_whole(" · ".join(part for part in parts if part))
        step = next_step(seen)
        self.main.setText(step_words(step, lang))
        self.main.setIcon(icon(step.icon, "on_accent"))
        self.sheet.setVisible(record.kind in SHEETS)
        self.visit.setVisible(record.kind in ("achievement", "demand"))
        self._show_menu(seen)

    def _show_menu(self, seen: Seen) -> None:
        menu, workflow = self.more.menu(), seen.record.workflow if seen.mine else None
        menu.clear()
        for step in seen.steps:
            words = self.tr("推进到“{stage}”").format(stage=wording.stage_name(seen.record.kind, step, self.lang()))
            menu.addAction(words, lambda step=step, words=words: self._step(step, words))
        if workflow == "queued":
            menu.addAction(self.tr("改回草稿"), lambda: self._act(self.workspace.withdraw, self._id))
        if workflow in ("submitted", "returned"):
            menu.addAction(self.tr("撤回这条登记…"), self._ask_why)
        if workflow == "draft":
            menu.addAction(self.tr("删除草稿"), self._delete)
        if workflow == "deleted":
            menu.addAction(self.tr("从回收站取回"), lambda: self._act(self.workspace.restore, self._id))
        if workflow in ("draft", "queued", "submitted", "returned", "accepted"):
            menu.addAction(self.tr("修改"), lambda: self.navigate("editor", id=self._id))
        menu.addAction(self.tr("在列表中看"), lambda: self.navigate(_list_of(seen.record.kind), id=self._id))

    def _show_past(self) -> None:
        if self._seen is None:
            return
        who = self.workspace.identity
        me = who.liaison_name if who is not None else ""
        self.rail_lines.set_lines(rail_of(self._seen, self.today(), self.which.current(), me))

    # -- doing -----------------------------------------------------------------------------------------------

    def _write_visit(self) -> None:
        if self._seen is not None:
            held = self._seen.record.fields
            self.navigate("visits", org=held.get("org") or held.get("owner_org"), find=self._id)

    def _ask_why(self) -> None:
        self._ask_for(self.tr("为什么撤回（平台会看到）"), self.tr("撤回"), lambda why: self._act(self.workspace.withdraw, self._id, why))

    def _step(self, step: str, words: str) -> None:
        """Moves the business stage; some steps say why."""
        if step in EXPLAINED:
            self._ask_for(self.tr("说明原因（平台会看到）"), words, lambda why: self._act(self.workspace.stage, self._id, step, why))
        else:
            self._act(self.workspace.stage, self._id, step)

    def _ask_for(self, why: str, act: str, call: Callable[[str], None]) -> None:
        self._call = call
        self._why.setText(why)
        self.reason.setAccessibleName(why)
        self.reason.clear()
        self._go.setText(act)
        self._ask.show()
        self.reason.setFocus()

    def _answered(self) -> None:
        if self._call is not None:
            self._call(self.reason.text())
        if self.reason.text().strip():
            self._ask.hide()

    def _delete(self) -> None:
        gone = self._id

        def done(outcome: Outcome) -> None:
            self._moved(outcome)
            if not outcome.problems:
                self.notices.say(
                    "ok", self.tr("已移入回收站"), key="deleted", action=self.tr("撤销"),
                    call=lambda: self._act(self.workspace.restore, gone), seconds=UNDO_SECONDS,
                )  # fmt: skip

        self.tasks.work(self.workspace.delete, gone, done=done, failed=self.fail, owner=self)

    def _act(self, call: Any, *values: Any) -> None:
        self.tasks.work(call, *values, done=self._moved, failed=self.fail, owner=self)

    def _moved(self, outcome: Outcome) -> None:
        self.notices.drop("deleted")
        if outcome.problems:
            self.notices.say("warn", wording.problem(outcome.problems[0], self.lang()), key="moved")
        else:
            self.notices.drop("moved")
        self.refresh()

    def _submitted(self, outcomes: list[Outcome]) -> None:
        first = outcomes[0]
        if first.problems:
            words = wording.problem(first.problems[0], self.lang())
            self.notices.say("warn", self.tr("还不能提交"), words, key="moved")
        else:
            self.notices.say(
                "ok", self.tr("已排队，下次同步时提交"), key="moved", action=self.tr("立即同步"),
                call=lambda: self.navigate("sync_now"),
            )  # fmt: skip
        self.refresh()


def _list_of(kind: str) -> str:
    """The page that lists records of a kind."""
    return {"visit": "visits", "landing": "landings"}.get(kind, "records")
