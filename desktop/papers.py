"""Papers on their way between this computer, the platform, a folder and another program. No Qt, no SQL.

A paper that another computer of the unit added is known here from the sync, but lies on the platform until somebody
wants to see it. How papers are sent with a round is ``sync.engine``; how they lie here is ``sync.vault``.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from desktop.operations import connect, sync_now
from sync import errors
from sync.records import Paper
from sync.workspace import Workspace


def fetch(workspace: Workspace, paper: Paper, progress: Callable[[int], None] | None = None) -> None:
    """Bring a paper here from the platform, verified; one that is here and intact stays. ``progress(bytes)``.

    A line that breaks is tried again as long as it carries anything; another call goes on where this one ended.

    Raises:
        NotHere: the platform does not have it either.
    """
    if workspace.vault.has(paper.sha256) and not workspace.vault.problem(paper.sha256):
        return
    if paper.state != "complete":
        raise errors.NotHere(paper.name)
    platform, reached, furthest = connect(workspace), 0, -1

    def came(size: int) -> None:
        nonlocal reached
        reached = size
        if progress is not None:
            progress(size)

    try:
        while True:
            try:
                return workspace.vault.receive(paper.sha256, paper.bytes, partial(platform.fetch, paper.sha256), came)
            except errors.LineBroke:
                if reached <= furthest:
                    raise
                furthest = reached
            except errors.DamagedFile as error:  # nothing of it was kept
                raise errors.ServerTrouble("digest") from error
    finally:
        platform.close()


def fetch_all(workspace: Workspace, record_id: str, out: Path | None = None) -> list[dict[str, Any]]:
    """Bring a record's papers here, with ``out`` also into that folder: [{"id", "sha256", "bytes", "file"}]."""
    found = []
    for paper in workspace.get(record_id).papers:
        fetch(workspace, paper)
        file = str(copy(workspace, paper, out)) if out is not None else None
        found.append({"id": paper.id, "sha256": paper.sha256, "bytes": paper.bytes, "file": file})
    return found


def copy(workspace: Workspace, paper: Paper, folder: Path) -> Path:
    """Write a paper, as it was added, into a folder under its own name; where that is taken, with a number."""
    plain = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*]', "_", paper.name).strip(" .")[-120:] or paper.sha256[:12]
    stem, ending = Path(plain).stem, Path(plain).suffix
    names = itertools.chain([plain], (f"{stem} ({number}){ending}" for number in itertools.count(2)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target = next(folder / name for name in names if not (folder / name).exists())
        with target.open("xb") as opened:
            opened.writelines(workspace.vault.stream(paper.sha256))
    except OSError as error:
        raise errors.of_system(error) from error
    return target


def tickets(workspace: Workspace, record_id: str) -> list[dict[str, Any]]:
    """Uploads of a record's papers for another tus client to do: the record's text is sent first, its files are not.

    Each has ``endpoint`` with ``headers`` (to begin there) and ``address`` (to go on at); both work for a day.
    """
    record = workspace.get(record_id)
    sync_now(workspace, files=False)
    platform = connect(workspace)
    try:
        begun = [(one, *platform.begin(one.sha256, one.bytes, one.name)) for one in record.papers if one.sha256]
    finally:
        platform.close()
    return [
        {
            "evidence": one.id, "file": one.name, "sha256": one.sha256, "bytes": one.bytes, "offset": offset,
            "endpoint": address.partition("?")[0].rpartition("/")[0], "address": address,
            "headers": {"Authorization": f"Bearer {address.partition('pass=')[2]}"},
            "metadata": {"sha256": one.sha256, "filename": one.name},
        }
        for one, address, offset in begun
    ]  # fmt: skip
