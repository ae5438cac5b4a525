"""The simulator's standing share: fixed histories that must hold, replay that is exact, planted faults that must be seen.

The long runs are a command (``tests/sim/run.py``); their last result stands in ``RESULTS.md``.
"""

from __future__ import annotations

import pytest

from tests.sim.plants import PLANTS, planted
from tests.sim.world import play

#: (profile, seed, steps): every profile, and histories that once found something in the product.
HISTORIES = [
    ("calm", 7, 40), ("network", 7, 40), ("crash", 3, 40), ("uniform", 1000, 40), ("disaster", 429, 80), ("disaster", 413, 60),
    ("mixed", 50011, 60), ("mixed", 50013, 60),
]  # fmt: skip

#: plant -> (steps, law that must speak): found in one of the first seeds; the others take longer and are in the table.
QUICK = {
    "ack_on_ok": (25, "I13"), "last_write_wins": (25, "I5"), "first_write_wins": (25, "I2"), "no_idempotency": (25, "I3"),
    "uploads_nothing": (25, "I"), "counter_ids": (25, "I2"), "drop_the_log": (25, "I2"), "cursor_without_chain": (25, "I8"),
    "resolve_loses": (60, "I14"), "conflict_forgotten": (60, "I14"), "no_refill": (60, "I"), "view_without_unseen": (25, "I9"),
    "counts_not_settled": (25, "I4"), "complete_unseen": (25, "I10"), "empties_the_laptop": (25, "I2"),
}  # fmt: skip
SEEDS = 6


@pytest.mark.parametrize(("profile", "seed", "steps"), HISTORIES)
def test_nothing_is_lost(profile: str, seed: int, steps: int) -> None:
    broken, world = play(seed, steps, profile)
    assert not broken
    assert world.oracle.saved and world.counts["rounds"] > steps / 10


def test_the_same_seed_is_the_same_history() -> None:
    first, second = (play(11, 20, "uniform")[1] for _ in range(2))
    assert first.trace() == second.trace()
    assert first.trace() != play(12, 20, "uniform")[1].trace()


@pytest.mark.parametrize(("profile", "seed"), [("uniform", 11), ("disaster", 3)])
def test_a_history_in_memory_is_the_same_on_encrypted_files(profile: str, seed: int) -> None:
    told, stored = play(seed, 30, profile)[1], play(seed, 30, profile, files=True)[1]
    assert told.lines == stored.lines


@pytest.mark.parametrize("name", QUICK)
def test_a_planted_fault_is_noticed(name: str) -> None:
    steps, law = QUICK[name]
    for seed in range(SEEDS):
        with planted(name):
            broken, _world = play(seed, steps, PLANTS[name].profile, PLANTS[name].rates)
        if broken:
            assert broken.startswith(law), broken
            return
    pytest.fail(f"{PLANTS[name].what}: not noticed in {SEEDS} histories")
