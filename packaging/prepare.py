"""Makes a bare machine ready to run, test or build Liaison; the Makefile calls it before every target.

Rules: standard library only and Python 3.11+ (it runs before anything is installed); everything goes into
``.venv`` inside the clone and every download is checked against the hashes of ``requirements*.txt``; system
libraries come from apt where that is possible without asking for a password, and otherwise the exact line to type is
printed. A second run finds its stamp and costs well under a second. It must not know what the program does.

    python3 packaging/prepare.py run|test
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST, TOO_NEW = (3, 11), (3, 14)

# What Qt's wheel loads from the system, "soname: Debian package". Without these not even a picture is made.
ESSENTIAL = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libxkbcommon.so.0": "libxkbcommon0",
}
# What a window on X11 loads besides.
WINDOW = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
# Programs the tests and the installer's build call.
TOOLS = {
    "Xvfb": "xvfb",
    "xauth": "xauth",
    "objdump": "binutils",
    "desktop-file-validate": "desktop-file-utils",
}
FONT_PACKAGE = "fonts-noto-cjk"
FONT_NAMES = (
    "notosanscjk",
    "notoserifcjk",
    "notosanssc",
    "sourcehan",
    "wqy",
    "wenquanyi",
    "simsun",
    "msyh",
    "droidsansfallback",
    "pingfang",
)
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts", "/Library/Fonts")


def say(text: str) -> None:
    """Progress for the person at the terminal; stderr, so that a command's own stdout stays clean."""
    print(text, file=sys.stderr, flush=True)


def stop(text: str) -> None:
    """Ends with the reason and the remedy."""
    say(f"\n{text}\n")
    raise SystemExit(1)


# ------------------------------------------------------------------------------------------- system packages


def loads(soname: str) -> bool:
    """Whether the dynamic loader finds a library: the question Qt will ask, whatever distribution this is."""
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def has_chinese_font() -> bool:
    """Whether a font with Chinese glyphs is installed; without one pictures show boxes."""
    if (ROOT / "resources" / "fonts").is_dir() and any((ROOT / "resources" / "fonts").glob("*.[ot]t[fc]")):
        return True
    for folder in map(os.path.expanduser, FONT_FOLDERS):
        for _, _, names in os.walk(folder):
            if any(name.lower().replace("-", "").startswith(FONT_NAMES) for name in names):
                return True
    return False


def missing_packages(purpose: str) -> tuple[list[str], list[str]]:
    """Debian packages to install: (those without which nothing starts, those that make it complete)."""
    if not sys.platform.startswith("linux"):
        return [], []
    must = [package for soname, package in ESSENTIAL.items() if not loads(soname)]
    must += [] if find_spec("ensurepip") else ["python3-venv"]
    nice = [] if has_chinese_font() else [FONT_PACKAGE]
    if purpose == "test":
        must += [package for soname, package in WINDOW.items() if not loads(soname)]
        must += [package for program, package in TOOLS.items() if not shutil.which(program)]
        # Debian's own Python is linked whole; what freezes the desk wants the shared library
        library = f"libpython{sys.version_info.major}.{sys.version_info.minor}"
        if sys.base_prefix == "/usr" and not loads(f"{library}.so.1.0"):
            must.append(library)
        # these only widen what the tests see: the platform on PostgreSQL, the software centres' view of the installer
        nice += (
            [] if any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or shutil.which("initdb") else ["postgresql"]
        )
        nice += [] if shutil.which("appstreamcli") else ["appstream"]
    elif os.environ.get("DISPLAY"):
        must += [package for soname, package in WINDOW.items() if not loads(soname)]
    return must, nice


def apt_prefix() -> list[str] | None:
    """How apt may be called without asking anybody: as root, by passwordless sudo, or not at all (None)."""
    if os.environ.get("LIAISON_NO_APT") or not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    return None


