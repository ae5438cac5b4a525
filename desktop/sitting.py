"""One person at the window: from opening the profile to closing it, through every lock and unlock between.

A lock that protects something (see ``desktop.surroundings``) ends like a shutdown: everything is saved, the profile is
closed and its key is let go as far as Python allows (the objects that held it are gone; freed memory is not wiped).
The passphrase then opens it anew, at the same place. Must not know pages.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QRect, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow, QSplitter

from desktop.first_window import FirstWindow
from desktop.pages.start_window import StartWindow
from desktop.settings import Settings
from desktop.surroundings import Surroundings
from desktop.tasks import Tasks
from desktop.widgets import language, theme
from sync.errors import WipeOrdered
from sync.evidence import apart

if TYPE_CHECKING:
    from desktop.pages.main_window import MainWindow
    from sync.workspace import Workspace

log = logging.getLogger(__name__)

FIRST_ROUND_SECONDS = 3  # after the window is there
SCREEN_MS = 500
REST_MS = 50  # between two looks whether everything is saved


class Sitting:
    """Opens ``profile`` in a window made by ``build``; ends with ``close``."""

    def __init__(
        self, app: QApplication, profile: Path, lang: str | None, page: str | None, build: Callable[..., MainWindow]
    ) -> None:
        self._app, self._lang, self._page, self._profile, self._build = app, lang, page, profile, build
        self.tasks = Tasks()
        self.workspace: Workspace | None = None
        self.window: MainWindow | None = None
        self.start: StartWindow | None = None
        self._place: tuple[str, dict[str, Any]] | None = None  # where an unlocked window goes on
        self._field: str | None = None
        self._shape: QByteArray | None = None
        self._sealing = False
        self._again = QTimer()
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._rest)
        self.tasks.crashed.connect(self._record)
        sys.excepthook = self._uncaught
        app.screenRemoved.connect(self._screen_gone)
        app.setQuitOnLastWindowClosed(False)  # the tray may keep it; whoever closes a window says so
        self.around = Surroundings(self.tasks, profile)
        self.around.sealed.connect(self._seal)
        self.around.open_asked.connect(self.come_forward)
        self.around.quit_asked.connect(self._quit)
        self.around.closed.connect(app.quit)
        self.door = FirstWindow(profile)
        self.door.asked.connect(self.come_forward)
        self._begin(locked=False)

    def come_forward(self, page: str = "", token: str = "") -> None:
        """The window in front of all others, at ``page`` where it is one."""
        window: QMainWindow | None = self.window or self.start
        if window is None:
            return
        if token:
            os.environ["XDG_ACTIVATION_TOKEN"] = token  # Qt hands it to the desktop with the next request
        window.showNormal() if window.isMinimized() else window.show()
        onto_a_screen(window)
        window.raise_()
        window.activateWindow()
        if page and self.window is not None and page in self.window.page_names:
            self.window.navigate(page)

    def _screen_gone(self, _screen: object) -> None:
        """A projector was unplugged: once Qt and the desktop have moved what they move, no window is left outside."""
        window: QMainWindow | None = self.window or self.start
        if window is not None:
            QTimer.singleShot(SCREEN_MS, window, self._onto_a_screen)

    def _onto_a_screen(self) -> None:
        for window in (self.window, self.start):
            if window is not None:
                onto_a_screen(window)

    def close(self) -> None:
        """Waits for what is being saved, then closes the profile."""
        self._again.stop()
        self._app.screenRemoved.disconnect(self._screen_gone)
        self.door.close()
        self.around.close()
        self.tasks.close()
        apart.close()
        if self.workspace is not None:
            self.workspace.close()
        sys.excepthook = sys.__excepthook__

    # -- opening ---------------------------------------------------------------------------------------------

    def _begin(self, *, locked: bool, shown: bool = True) -> None:
        self.start = start = StartWindow(self._profile, self.tasks, _open, locked=locked)
        start.opened.connect(self._opened)
        start.closed.connect(self._app.quit)
        if self._shape is not None:
            start.restoreGeometry(self._shape)
        if shown:
            start.show()

    def _round_ended(self) -> None:
        """A laptop whose erasing was ordered shows nothing any more: what is left is to enrol anew."""
        if self.window is not None and isinstance(self.window.rounds.error, WipeOrdered):
            self._let_go(self.window, erased=True)

    def _opened(self, workspace: Workspace) -> None:
        from desktop.pages.habits import Habits

        self.workspace = workspace
        settings = Settings(workspace)
        language.install(self._app, self._lang or str(settings.get("language.code")))
        theme.apply(self._app, bool(settings.get("look.dark")), float(settings.get("look.scale")))
        self.window = window = self._build(workspace, self.tasks, page=self._page)
        self._restore(window, workspace)
        Habits(window, workspace)
        self.around.enter(window, workspace)
        window.leaving.connect(self._leaving)
        window.rounds.ended.connect(self._round_ended)
        window.welcome()
        window.show()
        if self.start is not None:
            self.start.close()
            self.start.deleteLater()
            self.start = None
        if settings.get("sync.minutes"):
            window.rounds.plan(FIRST_ROUND_SECONDS)

    def _restore(self, window: MainWindow, workspace: Workspace) -> None:
        """Sizes, and the place somebody was at."""
        kept = workspace.recall("window") or {}
        if self._shape is not None:
            window.restoreGeometry(self._shape)
        elif len(kept.get("size") or ()) == 2:
            window.resize(*kept["size"])
        onto_a_screen(window)
        for split in window.findChildren(QSplitter):
            if split.objectName() in (kept.get("splitters") or {}):
                split.setSizes(kept["splitters"][split.objectName()])
        left = workspace.recall("editor.open")  # a form that was open when the program ended
        if self._place is not None:
            window.navigate(self._place[0], **self._place[1])
        elif self._page is None and isinstance(left, dict) and left.get("id"):
            window.navigate("editor", id=left["id"], field=left.get("field"))
        elif self._page is None and (workspace.recall("visit.entry") or {}).get("here"):
            window.navigate("visits", go_on=True)
        self._place = None

    # -- locking for real ------------------------------------------------------------------------------------

    def _seal(self, reason: str) -> None:
        """The window is locked: nothing new begins, what runs comes to its end, then the profile is closed."""
        if self.window is None or self._sealing:
            return
        self._sealing = True
        self.window.rounds.unplan()
        if reason == "suspend":
            self.window.rounds.stop()
        self._rest()

    def _rest(self) -> None:
        window = self.window
        if window is None or window.here() != "unlock":  # unlocked again before it came to that
            self._sealing = False
            if window is not None and Settings(window.workspace).get("sync.minutes"):
                window.rounds.plan(FIRST_ROUND_SECONDS)
            return
        if not self.tasks.idle() or window.rounds.running or window.unsaved() or window.page("unlock").form.secret.text():
            self._again.start(REST_MS)
            return
        self._let_go(window)

    def _leaving(self, name: str) -> None:
        """The field somebody is at; the focus wanders when the form goes."""
        form = self.window.page(name).form if self.window is not None and name == "editor" else None
        self._field = form.place() if form is not None else None

    def _let_go(self, window: MainWindow, *, erased: bool = False) -> None:
        name, where = window.place()
        record = window.page("editor").record if name == "editor" else None
        if record is not None:  # begun as a new one, saved since
            where = {"id": record.id, "field": self._field}
        self._place, self._shape = None if erased else (name, where), window.saveGeometry()
        shown, small = window.isVisible(), window.isMinimized()
        self.around.leave()
        self._begin(locked=not erased, shown=shown and not small)
        if small and self.start is not None:
            self.start.showMinimized()
        if not window.close():  # it holds text that could not be stored, of a laptop that is erased
            window.close()
        window.deleteLater()
        apart.close()  # it holds the paper that was looked at
        if self.workspace is not None:
            self.workspace.close()
        self.window = self.workspace = None
        self._page = None
        self._sealing = False
        QTimer.singleShot(0, self._forget)

    def _forget(self) -> None:
        """The window's objects, and with them the profile's key, go now and not when memory is short."""
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
        self.around.locks.saved()

    # -- ending ----------------------------------------------------------------------------------------------

    def _quit(self) -> None:
        if self.window is not None and self.window.holds_back():
            self.come_forward()
            return
        self.around.leave()
        if self.window is not None:
            self.window.close()
        self._app.quit()

    def _record(self, bug: object) -> None:
        from desktop.diagnostics import record_bug

        if isinstance(bug, BaseException):
            record_bug(self._profile, bug)

    def _uncaught(self, kind: type[BaseException], bug: BaseException, trace: TracebackType | None) -> None:
        """A bug on the window's thread: recorded and said; what was saved is safe and work goes on."""
        if issubclass(kind, KeyboardInterrupt):
            self._app.quit()
            return
        log.error("uncaught", exc_info=(kind, bug, trace))
        self._record(bug)
        if self.window is not None:
            self.window.tell_bug(bug)


def _open(profile: Path, passphrase: str | None) -> Workspace:
    """Opens the profile (work lane); most of the program is first read here, with a frame of the window there already."""
    from desktop.operations import open_workspace

    return open_workspace(profile, passphrase)


def onto_a_screen(window: QMainWindow) -> None:
    """A screen that was there the last time may be unplugged, and a projector smaller than it was."""
    screens = [screen.availableGeometry() for screen in QGuiApplication.screens()]
    if not screens:
        return
    place = window.geometry()
    room = max(screens, key=lambda screen: _area(screen.intersected(place)))
    window.resize(window.size().boundedTo(room.size()))
    if not room.intersects(window.geometry()):
        window.move(room.topLeft())


def _area(place: QRect) -> int:
    return place.width() * place.height() if place.isValid() else 0
