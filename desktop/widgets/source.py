"""What reference editors and forms ask for: records, organisations, platform lists. The workspace is one.

Must not know where any of it lies.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sync.domain.kinds import KINDS
from sync.records import Listing, Record, Row


class Source(Protocol):
    """What reference editors and forms ask for; the workspace is one."""

    def organisations(self, text: str, limit: int = 8) -> list[Row]:
        """Organisations by name, credit code or pinyin initials."""

    def rows(self, kinds: Sequence[str] = (), *, search: str = "", limit: int = 200) -> Listing:
        """Records of kinds that match ``search``."""

    def get(self, id: str) -> Record:
        """One record; LookupError where it is not here."""

    def list_choices(self, source: str) -> tuple[str, ...] | None:
        """The platform list of that name, None where it sent none."""


def title_of(source: Source, id: str) -> str:
    """What a record is called, "" where it is not on this laptop."""
    try:
        record = source.get(id)
    except LookupError:
        return ""
    kind = KINDS.get(record.kind)
    return str(record.fields.get(kind.title, "") if kind else "")
