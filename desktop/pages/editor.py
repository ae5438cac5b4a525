"""A record being written: progress and checks at the left, the form, its papers at the right.

Saved while typing; leaving, closing or losing power costs at most the last keystrokes, and the next start comes back
to the same field. The main button is never dead: it says what is missing and goes there. In a narrow window the
three panes become tabs. What the rules say comes from the workspace, what stands where from the declaration.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QWidget

from desktop import wording
from desktop.pages.autosave import BEGUN, PLACE, Autosave, Kept, Typed, read_record, typed_key, was_offline
from desktop.pages.editor_checks import checks_of
from desktop.pages.editor_frame import EditorFrame
from desktop.pages.page import Navigate, entry_of
from desktop.pages.unsaved import Unsaved
from desktop.tasks import Tasks
from desktop.widgets.entry import Unread
from desktop.widgets.evidence_viewer import EvidenceViewer
from desktop.widgets.notice_bar import announce
from desktop.widgets.record_form import RecordForm
from sync.domain.kinds import KINDS
from sync.domain.problems import Problem
from sync.errors import Refused
from sync.intake import defaults
from sync.records import Paper
from sync.workspace import Outcome, Workspace

FINISH_SECONDS = 3.0
CHECKS_MS = 150


class EditorPage(EditorFrame):
    """``open(kind=…, values=…)`` begins a record, ``open(id=…, field=…)`` goes on with one at a field."""

    def __init__(self, workspace: Workspace, tasks: Tasks, navigate: Navigate) -> None:
        super().__init__(workspace, tasks, navigate, EvidenceViewer(workspace, tasks, self._with_id))
        self._saver: Autosave | None = None
        self._problems: list[Problem] = []
        self._finishing = False
        self._judging = False
        self._kept: Kept | None = None  # what is shown
        self.progress.asked.connect(self._go_to_section)
        self.checks.asked.connect(self.go_to)
        self.viewer.changed.connect(self.refresh)
        self.viewer.wanted.connect(self._bring)
        self._place_timer = QTimer(self)
        self._place_timer.setSingleShot(True)
        self._place_timer.setInterval(1_000)
        self._place_timer.timeout.connect(self._keep_place)
        self._checks_timer = QTimer(self)  # the list beside the form waits for a pause, the letters do not
        self._checks_timer.setSingleShot(True)
        self._checks_timer.setInterval(CHECKS_MS)
        self._checks_timer.timeout.connect(self._say_checks)
        self.unsaved = Unsaved(self, lambda: self._form().as_text())
        app = QApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.finish)

    # ---------------------------------------------------------------------------------------------- life

    def open(self, **where: Any) -> None:
        """A new record of ``kind`` (with ``values``), or the record ``id``, at ``field``."""
        record_id = where.get("id")
        self.offline = was_offline(self.workspace)
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
            self._saver_now().seen.update(form.set_values(self.record.fields))
            form.mark_filled()
            texts = self.workspace.recall(typed_key(self.record.id))
            kept = dict(texts) if isinstance(texts, dict) else {}
            self._saver_now().texts = dict(kept)
            begun = kept.pop(BEGUN, {})
            form.set_texts({str(name): str(words) for name, words in kept.items()})
            form.go_on(begun)
            self._judge(first=str(where.get("field") or ""))
        else:
            form.set_values({**defaults(KINDS[kind]), **(values if isinstance(values, Mapping) else {})})
            if values:
                self._saver_now().touch(*values)
            self._problems = self.workspace.problems(kind, form.filled())
            form.show_problems(self._problems)
            self._say_checks()
            QTimer.singleShot(0, form, lambda: self._start_at(str(where.get("field") or "")))
        self.show_record()

    def _bring(self, paper: Paper) -> None:
        """A paper that lies on the platform only is to come here."""
        from desktop import papers

        came = self.tasks.relay(partial(self.viewer.coming, paper), self.viewer)
        self.tasks.sync(
            papers.fetch, self.workspace, paper, came, done=lambda _: self.viewer.came(paper),
            failed=partial(self.viewer.stayed, paper), owner=self.viewer,
        )  # fmt: skip

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

    def when_saved(self, call: Callable[[], object]) -> None:
        """Saves what is pending, then calls; also where the save failed, which is said on the page."""
        self.leave()
        if self.tasks.idle():
            call()
        else:  # the lane works in order
            self.tasks.work(bool, done=lambda _: call(), owner=self)

    def finish(self) -> None:
        """The program ends: waits until everything typed is safe, a few seconds at most; Qt says when."""
        if self._saver is None or self._finishing:  # asked again while it waits
            return
        self._finishing = True
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
        self._finishing = False

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
        self._say_checks()
        if not self.submits():
            saver.when_safe(lambda: self.navigate("back" if self.record is None else "sync_now"))
            return
        if self.left or form.unread():
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
        self.show_tab("form")
        self._form().focus_field(field)
        declared = KINDS[self.kind].fields.get(field)
        if declared is not None and declared.type == "evidence" and self.record is not None:
            self._ask_evidence(field)

    # -------------------------------------------------------------------------------------------- saving

    def _with_id(self, call: Any) -> None:
        self._saver_now().with_id(call)

    def _read(self) -> Typed:
        form = self._form()
        texts = {name: unread.text for name, unread in form.unread().items()}
        return Typed(form.values(), texts, form.place(), form.begun())

    def _on_changed(self, name: str) -> None:
        self._saver_now().touch(name)
        self._checks_timer.start()

    def _on_left(self, _name: str) -> None:
        self._saver_now().save()

    def _on_kept(self, saver: Autosave, kept: Kept) -> None:
        self.unsaved.kept(saver)
        if saver is not self._saver:  # the record before, which is safe now
            if not saver.unsaved():
                saver.deleteLater()
            return
        self._saved_icon.show()
        clock = wording.clock(datetime.now(UTC).isoformat())
        self._saved.setText(self.tr("已自动保存 {clock}").format(clock=clock))
        self._take(kept)

    def _on_failed(self, saver: Autosave, error: Exception) -> None:
        self._saved.setText(self.tr("没有保存"))
        self._saved_icon.hide()
        self.unsaved.failed(saver, error, saver.save)
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
                if first is not None or kept != self._kept:  # what a save brought is shown already
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
        self._kept, self.record, self.offline = kept, kept.record, kept.offline
        self._problems = list(kept.checked.problems)
        with form.at_once():
            saver.seen.update(form.set_values(kept.record.fields, skip=saver.unsaved() | frozenset(form.unread())))
            form.set_papers(kept.record.papers)
            form.show_problems(self._problems)
        self.viewer.set_papers(kept.record.papers)
        self._say_checks()
        self.show_record()

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
        self.show_tab("form")
        if self._form().next_gap(back=back) is None:
            announce(self, self.tr("没有缺项"))

    def _go_to_section(self, name: str) -> None:
        form = self._form()
        self.show_tab("form")
        section = form.sections[name]
        section.set_open(True)
        inside = [field for field in form.gaps() if KINDS[self.kind].fields[field].section == name]
        names = inside or [
            field.name for field in KINDS[self.kind].fields.values() if field.section == name or not name
        ]  # fmt: skip
        next((field for field in names if form.focus_field(field)), None)

    def _on_focus(self, _name: str) -> None:
        self._place_timer.start()
        self.say_sections()

    def _keep_place(self) -> None:
        if self.isVisible() and self._saver is not None:
            self._saver.remember_place(self._form().place())

    def _ask_evidence(self, kind: str) -> None:
        self.show_tab("papers")
        self.viewer.go(kind)

    # ------------------------------------------------------------------------------------------- showing

    def _begin(self, kind: str, record_id: str | None) -> None:
        """A fresh form for a record."""
        fresh = RecordForm(kind, self.workspace)  # first: where it cannot be made, the one there stays whole
        self.kind, self.key = kind, entry_of(kind)
        if self._saver is not None:
            self._saver.retire()
            if not self._saver.unsaved():
                self._saver.deleteLater()
        if self.form is not None:
            self.form.blockSignals(True)  # what it says while it goes is about the record before
            self.form.hide()
            self.form.setParent(None)
            self.form.deleteLater()
        self.form = fresh
        self.form.changed.connect(self._on_changed)
        self.form.left.connect(self._on_left)
        self.form.focused.connect(self._on_focus)
        self.form.evidence_asked.connect(self._ask_evidence)
        self.form.completed.connect(self._complete)
        self._splitter.insertWidget(1, self.form)
        self._left_area.verticalScrollBar().setValue(0)
        self._saver = Autosave(self.workspace, self.tasks, kind, record_id, self._read, self)
        self._saver.started.connect(lambda: self._saved.setText(self.tr("正在保存…")))
        self._saver.kept.connect(partial(self._on_kept, self._saver))
        self._saver.failed.connect(partial(self._on_failed, self._saver))
        self._problems, self.left, self._kept = [], 0, None
        self._saved.setText("")
        self._saved_icon.hide()
        self.notices.drop("error")
        titles = [(name, section.title) for name, section in self.form.sections.items()]
        self.progress.set_sections(titles)
        self.form.resectioned.connect(self.say_sections)
        self.viewer.set_papers([])
        self.say_wanted()
        self.spread()

    def _say_checks(self) -> None:
        form = self._form()
        unread: dict[str, Unread] = form.unread()
        live = [problem for problem in self._problems if not self._answered(problem)]
        finished = [
            section.title for section in form.sections.values() if section.state() == "done" and not section.isHidden()
        ]
        lines = checks_of(KINDS[self.kind], live, unread, finished)
        self.checks.set_checks(lines)
        self.left = sum(line.state == "todo" for line in lines)
        self._tabs.set_note("checks", str(self.left) if self.left else "", tone="amber")
        self._tabs.set_note("papers", str(len(self.record.papers)) if self.record and self.record.papers else "")
        self.say_button()
        self.say_sections()

    def _answered(self, problem: Problem) -> bool:
        """A "fill in" that was filled since the rules last spoke leaves the list at once."""
        if problem.code != "REQUIRED" or problem.field not in self._saver_now().unsaved():
            return False
        shown = self._form().field(str(problem.field))
        return shown is not None and shown.editor.value() is not None

    # -------------------------------------------------------------------------------------------- inside

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
            self._begin(self.kind, None)
        assert self.form is not None  # noqa: S101  made in the line before
        return self.form

    def _saver_now(self) -> Autosave:
        self._form()
        assert self._saver is not None  # noqa: S101  made with the form
        return self._saver
