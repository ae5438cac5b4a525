"""The keyboard map: every key is an action with a name, in the menu and in tooltips; none needs an input method's key.

Actions of the page (save, next gap, export …) exist where the page has a method of that name. Must not know pages.
"""

from __future__ import annotations

from dataclasses import dataclass

#: pages by Ctrl+1 … Ctrl+8: the seven of the sidebar everybody knows, then the library
PAGE_ORDER = ("home", "todo", "records", "visits", "landings", "reports", "sync", "library")
#: what Ctrl+N offers, by 1 2 3 4
NEW_KINDS = ("achievement", "demand", "visit", "landing")


@dataclass(frozen=True, slots=True)
class PageKey:
    """A key that acts on the open page: ``method`` is called where the page has it."""

    method: str
    keys: tuple[str, ...]


PAGE_KEYS = (
    PageKey("find_here", ("Ctrl+F",)),
    PageKey("save", ("Ctrl+S",)),
    PageKey("primary", ("Ctrl+Return", "Ctrl+Enter")),
    PageKey("next_gap", ("F8",)),
    PageKey("previous_gap", ("Shift+F8",)),
    PageKey("accept_suggestion", ("Alt+Return",)),
    PageKey("export", ("Ctrl+E",)),
    PageKey("print_page", ("Ctrl+P",)),
)
#: keys of input methods and of screen shots in chats; no action may take one
FORBIDDEN = ("Ctrl+Space", "Shift+Space", "Ctrl+.", "Alt+A", "Ctrl+Alt+A")
