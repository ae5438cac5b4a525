"""Plants small mistakes into the sync core and the ledger, one at a time, and counts those no test notices.

    python tests/mutation/run.py                               every mutant of every file
    python tests/mutation/run.py --only merge --sample 60      sixty of one file, chosen by --seed
    python tests/mutation/run.py --only ledger --function _cut --show

The tests of a file are collected once; each mutant lives in a forked process in which one function has another body, so
nothing is ever written and nothing has to be put back. There the fast tests run, then fixed histories of the simulator,
until one fails (killed), all pass (survived), or the time is over (timed out, which counts as killed). Time is the
process's own, with a generous limit on the clock, so a busy machine changes nothing. ``known.txt`` names the survivors
that change nothing anybody could rely on, with the reason. Exit status 1 where another one survived.
"""

from __future__ import annotations

import argparse
import importlib
import json
import mmap
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
if os.environ.get("PYTHONHASHSEED") != "0":  # the order of sets is part of a simulated history
    os.environ["PYTHONHASHSEED"] = "0"
    os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606  this very program
sys.path.insert(0, str(ROOT))

from tests.mutation.mutants import Mutant, mutants, plant  # noqa: E402

CORE = ("tests/core",)
SERVER = ("tests/server/test_changes.py", "tests/server/test_feed.py", "tests/server/test_review.py", "tests/server/test_wire.py")
STORE = ("tests/store/test_workspace.py", "tests/store/test_kept.py", "tests/store/test_parcel.py", "tests/server/test_feed.py")
HISTORIES = ("tests/sim/test_decisions.py", "tests/sim/test_sim.py::test_nothing_is_lost")

#: file -> the tests that are there to notice, quickest first.
TARGETS = {
    "sync/core/merge.py": CORE + HISTORIES,
    "sync/core/round.py": CORE + HISTORIES,
    "sync/messages.py": CORE + HISTORIES,
    "sync/server/ledger.py": SERVER + HISTORIES,
    "sync/store/feed.py": STORE + HISTORIES,
}
#: Tests that start processes (they would see the file on the disk) or only take long.
LEFT_OUT = ("eight_writing_processes", "a_hundred_thousand_rows_at_once")
SLACK = 15  # seconds of its own time a mutant gets beyond three times what the tests need
FIRST = 600.0  # seconds for the tests as they are
KNOWN = Path(__file__).with_name("known.txt")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a mutant: ``key`` names it in ``known.txt``."""

    file: str
    line: int
    key: str
    outcome: str


class Loop:
    """A pytest plugin: instead of running the tests once, runs them once for each mutant, in a process of its own."""

    def __init__(self, file: str, chosen: Sequence[Mutant], tell: Callable[[dict[str, Any]], None]) -> None:
        self.file, self.chosen, self.tell = file, chosen, tell
        self._noticed: Counter[int] = Counter()  # which test how often: those go first
        self._last = mmap.mmap(-1, 4)  # the place of the test that ran last, told by the forked process

    def pytest_runtestloop(self, session: Any) -> bool:
        """Everything; nothing is left to run."""
        outcome, spent = self._apart(session, None, FIRST)
        last = session.items[int.from_bytes(self._last[:], "big")].nodeid
        self.tell({"outcome": outcome, "spent": spent, "tests": len(session.items), "last": last})
        for number, one in enumerate(self.chosen if outcome == "survived" else ()):
            outcome, _spent = self._apart(session, one, 3 * spent + SLACK)
            self.tell({"outcome": outcome, "number": number})
        return True

    def _apart(self, session: Any, one: Mutant | None, budget: float) -> tuple[str, float]:
        child = os.fork()
        if child == 0:
            self._run(session, one, budget)
        until = time.monotonic() + 8 * budget + 60
        while True:
            done, status, used = os.wait4(child, os.WNOHANG)
            if done:
                self._noticed[int.from_bytes(self._last[:], "big")] += one is not None
                outcome = "timed out" if os.WIFSIGNALED(status) else "killed" if os.WEXITSTATUS(status) else "survived"
                return outcome, used.ru_utime + used.ru_stime
            if time.monotonic() > until:
                os.kill(child, signal.SIGKILL)
            time.sleep(0.01)

    def _run(self, session: Any, one: Mutant | None, budget: float) -> None:
        """In the forked process: never returns."""
        code = 1
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (int(budget) + 1, int(budget) + 2))
            resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
            if one is not None:
                plant(one, importlib.import_module(self.file[:-3].replace("/", ".")), self.file)
            places = sorted(range(len(session.items)), key=lambda place: (-self._noticed[place], place))
            for place, following in zip(places, [*places[1:], None], strict=True):
                self._last[:] = place.to_bytes(4, "big")
                item, after = session.items[place], None if following is None else session.items[following]
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
                if session.testsfailed:
                    break
            else:
                code = 0
        finally:
            os._exit(code)


def tested(file: str, chosen: Sequence[Mutant]) -> Iterator[dict[str, Any]]:
    """Collect a file's tests in a process of its own and tell what becomes of each mutant; first of the tests as they are."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _collect(file, chosen, writing)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
    os.waitpid(child, 0)


