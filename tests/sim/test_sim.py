"""The simulator's standing share: fixed histories that must hold, replay that is exact, planted faults that must be seen.

The long runs are a command (``tests/sim/run.py``); their last result stands in ``RESULTS.md``.
"""

from __future__ import annotations

import pytest

from tests.sim.plants import PLANTS, planted
from tests.sim.world import play

#: (profile, steps, seeds): every profile, and histories that once found something in the product.
HISTORIES = [
    ("calm", 40, range(7, 12)), ("network", 40, range(7, 14)), ("crash", 40, range(3, 10)), ("year", 40, range(7, 12)),
    ("uniform", 40, range(1000, 1007)), ("disaster", 60, (413, *range(500, 507))), ("disaster", 80, (429,)), ("disaster", 60, (600184,)),
    ("mixed", 60, (50011, 50013, 70008, 70078, *range(7, 13))), ("mixed", 60, (72124, 500052)),
]  # fmt: skip

#: plant -> (steps, law that must speak): found in one of the first seeds; the others take longer and are in the table.
QUICK = {
    "ack_on_ok": (25, "I13"), "last_write_wins": (25, "I5"), "first_write_wins": (25, "I2"), "no_idempotency": (25, "I3"),
    "uploads_nothing": (25, "I"), "counter_ids": (25, "I2"), "drop_the_log": (25, "I2"), "cursor_without_chain": (25, "I8"),
    "resolve_loses": (60, "I14"), "conflict_forgotten": (60, "I14"), "no_refill": (60, "I"), "view_without_unseen": (25, "I9"),
    "counts_not_settled": (25, "I4"), "complete_unseen": (25, "I10"), "empties_the_laptop": (25, "I2"), "digest_unchecked": (60, "I10"),
    "no_union": (60, "I5"), "hole_in_the_feed": (25, "I"), "papers_synced": (60, "I13"),
    "unit_from_the_record": (60, "I7"), "common_by_number": (60, "I"), "seen_stays_seen": (60, "I13"),
    "sent_under_a_new_id": (60, "I2"), "cursor_first": (25, "I"), "noted_afterwards": (60, "I3"), "seen_by_record": (25, "I13"),
}  # fmt: skip
SEEDS = 10


@pytest.mark.parametrize(("profile", "steps", "seeds"), HISTORIES)
def test_nothing_is_lost(profile: str, steps: int, seeds: tuple[int, ...]) -> None:
    for seed in seeds:
        broken, world = play(seed, steps, profile)
        assert not broken, f"--replay {seed} --steps {steps} --faults {profile}"
        assert world.oracle.saved and world.counts["rounds"] > steps / 10


def test_the_same_seed_is_the_same_history() -> None:
    first, _other, second = (play(seed, 20, "uniform")[1] for seed in (11, 12, 11))
    assert first.lines == second.lines and first.trace() == second.trace() != _other.trace()


def test_a_seed_that_breaks_a_law_breaks_it_again_at_the_same_place() -> None:
    with planted("ack_on_ok"):
        (first, one), (between, _world), (second, two) = (play(seed, 40, "uniform") for seed in (3, 4, 3))
    assert first and first == second != between and one.lines == two.lines
    assert not play(3, 40, "uniform")[0]


@pytest.mark.parametrize(("profile", "seed"), [("uniform", 11), ("disaster", 3), ("year", 5)])
def test_a_history_in_memory_is_the_same_on_encrypted_files(profile: str, seed: int) -> None:
    told, stored = play(seed, 30, profile)[1], play(seed, 30, profile, files=True)[1]
    assert told.lines == stored.lines


@pytest.mark.parametrize("name", ["view_without_unseen", "seen_by_record", "drop_the_log", "cursor_first", "ack_on_ok"])
def test_what_is_looked_at_by_what_it_touched_is_seen_as_when_everything_is(name: str) -> None:
    with planted(name):
        found, everything = (play(0, 25, PLANTS[name].profile, files=files)[0] for files in (False, True))
    assert found and found == everything


@pytest.mark.parametrize("name", QUICK)
def test_a_planted_fault_is_noticed(name: str) -> None:
    steps, law = QUICK[name]
    for seed in range(SEEDS):
        with planted(name):
            broken, _world = play(seed, steps, PLANTS[name].profile, PLANTS[name].rates)
        if broken.startswith(law):
            return
    pytest.fail(f"{PLANTS[name].what}: not noticed in {SEEDS} histories, the last said {broken!r}")
