"""The window's actions: pages, what can be registered, what the open page offers, look, lock. All keys stand here.

Every action has a name and stands in the menu or in the search popup; tooltips of buttons name the same keys. Nothing
is handled in ``keyPressEvent``, so a composing input method keeps its Enter and Esc.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from desktop.pages.keys import NEW_KINDS, PAGE_KEYS, PAGE_ORDER
from desktop.settings import PRACTICE
from desktop.widgets import language, theme
from sync.domain.kinds import KINDS

Entry = tuple[str, str, str, Callable[[], object]]  # words, icon, key, what it does


class WindowMenu(QObject):
    """Builds the menu of ``window`` (a ``MainWindow``) and keeps its actions."""

    def __init__(self, window: Any) -> None:
        super().__init__(window)
        self._window = window
        self.menu = QMenu(self.tr("菜单"), window)
        self.new_menu = QMenu(self.tr("新建登记"), window)
        self._page_actions: dict[str, QAction] = {}
        self._all: list[QAction] = []
        self._fill()

    def _fill(self) -> None:
        window, menu = self._window, self.menu
        pages = menu.addMenu(self.tr("转到"))
        for number, name in enumerate(PAGE_ORDER, 1):
            if name in window.page_names:
                self._act(pages, window.page_names[name], (f"Ctrl+{number}",), partial(window.navigate, name))
        for number, kind in enumerate(NEW_KINDS, 1):
            words = f"&{number} {language.label(KINDS[kind])}"
            self._act(self.new_menu, words, (), partial(window.navigate, "editor", kind=kind))
        menu.addMenu(self.new_menu)
        self._page(menu.addMenu(self.tr("本页")))
        self._act(None, self.tr("新建登记…"), ("Ctrl+N",), window.show_new)
        self._act(menu, self.tr("搜索全部"), ("Ctrl+K",), partial(window.navigate, "search"))
        self._act(menu, self.tr("立即同步"), ("F5",), partial(window.navigate, "sync_now"))
        if "import" in window.factories:
            self._act(menu, self.tr("导入台账…"), (), partial(window.navigate, "import"))
        self._look(menu.addMenu(self.tr("显示")))
        if "preferences" in window.factories:
            self._act(menu, self.tr("设置"), ("Ctrl+,",), partial(window.navigate, "preferences"))
        if "unlock" in window.factories:
            self._act(menu, self.tr("上锁"), ("Ctrl+L",), partial(window.navigate, "lock"))
        if "help" in window.factories:
            self._act(menu, self.tr("本页帮助"), ("F1",), window.show_help)
            self._act(menu, self.tr("头五分钟"), (), partial(window.navigate, "help", topic="start"))
            self._act(menu, self.tr("键盘一览"), (), partial(window.navigate, "help", topic="keyboard"))
        if not window.workspace.recall(PRACTICE):
            self._act(menu, self.tr("练习（另开窗口，虚构资料）"), (), window.practise)
        self._act(None, self.tr("打开菜单"), ("F10",), window.show_menu)
        self._act(menu, self.tr("关闭窗口"), ("Ctrl+Q",), window.close)

    def _page(self, menu: QMenu) -> None:
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
        for key in PAGE_KEYS:
            action = self._act(menu, names[key.method], key.keys, partial(self._window.on_page, key.method))
            self._page_actions[key.method] = action
        self._act(menu, self.tr("下一栏"), ("F6",), partial(self._window.next_pane, 1))
        self._act(menu, self.tr("上一栏"), ("Shift+F6",), partial(self._window.next_pane, -1))
        self._act(menu, self.tr("撤销"), ("Ctrl+Z",), self._window.undo)
        self._act(menu, self.tr("重做"), ("Ctrl+Y", "Ctrl+Shift+Z"), self._window.redo)
        self._act(menu, self.tr("返回"), ("Esc",), self._window.escape)

    def _look(self, menu: QMenu) -> None:
        group = QActionGroup(self)
        for words, dark in ((self.tr("浅色"), False), (self.tr("深色"), True)):
            action = self._act(menu, words, (), partial(self._window.set_look, dark=dark))
            action.setCheckable(True)
            action.setChecked(dark == theme.current().dark)
            group.addAction(action)
        menu.addSeparator()
        self._act(menu, self.tr("放大文字"), ("Ctrl+=", "Ctrl++"), partial(self._window.scale, 1))
        self._act(menu, self.tr("缩小文字"), ("Ctrl+-",), partial(self._window.scale, -1))
        self._act(menu, self.tr("恢复文字大小"), ("Ctrl+0",), partial(self._window.scale, 0))

    def _act(self, menu: QMenu | None, words: str, keys: tuple[str, ...], call: Callable[[], object]) -> QAction:
        """A key's action; without a menu where it opens one (an action that is not visible has no key either)."""
        action = QAction(words, self._window)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.triggered.connect(lambda _checked=False: call())
        if menu is not None:
            menu.addAction(action)
        self._window.addAction(action)
        self._all.append(action)
        return action

    def show_page(self, page: object) -> None:
        """Only what the open page can do is offered."""
        for method, action in self._page_actions.items():
            there = callable(getattr(page, method, None))
            action.setVisible(there)
            action.setEnabled(there)

    def set_locked(self, locked: bool) -> None:
        """A locked window answers no key but its own form's."""
        for action in self._all:
            action.setEnabled(not locked)
        if locked:
            self._page_actions["primary"].setEnabled(True)

    def doings(self) -> list[Entry]:
        """What can be done, for the search popup."""
        made: list[Entry] = []
        for kind in NEW_KINDS:
            words = self.tr("登记{kind}").format(kind=language.label(KINDS[kind]))
            made.append((words, "plus", "Ctrl N", partial(self._window.navigate, "editor", kind=kind)))
        for number, name in enumerate(PAGE_ORDER, 1):
            if name in self._window.page_names:
                go = partial(self._window.navigate, name)
                made.append((self._window.page_names[name], "arrow-right", f"Ctrl {number}", go))
        known = {words for words, *_rest in made}
        for action in self._all:  # everything else that has a name: sync, look, lock, settings, help
            words = action.text().replace("&", "").rstrip("…")
            if words not in known and action.isVisible() and not words[:1].isdigit():
                keys = " / ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts())
                made.append((words, "arrow-right", keys.replace("+", " "), action.trigger))
        return made
