"""The cards of the progress page. Each shows the figures it is given; none reads or counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QProgressBar, QVBoxLayout

from desktop import wording
from desktop.pages.figures import Event, Figures
from desktop.widgets import language, theme
from desktop.widgets.card import Card, ElidedLabel, button, clear, line, text
from desktop.widgets.flow_layout import FlowLayout
from desktop.widgets.icons import IconLabel
from desktop.widgets.pace_chart import PaceChart
from desktop.widgets.quota_ring import QuotaRing
from desktop.widgets.swatch import Swatch
from sync.domain.kinds import KINDS
from sync.records import Pending


class TaskCard(Card):
    """The ring with its legend and how it stands against an even pace."""

    def __init__(self) -> None:
        super().__init__()
        self.add_head(self.tr("发现任务"))
        across = QHBoxLayout()
        across.setSpacing(18)
        self.ring = QuotaRing()
        across.addWidget(self.ring)
        legend = QGridLayout()
        legend.setHorizontalSpacing(8)
        legend.setVerticalSpacing(5)
        self._legend = {}
        rows = (
            ("counted", self.tr("已计入"), "full"),
            ("waiting", self.tr("待审核"), "dashed"),
            ("gap", self.tr("还差"), "empty"),
            ("pace", self.tr("今日进度线"), "stroke"),
        )
        for row, (key, words, look) in enumerate(rows):
            legend.addWidget(Swatch(look), row, 0)
            legend.addWidget(text(words, "secondary"), row, 1)
            self._legend[key] = text("", "strong")
            legend.addWidget(self._legend[key], row, 2, Qt.AlignmentFlag.AlignRight)
        legend.setColumnStretch(1, 1)
        holder = QVBoxLayout()
        holder.addStretch(1)
        holder.addLayout(legend)
        holder.addStretch(1)
        across.addLayout(holder, 1)
        self.body.addLayout(across)
        self.body.addStretch(1)
        self.body.addWidget(line())
        verdict = QHBoxLayout()
        verdict.setContentsMargins(0, 4, 0, 0)
        verdict.setSpacing(5)
        self._mark = IconLabel("triangle-alert", "amber", 16)
        self._verdict = text("", "warnStrong")
        verdict.addWidget(self._mark)
        verdict.addWidget(self._verdict, 1)
        self.body.addLayout(verdict)
        self._hope = text("", "secondary", wrap=True)
        self.body.addWidget(self._hope)

    def show_figures(self, figures: Figures, today: date, institute: bool) -> None:
        """Shows the year's task."""
        asked, counted, pace = figures.target, figures.counted, figures.pace(today)
        waiting = int(figures.quota["discovery"].get("in_review") or 0)
        self.set_note(self.tr("只计成果") if institute else self.tr("成果与需求合计"))
        running = 0 < figures.share(today) < 1
        self.ring.set_figures(asked, counted, waiting, pace if asked and running else None)
        gap = max(0.0, asked - counted)
        shown = {"counted": f"{counted:g}", "waiting": str(waiting), "gap": f"{gap:g}", "pace": str(pace)}
        for key, words in shown.items():
            self._legend[key].setText(words if asked or key in ("counted", "waiting") else wording.NONE)
        behind = bool(asked) and counted < pace
        self._verdict.setText(self._judge(asked, counted, pace, figures.year))
        theme.set_role(self._verdict, "warnStrong" if behind else "okStrong" if asked else "strong")
        name = "triangle-alert" if behind else "circle-check" if asked else "info"
        self._mark.set_icon(name, "amber" if behind else "green" if asked else "text2")
        hope = self.tr("{n} 项待审核若全部通过，则为 {sum} 项。").format(n=waiting, sum=f"{counted + waiting:g}")
        self._hope.setText(hope if waiting and not figures.quota.get("restored") else as_of(figures, today))

    def _judge(self, asked: int, counted: float, pace: int, year: int) -> str:
        if not asked:
            return self.tr("{year} 年任务还没下达").format(year=year)
        if counted >= asked:
            return self.tr("已完成全年任务")
        if counted < pace:
            return self.tr("比进度线少 {n} 项").format(n=f"{pace - counted:g}")
        if counted > pace:
            return self.tr("比进度线多 {n} 项").format(n=f"{counted - pace:g}")
        return self.tr("与进度线持平")


