"""Counting: what counts, what waits, and that no order or grouping changes it."""

from collections import Counter
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.domain.duplicates import compare
from sync.domain.parameters import Parameters
from sync.domain.quota import CITY, METRICS, Item, Target, history_of, progress, shares_problem, target_of
from sync.domain.reasons import REASONS

TOWN, OTHER, SCHOOL = "441900119", "441900401", "INS-DGUT"
STATES = (
    "draft",
    "queued",
    "submitted",
    "returned",
    "accepted",
    "amending",
    "merged",
    "rejected",
    "withdrawn",
    "revoked",
    "deleted",
    "verified",
    "claimed",
    "not_met",
    "preparing",
)


def item(number, workflow="accepted", kind="demand", unit=TOWN, year=2026, **more):
    return Item(id=str(number), kind=kind, workflow=workflow, unit=unit, year=year, **more)


def of(*given, unit=TOWN, year=2026, targets=(), **more):
    return progress(unit, year, targets, given, **more)


def test_the_four_parts_and_why_not():
    made = of(
        item(1),
        item(2, "amending"),
        item(3, "submitted"),
        item(4, "returned"),
        item(5, "draft", year=None, codes=("LETTER_MISSING",)),
        item(6, "queued"),
        item(7, duplicate=True),
        item(8, "merged"),
        item(9, revoked=True),
        item(10, "rejected"),
        item(11, "withdrawn"),
        item(12, "deleted"),
        item(13, year=2025),
        item(14, codes=("NO_DG_PARTY",)),
        item(15, codes=("LETTER_STALE",)),
        item(16, unit=OTHER),
        item(17, codes=("DUPLICATE",)),
        item(18, year=None),
        targets=[Target(TOWN, 2026, "discovery", 5)],
    )
    found = made.to_json()["discovery"]
    why = {one["id"]: one["codes"] for one in found.pop("not_counted")}
    assert found == {
        "target": 5,
        "counted": 3,
        "in_review": 1,
        "returned": 1,
        "unsent": 2,
        "duplicate": 3,
        "pending": 4,
        "gap": 2,
        "percent": 60,
        "state": "open",
    }
    assert why == {
        "3": ["IN_REVIEW"],
        "4": ["RETURNED"],
        "5": ["NOT_SENT", "LETTER_MISSING"],
        "6": ["NOT_SENT"],
        "7": ["DUPLICATE"],
        "8": ["DUPLICATE"],
        "9": ["REVOKED"],
        "10": ["REJECTED"],
        "11": ["WITHDRAWN"],
        "14": ["NO_DG_PARTY"],
        "17": ["DUPLICATE"],
    }
    assert all(code in REASONS for codes in why.values() for code in codes)
    assert made.city["discovery"].counted == 4  # the other town's item too
    assert made.to_json().keys() == {"unit", "year", "discovery", "landing", "service", "city"}


def test_an_institute_needs_proved_achievements_and_its_demands_count_for_the_city():
    made = of(
        item(1, kind="achievement", unit=SCHOOL, quality_proofs=1),
        item(2, kind="achievement", unit=SCHOOL),
        item(3, kind="achievement", unit=SCHOOL, quality_proofs=1, high_quality=False),
        item(4, unit=SCHOOL),
        item(5, "submitted", unit=SCHOOL),
        item(6, "submitted", kind="achievement", unit=SCHOOL),
        unit=SCHOOL,
    )
    assert (made.discovery.counted, made.discovery.in_review, made.city["discovery"].counted) == (1, 1, 4)
    assert dict(made.discovery.not_counted) == {
        "2": ("NO_QUALITY_PROOF",),
        "3": ("NO_QUALITY_PROOF",),
        "4": ("INSTITUTE_DEMAND",),
        "5": ("INSTITUTE_DEMAND",),
        "6": ("IN_REVIEW",),
    }
    assert made.discovery.state == "not_issued" and made.discovery.percent is None and made.discovery.gap is None


def test_what_the_platform_decided_stands():
    made = of(item(1, credit=0), item(2, credit=1), item(3, kind="achievement", unit=SCHOOL, credit=1))
    assert made.discovery.counted == 1 and dict(made.discovery.not_counted) == {"1": ("NOT_CREDITED",)}
    assert of(item(3, kind="achievement", unit=SCHOOL, credit=1), unit=SCHOOL).discovery.counted == 1


