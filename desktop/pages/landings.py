"""Landings: the same list for the kind "landing"; a landing stands on an achievement or demand and has its own standard."""

from __future__ import annotations

from typing import ClassVar

from desktop.pages.records import RecordsPage
from desktop.widgets.search_field import KeyButton


class LandingsPage(RecordsPage):
    """The page."""

    kinds: ClassVar[tuple[str, ...]] = ("landing",)

    def make_new_button(self) -> KeyButton:
        """Registers a landing."""
        made = KeyButton(self.tr("登记落地"), "Ctrl N", "plus")
        made.clicked.connect(lambda: self.navigate("editor", kind="landing"))
        return made

    def name(self) -> str:
        """What the page is called."""
        return self.tr("落地")
