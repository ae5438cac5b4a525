"""What a person's decision on a conflict becomes: one edit that names the conflicts it ends and what it stands on.

The losing value stays in the timeline, as every older value does. Must not know pages, HTTP or how edits are kept.
"""

from __future__ import annotations

from typing import Any, Literal

from sync import errors
from sync.core import merge
from sync.domain.fields import empty
from sync.domain.kinds import KINDS
from sync.domain.problems import Problem
from sync.records import Conflict, Record
from sync.store.edits import Edit
from sync.store.feed import Feed
from sync.store.local import Local
from sync.store.view import as_conflict

Take = Literal["mine", "theirs", "both", "value"]


def decided(local: Local, feed: Feed, record: Record, field: str, take: Take, value: Any, device: str) -> Edit:
    """The edit that ends the open conflicts of a field; ``Refused`` where there is none or the value is wrong."""
    rows = [one for one in local.conflicts(record.id) if one["field"] == field]
    if not rows:
        raise errors.Refused([Problem(field, "NO_CONFLICT", "block", {"label": field})])
    last = as_conflict(rows[-1])
    chosen = _both(last) if take == "both" else {"mine": last.mine, "theirs": last.theirs, "value": value}[take]
    declared = KINDS.get(record.kind)
    if take == "value" and declared is not None and field in declared.fields and not empty(chosen):
        wrong = declared.fields[field].check(chosen)
        if wrong is not None:
            raise errors.Refused([wrong])
    ids = tuple(one["id"] for one in rows)
    if field == "workflow":
        return Edit(record.id, record.kind, {}, str(chosen), resolves=ids)
    ours = any(one.get("device") == device for one in rows)
    held = last.theirs if ours or not record.pending else _typed(feed, record.id, field, last.theirs)
    return Edit(record.id, record.kind, {field: chosen}, resolves=ids, bases={field: held})


def _typed(feed: Feed, record_id: str, field: str, theirs: Any) -> Any:
    """What the platform will hold in a field when a decision arrives: what is typed here and unsent goes before it.

    Not asked where this laptop is itself a side of the conflict: then what it types moves its side, not the platform's.
    """
    typed = [one["fields"][field][1] for one in feed.bodies() if one["record"] == record_id and field in one["fields"]]
    return typed[-1] if typed else theirs


def _both(conflict: Conflict) -> Any:
    if isinstance(conflict.mine, str) and isinstance(conflict.theirs, str):
        return merge.combine(str(conflict.base or ""), conflict.mine, conflict.theirs)[0]
    if isinstance(conflict.mine, list) and isinstance(conflict.theirs, list):
        return conflict.theirs + [one for one in conflict.mine if one not in conflict.theirs]
    raise errors.Refused([Problem(conflict.field, "CANNOT_COMBINE", "block", {"label": conflict.field})])