def test_joint_finds_share_one_credit_and_the_city_counts_one():
    shares = {TOWN: Fraction(1, 3), OTHER: Fraction(2, 3)}
    joint = [item(1, shares=shares), item(2, shares={OTHER: Fraction(1)})]
    town, other = of(*joint), of(*joint, unit=OTHER)
    assert (town.discovery.counted, other.discovery.counted) == (Fraction(1, 3), Fraction(5, 3))
    assert town.city["discovery"].counted == other.city["discovery"].counted == 2
    assert dict(town.discovery.not_counted) == {"2": ("NOT_CREDITED",)}
    assert town.to_json()["discovery"]["counted"] == pytest.approx(1 / 3)
    assert shares_problem(shares) is None and shares_problem({}) is None
    assert shares_problem({TOWN: Fraction(1, 2)}).values == {"sum": "1/2"}
    assert shares_problem({TOWN: Fraction(2), OTHER: Fraction(-1)}).code == "BAD_SHARES"


def test_one_landing_an_item_over_the_plan():
    landings = [
        item(1, "verified", kind="landing", subject="s", year=2026, received_at="2026-05-01T00:00:00Z"),
        item(2, "notified", kind="landing", subject="s", year=2025, received_at="2025-05-01T00:00:00Z"),
        item(3, "accepted", kind="landing", subject="s", year=2027, unit=OTHER, received_at="2026-06-01T00:00:00Z"),
        item(4, "verified", kind="landing", subject="t", revoked=True),
        item(5, "verified", kind="landing", subject="t"),
        item(6, "verified", kind="landing"),
        item(7, "claimed", kind="landing", subject="u"),
        item(8, "verified", kind="landing", subject="v", codes=("ALREADY_LANDED",)),
        item(9, "not_met", kind="landing"),
    ]
    made = of(*landings)
    assert made.landing.counted == 2 and made.landing.in_review == 1
    assert dict(made.landing.not_counted) == {
        "1": ("ALREADY_LANDED",),
        "4": ("REVOKED",),
        "7": ("IN_REVIEW",),
        "8": ("ALREADY_LANDED",),
        "9": ("REJECTED",),
    }
    assert of(*landings, year=2025).landing.counted == 1
    assert of(*landings, year=2027, unit=OTHER).landing.counted == 0
    assert of(*landings, year=2027).city["landing"].counted == 0


def test_events_and_pilot_platforms_by_their_stage():
    made = of(
        item(1, kind="event", category="对接会", stage="confirmed"),
        item(2, kind="event", category="对接会", stage="held"),
        item(3, kind="event", category="培训", stage="confirmed"),
        item(4, "draft", kind="event", category="对接会", stage="planned"),
        item(5, kind="event", category="对接会", stage="confirmed", revoked=True),
        item(6, kind="pilot_platform", stage="supported"),
        item(7, kind="pilot_platform", stage="in_library"),
        item(8, "draft", kind="event", category="对接会", stage="cancelled"),
        item(9, kind="request"),
    )
    events, pilot = made.city["events"], made.city["pilot"]
    assert (events.counted, events.target, events.unsent) == (1, 10, 1) and (pilot.counted, pilot.target) == (1, 3)
    assert dict(events.not_counted)["5"] == ("REVOKED",) and dict(pilot.not_counted) == {"7": ("NOT_SUPPORTED",)}
    assert made.discovery.counted == 0 and not made.discovery.not_counted


def test_service_counts_items_and_shows_logs():
    log = {"kind": "service_log", "in_service": True}
    made = of(
        item(1, subject="a", **log),
        item(2, subject="a", **log),
        item(3, subject="b", **log),
        item(4, "queued", subject="c", **log),
        item(5, subject="d", kind="service_log"),
        item(6, subject="e", unit=OTHER, **log),
        item(7, subject="f", revoked=True, **log),
        item(8, "submitted", subject="g", kind="service_log"),
    )
    service = made.to_json()["service"]
    assert (service["counted"], service["logs"], service["unsent"], service["in_review"], service["target"]) == (
        2,
        3,
        1,
        1,
        None,
    )
    assert dict(made.service.not_counted) == {
        "4": ("NOT_SENT",),
        "5": ("NOT_IN_SERVICE",),
        "7": ("REVOKED",),
        "8": ("IN_REVIEW",),
    }


def test_the_newest_target_holds_and_the_old_stay_visible():
    issued = [
        Target(TOWN, 2026, "discovery", 25, date(2026, 7, 1), 2),
        Target(TOWN, 2026, "discovery", 5, date(2026, 1, 1), 1),
        Target(TOWN, 2025, "discovery", 5),
        Target(CITY, 2026, "landing", 90),
    ]
    made = of(*(item(n) for n in range(6)), targets=issued).to_json()["discovery"]
    assert (made["target"], made["counted"], made["gap"]) == (25, 6, 19)
    assert [one.target for one in history_of(issued, TOWN, 2026, "discovery")] == [5, 25]
    assert target_of(issued, CITY, 2026, "landing") == 90 and target_of(issued, CITY, 2027, "landing") == 80
    assert target_of([], CITY, 2030, "landing") is None and target_of([], TOWN, 2026, "landing") is None
    assert target_of([], CITY, 2026, "events", Parameters(city_targets={})) is None
    assert (
        target_of([*issued, Target(TOWN, 2026, "discovery", None, date(2026, 9, 1))], TOWN, 2026, "discovery") is None
    )
    assert METRICS["发现"] == "discovery"


