"""Gathers the licence texts that a frozen bundle has to bring along.

Rules: a distribution counts when one of its modules is in the bundle, so the list follows the bundle and not a hope;
each must be named in NOTICE (a build without that stops), which also names what wheels carry without saying so (Qt,
ICU, SQLCipher, PDFium, OpenSSL ...). Texts come from the wheels themselves; Qt's wheels hold none, so LGPL and GPL
lie in ``licence_texts/``.
"""

from __future__ import annotations

import re
import shutil
from importlib import metadata
from pathlib import Path

from bundle_modules import modules

HERE = Path(__file__).resolve().parent
TEXT_NAMES = ("licen", "copying", "notice", "authors", "copyright")
OURS = "liaison-desk"


def canonical(text: str) -> str:
    """A name as the package index compares it: case, dots, dashes and underlines do not matter."""
    return re.sub(r"[-_.]+", "-", text.lower())


def bundled_distributions(executable: Path) -> list[metadata.Distribution]:
    """The installed distributions that the frozen program took modules from, by name."""
    owners = metadata.packages_distributions()
    tops = {name.split(".", 1)[0] for name in modules(executable)}
    names = {owner.lower() for top in tops for owner in owners.get(top, ())} - {OURS, "pyinstaller"}
    return [metadata.distribution(name) for name in sorted(names)]


def texts(distribution: metadata.Distribution) -> list[Path]:
    """The licence files that a distribution ships."""
    found = []
    for file in distribution.files or ():
        if ".dist-info" in str(file) and any(part in "/".join(file.parts[1:]).lower() for part in TEXT_NAMES):
            path = Path(str(distribution.locate_file(file)))
            if path.is_file():
                found.append(path)
    return found


def collect(bundle: Path, target: Path) -> None:
    """Writes the folder of texts that an installer ships.

    Args:
        bundle: the frozen folder.
        target: a folder that does not exist yet; gets ``copyright``, ``NOTICE``, ``versions.txt`` and ``licences/``.

    Raises:
        SystemExit: a bundled distribution is not named in NOTICE.
    """
    notice = canonical((HERE / "NOTICE").read_text(encoding="utf-8"))
    distributions = bundled_distributions(bundle / "liaison")
    unnamed = [found.name for found in distributions if canonical(found.name) not in notice]
    if unnamed:
        raise SystemExit("packaging/NOTICE does not name what the bundle holds: " + ", ".join(unnamed))
    folder = target / "licences"
    shutil.copytree(HERE / "licence_texts", folder)
    shutil.copyfile(HERE / "NOTICE", target / "NOTICE")
    shutil.copyfile(HERE.parent / "LICENSE", target / "copyright")
    for found in distributions:
        for path in texts(found):
            inner = str(path).split(".dist-info/", 1)[1].removeprefix("licenses/")
            shutil.copyfile(path, folder / f"{found.name}-{inner}".replace(" ", "_").replace("/", "-"))
    (target / "versions.txt").write_text("".join(f"{found.name} {found.version}\n" for found in distributions))
