"""What changed between two texts, as stretches that stayed, went and came; and the same as marked rich text.

Compared by words: a Han character, a number or a Latin word is one. Must not know records.
"""

from __future__ import annotations

import difflib
import html
import re
from typing import Literal

from desktop.widgets import theme

Stretch = tuple[Literal["same", "del", "ins"], str]
_WORD = re.compile(r"[A-Za-z]+|\d+(?:\.\d+)?|\s+|.", re.DOTALL)


def stretches(before: str, after: str) -> list[Stretch]:
    """The text ``after`` with what it lost and gained against ``before``, in reading order."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    found: list[Stretch] = []
    for tag, start, end, first, last in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(("same", "".join(old[start:end])))
            continue
        if end > start:
            found.append(("del", "".join(old[start:end])))
        if last > first:
            found.append(("ins", "".join(new[first:last])))
    return found


def marked(before: str, after: str) -> str:
    """``after`` as rich text: what went is struck through, what came is underlined, both on their soft colour."""
    now = theme.current()
    parts = []
    for kind, words in stretches(before, after):
        safe = html.escape(words).replace("\n", "<br>")
        if kind == "same":
            parts.append(safe)
            continue
        ink, ground = (now.green, now.green_soft) if kind == "ins" else (now.red, now.red_soft)
        line = "underline" if kind == "ins" else "line-through"
        style = f"color:{ink.name()};background-color:{ground.name()};text-decoration:{line}"
        parts.append(f'<span style="{style}">{safe}</span>')
    return "".join(parts)
