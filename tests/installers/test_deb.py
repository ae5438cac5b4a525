"""What a packed .deb holds: no scripts, the agreed places, honest sums, the same bytes each time."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from linux import deb

pytestmark = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is Debian's")

RELEASE = deb.Release("1.2.3", "amd64", ["libc6 (>= 2.28)", "libx11-6"], 1_700_000_000)
HOME = f"opt/apps/{deb.APP_ID}"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    (folder / "_internal" / "resources").mkdir(parents=True)
    shutil.copy("/bin/true", folder / "liaison")
    (folder / "_internal" / "resources" / "名单.txt").write_text("东莞", encoding="utf-8")
    (folder / "_internal" / "libfirst.so.1").symlink_to("liaison-data.so")
    (folder / "_internal" / "liaison-data.so").write_bytes(b"data" * 1000)
    return folder


@pytest.fixture
def licences(tmp_path: Path) -> Path:
    folder = tmp_path / "licences"
    folder.mkdir()
    (folder / "copyright").write_text("Apache License")
    return folder


def packed(bundle: Path, licences: Path, folder: Path) -> Path:
    deb.stage(bundle, licences, folder / "root", RELEASE)
    deb.pack(folder / "root", folder / "out" / "some.deb", RELEASE.epoch, quick=True)
    return folder / "out" / "some.deb"


def unpacked(package: Path, folder: Path) -> Path:
    subprocess.run(["dpkg-deb", "--raw-extract", str(package), str(folder)], check=True)
    return folder


def test_holds_the_program_where_stores_and_shells_look(bundle: Path, licences: Path, tmp_path: Path) -> None:
    root = unpacked(packed(bundle, licences, tmp_path / "one"), tmp_path / "tree")
    program = root / HOME / "files" / "liaison"
    assert os.access(program, os.X_OK)
    assert os.readlink(root / "usr/bin/liaison") == f"/{HOME}/files/liaison"
    assert (root / HOME / "files/_internal/resources/名单.txt").read_text(encoding="utf-8") == "东莞"
    assert os.readlink(root / HOME / "files/_internal/libfirst.so.1") == "liaison-data.so"
    info = json.loads((root / HOME / "info").read_text(encoding="utf-8"))
    assert (info["appid"], info["version"], info["arch"]) == (deb.APP_ID, "1.2.3.0", ["amd64"])
    for entry in (f"applications/{deb.APP_ID}.desktop", f"icons/hicolor/scalable/apps/{deb.APP_ID}.svg"):
        assert (root / HOME / "entries" / entry).read_bytes() == (root / "usr/share" / entry).read_bytes()
    assert (root / f"usr/share/doc/{deb.PACKAGE}/copyright").exists()


def test_has_no_maintainer_scripts_and_true_sums(bundle: Path, licences: Path, tmp_path: Path) -> None:
    root = unpacked(packed(bundle, licences, tmp_path / "one"), tmp_path / "tree")
    assert sorted(path.name for path in (root / "DEBIAN").iterdir()) == ["control", "md5sums"]
    listed = dict(line.split("  ", 1)[::-1] for line in (root / "DEBIAN/md5sums").read_text().splitlines())
    files = [
        path for path in root.rglob("*") if path.is_file() and not path.is_symlink() and "DEBIAN" not in path.parts
    ]
    sums = {
        str(path.relative_to(root)): hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() for path in files
    }
    assert listed == sums


def test_control_says_what_it_needs(bundle: Path, licences: Path, tmp_path: Path) -> None:
    package = packed(bundle, licences, tmp_path / "one")

    def said(name: str) -> str:
        return subprocess.run(["dpkg-deb", "-f", str(package), name], capture_output=True, text=True).stdout.strip()

    assert (said("Package"), said("Version"), said("Architecture")) == ("liaison-desk", "1.2.3", "amd64")
    assert said("Depends") == "libc6 (>= 2.28), libx11-6"
    assert int(said("Installed-Size")) > 20
    assert "Noto" not in said("Depends"), "a font is recommended, never demanded: closed networks have none"


def test_everything_belongs_to_root_and_bears_one_time(bundle: Path, licences: Path, tmp_path: Path) -> None:
    package = packed(bundle, licences, tmp_path / "one")
    listing = subprocess.run(
        ["dpkg-deb", "-c", str(package)], capture_output=True, text=True, check=True, env={"TZ": "UTC"} | os.environ
    )
    day = time.strftime("%Y-%m-%d", time.gmtime(RELEASE.epoch))
    for line in listing.stdout.splitlines():
        rights, owner, _, date = line.split()[:4]
        assert owner == "root/root" and date == day, line
        assert rights in ("drwxr-xr-x", "-rw-r--r--", "-rwxr-xr-x", "lrwxrwxrwx"), line


def test_the_same_bundle_gives_the_same_bytes(bundle: Path, licences: Path, tmp_path: Path) -> None:
    first = packed(bundle, licences, tmp_path / "one").read_bytes()
    later = tmp_path / "later"
    shutil.copytree(bundle, later, symlinks=True)  # other times and inodes
    (later / "_internal" / "liaison-data.so").chmod(0o600)
    before = os.umask(0o077)
    try:
        second = packed(later, licences, tmp_path / "two").read_bytes()
    finally:
        os.umask(before)
    assert first == second


def test_a_name_that_is_not_filled_stops_the_build(tmp_path: Path) -> None:
    template = tmp_path / "control.in"
    template.write_text("Version: @VERSION@\nHomepage: @HOMEPAGE@\n")
    with pytest.raises(ValueError, match="not all names"):
        deb.filled(template, RELEASE)


@pytest.mark.parametrize("tool", ["desktop-file-validate", "appstreamcli"])
def test_menus_and_software_centres_accept_the_entries(tool: str, bundle: Path, licences: Path, tmp_path: Path) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not on this machine")
    deb.stage(bundle, licences, tmp_path / "root", RELEASE)
    share = tmp_path / "root" / "usr" / "share"
    command = {
        "desktop-file-validate": [tool, str(share / f"applications/{deb.APP_ID}.desktop")],
        "appstreamcli": [tool, "validate", "--no-net", str(share / f"metainfo/{deb.APP_ID}.metainfo.xml")],
    }[tool]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_icons_are_drawn(bundle: Path, licences: Path, tmp_path: Path) -> None:
    from PySide6.QtGui import QImage

    deb.stage(bundle, licences, tmp_path / "root", RELEASE)
    icons = tmp_path / "root/usr/share/icons/hicolor"
    for size in deb.ICON_SIZES:
        image = QImage(str(icons / f"{size}x{size}/apps/{deb.APP_ID}.png"))
        assert (image.width(), image.height()) == (size, size)
        assert image.pixelColor(size // 2, 2).alpha() > 0 and image.pixelColor(0, 0).alpha() < 128
