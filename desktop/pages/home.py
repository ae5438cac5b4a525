"""My progress: the year's task, the line of an even pace, what counts and what does not yet, and what to do now.

Figures come from the workspace as the platform last said them; counted, waiting and only-here are shown apart and no
forecast is drawn as fact. Everything is read beside the window. Must not count anything itself.
"""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QScrollArea, QWidget

from desktop.pages.figures import TODO_SHOWN, Figures, read_figures
from desktop.pages.page import Navigate, Page, scrolled
from desktop.pages.progress_cards import CountsCard, CourseCard, HereCard, RecentCard, TaskCard
from desktop.pages.todo import TodoLine, empty, go
from desktop.tasks import Tasks
from desktop.widgets import language, theme
from desktop.widgets.card import Card, button, clear, line, text
from desktop.widgets.search_field import KeyButton
from desktop.widgets.segments import Segments
from sync.domain.kinds import KINDS
from sync.domain.parameters import DEFAULTS
from sync.workspace import Workspace

ANY_WIDTH = 16_777_215  # Qt's own limit
WIDE, ROOMY = 1100, 1230  # of the page: three columns from WIDE, the wider ones from ROOMY


class HomePage(Page):
    """The page."""

    def __init__(self, workspace: Workspace, tasks: Tasks, navigate: Navigate) -> None:
        super().__init__(workspace, tasks, navigate)
        self._year = self.today().year
        self._around = (self._year - 1, self._year, self._year + 1)
        self._figures: Figures | None = None
        self._known: dict[int, tuple[float, int | None]] = {}  # other years change with a round only
        self.set_title(self.tr("我的进度"))
        self.years = Segments(self.tr("年度"))
        for year in self._around:
            self.years.add(str(year), str(year))
        self.years.choose(str(self._year))
        self.years.chosen.connect(self._other_year)
        self.search_button = KeyButton(self.tr("搜索企业、项目、编号"), "Ctrl K", "search", "search")
        self.search_button.clicked.connect(lambda: navigate("search"))
        self.new_button = KeyButton(self.tr("新建登记"), "Ctrl N", "plus")
        self.new_button.clicked.connect(lambda: navigate("new"))
        self.top.addWidget(self.heading)
        self.top.addWidget(self.years)
        self.top.addStretch(1)
        self.add_tools(self.search_button, self.new_button)
        self.task, self.course, self.counts = TaskCard(), CourseCard(), CountsCard(self._rules)
        self.now = Card(self.tr("现在要办"), self.tr("先列临期、再列影响计数的"), flush=True)
        self._all = button("", "link")
        self._all.clicked.connect(lambda: self.navigate("todo"))
        self.now.head.addWidget(self._all)
        self.now.body.setSpacing(0)
        self.here = HereCard(lambda: navigate("sync_now"), lambda: navigate("sync"))
        self.recent = RecentCard()
        inner = QWidget()
        self.grid = QGridLayout(inner)
        self.area: QScrollArea = scrolled(inner)
        self.body.addWidget(self.area)
        self.wait_for(self.area)
        self._columns = 0
        self._arrange(1232)

    def _arrange(self, width: int) -> None:
        """Three columns where there is room, else two; nothing is left out."""
        px, room = theme.current().px, width / theme.current().scale
        columns, roomy = (3 if room >= WIDE else 2), room >= ROOMY
        self.grid.setContentsMargins(*((20, 16, 20, 16) if roomy else (16, 12, 16, 12)))
        self.grid.setSpacing(14 if roomy else 12)
        self.task.setFixedWidth(max(px(356 if roomy else 340), self.task.needs()))
        self.task.setMinimumHeight(max(0, self.task.heightForWidth(self.task.maximumWidth())))
        third: tuple[Card, ...] = (self.counts, self.here, self.recent)
        least = max(px(296 if roomy else 280), *(card.needs() for card in third))
        for card in third:
            card.setMinimumWidth(least if columns == 3 else max(px(200), card.needs()))
            card.setMaximumWidth(least if columns == 3 else ANY_WIDTH)
        if columns == self._columns:
            return
        self._columns = columns
        cards: tuple[Card, ...] = (self.task, self.course, self.counts, self.now, self.here, self.recent)
        for one in cards:
            self.grid.removeWidget(one)
        wide = ((0, 0, 1, 1), (0, 1, 1, 1), (0, 2, 1, 1), (1, 0, 2, 2), (1, 2, 1, 1), (2, 2, 1, 1))
        slim = ((0, 0, 1, 1), (2, 0, 1, 2), (0, 1, 1, 1), (1, 0, 1, 2), (3, 0, 1, 1), (3, 1, 1, 1))
        for one, place in zip(cards, wide if columns == 3 else slim, strict=True):
            self.grid.addWidget(one, *place)
        self.grid.setColumnStretch(1, 1)
        self.grid.setRowStretch(2, 1 if columns == 3 else 0)
        self.course.setMinimumHeight(290)

    def show_look(self) -> None:
        """Takes over another text size."""
        super().show_look()
        self._arrange(self.width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another arrangement for another width."""
        super().resizeEvent(event)
        self._arrange(self.width())

    def refresh(self) -> None:
        """Reads beside the window; what was shown stays until the answer comes."""
        unknown = tuple(year for year in self._around if year not in self._known)
        asked = (self.workspace, self._year, unknown, self.lang())
        self.tasks.read(read_figures, *asked, done=self._show, failed=self.fail, owner=self)

    def find_here(self) -> None:
        """Ctrl+F: this page has no list of its own, so search everything."""
        self.navigate("search")

    def panes(self) -> list[QWidget]:
        """What F6 goes round."""
        return [self.years, self.area]

    def _other_year(self, key: str) -> None:
        self._year = int(key)
        self.refresh()

    def _show(self, figures: Figures) -> None:
        if figures.year != self._year or figures == self._figures:
            return
        self.arrived()
        today = self.today()
        who = self.workspace.identity
        if self._figures is not None and self._figures.quota.get("as_of") != figures.quota.get("as_of"):
            self._known.clear()  # the platform spoke: other years are asked again with the next reading
        self._known.update(figures.years)
        for year, (counted, target) in figures.years.items():
            done = target is not None and counted >= target
            note = self.tr("未下达") if target is None else f"{counted:g}/{target}"
            self.years.set_note(str(year), note, tone="green" if done else "text2", icon_name="check" if done else "")
        self.task.show_figures(figures, today, who is not None and who.unit.startswith(DEFAULTS.institute_prefixes))
        self.course.show_figures(figures, today)
        self.counts.show_figures(figures)
        self._show_todo(figures)
        self.here.show_pending(figures.pending, today)
        self.recent.show_events(figures.recent, today)
        self._arrange(self.width())  # words may want more than the usual widths
        self._figures = figures

    def _show_todo(self, figures: Figures) -> None:
        clear(self.now.body)
        self._all.setText(self.tr("全部 {n} 项 →").format(n=len(figures.todo)))
        self._all.setVisible(bool(figures.todo))
        for one in figures.todo[:TODO_SHOWN]:
            self.now.body.addWidget(line())
            row = TodoLine(one, self.today(), lambda todo: go(self.navigate, todo), narrow=self.width() < ROOMY)
            self.now.body.addWidget(row)
        if not figures.todo:
            self.now.body.addWidget(line())
            self.now.body.addWidget(self._nothing_to_do(begun=bool(figures.recent)))
        self.now.body.addStretch(1)

    def _nothing_to_do(self, *, begun: bool) -> QWidget:
        """Nothing waits; where nothing was ever registered, how to begin."""
        if begun:
            note = text(self.tr("没有要办的。新的退回、冲突和到期会列在这里。"), "secondary", wrap=True)
            note.setContentsMargins(16, 14, 16, 14)
            return note
        buttons = []
        for kind in ("demand", "achievement", "visit"):
            words = self.tr("记走访") if kind == "visit" else self.tr("登记{kind}").format(kind=language.label(KINDS[kind]))
            made = button(words, "primary" if kind == "demand" else "normal", "plus")
            made.clicked.connect(lambda _checked=False, kind=kind: self.navigate("editor", kind=kind))
            buttons.append(made)
        return empty(self.tr("从第一条开始"), self.tr("写着就存好了，断网也能登记；退回、冲突和到期以后会列在这里。"), *buttons)

    def _rules(self) -> None:
        words = self.tr("平台受理的才计入，同一事项只计一次；镇街的成果与技术需求合并计数，院所只计成果。")
        more = self.tr("技术需求须有签字盖章的需求书，预算不少于 10 万元。每条不计入的原因写在该记录里。")
        self.notices.say("info", words, more, key="rules")
