"""What is known of a record, as store, workspace, pages and commands hand it around: frozen, plain, no behaviour.

Two states are never mixed: ``workflow`` (and ``stage``) is what the platform has decided, ``sync_state`` is what
this laptop knows of its own sending:

    local     never reached the platform; only on this laptop
    pending   on the platform, but newer changes wait here
    files     the text is on the platform, scans are still missing there
    synced    everything of it was seen coming back from the platform
    conflict  both sides changed a field; a person must decide
    refused   the platform did not take a change; it says why

Instants are RFC 3339 UTC strings, money is fen, ids are strings. Must not know tables, files or Qt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sync.domain.problems import Problem

SyncState = Literal["local", "pending", "files", "synced", "conflict", "refused"]
Happening = Literal["created", "edited", "workflow", "stage", "review", "resolved", "attached", "refused"]
STEP = "step"  # in a moment's changes: the business stage before and after
SYNC_STATES: dict[str, tuple[str, str]] = {
    "local": ("仅本机", "Only on this laptop"),
    "pending": ("待同步", "Waiting to sync"),
    "files": ("缺扫描件", "Scans missing"),
    "synced": ("已同步", "Synced"),
    "conflict": ("有冲突", "Conflict"),
    "refused": ("平台未收", "Refused"),
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this profile belongs to; ``role`` is liaison (of a town, bureau or institute)."""

    unit: str
    unit_name: str
    unit_kind: str  # town, subdistrict, bureau, institute, group …
    liaison: str  # id
    liaison_name: str
    device: str
    server: str  # address of the platform


@dataclass(frozen=True, slots=True)
class Conflict:
    """One field two sides changed. ``by`` and ``at`` belong to ``theirs``; ``mine_by``, ``mine_at`` to ``mine``."""

    id: str
    record: str
    field: str
    base: Any
    mine: Any
    theirs: Any
    by: str
    at: str
    mine_by: str
    mine_at: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A conflict somebody of the unit decided: ``by`` and ``at`` are the decider's, those of the two sides stay with them.

    ``back`` is what undoing it puts back; ``stands``: the record still holds what was chosen, so it can be undone.
    """

    conflict: Conflict
    kept: Any
    back: Any
    by: str
    at: str
    change: str  # id of the change that decided
    stands: bool


@dataclass(frozen=True, slots=True)
class Paper:
    """An evidence file of a record. ``offset``: bytes the platform has confirmed; ``state``: local, uploading,
    complete (digest confirmed by the platform), missing (the file is not on this laptop).
    """

    id: str
    record: str
    kind: str
    name: str
    sha256: str
    bytes: int
    mime: str
    pages: int
    state: Literal["local", "uploading", "complete", "missing"]
    offset: int
    facts: Mapping[str, Any] = field(default_factory=dict)  # the evidence record's own fields


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a record's timeline; ``changes`` maps a field to (before, after)."""

    at: str
    who: str
    what: Happening
    changes: Mapping[str, tuple[Any, Any]]
    note: str
    change: str  # id of the change
    seen: bool  # confirmed by the platform's feed


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list."""

    id: str
    kind: str
    title: str
    subtitle: str
    workflow: str | None
    stage: str | None
    sync_state: SyncState
    number: str | None
    updated_at: str
    papers: int  # evidence files attached
    papers_missing: int  # of these, not yet confirmed by the platform
    counted: Mapping[str, Any] | None  # {"year", "credit", "codes"} once the platform decided
    fields: Mapping[str, Any]
    unit: str = ""  # whose record it is; another unit's was shown by the platform and is only read


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of rows and how many there are in all."""

    total: int
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Record:
    """Everything known of one record. ``facts`` are the platform's: version, number, received_at, remarks, counted."""

    id: str
    kind: str
    unit: str
    fields: Mapping[str, Any]
    workflow: str | None
    stage: str | None
    sync_state: SyncState
    pending: int  # own changes not yet seen in the feed
    conflicts: list[Conflict]
    refusals: list[Problem]
    facts: Mapping[str, Any]
    papers: list[Paper]
    amendment: Mapping[str, Any]  # fields of a change request that waits for the centre
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class Pending:
    """What is not yet confirmed by the platform."""

    records: int
    files: int
    bytes: int  # still to send
    oldest: str | None  # instant of the oldest waiting change


@dataclass(frozen=True, slots=True)
class Checked:
    """The rules on one record. ``missing`` are evidence kinds still to attach."""

    verdict: str
    codes: list[str]
    problems: list[Problem]
    missing: list[str]
    year: int | None = None
    ready: str | None = None  # the day the last required fact was there


@dataclass(frozen=True, slots=True)
class RoundReport:
    """What one sync round did; counts of records unless said. ``error`` empty where it went through."""

    started_at: str
    seconds: float
    pulled: int = 0
    pushed: int = 0
    merged: int = 0
    refused: int = 0
    conflicts: int = 0
    uploaded_files: int = 0
    uploaded_bytes: int = 0
    resent_bytes: int = 0
    requests: int = 0
    error: str = ""
    server_time: str = ""
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a running round stands. ``step`` 1 pull, 2 merge, 3 push, 4 files."""

    step: int
    done_items: int
    items: int
    done_bytes: int
    bytes: int
    file: str = ""
    bytes_per_second: float = 0.0
