"""The sync centre: one place for what is being sent, what waits, what needs a person and what happened.

Rounds are run by ``Rounds`` (the window's, given by ``follow``; one of the page's own where there is no window).
Numbers are honest: bytes and items the platform has confirmed; everything else is read beside the window.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop import wording
from desktop.pages.page import Navigate, Page, scrolled
from desktop.pages.rounds import Rounds
from desktop.pages.sync_figures import (
    BACKED_UP,
    Figures,
    Needed,
    Waiting,
    back_up,
    diagnose,
    duration,
    kinds_words,
    probe,
    read_figures,
    round_words,
)
from desktop.pages.sync_state import SyncState
from desktop.tasks import Tasks
from desktop.widgets import theme
from desktop.widgets.card import Card, ElidedLabel, button, clear, line, text
from desktop.widgets.chip import Badge, Chip
from desktop.widgets.icons import IconLabel
from sync.errors import Offline
from sync.records import RoundReport
from sync.workspace import Workspace

_ASIDE_BELOW = 940  # px of the page
SHOWN_PAPERS = 8
SHOWN_ROUNDS = 5
_CAN = ("登记、修改成果和需求，记走访", "扫描、核对公章和签字", "查本机台账、导出 Excel 和 PDF")


class _Entry(QFrame):
    """A line of a list: icon, two texts, something at the right."""

    def __init__(self, icon_name: str, tint: str, title: str, sub: str, *, middle: bool = False) -> None:
        super().__init__()
        self.setProperty("role", "plain")
        self.setMinimumHeight(theme.current().px(48))
        self.setAccessibleName(f"{title}，{sub}")
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(16, 4, 16, 4)
        self.row.setSpacing(10)
        self.row.addWidget(IconLabel(icon_name, tint, 18))
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(ElidedLabel(title, "", middle=middle))
        names.addWidget(ElidedLabel(sub, "meta"))
        self.row.addLayout(names, 1)

    def right(self, widget: QWidget, width: int = 0) -> None:
        """Adds something at the right end, ``width`` px wide."""
        if width:
            widget.setMinimumWidth(theme.current().px(width))
        self.row.addWidget(widget)


class SyncCentrePage(Page):
    """The page "sync"."""

    def __init__(self, workspace: Workspace, tasks: Tasks, navigate: Navigate) -> None:
        super().__init__(workspace, tasks, navigate)
        self.rounds: Rounds | None = None
        self.figures: Figures | None = None
        self._all_rounds = False
        self._reading = False
        self._network: tuple[str, str] | None = None  # (words, role) after a check
        self.top.addWidget(self.heading)
        self.top.addWidget(self.sub, 1)
        report = button(self.tr("导出诊断报告"), icon_name="file-text")
        report.setToolTip(self.tr("日志和环境情况，不含你填写的内容"))
        report.clicked.connect(self.ask_report)
        self.top.addWidget(report)
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
        rounds.ended.connect(self.refresh)

    def open(self, **where: Any) -> None:
        """The page is shown: everything anew."""
        self._find_rounds()
        self.refresh()

    def refresh(self) -> None:
        """Reads what waits and what happened, beside the window."""
        self._find_rounds()
        self._show_state()
        if not self._reading:
            self._reading = True
            self.tasks.work(read_figures, self.workspace, done=self._show, failed=self._not_read, owner=self)

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
            self._network = (self.tr("已连接"), "ok")
            self.notices.say("ok", self.tr("平台有回应。"), key="network", action=self.tr("现在重试"), call=self.start)
            self._show_connection()

        def failed(error: Exception) -> None:
            words, remedy, _code = wording.error(error, self.lang())
            self._network = (self.tr("连不上"), "bad")
            self.notices.say("warn", words, remedy, key="network")
            self._show_connection()

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
        self._show_needed(figures.needed)
        self._show_queue(figures)
        self._show_history(figures.rounds)
        self._show_here(figures)
        self._show_state()

    def _show_state(self) -> None:
        rounds = self._find_rounds()
        reports = self.figures.rounds if self.figures else []
        last = next((one.started_at for one in reports if not one.error), "")
        pending = self.figures.pending if self.figures else self.workspace.pending()
        self.state.show_rounds(rounds, pending, last, self.today())
        offline = isinstance(rounds.error, Offline) and not rounds.running
        self._can.setVisible(offline)
        who = self.workspace.identity
        host = who.server.split("//")[-1] if who else ""
        sub = self.tr("平台 {host}").format(host=host)
        if offline and pending.records:
            sub = self.tr("本机有 {count} 条内容尚未到平台").format(count=pending.records)
        self.set_title(self.tr("同步中心"), sub)
        self._queue.title.setText(self.tr("等待联网") if offline else self.tr("队列"))
        self._queue.set_note(
            self.tr("已传的部分不会重传") if offline else self.tr("先文字、后扫描件；断网后从断点续传")
        )
        self._show_running_paper()
        self._show_connection()

    def _show_needed(self, needed: list[Needed]) -> None:
        clear(self._needed.body)
        self._needed_badge.set_count(len(needed), "red")
        self._needed.setVisible(bool(needed))
        for one in needed:
            words, name, tint = wording.todo_chip(one.todo.what, self.lang())
            title = " · ".join(part for part in (one.todo.title, one.number) if part)
            why = one.todo.text or (wording.problem(one.todo.problem, self.lang()) if one.todo.problem else words)
            entry = _Entry(name, tint, title, why)
            entry.right(text(wording.stamp(one.todo.since, self.today(), self.lang()), "secondary"))
            entry.right(Chip(words, name, tint))
            go = button(wording.todo_button(one.todo.what, self.lang()), small=True)
            go.setAccessibleName(f"{go.text()}：{one.todo.title}")
            go.clicked.connect(partial(self._go_to, one))
            entry.right(go)
            self._needed.body.addWidget(line())
            self._needed.body.addWidget(entry)

    def _go_to(self, one: Needed, _checked: bool = False) -> None:
        if one.todo.what == "conflict":
            self.navigate("conflicts", id=one.todo.id)
        elif one.todo.what == "upload":
            self.navigate("editor", id=one.todo.id, field=one.todo.field)
        else:
            self.navigate("detail", id=one.todo.id)

    def _show_queue(self, figures: Figures) -> None:
        clear(self._queue.body)
        self._bars: dict[str, tuple[QProgressBar, Any, Waiting]] = {}
        self._queue.setVisible(bool(figures.papers or figures.kinds))
        size = wording.size(sum(one.paper.bytes - one.paper.offset for one in figures.papers))
        left = self.tr("剩 {files} 个扫描件 {size}").format(files=len(figures.papers), size=size)
        self._queue_left.setText(left if figures.papers else "")
        if figures.kinds:
            count = sum(figures.kinds.values())
            title = self.tr("{count} 条内容（{kinds}）").format(
                count=count, kinds=kinds_words(figures.kinds, self.lang())
            )
            sub = self.tr("最早：{title}").format(title=figures.first) if figures.first else ""
            entry = _Entry("clipboard-list", "text2", title, sub)
            entry.right(Chip(*wording.sync_chip("local", self.lang())))
            self._queue.body.addWidget(line())
            self._queue.body.addWidget(entry)
        for one in figures.papers[:SHOWN_PAPERS]:
            self._queue.body.addWidget(line())
            self._queue.body.addWidget(self._paper_entry(one))
        rest = figures.papers[SHOWN_PAPERS:]
        if rest:
            words = self.tr("还有 {count} 个扫描件 {size}").format(
                count=len(rest), size=wording.size(sum(one.paper.bytes - one.paper.offset for one in rest))
            )
            self._queue.body.addWidget(line())
            self._queue.body.addWidget(_padded(text(words, "meta")))
        if figures.text_there:
            words = self.tr("{count} 条记录的文字已到平台；扫描件到齐后，平台才开始审核。").format(
                count=figures.text_there
            )
            self._queue.body.addWidget(line())
            self._queue.body.addWidget(_padded(text(words, "meta", wrap=True)))

    def _paper_entry(self, one: Waiting) -> _Entry:
        paper = one.paper
        picture = paper.mime.startswith("image/")
        entry = _Entry("image" if picture else "file-text", "text2", paper.name, one.title, middle=True)
        amount = text(wording.size(paper.bytes), "secondary")
        entry.right(amount)
        bar = QProgressBar()
        bar.setTextVisible(False)
        bar.setFixedWidth(theme.current().px(112))
        bar.setRange(0, max(paper.bytes, 1))
        bar.setAccessibleName(self.tr("上传 {name}").format(name=paper.name))
        bar.hide()
        entry.right(bar)
        percent = paper.offset * 100 // max(paper.bytes, 1)
        if paper.state == "missing":
            chip = Chip(self.tr("不在本机"), "triangle-alert", "amber")
        elif paper.offset:
            amount.setText(f"{wording.size(paper.offset)} / {wording.size(paper.bytes)}")
            chip = Chip(self.tr("断在 {percent}%").format(percent=percent), "pause", "amber")
        else:
            chip = Chip(self.tr("排队中"), "clock", "grey")
        entry.right(chip)
        self._bars[paper.sha256] = (bar, (chip, amount), one)
        return entry

    def _show_running_paper(self) -> None:
        """The file that is being sent shows its bar instead of its chip."""
        now = self.rounds.progress if self.rounds is not None and self.rounds.running else None
        for sha256, (bar, (chip, _amount), _one) in getattr(self, "_bars", {}).items():
            here = now is not None and now.step == 4 and bool(now.file) and sha256.startswith(now.file)
            bar.setVisible(here)
            chip.setVisible(not here)
            if here and now is not None and now.bytes:
                whole = bar.maximum()
                bar.setValue(min(whole, round(whole * now.done_bytes / now.bytes)))

    def _show_history(self, reports: list[RoundReport]) -> None:
        clear(self._history.body)
        shown = reports if self._all_rounds else reports[:SHOWN_ROUNDS]
        self._more.setText(self.tr("收起") if self._all_rounds else self.tr("全部"))
        self._more.setVisible(len(reports) > SHOWN_ROUNDS)
        grid = QGridLayout()
        grid.setContentsMargins(16, 4, 16, 12)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(2, 1)
        for row, report in enumerate(shown):
            state, tone, words = round_words(report, self.lang())
            grid.addWidget(text(wording.stamp(report.started_at, self.today(), self.lang()), "secondary"), row, 0)
            offline = report.error == Offline.code
            icon_name = "check" if not report.error else "cloud-off" if offline else "pause"
            grid.addWidget(Chip(state, icon_name, "quiet-green" if tone == "green" else "amber"), row, 1)
            grid.addWidget(ElidedLabel(words, "small"), row, 2)
            grid.addWidget(text(duration(report.seconds, self.lang()), "meta"), row, 3)
        holder = QWidget()
        holder.setLayout(grid)
        self._history.body.addWidget(holder if shown else _padded(text(self.tr("还没有同步过"), "secondary")))

    def _show_here(self, figures: Figures) -> None:
        pending = figures.pending
        size, _space, unit = wording.size(pending.bytes).partition(" ")
        for label, words in zip(
            self._here_figures, (str(pending.records), str(len(figures.papers)), size), strict=True
        ):  # fmt: skip
            label.setText(words)
        self._here_unit.setText(unit)
        if pending.oldest:
            since = wording.since(pending.oldest, self.today(), self.lang())
            self._oldest.setText(self.tr("最早一条{since}。电脑损坏会丢失这些内容。").format(since=since))
        else:
            self._oldest.setText(self.tr("没有只在本机的内容。"))
        self._save_out.setVisible(bool(pending.records or pending.files))
        saved = self.workspace.recall(BACKED_UP)
        when = wording.stamp(str(saved), self.today(), self.lang()) if saved else ""
        self._last_out.setText(self.tr("上次备份：{when}").format(when=when) if when else "")
        self._last_out.setVisible(bool(when))

    def _show_connection(self) -> None:
        who, rounds = self.workspace.identity, self._find_rounds()
        reports = self.figures.rounds if self.figures else []
        good = next((one for one in reports if not one.error), None)
        if rounds.running:
            network = (self.tr("正在同步"), "ok")
        elif rounds.error is not None:
            network = self._network or (self.tr("连不上"), "bad")
        elif rounds.report is not None or (reports and not reports[0].error):
            network = (self.tr("已连接"), "ok")
        else:
            network = self._network or (self.tr("还没有联系过"), "secondary")
        last = wording.stamp(good.started_at, self.today(), self.lang()) if good else wording.NONE
        key = who.device.upper() if who else ""
        device = " ".join(key[n : n + 4] for n in range(0, min(len(key), 8), 4))
        rows = (
            (who.server.split("//")[-1] if who else wording.NONE, "small"), network,
            (" · ".join(part for part in (who.unit_name if who else "", device) if part), "small"),
            (self.tr("{when} 完成").format(when=last) if good else last, "small"),
        )  # fmt: skip
        for label, (words, role) in zip(self._facts, rows, strict=True):
            label.set_whole(words)
            theme.set_role(label, role)

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
        self._needed = Card(self.tr("需要你处理"), flush=True)
        self._needed_badge = Badge(0, "red")
        self._needed.head.insertWidget(1, self._needed_badge)
        self._queue = Card(self.tr("队列"), " ", flush=True)
        self._queue_left = text("", "secondary")
        self._queue.head.addWidget(self._queue_left)
        self._can = self._can_card()
        self._history = Card(self.tr("同步记录"), flush=True)
        self._more = button(self.tr("全部"), "link")
        self._more.clicked.connect(self._toggle_rounds)
        self._history.head.addWidget(self._more)
        for card in (self._needed, self._queue, self._can, self._history):
            card.body.setSpacing(0)
            left.addWidget(card)
        self._can.body.setSpacing(4)
        for card in (self._needed, self._queue, self._can):
            card.hide()
        left.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(12)
        right.addWidget(self._here_card())
        right.addWidget(self._connection_card())
        right.addWidget(self._way_card())
        right.addStretch(1)
        across.addLayout(left, 1)
        self._aside = QWidget()
        self._aside.setLayout(right)
        right.setContentsMargins(0, 0, 0, 0)
        across.addWidget(self._aside)
        self.body.addWidget(scrolled(inner), 1)

    def _can_card(self) -> Card:
        card = Card()
        row = QHBoxLayout()
        row.setSpacing(24)
        later = (
            self.tr("提交平台审核、取得平台编号"),
            self.tr("看到新的审核结果"),
            self.tr("全市查重（目前只查本机）"),
        )
        for title, items, name, tint in (
            (self.tr("现在可以"), [self.tr(words) for words in _CAN], "check", "green"),
            (self.tr("联网后才行"), list(later), "clock", "amber"),
        ):
            column = QVBoxLayout()
            column.setSpacing(6)
            column.addWidget(text(title, "cardTitle"))
            for words in items:
                pair = QHBoxLayout()
                pair.setSpacing(8)
                pair.addWidget(IconLabel(name, tint))
                pair.addWidget(text(words, "small", wrap=True), 1)
                column.addLayout(pair)
            row.addLayout(column, 1)
        card.body.addLayout(row)
        return card

    def _here_card(self) -> Card:
        card = Card(self.tr("只在这台电脑上"), icon_name="laptop", tint="amber")
        row = QHBoxLayout()
        row.setSpacing(18)
        self._here_figures = [text("0", "figure") for _ in range(3)]
        self._here_unit = text("MB", "meta")
        names = (self.tr("条内容"), self.tr("个扫描件"), self.tr("共计"))
        for place, (figure, name) in enumerate(zip(self._here_figures, names, strict=True)):
            column = QVBoxLayout()
            column.setSpacing(0)
            top = QHBoxLayout()
            top.setSpacing(2)
            top.addWidget(figure)
            if place == 2:
                top.addWidget(self._here_unit)
            top.addStretch(1)
            column.addLayout(top)
            column.addWidget(text(name, "meta"))
            row.addLayout(column)
        row.addStretch(1)
        card.body.addLayout(row)
        self._oldest = text("", "secondary", wrap=True)
        card.body.addWidget(self._oldest)
        self._save_out = button(self.tr("加密备份到 U 盘"), icon_name="usb", small=True)
        self._save_out.clicked.connect(self.ask_backup)
        line_ = QHBoxLayout()
        line_.addWidget(self._save_out)
        line_.addStretch(1)
        card.body.addLayout(line_)
        self._last_out = text("", "meta", wrap=True)
        card.body.addWidget(self._last_out)
        return card

    def _connection_card(self) -> Card:
        card = Card(self.tr("连接"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        self._facts = [ElidedLabel("", "small") for _ in range(4)]
        names = (self.tr("平台地址"), self.tr("网络"), self.tr("本机设备"), self.tr("上次同步"))
        for row, (name, label) in enumerate(zip(names, self._facts, strict=True)):
            grid.addWidget(text(name, "meta"), row, 0)
            grid.addWidget(label, row, 1)
        card.body.addLayout(grid)
        return card

    def _way_card(self) -> Card:
        card = Card(self.tr("同步方式"))
        words = self.tr("有网时自动同步；先文字、后扫描件。断网时照常填写，联网后自动续传。")
        card.body.addWidget(text(words, "secondary", wrap=True))
        change = button(self.tr("更改设置"), "link")
        change.clicked.connect(lambda: self.navigate("preferences"))
        row = QHBoxLayout()
        row.addWidget(change)
        row.addStretch(1)
        card.body.addLayout(row)
        return card

    def _toggle_rounds(self) -> None:
        self._all_rounds = not self._all_rounds
        if self.figures is not None:
            self._show_history(self.figures.rounds)


def _padded(widget: QWidget) -> QWidget:
    widget.setContentsMargins(16, 9, 16, 9)
    widget.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return widget
