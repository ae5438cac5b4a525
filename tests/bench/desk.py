"""One measured process. Reads ``{"do": name, …}`` a line from standard input, does it and answers what it cost.

Product and floor stand in processes of their own, so that CPU and memory are theirs alone. What only prepares
(enrolling, typing records, encrypting files) is a step of its own and is not part of another's figures.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench import payload  # noqa: E402  a program of its own needs its path first

KEY = bytes(32)
Steps = dict[str, Callable[..., Any]]


def memory(name: str) -> float:
    """A figure of /proc/self/status in MB."""
    text = Path("/proc/self/status").read_text()
    return int(next(line for line in text.splitlines() if line.startswith(name)).split()[1]) / 1024


def answering(steps: Steps) -> None:
    """Do what is asked until standard input ends."""
    for line in sys.stdin:
        asked = json.loads(line)
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
        before, cpu, wall = memory("VmRSS"), time.process_time(), time.perf_counter()
        said = steps[asked.pop("do")](**asked)
        body = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu, "said": said}
        body["rss_mb"] = max(0.0, memory("VmHWM") - before)
        print(json.dumps(body), flush=True)


# --------------------------------------------------------------------------------------------------- the product


class Desk:
    """A laptop: workspace, platform, rounds."""

    def __init__(self, folder: Path) -> None:
        from sync.workspace import Workspace

        self.folder = folder
        self.workspace = Workspace(folder, KEY)
        self.platform: Any = None

    def enrol(self, url: str, code: str) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        from sync.client import Platform
        from sync.records import Identity

        self.platform = Platform(url, Ed25519PrivateKey.generate())
        self.platform.hello()
        said = self.platform.enrol(code, "bench")
        self.platform._token, self.platform.pinned = said["token"], said["platform"]["key"]["x"]
        unit, person = said["unit"], said["liaison"]
        self.workspace.enrolled(Identity(unit["code"], unit["name"], unit["kind"], person["id"], person["name"], said["device"], url), {})

    def round(self) -> dict[str, Any]:
        """A sync round; {"requests", "pulled", "pushed", "resent"}; a cut line is only said."""
        from sync import engine, errors

        before = self.platform.requests
        try:
            done = engine.sync_round(self.workspace, self.platform)
        except errors.Offline:
            return {"requests": self.platform.requests - before, "cut": True}
        return {
            "requests": self.platform.requests - before, "pulled": done.pulled, "pushed": done.pushed,
            "uploaded": done.uploaded_files, "resent": done.resent_bytes, "conflicts": done.conflicts,
        }  # fmt: skip

    def fill(self, number: int, seed: int) -> None:
        """Records typed here, a hundred a transaction."""
        from sync.store.edits import Edit

        edits = [Edit(one, "demand", fields) for one, fields in payload.demands(number, seed)]
        who = self.workspace.identity
        device, unit = (who.device, who.unit) if who is not None else ("bench", "441900119")
        for start in range(0, number, 500):
            self.workspace.local.put(edits[start : start + 500], device, unit, "2026-03-10T01:02:03.000Z")

    def files(self, number: int, size: int, seed: int) -> None:
        """Scans of ``size`` bytes in the vault, five to a demand."""
        import random

        from sync.store.edits import Edit
        from sync.workspace import now

        who, chance = self.workspace.required(), random.Random(seed)
        subjects = payload.demands(-(-number // 5), seed)
        edits = [Edit(one, "demand", fields) for one, fields in subjects]
        for place in range(number):
            path = self.folder / f"scan-{seed}-{place}.pdf"
            path.write_bytes(b"%PDF-1.4 " + chance.randbytes(size - 9))
            sha256, length = self.workspace.vault.put(path)
            path.unlink()
            self.workspace.local.add_file(sha256, length, "application/pdf", 1, now())
            values = {
                "subject": subjects[place // 5][0], "kind": "other", "file": path.name, "sha256": sha256, "bytes": length,
                "mime": "application/pdf", "pages": 1,
            }  # fmt: skip
            edits.append(Edit(payload.record_id(chance, place), "evidence", values))
        self.workspace.local.put(edits, who.device, who.unit, now())


def product(folder: str) -> None:
    desk = Desk(Path(folder))
    words = desk.workspace.local.catch_up_words
    answering({"enrol": desk.enrol, "round": desk.round, "fill": desk.fill, "files": desk.files, "words": words})


# ----------------------------------------------------------------------------------------------------- the floor


def bare(folder: str, url: str) -> None:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from tests.bench.floor import Client

    place = Path(folder)
    client = Client(url, place)
    made: dict[str, Any] = {}

    def fill(number: int, seed: int) -> None:
        made["rows"] = payload.demands(number, seed)

    def push() -> dict[str, Any]:
        client.push(made["rows"])
        return {"requests": 1}

    def pull() -> dict[str, Any]:
        return {"requests": 1, "place": client.pull()}

    def files(number: int, size: int, seed: int) -> None:
        import random

        chance = random.Random(seed)
        made["files"] = [place / f"scan-{seed}-{one}" for one in range(number)]
        for path in made["files"]:
            path.write_bytes(AESGCM(KEY).encrypt(bytes(12), chance.randbytes(size), None))

    def send() -> dict[str, Any]:
        client.send(made["files"], KEY)
        return {"requests": len(made["files"])}

    answering({"fill": fill, "push": push, "pull": pull, "files": files, "send": send})


# ----------------------------------------------------------------------------------------------------- a crowd


def _at_once(acts: list[Callable[[], None]]) -> dict[str, Any]:
    """Run all acts in threads; seconds of the median and the worst."""
    took: list[float] = []
    failed: list[str] = []

    def run(act: Callable[[], None]) -> None:
        began = time.perf_counter()
        try:
            act()
        except Exception as error:  # noqa: BLE001  counted and told
            failed.append(repr(error))
        took.append(time.perf_counter() - began)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    took.sort()
    return {"requests": len(acts), "median_s": took[len(took) // 2], "worst_s": took[-1], "errors": failed[:3]}


def crowd(folder: str) -> None:
    """Many laptops of many units, each pushing its own records."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from sync.client import Platform
    from sync.messages import Change

    made: list[tuple[Any, list[Change]]] = []

    def enrol(url: str, codes: list[str], each: int) -> None:
        for seed, code in enumerate(codes):
            platform = Platform(url, Ed25519PrivateKey.generate())
            platform.hello()
            said = platform.enrol(code, "bench")
            platform._token = said["token"]
            bodies = payload.changes(payload.demands(each, 100 + seed), said["device"], 100 + seed)
            made.append((platform, [Change.from_json(one) for one in bodies]))

    def push() -> dict[str, Any]:
        return _at_once([lambda pair=pair: pair[0].push(pair[1]) for pair in made])  # type: ignore[misc]

    answering({"enrol": enrol, "push": push})


