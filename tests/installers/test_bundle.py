"""The lists that decide what a frozen desk carries, and the examination that guards them."""

from __future__ import annotations

import ast
import importlib.util
import re
import shutil
import sys
from importlib import metadata
from pathlib import Path

import pytest

import elf
import prepare
from check import bundle_lint
from licences import canonical
from system_libraries import BEHIND, C_LIBRARY, LEFT_TO_SYSTEM, NEEDED, OPTIONAL, packages

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ELF is Linux's")


def qt_folder() -> Path:
    found = importlib.util.find_spec("PySide6")
    assert found and found.origin
    return Path(found.origin).parent / "Qt"


def spec_list(name: str) -> list[str]:
    """A literal list or set of the spec."""
    tree = ast.parse((PACKAGING / "liaison.spec").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(left, ast.Name) and left.id == name for left in node.targets
        ):
            return sorted(ast.literal_eval(node.value))
    raise AssertionError(f"{name} is not in the spec")


@linux_only
@pytest.mark.parametrize("plugin", spec_list("PLUGINS"))
def test_every_kept_plugin_is_in_the_wheel(plugin: str) -> None:
    assert (qt_folder() / "plugins" / plugin).is_file()


@linux_only
def test_a_library_that_is_nowhere_is_a_fault(tmp_path: Path) -> None:
    # the real thing: this plugin asks for GTK, which neither Qt's wheel nor the list of the system's has
    shutil.copy(qt_folder() / "plugins/platformthemes/libqgtk3.so", tmp_path)
    report = bundle_lint.Report()
    bundle_lint.examine_libraries(tmp_path, [tmp_path / "libqgtk3.so"], report)
    assert any("libgtk-3.so.0" in fault for fault in report.faults)
    assert not any("libc.so.6" in fault for fault in report.faults)
    assert report.glibc >= (2, 2, 5)


@linux_only
def test_a_library_in_the_bundle_is_no_fault(tmp_path: Path) -> None:
    shutil.copy(qt_folder() / "lib/libQt6Svg.so.6", tmp_path)
    report = bundle_lint.Report()
    bundle_lint.examine_libraries(tmp_path, [tmp_path / "libQt6Svg.so.6"], report)
    names = {fault.split(" asks for ")[1].split(",")[0] for fault in report.faults}
    assert {"libQt6Gui.so.6", "libQt6Core.so.6"} <= names
    for name in names:
        (tmp_path / name).touch()
    report = bundle_lint.Report()
    bundle_lint.examine_libraries(tmp_path, [tmp_path / "libQt6Svg.so.6"], report)
    assert report.faults == []


def test_a_folder_that_is_no_bundle_is_said_to_be_none(tmp_path: Path) -> None:
    assert "is no bundle" in bundle_lint.examine(tmp_path).text()


@linux_only
def test_this_qt_starts_on_glibc_2_28() -> None:
    # UOS 20 has 2.28; a newer PySide6 would pass every other test here and start on none of those desktops
    found = [elf.read(path) for path in (qt_folder() / "lib").glob("libQt6*.so.6") if elf.is_elf(path)]
    assert len(found) > 5
    assert max(each.floor("GLIBC") for each in found) <= (2, 28)
    assert max(each.floor("GLIBCXX") for each in found) <= (3, 4, 25)


def test_depends_are_the_packages_that_are_asked_for() -> None:
    asked = frozenset({"libc.so.6", "libX11.so.6", "libglib-2.0.so.0", "libgthread-2.0.so.0", "libcups.so.2"})
    assert packages(asked, "2.28") == ["libc6 (>= 2.28)", "libglib2.0-0", "libx11-6"]


def test_set_up_and_installer_name_the_same_packages() -> None:
    known = {**prepare.ESSENTIAL, **prepare.WINDOW}
    assert {name: known[name] for name in known if name in NEEDED} == {
        name: NEEDED[name] for name in known if name in NEEDED
    }
    assert not set(known) & set(BEHIND)
    assert set(C_LIBRARY) | set(NEEDED) | set(OPTIONAL) <= LEFT_TO_SYSTEM


def test_the_platform_is_left_out_of_the_desk() -> None:
    excluded = set(spec_list("EXCLUDED"))
    assert {"sync.server", "fastapi", "uvicorn", "boto3", "psycopg", "sqlite3", "PySide6.QtSql"} <= excluded
    roots = {name.split(".")[0] for name in excluded}
    assert not roots & {"desktop", "resources", "keyring", "requests", "sqlcipher3", "openpyxl", "cryptography"}


def test_notice_names_every_distribution_of_the_desk() -> None:
    notice = canonical((PACKAGING / "NOTICE").read_text(encoding="utf-8"))
    wanted, seen = ["liaison-desk"], set()
    excluded = {canonical(name.split(".")[0]) for name in spec_list("EXCLUDED")} | {"opentelemetry-api"}
    while wanted:
        name = canonical(wanted.pop())
        if name in seen or name in excluded:
            continue
        try:
            needs = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue  # for another system or Python
        seen.add(name)
        wanted += [re.split(r"[\s<>=!~;\[(]", line, maxsplit=1)[0] for line in needs if "extra ==" not in line]
    seen.discard("liaison-desk")
    if len(seen) < 15:
        pytest.skip("the project is not installed here: run make test")
    not_shipped = {"annotated-doc", "annotated-types", "anyio", "click", "h11", "pydantic-core", "typing-inspection"}
    assert {name for name in seen - not_shipped if name not in notice} == set()
