"""Real processes with a bad line between them, from the command line.

    python tests/chaos/run.py --seed 7 --seconds 600                 on SQLite
    python tests/chaos/run.py --seed 7 --seconds 600 --postgres      on PostgreSQL (a cluster of its own)

The same seed makes the same people, faults and kills; when they strike depends on the machine, so a history is not
replayed exactly (the simulator's are). Prints what happened; ends 1 where something was lost.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
import traceback
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")  # the person's own is never touched

from tests.chaos.history import Chaos
from tests.support.postgres import cluster


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=int, default=30, help="how many of a hundred requests something happens to")
    parser.add_argument("--postgres", action="store_true")
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="liaison-chaos-")))
        url = stack.enter_context(cluster()) if given.postgres else ""
        chaos = Chaos(folder, given.seed, given.rate, url)
        stack.callback(chaos.close)
        try:
            chaos.play(given.seconds, 10)
            chaos.heal()
            said = chaos.check()
        except AssertionError:
            traceback.print_exc()
            print(f"seed {given.seed}: broken")  # noqa: T201
            return 1
    print(f"seed {given.seed}, {given.seconds:.0f} s, {'PostgreSQL' if given.postgres else 'SQLite'}: nothing lost")  # noqa: T201
    print(json.dumps(said, ensure_ascii=False))  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
