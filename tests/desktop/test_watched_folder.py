"""The camera's folder: new scans are offered once, when they are whole; old ones, others and half ones never."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop import watched_folder
from desktop.tasks import Tasks
from desktop.watched_folder import WatchedFolder, whole


@pytest.fixture
def camera(tasks: Tasks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[WatchedFolder, Path, list[Path]]]:
    monkeypatch.setattr(watched_folder, "LOOK_MS", 60)
    monkeypatch.setattr(watched_folder, "AGAIN_MS", 150)
    folder = tmp_path / "高拍仪"
    folder.mkdir()
    watched, found = WatchedFolder(tasks), list[Path]()
    watched.found.connect(found.append)
    yield watched, folder, found
    watched.watch(None)
    watched.deleteLater()


def begun(watched: WatchedFolder, folder: Path, qtbot: Any) -> None:
    watched.watch(folder)
    qtbot.waitUntil(lambda: watched._old is not None)


def test_new_scans_are_offered_once_and_old_ones_not(camera: Any, papers: Path, qtbot: Any) -> None:
    watched, folder, found = camera
    shutil.copy(papers / "contract.pdf", folder / "旧.pdf")
    begun(watched, folder, qtbot)
    for name in ("合同.pdf", ".暂存.pdf", "~tmp.pdf", "说明.txt"):
        shutil.copy(papers / "contract.pdf", folder / name)
    qtbot.waitUntil(lambda: found == [folder / "合同.pdf"], timeout=8_000)
    shutil.copy(papers / "contract.pdf", folder / "另一份.PDF")
    qtbot.waitUntil(lambda: found == [folder / "合同.pdf", folder / "另一份.PDF"], timeout=8_000)
    qtbot.wait(400)
    assert len(found) == 2


def test_a_scan_that_is_still_being_written_waits(camera: Any, papers: Path, qtbot: Any) -> None:
    watched, folder, found = camera
    begun(watched, folder, qtbot)
    data = (papers / "contract.pdf").read_bytes()
    with (folder / "慢.pdf").open("wb") as file:
        for at in range(0, len(data) // 2, len(data) // 10):
            file.write(data[at : at + len(data) // 10])
            file.flush()
            qtbot.wait(80)
        qtbot.wait(500)  # the camera stops for a moment in the middle
        assert found == []
        file.seek(0)
        file.write(data)
        file.flush()
        qtbot.waitUntil(lambda: found == [folder / "慢.pdf"], timeout=8_000)
    (folder / "空.jpg").touch()
    qtbot.wait(500)
    assert len(found) == 1


def test_the_same_name_again_is_a_new_scan(camera: Any, papers: Path, qtbot: Any) -> None:
    watched, folder, found = camera
    begun(watched, folder, qtbot)
    shutil.copy(papers / "contract.pdf", folder / "1.pdf")
    qtbot.waitUntil(lambda: len(found) == 1, timeout=8_000)
    (folder / "1.pdf").unlink()
    qtbot.waitUntil(lambda: not watched._old, timeout=8_000)
    shutil.copy(papers / "contract.pdf", folder / "1.pdf")
    qtbot.waitUntil(lambda: len(found) == 2, timeout=8_000)


def test_a_folder_that_goes_and_comes_is_watched_again(camera: Any, papers: Path, qtbot: Any, tmp_path: Path) -> None:
    watched, folder, found = camera
    begun(watched, folder, qtbot)
    folder.rename(tmp_path / "拔了")
    qtbot.wait(400)
    (tmp_path / "拔了").rename(folder)
    qtbot.waitUntil(lambda: str(folder) in watched._watcher.directories(), timeout=8_000)
    shutil.copy(papers / "contract.pdf", folder / "回来.pdf")
    qtbot.waitUntil(lambda: found == [folder / "回来.pdf"], timeout=8_000)
    watched.watch(None)
    shutil.copy(papers / "contract.pdf", folder / "之后.pdf")
    qtbot.wait(300)
    assert len(found) == 1 and watched.folder() is None


def test_each_format_has_its_end(papers: Path, tmp_path: Path) -> None:
    scans = [path for path in papers.rglob("*") if path.suffix in watched_folder.SUFFIXES]
    assert {path.suffix for path in scans} >= {".pdf", ".jpg"}
    for path in scans:
        assert whole(path), path
        half = tmp_path / f"half{path.suffix}"
        half.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        assert not whole(half), path
    assert not whole(tmp_path / "nothing.pdf")
