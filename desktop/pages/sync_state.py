"""The first card of the sync centre: a round under way, offline, something that needs a person, or all is there.

Offline is normal: amber, with what still works and when the next try is. Must not start anything: it says
``start``, ``stop`` and ``check``.
"""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from desktop import wording
from desktop.pages.rounds import Rounds
from desktop.pages.sync_figures import left_words, speed_words
from desktop.widgets import language, theme
from desktop.widgets.card import Card, button, clear, text
from desktop.widgets.icons import IconLabel
from sync.errors import Offline
from sync.records import Pending, Progress

STEPS = ("取回平台更新", "自动合并", "上传记录", "上传扫描件")


class SyncState(Card):
    """Shows ``Rounds``; ``show_rounds`` is called with every change."""

    start = Signal()
    stop = Signal()
    check = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.body.setContentsMargins(16, 14, 16, 14)
        self.body.setSpacing(8)
        self._icon = IconLabel("cloud-upload", "accent", 22)
        self._head = text("", "cardTitle", wrap=True)
        self._more = text("", "secondary", wrap=True)
        self._check = button(self.tr("检查网络"), icon_name="network")
        self._check.clicked.connect(self.check)
        self._go = button(self.tr("立即同步"), "primary", "refresh-cw")
        self._go.clicked.connect(self.start)
        self._stop = button(self.tr("暂停"), icon_name="pause")
        self._stop.clicked.connect(self.stop)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self._head)
        words.addWidget(self._more)
        row.addLayout(words, 1)
        for made in (self._check, self._go, self._stop):
            row.addWidget(made)
        self.body.addLayout(row)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("同步进度"))
        self.body.addWidget(self._bar)
        self._steps = QHBoxLayout()
        self._steps.setSpacing(22)
        self.body.addLayout(self._steps)
        self._counts: dict[int, tuple[int, int]] = {}
        self._drawn: list[tuple[str, str]] = []

    def show_rounds(self, rounds: Rounds, pending: Pending, last_done: str, today: date) -> None:
        """Says where things stand; ``last_done`` is the instant of the last round that went through."""
        running = rounds.running
        self._bar.setVisible(running)
        self._stop.setVisible(running)
        self._go.setVisible(not running)
        offline = isinstance(rounds.error, Offline)
        self._check.setVisible(not running and offline)
        if running:
            self._show_progress(rounds.progress)
            return
        self._counts.clear()
        self._draw_steps([])
        lang = language.lang()
        self._go.setText(self.tr("现在重试") if rounds.error is not None else self.tr("立即同步"))
        if offline:
            self._show_offline(rounds, today)
        elif rounds.error is not None:
            words, remedy, _code = wording.error(rounds.error, lang)
            self._say("triangle-alert", "amber", "cardWarn", words, remedy)
        elif pending.records or pending.files:
            head = self.tr("{count} 条内容等待上传").format(count=pending.records)
            if pending.files:
                size = wording.size(pending.bytes)
                head = self.tr("{count} 条内容、{files} 个扫描件（{size}）等待上传").format(
                    count=pending.records, files=pending.files, size=size
                )
            self._say("cloud-upload", "amber", "card", head, self._when(rounds, last_done, today))
        elif last_done or rounds.report is not None:
            self._say("circle-check", "green", "card", self.tr("都已到平台"), self._when(rounds, last_done, today))
        else:  # nothing is green before the platform has answered
            more = self.tr("点“立即同步”，取回企业名录、任务和本单位的记录。")
            self._say("cloud-upload", "accent", "card", self.tr("还没有同步过"), more)

    def words(self) -> str:
        """The headline, for tests and screen readers."""
        return self._head.text()

    def _show_progress(self, now: Progress | None) -> None:
        lang = language.lang()
        if now is None:
            self._bar.setRange(0, 1)
            self._bar.setValue(0)
            self._say("cloud-upload", "accent", "card", self.tr("正在连接平台"), self.tr("可以继续填写，不影响同步。"))
            self._draw_steps([])
            return
        self._counts[now.step] = (now.done_items, now.items)
        name = self.tr(STEPS[now.step - 1])
        head = self.tr("正在同步：第 {step} 步，共 4 步 · {name}").format(step=now.step, name=name)
        parts: list[str] = []
        if now.step == 4 and now.bytes:
            done = self.tr("已传 {done} / {all}").format(done=wording.size(now.done_bytes), all=wording.size(now.bytes))
            parts = [done, speed_words(now.bytes_per_second), left_words(now, lang)]
            self._bar.setRange(0, 1000)
            self._bar.setValue(1000 * min(now.done_bytes, now.bytes) // now.bytes)
        else:
            parts = [self.tr("{done} / {all} 条").format(done=now.done_items, all=now.items)] if now.items else []
            self._bar.setRange(0, max(now.items, 1))
            self._bar.setValue(min(now.done_items, now.items))
        self._say("cloud-upload", "accent", "card", head, "　·　".join(part for part in parts if part))
        self._draw_steps([self._step(number, now.step) for number in range(1, 5)])

    def _step(self, number: int, current: int) -> tuple[str, str]:
        done, whole = self._counts.get(number, (0, 0))
        words = self.tr(STEPS[number - 1])
        if number < current:
            return "done", f"{words} {max(done, whole)}" if max(done, whole) else words
        if number == current:
            return "now", f"{words} {done} / {whole}" if whole else words
        return "later", words

    def _draw_steps(self, steps: list[tuple[str, str]]) -> None:
        if steps == self._drawn:
            return
        self._drawn = steps
        clear(self._steps)
        look = {
            "done": ("check", "green", "ok"),
            "now": ("arrow-up", "accent", "strong"),
            "later": ("circle", "text3", "secondary"),
        }
        for state, words in steps:
            name, tint, role = look[state]
            pair = QWidget()
            row = QHBoxLayout(pair)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(4)
            row.addWidget(IconLabel(name, tint, 14))
            row.addWidget(text(words, role))
            self._steps.addWidget(pair)
        if steps:
            self._steps.addStretch(1)

    def _show_offline(self, rounds: Rounds, today: date) -> None:
        since = wording.stamp(rounds.since.isoformat(), today, language.lang()) if rounds.since else ""
        head = self.tr("离线：连不上平台，从 {when} 起").format(when=since) if since else self.tr("离线：连不上平台")
        more = self.tr("可以照常登记、扫描、导出；内容已保存在本机，联网后自动上传。")
        left = rounds.seconds_left()
        if left is not None:
            more += self.tr("{seconds} 秒后再试。").format(seconds=left)
        self._say("cloud-off", "amber", "cardWarn", head, more)

    def _when(self, rounds: Rounds, last_done: str, today: date) -> str:
        parts = []
        if last_done:
            when = wording.stamp(last_done, today, language.lang())
            parts.append(self.tr("上次同步 {when}").format(when=when))
        left = rounds.seconds_left()
        if left is not None:
            parts.append(self.tr("{minutes} 分钟后自动同步").format(minutes=max(1, round(left / 60))))
        return "　·　".join(parts) or self.tr("有网时会自动同步。")

    def _say(self, icon_name: str, tint: str, role: str, head: str, more: str) -> None:
        self._icon.set_icon(icon_name, tint)
        theme.set_role(self, role)
        self._head.setText(head)
        self._more.setText(more)
        self._more.setVisible(bool(more))
        self.setAccessibleName(f"{head} {more}".strip())
