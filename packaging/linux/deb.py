"""Packs a frozen bundle as a Debian package for UOS, Kylin and Debian desktops.

Rules: everything lives under /opt/apps/<id>/ as the UOS store asks, and there are no maintainer scripts (dpkg's own
triggers refresh menus and icons); a user's data is never touched. Depends is computed from what the bundle's files
really ask for. With one SOURCE_DATE_EPOCH, packing the same bundle twice gives the same bytes. It must not know how a
bundle is made.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

APP_ID = "org.liaison_desk.Liaison"
PACKAGE = "liaison-desk"
HERE = Path(__file__).resolve().parent
ICON = HERE.parent.parent / "resources" / "icons" / "app.svg"
ICON_SIZES = (32, 48, 64, 128, 256)


@dataclass(frozen=True)
class Release:
    """What the control file says beyond its template."""

    version: str
    architecture: str
    depends: list[str]
    epoch: int
    """Seconds since 1970 that stand for "when" everywhere in the package."""


def filled(template: Path, release: Release, **more: str) -> str:
    """A template with its @NAMES@ replaced.

    Raises:
        ValueError: a name stayed.
    """
    values = {
        "VERSION": release.version,
        "FOUR_PARTS": ".".join([*release.version.split("."), "0", "0"][:4]),
        "ARCHITECTURE": release.architecture,
        "DEPENDS": ", ".join(release.depends),
        "DATE": time.strftime("%Y-%m-%d", time.gmtime(release.epoch)),
        **more,
    }
    text = template.read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    if "@" in text.replace("maintainers@", ""):
        raise ValueError(f"{template.name}: not all names were filled")
    return text


def write(path: Path, text: str) -> None:
    """Writes a text file, its folders too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def render_icons(svg: Path, folder: Path) -> None:
    """PNG icons for docks that take no SVG, drawn by the Qt of the build; without dates, so always the same bytes."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    application = QGuiApplication.instance() or QGuiApplication([])
    renderer = QSvgRenderer(str(svg))
    for size in ICON_SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        target = folder / f"{size}x{size}" / "apps" / f"{APP_ID}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        if not image.save(str(target)):
            raise OSError(f"cannot write {target}")
    del application


def stage(bundle: Path, licences: Path, root: Path, release: Release) -> None:
    """Lays out the package's tree below ``root``, which must not exist yet.

    Args:
        bundle: the frozen folder that holds ``liaison``.
        licences: a folder of licence texts to ship.
        root: where the tree is made.
        release: version and the like.
    """
    home = root / "opt" / "apps" / APP_ID
    share = root / "usr" / "share"
    shutil.copytree(bundle, home / "files", symlinks=True)
    write(home / "info", filled(HERE / "info.json.in", release))
    write(share / "applications" / f"{APP_ID}.desktop", filled(HERE / f"{APP_ID}.desktop", release))
    write(share / "metainfo" / f"{APP_ID}.metainfo.xml", filled(HERE / f"{APP_ID}.metainfo.xml", release))
    icons = share / "icons" / "hicolor"
    write(icons / "scalable" / "apps" / f"{APP_ID}.svg", ICON.read_text(encoding="utf-8"))
    render_icons(ICON, icons)
    for kind, source in (("applications", share / "applications"), ("icons", share / "icons")):
        shutil.copytree(source, home / "entries" / kind)  # where the UOS store looks for the same
    shutil.copytree(licences, share / "doc" / PACKAGE)
    (root / "usr" / "bin").mkdir(parents=True)
    (root / "usr" / "bin" / "liaison").symlink_to(f"/opt/apps/{APP_ID}/files/liaison")
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    kib = sum(-(-path.stat().st_size // 1024) for path in files)
    write(root / "DEBIAN" / "control", filled(HERE / "control.in", release, KIB=str(kib)))
    digests = ((hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest(), path) for path in files)
    write(root / "DEBIAN" / "md5sums", "".join(f"{md5}  {path.relative_to(root)}\n" for md5, path in digests))
    normalise(root, release.epoch)


def normalise(root: Path, epoch: int) -> None:
    """Gives every file the same rights and time, whatever umask and clock the build had."""
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if runs else 0o644)
        os.utime(path, (epoch, epoch), follow_symlinks=False)


def pack(root: Path, target: Path, epoch: int, *, quick: bool) -> None:
    """Makes the .deb of a staged tree; xz, since a dpkg of Debian 10's age reads no zstd.

    Args:
        root: the staged tree.
        target: the .deb to write.
        epoch: as in ``Release``.
        quick: about four times faster and a tenth larger, for tests.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    level = "-z1" if quick else "-z6"
    command = ["dpkg-deb", "--root-owner-group", "-Zxz", level, "--build", str(root), str(target)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch)})
