"""A record being written: progress and checks at the left, the form, its papers at the right.

Saved while typing; leaving, closing or losing power costs at most the last keystrokes, and the next start comes back
to the same field. The main button is never dead: it says what is missing and goes there. In a narrow window the
three panes become tabs. What the rules say comes from the workspace, what stands where from the declaration.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QSplitter, QToolButton, QVBoxLayout, QWidget

from desktop import wording
from desktop.pages.autosave import PLACE, Autosave, Kept, Typed, read_record, typed_key
from desktop.pages.editor_checks import checks_of
from desktop.pages.page import Navigate, Page, scrolled
from desktop.tasks import Tasks
from desktop.widgets import language
from desktop.widgets.card import button, text
from desktop.widgets.checklist import Checklist, FormProgress
from desktop.widgets.chip import Chip
from desktop.widgets.entry import Unread
from desktop.widgets.evidence_viewer import EvidenceViewer
from desktop.widgets.icons import IconLabel, icon
from desktop.widgets.notice_bar import announce
from desktop.widgets.record_form import RecordForm
from desktop.widgets.segments import Segments
from sync.domain import lifecycle
from sync.domain.kinds import KINDS
from sync.domain.problems import Problem
from sync.errors import Offline, Refused
from sync.intake import defaults
from sync.records import Record
from sync.workspace import Outcome, Workspace

FINISH_SECONDS = 3.0
TABS_BELOW = 1_100  # px of the page
_TITLES = {
    "achievement": ("登记成果", "修改成果"),
    "demand": ("登记技术需求", "修改技术需求"),
    "visit": ("记走访", "修改走访"),
    "landing": ("登记落地", "修改落地"),
}
_NEW = frozenset({"draft", "queued", None})


class EditorPage(Page):
    """``open(kind=…, values=…)`` begins a record, ``open(id=…, field=…)`` goes on with one at a field."""

    rail: ClassVar[bool] = True
    key: ClassVar[str] = "records"

    def __init__(self, workspace: Workspace, tasks: Tasks, navigate: Navigate) -> None:
        super().__init__(workspace, tasks, navigate)
        self.form: RecordForm | None = None
        self.record: Record | None = None
        self._kind = "demand"
        self._saver: Autosave | None = None
        self._problems: list[Problem] = []
        self._left = 0  # things to do before a submission
        self._judging = False
        self._make_top()
        self.progress = FormProgress()
        self.progress.asked.connect(self._go_to_section)
        self.checks = Checklist()
        self.checks.asked.connect(self.go_to)
        self.viewer = EvidenceViewer(workspace, tasks, self._with_id)
        self.viewer.changed.connect(self.refresh)
        self._make_body()
        self._place_timer = QTimer(self)
        self._place_timer.setSingleShot(True)
        self._place_timer.setInterval(1_000)
        self._place_timer.timeout.connect(self._keep_place)
        app = QApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.finish)

    # ---------------------------------------------------------------------------------------------- life

    def open(self, **where: Any) -> None:
        """A new record of ``kind`` (with ``values``), or the record ``id``, at ``field``."""
        record_id = where.get("id")
        kind = str(where.get("kind") or "demand")
        self.record = None
        if isinstance(record_id, str):
            try:
                self.record = self.workspace.get(record_id)
            except LookupError:
                self.notices.say("bad", self.tr("这条记录不在本机。"), self.tr("请返回列表重新选择。"), key="error")
                return
            kind = self.record.kind
        self._begin(kind, self.record.id if self.record else None)
        form, values = self._form(), where.get("values")
        if self.record is not None:
            form.set_values(self.record.fields)
            form.mark_filled()
            texts = self.workspace.recall(typed_key(self.record.id))
            form.set_texts({str(name): str(words) for name, words in texts.items()} if isinstance(texts, dict) else {})
            self._judge(first=str(where.get("field") or ""))
        else:
            form.set_values({**defaults(KINDS[kind]), **(values if isinstance(values, Mapping) else {})})
            if values:
                self._saver_now().touch(*values)
            self._problems = self.workspace.problems(kind, form.filled())
            form.show_problems(self._problems)
            self._say_checks()
            QTimer.singleShot(0, form, lambda: self._start_at(str(where.get("field") or "")))
        self._show_record()

    def refresh(self) -> None:
        """The record may look different (a sync, a paper): show it, but nothing that is being typed."""
        saver = self._saver
        if saver is None or saver.record_id is None or self._judging:
            return
        self._judge()

    def leave(self) -> None:
        """Saves what is pending at once."""
        self.viewer.flush()
        if self._saver is not None:
            self._saver.save()

    def finish(self) -> None:
        """The program ends: waits until everything typed is safe, a few seconds at most; Qt says when."""
        if self._saver is None:
            return
        end = time.monotonic() + FINISH_SECONDS
        saver, safe = self._saver, False
        while not safe and time.monotonic() < end:
            self.leave()
            # the lane works in order: when this one (bool() is False) is through, so is everything before it
            waiting = [False]
            self.tasks.work(bool, done=waiting.remove)
            while waiting and time.monotonic() < end:
                QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents, 20)
            safe = not waiting and not saver.unsaved()
        if not safe:
            saver.save_here()

    def panes(self) -> list[QWidget]:
        """For F6."""
        shown: list[QWidget] = [self._left_pane, self._form(), self.viewer]
        return [pane for pane in shown if pane.isVisible()]

    # ------------------------------------------------------------------------------------------- actions

    def save(self) -> None:
        """Ctrl+S: now."""
        self.viewer.flush()
        saver = self._saver_now()
        if saver.record_id is None:
            saver.with_id(lambda _id: None)
        else:
            saver.save()

    def primary(self) -> None:
        """The main button: submit, or go to what is missing."""
        form, saver = self._form(), self._saver_now()
        if not self._submits():
            saver.when_safe(lambda: self.navigate("back" if self.record is None else "sync_now"))
            return
        if self._left or form.unread():
            form.show_problems(self._problems, asked=True)
            self._go_to_first()
            return
        saver.with_id(lambda _id: saver.when_safe(self._submit))

    def next_gap(self) -> None:
        """F8."""
        self._gap(back=False)

    def previous_gap(self) -> None:
        """Shift+F8."""
        self._gap(back=True)

    def go_to(self, field: str) -> None:
        """Puts the focus into a field; a paper is shown in its pane."""
        self._show_tab("form")
        self._form().focus_field(field)
        declared = KINDS[self._kind].fields.get(field)
        if declared is not None and declared.type == "evidence" and self.record is not None:
            self._ask_evidence(field)

    # -------------------------------------------------------------------------------------------- saving

    def _with_id(self, call: Any) -> None:
        self._saver_now().with_id(call)

    def _read(self) -> Typed:
        form = self._form()
        texts = {name: unread.text for name, unread in form.unread().items()}
        return Typed(form.values(), texts, form.place())

    def _on_changed(self, name: str) -> None:
        self._saver_now().touch(name)
        self._say_checks()

    def _on_left(self, _name: str) -> None:
        self._saver_now().save()

    def _on_kept(self, saver: Autosave, kept: Kept) -> None:
        if saver is not self._saver:  # the record before, which is safe now
            if not saver.unsaved():
                saver.deleteLater()
            return
        self.notices.drop("save")
        self._saved_icon.show()
        clock = wording.clock(datetime.now(UTC).isoformat())
        self._saved.setText(self.tr("已自动保存 {clock}").format(clock=clock))
        self._take(kept)

    def _on_failed(self, saver: Autosave, error: Exception) -> None:
        words, remedy, _code = wording.error(error, self.lang())
        self._saved.setText(self.tr("没有保存"))
        self._saved_icon.hide()
        self.notices.say(
            "bad", self.tr("没有保存：{reason}").format(reason=words), remedy or self.tr("你输入的内容还在这里。"),
            key="save", action=self.tr("再保存一次"), call=saver.save,
        )  # fmt: skip
        if isinstance(error, Refused) and saver is self._saver:
            self._form().show_problems([*self._problems, *error.problems], asked=True)

    def _complete(self, organisation: str, values: dict[str, Any]) -> None:
        self.tasks.work(
            self.workspace.edit, organisation, values, done=lambda _: self.refresh(), failed=self.fail, owner=self
        )

    def _judge(self, *, first: str | None = None) -> None:
        """Reads the record again beside the window and asks the rules; ``first``: it was just opened, go there."""
        record_id = self._saver_now().record_id
        form = self._form()

        def done(kept: Kept) -> None:
            self._judging = False
            if self._form() is form and self._saver_now().record_id == kept.record.id:
                self._take(kept)
                if first is not None:
                    form.collapse_finished()
                    self._start_at(first)

        def failed(error: Exception) -> None:
            self._judging = False
            self.fail(error)

        self._judging = True
        self.tasks.work(read_record, self.workspace, record_id, done=done, failed=failed, owner=self)

    def _take(self, kept: Kept) -> None:
        form, saver = self._form(), self._saver_now()
        self.record = kept.record
        self._problems = list(kept.checked.problems)
        form.set_values(kept.record.fields, skip=saver.unsaved() | frozenset(form.unread()))
        form.set_papers(kept.record.papers)
        self.viewer.set_papers(kept.record.papers)
        form.show_problems(self._problems)
        self._say_checks()
        self._show_record()

    def _submit(self) -> None:
        record_id = self._saver_now().record_id

        def done(outcomes: list[Outcome]) -> None:
            stopping = outcomes[0].problems
            if stopping:
                self._problems = stopping
                self._form().show_problems(stopping, asked=True)
                self._say_checks()
                self._go_to_first()
                return
            self.tasks.work(self.workspace.remember, PLACE, None, owner=self)
            announce(self, self.tr("已加入待传"))
            self.navigate("sync_now")
            self.navigate("detail", id=record_id)

        self.tasks.work(self.workspace.submit, [record_id], done=done, failed=self.fail, owner=self)

    # -------------------------------------------------------------------------------------------- places

    def _start_at(self, field: str) -> None:
        form = self._form()
        if field and form.focus_field(field):
            return
        order = form.gaps() or list(form.values())
        if order:
            form.focus_field(order[0])

    def _go_to_first(self) -> None:
        first = next((check for check in self.checks.checks() if check.state == "todo" and check.field), None)
        form = self._form()
        gaps = form.gaps()
        if gaps:
            self.go_to(gaps[0])
        elif first is not None:
            self.go_to(first.field)

    def _gap(self, *, back: bool) -> None:
        self._show_tab("form")
        if self._form().next_gap(back=back) is None:
            announce(self, self.tr("没有缺项"))

    def _go_to_section(self, name: str) -> None:
        form = self._form()
        self._show_tab("form")
        section = form.sections[name]
        section.set_open(True)
        inside = [field for field in form.gaps() if KINDS[self._kind].fields[field].section == name]
        names = inside or [
            field.name for field in KINDS[self._kind].fields.values() if field.section == name or not name
        ]  # fmt: skip
        next((field for field in names if form.focus_field(field)), None)

    def _on_focus(self, _name: str) -> None:
        self._place_timer.start()
        self._say_sections()

    def _keep_place(self) -> None:
        if self.isVisible() and self._saver is not None:
            self._saver.remember_place(self._form().place())

    def _ask_evidence(self, kind: str) -> None:
        self._show_tab("papers")
        self.viewer.go(kind)

    # ------------------------------------------------------------------------------------------- showing

    def _begin(self, kind: str, record_id: str | None) -> None:
        """A fresh form for a record."""
        self._kind = kind
        if self._saver is not None:
            self._saver.retire()
            if not self._saver.unsaved():
                self._saver.deleteLater()
        if self.form is not None:
            self.form.blockSignals(True)  # what it says while it goes is about the record before
            self.form.hide()
            self.form.setParent(None)
            self.form.deleteLater()
        self.form = RecordForm(kind, self.workspace)
        self.form.changed.connect(self._on_changed)
        self.form.left.connect(self._on_left)
        self.form.focused.connect(self._on_focus)
        self.form.evidence_asked.connect(self._ask_evidence)
        self.form.completed.connect(self._complete)
        self._splitter.insertWidget(1, self.form)
        self._saver = Autosave(self.workspace, self.tasks, kind, record_id, self._read, self)
        self._saver.started.connect(lambda: self._saved.setText(self.tr("正在保存…")))
        self._saver.kept.connect(partial(self._on_kept, self._saver))
        self._saver.failed.connect(partial(self._on_failed, self._saver))
        self._problems, self._left = [], 0
        self._saved.setText("")
        self._saved_icon.hide()
        self.notices.drop("error")
        titles = [(name, section.title) for name, section in self.form.sections.items()]
        self.progress.set_sections(titles)
        self.form.resectioned.connect(self._say_sections)
        self.viewer.set_papers([])
        self._wanted()
        self._spread()

    def _show_record(self) -> None:
        record, kind = self.record, KINDS[self._kind]
        lang = self.lang()
        workflow = record.workflow if record else None
        new = workflow in _NEW
        named = _TITLES.get(self._kind)
        words = named[0 if new else 1] if named else ("登记{kind}" if new else "修改{kind}")
        number = str(record.facts.get("number") or "") if record else ""
        sub = number or (self.tr("待编号（提交后由平台编号）") if kind.flow else "")
        self.set_title(self.tr(words).format(kind=language.label(kind)), sub)
        self._chip.set_state(*wording.sync_chip(record.sync_state if record else "local", lang))
        self._chip.setVisible(record is not None)
        closed = workflow in lifecycle.CLOSED
        self._form().set_read_only(closed)
        self.viewer.set_read_only(closed)
        self._details.setVisible(record is not None)
        self._draft.setVisible(not closed)
        self._submit_button.setVisible(not closed)
        if closed:
            state = wording.business(self._kind, workflow, record.stage if record else None, lang)[0]
            self.notices.say("info", self.tr("这条记录{state}，只能查看。").format(state=state), key="closed")
        else:
            self.notices.drop("closed")
        self._say_remarks(record)
        self._say_button()

    def _say_remarks(self, record: Record | None) -> None:
        remarks = record.facts.get("remarks") if record and record.workflow == "returned" else None
        first = remarks[0] if isinstance(remarks, list) and remarks and isinstance(remarks[0], dict) else None
        if first is None:
            self.notices.drop("returned")
            return
        field = KINDS[self._kind].fields.get(str(first.get("field") or ""))
        where = f"{language.label(field)}：" if field is not None else ""
        key = f"{where}{first.get('text') or ''}"
        if "returned" in self.notices.keys() and self.property("remark") == key:  # noqa: SIM118  a method, not a dict
            return
        self.setProperty("remark", key)
        name = field.name if field is not None else ""
        self.notices.say(
            "bad", self.tr("平台退回"), key, key="returned",
            action=self.tr("去修改") if name else "", call=(lambda: self.go_to(name)) if name else None,
        )  # fmt: skip

    def _say_sections(self) -> None:
        form = self.form
        if form is None:
            return
        current = form.current()
        filled, needed = form.progress()
        self.progress.set_figure(filled, needed)
        at = KINDS[self._kind].fields[current].section if current else None
        for name, section in form.sections.items():
            gaps = sum(1 for field in form.gaps() if KINDS[self._kind].fields[field].section == name or not name)
            note = self.tr("{count} 处待补").format(count=gaps) if gaps and section.state() == "warn" else ""
            self.progress.set_state(name, section.state(), note, current=name == at, shown=not section.isHidden())
        self._wanted()

    def _say_checks(self) -> None:
        form = self._form()
        unread: dict[str, Unread] = form.unread()
        live = [problem for problem in self._problems if not self._answered(problem)]
        finished = [
            section.title for section in form.sections.values() if section.state() == "done" and not section.isHidden()
        ]
        lines = checks_of(KINDS[self._kind], live, unread, finished)
        self.checks.set_checks(lines)
        self._left = sum(line.state == "todo" for line in lines)
        self._tabs.set_note("checks", str(self._left) if self._left else "", tone="amber")
        self._tabs.set_note("papers", str(len(self.record.papers)) if self.record and self.record.papers else "")
        self._say_button()
        self._say_sections()

    def _answered(self, problem: Problem) -> bool:
        """A "fill in" that was filled since the rules last spoke leaves the list at once."""
        if problem.code != "REQUIRED" or problem.field not in self._saver_now().unsaved():
            return False
        shown = self._form().field(str(problem.field))
        return shown is not None and shown.editor.value() is not None

    def _say_button(self) -> None:
        record = self.record
        if not self._submits():
            self._submit_button.setText(self.tr("完成") if record is None else self.tr("立即同步"))
            return
        last = next(iter(self.workspace.rounds(1)), None)
        offline = last is not None and last.error == Offline.code
        words = self.tr("加入待传") if offline else self.tr("提交到平台")
        if self._left:
            words = self.tr("{action} · 还差 {count} 项").format(action=words, count=self._left)
        self._submit_button.setText(words)

    def _submits(self) -> bool:
        workflow = self.record.workflow if self.record else ("draft" if KINDS[self._kind].flow else None)
        return workflow in ("draft", "returned")

    def _wanted(self) -> None:
        form = self._form()
        values = form.filled()
        fields = KINDS[self._kind].fields.values()
        self.viewer.set_wanted([one for one in fields if one.type == "evidence" and one.applies(values)])

    # --------------------------------------------------------------------------------------------- frame

    def _make_top(self) -> None:
        back = QToolButton()
        back.setProperty("role", "flat")
        back.setIcon(icon("corner-up-left", "text2", 18))
        back.setFixedSize(32, 32)
        back.setToolTip(self.tr("返回（Esc）"))
        back.setAccessibleName(self.tr("返回"))
        back.clicked.connect(lambda: self.navigate("back"))
        self.heading.setProperty("role", "subTitle")
        self._chip = Chip()
        self._saved_icon = IconLabel("circle-check", "green")
        self._saved = text("", "secondary")
        self._details = button(self.tr("查看详情"), icon_name="eye")
        self._details.clicked.connect(self._open_details)
        self._draft = button(self.tr("存草稿"))
        self._draft.clicked.connect(self.save)
        self._submit_button = button(self.tr("提交到平台"), "primary")
        self._submit_button.clicked.connect(self.primary)
        self._submit_button.setToolTip(self.tr("Ctrl+回车"))
        self.top.addWidget(back)
        self.top.addWidget(self.heading)
        self.top.addWidget(self.sub, 1)
        for widget in (self._chip, self._saved_icon, self._saved, self._details, self._draft, self._submit_button):
            self.top.addWidget(widget)
        self.top.setSpacing(10)

    def _make_body(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(12, 14, 12, 14)
        column.setSpacing(12)
        column.addWidget(self.progress)
        column.addWidget(self.checks)
        hint = self.tr("点任一项可跳到对应位置（F8 下一项）。检查在本机完成，断网也能用。")
        column.addWidget(text(hint, "meta", wrap=True))
        column.addStretch(1)
        area = scrolled(inner)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._left_pane = QFrame()
        self._left_pane.setProperty("role", "side")
        whole = QVBoxLayout(self._left_pane)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)
        self._left_pane.setMinimumWidth(200)
        self._tabs = Segments(self.tr("填写、检查、证明材料"))
        self._tabs.add("form", self.tr("填写"))
        self._tabs.add("checks", self.tr("检查"))
        self._tabs.add("papers", self.tr("证明材料"))
        self._tabs.chosen.connect(self._show_tab)
        self._tab_line = QWidget()
        line = QHBoxLayout(self._tab_line)
        line.setContentsMargins(20, 8, 20, 0)
        line.addWidget(self._tabs)
        line.addStretch(1)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setObjectName("editor")
        self._splitter.setHandleWidth(1)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self._left_pane)
        self._splitter.addWidget(self.viewer)
        self.body.addWidget(self._tab_line)
        self.body.addWidget(self._splitter, 1)

    def _spread(self) -> None:
        """Three panes side by side, or one at a time."""
        narrow = self.width() < TABS_BELOW
        self._tab_line.setVisible(narrow)
        self._draft.setVisible(not narrow and self._submit_button.isVisibleTo(self))
        panes: dict[str, QWidget | None] = {"checks": self._left_pane, "form": self.form, "papers": self.viewer}
        for name, pane in panes.items():
            if pane is not None:
                pane.setVisible(not narrow or self._tabs.current() == name)
        if not narrow and self._splitter.count() == 3:
            left = 228 if self.width() >= 1_300 else 204
            right = max(420, round(self.width() * 0.4))
            self._splitter.setSizes([left, max(self.width() - left - right, 380), right])
        for index, stretch in enumerate((0, 3, 2)):
            self._splitter.setStretchFactor(index, stretch)

    def _show_tab(self, name: str) -> None:
        if self.width() < TABS_BELOW:
            self._tabs.choose(name)
            self._spread()

    def _open_details(self) -> None:
        if self.record is not None:
            self.navigate("detail", id=self.record.id)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Panes or tabs."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._spread()

    def showEvent(self, event: QShowEvent) -> None:
        """Pictures pasted anywhere on the page become papers."""
        super().showEvent(event)
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self.viewer)

    def hideEvent(self, event: QHideEvent) -> None:
        """Leaving for another page forgets the place; closing the window keeps it for the next start."""
        super().hideEvent(event)
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self.viewer)
        self._place_timer.stop()
        if self.window().isVisible() and not event.spontaneous() and self._saver is not None:
            self._saver.when_safe(lambda: self.tasks.work(self.workspace.remember, PLACE, None, owner=self))

    def _form(self) -> RecordForm:
        if self.form is None:
            self._begin(self._kind, None)
        assert self.form is not None  # noqa: S101  made in the line before
        return self.form

    def _saver_now(self) -> Autosave:
        self._form()
        assert self._saver is not None  # noqa: S101  made with the form
        return self._saver
