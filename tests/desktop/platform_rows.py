"""What a platform says, as rows of a feed saved into a real workspace: for pages that show its decisions."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sync.intake import new_id
from sync.messages import GENESIS, FeedRow, Page, link
from sync.workspace import Workspace


class PlatformRows:
    """Writes rows of one unit's feed; each ``say`` is one page."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.seq, self.chain = workspace, 0, GENESIS
        self.versions: dict[str, int] = {}

    def say(
        self, kind: str, values: Mapping[str, Any], workflow: tuple[str | None, str] | None = None, *,
        record: str = "", at: str = "2026-09-15T08:20:00Z", by: str = "陈志强", **facts: Any,
    ) -> str:  # fmt: skip
        """A row for a record (a new one unless named); its id. ``facts`` are the platform's own."""
        record = record or new_id()
        self.seq += 1
        self.versions[record] = self.versions.get(record, 0) + 1
        body: dict[str, Any] = {
            "seq": self.seq, "change": uuid.uuid4().hex, "record": record, "kind": kind, "at": at, "by": by, "device": "else",
            "what": "review" if workflow and not values else "edited",
            "fields": {name: [None, value] for name, value in values.items()}, "version": self.versions[record], "facts": facts,
        }  # fmt: skip
        if workflow is not None:
            body["workflow"] = list(workflow)
        self.chain = link(self.chain, body)
        self.workspace.save_page(Page("e", [FeedRow(body, self.chain)], False, (self.seq, self.chain, "")))
        return record

    def tell(self, **facts: Any) -> None:
        """Small tables: targets, counted figures, lists."""
        self.workspace.save_page(Page("e", [], False, (self.seq, self.chain, ""), facts=facts))
