"""Puts the input method in place: ``before_qt`` says to Qt what it can do, ``begin`` does the rest in the application.

    speaks = before_qt()                 before there is a QApplication
    begin(app, speaks)                   afterwards; kept by the application

Must not know the window.
"""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QLibraryInfo
from PySide6.QtGui import QGuiApplication

from desktop import bus
from desktop.input_method.bridge import Bridge
from desktop.input_method.choice import display_number, prepare
from desktop.input_method.composing import Composing
from desktop.input_method.fcitx import Fcitx


def before_qt() -> bool:
    """Chooses; True where fcitx is ours to speak to."""
    plugins = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath))
    return prepare(os.environ, bus.names, plugins)


def begin(app: QGuiApplication, speaks: bool) -> Bridge | None:
    """Guards compositions of every input method; with ``speaks`` also connects to fcitx (None without a bus)."""
    Composing(app)
    if not speaks:
        return None
    session = bus.Bus("SESSION", app)
    if not session.open():
        return None
    fcitx = Fcitx(session, display_number(os.environ), app)
    bridge = Bridge(app, fcitx)  # last: asked first
    fcitx.start()
    return bridge
