"""What the sync centre shows, read beside the window: what waits, what a person must do, what happened.

Sentences about a round are made here, so that they can be tested as a table. No Qt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from desktop import wording
from sync import errors
from sync.domain.kinds import KINDS
from sync.judging import Todo
from sync.records import Paper, Pending, Progress, RoundReport
from sync.workspace import Workspace

BACKED_UP = "backup.at"  # instant of the last rescue file
NEEDS_YOU = ("conflict", "refused", "upload")
MOST = 200  # records looked through for waiting papers


@dataclass(frozen=True, slots=True)
class Waiting:
    """A paper the platform has not confirmed, and the record it belongs to."""

    paper: Paper
    record: str
    title: str


@dataclass(frozen=True, slots=True)
class Needed:
    """Something a person must do, with the record's number; ``count`` fields where they are conflicts."""

    todo: Todo
    number: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything the page shows that is read from the workspace."""

    pending: Pending
    needed: list[Needed]
    papers: list[Waiting]
    kinds: Mapping[str, int]  # waiting records by kind
    first: str  # title of the oldest waiting record
    text_there: int  # records whose text is on the platform and whose scans are not
    rounds: list[RoundReport] = field(default_factory=list)


def read_figures(workspace: Workspace) -> Figures:
    """Reads the figures (work lane)."""
    waiting = [row for state in ("local", "pending", "refused", "conflict") for row in workspace.rows(sync=state, limit=MOST).rows]
    files = workspace.rows(sync="files", limit=MOST).rows
    kinds: dict[str, int] = {}
    for row in waiting:
        kinds[row.kind] = kinds.get(row.kind, 0) + 1
    papers = [
        Waiting(paper, row.id, row.title)
        for row in [*waiting, *files] if row.papers_missing
        for paper in workspace.get(row.id).papers
        if paper.state != "complete" and not paper.facts.get("removed")
    ]  # fmt: skip
    papers.sort(key=lambda one: (one.paper.state != "uploading", -one.paper.offset))
    oldest = min(waiting, key=lambda row: row.updated_at, default=None)
    needed: dict[tuple[str, str], Needed] = {}
    for todo in workspace.todo():
        key = (todo.what, todo.id)
        if todo.what == "conflict" and key in needed:  # one line a record, not one a field
            needed[key] = replace(needed[key], count=needed[key].count + 1)
        elif todo.what in NEEDS_YOU:
            needed[key if todo.what == "conflict" else (todo.what, f"{todo.id} {todo.field}")] = Needed(
                todo, _number(workspace, todo.id)
            )
    return Figures(
        workspace.pending(), list(needed.values()), papers, kinds, oldest.title if oldest else "", len(files), workspace.rounds(50)
    )


def _number(workspace: Workspace, record_id: str) -> str:
    try:
        return str(workspace.get(record_id).facts.get("number") or "")
    except LookupError:
        return ""


def probe(workspace: Workspace) -> str:
    """Asks the platform whether it is there; its clock. Raises what a round would raise."""
    from desktop.operations import connect

    platform = connect(workspace)
    try:
        return str(platform.hello().get("time", ""))
    finally:
        platform.close()


def back_up(workspace: Workspace, out: Path) -> dict[str, Any]:
    """Saves what is only here into an encrypted file and notes when (work lane)."""
    from desktop.safekeeping import rescue_save

    said = rescue_save(workspace, out)
    workspace.remember(BACKED_UP, datetime.now(UTC).isoformat())
    return said


def diagnose(profile: Path, out: Path) -> dict[str, Any]:
    """Writes the diagnostics archive; asks the platform too, so it may take seconds (sync lane)."""
    from desktop.safekeeping import diagnostics

    return diagnostics(profile, out)


# ------------------------------------------------------------------------------------------------- sentences


def round_words(report: RoundReport, lang: str = "zh") -> tuple[str, str, str]:
    """(state, tone, what it did) of a finished round."""
    english = lang == "en"
    done = "，".join(_parts(report, english)) if not english else ", ".join(_parts(report, english))
    if not report.error:
        return ("Done" if english else "完成", "green", done or ("Nothing new" if english else "没有新内容"))
    why = error_words(report.error, lang)
    kept = (f"{why}; {done}" if english else f"{why}，{done}") if done else why
    if report.error == errors.Offline.code:
        return ("Offline" if english else "连不上", "amber", kept)
    return ("Stopped" if english else "中断", "amber", kept)


def error_words(code: str, lang: str = "zh") -> str:
    """What a failure's code says, without its detail."""
    for kind in _kinds(errors.Failure):
        if kind.code == code:
            return kind().message(lang).rstrip("：: ")
    return code


def _kinds(root: type[errors.Failure]) -> Iterator[type[errors.Failure]]:
    for kind in root.__subclasses__():
        yield kind
        yield from _kinds(kind)


def _parts(report: RoundReport, english: bool) -> list[str]:
    shown: list[tuple[int, str, str]] = [
        (report.pulled, "取回 {n} 条", "{n} fetched"),
        (report.merged, "自动合并 {n} 条", "{n} merged"),
        (report.pushed, "上传 {n} 条", "{n} sent"),
        (report.uploaded_files, "上传 {n} 个扫描件 {size}", "{n} scans sent, {size}"),
        (report.refused, "平台未收 {n} 条", "{n} refused"),
        (report.conflicts, "{n} 处冲突待定", "{n} conflicts open"),
    ]
    size = wording.size(report.uploaded_bytes)
    return [(en if english else zh).format(n=count, size=size) for count, zh, en in shown if count]


def duration(seconds: float, lang: str = "zh") -> str:
    """用时 41 秒, 用时 1 分 52 秒."""
    whole = max(1, round(seconds))
    minutes, rest = divmod(whole, 60)
    pair = ("用时 {m} 分 {s} 秒", "{m} min {s} s") if minutes else ("用时 {s} 秒", "{s} s")
    return pair[lang == "en"].format(m=minutes, s=rest)


def left_words(now: Progress, lang: str = "zh") -> str:
    """约剩 1 分钟; "" while the speed is not known."""
    if now.bytes_per_second <= 0 or now.bytes <= now.done_bytes:
        return ""
    seconds = (now.bytes - now.done_bytes) / now.bytes_per_second
    if seconds < 50:
        amount = max(5, round(seconds / 5) * 5)
        return f"about {amount} s left" if lang == "en" else f"约剩 {amount} 秒"
    minutes = max(1, round(seconds / 60))
    return f"about {minutes} min left" if lang == "en" else f"约剩 {minutes} 分钟"


def speed_words(bytes_per_second: float) -> str:
    """212 KB/s."""
    return f"{wording.size(round(bytes_per_second))}/s" if bytes_per_second > 0 else ""


def kinds_words(kinds: Mapping[str, int], lang: str = "zh") -> str:
    """技术需求 2、成果 1."""
    named: list[Any] = [(KINDS[name], count) for name, count in kinds.items() if name in KINDS]
    if lang == "en":
        return ", ".join(f"{kind.en} {count}" for kind, count in named)
    return "、".join(f"{kind.label} {count}" for kind, count in named)
