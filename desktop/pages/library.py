"""The library: what the platform's modules hold, as far as this laptop has it; searched without a line.

One list with a preview, a part for each module, and one button for what may be added here. It says how old what it
shows is. Rows are read beside the window; what was shown stays until the answer comes.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from desktop import wording
from desktop.pages.libraries import LIBRARIES, Held, Library, read_library
from desktop.pages.notice_pane import NoticePane
from desktop.pages.page import Navigate, Page
from desktop.pages.preview import Preview
from desktop.pages.record_list import RecordList
from desktop.pages.todo import empty
from desktop.tasks import Tasks
from desktop.widgets import language, theme
from desktop.widgets.card import button, clear, text
from desktop.widgets.search_field import KeyButton, SearchField
from desktop.widgets.segments import Segments
from sync.conversions import demand_from_request
from sync.domain.kinds import KINDS
from sync.workspace import Outcome, Workspace

NOTES_FROM = 1_180  # of the page: counts stand beside the names
NARROW = 1_000  # the preview leaves
PREVIEW_WIDTH = 322


class LibraryPage(Page):
    """The page."""

    def __init__(self, workspace: Workspace, tasks: Tasks, navigate: Navigate) -> None:
        super().__init__(workspace, tasks, navigate)
        self.set_title(self.tr("资料库"))
        self._held: Held | None = None
        self._lists: dict[str, RecordList] = {}
        self._part_rows: dict[str, Segments] = {}
        self._make_top()
        self._make_parts()
        self._make_body()
        self._show_library()

    def _make_top(self) -> None:
        self.search = SearchField(self.tr("名称、单位、编号、拼音"), "Ctrl F")
        self.search.searched.connect(lambda _words: self.refresh())
        self.new_button = KeyButton(self.tr("新建"), "Ctrl N", "plus")
        self.new_button.clicked.connect(self.show_new)
        self.new_menu = QMenu(self.tr("新建"), self)
        self.age = text("", "secondary")
        self.top.addWidget(self.heading)
        self.top.addWidget(self.age)
        self.top.addStretch(1)
        self.add_tools(self.search, self.new_button)

    def _make_parts(self) -> None:
        english = self.lang() == "en"
        self.libraries = Segments(self.tr("资料库"), small=english)
        for key, library in LIBRARIES.items():
            self.libraries.add(key, library.words[english])
        self.libraries.chosen.connect(lambda _key: self._other())
        head = QWidget()
        column = QVBoxLayout(head)
        column.setContentsMargins(20, 12, 20, 8)
        column.setSpacing(8)
        column.addWidget(self.libraries)
        line = QHBoxLayout()
        line.setSpacing(12)
        self._part_stack = QStackedWidget()
        self._part_stack.setFixedHeight(theme.current().px(30))
        self._part_stack.addWidget(QWidget())
        for key, library in LIBRARIES.items():
            if library.parts:
                made = Segments(library.words[english], small=True)
                made.add("", self.tr("全部"))
                for name, part in library.parts.items():
                    made.add(name, part.words[english])
                made.chosen.connect(lambda _key: self.refresh())
                self._part_rows[key] = made
                holder = QWidget()
                inner = QHBoxLayout(holder)
                inner.setContentsMargins(0, 0, 0, 0)
                inner.addWidget(made)
                inner.addStretch(1)
                self._part_stack.addWidget(holder)
        self.about = text("", "secondary", wrap=True)
        line.addWidget(self.about, 1)
        column.addLayout(line)
        column.addWidget(self._part_stack)
        self.body.addWidget(head)

    def _make_body(self) -> None:
        self.stack = QStackedWidget()
        self._empty = QFrame()
        self._empty.setProperty("role", "blank")
        self._empty_column = QVBoxLayout(self._empty)
        self.stack.addWidget(self._empty)
        left = QFrame()
        left.setProperty("role", "plain")
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.stack, 1)
        foot = QFrame()
        foot.setProperty("role", "bar")
        foot.setFixedHeight(theme.current().px(36))
        line = QHBoxLayout(foot)
        line.setContentsMargins(14, 0, 14, 0)
        self.total = text("", "secondary")
        self.convert_button = button(self.tr("转成技术需求"), icon_name="arrow-right", small=True)
        self.convert_button.setToolTip(self.tr("新建一条需求草稿，带上企业和内容；诉求里记下它"))
        self.convert_button.clicked.connect(self.convert)
        line.addWidget(self.convert_button)
        line.addStretch(1)
        line.addWidget(self.total)
        column.addWidget(foot)
        self.preview = Preview(self.workspace, self.tasks, self.navigate)
        self.preview.submitted.connect(self._submitted)
        self.preview.failed.connect(self.fail)
        self.notice = NoticePane()
        self.side = QStackedWidget()
        self.side.addWidget(self.preview)
        self.side.addWidget(self.notice)
        self.side.setMinimumWidth(260)
        self.preview.closed.connect(self.side.hide)
        split = QSplitter()
        split.setObjectName("split-library")
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        split.addWidget(left)
        split.addWidget(self.side)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 0)
        split.setSizes([900, PREVIEW_WIDTH])
        self.body.addWidget(split, 1)

    # -- the page's life -------------------------------------------------------------------------------------

    def open(self, **where: Any) -> None:
        """``library``, ``part`` and ``search`` choose what is shown."""
        key = str(where.get("library") or "")
        if key in LIBRARIES:
            self.libraries.choose(key)
            part = str(where.get("part") or "")
            if key in self._part_rows and (not part or part in LIBRARIES[key].parts):
                self._part_rows[key].choose(part)
            self._show_library()
        if "search" in where:
            self.search.setText(str(where["search"]))
        self.refresh()

    def refresh(self) -> None:
        """Reads again."""
        asked = (self.libraries.current(), self.part(), self.search.text().strip())
        self.tasks.read(read_library, self.workspace, *asked, done=self._came, failed=self.fail, owner=self)

    def find_here(self) -> None:
        """Ctrl+F."""
        self.search.setFocus()
        self.search.selectAll()

    def panes(self) -> list[QWidget]:
        """What F6 goes round."""
        shown: list[QWidget] = [self.libraries, self.search, self.stack.currentWidget()]
        return [*shown, self.side.currentWidget()] if self.side.isVisible() else shown

    def library(self) -> Library:
        """The library shown."""
        return LIBRARIES[self.libraries.current()]

    def part(self) -> str:
        """The part of it shown; "" for all."""
        parts = self._part_rows.get(self.libraries.current())
        return parts.current() if parts is not None else ""

    def table(self) -> RecordList:
        """The list of the library shown."""
        key = self.libraries.current()
        if key not in self._lists:
            made = RecordList(LIBRARIES[key].kinds, LIBRARIES[key].words[self.lang() == "en"])
            made.opened.connect(lambda record: self.navigate("detail", id=record))
            made.looked.connect(self._look)
            made.peeked.connect(self.side.show)
            if LIBRARIES[key].kinds == ("notice",):
                made.put_away(set(made.table.columns) - {"name"})  # no number, no state
            self._lists[key] = made
            self.stack.addWidget(made)
        return self._lists[key]

    # -- adding ----------------------------------------------------------------------------------------------

    def new_kinds(self) -> list[str]:
        """What "new" offers: this library's kinds first, then everything else a liaison writes here."""
        chosen = self.library().parts.get(self.part())
        own = [chosen.new] if chosen is not None and chosen.new else list(self.library().new)
        others = [kind for one in LIBRARIES.values() for kind in one.new]
        return list(dict.fromkeys([*own, *others]))

    def show_new(self) -> None:
        """The menu of what can be added, this library's own on top."""
        self.new_menu.clear()
        kinds, own = self.new_kinds(), set(self.library().new)
        for at, kind in enumerate(kinds):
            if at and kind not in own and kinds[at - 1] in own:
                self.new_menu.addSeparator()
            action = self.new_menu.addAction(language.label(KINDS[kind]))
            action.triggered.connect(lambda _checked=False, kind=kind: self.add(kind))
        self.new_menu.popup(self.new_button.mapToGlobal(self.new_button.rect().bottomLeft()))

    def convert(self) -> None:
        """Makes a draft demand of the current request and goes to its form."""
        current = self.table().current_id()
        if current:
            self.tasks.work(
                demand_from_request, self.workspace, current,
                done=lambda made: self.navigate("editor", id=made), failed=self.fail, owner=self,
            )  # fmt: skip

    def add(self, kind: str) -> None:
        """To the form of a new record."""
        self.navigate("editor", kind=kind)

    # -- showing ---------------------------------------------------------------------------------------------

    def _other(self) -> None:
        self._show_library()
        self.refresh()

    def _show_library(self) -> None:
        key = self.libraries.current()
        self.about.setText(self.library().about[self.lang() == "en"])
        rows = list(self._part_rows)
        self._part_stack.setCurrentIndex(1 + rows.index(key) if key in rows else 0)
        self._part_stack.setVisible(key in rows)

    def _came(self, held: Held) -> None:
        asked = (self.libraries.current(), self.part(), self.search.text().strip())
        if (held.key, held.part, held.words) != asked:
            return
        self._held = held
        self._show_notes()
        self._show_age(held.as_of)
        if held.rows:
            shown = self.table()
            shown.show_rows(held.rows, "none")
            self.stack.setCurrentWidget(shown)
            if not shown.current_id():
                shown.go_to_first()
            self._look(shown.current_id())
        else:
            self._show_empty(held)
            self._look("")
        self.side.setVisible(bool(held.rows) and self.width() >= NARROW)
        words = self.tr("共 {n} 项").format(n=len(held.rows))
        self.total.setText(self.tr("只列最近 {n} 项，请搜索").format(n=len(held.rows)) if held.cut else words)

    def _look(self, record: str) -> None:
        """What the platform writes is read, the rest is previewed."""
        row = next((one for one in (self._held.rows if self._held is not None else ()) if one.id == record), None)
        told = self.library().kinds == ("notice",)
        self.convert_button.setVisible(row is not None and row.kind == "request")
        self.side.setCurrentWidget(self.notice if told else self.preview)
        if told:
            self.notice.show_row(row)
            if row is not None and not row.fields.get("read_at") and self.isVisible():
                self.tasks.work(self.workspace.mark_read, [row.id], failed=self.fail, owner=self)
        else:
            self.preview.show_record(record)

    def _show_notes(self) -> None:
        roomy = self.width() >= NOTES_FROM and self.lang() != "en"
        for key, count in (self._held.counts if self._held is not None else {}).items():
            self.libraries.set_note(key, str(count) if roomy and count else "")

    def _show_age(self, as_of: str) -> None:
        if not as_of:
            self.age.setText(self.tr("还没有同步过，只有本机的"))
            return
        when = wording.stamp(as_of, self.today(), self.lang())
        self.age.setText(self.tr("平台内容截至 {when}").format(when=when))

    def _show_empty(self, held: Held) -> None:
        clear(self._empty_column)
        if held.words:
            again = button(self.tr("清除搜索"))
            again.clicked.connect(self._clear_search)
            made = empty(self.tr("没有符合的"), self.tr("换个词，或到别的库里找。"), again)
        else:
            chosen = self.library().parts.get(held.part)
            name = (chosen.words if chosen is not None else self.library().words)[self.lang() == "en"]
            kinds = [chosen.new] if chosen is not None and chosen.new else list(self.library().new)
            kinds = [kind for kind in kinds if kind in self.library().kinds]  # what is made here would stand here
            buttons = []
            for kind in kinds[:2]:
                one = button(self.tr("新建{kind}").format(kind=language.label(KINDS[kind])), "primary", "plus")
                one.clicked.connect(lambda _checked=False, kind=kind: self.add(kind))
                buttons.append(one)
            if not kinds:
                one = button(self.tr("立即同步"), "normal", "refresh-cw")
                one.clicked.connect(lambda: self.navigate("sync_now"))
                buttons.append(one)
            made = empty(self.tr("{name}还是空的").format(name=name), self.library().about[self.lang() == "en"], *buttons)
        self._empty_column.addWidget(made)
        self._empty_column.addStretch(1)
        self.stack.setCurrentWidget(self._empty)

    def _clear_search(self) -> None:
        self.search.setText("")
        self.refresh()

    def _submitted(self, outcomes: list[Outcome]) -> None:
        for one in outcomes:
            if one.problems:
                self.notices.say("warn", self.tr("还不能提交"), wording.problem(one.problems[0], self.lang()), key="submitted")
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Counts and preview leave where room is short."""
        super().resizeEvent(event)
        self._show_notes()
        self.side.setVisible(self.width() >= NARROW)
