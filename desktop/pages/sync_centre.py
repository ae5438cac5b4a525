"""The sync centre: one place for what is being sent, what waits, what needs a person and what happened.

Rounds are run by ``Rounds`` (the window's, given by ``follow``; one of the page's own where there is no window).
Numbers are honest: bytes and items the platform has confirmed; everything else is read beside the window.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFileDialog,
    QVBoxLayout,
    QWidget,
)

from desktop import wording
from desktop.pages.page import Navigate, Page, scrolled
from desktop.pages.rounds import Rounds
from desktop.pages.sync_aside import ConnectionCard, HereCard, WayCard
from desktop.pages.sync_figures import (
    BACKED_UP,
    Figures,
    Needed,
    back_up,
    diagnose,
    probe,
    read_figures,
)
from desktop.pages.sync_lists import CanCard, HistoryCard, NeededCard, QueueCard
from desktop.pages.sync_state import SyncState
from desktop.settings import Settings
from desktop.tasks import Tasks
from desktop.widgets import theme
from desktop.widgets.card import button
from sync.errors import Offline
from sync.workspace import Workspace

_ASIDE_BELOW = 940  # px of the page


class SyncCentrePage(Page):
    """The page "sync"."""

    def __init__(self, workspace: Workspace, tasks: Tasks, navigate: Navigate) -> None:
        super().__init__(workspace, tasks, navigate)
        self.rounds: Rounds | None = None
        self.figures: Figures | None = None
        self._reading = False
        self.top.addWidget(self.heading)
        self.top.addWidget(self.sub, 1)
        report = button(self.tr("导出诊断报告"), icon_name="file-text")
        report.setToolTip(self.tr("日志和环境情况，不含你填写的内容"))
        report.clicked.connect(self.ask_report)
        self.add_tools(report)
        self.set_title(self.tr("同步中心"))
        self.state = SyncState()
        self.state.start.connect(self.start)
        self.state.stop.connect(self.pause)
        self.state.check.connect(self.check_network)
        self._make_body()
        self._tick = QTimer(self)
        self._tick.setInterval(1_000)
        self._tick.timeout.connect(self._show_state)

    def follow(self, rounds: Rounds) -> None:
        """Shows and drives these rounds from now on."""
        if self.rounds is rounds:
            return
        self.rounds = rounds
        rounds.changed.connect(self._show_state)
        rounds.ended.connect(self._over)

    def open(self, **where: Any) -> None:
        """The page is shown: everything anew."""
        self._find_rounds()
        self.refresh()

    def refresh(self) -> None:
        """Reads what waits and what happened, beside the window."""
        self._find_rounds()
        self._show_state()
        self.way.show_settings(Settings(self.workspace))
        if not self._reading:
            self._reading = True
            self.tasks.read(read_figures, self.workspace, done=self._show, failed=self._not_read, owner=self)

    def _over(self) -> None:
        """A round knows better than a check of the network before it."""
        self.connection.answered = None
        self.refresh()

    def start(self) -> None:
        """Begins a round."""
        self._find_rounds().start()

    def primary(self) -> None:
        """Ctrl+Enter."""
        self.start()

    def pause(self) -> None:
        """Ends the running round; what the platform confirmed is kept and not sent again."""
        self._find_rounds().stop()
        self.notices.say("info", self.tr("正在停下。"), self.tr("已传的部分不会重传。"), key="pause", seconds=10)

    def check_network(self) -> None:
        """Asks the platform whether it answers, and says what it said."""

        def done(_time: str) -> None:
            self.connection.answered = True
            self.notices.say("ok", self.tr("平台有回应。"), key="network", action=self.tr("现在重试"), call=self.start)
            self._show_state()

        def failed(error: Exception) -> None:
            words, remedy, _code = wording.error(error, self.lang())
            self.connection.answered = False
            self.notices.say("warn", words, remedy, key="network")
            self._show_state()

        self.tasks.sync(probe, self.workspace, done=done, failed=failed, owner=self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the right column stands below."""
        super().resizeEvent(event)
        narrow = self.width() < _ASIDE_BELOW
        direction = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        self._across.setDirection(direction)
        self._aside.setMaximumWidth(16_777_215 if narrow else theme.current().px(304))
        self._aside.setMinimumWidth(0 if narrow else theme.current().px(304))

    def ask_backup(self) -> None:
        """Asks where to, then saves what is only here."""
        name = f"liaison-{self.today().isoformat()}.rescue"
        self._ask_file(self.tr("加密备份到 U 盘"), name, self.backup)

    def backup(self, out: Path) -> None:
        """Saves everything the platform has not confirmed into one encrypted file."""

        def done(said: dict[str, Any]) -> None:
            words = self.tr("已备份 {records} 条、{files} 个扫描件（{size}）").format(
                records=said["records"], files=said["files"], size=wording.size(int(said["bytes"]))
            )
            more = self.tr("存在 {file}。本单位登记过的任何一台电脑都能读回。").format(file=out.name)
            self.notices.say("ok", words, more, key="backup")
            self.refresh()

        self.tasks.work(back_up, self.workspace, out, done=done, failed=self.fail, owner=self)

    def ask_report(self) -> None:
        """Asks where to, then writes the report."""
        name = f"liaison-report-{self.today().isoformat()}.zip"
        self._ask_file(self.tr("导出诊断报告"), name, self.report)

    def report(self, out: Path) -> None:
        """Writes logs and facts about this computer, nothing that was filled in."""

        def done(_said: object) -> None:
            more = self.tr("里面没有你填写的内容，可以发给中心。")
            self.notices.say("ok", self.tr("诊断报告已存到 {file}").format(file=out.name), more, key="report")

        self.notices.say("info", self.tr("正在收集，约需几秒。"), key="report")
        self.tasks.sync(diagnose, self.workspace.directory, out, done=done, failed=self.fail, owner=self)

    def _ask_file(self, title: str, name: str, call: Callable[[Path], None]) -> None:
        dialog = QFileDialog(self, title)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(name)
        dialog.fileSelected.connect(lambda chosen: call(Path(chosen)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def showEvent(self, event: QShowEvent) -> None:
        """Counts the seconds to the next try."""
        super().showEvent(event)
        self._tick.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """No more counting."""
        super().hideEvent(event)
        self._tick.stop()

    # ------------------------------------------------------------------------------------------- showing

    def _find_rounds(self) -> Rounds:
        if self.rounds is None:
            found = getattr(self.window(), "rounds", None)
            if not isinstance(found, Rounds):
                from desktop.operations import sync_now

                found = Rounds(self.workspace, self.tasks, sync_now, self)
            self.follow(found)
        assert self.rounds is not None  # noqa: S101  followed in the line before
        return self.rounds

    def _not_read(self, error: Exception) -> None:
        self._reading = False
        self.fail(error)

    def _show(self, figures: Figures) -> None:
        self._reading = False
        self.figures = figures
        for card in self._read_cards:
            card.show()
        self.needed.show_needed(figures.needed, self.today())
        self.queue.show_queue(figures)
        self.history.show_rounds(figures.rounds, self.today())
        self.here.show_figures(figures, str(self.workspace.recall(BACKED_UP) or ""), self.today())
        self._show_state()

    def _show_state(self) -> None:
        rounds = self._find_rounds()
        reports = self.figures.rounds if self.figures else []
        last = next((one.started_at for one in reports if not one.error), "")
        pending = self.figures.pending if self.figures else self.workspace.pending()
        self.state.show_rounds(rounds, pending, last, self.today())
        offline = isinstance(rounds.error, Offline) and not rounds.running
        self.can.setVisible(offline)
        who = self.workspace.identity
        host = who.server.split("//")[-1] if who else ""
        sub = self.tr("平台 {host}").format(host=host)
        if offline and pending.records:
            sub = self.tr("本机有 {count} 条内容尚未到平台").format(count=pending.records)
        self.set_title(self.tr("同步中心"), sub)
        self.queue.set_offline(offline)
        self.queue.show_running(rounds.progress if rounds.running else None)
        self.connection.show_connection(who, rounds, reports, self.today())

    def _set(self, key: str, value: object) -> None:
        def done(_none: object) -> None:
            told = getattr(self.window(), "setting_changed", None)
            if told is not None:
                told.emit(key, value)
            self.way.show_settings(Settings(self.workspace))

        self.tasks.work(Settings(self.workspace).set, key, value, done=done, failed=self.fail, owner=self)

    def _go_to(self, one: Needed) -> None:
        if one.todo.what == "conflict":
            self.navigate("conflicts", id=one.todo.id)
        elif one.todo.what == "upload":
            self.navigate("editor", id=one.todo.id, field=one.todo.field)
        else:
            self.navigate("detail", id=one.todo.id)

    # --------------------------------------------------------------------------------------------- frame

    def _make_body(self) -> None:
        inner = QWidget()
        self._across = QBoxLayout(QBoxLayout.Direction.LeftToRight, inner)
        across = self._across
        across.setContentsMargins(20, 14, 20, 14)
        across.setSpacing(14)
        left = QVBoxLayout()
        left.setSpacing(12)
        left.addWidget(self.state)
        self.needed, self.queue, self.can, self.history = NeededCard(), QueueCard(), CanCard(), HistoryCard()
        self.needed.chosen.connect(self._go_to)
        for card in (self.needed, self.queue, self.can, self.history):
            left.addWidget(card)
        left.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(12)
        self.here, self.connection, self.way = HereCard(), ConnectionCard(), WayCard()
        self.here.asked.connect(self.ask_backup)
        self.way.asked.connect(lambda: self.navigate("preferences"))
        self.way.changed.connect(self._set)
        for aside in (self.here, self.connection, self.way):
            right.addWidget(aside)
        self._read_cards: tuple[QWidget, ...] = (self.here, self.connection, self.history)
        for one in self._read_cards:
            one.hide()  # until it is known what stands there
        right.addStretch(1)
        across.addLayout(left, 1)
        self._aside = QWidget()
        self._aside.setLayout(right)
        right.setContentsMargins(0, 0, 0, 0)
        across.addWidget(self._aside)
        self.body.addWidget(scrolled(inner), 1)
