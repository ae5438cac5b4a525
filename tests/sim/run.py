"""Many histories, from the command line; a seed that fails is made small and can be replayed.

    python tests/sim/run.py --seeds 0..999                       mixed profile, 60 steps
    python tests/sim/run.py --seeds 0..99 --steps 120 --faults disaster
    python tests/sim/run.py --seeds 0..99999 --minutes 60        as many of them as an hour allows
    python tests/sim/run.py --replay 484 --steps 80 --faults disaster     tell one history, step by step
    python tests/sim/run.py --plants                             the table of planted faults

Profiles: calm, network, crash, disaster (repeated restores), uniform (all faults), year (older programs, parcels by hand,
successors, decisions taken back), mixed (a year with the faults of one of the others). Exit status 1 where a law broke.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
if os.environ.get("PYTHONHASHSEED") != "0":  # the order of sets is part of a history
    os.environ["PYTHONHASHSEED"] = "0"
    os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606  this very program
sys.path.insert(0, str(ROOT))

from tests.sim.plants import PLANTS, planted  # noqa: E402
from tests.sim.world import PROFILES, Violation, drawn, history, play  # noqa: E402

MOST_PLANT_SEEDS = 1_500
MOST_TOLD = 10


Played = tuple[int, str, dict[str, int], float]  # seed, what broke, counts, seconds of CPU


def one(job: tuple[int, int, str, Mapping[str, float] | None, str]) -> Played:
    """Play one history."""
    seed, steps, profile, rates, plant = job
    begun = time.process_time()
    if plant:
        with planted(plant):
            broken, world = play(seed, steps, profile, rates)
    else:
        broken, world = play(seed, steps, profile, rates)
    counts = {**world.counts, "changes": len(world.oracle.saved), "excused": len(world.oracle.excused)}
    return seed, broken, counts, time.process_time() - begun


def all_of(jobs: Iterable[Any], workers: int) -> Iterator[Played]:
    """Play jobs, a few at a time, in order."""
    if workers == 1:
        yield from map(one, jobs)
        return
    with ProcessPoolExecutor(workers) as pool:
        waiting = iter(jobs)
        while some := list(islice(waiting, workers * 8)):
            yield from pool.map(one, some)


def smaller(seed: int, steps: int, rates: Mapping[str, float]) -> tuple[int, dict[str, float], str]:
    """Fewer steps and fewer faults that still break this seed's history."""
    rates = dict(rates)
    said = one((seed, steps, "", rates, ""))[1]
    for name in sorted(rates):
        fewer = {fault: rate for fault, rate in rates.items() if fault != name}
        found = one((seed, steps, "", fewer, ""))[1]
        if found:
            rates, said = fewer, found
    for shorter in [n for n in (5, 10, 15, 20, 30, 40, 60, 80, 120) if n < steps]:
        found = one((seed, shorter, "", rates, ""))[1]
        if found:
            return shorter, rates, found
    return steps, rates, said


def plants(workers: int, only: str) -> int:
    """The table of planted faults: with which history each was found."""
    found = 0
    chosen = {name: plant for name, plant in PLANTS.items() if any(one in name for one in only.split(","))}
    for name, plant in chosen.items():
        jobs = ((seed, plant.steps, plant.profile, plant.rates, name) for seed in range(MOST_PLANT_SEEDS))
        # by a law: an error may be the planted code's own
        found_by = ((seed, broken) for seed, broken, _c, _t in all_of(jobs, workers) if re.match(r"I\d", broken))
        hit = next((one_hit for one_hit in found_by if not one((one_hit[0], plant.steps, plant.profile, plant.rates, ""))[1]), None)
        found += hit is not None
        seen = f"{hit[0]} | {hit[1][:60]}" if hit else "– | not found"
        print(f"| {name} | {plant.what} | {plant.profile} | {plant.steps} | {seen} |", flush=True)  # noqa: T201
    print(f"found {found} of {len(chosen)}")  # noqa: T201
    return 0 if found == len(chosen) else 1


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", default="0..99")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--faults", default="mixed", choices=[*PROFILES, "mixed"])
    parser.add_argument("--rates", help="a JSON object of fault rates instead of a profile")
    parser.add_argument("--minutes", type=float, help="stop after so long, with what was played until then")
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    parser.add_argument("--replay", type=int)
    parser.add_argument("--plants", nargs="?", const="", help="the table of planted faults (those whose name holds one of these, by commas)")
    given = parser.parse_args()
    rates = json.loads(given.rates) if given.rates else None
    if given.plants is not None:
        return plants(given.jobs, given.plants)
    if given.replay is not None:
        with history(given.replay, given.steps, given.faults, rates, verbose=True) as world:
            try:
                world.run()
            except Violation as broken:
                print(broken)  # noqa: T201
                return 1
        print(world.trace())  # noqa: T201
        return 0
    first, _dots, last = given.seeds.partition("..")
    seeds = range(int(first), int(last or first) + 1)
    return many(seeds, given, rates)


def many(seeds: range, given: argparse.Namespace, rates: Mapping[str, float] | None) -> int:
    """Play a row of histories until they are all played, the time is over or somebody presses Ctrl+C; then tell of them."""
    begun, cpu, total, failed, played = time.monotonic(), 0.0, Counter[str](), 0, 0
    jobs = all_of(((seed, given.steps, given.faults, rates, "") for seed in seeds), given.jobs)
    while True:
        try:
            seed, broken, counts, spent = next(jobs)
        except (StopIteration, KeyboardInterrupt):
            break
        total.update(counts)
        played, cpu = played + 1, cpu + spent
        if broken:
            failed += 1
            if failed <= MOST_TOLD:
                print(f"seed {seed}: {broken[:1200]}", flush=True)  # noqa: T201
            if failed == 1:
                steps, few, said = smaller(seed, given.steps, rates or drawn(given.faults, seed))
                print(f"  smaller: --replay {seed} --steps {steps} --rates '{json.dumps(few)}'\n  {said[:600]}", flush=True)  # noqa: T201
        if given.minutes and time.monotonic() - begun > 60 * given.minutes:
            break
    speed = f"{given.steps * played / max(cpu, 1e-9):.0f} steps per CPU second ({cpu:.0f} s)"
    print(f"seeds {seeds[0]}..{seeds[0] + played - 1}: {played} histories of {given.steps} steps, {failed} broken, {speed}")  # noqa: T201
    print(", ".join(f"{name} {many}" for name, many in sorted(total.items())))  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