def crowd_floor(folder: str, url: str) -> None:
    from tests.bench.floor import Client

    made: list[tuple[Client, Any]] = []

    def fill(laptops: int, each: int) -> None:
        for seed in range(laptops):
            place = Path(folder) / str(seed)
            place.mkdir()
            made.append((Client(url, place), payload.demands(each, 100 + seed)))

    def push() -> dict[str, Any]:
        return _at_once([lambda pair=pair: pair[0].push(pair[1]) for pair in made])  # type: ignore[misc]

    answering({"fill": fill, "push": push})


# ------------------------------------------------------------------------------------------------ the local store


def local(folder: str) -> None:
    """What a liaison does without a line."""
    state: dict[str, Any] = {}

    def opening() -> None:
        state["desk"] = Desk(Path(folder))

    def fill(number: int) -> None:
        from sync.records import Identity

        state["desk"].workspace.enrolled(Identity("441900119", "长安镇", "town", "l", "甲", "bench", "http://127.0.0.1:1"), {})
        state["desk"].fill(number, 7)

    def closing() -> None:
        state.pop("desk").workspace.close()

    def times(act: Callable[[], Any]) -> Callable[..., Any]:
        def run(n: int) -> None:
            for _ in range(n):
                act()

        return run

    def space() -> Any:
        return state["desk"].workspace

    typed = iter(payload.demands(500, 99))
    answering({
        "open": opening, "fill": fill, "close": closing,
        "save": times(lambda: space().draft("demand", next(typed)[1])),
        "list": times(lambda: space().rows(("demand",), limit=200)),
        "search": times(lambda: space().rows(("demand",), search="热误差", limit=200)),
        "quota": times(lambda: space().quota(2026)),
    })  # fmt: skip


def local_floor(folder: str) -> None:
    """The same on one bare table: a row saved, 200 rows read, a text looked up in FTS5, a column summed."""
    from tests.bench import floor

    state: dict[str, Any] = {}
    listed = iter(payload.demands(500, 99))

    def opening() -> None:
        state["db"] = floor.database(Path(folder) / "floor.sqlite", key=True)

    def fill(number: int) -> None:
        rows = [floor.row(one, fields) for one, fields in payload.demands(number, 7)]
        floor.save(state["db"], rows)
        state["db"].execute("CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize='trigram')")
        state["db"].execute("BEGIN IMMEDIATE")
        state["db"].executemany("INSERT INTO words(rowid, text) VALUES (?, ?)", [
            (place + 1, " ".join(one for one in row if isinstance(one, str))) for place, row in enumerate(rows)
        ])  # fmt: skip
        state["db"].execute("COMMIT")

    def times(act: Callable[[], Any]) -> Callable[..., Any]:
        def run(n: int) -> None:
            for _ in range(n):
                act()

        return run

    def read(statement: str, *values: Any) -> Any:
        return state["db"].execute(statement, values).fetchall()

    def save() -> None:
        one, fields = next(listed)
        floor.save(state["db"], [floor.row(one, fields)])

    found = "SELECT * FROM record WHERE n IN (SELECT rowid FROM words WHERE words MATCH '热误差') ORDER BY at DESC, n DESC LIMIT 200"
    answering({
        "open": opening, "fill": fill, "close": lambda: state.pop("db").close(), "save": times(save),
        "list": times(lambda: read("SELECT * FROM record ORDER BY at DESC, n DESC LIMIT 200")),
        "search": times(lambda: read(found)), "quota": times(lambda: read("SELECT c20, count(*) FROM record GROUP BY c20")),
    })  # fmt: skip


if __name__ == "__main__":
    os.environ.setdefault("LIAISON_TODAY", "2026-06-30")
    roles = {"product": product, "bare": bare, "crowd": crowd, "crowd_floor": crowd_floor, "local": local, "local_floor": local_floor}
    roles[sys.argv[1]](*sys.argv[2:])
