"""One window a profile: a second start asks the first one to come forward, and ends.

The first window holds a lock file (see ``desktop.app``) and listens at a local door named after the profile; only the
same person's programs may knock. Must not know what a window is.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

WAIT_MS = 1_500  # a window that is busy for longer will not come forward
_LONGEST = 1_000  # bytes of a request
_ANSWER = b"ok\n"


def door_of(profile: Path) -> str:
    """The door's name: a socket in the person's run-time folder where there is one."""
    name = "liaison-" + hashlib.sha256(os.fsencode(profile.absolute())).hexdigest()[:16]
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    return str(Path(folder) / name) if folder and Path(folder).is_dir() else name


def ask_first(profile: Path, page: str | None = None, token: str = "") -> bool:
    """Asks the window that has this profile to come forward, at ``page``; False where none of ours answers.

    Args:
        profile: its folder.
        page: a page's name, None for where it is.
        token: what the desktop gave this start so that a window may take the focus.
    """
    end = time.monotonic() + WAIT_MS / 1000
    socket = QLocalSocket()
    socket.connectToServer(door_of(profile))
    if not socket.waitForConnected(WAIT_MS):
        return False
    socket.write(json.dumps({"page": page, "token": token}).encode() + b"\n")
    while not socket.canReadLine() and time.monotonic() < end:
        if not socket.waitForReadyRead(max(1, round((end - time.monotonic()) * 1000))):
            break
    answer = bytes(socket.readAll().data())
    socket.abort()
    return answer == _ANSWER


class FirstWindow(QObject):
    """The door. ``asked(page, token)`` when somebody knocked; "" for no page."""

    asked = Signal(str, str)

    def __init__(self, profile: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._come)
        name = door_of(profile)
        if not self._server.listen(name):
            QLocalServer.removeServer(name)  # left by a window that was killed: we hold its lock
            self._server.listen(name)

    def is_open(self) -> bool:
        """Whether anybody can knock."""
        return self._server.isListening()

    def close(self) -> None:
        """Nobody can knock any more."""
        self._server.close()

    def _come(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda one=socket: self._read(one))
            socket.disconnected.connect(socket.deleteLater)
            self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > _LONGEST:
                socket.abort()
            return
        try:
            said = json.loads(bytes(socket.readLine(_LONGEST).data()))
        except ValueError:
            said = None
        if not isinstance(said, dict):
            socket.abort()
            return
        socket.write(_ANSWER)
        socket.flush()
        self.asked.emit(str(said.get("page") or ""), str(said.get("token") or ""))
