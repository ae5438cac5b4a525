"""Small mistakes somebody could make, worked into a module's syntax tree one at a time.

A mutant is named by its function and what it turns into what. Only what runs when a function is called is touched: no
annotations, texts, docstrings, defaults or large limits. Operators: comparisons and boolean words turned round, conditions
negated or dropped, small numbers one off, statements left out, results lost, arguments exchanged.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from types import CodeType

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn,
    ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
UNORDERED = frozenset({"where", "select", "and_", "or_", "isinstance"})  # arguments whose order says nothing, or whose exchange is no Python
SMALL = 1_000  # a limit of millions that is one off is no mistake a test should look for

Place = tuple[tuple[str, int | None], ...]  # the way from the module to a node: field and index, again and again


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake. ``function``: the path to the function it stands in; ``made``: the module with it."""

    function: str
    line: int
    before: str
    after: str
    made: ast.Module

    @property
    def name(self) -> str:
        """What it is, without the line: stays the same while the file is edited elsewhere."""
        return f"{self.function}: {self.before} -> {self.after}"


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    tree = ast.parse(source)
    found = [(node.lineno, place, name, change) for place, node, name in _walk(tree, (), "") for change in _changes(node)]
    for line, place, name, change in sorted(found, key=lambda one: one[0]):
        made = deepcopy(tree)
        above, (field, index) = _at(made, place[:-1]), place[-1]
        held = getattr(above, field)
        old = held if index is None else held[index]
        new = change(deepcopy(old))
        before, after = _text(old), _text(new)
        if index is None:
            setattr(above, field, new)
        else:
            held[index] = new
        yield Mutant(name, line, before, after, ast.fix_missing_locations(made))


def plant(mutant: Mutant, module: object, file: str) -> None:
    """Give the function of a loaded module the mutant's body; whoever has imported the function has it too."""
    code, held = compile(mutant.made, file, "exec"), module
    for name in mutant.function.split("."):
        code = next(one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == name)
        held = vars(held)[name]
        for wrapped in ("__wrapped__", "__func__", "fget"):  # cached, a class's, a property
            held = getattr(held, wrapped, held)
        if hasattr(held, "__code__"):
            held.__code__ = code
            return
    raise LookupError(mutant.function)


def _at(node: ast.AST, place: Place) -> ast.AST:
    for field, index in place:
        held = getattr(node, field)
        node = held if index is None else held[index]
    return node


def _text(node: ast.AST) -> str:
    words = " ".join(ast.unparse(node).split())
    return words if len(words) <= 110 else words[:107] + "…"


def _walk(node: ast.AST, place: Place, name: str, runs: bool = False) -> Iterator[tuple[Place, ast.AST, str]]:
    """The nodes that run when a function is called, with the path to that function."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        name = f"{name}.{node.name}".lstrip(".")
        runs = runs or isinstance(node, ast.FunctionDef)
    for field, held in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "bases", "args") and not isinstance(node, ast.Call):
            continue
        for index, one in enumerate(held) if isinstance(held, list) else ((None, held),):
            if isinstance(one, ast.AST):
                here = (*place, (field, index))
                if hasattr(one, "lineno") and runs:
                    yield here, one, name
                yield from _walk(one, here, name, runs)


def _changes(node: ast.AST) -> Iterator[Callable[..., ast.AST]]:
    """What may become of one node."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield _compare
    elif isinstance(node, ast.BoolOp):
        yield _bool
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield lambda one: one.operand
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        yield _sum
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield lambda one: ast.Constant(not one.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int) and abs(node.value) < SMALL:
        yield lambda one: ast.Constant(one.value + 1)
    if isinstance(node, ast.If | ast.IfExp | ast.While) and not isinstance(node.test, ast.Compare | ast.UnaryOp | ast.BoolOp | ast.Constant):
        yield _negate
    if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) and any(each.ifs for each in node.generators):
        yield _unfiltered
    if isinstance(node, ast.Call) and len(node.args) > 1 and _ordered(node):
        yield _exchange
    if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        yield lambda _one: ast.Return(ast.Constant(None))
    if _droppable(node):
        yield lambda _one: ast.Pass()


def _ordered(node: ast.Call) -> bool:
    """Whether the first two arguments say something by their order."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
    return name not in UNORDERED and not any(isinstance(one, ast.Starred) for one in node.args)


def _droppable(node: ast.AST) -> bool:
    """Statements whose absence is a mistake of its own, not just an unknown name later."""
    if isinstance(node, ast.Assign):
        return all(isinstance(one, ast.Attribute | ast.Subscript) for one in node.targets)
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant)
    return isinstance(node, ast.AugAssign | ast.Raise | ast.Continue | ast.Break | ast.Delete)


def _compare(one: ast.Compare) -> ast.AST:
    one.ops = [COMPARED[type(one.ops[0])]()]
    return one


def _bool(one: ast.BoolOp) -> ast.AST:
    one.op = ast.Or() if isinstance(one.op, ast.And) else ast.And()
    return one


def _sum(one: ast.BinOp) -> ast.AST:
    one.op = ast.Sub() if isinstance(one.op, ast.Add) else ast.Add()
    return one


def _negate(one: ast.If | ast.IfExp | ast.While) -> ast.AST:
    one.test = ast.UnaryOp(ast.Not(), one.test)
    return one


def _unfiltered(one: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> ast.AST:
    for each in one.generators:
        each.ifs = []
    return one


def _exchange(one: ast.Call) -> ast.AST:
    one.args[0], one.args[1] = one.args[1], one.args[0]
    return one
