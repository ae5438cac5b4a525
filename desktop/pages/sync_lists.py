"""The lists of the sync centre as cards: what needs a person, what waits, what works offline, what happened.

They show figures they are given and say what was chosen. Must not read anything or start anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from desktop import wording
from desktop.pages.sync_figures import Figures, Needed, Waiting, duration, kinds_words, round_words
from desktop.widgets import language, theme
from desktop.widgets.card import Card, ElidedLabel, button, clear, line, text
from desktop.widgets.chip import Badge, Chip
from desktop.widgets.icons import IconLabel
from sync.errors import Offline
from sync.records import Progress, RoundReport

SHOWN_PAPERS = 8
SHOWN_ROUNDS = 5
_CAN = ("登记、修改成果和需求，记走访", "扫描、核对公章和签字", "查本机台账、导出 Excel 和 PDF")
_LATER = ("提交平台审核、取得平台编号", "看到新的审核结果", "全市查重（目前只查本机）")


class Entry(QFrame):
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


class NeededCard(Card):
    """What a person must do; hidden where there is nothing."""

    chosen = Signal(object)  # Needed

    def __init__(self) -> None:
        super().__init__("", flush=True)
        self.add_head(self.tr("需要你处理"))
        self._badge = Badge(0, "red")
        self.head.insertWidget(1, self._badge)
        self.body.setSpacing(0)
        self.hide()

    def show_needed(self, needed: Sequence[Needed], today: date) -> None:
        """Shows the list."""
        lang = language.lang()
        clear(self.body)
        self._badge.set_count(len(needed), "red")
        self.setVisible(bool(needed))
        for one in needed:
            words, name, tint = wording.todo_chip(one.todo.what, lang)
            title = " · ".join(part for part in (one.todo.title, one.number) if part)
            why = one.todo.text or (wording.problem(one.todo.problem, lang) if one.todo.problem else words)
            if one.todo.what == "conflict":
                why = self.tr("{count} 个字段平台与本机不同").format(count=one.count)
            entry = Entry(name, tint, title, why)
            entry.row.addWidget(text(wording.stamp(one.todo.since, today, lang), "secondary"))
            entry.row.addWidget(Chip(words, name, tint))
            go = button(wording.todo_button(one.todo.what, lang), small=True)
            go.setAccessibleName(f"{go.text()}：{one.todo.title}")
            go.clicked.connect(partial(self._choose, one))
            entry.row.addWidget(go)
            self.body.addWidget(line())
            self.body.addWidget(entry)

    def _choose(self, one: Needed, _checked: bool = False) -> None:
        self.chosen.emit(one)


class QueueCard(Card):
    """What waits: the records, then the scans, each with what the platform has of it."""

    def __init__(self) -> None:
        super().__init__("", flush=True)
        self.add_head(self.tr("队列"))
        self._left = text("", "secondary")
        self.head.addWidget(self._left)
        self.body.setSpacing(0)
        self.bars: dict[str, tuple[QProgressBar, Chip]] = {}
        self.hide()

    def set_offline(self, offline: bool) -> None:
        """Other words while the line is down."""
        self.title.setText(self.tr("等待联网") if offline else self.tr("队列"))
        note = self.tr("已传的部分不会重传") if offline else self.tr("先文字、后扫描件；断网后从断点续传")
        self.set_note(note)

    def show_queue(self, figures: Figures) -> None:
        """Shows what waits; hidden where nothing does."""
        clear(self.body)
        self.bars = {}
        papers = figures.papers
        self.setVisible(bool(papers or figures.kinds or figures.text_there))
        size = wording.size(sum(one.paper.bytes - one.paper.offset for one in papers))
        words = self.tr("剩 {files} 个扫描件 {size}").format(files=len(papers), size=size)
        self._left.setText(words if papers else "")
        if figures.kinds:
            self._add(self._records(figures))
        for one in papers[:SHOWN_PAPERS]:
            self._add(self._paper(one))
        rest = papers[SHOWN_PAPERS:]
        if rest:
            size = wording.size(sum(one.paper.bytes - one.paper.offset for one in rest))
            words = self.tr("还有 {count} 个扫描件 {size}").format(count=len(rest), size=size)
            self._add(padded(text(words, "meta")))
        if figures.text_there:
            words = self.tr("{count} 条记录的文字已到平台；扫描件到齐后，平台才开始审核。")
            self._add(padded(text(words.format(count=figures.text_there), "meta", wrap=True)))

    def show_running(self, now: Progress | None) -> None:
        """The scan that is being sent shows its bar instead of its chip."""
        for sha256, (bar, chip) in self.bars.items():
            here = now is not None and now.step == 4 and bool(now.file) and sha256.startswith(now.file)
            bar.setVisible(here)
            chip.setVisible(not here)
            if here and now is not None and now.bytes:
                bar.setValue(min(bar.maximum(), round(bar.maximum() * now.done_bytes / now.bytes)))

    def _add(self, widget: QWidget) -> None:
        self.body.addWidget(line())
        self.body.addWidget(widget)

    def _records(self, figures: Figures) -> Entry:
        lang = language.lang()
        count = sum(figures.kinds.values())
        title = self.tr("{count} 条内容（{kinds}）").format(count=count, kinds=kinds_words(figures.kinds, lang))
        sub = self.tr("最早：{title}").format(title=figures.first) if figures.first else ""
        entry = Entry("clipboard-list", "text2", title, sub)
        entry.row.addWidget(Chip(*wording.sync_chip("local", lang)))
        return entry

    def _paper(self, one: Waiting) -> Entry:
        paper = one.paper
        name = "image" if paper.mime.startswith("image/") else "file-text"
        entry = Entry(name, "text2", paper.name, one.title, middle=True)
        whole = wording.size(paper.bytes)
        entry.row.addWidget(text(f"{wording.size(paper.offset)} / {whole}" if paper.offset else whole, "secondary"))
        bar = QProgressBar()
        bar.setTextVisible(False)
        bar.setFixedWidth(theme.current().px(112))
        bar.setRange(0, max(paper.bytes, 1))
        bar.setAccessibleName(self.tr("上传 {name}").format(name=paper.name))
        bar.hide()
        if paper.state == "missing":
            chip = Chip(self.tr("不在本机"), "triangle-alert", "amber")
        elif paper.offset:
            percent = paper.offset * 100 // max(paper.bytes, 1)
            chip = Chip(self.tr("断在 {percent}%").format(percent=percent), "pause", "amber")
        else:
            chip = Chip(self.tr("排队中"), "clock", "grey")
        entry.row.addWidget(bar)
        entry.row.addWidget(chip)
        self.bars[paper.sha256] = (bar, chip)
        return entry


class CanCard(Card):
    """Offline: what works now, and what needs the line."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout()
        row.setSpacing(24)
        for title, items, name, tint in (
            (self.tr("现在可以"), _CAN, "check", "green"),
            (self.tr("联网后才行"), _LATER, "clock", "amber"),
        ):
            column = QVBoxLayout()
            column.setSpacing(6)
            column.addWidget(text(title, "cardTitle"))
            for words in items:
                pair = QHBoxLayout()
                pair.setSpacing(8)
                pair.addWidget(IconLabel(name, tint))
                pair.addWidget(text(self.tr(words), "small", wrap=True), 1)
                column.addLayout(pair)
            row.addLayout(column, 1)
        self.body.addLayout(row)
        self.hide()


