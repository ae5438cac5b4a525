"""The right side of the sync centre: what is only on this computer, the connection, how it syncs.

Shows what it is given. Must not read anything or start anything.
"""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout

from desktop import wording
from desktop.pages.rounds import Rounds
from desktop.pages.sync_figures import Figures
from desktop.widgets import language, theme
from desktop.widgets.card import Card, ElidedLabel, button, text
from sync.records import Identity, RoundReport


class HereCard(Card):
    """What would be lost with this computer, and the way to keep it elsewhere."""

    asked = Signal()  # for a backup

    def __init__(self) -> None:
        super().__init__("")
        self.add_head(self.tr("只在这台电脑上"), icon_name="laptop", tint="amber")
        row = QHBoxLayout()
        row.setSpacing(18)
        self._figures = [text("0", "figure") for _ in range(3)]
        self._unit = text("MB", "meta")
        names = (self.tr("条内容"), self.tr("个扫描件"), self.tr("共计"))
        for place, (figure, name) in enumerate(zip(self._figures, names, strict=True)):
            column = QVBoxLayout()
            column.setSpacing(0)
            top = QHBoxLayout()
            top.setSpacing(2)
            top.addWidget(figure)
            if place == 2:
                top.addWidget(self._unit)
            top.addStretch(1)
            column.addLayout(top)
            column.addWidget(text(name, "meta"))
            row.addLayout(column)
        row.addStretch(1)
        self.body.addLayout(row)
        self._oldest = text("", "secondary", wrap=True)
        self.body.addWidget(self._oldest)
        self.save = button(self.tr("加密备份到 U 盘"), icon_name="usb", small=True)
        self.save.clicked.connect(self.asked)
        beside = QHBoxLayout()
        beside.addWidget(self.save)
        beside.addStretch(1)
        self.body.addLayout(beside)
        self._last = text("", "meta", wrap=True)
        self.body.addWidget(self._last)

    def show_figures(self, figures: Figures, backed_up: str, today: date) -> None:
        """Counts and bytes; ``backed_up`` is the instant of the last backup, "" for none."""
        lang, pending = language.lang(), figures.pending
        size, _space, unit = wording.size(pending.bytes).partition(" ")
        for label, words in zip(self._figures, (str(pending.records), str(pending.files), size), strict=True):
            label.setText(words)
        self._unit.setText(unit)
        if pending.oldest:
            since = wording.since(pending.oldest, today, lang)
            self._oldest.setText(self.tr("最早一条{since}。电脑损坏会丢失这些内容。").format(since=since))
        else:
            self._oldest.setText(self.tr("没有只在本机的内容。"))
        self.save.setVisible(bool(pending.records or pending.files))
        when = wording.stamp(backed_up, today, lang) if backed_up else ""
        self._last.setText(self.tr("上次备份：{when}").format(when=when) if when else "")
        self._last.setVisible(bool(when))


class ConnectionCard(Card):
    """Where this computer connects, how it stands, and which device it is to the platform."""

    def __init__(self) -> None:
        super().__init__("")
        self.add_head(self.tr("连接"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        self._facts = [ElidedLabel("", "small") for _ in range(4)]
        names = (self.tr("平台地址"), self.tr("网络"), self.tr("本机设备"), self.tr("上次同步"))
        for row, (name, label) in enumerate(zip(names, self._facts, strict=True)):
            grid.addWidget(text(name, "meta"), row, 0)
            grid.addWidget(label, row, 1)
        self.body.addLayout(grid)
        self.answered: bool | None = None  # what the last check of the network said

    def network(self) -> str:
        """What it says of the network."""
        return self._facts[1].whole()

    def show_connection(self, who: Identity | None, rounds: Rounds, reports: list[RoundReport], today: date) -> None:
        """Shows where things stand."""
        good = next((one for one in reports if not one.error), None)
        if rounds.running:
            network = (self.tr("正在同步"), "ok")
        elif rounds.error is not None or self.answered is not None:
            reached = bool(self.answered)
            network = (self.tr("已连接"), "ok") if reached else (self.tr("连不上"), "bad")
        elif rounds.report is not None or (reports and not reports[0].error):
            network = (self.tr("已连接"), "ok")
        else:
            network = (self.tr("还没有联系过"), "secondary")
        last = wording.stamp(good.started_at, today, language.lang()) if good else wording.NONE
        key = who.device.upper() if who else ""
        device = " ".join(key[place : place + 4] for place in range(0, min(len(key), 8), 4))
        rows = (
            (who.server.split("//")[-1] if who else wording.NONE, "small"),
            network,
            (" · ".join(part for part in (who.unit_name if who else "", device) if part), "small"),
            (self.tr("{when} 完成").format(when=last) if good else last, "small"),
        )
        for label, (words, role) in zip(self._facts, rows, strict=True):
            label.set_whole(words)
            theme.set_role(label, role)


class WayCard(Card):
    """How it syncs, and the way to the settings."""

    asked = Signal()

    def __init__(self) -> None:
        super().__init__("")
        self.add_head(self.tr("同步方式"))
        words = self.tr("有网时自动同步；先文字、后扫描件。断网时照常填写，联网后自动续传。")
        self.body.addWidget(text(words, "secondary", wrap=True))
        change = button(self.tr("更改设置"), "link")
        change.clicked.connect(self.asked)
        row = QHBoxLayout()
        row.addWidget(change)
        row.addStretch(1)
        self.body.addLayout(row)