def test_the_citys_figures_add_up_to_the_plans():
    sums = {metric: sum(years.values()) for metric, years in Parameters().city_targets.items()}
    assert sums == {"discovery": 520, "landing": 260, "events": 32, "pilot": 9}


def test_what_only_looks_like_a_duplicate_still_waits_for_the_centre():
    made = of(item(1, "submitted", codes=("DUPLICATE",)), item(2, "draft", codes=("DUPLICATE",)))
    assert (made.discovery.in_review, made.discovery.unsent, made.discovery.duplicate) == (1, 1, 0)
    assert dict(made.discovery.not_counted)["1"] == ("IN_REVIEW", "DUPLICATE")


def test_an_item_given_twice_would_count_twice():
    with pytest.raises(ValueError, match="twice"):
        of(item(1), item(1))


any_item = st.builds(
    Item,
    id=st.uuids().map(str),
    kind=st.sampled_from(["achievement", "demand", "landing", "event", "service_log", "request"]),
    workflow=st.sampled_from(STATES),
    unit=st.sampled_from([TOWN, OTHER, SCHOOL]),
    year=st.sampled_from([None, 2025, 2026, 2027]),
    shares=st.sampled_from([{}, {TOWN: Fraction(1, 2), OTHER: Fraction(1, 2)}]),
    codes=st.sampled_from([(), ("LETTER_STALE",), ("NO_DG_PARTY",), ("DUPLICATE",)]),
    high_quality=st.booleans(),
    quality_proofs=st.integers(0, 2),
    duplicate=st.booleans(),
    revoked=st.booleans(),
    subject=st.sampled_from(["", "s", "t"]),
    received_at=st.sampled_from(["2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"]),
    in_service=st.booleans(),
    category=st.sampled_from(["对接会", "培训"]),
    stage=st.sampled_from(["", "confirmed", "cancelled"]),
)
several = st.lists(any_item, max_size=12, unique_by=lambda one: one.id)


@settings(max_examples=60)
@given(several, st.sampled_from([TOWN, SCHOOL]), st.randoms(use_true_random=False))
def test_the_order_of_items_does_not_matter(given_items, unit, chance):
    mixed = list(given_items)
    chance.shuffle(mixed)
    targets = [Target(unit, 2026, "discovery", 5)]
    assert progress(unit, 2026, targets, mixed).to_json() == progress(unit, 2026, targets, given_items).to_json()


@settings(max_examples=60)
@given(several, st.sampled_from([TOWN, OTHER, SCHOOL]))
def test_a_running_figure_equals_the_recount(given_items, unit):
    """Finds are counted one by one as they arrive; a recount from scratch must give the same."""
    running = Counter()
    for one in given_items:
        alone = progress(unit, 2026, [], [one])
        running["unit"] += alone.discovery.counted
        running["city"] += alone.city["discovery"].counted
        running["waiting"] += alone.discovery.pending
    whole = progress(unit, 2026, [], given_items)
    assert (whole.discovery.counted, whole.city["discovery"].counted, whole.discovery.pending) == (
        running["unit"],
        running["city"],
        running["waiting"],
    )


@settings(max_examples=60)
@given(several)
def test_each_item_counts_or_says_why_not(given_items):
    made = progress(TOWN, 2026, [], given_items)
    named = dict(made.discovery.not_counted)
    assert all(codes for codes in named.values())
    counted = [
        one
        for one in given_items
        if one.kind in ("achievement", "demand")
        and one.id not in named
        and one.workflow in ("accepted", "amending", "verified")
        and one.year == 2026
        and (one.unit == TOWN or TOWN in one.shares)
    ]
    assert made.discovery.counted <= len(counted)
    assert made.city["discovery"].counted <= len(given_items)


def test_a_duplicate_by_the_rules_is_a_duplicate_in_the_count():
    first = {"id": "1", "uscc": "91441900MA0000007J", "title": "高速主轴"}
    second = {"id": "2", "uscc": "91441900MA0000007J", "title": "高速 主轴"}
    duplicate = bool(compare(second, [first]).same)
    assert of(item(1), item(2, duplicate=duplicate)).discovery.counted == 1