class HistoryCard(Card):
    """The last rounds, newest first; five, or all."""

    def __init__(self) -> None:
        super().__init__("", flush=True)
        self.add_head(self.tr("同步记录"))
        self.more = button(self.tr("全部"), "link")
        self.more.clicked.connect(self._toggle)
        self.head.addWidget(self.more)
        self._all = False
        self._reports: Sequence[RoundReport] = ()
        self._today = date.min

    def show_rounds(self, reports: Sequence[RoundReport], today: date) -> None:
        """Shows the reports."""
        self._reports, self._today = reports, today
        clear(self.body)
        self.more.setText(self.tr("收起") if self._all else self.tr("全部"))
        self.more.setVisible(len(reports) > SHOWN_ROUNDS)
        shown = reports if self._all else reports[:SHOWN_ROUNDS]
        if not shown:
            self.body.addWidget(padded(text(self.tr("还没有同步过"), "secondary")))
            return
        holder, lang = QWidget(), language.lang()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 6)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(2, 1)
        for at, report in enumerate(shown):
            row = 2 * at + 1
            grid.addWidget(line(), row - 1, 0, 1, 4)
            state, tone, words = round_words(report, lang)
            icon_name = "check" if not report.error else "cloud-off" if report.error == Offline.code else "pause"
            when = text(wording.stamp(report.started_at, today, lang), "secondary")
            when.setContentsMargins(16, 2, 0, 2)
            grid.addWidget(when, row, 0)
            grid.addWidget(Chip(state, icon_name, "quiet-green" if tone == "green" else "amber"), row, 1)
            grid.addWidget(ElidedLabel(words, "small"), row, 2)
            took = text(duration(report.seconds, lang), "meta")
            took.setContentsMargins(0, 2, 16, 2)
            grid.addWidget(took, row, 3, Qt.AlignmentFlag.AlignRight)
        self.body.addWidget(holder)

    def _toggle(self) -> None:
        self._all = not self._all
        self.show_rounds(self._reports, self._today)


def padded(widget: QWidget) -> QWidget:
    """A line of a list that is only words."""
    widget.setContentsMargins(16, 9, 16, 9)
    widget.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return widget
