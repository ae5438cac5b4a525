"""The figures of a run: one JSON line each on standard output, and a table with budgets at the end."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NAMES = ("item", "n", "wall_s", "ratio_to_floor", "client_cpu_s", "server_cpu_s", "wire_up", "wire_down", "requests", "rss_mb")


@dataclass
class Figures:
    """What was measured so far."""

    folder: Path
    lines: list[dict[str, Any]] = field(default_factory=list)

    def add(self, item: str, n: int, cost: dict[str, Any], floor: dict[str, Any] | None = None, budget: str = "", note: str = "") -> None:
        """A figure; ``floor`` is the same work's cost at the floor, told as a figure of its own too."""
        line = {name: cost.get(name) for name in NAMES} | {"item": item, "n": n}
        if floor is not None:
            self.add(f"{item} floor", n, floor)
            line["ratio_to_floor"] = round(cost["wall_s"] / max(floor["wall_s"], 1e-9), 2)
            line["cpu_ratio"] = round(_cpu(cost) / max(_cpu(floor), 1e-9), 2)
        line |= {"budget": budget, "note": note}
        self.lines.append({name: round(value, 4) if isinstance(value, float) else value for name, value in line.items()})
        print(json.dumps(self.lines[-1], ensure_ascii=False), flush=True)

    def table(self) -> str:
        """Markdown."""
        load = " ".join(f"{one:.1f}" for one in os.getloadavg())
        out = [
            f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.system()} {platform.release()}, {os.cpu_count()} cores, "
            f"{_processor()}, Python {platform.python_version()}, load {load}", "",
            "| item | n | wall s | x wall | x CPU | client CPU s | server CPU s | up | down | requests | RSS rise MB | budget | note |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
        ]  # fmt: skip
        for one in self.lines:
            keys = ("item", "n", "wall_s", "ratio_to_floor", "cpu_ratio", "client_cpu_s", "server_cpu_s", "wire_up", "wire_down",
                    "requests", "rss_mb", "budget", "note")  # fmt: skip
            out.append("| " + " | ".join(_said(one.get(key)) for key in keys) + " |")
        return "\n".join(out) + "\n"

    def write(self) -> None:
        """``RESULTS.md`` and ``results.jsonl`` in the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "RESULTS.md").write_text(self.table(), "utf-8")
        (self.folder / "results.jsonl").write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in self.lines), "utf-8")


def _cpu(cost: dict[str, Any]) -> float:
    return float(cost.get("client_cpu_s") or 0) + float(cost.get("server_cpu_s") or 0)


def _said(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
