"""The one style sheet: buttons, inputs, labels by role, frames by role, scroll bars, menus and headers.

``resources/window.qss`` with its colour tokens put in, so that no colour stands twice. Everything else is palette or
painter. Must not know Qt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from desktop import assets

_TOKEN = re.compile(r"@([a-z_0-9]+)")
_FONT = re.compile(r"font-size: (\d+)px")
_HEIGHT = re.compile(r"min-height: (2\d|3\d)px")


def style_sheet(tokens: Mapping[str, str], dark: bool, scale: float = 1.0) -> str:
    """The sheet for these colours (token to ``#RRGGBB``); text and control heights grow with ``scale``."""
    values = {**tokens, "mode": "dark" if dark else "light"}
    text = assets.resource("window.qss").read_text(encoding="utf-8").split("*/", 1)[1]
    sheet = _TOKEN.sub(lambda found: values[found.group(1)], text)
    if scale != 1.0:
        sheet = _FONT.sub(lambda found: f"font-size: {round(int(found.group(1)) * scale)}px", sheet)
        sheet = _HEIGHT.sub(lambda found: f"min-height: {round(int(found.group(1)) * scale)}px", sheet)
    return sheet
