"""Ledgers in and records out: a person's intention between ``sync.exchange`` and the workspace. No Qt.

An import is one batch in one transaction: rows that can become drafts go in together, rows that cannot are listed
with the reason and stay in the file. A batch can be undone as long as its records never left the laptop. The
column mapping used is remembered and offered next time.
"""

from __future__ import annotations

import csv
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from desktop import assets
from sync import errors
from sync.domain.kinds import KINDS
from sync.domain.problems import Problem
from sync.exchange import rows as importing
from sync.exchange import tables, writing
from sync.exchange.columns import main_organisation
from sync.workspace import Workspace, now, today

Step = Callable[[int, int], None]
STEP = 200  # rows between two words about how far it is


class _Stepped(Sequence[Mapping[str, Any]]):
    """Rows that say how far they were read."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], step: Step | None) -> None:
        self._rows, self._step = rows, step

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, at: Any) -> Any:
        return self._rows[at]

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for number, row in enumerate(self._rows, 1):
            yield row
            if self._step is not None and (number % STEP == 0 or number == len(self._rows)):
                self._step(number, len(self._rows))


def preview(
    workspace: Workspace, kind: str, file: Path, mapping: Mapping[str, str] | None = None
) -> importing.ImportPlan:
    """What an import would do; nothing is saved. ``Refused`` where the file is no table."""
    declared = KINDS[kind]
    sheet, _others = tables.choose(declared, tables.read_table(file))
    used = mapping if mapping is not None else workspace.recall(f"mapping:{kind}")
    known = {head: target for head, target in (used or {}).items() if mapping is not None or head in sheet.head}
    return importing.plan(declared, sheet, known or None, _existing(workspace, kind), today(), places())


def bring_in(
    workspace: Workspace,
    kind: str,
    file: Path,
    mapping: Mapping[str, str] | None = None,
    *,
    dry_run: bool = False,
    lang: str = "zh",
    made: importing.ImportPlan | None = None,
    step: Step | None = None,
) -> dict[str, Any]:
    """Import a ledger: {"batch", "added", "updated", "skipped", "problems": [{"row", "field", "code", "message"}], …}.

    ``made``: the plan a person has looked at, so that the file is not read again; rows known since are left out.
    ``step`` is told how many of how many are taken in and may raise: until they are written, nothing has changed.
    """
    if made is None:
        plan = preview(workspace, kind, file, mapping)
    else:
        plan = importing.still_new(KINDS[kind], made, _existing(workspace, kind))
    batch = uuid.uuid4().hex
    ids: list[str] = []
    if not dry_run and plan.ready:
        ids = workspace.add(kind, _Stepped([values for _row, values in plan.ready], step), batch, strict=False)
        workspace.local.add_batch(batch, now(), {"file": file.name, "kind": kind, "added": len(ids)})
        said = mapping if mapping is not None else workspace.recall(f"mapping:{kind}") or {}
        left = {head: "" for head in plan.unused if head in said and not said[head]}  # set not to be imported, by hand
        workspace.remember(f"mapping:{kind}", {**plan.mapping, **left})
    return {
        "batch": None if dry_run or not ids else batch, "added": len(plan.ready), "updated": 0,
        "skipped": len(plan.skipped) + len(plan.bad), "problems": [one.told(lang) for one in plan.problems],
        "sheet": plan.sheet, "rows": plan.rows, "mapping": plan.mapping, "unused": list(plan.unused), "ids": ids,
        "dropped": [{"row": one.row, "why": one.why, "text": one.text} for one in plan.dropped],
    }  # fmt: skip


def undo(workspace: Workspace, batch: str) -> dict[str, Any]:
    """Undo an import; records that were already sent or edited stay and are named."""
    known = next((one for one in workspace.local.batches() if one["id"] == batch), None)
    if known is None:
        raise errors.Refused([Problem("batch", "NO_BATCH", "block", {"value": batch[:40]})])
    return {"batch": batch, "removed": workspace.undo_batch(batch), "file": known.get("file")}


def write_out(workspace: Workspace, kind: str | None, out: Path, ids: Collection[str] | None = None) -> dict[str, Any]:
    """Export records to .xlsx, .csv or .jsonl, only those of ``ids`` where given: {"rows", "file"}."""
    found = workspace.rows((kind,) if kind else (), limit=1_000_000).rows
    if ids is not None:
        found = [row for row in found if row.id in ids]
    rows = [
        {"id": row.id, "kind": row.kind, "fields": row.fields, "number": row.number, "workflow": row.workflow, "stage": row.stage,
         "sync_state": row.sync_state, "updated_at": row.updated_at}
        for row in found
    ]  # fmt: skip
    referred = workspace.local.values(
        str(value)
        for row in found
        for name, value in row.fields.items()
        if isinstance(value, str) and _refers(row.kind, name)
    )
    return {"rows": writing.write_rows(out, KINDS.get(kind or ""), rows, referred.get), "file": str(out)}


def _refers(kind: str, name: str) -> bool:
    field = KINDS[kind].fields.get(name) if kind in KINDS else None
    return field is not None and field.type == "ref"


def _existing(workspace: Workspace, kind: str) -> dict[str, str]:
    """The keys of every record of a kind, for finding rows that are there already."""
    declared = KINDS[kind]
    whom = main_organisation(declared)
    found = workspace.rows((kind,), mine=True, limit=1_000_000).rows
    orgs = workspace.local.values(str(row.fields.get(whom) or "") for row in found) if whom else {}
    keys: dict[str, str] = {}
    for row in found:
        values = {**row.fields, whom: orgs.get(str(row.fields.get(whom)), {})} if whom else row.fields
        for key in importing.keys(declared, values):
            keys.setdefault(key, row.id)
    return keys


def places() -> dict[str, str]:
    """Town names, long and short, to their nine-digit codes (from the table of units)."""
    found: dict[str, str] = {}
    with assets.resource("units.csv").open(encoding="utf-8-sig", newline="") as table:
        for row in csv.DictReader(table):
            if row["code"].startswith("441900"):
                name = row["name_zh"]
                for short in {name, name.removesuffix("镇"), name.removesuffix("街道"), name.split("（")[0]}:
                    found[short] = row["code"]
    return found
