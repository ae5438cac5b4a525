"""Builds the installers: freezes the desk, examines the bundle, packs it.

Rules: run by the Python whose environment holds ``requirements-dev.txt``; writes below ``build/`` and ``dist/`` only;
a bundle that ``check/bundle_lint.py`` finds fault with is not packed. The time stamped into packages is
SOURCE_DATE_EPOCH, else that of the last commit.

    python packaging/build.py --target deb-amd64 [--quick] [--bundle FOLDER] [--out dist]
"""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from check import bundle_lint
from elf import dotted
from licences import collect
from linux import deb
from system_libraries import packages

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
WORK = ROOT / "build" / "installer"
TARGETS = {"deb-amd64": "amd64"}


def version() -> str:
    """The product's version, from its one place, which pyproject.toml names too; read without running anything."""
    for node in ast.parse((ROOT / "desktop" / "operations.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and [ast.unparse(left) for left in node.targets] == ["VERSION"]:
            return str(ast.literal_eval(node.value))
    raise SystemExit("desktop/operations.py does not say VERSION = ...")


def epoch() -> int:
    """The time that packages bear: SOURCE_DATE_EPOCH, else the last commit's, else the newest source file's."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    asked = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True)
    if asked.returncode == 0 and asked.stdout.strip():
        return int(asked.stdout)
    return int((ROOT / "pyproject.toml").stat().st_mtime)


def freeze() -> Path:
    """Runs PyInstaller on the spec and gives the bundle's folder.

    Raises:
        SystemExit: PyInstaller failed; its log is shown.
    """
    WORK.mkdir(parents=True, exist_ok=True)
    log = WORK / "pyinstaller.log"
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--workpath", str(WORK / "work"), "--distpath", str(WORK / "bundle"), str(HERE / "liaison.spec")]
    # PyInstaller's own cache would otherwise go to the home folder.
    environment = {**os.environ, "PYINSTALLER_CONFIG_DIR": str(WORK / "cache"), "PYTHONHASHSEED": "1"}
    with log.open("w") as stream:
        done = subprocess.run(command, cwd=ROOT, stdout=stream, stderr=subprocess.STDOUT, env=environment)
    if done.returncode:
        sys.exit(f"{log.read_text()}\nPyInstaller failed; its log is above.")
    return WORK / "bundle" / "liaison"


def build_deb(bundle: Path, architecture: str, out: Path, *, quick: bool) -> Path:
    """Examines a bundle and packs it as a .deb; gives the file.

    Raises:
        SystemExit: the bundle has faults; they are printed.
    """
    report = bundle_lint.examine(bundle)
    print(report.text())
    if report.faults:
        sys.exit("The bundle has the faults above and was not packed.")
    release = deb.Release(version(), architecture, packages(report.outside, dotted(report.glibc)), epoch())
    texts, root = WORK / "licences", WORK / "root"
    for folder in (texts, root):
        shutil.rmtree(folder, ignore_errors=True)
    collect(bundle, texts)
    deb.stage(bundle, texts, root, release)
    target = out / f"{deb.PACKAGE}_{release.version}_{architecture}.deb"
    deb.pack(root, target, release.epoch, quick=quick)
    return target


def main() -> None:
    """Builds what the command line asks for."""
    parser = argparse.ArgumentParser(description="Builds Liaison's installers.")
    parser.add_argument("--target", choices=sorted(TARGETS), required=True)
    parser.add_argument("--quick", action="store_true", help="lighter compression, for tests")
    parser.add_argument("--bundle", type=Path, help="pack this bundle instead of freezing one")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    chosen = parser.parse_args()
    began = time.monotonic()
    bundle = chosen.bundle or freeze()
    print(f"bundle ready after {time.monotonic() - began:.0f} s")
    target = build_deb(bundle, TARGETS[chosen.target], chosen.out, quick=chosen.quick)
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB after {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