def apt_install(packages: Iterable[str]) -> bool:
    """Installs Debian packages where that is allowed; False where a person has to."""
    prefix = apt_prefix()
    if prefix is None:
        return False
    names = sorted(set(packages))
    say("installing system packages: " + " ".join(names))
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [*prefix, "apt-get", "install", "-y", "-q", "--no-install-recommends", *names]
    # The lists of a fresh machine are empty or old, so a first failure is answered by an update, once.
    if subprocess.run(install, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
        return True
    subprocess.run([*prefix, "apt-get", "update", "-q"], env=environment, stdout=subprocess.DEVNULL)
    return subprocess.run(install, env=environment, stdout=subprocess.DEVNULL).returncode == 0


def by_hand(packages: Iterable[str]) -> str:
    """The line a person types."""
    return "    sudo apt-get update && sudo apt-get install -y " + " ".join(sorted(set(packages)))


def prepare_system(purpose: str) -> None:
    """Sees that the libraries, tools and a Chinese font are there.

    Raises:
        SystemExit: something needed is missing and cannot be installed without a person.
    """
    must, nice = missing_packages(purpose)
    if not must and not nice:
        return
    # what is only nice may have another name on this system, and must not stand in the way of the rest
    if apt_install([*must, *nice]) or (must and nice and apt_install(must)):
        return
    if must:
        reason = "These system packages are missing and cannot be installed from here. Please type:\n"
        stop(reason + by_hand([*must, *nice]))
    say("Without these some text shows as boxes or some tests are skipped. To install them:\n" + by_hand(nice))


# ------------------------------------------------------------------------------------------------ the venv


def make_venv() -> None:
    """Makes ``.venv`` afresh.

    Raises:
        SystemExit: this Python cannot.
    """
    if VENV.exists():
        shutil.rmtree(VENV)
    say(f"making .venv with Python {sys.version.split()[0]}")
    if subprocess.run([sys.executable, "-m", "venv", str(VENV)]).returncode:
        stop(f"{sys.executable} cannot make virtual environments; its message is above.")


def venv_python() -> Path:
    """The interpreter inside ``.venv``."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def stamp(purpose: str) -> tuple[Path, str]:
    """Where it is noted what was installed, and the note: a digest of all that the installation depends on."""
    names = {"run": ["requirements.txt"], "test": ["requirements.txt", "requirements-dev.txt"]}[purpose]
    digest = hashlib.sha256(f"{VENV} {sys.version}".encode())
    for name in names:
        digest.update((ROOT / name).read_bytes())
    with (ROOT / "pyproject.toml").open("rb") as file:
        described = tomllib.load(file)
    # its checks and contracts change often and install nothing
    digest.update(json.dumps([described["project"], described["build-system"]], sort_keys=True).encode())
    return VENV / f".ready-{purpose}", digest.hexdigest()


def install(requirements: str) -> None:
    """Installs a pinned list, every file checked by hash, and then this clone itself (editable, no downloads)."""
    say(f"installing {requirements} (checked by hash)")
    pip = [str(venv_python()), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    # The lists are complete, so nothing is resolved: --no-deps. One more try, since registries have bad moments.
    command = [*pip, "--require-hashes", "--no-deps", "-r", str(ROOT / requirements)]
    if subprocess.run(command, cwd=ROOT).returncode and subprocess.run(command, cwd=ROOT).returncode:
        stop(f"pip could not install {requirements}: see its message above. Run the same command again when online.")
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)], cwd=ROOT, check=True)


def prepare_venv(purpose: str) -> None:
    """Sees that ``.venv`` holds exactly what the lists say; does nothing when the stamp says so already."""
    mark, note = stamp(purpose)
    if venv_python().exists() and mark.exists() and mark.read_text() == note:
        return
    others = [stamp(other) for other in ("run", "test")]
    sound = venv_python().exists() and any(path.exists() and path.read_text() == text for path, text in others)
    if purpose == "run" and sound:
        return  # a venv made for the tests holds the runtime too
    if not sound:
        make_venv()
    install("requirements.txt" if purpose == "run" else "requirements-dev.txt")
    mark.write_text(note)


def main(arguments: list[str]) -> None:
    """Prepares for "run" (the desk and its platform) or "test" (checks, tests and installers too)."""
    if arguments not in (["run"], ["test"]):
        stop("usage: prepare.py run|test")
    if not OLDEST <= sys.version_info[:2] < TOO_NEW:
        stop(f"Python 3.11, 3.12 or 3.13 is needed; this is {sys.version.split()[0]}.")
    began = time.monotonic()
    prepare_system(arguments[0])
    prepare_venv(arguments[0])
    spent = time.monotonic() - began
    if spent > 2:
        say(f"ready after {spent:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
