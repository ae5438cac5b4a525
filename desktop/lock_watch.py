"""When the desktop locks its screen or goes to sleep, so does the window: ``locked(reason)`` with "screen" or "suspend".

Before a sleep logind waits for ``saved()``, a few seconds at most, so that what was typed is on the disk first. Where
there is no bus nothing is heard; the idle minutes (``desktop.pages.habits``) hold everywhere. Windows tells sessions of
this by WTS messages, which are not listened to yet. Must not know the window.

Sources: logind's interface (systemd, org.freedesktop.login1), the screen savers' (freedesktop, GNOME, MATE, Cinnamon);
Deepin's and UKUI's from their sources, not tried on their desktops.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.bus import Bus, Place

log = logging.getLogger(__name__)

LOGIN = "org.freedesktop.login1"
MANAGER = Place(LOGIN, "/org/freedesktop/login1", f"{LOGIN}.Manager")
SESSION = f"{LOGIN}.Session"
PROPERTIES = "org.freedesktop.DBus.Properties"
#: who says ActiveChanged(true) when the screen is locked
SAVERS = (
    ("/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver"),
    ("/ScreenSaver", "org.freedesktop.ScreenSaver"),
    ("/org/gnome/ScreenSaver", "org.gnome.ScreenSaver"),
    ("/org/mate/ScreenSaver", "org.mate.ScreenSaver"),
    ("/org/cinnamon/ScreenSaver", "org.cinnamon.ScreenSaver"),
    ("/", "org.ukui.ScreenSaver"),
)
#: whose property Locked becomes true
LOCKED = (("/com/deepin/SessionManager", "com.deepin.SessionManager"),
          ("/org/deepin/dde/SessionManager1", "org.deepin.dde.SessionManager1"))  # fmt: skip


class LockWatch(QObject):
    """Listens on both buses as long as it lives."""

    locked = Signal(str)

    def __init__(self, system: Bus, session: Bus, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._system, self._session = system, session
        self._delay: Callable[[], None] | None = None  # lets the machine sleep
        self._listening = ""  # our session of logind

    def start(self) -> None:
        """Begins to listen, where there is a bus."""
        if self._system.is_open() or self._system.open():
            self._system.listen(MANAGER, self._manager)
            self._system.watch(LOGIN, self._login)
        if self._session.is_open() or self._session.open():
            for path, interface in SAVERS:
                self._session.listen(Place("", path, interface), self._saver)
            for path, _interface in LOCKED:
                self._session.listen(Place("", path, PROPERTIES), self._changed)

    def saved(self) -> None:
        """Everything is safe: the machine may sleep."""
        if self._delay is not None:
            self._delay()
            self._delay = None

    def holds(self) -> bool:
        """Whether a sleep would wait for us."""
        return self._delay is not None

    # -- logind ----------------------------------------------------------------------------------------------

    def _login(self, owner: str) -> None:
        self.saved()
        if not owner:
            return
        self._hold()
        self._system.call(MANAGER, "GetSessionByPID", "u", (os.getpid(),), self._listen, self._no_session)

    def _no_session(self, _error: str) -> None:
        """Started outside a session (a user service): the environment may still name it."""
        name = os.environ.get("XDG_SESSION_ID")
        if name:
            self._system.call(MANAGER, "GetSession", "s", (name,), self._listen)

    def _listen(self, values: tuple[Any, ...]) -> None:
        if values and values[0] != self._listening:
            self._listening = str(values[0])
            self._system.listen(Place(LOGIN, self._listening, SESSION), self._own_session)
            self._system.listen(Place(LOGIN, self._listening, PROPERTIES), self._changed)

    def _hold(self) -> None:
        """Asks logind to wait before it sleeps."""
        body = ("sleep", "Liaison", "保存正在填写的内容", "delay")

        def held(values: tuple[Any, ...]) -> None:
            self.saved()
            # the file descriptor is the promise: closing it lets the machine sleep
            self._delay = values[0].close

        self._system.call(MANAGER, "Inhibit", "ssss", body, held, lambda why: log.info("no delay before sleep: %s", why))

    def _manager(self, member: str, values: tuple[Any, ...]) -> None:
        if member == "PrepareForSleep":
            if values[0]:
                self.locked.emit("suspend")
            elif self._delay is None:
                self._hold()

    def _own_session(self, member: str, _values: tuple[Any, ...]) -> None:
        if member == "Lock":
            self.locked.emit("screen")

    # -- screens ---------------------------------------------------------------------------------------------

    def _saver(self, member: str, values: tuple[Any, ...]) -> None:
        if (member == "ActiveChanged" and values and values[0]) or member == "lock":
            self.locked.emit("screen")

    def _changed(self, member: str, values: tuple[Any, ...]) -> None:
        if member != "PropertiesChanged":
            return
        changed = values[1]
        names = {interface for _path, interface in LOCKED}
        for interface, name in ((SESSION, "LockedHint"), *((one, "Locked") for one in names)):
            if values[0] == interface and changed.get(name, ("b", False))[1]:
                self.locked.emit("screen")
