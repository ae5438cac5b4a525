"""The project's own rules: what may lie where, what may be imported, what may be written into files."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from functools import cache
from pathlib import Path

import pytest

import build

ROOT = Path(__file__).resolve().parent.parent
TOP_LEVEL = {
    *("desktop", "sync", "resources", "packaging", "tests", "pyproject.toml", "README.md"),
    *("LICENSE", "Makefile", ".ci", ".gitignore", "requirements.txt", "requirements-dev.txt"),
}
LONGEST_MODULE = 600
# Distributions that are used without being imported by name, and what for.
USED_UNSEEN = {
    "httptools": "uvicorn parses HTTP with it",
    "uvloop": "uvicorn runs on it",
    "psycopg": "SQLAlchemy loads it for postgresql+psycopg URLs",
    "shiboken6": "comes with PySide6-Essentials",
}
# Modules of what a declared distribution is made on, which its own documentation says to import.
COMES_WITH = {"starlette": "fastapi", "botocore": "boto3"}
IMPORT_NAMES = {
    "backports-zstd": "backports",
    **{"pyside6-essentials": "PySide6", "pillow": "PIL", "argon2-cffi": "argon2", "sqlalchemy": "sqlalchemy"},
    **{"psycopg[binary]": "psycopg"},
}
# Modules that commands use without a display; loading Qt would cost them a tenth of a second and fail on servers.
WITHOUT_QT = ("command_line", "operations", "wording", "settings", "credentials", "assets", "diagnostics")


@cache
def tracked() -> tuple[str, ...]:
    """Files that git has, or would have after adding everything not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if answer.returncode:
        pytest.skip("not a git clone")
    return tuple(name for name in answer.stdout.splitlines() if (ROOT / name).is_file())


def product_modules() -> list[Path]:
    """Every Python file of the desk and of sync."""
    return sorted([*(ROOT / "desktop").rglob("*.py"), *(ROOT / "sync").rglob("*.py")])


def imports(path: Path) -> set[str]:
    """Dotted names that a file imports, also late ones; names taken from a module count as below it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update({node.module, *(f"{node.module}.{name.name}" for name in node.names)})
    return found


def pyproject() -> dict:
    """The project file."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def declared() -> dict[str, str]:
    """Import name of each declared runtime distribution, those of the two server back-ends included."""
    project = pyproject()["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["postgres"]]
    wanted += project["optional-dependencies"]["s3"]
    names = [re.split(r"[\s<>=!~;]", line, maxsplit=1)[0].lower() for line in wanted]
    return {name: IMPORT_NAMES.get(name, name.replace("-", "_")) for name in names}


def test_packaging_is_no_package() -> None:
    # it would shadow the distribution of that name
    assert not (ROOT / "packaging" / "__init__.py").exists()


def test_tests_are_no_packages() -> None:
    # tests/desktop would shadow our desktop
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_top_level_is_as_agreed() -> None:
    assert {name.split("/", 1)[0] for name in tracked()} - TOP_LEVEL == set()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_pinned_and_hashed_and_say_nothing_else(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).strip())
    assert len(entries) > 40
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+(\[[a-z]+\])?==\S+ ", entry), entry
        assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", entry)) >= 1, entry
    assert "://" not in text
    assert not re.search(r"^\s*-(?!-hash)", text, flags=re.MULTILINE), "no options: no index, no find-links, no -e"


def test_development_pins_are_those_of_the_runtime() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9._\[\]-]+==\S+", (ROOT / name).read_text(), flags=re.MULTILINE))

    assert pins("requirements.txt") <= pins("requirements-dev.txt")


def test_pins_cover_what_is_declared() -> None:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    missing = [name for name in declared() if not re.search(rf"^{re.escape(name.split('[')[0])}==", text, re.MULTILINE)]
    assert missing == []


def test_no_file_names_an_index_or_a_machine() -> None:
    # Written in parts, so that this file passes its own test.
    hosts = (
        "pypi" + ".org",
        "pythonhosted" + ".org",
        "deb.debian" + ".org",
        "registry.npmjs" + ".org",
        "extra-index" + "-url",
    )
    places = ("/wo" + "rk/", "/ro" + "ot/", "/opt/whe" + "els", "/tm" + "p/v/")
    pattern = re.compile("|".join(map(re.escape, (*hosts, *places))))
    found = []
    for name in tracked():
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{name}: {match.group()}" for match in pattern.finditer(text)]
    assert found == []


def test_one_sqlite_library() -> None:
    # two SQLite libraries in one process break each other's file locks, and the standard one has the WAL-reset bug
    found = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in product_modules()
        for name in imports(path)
        if re.match(r"(sqlite3|_sqlite3|PySide6\.QtSql)(\.|$)", name)
    ]
    assert found == []


def test_every_import_is_declared() -> None:
    known = {*declared().values(), *sys.stdlib_module_names, "desktop", "sync", "resources", "shiboken6", *COMES_WITH}
    found = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in product_modules()
        for name in (dotted.split(".", 1)[0] for dotted in imports(path))
        if name not in known
    }
    assert found == set()


def test_everything_declared_is_used() -> None:
    used = {dotted.split(".", 1)[0] for path in product_modules() for dotted in imports(path)}
    unused = {name for name, module in declared().items() if module not in used and module not in USED_UNSEEN}
    assert unused == set()


def test_version_stands_in_one_place() -> None:
    version = re.escape(build.version())
    packed = [path for ending in ("*.py", "*.in", "*.xml", "*.spec") for path in (ROOT / "packaging").rglob(ending)]
    found = [
        str(path.relative_to(ROOT))
        for path in [*product_modules(), *packed, ROOT / "pyproject.toml"]
        if re.search(rf"[\"']{version}[\"']", path.read_text(encoding="utf-8"))
    ]
    assert found == ["desktop/operations.py"]
    assert pyproject()["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "desktop.operations.VERSION"}


def test_modules_are_short_enough_to_read() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in [*product_modules(), *(ROOT / "packaging").rglob("*.py")]
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_MODULE
    }
    assert long == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in [*product_modules(), *(ROOT / "packaging").rglob("*.py")]
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_nothing_is_left_to_do() -> None:
    pattern = re.compile(r"#.*\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in product_modules()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def test_commands_and_sync_load_no_qt() -> None:
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in (ROOT / "sync").rglob("*.py")
        if path.name != "__main__.py"
    ]
    names += [f"desktop.{name}" for name in WITHOUT_QT if (ROOT / "desktop" / f"{name}.py").exists()]
    program = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name)\n"
        "    assert 'PySide6' not in sys.modules, name\n"
    )
    done = subprocess.run([sys.executable, "-c", program, *sorted(names)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_wheel_holds_the_product_with_its_data_and_nothing_else(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "wheel"
    for name in tracked():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, source / name)
    target.mkdir()
    program = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    done = subprocess.run([sys.executable, "-c", program, str(target)], cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    (wheel,) = target.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        (entry_points,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        scripts = archive.read(entry_points).decode()
    assert held == {name for name in tracked() if name.startswith(("desktop/", "sync/", "resources/"))}
    assert "liaison = desktop.command_line:main" in scripts
    assert "liaison-server = sync.server.__main__:main" in scripts
