"""The right side of the sync centre: what is only on this computer, the connection, how it syncs.

Shows what it is given. Must not read anything or start anything.
"""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QVBoxLayout

from desktop import wording
from desktop.pages.rounds import Rounds
from desktop.pages.sync_figures import Figures
from desktop.settings import Settings
from desktop.widgets import language, theme
from desktop.widgets.card import Card, ElidedLabel, button, text
from sync.errors import Offline
from sync.records import Identity, RoundReport

USUAL_MINUTES, USUAL_LIMIT = 15, 300  # what a switch turns on


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
            self._oldest.setText(self.tr("最早一条 {since}。电脑损坏会丢失这些内容。").format(since=since))
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
        network = self._network(rounds, reports)
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


    def _network(self, rounds: Rounds, reports: list[RoundReport]) -> tuple[str, str]:
        """(words, role): what was heard last, of this sitting before what earlier rounds left."""
        if rounds.running:
            return self.tr("正在同步"), "ok"
        if self.answered is not None:
            return (self.tr("已连接"), "ok") if self.answered else (self.tr("连不上"), "warn")
        if isinstance(rounds.error, Offline):
            return self.tr("连不上"), "warn"
        if rounds.error is not None:
            return self.tr("平台有回应，同步没有完成"), "warn"
        if rounds.report is not None or (reports and not reports[0].error):
            return self.tr("已连接"), "ok"
        if reports:
            words = self.tr("上次连不上") if reports[0].error == Offline.code else self.tr("上次没有完成")
            return words, "warn"
        return self.tr("还没有联系过"), "secondary"


class WayCard(Card):
    """How it syncs: three switches, and the way to the settings for more. ``changed``: a setting's key and new value."""

    asked = Signal()
    changed = Signal(str, object)

    def __init__(self) -> None:
        super().__init__("")
        self.add_head(self.tr("同步方式"))
        self.by_itself, self.text_only, self.slowly = QCheckBox(), QCheckBox(self.tr("只传文字，先不传扫描件")), QCheckBox()
        self.by_itself.clicked.connect(lambda on: self.changed.emit("sync.minutes", USUAL_MINUTES if on else 0))
        self.text_only.clicked.connect(lambda on: self.changed.emit("sync.text_only", on))
        self.slowly.clicked.connect(lambda on: self.changed.emit("sync.limit", USUAL_LIMIT if on else 0))
        for one in (self.by_itself, self.text_only, self.slowly):
            self.body.addWidget(one)
        change = button(self.tr("更多设置"), "link")
        change.clicked.connect(self.asked)
        row = QHBoxLayout()
        row.addWidget(change)
        row.addStretch(1)
        self.body.addLayout(row)

    def show_settings(self, settings: Settings) -> None:
        """Shows what is in force."""
        minutes, limit = int(settings.get("sync.minutes")), int(settings.get("sync.limit"))
        self.by_itself.setText(self.tr("每 {n} 分钟自动同步").format(n=minutes or USUAL_MINUTES))
        self.slowly.setText(self.tr("上传限速 {n} KB/s").format(n=limit or USUAL_LIMIT))
        self.by_itself.setChecked(bool(minutes))
        self.text_only.setChecked(bool(settings.get("sync.text_only")))
        self.slowly.setChecked(bool(limit))
