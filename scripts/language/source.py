"""Parsed modules: the names they bind, what they define, and which of their types are arrays."""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeAlias

REASON = re.compile(r"#\s*language:\s*\S")
ARRAYS = frozenset({"NDArray", "ndarray", "Tensor"})
"""Array types of numpy and torch; the project's aliases of them are read from its modules."""
OPAQUE = frozenset({"Callable", "Literal", "Annotated"})
"""Types whose parameters do not make the value an array."""

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Scope: TypeAlias = ast.ClassDef | Function


class Module(NamedTuple):
    """A parsed file; `reasons` are the lines that have a `# language: <reason>` comment."""

    path: str
    tree: ast.Module
    reasons: frozenset[int]

    @classmethod
    def parse(cls, path: str, source: str) -> "Module":
        """Parse `source`, the text of the file `path`. Raises SyntaxError."""
        tokens = tokenize.generate_tokens(io.StringIO(source).readline)
        comments = [token for token in tokens if token.type == tokenize.COMMENT]
        return cls(path, ast.parse(source), frozenset(c.start[0] for c in comments if REASON.match(c.string)))

    @property
    def package(self) -> str:
        """The first folder of the path."""
        return self.path.partition("/")[0]


class Definition(NamedTuple):
    """A module, class or function, and the classes and functions around it from the outside in."""

    node: ast.Module | Scope
    parents: tuple[Scope, ...] = ()

    @property
    def name(self) -> str:
        """Dotted name inside the module; "module" for the module itself."""
        return ".".join(getattr(node, "name", "module") for node in (*self.parents, self.node))

    @property
    def line(self) -> int:
        """Line of the `def` or `class`; 1 for a module."""
        return getattr(self.node, "lineno", 1)

    @property
    def doc(self) -> str:
        """Docstring, empty where it has none."""
        return ast.get_docstring(self.node) or ""

    @property
    def doc_end(self) -> int:
        """Last line of the docstring; the definition's own line where it has none."""
        return (self.node.body[0].end_lineno or self.line) if self.doc else self.line

    @property
    def class_docs(self) -> str:
        """Docstrings of the classes around it."""
        return "\n".join(ast.get_docstring(node) or "" for node in self.parents)

    @property
    def is_function(self) -> bool:
        """Whether this is a function or method."""
        return isinstance(self.node, Function)

    @property
    def is_public(self) -> bool:
        """Whether public names lead to it. Overloads and local definitions are not public, `__call__` is."""
        decorators = getattr(self.node, "decorator_list", ())
        is_overload = any(last_name(decorator) == "overload" for decorator in decorators)
        is_local = any(isinstance(node, Function) for node in self.parents)
        is_private = any(name.startswith("_") and name != "__call__" for name in self.name.split("."))
        return not (is_overload or is_local or is_private)


def load(root: Path, packages: Iterable[str]) -> list[Module]:
    """Parse all Python files of `packages`, sorted by path. Raises SyntaxError."""
    paths = sorted(path for package in packages for path in (root / package).rglob("*.py"))
    return [Module.parse(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")) for path in paths]


def bindings(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield (name, line) of all names that get a value: targets, parameters, fields, patterns, import aliases.

    Leading underscores are dropped. Attributes count where they are set on `self`.
    """
    for node in ast.walk(tree):
        match node:
            case (
                ast.Name(id=name, ctx=ast.Store())
                | ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store())
                | ast.arg(arg=name)
                | ast.ExceptHandler(name=str(name))
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
                | ast.alias(asname=str(name))
            ):
                yield name.lstrip("_"), node.lineno


def identifiers(module: Module) -> Iterator[tuple[str, int]]:
    """Yield (name, line) of all bindings and definitions; the file's and its folder's names come as line 1."""
    yield from ((part.lstrip("_"), 1) for part in Path(module.path).with_suffix("").parts[-2:])
    yield from bindings(module.tree)
    for definition in definitions(module.tree):
        yield definition.name.rpartition(".")[2].lstrip("_"), definition.line


def definitions(tree: ast.Module) -> Iterator[Definition]:
    """Yield the module and all classes and functions in it, nested ones included."""
    yield Definition(tree)
    yield from _definitions_below(tree, ())


def _definitions_below(node: ast.AST, parents: tuple[Scope, ...]) -> Iterator[Definition]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Scope):
            yield Definition(child, parents)
            yield from _definitions_below(child, (*parents, child))
        else:
            yield from _definitions_below(child, parents)


def aliases(tree: ast.Module) -> Iterator[tuple[str, ast.expr, int]]:
    """Yield (name, value, line) of the type aliases at the top of a module."""
    for node in tree.body:
        match node:
            case ast.AnnAssign(ast.Name(name), ast.Name("TypeAlias"), ast.expr() as value):
                yield name, value, node.lineno
            case ast.Assign([ast.Name(name)], ast.Subscript() | ast.BinOp() | ast.Attribute() as value):
                if re.match("[A-Z]+[a-z]", name):
                    yield name, value, node.lineno


def array_types(modules: Iterable[Module]) -> frozenset[str]:
    """Return the names of array types: numpy's, torch's, and the aliases of them in `modules`."""
    return ARRAYS | {name for m in modules for name, value, _ in aliases(m.tree) if mentions(value, ARRAYS)}


def mentions(annotation: ast.AST | None, types: frozenset[str]) -> bool:
    """Return whether one of `types` is in `annotation`, quoted or not. OPAQUE types are not looked into."""
    match annotation:
        case ast.Constant(str(text)):
            return mentions(ast.parse(text, mode="eval").body, types)
        case ast.Subscript(value) if last_name(value) in OPAQUE:
            return False
        case ast.Name() | ast.Attribute():
            return last_name(annotation) in types
    return annotation is not None and any(mentions(child, types) for child in ast.iter_child_nodes(annotation))


def last_name(node: ast.AST) -> str:
    """Return the last part of a dotted name; empty for other expressions."""
    return getattr(node, "id", "") or getattr(node, "attr", "")
