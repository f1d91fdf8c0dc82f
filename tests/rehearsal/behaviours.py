"""Every behaviour that a test is marked with, read from the tests' text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDERS = (Path(__file__).parent, Path(__file__).parents[1] / "cli")


class Behaviour(NamedTuple):
    """One behaviour of AWS, and the test that shows it."""

    service: str
    action: str
    rule: str
    source: str
    test: str


def behaviours() -> list[Behaviour]:
    """By service, action and rule."""
    modules = [path for folder in FOLDERS for path in sorted(folder.rglob("test_*.py"))]
    return sorted(one for module in modules for one in _of(module))


def _of(module: Path) -> Iterator[Behaviour]:
    tree = ast.parse(module.read_text("utf-8"))
    constants = {
        statement.targets[0].id: statement.value.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and isinstance(statement.value, ast.Constant)
    }
    for test in ast.walk(tree):
        if not isinstance(test, ast.FunctionDef) or not test.name.startswith("test_"):
            continue
        for mark in test.decorator_list:
            if isinstance(mark, ast.Call) and getattr(mark.func, "id", "") == "documented":
                words = [_text(argument, constants) for argument in mark.args]
                yield Behaviour(*words, test=f"{module.stem}.{test.name}")


def _text(node: ast.expr, constants: dict[str, str]) -> str:
    """A literal, a constant of the module, or `CONSTANT.format("…")`."""
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.Name(id=name):
            return constants[name]
        case ast.Call(func=ast.Attribute(value=template, attr="format"), args=arguments):
            return _text(template, constants).format(*(_text(one, constants) for one in arguments))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left, constants) + _text(right, constants)
    raise TypeError(f"{ast.dump(node)} in a mark: write a literal")
