"""Progress to the targets: one pure function, run by the platform (the official figure) and by the laptop (what waits).

R-QUOTA: done = accepted, first, unrevoked items of the year, credited to the unit; drafts, queued, submitted and
returned are shown apart; over 100 % is shown, nothing is carried over. R-INST: an institute's credit needs an
achievement of proved high quality. R-CITY: the city counts distinct items, so units never add up to it. R-NOQUOTA:
no target issued, no percent. R-ONE, R-REVOKE, R-EVENT, R-PILOT, R-SERVICE as named below.

Items are given each once; their order does not matter. Must not know records, the store or the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as part
from datetime import date
from fractions import Fraction
from typing import Any, Literal

from sync.domain.parameters import DEFAULTS, Parameters
from sync.domain.problems import Problem
from sync.domain.verdict import NO_CREDIT

Metric = Literal["discovery", "landing", "service", "events", "pilot"]
#: The platform's words for a metric.
METRICS: Mapping[str, Metric] = {
    "发现": "discovery",
    "落地": "landing",
    "对接会": "events",
    "中试": "pilot",
    "服务": "service",
}
CITY_METRICS: tuple[Metric, ...] = ("discovery", "landing", "events", "pilot")
FINDS = ("achievement", "demand")
#: The unit name under which the platform may issue targets of the city.
CITY = "CITY"

# A landing's own words stand beside the workflow's; an accepted item under change stays counted.
_ACCEPTED = frozenset({"accepted", "amending", "verified", "notified"})
_IN_REVIEW = frozenset({"submitted", "claimed"})
_UNSENT = frozenset({"draft", "queued", "preparing"})
_WHY = {
    "submitted": "IN_REVIEW", "claimed": "IN_REVIEW", "returned": "RETURNED", "draft": "NOT_SENT", "queued": "NOT_SENT",
    "preparing": "NOT_SENT", "rejected": "REJECTED", "not_met": "REJECTED", "withdrawn": "WITHDRAWN",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """What counting needs of one record.

    ``unit`` finder, landing unit, host or service unit. ``year`` the year it counts in; None where the rules cannot
    tell yet, and then it is shown as pending in whichever year is asked for. ``credit`` what the platform decided for
    ``unit``, None to decide here. ``shares`` unit -> share of a joint find, set by the centre. ``codes`` the rules'
    reasons. ``stage`` the state of an event or pilot platform; ``category`` the kind of event.
    """

    id: str
    kind: str
    workflow: str
    unit: str
    year: int | None = None
    credit: Fraction | int | None = None
    shares: Mapping[str, Fraction] = part(default_factory=dict)
    codes: tuple[str, ...] = ()
    high_quality: bool = True
    quality_proofs: int = 0
    duplicate: bool = False
    revoked: bool = False
    subject: str = ""
    received_at: str = ""
    in_service: bool = False
    category: str = ""
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """One issued target; ``target`` None says that none is in force. The newest holds for the whole year."""

    unit: str
    year: int
    metric: Metric
    target: int | None
    valid_from: date | None = None
    rev: int = 0


@dataclass(slots=True)
class Tally:
    """Progress to one target; ``not_counted`` names every item of the year that does not count, with the reasons.

    Not ``naming``: figures only.
    """

    target: int | None
    naming: bool = True
    counted: Fraction = part(default_factory=Fraction)
    in_review: int = 0
    returned: int = 0
    unsent: int = 0
    duplicate: int = 0
    not_counted: list[tuple[str, tuple[str, ...]]] = part(default_factory=list)

    @property
    def pending(self) -> int:
        """Drafts, queued, submitted and returned together."""
        return self.in_review + self.returned + self.unsent

    @property
    def state(self) -> Literal["met", "open", "not_issued"]:
        """Whether the target is reached; not_issued (未下达) is never shown as 0 or 100 %."""
        if self.target is None:
            return "not_issued"
        return "met" if self.counted >= self.target else "open"

    @property
    def gap(self) -> int | float | None:
        """How many are still to go."""
        return None if self.target is None else plain_number(max(Fraction(0), self.target - self.counted))

    @property
    def percent(self) -> int | None:
        """Whole percent, rounded down so that 100 means reached; over 100 is shown. None without a target."""
        return int(self.counted * 100 / self.target) if self.target else None

    def to_json(self) -> dict[str, Any]:
        """The keys people's scripts rely on, and what a screen adds."""
        return {
            "target": self.target, "counted": plain_number(self.counted), "in_review": self.in_review,
            "returned": self.returned, "unsent": self.unsent, "duplicate": self.duplicate,
            "not_counted": [{"id": one, "codes": list(codes)} for one, codes in self.not_counted],
            "pending": self.pending, "gap": self.gap, "percent": self.percent, "state": self.state,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class QuotaProgress:
    """A unit's progress in a year, and the city's as far as the given items show it. ``logs``: service logs counted."""

    unit: str
    year: int
    discovery: Tally
    landing: Tally
    service: Tally
    logs: int
    city: Mapping[Metric, Tally]

    def to_json(self) -> dict[str, Any]:
        """``{"unit", "year", "discovery", "landing", "service", "city"}``."""
        return {
            "unit": self.unit, "year": self.year, "discovery": self.discovery.to_json(),
            "landing": self.landing.to_json(), "service": {**self.service.to_json(), "logs": self.logs},
            "city": {metric: tally.to_json() for metric, tally in self.city.items()},
        }  # fmt: skip


def progress(
    unit: str, year: int, targets: Iterable[Target], items: Iterable[Item], params: Parameters = DEFAULTS,
    institute: bool | None = None, naming: bool = True,
) -> QuotaProgress:  # fmt: skip
    """Progress of ``unit`` in ``year``; ``institute`` is read off the unit's code where it is not given.

    Not ``naming``: figures only, without every item that does not count.

    Raises:
        ValueError: an item given twice; it would count twice.
    """
    listed, issued = _each_once(items), list(targets)
    as_institute = unit.startswith(params.institute_prefixes) if institute is None else institute
    again = _landed_again(listed)

    def tally(metric: Metric, of: str) -> Tally:
        return Tally(target_of(issued, of, year, metric, params), naming)

    discovery, landing, service = tally("discovery", unit), tally("landing", unit), tally("service", unit)
    city: dict[Metric, Tally] = {metric: tally(metric, CITY) for metric in CITY_METRICS}
    served: dict[bool, list[Item]] = {True: [], False: []}
    for item in listed:
        if item.workflow == "deleted" or not _in_year(item, year):
            continue
        if item.kind in FINDS:
            _add(city["discovery"], item, *_city_credit(item))
            if unit == item.unit or unit in item.shares:
                _add(discovery, item, *_unit_credit(item, unit, as_institute, params))
        elif item.kind == "landing":
            once = (Fraction(0), "ALREADY_LANDED") if item.id in again else _city_credit(item)
            _add(city["landing"], item, *once)
            if unit == item.unit:
                _add(landing, item, *once)
        elif item.kind == "event" and item.category in params.counted_events:
            _add_when(city["events"], item, item.stage == "confirmed", item.stage == "cancelled", "NOT_CONFIRMED")
        elif item.kind == "pilot_platform":
            _add_when(city["pilot"], item, item.stage == "supported", item.stage == "removed", "NOT_SUPPORTED")
        elif item.kind == "service_log" and unit == item.unit:
            counts = item.workflow in _ACCEPTED and item.in_service and not item.revoked
            served[counts].append(item)
    _serve(service, served)
    for one in (discovery, landing, service, *city.values()):
        one.not_counted.sort()
    return QuotaProgress(unit, year, discovery, landing, service, len(served[True]), city)


def target_of(
    targets: Sequence[Target], unit: str, year: int, metric: Metric, params: Parameters = DEFAULTS
) -> int | None:
    """The target in force: the newest issued holds for the whole year. The city's yearly figures are the plan's."""
    issued = [one for one in targets if (one.unit, one.year, one.metric) == (unit, year, metric)]
    if issued:
        return max(issued, key=lambda one: (one.valid_from or date.min, one.rev)).target
    return params.city_targets.get(metric, {}).get(year) if unit == CITY else None


def history_of(targets: Sequence[Target], unit: str, year: int, metric: Metric) -> list[Target]:
    """Every target issued for it, oldest first: earlier ones stay visible."""
    issued = [one for one in targets if (one.unit, one.year, one.metric) == (unit, year, metric)]
    return sorted(issued, key=lambda one: (one.valid_from or date.min, one.rev))


def shares_problem(shares: Mapping[str, Fraction]) -> Problem | None:
    """A4: the centre may set shares of a joint find; none is negative and they add up to 1."""
    total = sum(shares.values(), Fraction(0))
    if not shares or (total == 1 and all(share >= 0 for share in shares.values())):
        return None
    return Problem("co_finders", "BAD_SHARES", "block", {"sum": str(total)})


def own_year(kind: str, fields: Mapping[str, Any], facts: Mapping[str, Any]) -> int | None:
    """The year of what the rules of finds and landings do not judge: an event's first day, a service's day, and the day
    a pilot platform was taken into support. None where it has none yet, or for other kinds.
    """
    day = {"event": fields.get("starts_on"), "service_log": fields.get("done_on"), "pilot_platform": facts.get("supported_on")}.get(kind)
    return int(day[:4]) if isinstance(day, str) and day[:4].isdigit() else None


def pilot_stage(stage: str, facts: Mapping[str, Any]) -> str:
    """A pilot platform's stage as it is counted: what was supported stays so while it works."""
    return "supported" if facts.get("supported_on") and stage in ("operating", "recognised") else stage


def _each_once(items: Iterable[Item]) -> list[Item]:
    listed = list(items)
    if len({item.id for item in listed}) != len(listed):
        raise ValueError("an item was given twice")
    return listed


def _in_year(item: Item, year: int) -> bool:
    """Of the year asked for; what is not accepted yet and has no year is shown in any."""
    return item.year == year or (item.year is None and item.workflow not in _ACCEPTED)


def _landed_again(items: Iterable[Item]) -> frozenset[str]:
    """R-ONE: of several counted landings of one subject, over all years, all but the first received."""
    first: dict[str, Item] = {}
    again = set()
    for item in items:
        if item.kind != "landing" or not item.subject or not _stands(item) or NO_CREDIT.intersection(item.codes):
            continue
        other = first.setdefault(item.subject, item)
        if other is not item:
            earlier, later = sorted((other, item), key=lambda one: (one.received_at, one.id))
            first[item.subject] = earlier
            again.add(later.id)
    return frozenset(again)


def _stands(item: Item) -> bool:
    return item.workflow in _ACCEPTED and not item.revoked and not item.duplicate


def _city_credit(item: Item) -> tuple[Fraction, str]:
    """One for each distinct item, whoever found it (R-CITY); the second is why not."""
    lost = next((code for code in item.codes if code in NO_CREDIT), "")
    return (Fraction(0), lost) if lost else (Fraction(1), "")


def _unit_credit(item: Item, unit: str, institute: bool, params: Parameters) -> tuple[Fraction, str]:
    """The unit's share, what the platform decided first; the second is why it is nothing."""
    whole, lost = _city_credit(item)
    if lost:
        return whole, lost
    if institute and item.kind != "achievement":
        return Fraction(0), "INSTITUTE_DEMAND"
    if item.credit is not None and item.unit == unit:
        share = Fraction(item.credit)
    elif item.shares:
        share = item.shares.get(unit, Fraction(0))
    else:
        share = whole
    if institute and item.workflow in _ACCEPTED and item.credit is None:
        proved = item.high_quality and item.quality_proofs >= params.quality_proofs_min
        return (share, "") if proved else (Fraction(0), "NO_QUALITY_PROOF")
    return share, "" if share else "NOT_CREDITED"


def _add(tally: Tally, item: Item, credit: Fraction, lost: str) -> None:
    """Put one item where it belongs, once."""
    accepted = item.workflow in _ACCEPTED
    if item.duplicate or item.workflow == "merged" or (accepted and lost == "DUPLICATE"):
        tally.duplicate += 1
        _note(tally, item, "DUPLICATE")
    elif item.revoked or item.workflow == "revoked":
        _note(tally, item, "REVOKED")
    elif accepted:
        tally.counted += credit
        if not credit:
            _note(tally, item, lost)
    elif lost == "INSTITUTE_DEMAND":
        _note(tally, item, lost)
    else:
        tally.in_review += item.workflow in _IN_REVIEW
        tally.returned += item.workflow == "returned"
        tally.unsent += item.workflow in _UNSENT
        _note(tally, item, _WHY.get(item.workflow, "REJECTED"))


def _add_when(tally: Tally, item: Item, counts: bool, over: bool, why: str) -> None:
    """Events and pilot platforms: by their stage, whatever the paper path."""
    if counts and not item.revoked:
        tally.counted += 1
    else:
        tally.unsent += item.workflow in _UNSENT and not over
        _note(tally, item, "REVOKED" if item.revoked else why)


def _serve(tally: Tally, served: Mapping[bool, Sequence[Item]]) -> None:
    """R-SERVICE: service-library items with at least one log in the year."""
    tally.counted = Fraction(len({item.subject for item in served[True]}))
    for item in served[False]:
        if item.workflow in _ACCEPTED and not item.revoked:
            _note(tally, item, "NOT_IN_SERVICE")
        else:
            _add(tally, item, Fraction(0), "NOT_IN_SERVICE")


def _note(tally: Tally, item: Item, why: str) -> None:
    if tally.naming:
        tally.not_counted.append((item.id, tuple(dict.fromkeys((why, *item.codes)))))


def plain_number(value: Fraction) -> int | float:
    """A credit as JSON says it: whole where it is whole."""
    return int(value) if value.denominator == 1 else float(value)
