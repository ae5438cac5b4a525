"""The rows of a record list, read in one go beside the window: what was asked, what was found, uploads under way. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sync.records import Row
from sync.workspace import Workspace

AT_ONCE = 1_000  # rows read at a time


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is asked for."""

    kinds: tuple[str, ...]
    workflow: str = ""
    sync: str = ""
    search: str = ""
    year: int | None = None
    industry: str = ""
    with_counted: bool = True
    limit: int = AT_ONCE


@dataclass(frozen=True, slots=True)
class Found:
    """What was read: rows, how many there are in all and of each kind, upload progress by record."""

    asked: Asked
    rows: list[Row]
    total: int
    by_kind: dict[str, int]
    percent: dict[str, int] = field(default_factory=dict)


def read_rows(workspace: Workspace, asked: Asked, kinds: Sequence[str]) -> Found:
    """Reads the rows; runs beside the window."""
    listing = workspace.rows(
        asked.kinds, workflow=asked.workflow, sync=asked.sync, search=asked.search, year=asked.year, mine=True, limit=asked.limit
    )
    rows = listing.rows
    if asked.industry:
        rows = [row for row in rows if row.fields.get("industry_dg") == asked.industry]
    if not asked.with_counted:
        rows = [row for row in rows if not (row.counted or {}).get("credit")]
    by_kind = {kind: workspace.rows((kind,), year=asked.year, mine=True, limit=1).total for kind in kinds}
    sending = [row for row in rows if row.papers_missing and row.sync_state in ("pending", "files")]
    percent = {row.id: share for row in sending if (share := _percent(workspace, row)) is not None}
    return Found(asked, rows, listing.total, by_kind, percent)


def _percent(workspace: Workspace, row: Row) -> int | None:
    """How much of a record's files has been confirmed, once a byte has."""
    papers = workspace.get(row.id).papers
    sent = sum(paper.bytes if paper.state == "complete" else paper.offset for paper in papers)
    begun = any(paper.state == "uploading" and paper.offset for paper in papers)
    return 100 * sent // max(1, sum(paper.bytes for paper in papers)) if begun else None
