"""What a person's decision on a conflict becomes: one edit that names the conflicts it ends and what it stands on.

The losing value stays in the timeline, as every older value does. For 30 days any laptop of the unit can undo a decision,
whoever made it: the value that was given up comes back by an edit made from the chosen one, so what somebody else writes
meanwhile shows as a conflict and is not overwritten. Must not know pages, HTTP or how edits are kept.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from sync import errors
from sync.core import merge
from sync.domain.fields import empty
from sync.domain.kinds import KINDS
from sync.domain.problems import Problem
from sync.records import Conflict, Decision, Record
from sync.store.decided import Decided, decided
from sync.store.edits import Edit
from sync.store.feed import Feed
from sync.store.local import Local
from sync.store.view import as_conflict

Take = Literal["mine", "theirs", "both", "value"]
UNDO_DAYS = 30


def decision(local: Local, feed: Feed, record: Record, field: str, take: Take, value: Any, device: str) -> Edit:
    """The edit that ends the open conflicts of a field; ``Refused`` where there is none or the value is wrong."""
    rows = [one for one in local.conflicts(record.id) if one["field"] == field]
    if not rows:
        raise errors.Refused([Problem(field, "NO_CONFLICT", "block", _label(record, field))])
    last, theirs = as_conflict(rows[-1], device), rows[-1].get("theirs")
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
    held = theirs if ours or not record.pending else _typed(feed, record.id, field, theirs)
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


# --------------------------------------------------------------------------------------------------------- undoing


def decisions(local: Local, record_id: str | None, device: str, me: str, clock: str) -> list[Decision]:
    """What the unit decided in the last 30 days, newest first; of each field only the last decision can still stand."""
    found, fields = [], set[tuple[str, str]]()
    for one in decided(local.database, record_id, _days_before(clock), device, me):
        place = (str(one.conflict["record"]), str(one.conflict["field"]))
        stands = place not in fields and merge.equal(_now(local.get(place[0]), place[1]), one.kept)
        fields.add(place)
        found.append(Decision(as_conflict(one.conflict, device), one.kept, _back(one, device), one.by, one.at, one.change, stands))
    return found


def undone(local: Local, record: Record, field: str, device: str, me: str, clock: str) -> Edit:
    """The edit that takes a field's last decision back; ``Refused`` where there is none or the field was changed since."""
    last = next(
        (one for one in decided(local.database, record.id, _days_before(clock), device, me) if one.conflict["field"] == field), None
    )
    if last is None:
        raise errors.Refused([Problem(field, "NO_DECISION", "block", {**_label(record, field), "days": UNDO_DAYS})])
    if any(one.field == field for one in record.conflicts) or not merge.equal(_now(record, field), last.kept):
        raise errors.Refused([Problem(field, "DECISION_OVERTAKEN", "block", _label(record, field))])
    back = _back(last, device)
    if field != "workflow":
        return Edit(record.id, record.kind, {field: back}, bases={field: last.kept})
    if last.kept != "deleted":
        return Edit(record.id, record.kind, {}, "deleted")
    given_up = {str(one["field"]): one for one in last.with_it}
    return Edit(
        record.id, record.kind, {name: one.get("mine") for name, one in given_up.items()}, "draft",
        bases={name: one.get("theirs") for name, one in given_up.items()},
    )  # fmt: skip


def _back(one: Decided, device: str) -> Any:
    """What undoing puts back: the other side; where neither was taken, what this laptop showed before."""
    mine, theirs = one.conflict.get("mine"), one.conflict.get("theirs")
    if merge.equal(one.kept, mine):
        return theirs
    return mine if merge.equal(one.kept, theirs) or one.conflict.get("device") == device else theirs


def _now(record: Record, field: str) -> Any:
    return record.workflow if field == "workflow" else {**record.fields, **record.amendment}.get(field)


def _label(record: Record, field: str) -> dict[str, str]:
    """A field's names, for a sentence."""
    known = KINDS[record.kind].fields.get(field) if record.kind in KINDS else None
    return {"label": known.label, "label_en": known.en} if known is not None else {"label": field}


def _days_before(clock: str) -> str:
    return (datetime.fromisoformat(clock) - timedelta(days=UNDO_DAYS)).isoformat()
