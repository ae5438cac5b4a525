"""Starting with the person's login: an entry of the desktop's autostart folder (XDG), or of the Run key on Windows.

The entry is the truth, not a setting: people also switch it off in their desktop's own settings. Must not know Qt.
Source: freedesktop.org, Desktop Application Autostart Specification 0.5. The Windows part has not been run yet.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

NAME = "org.liaison_desk.Liaison"
_ESCAPED = str.maketrans({"\\": "\\\\\\\\", '"': '\\\\"', "`": "\\\\`", "$": "\\\\$", "%": "%%"})
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=@,:")


def command(profile: Path | None = None) -> list[str]:
    """What starts this program; ``profile`` where it is not the usual one."""
    if getattr(sys, "frozen", False):
        words = [sys.executable]
    else:
        script = Path(sys.argv[0])
        ours = script.stem == "liaison" and script.is_file()
        words = [str(script.resolve())] if ours else [sys.executable, "-m", "desktop.command_line"]
    return [*words, "--profile", str(profile)] if profile is not None else words


def entry() -> Path:
    """The autostart entry of this person (XDG)."""
    config = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(config) / "autostart" / f"{NAME}.desktop"


def enabled() -> bool:
    """Whether the program starts with the login."""
    if sys.platform == "win32":
        return _run_value() is not None
    try:
        lines = entry().read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return False
    off = ("Hidden=true", "X-GNOME-Autostart-enabled=false")
    return not any(line.strip().replace(" ", "") in off for line in lines)


def set_enabled(on: bool, words: Sequence[str]) -> None:
    """Writes or removes the entry. OSError where that is not allowed.

    Args:
        on: whether to start with the login.
        words: the program and its arguments.
    """
    if sys.platform == "win32":
        _set_run_value(subprocess.list2cmdline(words) if on else None)
        return
    path = entry()
    if not on:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        "[Desktop Entry]", "Type=Application", "Version=1.0", "Name=Liaison", "Name[zh_CN]=成果联络员工作台",
        f"Exec={' '.join(map(quoted, words))}", f"Icon={NAME}", "Terminal=false", "X-GNOME-Autostart-enabled=true",
    ]  # fmt: skip
    beside = path.with_suffix(".new")
    beside.write_text("\n".join(lines) + "\n", "utf-8")
    beside.replace(path)


def quoted(word: str) -> str:
    """A word of an Exec line: quoted where it must be, and escaped once more as every value of a desktop entry is."""
    return word if word and set(word) <= _PLAIN else f'"{word.translate(_ESCAPED)}"'


if sys.platform == "win32":
    import winreg

    _RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"

    def _run_value() -> str | None:
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN) as key:
                return str(winreg.QueryValueEx(key, NAME)[0])
        except OSError:
            return None

    def _set_run_value(line: str | None) -> None:
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN) as key:
            if line is not None:
                winreg.SetValueEx(key, NAME, 0, winreg.REG_SZ, line)
            elif _run_value() is not None:
                winreg.DeleteValue(key, NAME)
