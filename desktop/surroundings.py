"""What ties the window to the desktop around it: the tray, the desktop's lock and sleep, the camera's folder, the login.

Lives as long as the program; ``enter`` for each window that is opened, ``leave`` before it goes. It decides when a
locked profile is closed for real (``sealed``): where a passphrase opens it, unless the person wants it to keep
syncing from the tray; before a sleep always. Must not know how a profile is opened or closed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from desktop import autostart, credentials
from desktop.bus import Bus
from desktop.lock_watch import LockWatch
from desktop.settings import Settings
from desktop.tasks import Tasks
from desktop.tray import Tray
from desktop.watched_folder import CAMERA, WatchedFolder
from sync.errors import Failure

if TYPE_CHECKING:
    from desktop.pages.main_window import MainWindow
    from sync.workspace import Changed, Workspace

COUNT_MS = 500
OFFERED_MOST = 20  # scans; older ones lie in the folder


class Surroundings(QObject):
    """``sealed(reason)``: close the profile under the locked window; ``closed``: the window was, for good."""

    sealed = Signal(str)
    closed = Signal()
    quit_asked = Signal()
    open_asked = Signal()

    def __init__(self, tasks: Tasks, profile: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks, self._profile = tasks, profile
        self._window: MainWindow | None = None
        self._workspace: Workspace | None = None
        self._settings: Settings | None = None
        self._offered: list[Path] = []
        self._said_hidden = False
        self._reason = "idle"  # of the lock that comes
        self.tray = Tray(self)
        self.tray.open_asked.connect(self.open_asked)
        self.tray.sync_asked.connect(self._sync)
        self.tray.lock_asked.connect(lambda: self._lock("asked"))
        self.tray.quit_asked.connect(self.quit_asked)
        self.camera = WatchedFolder(tasks, self)
        self.camera.found.connect(self._offer)
        self.locks = LockWatch(Bus("SYSTEM", self), Bus("SESSION", self), self)
        self.locks.locked.connect(self._lock)
        self._counting = QTimer(self)
        self._counting.setSingleShot(True)
        self._counting.setInterval(COUNT_MS)
        self._counting.timeout.connect(self._count)
        if sys.platform.startswith("linux"):
            self.locks.start()

    # -- windows ---------------------------------------------------------------------------------------------

    def enter(self, window: MainWindow, workspace: Workspace) -> None:
        """A profile is open in ``window``."""
        self._window, self._workspace, self._settings = window, workspace, Settings(workspace)
        self.tray.show_locked(False)
        window.installEventFilter(self)
        window.went.connect(self._went)
        window.setting_changed.connect(self._set)
        window.rounds.ended.connect(self._counting.start)
        workspace.listen(self._tasks.relay(self._changed, self))
        if bool(self._settings.get("desk.login")) != autostart.enabled():  # it was changed in the desktop's settings
            self._settings.set("desk.login", autostart.enabled())
        self._watch((workspace.recall(CAMERA) or {}).get("folder"))
        self._counting.start()

    def leave(self) -> None:
        """The window goes: nothing of it is touched any more."""
        if self._window is not None:
            self._window.removeEventFilter(self)
            self._window.went.disconnect(self._went)
            self._window.setting_changed.disconnect(self._set)
        self.camera.watch(None)
        self._offered.clear()
        self._window = self._workspace = self._settings = None

    def close(self) -> None:
        """The program ends."""
        self.leave()
        self.locks.saved()
        self.tray.close()

    def keeps(self) -> bool:
        """Whether a closed window stays in the tray and goes on syncing."""
        return self._settings is not None and bool(self._settings.get("desk.tray")) and self.tray.there()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Closing the window: into the tray where that is wanted, otherwise the end."""
        if event.type() != QEvent.Type.Close or watched is not self._window:
            return False
        if not self.keeps():
            QTimer.singleShot(0, self, self._after_close)
            return False
        self._window.on_page("leave")
        self._window.hide()
        event.ignore()
        if not self._said_hidden:
            self._said_hidden = True
            self.tray.tell(self.tr("工作台还在托盘里"), self.tr("会继续同步；要退出请右键点图标。"))
        return True

    def _after_close(self) -> None:
        """The end, unless the window stayed (it holds text that could not be stored)."""
        if self._window is None or not self._window.isVisible():
            self.closed.emit()

    # -- locking ---------------------------------------------------------------------------------------------

    def _lock(self, reason: str) -> None:
        window = self._window
        if window is None:  # locked already, for real
            self.locks.saved()
            return
        self._reason = reason
        if window.here() != "unlock":
            window.navigate("lock")
        else:
            self._went("unlock")

    def _went(self, name: str) -> None:
        """The window shows another page; a locked one is closed for real where that protects anything."""
        if name == "editor":
            self._say_offers()
        self.tray.show_locked(name == "unlock")
        if name != "unlock":
            return
        reason, self._reason = self._reason, "idle"
        if self._has_passphrase() and (reason == "suspend" or not self.keeps()):
            self.sealed.emit(reason)
        else:
            # the lane works in order: what was being saved is safe when this is through
            self._tasks.work(bool, done=lambda _: self.locks.saved(), owner=self)

    def _has_passphrase(self) -> bool:
        try:
            return "passphrase" in credentials.slots(self._profile)
        except Failure:  # a header that cannot be read: closing the profile would lose the way back
            return False

    # -- the tray's number -----------------------------------------------------------------------------------

    def _changed(self, _change: Changed) -> None:
        if not self._counting.isActive():
            self._counting.start()

    def _count(self) -> None:
        if self._workspace is not None:
            self._tasks.read(_waiting, self._workspace, done=self.tray.show_waiting, owner=self)

    # -- settings --------------------------------------------------------------------------------------------

    def _sync(self) -> None:
        if self._window is not None:
            self._window.rounds.start()

    def _set(self, key: str, value: Any) -> None:
        if key == "camera.folder":
            self._watch(value)
        elif key == "desk.login":
            usual = self._profile == credentials.default_profile()
            words = autostart.command(None if usual else self._profile)
            self._tasks.work(autostart.set_enabled, bool(value), words, failed=self._not_set, owner=self)

    def _not_set(self, _error: Exception) -> None:
        notices = self._notices()
        if notices is not None:
            words = self.tr("没能改登录时启动的设置")
            notices.say("warn", words, self.tr("请在系统的“开机启动”设置里添加本程序。"), key="login")

    # -- the camera's folder ---------------------------------------------------------------------------------

    def _watch(self, folder: object) -> None:
        self.camera.watch(Path(folder) if isinstance(folder, str) and folder else None)

    def _offer(self, path: Path) -> None:
        self._offered = [*(one for one in self._offered if one != path), path][-OFFERED_MOST:]
        self._say_offers()

    def _say_offers(self) -> None:
        """A notice with one button in the open form; never without being asked for."""
        notices, window = self._notices(), self._window
        if notices is None or window is None or window.here() != "editor" or not self._offered:
            return
        names = "、".join(path.name for path in self._offered[-3:])
        words = self.tr("扫描文件夹里有 {n} 份新扫描件：{names}").format(n=len(self._offered), names=names)
        notice = notices.say(
            "info", words, self.tr("点“添加”才会放进这条记录；原文件留在文件夹里。"), key="camera", action=self.tr("添加"), call=self._take,
        )  # fmt: skip
        notice.closed.connect(self._offered.clear)

    def _take(self) -> None:
        window, paths = self._window, list(self._offered)
        self._offered.clear()
        if window is not None and window.here() == "editor":
            window.page("editor").viewer.take_files([path for path in paths if path.exists()])

    def _notices(self) -> Any:
        page: QWidget | None = self._window.stack.currentWidget() if self._window is not None else None
        return getattr(page, "notices", None)


def _waiting(workspace: Workspace) -> int:
    return workspace.pending().records