class CourseCard(Card):
    """The year's chart."""

    def __init__(self) -> None:
        super().__init__()
        self.add_head(self.tr("全年进度"))
        for look, words in (("line", self.tr("已计入")), ("dash", self.tr("匀速进度线"))):
            self.head.addWidget(Swatch(look))
            self.head.addWidget(text(words, "secondary"))
        self.chart = PaceChart()
        self._left = text("", "secondary")
        self.body.addWidget(self.chart, 1)
        self.body.addWidget(self._left)

    def show_figures(self, figures: Figures, today: date) -> None:
        """Shows the year and what is left of it."""
        self.chart.set_year(figures.year, figures.target, figures.days, today, figures.counted)
        days = (date(figures.year, 12, 31) - today).days if today.year == figures.year else 0
        gap = max(0.0, figures.target - figures.counted)
        if days > 0 and gap:
            words = self.tr("还剩 {days} 天、{gap} 项，约每 {n} 天 1 项。")
            self._left.setText(words.format(days=days, gap=f"{gap:g}", n=max(1, -int(-days // gap))))
        else:
            self._left.setText(as_of(figures, today))


class CountsCard(Card):
    """What counts, what does not yet, and the landing task below."""

    def __init__(self, rules: Callable[[], object]) -> None:
        super().__init__()
        self.add_head(self.tr("哪些算数"))
        link = button(self.tr("计数规则"), "link")
        link.clicked.connect(lambda: rules())
        self.head.addWidget(link)

    def show_figures(self, figures: Figures) -> None:
        """Shows the counts."""
        clear(self.body)
        said = figures.quota["discovery"]
        by_kind = " · ".join(f"{language.label(KINDS[kind])} {n}" for kind, n in figures.by_kind.items())
        rows = [
            ("circle-check", "green", self.tr("平台审核通过"), by_kind, f"{figures.counted:g}"),
            ("circle-dashed", "accent", self.tr("已提交，待平台审核"), "", str(said.get("in_review") or 0)),
            ("corner-up-left", "red", self.tr("被退回，暂不计"), "", str(said.get("returned") or 0)),
            ("pencil", "amber", self.tr("还没提交，暂不计"), "", str(said.get("unsent") or 0)),
        ]
        if said.get("duplicate"):
            rows.append(("git-compare", "text2", self.tr("重复，不计"), "", str(said["duplicate"])))
        for row in rows:
            self.body.addLayout(_figure_row(*row))
        self.body.addWidget(line())
        landing = figures.quota["landing"]
        counted, target = float(landing.get("counted") or 0), landing.get("target")
        figure = f"{counted:g} / {target}" if target else f"{counted:g}"
        note = self.tr("按 {year} 年年度通知") if target else self.tr("{year} 年任务还没下达")
        self.body.addLayout(
            _figure_row("handshake", "teal", self.tr("落地任务"), note.format(year=figures.year), figure)
        )
        if target:
            bar = QProgressBar()
            bar.setProperty("tone", "teal")
            bar.setTextVisible(False)
            bar.setMaximum(int(target))
            bar.setValue(min(int(counted), int(target)))
            bar.setAccessibleName(self.tr("落地任务：{figure}").format(figure=figure))
            holder = QHBoxLayout()
            holder.setContentsMargins(26, 0, 40, 0)
            holder.addWidget(bar)
            self.body.addLayout(holder)
        self.body.addStretch(1)


class HereCard(Card):
    """What is only on this laptop, and the two buttons that help."""

    def __init__(self, sync: Callable[[], object], centre: Callable[[], object]) -> None:
        super().__init__()
        self.add_head(self.tr("只在这台电脑上"), icon_name="laptop", tint="amber")
        self._waits = text("", "secondary", wrap=True)
        self.body.addWidget(self._waits)
        buttons = FlowLayout(gap=10)
        now = button(self.tr("立即同步"), "primary", "refresh-cw", small=True)
        now.clicked.connect(lambda: sync())
        keep = button(self.tr("加密备份"), "normal", "usb", small=True)
        keep.setToolTip(self.tr("到同步中心做加密备份"))
        keep.clicked.connect(lambda: centre())
        buttons.addWidget(now)
        buttons.addWidget(keep)
        self.body.addSpacing(4)
        self.body.addLayout(buttons)

    def show_pending(self, pending: Pending, today: date) -> None:
        """Shows what waits."""
        if not pending.records and not pending.files:
            self._waits.setText(self.tr("没有只在本机的内容。"))
            return
        parts = [self.tr("{n} 条记录").format(n=pending.records)]
        if pending.files:
            size = wording.size(pending.bytes)
            parts.append(self.tr("{n} 个扫描件 {size}").format(n=pending.files, size=size))
        what = self.tr("、").join(parts)
        if pending.oldest:
            since = wording.since(pending.oldest, today, language.lang())
            self._waits.setText(self.tr("{what} 尚未到平台，最早一条 {since}。").format(what=what, since=since))
        else:
            self._waits.setText(self.tr("{what} 尚未到平台。").format(what=what))


class RecentCard(Card):
    """What happened last."""

    def __init__(self) -> None:
        super().__init__()
        self.add_head(self.tr("最近动态"))

    def show_events(self, events: list[Event], today: date) -> None:
        """Shows the events."""
        clear(self.body)
        self.body.setSpacing(4)
        for one in events:
            tint = {"grey": "text2", "blue": "accent"}.get(one.tone, one.tone)
            holder = QFrame()
            holder.setProperty("role", "plain")
            row = QGridLayout(holder)
            row.setContentsMargins(0, 2, 0, 4)
            row.setHorizontalSpacing(10)
            row.setVerticalSpacing(0)
            row.addWidget(IconLabel(one.icon, tint, 16), 0, 0)
            row.addWidget(ElidedLabel(one.words, "small"), 0, 1)
            row.addWidget(text(wording.stamp(one.at, today, language.lang()), "meta"), 0, 2)
            row.addWidget(ElidedLabel(one.what, "meta"), 1, 1, 1, 2)
            row.setColumnStretch(1, 1)
            holder.setAccessibleName(f"{one.words} {one.what}")
            self.body.addWidget(holder)
        if not events:
            self.body.addWidget(text(self.tr("还没有登记"), "secondary"))
        self.body.addStretch(1)


def as_of(figures: Figures, today: date) -> str:
    """When the platform said these figures."""
    from PySide6.QtCore import QCoreApplication

    said = figures.quota.get("as_of")
    if not said:
        return QCoreApplication.translate("progress", "还没有同步过，数字来自本机。")
    when = wording.stamp(str(said), today, language.lang())
    before = figures.quota.get("restored")
    if before:
        was = f"{float(before.get('discovery') or figures.counted):g}"
        words = "截至 {when}。平台从备份恢复过，各单位的电脑正在补回，数字可能偏低；恢复前已计入 {n} 项。"
        return QCoreApplication.translate("progress", words).format(when=when, n=was)
    return QCoreApplication.translate("progress", "截至 {when}").format(when=when)


def _figure_row(icon_name: str, tint: str, words: str, note: str, figure: str) -> QGridLayout:
    row = QGridLayout()
    row.setContentsMargins(0, 5, 0, 5)
    row.setHorizontalSpacing(10)
    row.setVerticalSpacing(0)
    row.addWidget(IconLabel(icon_name, tint, 16), 0, 0)
    row.addWidget(text(words, "small"), 0, 1)
    row.addWidget(text(figure, "strong"), 0, 2, Qt.AlignmentFlag.AlignRight)
    if note:
        row.addWidget(text(note, "meta", wrap=True), 1, 1, 1, 2)
    row.setColumnStretch(1, 1)
    return row
