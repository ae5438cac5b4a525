"""The window: sidebar, the stack of pages, status bar, menu and keys. Pages are made on their first visit.

    navigate(name, **where)   a page by name, or "back", "search", "sync_now", "new" (kind=…), "lock"

The window owns the rounds with the platform and the look (light or dark, text size); it listens to the workspace and
lets the open page read again; the others when they are next seen. It must not know what a page shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMainWindow,
    QMenu,
    QPlainTextEdit,
    QSplitter,
    QStackedWidget,
    QWidget,
)

from desktop import wording
from desktop.pages.keys import NEW_KINDS, PAGE_KEYS, PAGE_ORDER
from desktop.pages.rounds import Rounds, Sync
from desktop.pages.search_popup import SearchPopup
from desktop.tasks import Tasks
from desktop.widgets import language, theme
from desktop.widgets.icons import IconLabel, icon
from desktop.widgets.nav import Nav, NavItem
from desktop.widgets.notice_bar import announce
from sync.domain.kinds import KINDS
from sync.errors import Offline
from sync.workspace import Changed, Workspace, today

RAIL_BELOW = 1360
COALESCE_MS = 150
SAVED_SPOKEN_SECONDS = 30
#: ``make(workspace, tasks, navigate)`` -> a page
Factory = Callable[..., QWidget]


class MainWindow(QMainWindow):
    """The window over one workspace. ``factories`` are the pages there are, by name."""

    def __init__(
        self, workspace: Workspace, tasks: Tasks, factories: Mapping[str, Factory], sync: Sync, *, version: str = ""
    ) -> None:
        super().__init__()
        self.workspace, self.tasks, self.factories = workspace, tasks, factories
        self.rounds = Rounds(workspace, tasks, sync, self)
        self._pages: dict[str, Any] = {}
        self._stale: set[str] = set()
        self._trail: list[tuple[str, dict[str, Any]]] = []
        self._here: tuple[str, dict[str, Any]] = ("", {})
        self._spoken: datetime | None = None
        self._look = {"dark": theme.current().dark, "scale": theme.current().scale}
        self.setWindowIcon(icon("app"))
        self.setMinimumSize(900, 500)
        self.resize(1440, 868)
        self.nav = self._make_nav()
        self.stack = QStackedWidget()
        inner = QWidget()
        across = QHBoxLayout(inner)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(self.nav)
        across.addWidget(self.stack, 1)
        self.setCentralWidget(inner)
        self.search = SearchPopup(workspace, lambda record: self.navigate("detail", id=record), inner)
        self._make_status(version)
        self.menu = QMenu(self.tr("菜单"), self)
        self._make_actions()
        self.nav.person.setMenu(self.menu)
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
        self._count()

    # -- making ----------------------------------------------------------------------------------------------

    def _make_nav(self) -> Nav:
        who = self.workspace.identity
        known = {
            "home": NavItem("home", self.tr("我的进度"), "gauge"),
            "todo": NavItem("todo", self.tr("待办"), "inbox"),
            "records": NavItem("records", self.tr("成果与需求"), "layers"),
            "visits": NavItem("visits", self.tr("走访"), "footprints"),
            "landings": NavItem("landings", self.tr("落地"), "handshake"),
            "reports": NavItem("reports", self.tr("台账与报表"), "file-spreadsheet"),
            "sync": NavItem("sync", self.tr("同步中心"), "refresh-cw"),
        }
        items: list[NavItem] = []
        for heading, keys in (
            ("", ("home", "todo")),
            (self.tr("登记"), ("records", "visits", "landings")),
            (self.tr("报送"), ("reports", "sync")),
        ):
            there = [known[key] for key in keys if key in self.factories]
            items += ([NavItem("", heading)] if heading and there else []) + there
        self.page_names = {key: item.words for key, item in known.items() if key in self.factories}
        below = [NavItem("preferences", self.tr("设置"), "settings")] if "preferences" in self.factories else []
        name = who.liaison_name if who else self.tr("未登记")
        unit = self.tr("{unit}联络员").format(unit=who.unit_name) if who else ""
        nav = Nav(items, below, name, unit)
        nav.opened.connect(self.navigate)
        return nav

    def _make_status(self, version: str) -> None:
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        bar.setFixedHeight(theme.current().px(26))
        self._saved_icon = IconLabel("circle-check", "green", 14)
        self._saved = QLabel(self.tr("内容都保存在本机"))
        left = QWidget()
        line = QHBoxLayout(left)
        line.setContentsMargins(12, 0, 0, 0)
        line.setSpacing(6)
        line.addWidget(self._saved_icon)
        line.addWidget(self._saved)
        bar.addWidget(left)
        right = QWidget()
        line = QHBoxLayout(right)
        line.setContentsMargins(0, 0, 12, 0)
        line.setSpacing(6)
        line.addWidget(IconLabel("lock", "text3", 14))
        self._locks = QLabel(self.tr("本机资料已加密"))
        line.addWidget(self._locks)
        if version:
            line.addSpacing(8)
            line.addWidget(QLabel(version))
        bar.addPermanentWidget(right)

    def _make_actions(self) -> None:
        pages, new, look = (QMenu(words, self) for words in (self.tr("转到"), self.tr("新建登记"), self.tr("显示")))
        self.new_menu = new
        for number, name in enumerate(PAGE_ORDER, 1):
            if name in self.page_names:
                self._act(pages, self.page_names[name], (f"Ctrl+{number}",), partial(self.navigate, name))
        for number, kind in enumerate(NEW_KINDS, 1):
            words = f"&{number} {language.label(KINDS[kind])}"
            self._act(new, words, (), partial(self.navigate, "editor", kind=kind))
        self.menu.addMenu(pages)
        self.menu.addMenu(new)
        names = {
            "find_here": self.tr("在本页查找"),
            "save": self.tr("现在保存"),
            "primary": self.tr("本页主要操作"),
            "next_gap": self.tr("下一处缺项"),
            "previous_gap": self.tr("上一处缺项"),
            "accept_suggestion": self.tr("采用所选建议"),
            "export": self.tr("导出"),
            "print_page": self.tr("打印"),
        }
        page = self.menu.addMenu(self.tr("本页"))
        self._page_actions: dict[str, QAction] = {}
        for key in PAGE_KEYS:
            call = partial(self._on_page, key.method)
            self._page_actions[key.method] = self._act(page, names[key.method], key.keys, call)
        self._act(page, self.tr("下一栏"), ("F6",), lambda: self._pane(1))
        self._act(page, self.tr("上一栏"), ("Shift+F6",), lambda: self._pane(-1))
        self._act(page, self.tr("返回"), ("Esc",), self._escape)
        self._act(self.menu, self.tr("新建登记…"), ("Ctrl+N",), self.show_new).setVisible(False)
        self._act(self.menu, self.tr("搜索全部"), ("Ctrl+K",), lambda: self.navigate("search"))
        self._act(self.menu, self.tr("立即同步"), ("F5",), self.rounds.start)
        self.menu.addMenu(look)
        self._look_actions(look)
        if "preferences" in self.factories:
            self._act(self.menu, self.tr("设置"), ("Ctrl+,",), lambda: self.navigate("preferences"))
        if "unlock" in self.factories:
            self._act(self.menu, self.tr("上锁"), ("Ctrl+L",), lambda: self.navigate("lock"))
        self._act(self.menu, self.tr("键盘一览"), ("F1",), self.show_keys)
        self._act(self.menu, self.tr("打开菜单"), ("F10",), self.show_menu).setVisible(False)
        self._act(self.menu, self.tr("关闭窗口"), ("Ctrl+Q",), self.close)
        self.search.set_actions(self._search_actions())

    def _look_actions(self, look: QMenu) -> None:
        group = QActionGroup(self)
        for words, dark in ((self.tr("浅色"), False), (self.tr("深色"), True)):
            action = self._act(look, words, (), partial(self.set_look, dark=dark))
            action.setCheckable(True)
            action.setChecked(dark == self._look["dark"])
            group.addAction(action)
        look.addSeparator()
        self._act(look, self.tr("放大文字"), ("Ctrl+=", "Ctrl++"), lambda: self._scale(1))
        self._act(look, self.tr("缩小文字"), ("Ctrl+-",), lambda: self._scale(-1))
        self._act(look, self.tr("恢复文字大小"), ("Ctrl+0",), lambda: self._scale(0))

    def _act(self, menu: QMenu, words: str, keys: tuple[str, ...], call: Callable[[], object]) -> QAction:
        action = QAction(words, self)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.triggered.connect(lambda _checked=False: call())
        menu.addAction(action)
        self.addAction(action)
        return action

    def _search_actions(self) -> list[tuple[str, str, str, Callable[[], object]]]:
        made: list[tuple[str, str, str, Callable[[], object]]] = []
        for kind in NEW_KINDS:
            words = self.tr("登记{kind}").format(kind=language.label(KINDS[kind]))
            made.append((words, "plus", "Ctrl N", partial(self.navigate, "editor", kind=kind)))
        for number, name in enumerate(PAGE_ORDER, 1):
            if name in self.page_names:
                go = partial(self.navigate, name)
                made.append((self.page_names[name], "arrow-right", f"Ctrl {number}", go))
        made.append((self.tr("立即同步"), "refresh-cw", "F5", self.rounds.start))
        return made

    # -- going -----------------------------------------------------------------------------------------------

    def navigate(self, name: str, **where: Any) -> None:
        """Goes to a page, or does one of the few things that are no page (see above)."""
        special: dict[str, Callable[[], object]] = {
            "back": self.back,
            "search": lambda: self.search.show_in(str(where.get("text", ""))),
            "sync_now": self.rounds.start,
            "new": self.show_new,
        }
        if name in special:
            special[name]()
            return
        if name == "lock":
            name = "unlock"
        if self._here[0] and (name, where) != self._here:
            self._trail.append(self._here)
            del self._trail[:-50]
        self._go(name, where)

    def back(self) -> None:
        """The page before this one, or home."""
        self._go(*(self._trail.pop() if self._trail else ("home", {})))

    def page(self, name: str) -> Any:
        """A page by name, made now if it was never seen.

        Raises:
            KeyError: there is no such page.
        """
        if name not in self._pages:
            made = self.factories[name](self.workspace, self.tasks, self.navigate)
            self._pages[name] = made
            self.stack.addWidget(made)
            if hasattr(made, "follow"):
                made.follow(self.rounds)
            if hasattr(made, "titled"):
                made.titled.connect(self._titled)
        return self._pages[name]

    def here(self) -> str:
        """The name of the open page."""
        return self._here[0]

    def _go(self, name: str, where: dict[str, Any]) -> None:
        if self._here[0] and self._here[0] in self._pages:
            self._pages[self._here[0]].leave()
        page = self.page(name)
        self._here = (name, where)
        self.search.hide()
        self.stack.setCurrentWidget(page)
        self._stale.discard(name)
        if hasattr(page, "open"):
            page.open(**where)
        else:
            page.refresh()
        self.nav.setVisible(name not in ("unlock", "enrolment"))
        self.nav.mark(getattr(page, "key", "") or name)
        self._narrow()
        self._titled(getattr(page, "title", ""))
        for method, action in self._page_actions.items():
            action.setVisible(hasattr(page, method))
            action.setEnabled(hasattr(page, method))

    def _titled(self, title: str) -> None:
        current = self.stack.currentWidget()
        shown = getattr(current, "title", title) or title
        name = self.tr("成果联络员工作台")
        self.setWindowTitle(f"{name} — {shown}" if shown else name)

    def _on_page(self, method: str) -> None:
        call = getattr(self.stack.currentWidget(), method, None)
        if callable(call):
            call()

    def _escape(self) -> None:
        focus = QApplication.focusWidget()
        if isinstance(focus, QLineEdit) and focus.text() and focus.property("role") == "find":
            focus.clear()
        elif self._here[0] in ("detail", "editor", "conflicts"):
            self.back()
        elif isinstance(focus, QLineEdit | QPlainTextEdit):
            self.stack.currentWidget().setFocus()

    def _pane(self, step: int) -> None:
        page = self.stack.currentWidget()
        panes: list[QWidget] = [self.nav.list]
        panes += page.panes() if hasattr(page, "panes") else [page]
        focus = QApplication.focusWidget()
        inside = [
            n for n, pane in enumerate(panes) if focus is not None and (pane is focus or pane.isAncestorOf(focus))
        ]
        after = panes[((inside[-1] if inside else 0) + step) % len(panes)]
        after.setFocus()
        if not after.hasFocus():
            after.focusNextChild()

    # -- showing ---------------------------------------------------------------------------------------------

    def show_new(self) -> None:
        """The menu of what can be registered, at the button or at the middle."""
        page = self.stack.currentWidget()
        button = getattr(page, "new_button", None)
        at = button.mapToGlobal(button.rect().bottomLeft()) if button is not None else self.geometry().center()
        self.new_menu.popup(at)

    def show_menu(self) -> None:
        """The menu with everything a key can do."""
        self.menu.popup(self.nav.person.mapToGlobal(self.nav.person.rect().topRight()))

    def show_keys(self) -> None:
        """All keys, searchable, in the search popup."""
        rows: list[tuple[str, str, str, Callable[[], object]]] = []
        for action in self.actions():
            keys = " / ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts())
            if keys and action.isEnabled():
                rows.append((action.text().replace("&", ""), "key-round", keys, action.trigger))
        self.search.set_actions(rows)
        self.search.show_in()
        self.search.set_actions(self._search_actions())

    def set_look(self, *, dark: bool | None = None, scale: float | None = None) -> None:
        """Light or dark, text size; kept for the next start."""
        self._look["dark"] = self._look["dark"] if dark is None else dark
        self._look["scale"] = self._look["scale"] if scale is None else scale
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, bool(self._look["dark"]), float(self._look["scale"]))
        self.workspace.remember("look", dict(self._look))

    def _scale(self, step: int) -> None:
        steps = theme.TEXT_SCALES
        at = steps.index(self._look["scale"]) if self._look["scale"] in steps else 1
        self.set_look(scale=1.0 if step == 0 else steps[max(0, min(at + step, len(steps) - 1))])

    def _narrow(self) -> None:
        page = self.stack.currentWidget()
        wanted = self.width() < RAIL_BELOW or bool(getattr(page, "rail", False))
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
        """Saves and closes without asking; what is waiting stays waiting."""
        if self._here[0]:
            self._pages[self._here[0]].leave()
        sizes = {s.objectName(): s.sizes() for s in self.findChildren(QSplitter) if s.objectName()}
        self.workspace.remember("window", {"page": self._here[0], "splitters": sizes})
        self.rounds.stop()
        self._unlisten()
        self._tick.stop()
        event.accept()

    # -- changes ---------------------------------------------------------------------------------------------

    def _changed(self, change: Changed) -> None:
        self._stale = set(self._pages) - {self._here[0]}
        self._wait.start()
        at = wording.clock(datetime.now(UTC).isoformat())
        self._saved.setText(self.tr("已保存到本机 {clock}").format(clock=at))
        now = datetime.now(UTC)
        if self._spoken is None or (now - self._spoken).total_seconds() > SAVED_SPOKEN_SECONDS:
            self._spoken = now
            announce(self._saved, self._saved.text())

    def _read_again(self) -> None:
        if self._here[0]:
            self._pages[self._here[0]].refresh()
        self._count()

    def _count(self) -> None:
        """The numbers of the sidebar, read beside the window."""
        self.tasks.work(_counts, self.workspace, done=self._show_counts, owner=self)

    def _show_counts(self, counts: dict[str, int]) -> None:
        self._counts = counts
        self.nav.set_count("todo", counts["todo"], "red")
        for key in ("records", "visits", "landings"):
            self.nav.set_count(key, counts[key])
        self.nav.set_count("sync", counts["sync"], "amber")
        self._show_sync()

    def _round_ended(self) -> None:
        self._changed(Changed())
        words = (
            self.tr("同步完成") if self.rounds.error is None else wording.error(self.rounds.error, language.lang())[0]
        )
        announce(self.nav.box, words)

    def _show_sync(self) -> None:
        lang, rounds, box = language.lang(), self.rounds, self.nav.box
        waiting = self.workspace.pending()
        amount = self.tr("{size} 待上传").format(size=wording.size(waiting.bytes)) if waiting.bytes else ""
        if rounds.running:
            now = rounds.progress
            whole = now.bytes if now and now.step == 4 else (now.items if now else 0)
            done = now.done_bytes if now and now.step == 4 else (now.done_items if now else 0)
            percent = min(100, 100 * done // whole) if whole else 0
            words = wording.progress(now, lang) if now else self.tr("正在连接平台")
            box.show_state("cloud-upload", "accent", self.tr("正在同步 {n}%").format(n=percent), words, percent=percent)
            return
        left = rounds.seconds_left()
        self._tick.start() if rounds.error is not None and left is not None else self._tick.stop()
        count = self.tr("{n} 条").format(n=waiting.records)
        if isinstance(rounds.error, Offline):
            first = self.tr("{count} · {size} 只在本机").format(count=count, size=wording.size(waiting.bytes))
            again = self.tr("{n} 秒后再试").format(n=left) if left is not None else ""
            box.show_state("cloud-off", "amber", self.tr("离线"), first, again)
        elif rounds.error is not None:
            box.show_state(
                "triangle-alert", "amber", self.tr("同步没有完成"), wording.error(rounds.error, lang)[0], amount
            )
        else:
            last = next(iter(self.workspace.rounds(1)), None)
            when = wording.stamp(last.started_at, today(), lang) if last else self.tr("还没有过")
            second = self.tr("上次同步 {when}").format(when=when)
            if waiting.records or waiting.files:
                head = self.tr("{n} 条待上传").format(n=waiting.records)
                box.show_state("cloud-upload", "amber", head, amount or self.tr("等待下次同步"), second)
            else:
                box.show_state("circle-check", "green", self.tr("都已到平台"), second)


def _counts(workspace: Workspace) -> dict[str, int]:
    """What the sidebar shows, by page."""
    return {
        "todo": len(workspace.todo()),
        "records": workspace.rows(("achievement", "demand"), limit=1).total,
        "visits": workspace.rows(("visit",), limit=1).total,
        "landings": workspace.rows(("landing",), limit=1).total,
        "sync": workspace.pending().records,
    }
