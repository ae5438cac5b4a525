"""Every string a person sees goes through translation, and English is complete."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from string import Formatter

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from desktop import assets
from desktop.pages.todo import TodoPage
from desktop.tasks import Tasks
from desktop.widgets import language
from sync.domain.fields import Field
from sync.domain.kinds import KINDS
from sync.workspace import Workspace

DESKTOP = assets.ROOT.parent / "desktop"
HAN = re.compile(r"[一-鿿]")
PLACE = re.compile(r"[,，。；、：（）()]")


def calls(tree: ast.AST) -> list[tuple[str, int]]:
    """Strings given to tr() and translate(), with their lines."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in ("tr", "translate"):
            continue
        last = node.args[0] if name == "tr" else node.args[-1]
        if isinstance(last, ast.Constant) and isinstance(last.value, str):
            found.append((last.value, node.lineno))
    return found


def domain_words() -> set[str]:
    """Values, labels and units of the declarations."""

    def words(fields: list[Field]) -> set[str]:
        found = {word for field in fields for word in (field.label, field.unit, *field.choices, *field.label.split())}
        return found.union(*(words(list(field.items)) for field in fields))

    return words([field for kind in KINDS.values() for field in kind.fields.values()])


def texts(node: ast.AST) -> set[str]:
    """Strings of an expression that stands for one text: a constant or an f-string."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return {one.value for one in parts if isinstance(one, ast.Constant) and isinstance(one.value, str)}


#: these read what people type, or try the program with practice data; they show nothing of it
READERS = ("entry.py", "self_check.py")
SOURCES = sorted(DESKTOP.rglob("*.py"))


def test_every_string_has_english() -> None:
    known = language.catalogue()
    missing = [f"{path.name}:{at} {words}" for path in SOURCES for words, at in calls(ast.parse(path.read_text("utf-8")))
               if words not in known]  # fmt: skip
    assert missing == []


def test_english_has_no_han_and_the_same_blanks() -> None:
    for source, english in language.catalogue().items():
        assert not HAN.search(english), source
        blanks = [{name for _text, name, _spec, _how in Formatter().parse(one) if name} for one in (source, english)]
        assert blanks[1] <= blanks[0], source


def test_no_catalogue_contradicts_another() -> None:
    seen: dict[str, str] = {}
    for path in sorted(assets.resource("i18n").glob("en*.json")):
        for source, english in json.loads(path.read_text("utf-8")).items():
            assert seen.setdefault(source, english) == english, (path.name, source)


def test_every_choice_of_every_list_has_english() -> None:
    def choices(fields: list[Field]) -> set[str]:
        found = {choice for field in fields for choice in field.choices}
        return found.union(*(choices(list(field.items)) for field in fields))

    known = language.catalogue()
    every = choices([field for kind in KINDS.values() for field in kind.fields.values()])
    assert [choice for choice in sorted(every) if HAN.search(choice) and choice not in known] == []


def test_every_help_below_a_field_has_english() -> None:
    helps = {field.help for kind in KINDS.values() for field in kind.fields.values() if field.help}
    assert sorted(helps - set(language.catalogue())) == []


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if path.parent.name in ("pages", "widgets", "models") and path.name not in READERS],
)
def test_no_page_or_widget_shows_a_bare_chinese_string(path: Path) -> None:
    """Chinese stands in docstrings, in tr(), in (Chinese, English) pairs, or is a value of the domain."""
    tree = ast.parse(path.read_text("utf-8"))
    allowed = {words for words, _line in calls(tree)} | set(language.catalogue()) | domain_words()
    pairs: set[str] = set()
    for node in ast.walk(tree):
        sides: list[ast.AST] = []
        if isinstance(node, ast.Tuple | ast.List):
            sides = list(node.elts)
        elif isinstance(node, ast.IfExp):
            sides = [node.body, node.orelse]
        spoken = [texts(one) for one in sides]
        if any(one and not any(map(HAN.search, one)) for one in spoken):
            pairs.update(*spoken)
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            pairs.update(texts(body[0].value) if isinstance(body[0].value, ast.Constant) else ())
    bare = [
        f"{node.lineno} {node.value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and HAN.search(node.value)
        and node.value not in allowed and node.value not in pairs and not PLACE.fullmatch(node.value)
    ]  # fmt: skip
    assert bare == []


def test_a_page_speaks_english(qapp: QApplication, workspace: Workspace, tasks: Tasks) -> None:
    language.install(qapp, "en")
    page = TodoPage(workspace, tasks, lambda *_a, **_k: None)
    assert page.heading.text() == "To do"
    assert language.label(KINDS["demand"]) == "Technology demand" and language.choice("委托研发") == "Commissioned R&D"
    assert QCoreApplication.translate("QShortcut", "Ctrl") == "Ctrl" == QCoreApplication.translate("any", "Ctrl")
    assert QCoreApplication.translate("any", "没有英文的一句话") == "没有英文的一句话"
    language.install(qapp, "zh")
    assert QCoreApplication.translate("anything", "待办") == "待办" and language.choice("委托研发") == "委托研发"
    page.deleteLater()