def _collect(file: str, chosen: Sequence[Mutant], writing: int) -> None:
    """In the forked process: never returns."""
    try:
        os.chdir(ROOT)
        os.environ["CI"] = "1"  # the same examples each time
        if not os.environ.get("MUTATION_LOUD"):
            quiet = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(quiet, stream)
        import hypothesis
        import pytest

        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)  # a failure need not be made small
        hypothesis.settings.register_profile("mutation", deadline=None, derandomize=True, database=None, phases=phases)
        with tempfile.TemporaryDirectory(prefix="liaison-mutants-") as folder:
            options = ["-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning", "--hypothesis-profile=mutation"]
            options += ["-m", "not slow and not bench", "-k", " and ".join(f"not {name}" for name in LEFT_OUT), "--basetemp", f"{folder}/t"]
            plugin = Loop(file, chosen, lambda told: os.write(writing, json.dumps(told).encode() + b"\n") and None)
            pytest.main([*options, *TARGETS[file]], plugins=[plugin])
    finally:
        os._exit(0)


def known() -> dict[str, str]:
    """Survivors that are explained: key -> reason."""
    pairs = (line.split("  # ", 1) for line in KNOWN.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    return {key: reason for key, reason in pairs}


def measure(files: Sequence[str], sample: int, seed: int, function: str, show: bool) -> list[Result]:
    """Run the mutants of these files, telling of each survivor as it is found."""
    results: list[Result] = []
    explained = known()
    for file in files:
        made = [one for one in mutants((ROOT / file).read_text("utf-8")) if function in one.function]
        if sample and sample < len(made):
            made = sorted(random.Random(f"{seed} {file}").sample(made, sample), key=lambda one: one.line)
        told = tested(file, made)
        first = next(told, {"outcome": "not run"})
        if first["outcome"] != "survived":
            raise SystemExit(f"{file}: its tests do not pass as it is: {first['outcome']} {first.get('last', '')}")
        print(f"{file}: {len(made)} mutants, {first['tests']} tests in {first['spent']:.1f} s", flush=True)
        for one in told:
            mutant = made[one["number"]]
            result = Result(file, mutant.line, f"{file} {mutant.name}", one["outcome"])
            results.append(result)
            if show or (result.outcome == "survived" and result.key not in explained):
                print(f"  {result.outcome} line {mutant.line} {result.key}", flush=True)
    return results


def report(results: Sequence[Result]) -> int:
    """The table by file; how many survivors are not explained."""
    explained = known()
    print("| file | mutants | killed | timed out | survived, explained | survived | score |\n|---|---|---|---|---|---|---|")
    left = 0
    for file in dict.fromkeys(one.file for one in results):
        own = [one for one in results if one.file == file]
        counts = Counter(one.outcome for one in own)
        fine = sum(1 for one in own if one.outcome == "survived" and one.key in explained)
        open_ = counts["survived"] - fine
        left += open_
        score = 100 * (1 - open_ / max(1, len(own) - fine))
        print(f"| {file} | {len(own)} | {counts['killed']} | {counts['timed out']} | {fine} | {open_} | {score:.1f} % |")
    return left


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="files whose path holds this")
    parser.add_argument("--function", default="", help="mutants of functions whose path holds this")
    parser.add_argument("--sample", type=int, default=0, help="so many mutants of each file (0: all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="tell of every mutant, not only of survivors")
    given = parser.parse_args()
    began = time.monotonic()
    files = [file for file in TARGETS if given.only in file]
    left = report(measure(files, given.sample, given.seed, given.function, given.show))
    print(f"{time.monotonic() - began:.0f} s; {left} survivors are not explained")
    return 1 if left else 0


if __name__ == "__main__":
    raise SystemExit(main())
