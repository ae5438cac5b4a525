"""What a person may set: declared once, with type, default, words and choices; kept in the profile.

``look.dark`` lies in the profile's value ``look`` under ``dark``, and so on for each group. A value that is not one
of the choices counts as not set. Must not know Qt; what a setting does stands where it is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Choice = tuple[Any, str, str]  # value, Chinese, English
PRACTICE = "practice"  # kept in a profile of invented companies, which belongs to no real platform


class Keeper(Protocol):
    """Where settings are kept; the workspace is one."""

    def recall(self, key: str, default: Any = None) -> Any:
        """A kept value."""

    def remember(self, key: str, value: Any) -> None:
        """Keeps a value."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. ``choices`` are all values it can have; ``help`` says what follows from it."""

    key: str  # group.name
    default: Any
    label: str
    en: str
    choices: tuple[Choice, ...]
    help: str = ""
    help_en: str = ""


SETTINGS: tuple[Setting, ...] = (
    Setting("look.dark", False, "外观", "Appearance", ((False, "浅色", "Light"), (True, "深色", "Dark"))),
    Setting(
        "look.scale", 1.0, "文字大小", "Text size",
        tuple((scale, f"{scale:.0%}", f"{scale:.0%}") for scale in (0.9, 1.0, 1.1, 1.25, 1.4, 1.5)),
    ),
    Setting(
        "language.code", "zh", "语言", "Language", (("zh", "中文", "中文"), ("en", "English", "English")),
        "下次打开时生效", "From the next start on",
    ),
    Setting(
        "sync.minutes", 15, "自动同步", "Automatic sync",
        ((5, "每 5 分钟", "Every 5 minutes"), (15, "每 15 分钟", "Every 15 minutes"), (30, "每 30 分钟", "Every 30 minutes"),
         (60, "每小时", "Every hour"), (0, "只在我点的时候", "Only when I ask")),
        "断网后总会自动再试", "A lost connection is always tried again",
    ),
    Setting(
        "sync.text_only", False, "扫描件", "Scans",
        ((False, "和文字一起传", "Send with the text"), (True, "先不传，只传文字", "Not now, text only")),
        "用手机热点时可选“只传文字”；扫描件到齐后，平台才开始审核", "For a phone's hotspot; the review starts when the scans are there",
    ),
    Setting(
        "sync.limit", 0, "上传限速", "Upload limit",
        ((0, "不限", "None"), (50, "50 KB/s", "50 KB/s"), (100, "100 KB/s", "100 KB/s"), (300, "300 KB/s", "300 KB/s"),
         (1000, "1 MB/s", "1 MB/s")),
        "网速慢时用，免得影响别人办公", "For a slow line, so that others can work",
    ),
    Setting(
        "lock.minutes", 15, "闲置后上锁", "Lock when idle",
        ((5, "5 分钟", "5 minutes"), (15, "15 分钟", "15 minutes"), (30, "30 分钟", "30 minutes"), (60, "1 小时", "1 hour"),
         (0, "不自动上锁", "Never")),
        "上锁前会先保存", "Everything is saved first",
    ),
    Setting(
        "desk.tray", False, "关闭窗口时", "Closing the window",
        ((False, "退出程序", "Quit"), (True, "留在托盘", "Stay in the tray")),
        "留在托盘会继续同步，上锁后也不停；电脑睡眠之后要重新解锁",
        "In the tray it goes on syncing, locked too; after the computer slept it asks to be unlocked",
    ),
    Setting("desk.login", False, "登录系统时启动", "Start at login", ((False, "否", "No"), (True, "是", "Yes"))),
)  # fmt: skip
BY_KEY: Mapping[str, Setting] = {setting.key: setting for setting in SETTINGS}


class Settings:
    """The settings of a profile."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper

    def get(self, key: str) -> Any:
        """The value in force. KeyError for a setting that is not declared."""
        setting = BY_KEY[key]
        group, _dot, name = key.partition(".")
        held = self._keeper.recall(group)
        value = held.get(name) if isinstance(held, dict) else None
        known = [choice[0] for choice in setting.choices]
        # True is not 1 here: a flag and a number are different things
        return next((one for one in known if type(one) is type(value) and one == value), setting.default)

    def set(self, key: str, value: Any) -> None:
        """Keeps a value. KeyError for an undeclared setting, ValueError for a value that is no choice."""
        setting = BY_KEY[key]
        if not any(type(one[0]) is type(value) and one[0] == value for one in setting.choices):
            raise ValueError(f"{key}: {value!r}")
        group, _dot, name = key.partition(".")
        held = self._keeper.recall(group)
        self._keeper.remember(group, {**(held if isinstance(held, dict) else {}), name: value})
