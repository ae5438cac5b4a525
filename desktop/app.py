"""The composition root of the window: profile, lanes, language, look and pages put together, and nothing else.

``run`` opens the window for a person; ``build_window`` makes it over a given workspace (the demo takes pictures of
it); ``self_check`` is what a frozen program must be able to do before it is packed.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLockFile, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from desktop.first_window import ask_first
from desktop.input_method import setup as input_method
from desktop.sitting import Sitting
from desktop.tasks import Tasks
from desktop.widgets import language, spoken, theme

if TYPE_CHECKING:  # what is here before the first frame is only what the first frame shows
    from desktop.pages.main_window import Factory, MainWindow
    from desktop.pages.rounds import Sync
    from sync.workspace import Workspace

#: page -> where its class stands; imported on the first visit
PAGES = {
    "home": "desktop.pages.home:HomePage",
    "todo": "desktop.pages.todo:TodoPage",
    "records": "desktop.pages.records:RecordsPage",
    "visits": "desktop.pages.visits:VisitsPage",
    "landings": "desktop.pages.landings:LandingsPage",
    "library": "desktop.pages.library:LibraryPage",
    "reports": "desktop.pages.reports:ReportsPage",
    "import": "desktop.pages.import_ledger:ImportPage",
    "detail": "desktop.pages.detail:DetailPage",
    "sheet": "desktop.pages.sheet:SheetPage",
    "editor": "desktop.pages.editor:EditorPage",
    "conflicts": "desktop.pages.conflicts:ConflictsPage",
    "sync": "desktop.pages.sync_centre:SyncCentrePage",
    "preferences": "desktop.pages.preferences:PreferencesPage",
    "help": "desktop.pages.help:HelpPage",
    "unlock": "desktop.pages.unlock:UnlockPage",
}
BUSY = 5  # exit status: another window has this profile


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
        QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
        speaks = input_method.before_qt()
        app = QApplication(sys.argv[:1])
        input_method.begin(app, speaks)
    app.setApplicationName("Liaison")
    app.setDesktopFileName("liaison")
    spoken.install()
    theme.apply(app, dark, scale)
    language.install(app, lang)
    return app


def build_window(
    workspace: Workspace, tasks: Tasks, *, sync: Sync | None = None, pages: Mapping[str, Factory] | None = None,
    page: str | None = None, version: str = "",
) -> MainWindow:  # fmt: skip
    """The window over a workspace, not yet shown; ``page`` is where it opens (home if not said)."""
    from desktop.operations import VERSION
    from desktop.pages.habits import sync as usual
    from desktop.pages.main_window import MainWindow

    window = MainWindow(workspace, tasks, pages or factories(), sync or usual, version=version or VERSION)
    window.navigate(page or "home")
    return window


def run(profile: Path, lang: str | None = None, page: str | None = None) -> int:
    """Opens the window on ``profile`` and stays until it is closed; the exit status.

    Where a window of this person has the profile already, that one comes forward and this one ends with 0.
    """
    app = application(lang or "zh")
    profile.parent.mkdir(parents=True, exist_ok=True)
    lock = QLockFile(str(profile.parent / f".{profile.name}.window"))
    lock.setStaleLockTime(0)
    if not lock.tryLock(100):
        if ask_first(profile, page, os.environ.get("XDG_ACTIVATION_TOKEN", "")):
            return 0
        sys.stderr.write(
            "这份资料已经在另一个窗口里打开。\n" if lang != "en" else "This profile is open in another window.\n"
        )
        return BUSY
    sitting = Sitting(app, profile, lang, page, build_window)
    try:
        return app.exec()
    finally:
        sitting.close()
        lock.unlock()


def self_check() -> int:
    """Whether this program has everything it needs; see ``desktop.pages.self_check``. 0 or 1."""
    from desktop.pages.self_check import check_all

    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY") and sys.platform.startswith("linux"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = application("zh")
    failed = [f"{name}: {words}" for name, words in check_all(app, build_window) if words]
    sys.stdout.write("\n".join(failed or ["ok"]) + "\n")
    return 1 if failed else 0
