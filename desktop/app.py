"""The composition root of the window: profile, lanes, language, look and pages put together, and nothing else.

``run`` opens the window for a person; ``build_window`` makes it over a given workspace (the demo takes pictures of
it); ``self_check`` is what a frozen program must be able to do before it is packed.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from desktop.pages.main_window import Factory, MainWindow
from desktop.pages.rounds import Sync
from desktop.tasks import Tasks
from desktop.widgets import language, theme
from sync.workspace import Workspace

#: page -> where its class stands; imported on the first visit
PAGES = {
    "home": "desktop.pages.home:HomePage",
    "todo": "desktop.pages.todo:TodoPage",
    "records": "desktop.pages.records:RecordsPage",
    "visits": "desktop.pages.visits:VisitsPage",
    "landings": "desktop.pages.landings:LandingsPage",
    "detail": "desktop.pages.detail:DetailPage",
    "editor": "desktop.pages.editor:EditorPage",
    "sync": "desktop.pages.sync_centre:SyncCentrePage",
    "conflicts": "desktop.pages.conflicts:ConflictsPage",
}
INPUT_PLUGINS = ("fcitx", "fcitx5")


def _page(place: str, *args: Any) -> QWidget:
    module, name = place.split(":")
    made: QWidget = getattr(importlib.import_module(module), name)(*args)
    return made


def factories() -> dict[str, Factory]:
    """Every page of the window by name."""
    return {name: partial(_page, place) for name, place in PAGES.items()}


def application(lang: str = "zh", *, dark: bool = False, scale: float = 1.0) -> QApplication:
    """The application object with language and look; the one there is, if there is one."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        _before_qt()
        app = QApplication(sys.argv[:1])
    app.setApplicationName("Liaison")
    app.setApplicationDisplayName("")
    app.setQuitOnLastWindowClosed(True)
    theme.apply(app, dark, scale)
    language.install(app, lang)
    return app


def _before_qt() -> None:
    """Sharp at every scale, and Chinese input where only fcitx runs: fcitx5 answers to ibus's name."""
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    asked = os.environ.get("QT_IM_MODULE", "") or os.environ.get("XMODIFIERS", "").rpartition("=")[2]
    if asked in INPUT_PLUGINS and not os.environ.get("QT_PLUGIN_PATH"):
        os.environ["QT_IM_MODULE"] = "ibus"


def build_window(
    workspace: Workspace, tasks: Tasks, *, sync: Sync | None = None, pages: Mapping[str, Factory] | None = None,
    page: str | None = None, version: str = "",
) -> MainWindow:  # fmt: skip
    """The window over a workspace, not yet shown; ``page`` is where it opens (home if not said)."""
    if sync is None:
        from desktop.operations import sync_now

        sync = sync_now
    window = MainWindow(workspace, tasks, pages or factories(), sync, version=version)
    window.navigate(page or "home")
    return window


def grab(window: QWidget, path: Path, wait: Callable[[], None]) -> None:
    """A picture of a window after ``wait`` let its work finish."""
    wait()
    window.grab().save(str(path))
