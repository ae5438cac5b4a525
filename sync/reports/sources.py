"""What a report's rows are made from: the unit's records as list rows, found by kind, by id and by what they are about.

Only plain reading and the few questions several reports ask (in the service library? landed on which day? still open?).
Telephone numbers leave here masked, unless somebody asks for them whole. Must not know any particular report, the store or the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sync.domain.kinds import KINDS
from sync.domain.lists import EVIDENCE_KINDS
from sync.domain.related import CLASSES
from sync.domain.values import mask_phone
from sync.records import Identity, Row
from sync.reports.periods import FREEZE_DAYS, Period

#: the kinds a report may ask for
READ = (
    "achievement", "demand", "landing", "visit", "event", "service_log", "blocker", "ledger_row", "evaluation", "assignment",
    "organisation", "evidence", "notice", "pilot_platform",
)  # fmt: skip
TAKEN = frozenset({"accepted", "amending"})
SENT = frozenset({"queued", "submitted", "returned"})
OVER = frozenset({"merged", "rejected", "withdrawn", "revoked", "deleted"})
IN_SERVICE = frozenset(
    {"in_service", "assigned", "advancing", "stalled", "landed", "matching", "matched", "contracted", "fulfilled"}
)
SETTLED = frozenset({"resolved", "unresolvable"})
ROUTE_WORDS = {
    "ENT": "企业类：新注册或迁入", "PLT-A": "平台类：服务收入", "PLT-B": "平台类：立项", "PLT-C": "平台类：特定资质",
    "PRJ-1A": "项目类：在莞交易", "PRJ-1B": "项目类：本地向外交易", "PRJ-2": "项目类：应用与效益", "PRJ-3": "项目类：团队落户",
    "DEM": "促成技术合作",
}  # fmt: skip
#: what a landing happened on: the latest of the facts its route needs
_LANDED = ("event_on", "fact_on", "revenue_to", "doc_on", "proof_on", "settled_on", "signed_on")
_AMOUNTS = {"DEM": ("contract_fen",), "PRJ-1A": ("contract_fen",), "PRJ-1B": ("contract_fen",), "PLT-A": ("revenue_fen",),
            "PRJ-2": ("benefit_fen",), "ENT": ("tax_paid_fen", "rd_spend_fen")}  # fmt: skip


def business(row: Row) -> str:
    """The word for what the platform has decided; the desk gives its own."""
    return row.workflow or ""


@dataclass(slots=True)
class Source:
    """Everything of one unit. ``quotas``: year -> the contract's progress; ``places``: division code -> name."""

    identity: Identity
    rows: Sequence[Row]
    today: date
    quotas: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    until: date | None = None  # what came after this day is left out, of reports that may be drawn up so
    plain_phones: bool = False  # whole telephone numbers, where somebody asked for them
    as_of: str = ""  # when the platform last spoke, an instant; empty: never
    pending: int = 0  # records with changes it has not seen
    freeze_days: int = FREEZE_DAYS
    escalation_fen: int = 10_000_000_000
    state: Callable[[Row], str] = business
    _kinds: dict[str, list[Row]] = field(default_factory=dict, init=False)
    _ids: dict[str, Row] = field(default_factory=dict, init=False)
    _about: dict[tuple[str, str], list[Row]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Index the rows: oldest first within a kind, so that numbers in a report stay as they are."""
        for row in sorted(self.rows, key=lambda one: (begun(one), one.number or "~", one.title, one.id)):
            self._kinds.setdefault(row.kind, []).append(row)
            self._ids[row.id] = row
            subject = row.fields.get("subject")
            if subject:
                self._about.setdefault((row.kind, str(subject)), []).append(row)

    def of(self, *kinds: str) -> list[Row]:
        """The unit's own records of these kinds that still stand (not withdrawn, refused, merged or deleted)."""
        return [row for kind in kinds for row in self._kinds.get(kind, ()) if row.workflow not in OVER and self._own(row)]

    def worked(self, *kinds: str) -> list[Row]:
        """Own records, and those of other units this one was made responsible for."""
        others = (row for kind in kinds for row in self._kinds.get(kind, ()) if row.workflow not in OVER and not self._own(row))
        return [*self.of(*kinds), *(row for row in others if self._serves(row))]

    def _own(self, row: Row) -> bool:
        return row.unit in ("", self.identity.unit)

    def _serves(self, row: Row) -> bool:
        tasks = self.about("assignment", row.id)
        return any(one.fields.get("unit") == self.identity.unit and not one.fields.get("to_on") for one in tasks)

    def about(self, kind: str, subject: str) -> list[Row]:
        """Records of a kind about one record, oldest first."""
        return [row for row in self._about.get((kind, subject), ()) if row.workflow not in OVER]

    def find(self, record_id: Any) -> Row | None:
        """A record by its id, if it is here."""
        return self._ids.get(str(record_id)) if record_id else None

    def fields(self, record_id: Any) -> Mapping[str, Any]:
        """The fields of a record, empty where it is not here."""
        row = self.find(record_id)
        return row.fields if row is not None else {}

    def name(self, reference: Any) -> str | None:
        """How a referred record is called; None where there is none."""
        row = self.find(reference)
        if row is None:
            return None
        return row.title or str(row.fields.get(KINDS[row.kind].title) or "") or None

    def place(self, code: Any) -> str | None:
        """A division's name, or its code where the name is not known."""
        return self.places.get(str(code), str(code)) if code else None

    def owner(self, row: Row) -> Any:
        """The id of the organisation a find is of."""
        return row.fields.get("org" if row.kind == "demand" else "owner_org")

    def contact(self, organisation: Any) -> str | None:
        """Name and telephone number of an organisation's contact, masked unless asked for whole."""
        held = self.fields(organisation)
        number = str(held.get("contact_phone") or "")
        number = number if self.plain_phones or not number else mask_phone(number)
        return " ".join(part for part in (str(held.get("contact_name") or ""), number) if part) or None

    def in_service(self, row: Row) -> bool:
        """Whether a find is (or was) in the service library."""
        return row.stage in IN_SERVICE

    def open_blockers(self, subject: str, period: Period) -> list[Row]:
        """Blockers of a record that were open at some time of a period."""
        return [row for row in self.about("blocker", subject) if blocked(row, period)]

    def papers(self, record_id: str) -> list[str]:
        """The kinds of papers attached to a record, each once."""
        held = [row for row in self._about.get(("evidence", record_id), ()) if not row.fields.get("removed")]
        names = [EVIDENCE_KINDS.get(str(row.fields.get("kind")), ("其他", ""))[0] for row in held]
        return list(dict.fromkeys(names))

    def person(self) -> str:
        """Unit and liaison, as a report names who is responsible."""
        return f"{self.identity.unit_name} {self.identity.liaison_name}".strip()


def begun(row: Row) -> str:
    """The day a record begins with, as text that sorts."""
    names = ("found_on", "since", "done_on", "starts_on", "started_at", "month", "report_on", "raised_on", "issued_on")
    return next((str(row.fields[name]) for name in names if row.fields.get(name)), landed_on(row) or "9999")


def credited(row: Row) -> bool:
    """Whether the platform has taken a record and counts it; what is kept without credit is no figure of anybody's."""
    return row.workflow in TAKEN and bool((row.counted or {}).get("credit"))


def landed_on(row: Row) -> str | None:
    """The latest day among the facts of a landing (text), or None."""
    days = [str(row.fields[name]) for name in _LANDED if row.fields.get(name)]
    paid = sorted(str(one.get("paid_on")) for one in row.fields.get("payments") or () if one.get("paid_on"))
    return max([*days, *paid[:1]], default=None)


def landed_fen(row: Row) -> int | None:
    """The amount a landing's route is measured by, in fen."""
    held = [row.fields.get(name) for name in _AMOUNTS.get(str(row.fields.get("route")), ())]
    known = [one for one in held if isinstance(one, int)]
    return sum(known) if known else None


def class_of(row: Row) -> str:
    """企业类, 平台类, 项目类 or 技术需求, of a landing."""
    return CLASSES.get(str(row.fields.get("route") or "").split("-")[0], "技术需求")


def found_on(row: Row) -> str | None:
    """The day a find is ready: a demand's letter may be later than the find."""
    days = [str(row.fields[name]) for name in ("found_on", "letter_signed_on") if row.fields.get(name)]
    return max(days, default=None)


def blocked(row: Row, period: Period) -> bool:
    """Whether a blocker was open at some time of a period."""
    since, until = str(row.fields.get("since") or ""), str(row.fields.get("resolved_on") or "")
    if not since or since[:10] > period.end.isoformat():
        return False
    return not until or until[:10] >= period.start.isoformat()


def unsettled(row: Row) -> bool:
    """Whether a blocker still waits."""
    return row.stage not in SETTLED and not row.fields.get("resolved_on")


def joined(words: Iterable[str | None], mark: str = "；") -> str | None:
    """Words in one cell, or None for none."""
    return mark.join(one for one in words if one) or None
