"""Which input method this desktop wants, and who speaks to it: a plugin of Qt, or this program itself.

The environment says what is wanted (QT_IM_MODULES, QT_IM_MODULE, XMODIFIERS), the session bus says what runs. Decided
once, before there is a QApplication, since Qt reads the environment only then. Must not know Qt.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, MutableMapping
from pathlib import Path

FCITX = frozenset({"fcitx", "fcitx5", "fcitx4"})
#: names of fcitx 5 on the session bus, the sandboxes' last; fcitx 4 has its display's number in its name
FCITX5_NAMES = ("org.fcitx.Fcitx5", "org.freedesktop.portal.Fcitx")
FCITX4_NAME = "org.fcitx.Fcitx-"
IBUS_NAMES = ("org.freedesktop.IBus", "org.freedesktop.portal.IBus")


def display_number(environ: MutableMapping[str, str]) -> int:
    """Of ``DISPLAY``; 0 where it says none, as fcitx 4 has it."""
    tail = environ.get("DISPLAY", "").rpartition(":")[2].partition(".")[0]
    return int(tail) if tail.isdigit() else 0


def wanted(environ: MutableMapping[str, str]) -> list[str]:
    """The input methods the desktop names, the most wanted first."""
    said = [*environ.get("QT_IM_MODULES", "").split(";"), environ.get("QT_IM_MODULE", "")]
    said.append(environ.get("XMODIFIERS", "").rpartition("@im=")[2])
    return [one.strip().lower() for one in said if one.strip()]


def runs_fcitx(names: Collection[str]) -> bool:
    """Whether any fcitx is among the names on the bus."""
    return any(name in FCITX5_NAMES or name.startswith(FCITX4_NAME) for name in names)


def _plugin(folders: Iterable[Path], part: str) -> bool:
    """Whether Qt finds a plugin of that name itself."""
    return any(part in path.name for folder in folders for path in folder.glob("*.so"))


def prepare(
    environ: MutableMapping[str, str], names: Callable[[], Collection[str]], plugins: Path, platform: str = sys.platform
) -> bool:
    """Says to Qt what it can do; True where this program has to speak to fcitx itself.

    Args:
        environ: the environment; ``QT_IM_MODULE`` is set and ``QT_IM_MODULES`` taken out where Qt would find nothing.
        names: the names on the session bus; asked only where they matter.
        plugins: Qt's plugin folder.
        platform: as ``sys.platform`` says.
    """
    if not platform.startswith("linux"):
        return False
    asked = wanted(environ)
    first = next((one for one in asked if one in FCITX or one in ("ibus", "wayland")), "")
    if first == "ibus":
        return False
    roots = [plugins, *(Path(one) for one in environ.get("QT_PLUGIN_PATH", "").split(":") if one)]
    if first == "wayland" and environ.get("WAYLAND_DISPLAY") and _plugin([one / "platforms" for one in roots], "wayland"):
        return False
    if _plugin([one / "platforminputcontexts" for one in roots], "fcitx"):
        return False
    there = names()
    if not runs_fcitx(there):
        if not any(one in FCITX for one in asked):
            return False
        if any(name in there for name in IBUS_NAMES):  # a fcitx that answers to ibus's name only
            environ["QT_IM_MODULE"] = "ibus"
            environ.pop("QT_IM_MODULES", None)
            return False
    environ["QT_IM_MODULE"] = "compose"  # dead keys; fcitx is asked first, by us
    environ.pop("QT_IM_MODULES", None)
    return True
