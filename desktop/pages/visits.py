"""Visits: a quick entry, the visits by week with what came of them, who is due, and who was not visited for long.

Everything is read beside the window; what was shown stays until the answer comes. Must not judge anything itself.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop import wording
from desktop.pages.page import Navigate, Page, scrolled
from desktop.pages.unsaved import Unsaved
from desktop.pages.visit_entry import VisitEntry, Written, save_visit
from desktop.pages.visit_line import VisitLine
from desktop.pages.visit_reading import Visit, Visits, read_visits
from desktop.tasks import Tasks
from desktop.widgets.card import Card, ElidedLabel, button, clear, line, text
from desktop.widgets.chip import Badge
from desktop.widgets.month_bars import MonthBars
from desktop.widgets.search_field import SearchField
from desktop.widgets.segments import Segments
from sync.errors import Failure
from sync.workspace import Workspace

SHOWN = 40
NARROW = 1_000
SIDE = 300
DUE_SHOWN, NAMES_SHOWN = 5, 12


class VisitsPage(Page):
    """``open(follow=id)`` answers a follow-up, ``open(org=id, find=id)`` begins for a company."""

    def __init__(self, workspace: Workspace, tasks: Tasks, navigate: Navigate) -> None:
        super().__init__(workspace, tasks, navigate)
        self.set_title(self.tr("走访"))
        self._visits: Visits | None = None
        self._most = SHOWN
        self._names = False
        self.search = SearchField(self.tr("搜走访纪要"), "Ctrl F")
        self.search.searched.connect(lambda _words: self.refresh())
        self.by = Segments(self.tr("分组"))
        self.by.add("week", self.tr("按周看"))
        self.by.add("month", self.tr("按月看"))
        self.by.chosen.connect(lambda _key: self._show_list())
        self.top.addWidget(self.heading)
        self.top.addWidget(self.sub, 1)
        self.add_tools(self.search, self.by)
        self.entry = VisitEntry(workspace, tasks)
        self.entry.save.connect(self._save)
        self.unsaved = Unsaved(self, self.entry.as_text)
        self.entry.failed.connect(lambda error: self.unsaved.failed(self.entry, error, self.entry.keep))
        self.entry.kept.connect(lambda: self.unsaved.kept(self.entry))
        self.entry.lacks.connect(lambda words: self.notices.say("warn", words, key="lacks"))
        self.times = QVBoxLayout()
        self.times.setSpacing(0)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(20, 14, 8, 14)
        column.setSpacing(14)
        column.addWidget(self.entry)
        column.addLayout(self.times)
        column.addStretch(1)
        self._column = column
        self.area = scrolled(inner)
        self._make_side()
        across = QHBoxLayout()
        across.setSpacing(6)
        across.addWidget(self.area, 1)
        across.addWidget(self.side_area)
        self.body.addLayout(across, 1)

    def _make_side(self) -> None:
        self.year_card = Card()
        self.year_card.add_head(self.tr("今年走访"))
        self._unit = text("", "secondary")
        self.bars = MonthBars()
        self._ratio = text("", "secondary", wrap=True)
        for one in (self._unit, self.bars, self._ratio):
            self.year_card.body.addWidget(one)
        self.due_card = Card()
        self.due_card.add_head(self.tr("该回访了"))
        self._due_badge = Badge(0, "amber")
        self.due_card.head.insertWidget(1, self._due_badge)
        self.long_card = Card()
        self.long_card.add_head(self.tr("超过 90 天没走访"))
        self.side = QWidget()
        column = QVBoxLayout(self.side)
        column.setContentsMargins(0, 14, 20, 14)
        column.setSpacing(12)
        for card in (self.year_card, self.due_card, self.long_card):
            column.addWidget(card)
        column.addStretch(1)
        self.side_area = scrolled(self.side)
        self.side_area.setFixedWidth(SIDE + 30)

    # -- life ------------------------------------------------------------------------------------------------

    def open(self, **where: Any) -> None:
        """Begins what the way here said."""
        follow = str(where.get("follow") or "")
        if follow:
            record = self.workspace.get(follow)
            self.entry.begin(org=str(record.fields.get("org") or ""), follows=follow)
            for find in record.fields.get("finds") or ():
                self.entry.begin(org=str(record.fields.get("org") or ""), follows=follow, find=str(find))
                break
        elif where.get("go_on"):
            self.entry.go_on()
        elif where.get("org") or where.get("find"):
            self.entry.begin(org=str(where.get("org") or ""), find=str(where.get("find") or ""))
        self.refresh()

    def leave(self) -> None:
        """Keeps what is typed."""
        self.entry.keep(here=False)

    def refresh(self) -> None:
        """Reads again."""
        day = self.today()
        asked = (self.workspace, day.year, self.search.text().strip(), day, self._most)
        self.tasks.read(read_visits, *asked, done=self._came, failed=self.fail, owner=self)

    def find_here(self) -> None:
        """Ctrl+F."""
        self.search.setFocus()

    def save(self) -> None:
        """Ctrl+S: saves the visit being written."""
        self.entry.finish("")

    def primary(self) -> None:
        """Ctrl+Enter: saves and goes on."""
        self.entry.primary()

    def panes(self) -> list[QWidget]:
        """What F6 goes round."""
        return [self.entry, self.area, self.side_area]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the figures leave; the list stays."""
        super().resizeEvent(event)
        self.side_area.setVisible(self.width() >= NARROW)

    # -- showing ---------------------------------------------------------------------------------------------

    def _came(self, visits: Visits) -> None:
        if visits.asked != (self.today().year, self.search.text().strip()) or visits == self._visits:
            return
        self._visits = visits
        total = sum(visits.months)
        words = self.tr("{year} 年 {n} 次 · {orgs} 家企业")
        self.set_title(self.tr("走访"), words.format(year=visits.asked[0], n=total, orgs=visits.organisations))
        self._show_list()
        self._show_year(visits, total)
        self._show_due(visits)
        self._show_long_ago(visits)

    def _show_list(self) -> None:
        visits, place = self._visits, self.area.verticalScrollBar().value()
        if visits is None:
            return
        clear(self.times)
        last = ""
        groups: dict[str, list[Visit]] = {}
        for one in visits.visits:
            groups.setdefault(self._group(one.day), []).append(one)
        for words, ones in groups.items():
            self.times.addWidget(self._heading(words, len(ones), first=not last))
            last = words
            for at, one in enumerate(ones):
                self.times.addWidget(VisitLine(one, self.today(), self.navigate, last=at == len(ones) - 1))
        if not visits.visits:
            words = self.tr("没有符合条件的") if visits.asked[1] else self.tr("还没有走访")
            self.times.addWidget(text(words, "strong"))
            if not visits.asked[1]:
                self.times.addWidget(text(self.tr("在上面写下企业和要点，一分钟就能记好；断网也能记。"), "secondary"))
        if visits.total > len(visits.visits):
            more = button(self.tr("再列 {n} 次").format(n=min(SHOWN, visits.total - len(visits.visits))), "link")
            more.clicked.connect(self._more)
            self.times.addWidget(more)
        self.area.verticalScrollBar().setValue(place)

    def _more(self) -> None:
        self._most += SHOWN
        self.refresh()

    def _group(self, day: date) -> str:
        lang, now = self.lang(), self.today()
        if self.by.current() == "month":
            return self.tr("{year} 年 {month} 月").format(year=day.year, month=day.month)
        first = day - timedelta(days=day.weekday())
        span = f"{wording.day(first, now, lang)}—{wording.day(first + timedelta(days=6), now, lang)}"
        weeks = ((now - timedelta(days=now.weekday())) - first).days // 7
        name = {0: self.tr("本周"), 1: self.tr("上周"), -1: self.tr("下周")}.get(weeks, "")
        return f"{name}　{span}" if name else span

    def _heading(self, words: str, count: int, *, first: bool) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0 if first else 6, 0, 8)
        row.setSpacing(12)
        row.addWidget(text(words, "strong"))
        row.addWidget(text(self.tr("{n} 次").format(n=count), "secondary"))
        row.addStretch(1)
        return holder

    def _show_year(self, visits: Visits, total: int) -> None:
        month = self.today().month
        self.year_card.title.setText(self.tr("今年走访 {n} 次").format(n=total))
        words = self.tr("单位：次／月，本月 {n} 次（截至今天）").format(n=visits.months[month - 1])
        self._unit.setText(words)
        self.bars.set_counts(visits.months, month)
        self._ratio.setVisible(bool(visits.counted and total))
        if visits.counted:
            words = self.tr("每 {n} 次走访得到 1 条已计入的记录")
            if total < visits.counted:  # "each half a visit" is nothing anybody says
                words = self.tr("走访 {total} 次，已计入 {counted} 条记录")
            each = words.format(n=f"{total / visits.counted:.1f}", total=total, counted=f"{visits.counted:g}")
            self._ratio.setText(each)

    def _show_due(self, visits: Visits) -> None:
        clear(self.due_card.body)
        self._due_badge.set_count(len(visits.due), "amber")
        for at, (row, day) in enumerate(visits.due[:DUE_SHOWN]):
            if at:
                self.due_card.body.addWidget(line())
            words, urgent = wording.due(day, self.today(), self.lang())
            head = QHBoxLayout()
            head.addWidget(ElidedLabel(row.subtitle or row.title, "small"), 1)
            head.addWidget(text(words, "error" if urgent else "meta"))
            self.due_card.body.addLayout(head)
            found = date.fromisoformat(day[:10])
            said = f"{wording.day(found, self.today(), self.lang())} {wording.weekday(found, self.lang())}"
            below = QHBoxLayout()
            next_step = str(row.fields.get("next_step") or "")
            below.addWidget(ElidedLabel(" · ".join(part for part in (said, next_step) if part), "meta"), 1)
            go = button(self.tr("记走访"), "link")
            go.setAccessibleName(f"{go.text()} {row.subtitle}")
            go.clicked.connect(lambda _checked=False, visit=row.id: self.open(follow=visit))
            below.addWidget(go)
            self.due_card.body.addLayout(below)
        if not visits.due:
            self.due_card.body.addWidget(text(self.tr("没有约好的回访"), "secondary"))

    def _show_long_ago(self, visits: Visits) -> None:
        clear(self.long_card.body)
        count = len(visits.long_ago)
        words = self.tr("{n} 家企业在库但没有新走访。").format(n=count) if count else self.tr("没有，都走访过。")
        self.long_card.body.addWidget(text(words, "secondary", wrap=True))
        if not count:
            return
        if self._names:
            for row in visits.long_ago[:NAMES_SHOWN]:
                go = button(row.title, "link")
                go.setToolTip(self.tr("记走访"))
                go.clicked.connect(lambda _checked=False, org=row.id: self.open(org=org))
                self.long_card.body.addWidget(go, 0, Qt.AlignmentFlag.AlignLeft)
        more = button(self.tr("收起名单") if self._names else self.tr("看名单 →"), "link")
        more.clicked.connect(self._toggle_names)
        self.long_card.body.addWidget(more, 0, Qt.AlignmentFlag.AlignLeft)

    def _toggle_names(self) -> None:
        self._names = not self._names
        if self._visits is not None:
            self._show_long_ago(self._visits)

    # -- doing -----------------------------------------------------------------------------------------------

    def _save(self, written: Written) -> None:
        def done(saved: tuple[str, list[Failure]]) -> None:
            visit, bad = saved
            self.entry.saved(well=True)
            self.unsaved.kept(self.entry)
            self.notices.drop("lacks")
            for number, failure in enumerate(bad):
                words, remedy, _code = wording.error(failure, self.lang())
                self.notices.say("bad", words, remedy, key=f"photo {number}")
            self._saved(visit, written)

        def failed(error: Exception) -> None:
            self.entry.saved(well=False)
            self.fail(error)

        self.tasks.work(save_visit, self.workspace, written, done=done, failed=failed, owner=self)

    def _saved(self, visit: str, written: Written) -> None:
        if written.then in ("demand", "achievement"):
            owner = "org" if written.then == "demand" else "owner_org"
            org = self.workspace.get(visit).fields.get("org")
            self.navigate("editor", kind=written.then, values={owner: org, "visit_id": visit, "source_channel": "走访"}
                          if written.then == "achievement" else {owner: org, "visit_id": visit})  # fmt: skip
            return
        self.notices.say(
            "ok", self.tr("走访已存在本机"), self.tr("补齐目的、接待人等就能提交。"), key="saved",
            action=self.tr("补齐"), call=lambda: self.navigate("editor", id=visit),
        )  # fmt: skip
        self.refresh()
