"""The window: sidebar, the stack of pages, status bar, menu and keys. Pages are made on their first visit.

    navigate(name, **where)   a page by name, or "back", "search", "sync_now", "new", "imported", "lock"

The window owns the rounds with the platform and the look (light or dark, text size); it listens to the workspace and
lets the open page read again; the others when they are next seen. It must not know what a page shows.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QWidget,
)

from desktop import wording
from desktop.pages.practising import practise
from desktop.pages.rounds import AGREED, Rounds, Sync
from desktop.pages.search_popup import SearchPopup
from desktop.pages.sync_words import show_sync
from desktop.pages.window_menu import WindowMenu
from desktop.settings import PRACTICE, Settings
from desktop.tasks import Tasks
from desktop.widgets import language, theme
from desktop.widgets.icons import IconLabel, icon
from desktop.widgets.nav import Nav, NavItem
from desktop.widgets.notice_bar import NoticeBar, announce
from desktop.widgets.reading_order import set_reading_order
from sync.errors import Failure, ManyDeletions
from sync.records import Pending, RoundReport, Row
from sync.workspace import Changed, Workspace

RAIL_BELOW = 1360
COALESCE_MS = 150
SAVED_SPOKEN_SECONDS = 30
NOTHING = Pending(0, 0, 0, None)
BARE = ("unlock", "enrolment")  # pages without sidebar and keys
#: ``make(workspace, tasks, navigate)`` -> a page
Factory = Callable[..., QWidget]


class MainWindow(QMainWindow):
    """The window over one workspace. ``factories`` are the pages there are, by name."""

    leaving = Signal(str)  # the page that is still open, with the focus where it was
    went = Signal(str)  # the page that is open now
    setting_changed = Signal(str, object)  # key, value

    def __init__(
        self, workspace: Workspace, tasks: Tasks, factories: Mapping[str, Factory], sync: Sync, *, version: str = ""
    ) -> None:
        super().__init__()
        self.workspace, self.tasks, self.factories = workspace, tasks, factories
        self.rounds = Rounds(workspace, tasks, sync, self)
        self._pages: dict[str, Any] = {}
        self._trail: list[tuple[str, dict[str, Any]]] = []
        self._here: tuple[str, dict[str, Any]] = ("", {})
        self._unsaved: frozenset[str] = frozenset()  # pages with text that could not be stored
        self._warned = False  # and closing was tried
        self._spoken = -math.inf  # when "saved" was last said, by a clock that nobody can set
        self._practice = bool(workspace.recall(PRACTICE))
        self._lock_minutes = int(Settings(workspace).get("lock.minutes"))
        self._counted: Counts | None = None  # what was read last; None while it is no longer so
        self.setting_changed.connect(self._set)
        self.setAnimated(False)  # or the page slides to its new size for a quarter of a second
        self.setWindowIcon(icon("app"))
        self.setMinimumSize(900, 500)
        self.resize(1440, 868)
        self.page_names, self.nav = self._make_nav()
        self.stack = QStackedWidget()
        inner = QWidget()
        across = QHBoxLayout(inner)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(self.nav)
        across.addWidget(self.stack, 1)
        self.setCentralWidget(inner)
        self.search = SearchPopup(workspace, tasks, self.open_found, inner)
        self._make_status(version)
        self.commands = WindowMenu(self)
        self.search.set_actions(self.commands.doings())
        self.nav.person.setMenu(self.commands.menu)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(COALESCE_MS)
        self._wait.timeout.connect(self._read_again)
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._show_sync)
        self._unlisten = workspace.listen(tasks.relay(self._changed, self))
        self.rounds.changed.connect(self._show_sync)
        self.rounds.ended.connect(self._round_ended)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._show_focus)
        tasks.crashed.connect(self.tell_bug)
        self._count()

    # -- making ----------------------------------------------------------------------------------------------

    def _make_nav(self) -> tuple[dict[str, str], Nav]:
        who = self.workspace.identity
        known = {
            "home": NavItem("home", self.tr("我的进度"), "gauge"),
            "todo": NavItem("todo", self.tr("待办"), "inbox"),
            "records": NavItem("records", self.tr("成果与需求"), "layers"),
            "visits": NavItem("visits", self.tr("走访"), "footprints"),
            "landings": NavItem("landings", self.tr("落地"), "handshake"),
            "library": NavItem("library", self.tr("资料库"), "clipboard-list"),
            "reports": NavItem("reports", self.tr("台账与报表"), "file-spreadsheet"),
            "sync": NavItem("sync", self.tr("同步中心"), "refresh-cw"),
        }
        items: list[NavItem] = []
        for heading, keys in (
            ("", ("home", "todo")),
            (self.tr("登记"), ("records", "visits", "landings", "library")),
            (self.tr("报送"), ("reports", "sync")),
        ):
            there = [known[key] for key in keys if key in self.factories]
            items += ([NavItem("", heading)] if heading and there else []) + there
        below = [NavItem("preferences", self.tr("设置"), "settings")] if "preferences" in self.factories else []
        name = who.liaison_name if who else self.tr("未登记")
        unit = self.tr("{unit}联络员").format(unit=who.unit_name) if who else ""
        nav = Nav(items, below, name, unit)
        nav.opened.connect(self.navigate)
        return {key: item.words for key, item in known.items() if key in self.factories}, nav

    def _make_status(self, version: str) -> None:
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        bar.setFixedHeight(theme.current().px(26))
        self._saved, self._locks = QLabel(self.tr("内容都保存在本机")), QLabel()
        self._saved_icon = IconLabel("circle-check", "green", 14)
        sides = (
            (12, 0, (self._saved_icon, self._saved)),
            (0, 12, (IconLabel("lock", "text3", 14), self._locks, QLabel(version))),
        )
        for left, right, parts in sides:
            holder = QWidget()
            line = QHBoxLayout(holder)
            line.setContentsMargins(left, 0, right, 0)
            line.setSpacing(6)
            for part in parts:
                line.addWidget(part)
            bar.addWidget(holder) if left else bar.addPermanentWidget(holder)
        self._say_lock()

    def _say_lock(self) -> None:
        if self._practice:
            self._locks.setText(self.tr("练习资料，都是虚构的，不会送到真的平台"))
            return
        minutes = self._lock_minutes
        words = self.tr("本机资料已加密 · 闲置 {n} 分钟自动上锁") if minutes else self.tr("本机资料已加密")
        self._locks.setText(words.format(n=minutes))

    def _set(self, key: str, value: object) -> None:
        """A setting was changed on its page."""
        if key == "lock.minutes":
            self._lock_minutes = int(str(value))
            self._say_lock()

    # -- going -----------------------------------------------------------------------------------------------

    def navigate(self, name: str, **where: Any) -> None:
        """Goes to a page, or does one of the few things that are no page (see above)."""
        special: dict[str, Callable[[], object]] = {
            "back": self.back,
            "search": lambda: self.search.show_in(str(where.get("text", ""))),
            "sync_now": self._sync_now,
            "new": self.show_new,
            "imported": lambda: self._show_imported(**where),
        }
        if self.here() == "unlock" and name != "back":
            return  # locked: only its own form leads out
        if name in special:
            special[name]()
            return
        name = "unlock" if name == "lock" else name
        if self._here[0] and (name, where) != self._here:
            self._trail.append(self._here)
            del self._trail[:-50]
        self._go(name, where)

    def _sync_now(self) -> None:
        """A round, with what was just typed: a page that saves while one types has it saved first."""
        saves = getattr(self.stack.currentWidget(), "when_saved", None)
        saves(self.rounds.start) if callable(saves) else self.rounds.start()

    def _show_imported(self, **what: Any) -> None:
        """The list of what an import brought."""
        from desktop.pages.import_ledger import show_imported

        show_imported(self, **what)

    def back(self) -> None:
        """The page before this one, or home."""
        self._go(*(self._trail.pop() if self._trail else ("home", {})))

    def page(self, name: str) -> Any:
        """A page by name, made now if it was never seen.

        Raises:
            KeyError: there is no such page.
        """
        if name not in self._pages:
            made: Any = self.factories[name](self.workspace, self.tasks, self.navigate)
            self._pages[name] = made
            self.stack.addWidget(made)
            if hasattr(made, "follow"):
                made.follow(self.rounds)
            if hasattr(made, "unsaved"):
                made.unsaved.changed.connect(partial(self._say_unsaved, name))
            if hasattr(made, "titled"):
                made.titled.connect(self._show_title)
        return self._pages[name]

    def here(self) -> str:
        """The name of the open page."""
        return self._here[0]

    def place(self) -> tuple[str, dict[str, Any]]:
        """Where one is, or was before the window was locked: the page and what the way there said."""
        return self._here if self._here[0] != "unlock" else self._trail[-1] if self._trail else ("home", {})

    def _go(self, name: str, where: dict[str, Any]) -> None:
        if self._here[0] in self._pages:
            self.leaving.emit(self._here[0])
            self._pages[self._here[0]].leave()
        page = self.page(name)
        self._here = (name, where)
        self.search.hide()
        self.stack.setCurrentWidget(page)
        page.open(**where)
        bare = name in BARE
        self.nav.setVisible(not bare)
        self.statusBar().setVisible(not bare)
        self.commands.set_locked(bare)
        if not bare:
            self.commands.show_page(page)
            self._say_lock()
        self.nav.mark(getattr(page, "key", "") or name)
        self._narrow()
        self._show_title()
        self.went.emit(name)

    def _show_title(self, _title: str = "") -> None:
        shown = getattr(self.stack.currentWidget(), "title", "")
        name = self.tr("成果联络员工作台")
        if self._practice:
            name = self.tr("练习 — {name}").format(name=name)
        self.setWindowTitle(f"{name} — {shown}" if shown else name)

    def on_page(self, method: str) -> None:
        """Calls ``method`` of the open page, where it has one."""
        call = getattr(self.stack.currentWidget(), method, None)
        if callable(call):
            call()

    def escape(self) -> None:
        """Esc: back from a record; out of a field elsewhere. It never discards anything."""
        focus = QApplication.focusWidget()
        if self._here[0] in ("detail", "editor", "conflicts", "help", "import", "sheet"):
            self.back()
        elif isinstance(focus, QLineEdit | QPlainTextEdit):
            self.nav.list.setFocus()

    def undo(self) -> None:
        """Ctrl+Z outside a text: what the newest message offers to take back. In a text it is the text's own."""
        any(bar.undo() for bar in self.stack.currentWidget().findChildren(NoticeBar) if bar.isVisible())

    def redo(self) -> None:
        """Ctrl+Y in a text, also where the desktop's own key for it is another."""
        focus = QApplication.focusWidget()
        if isinstance(focus, QLineEdit | QPlainTextEdit):
            focus.redo()

    def next_pane(self, step: int) -> None:
        """F6: the next part of the window, the sidebar among them."""
        page: Any = self.stack.currentWidget()
        panes: list[QWidget] = [self.nav.list, *(page.panes() if hasattr(page, "panes") else [page])]
        focus = QApplication.focusWidget()
        inside = [n for n, pane in enumerate(panes) if focus and (pane is focus or pane.isAncestorOf(focus))]
        at = inside[-1] if inside else 0
        for away in range(1, len(panes)):
            if _focus_in(panes[(at + step * away) % len(panes)]):
                return

    # -- showing ---------------------------------------------------------------------------------------------

    def show_new(self) -> None:
        """The menu of what can be registered, at the button or at the middle."""
        button = getattr(self.stack.currentWidget(), "new_button", None)
        at = button.mapToGlobal(button.rect().bottomLeft()) if button is not None else self.geometry().center()
        self.commands.new_menu.popup(at)

    def show_menu(self) -> None:
        """The menu with everything a key can do."""
        self.commands.menu.popup(self.nav.person.mapToGlobal(self.nav.person.rect().topRight()))

    def show_help(self) -> None:
        """F1: help for the open page."""
        if self._here[0] != "help":
            self.navigate("help", topic=self._here[0])

    def practise(self) -> None:
        """Another window with invented companies and records."""
        practise(self.workspace.directory, getattr(self.stack.currentWidget(), "notices", None))

    def welcome(self) -> None:
        """The first time: where to begin."""
        if self.workspace.recall("welcomed") is None:
            self.tasks.work(self.workspace.remember, "welcomed", True, owner=self)
            self.page("home").notices.say(
                "info", self.tr("这台电脑登记好了，今年的任务在下面。"),
                self.tr("第一次用，先花五分钟看一遍；以后在任何一页按 F1 都有帮助。"), key="welcome",
                action=self.tr("头五分钟"), call=lambda: self.navigate("help", topic="start"),
            )  # fmt: skip

    def open_found(self, row: Row) -> None:
        """What a search found: a record, or a policy in the library."""
        if row.kind == "notice":
            self.navigate("library", library="policy", search=row.title)
        else:
            self.navigate("detail", id=row.id)

    def tell_bug(self, bug: object) -> None:
        """Says that something failed that should not, on the open page; what was saved is safe."""
        notices = getattr(self.stack.currentWidget(), "notices", None)
        if notices is not None and isinstance(bug, BaseException):
            words, remedy, code = wording.error(bug, language.lang())
            notices.say("bad", words, remedy, key="bug").add_line(self.tr("告诉管理员：{code}").format(code=code))

    def set_look(self, *, dark: bool | None = None, scale: float | None = None) -> None:
        """Light or dark, text size; kept for the next start."""
        settings, app = Settings(self.workspace), QApplication.instance()
        for key, value in (("look.dark", dark), ("look.scale", scale)):
            if value is not None:
                settings.set(key, value)
        if isinstance(app, QApplication):
            theme.apply(app, bool(settings.get("look.dark")), float(settings.get("look.scale")))

    def scale(self, step: int) -> None:
        """A step larger or smaller, or 100 % again with 0."""
        steps, now = theme.TEXT_SCALES, theme.current().scale
        at = steps.index(now) if now in steps else 1
        self.set_look(scale=1.0 if step == 0 else steps[max(0, min(at + step, len(steps) - 1))])

    def _narrow(self) -> None:
        wanted = self.width() < RAIL_BELOW or bool(getattr(self.stack.currentWidget(), "rail", False))
        if wanted != self.nav.narrow:
            self.nav.set_narrow(wanted)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The sidebar becomes a rail where room is short."""
        super().resizeEvent(event)
        self._narrow()
        self.search.hide()

    def changeEvent(self, event: QEvent) -> None:
        """Nothing typed is lost when the window is put away."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange and self.isMinimized() and self._here[0]:
            self._pages[self._here[0]].leave()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Saves and closes without asking; what is waiting stays waiting. Only text that cannot be stored stops it, once."""
        if self.holds_back():
            event.ignore()
            return
        if self._here[0]:
            self._pages[self._here[0]].leave()
        sizes = {one.objectName(): one.sizes() for one in self.findChildren(QSplitter) if one.objectName()}
        page = self._here[0] if self._here[0] in self.page_names else "home"
        with suppress(Failure):  # a full disk: the window's size is no loss
            self.workspace.remember("window", {"page": page, "splitters": sizes, "size": [self.width(), self.height()]})
        self.rounds.stop()
        self.rounds.unplan()
        self._unlisten()
        for timer in (self._tick, self._wait):
            timer.stop()
        event.accept()

    # -- changes ---------------------------------------------------------------------------------------------

    def _changed(self, _change: Changed) -> None:
        self._wait.start()
        self._counted = None
        if self._unsaved:
            return  # something was stored, and something is not
        now = datetime.now(UTC)
        self._saved.setText(self.tr("已保存到本机 {clock}").format(clock=wording.clock(now.isoformat())))
        if time.monotonic() - self._spoken > SAVED_SPOKEN_SECONDS:
            self._spoken = time.monotonic()
            announce(self._saved, self._saved.text())

    def _say_unsaved(self, page: str, unsaved: bool) -> None:
        """Something typed on a page could not be stored, wherever one is by now; or all of it is."""
        before = bool(self._unsaved)
        self._unsaved = self._unsaved | {page} if unsaved else self._unsaved - {page}
        if before == bool(self._unsaved):
            return
        self._warned = False
        self._saved_icon.set_icon(*(("triangle-alert", "red") if unsaved else ("circle-check", "green")))
        words = self.tr("有内容还没有存进本机，正在再试；请先不要关闭") if unsaved else self.tr("内容都保存在本机")
        self._saved.setText(words)
        announce(self._saved, words)
        here = self._pages.get(self.here())
        if not unsaved and here is not None and hasattr(here, "notices"):
            here.notices.drop("closing")

    def holds_back(self) -> bool:
        """Whether closing waits, once: it would lose text. That is said where one is, with the one way to keep it."""
        if not self._unsaved or self._warned:
            return False
        self._warned = True
        copy = self._pages[sorted(self._unsaved)[0]].unsaved.copy_elsewhere
        self._pages[self.here()].notices.say(
            "bad", self.tr("有内容还没有存进本机，现在关闭就会丢失"),
            self.tr("请腾出磁盘空间，或让资料夹可以写入；存好后会自动显示。再关一次就不等了。"),
            key="closing", action="" if self.here() == "unlock" else self.tr("另存一份文字…"), call=copy,  # not past the lock
        )  # fmt: skip
        return True

    def unsaved(self) -> bool:
        """Whether something typed could not be stored yet."""
        return bool(self._unsaved)

    def _read_again(self) -> None:
        if self._here[0]:
            self._pages[self._here[0]].refresh()
        self._count()

    def _count(self) -> None:
        """The numbers of the sidebar, read beside the window."""
        self.tasks.read(_counts, self.workspace, done=self._show_counts, owner=self)

    def _show_counts(self, counts: Counts) -> None:
        self._counted = counts
        self.nav.set_count("todo", counts.todo, "red")
        for key, number in counts.records.items():
            self.nav.set_count(key, number)
        self.nav.set_count("sync", counts.pending.records, "amber")
        self._show_sync()

    def _round_ended(self) -> None:
        error = self.rounds.error
        if error is None:
            self._wait.stop()
            self._read_again()
        else:  # a while later: a laptop whose erasing was ordered has nothing to read any more
            self._wait.start()
        announce(self.nav.box, self.tr("同步完成") if error is None else wording.error(error, language.lang())[0])
        if isinstance(error, ManyDeletions):
            words, remedy, _code = wording.error(error, language.lang())
            self.page(self._here[0]).notices.say("bad", words, remedy, key="deletions", action=self.tr("照此更新"), call=self._agree)

    def _agree(self) -> None:
        """A mass of deletions was agreed to: the next round takes them in."""
        self.tasks.work(self.workspace.remember, AGREED, True, done=lambda _done: self.rounds.start(), owner=self)

    def _show_sync(self) -> None:
        rounds = self.rounds
        waiting = rounds.error is not None and not rounds.running and rounds.seconds_left() is not None
        self._tick.start() if waiting else self._tick.stop()
        if self._counted is not None:
            show_sync(self.nav.box, rounds, self._counted.pending, self._counted.last)
        elif rounds.running:
            show_sync(self.nav.box, rounds, NOTHING, None)  # nothing is said to be on the platform before it is known

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes as one reads."""
        set_reading_order(self.centralWidget())
        return super().focusNextPrevChild(forward)

    def _show_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        """What Tab or a key led to is scrolled into sight; Qt does so only where the focus was in that part before."""
        if new is None or not self.isAncestorOf(new) or QApplication.mouseButtons():
            return
        holder = new.parentWidget()
        while holder is not None and holder is not self:
            if isinstance(holder, QScrollArea) and holder.widget() is not None and holder.widget().isAncestorOf(new):
                holder.ensureWidgetVisible(new, 0, 12)
            holder = holder.parentWidget()


def _focus_in(pane: QWidget) -> bool:
    """Gives the focus to a pane, or to the first part of it that takes it."""
    for one in (pane, *pane.findChildren(QWidget)):
        if one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.isVisible() and one.isEnabled():
            one.setFocus(Qt.FocusReason.TabFocusReason)
            return True
    return False


@dataclass(frozen=True, slots=True)
class Counts:
    """What the sidebar shows."""

    todo: int
    records: dict[str, int]  # by page
    pending: Pending
    last: RoundReport | None


def _counts(workspace: Workspace) -> Counts:
    """Read beside the window."""
    from desktop.pages.todo import gathered

    kinds = {"records": ("achievement", "demand"), "visits": ("visit",), "landings": ("landing",)}
    return Counts(
        len(gathered(workspace.todo())), {key: workspace.rows(of, limit=1).total for key, of in kinds.items()}, workspace.pending(),
        next(iter(workspace.rounds(1)), None),
    )  # fmt: skip
