"""The rules. Each takes all modules and yields the places that break it."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from .source import (
    Definition,
    Function,
    Module,
    Scope,
    aliases,
    array_types,
    bindings,
    definitions,
    identifiers,
    last_name,
    mentions,
)
from .words import retired_words

MOST_FILES = 20
FEWEST_WORDS = 5

REFUSED_MESSAGE = re.compile(
    r"(?<!\bthere )\b(?:is|are) no (?!(?:longer|more|less|fewer)\b)|\b(?:is|are) not known\b|\bmend(?:s|ed|ing)?\b",
    re.IGNORECASE,
)
HEADLESS = re.compile(r"(?:What|Who|Where)\b")
COMMAND_LINE = re.compile(r"/cli(?:/|\.py$)")
RAISES = re.compile(r"\braises?\b", re.IGNORECASE)
_NAME = r"\*?[\w.]+(?:\([\w.]*\))?"
_SIZE = rf"(?:\.\.\.|…|{_NAME}(?:\s*(?://|[-+*/×·^])\s*{_NAME})*)"
SHAPE = re.compile(rf"\({_SIZE},(?:\s*{_SIZE},?)*\)|\bscalars?\b|\bsame shape\b", re.IGNORECASE)
NOT_ERRORS = frozenset({"Exit", "Abort", "SystemExit", "StopIteration", "AssertionError", "NotImplementedError"})
"""Exits and bugs: callers do not handle them, so docstrings need not list them."""


class Finding(NamedTuple):
    """A place that breaks a rule. A reason on one of `reason_lines` allows it."""

    path: str
    line: int
    text: str
    reason_lines: tuple[int, ...]


Rule: TypeAlias = Callable[[Sequence[Module]], Iterator[Finding]]
Population: TypeAlias = Callable[[Sequence[Module]], Iterator[tuple[Module, Definition]]]


def _at(module: Module, line: int, text: str) -> Finding:
    return Finding(module.path, line, text, (line,))


def _of(module: Module, definition: Definition, text: str) -> Finding:
    return Finding(module.path, definition.line, text, (definition.line, definition.doc_end))


def _all_definitions(modules: Iterable[Module]) -> Iterator[tuple[Module, Definition]]:
    return ((module, definition) for module in modules for definition in definitions(module.tree))


def participles(modules: Sequence[Module]) -> Iterator[Finding]:
    """Yield bindings of a participle that stands for a thing: `found = ...`."""
    names = {word for word, row in retired_words().items() if row.is_participle}
    return (_at(m, line, name) for m in modules for name, line in bindings(m.tree) if name in names)


def retired(modules: Sequence[Module]) -> Iterator[Finding]:
    """Yield bindings, definitions and files that have a retired name."""
    words = retired_words()
    for module in modules:
        for name, line in identifiers(module):
            if name in words and words[name].is_refused_in(module.path):
                yield _at(module, line, f"{name}; write instead: {words[name].replacement}")


def owners(modules: Sequence[Module]) -> Iterator[Finding]:
    """Yield public classes and aliases whose name another module defines, too."""
    places = defaultdict(list)
    for module in modules:
        for name, line in _types(module.tree):
            places[name].append(_at(module, line, name))
    for _, findings in sorted(places.items()):
        if len({finding.path for finding in findings}) > 1:
            yield from findings


def _types(tree: ast.Module) -> Iterator[tuple[str, int]]:
    classes = [(node.name, node.lineno) for node in tree.body if isinstance(node, ast.ClassDef)]
    types = classes + [(name, line) for name, _, line in aliases(tree)]
    return ((name, line) for name, line in types if not name.startswith("_"))


def folders(modules: Sequence[Module]) -> Iterator[Finding]:
    """Yield folders with more than `MOST_FILES` modules."""
    sizes = Counter(module.path.rpartition("/")[0] for module in modules)
    crowded = ((folder, files) for folder, files in sizes.items() if files > MOST_FILES)
    return (Finding(folder, 1, f"{files} files", ()) for folder, files in crowded)


def short(modules: Sequence[Module]) -> Iterator[Finding]:
    """Yield docstrings of fewer than `FEWEST_WORDS` words."""
    return (_of(m, d, f'{d.name}: "{d.doc}"') for m, d in _all_definitions(modules) if _is_short(d))


def short_public(modules: Sequence[Module]) -> Iterator[Finding]:
    """Yield docstrings of fewer than `FEWEST_WORDS` words of public names."""
    return (_of(m, d, f'{d.name}: "{d.doc}"') for m, d in _all_definitions(modules) if d.is_public and _is_short(d))


def _is_short(definition: Definition) -> bool:
    return 0 < len(definition.doc.split()) < FEWEST_WORDS


def headless(modules: Sequence[Module]) -> Iterator[Finding]:
    """Yield docstrings that begin with "What", "Who" or "Where"."""
    pairs = ((m, d) for m, d in _all_definitions(modules) if HEADLESS.match(d.doc))
    return (_of(m, d, f'{d.name}: "{d.doc.splitlines()[0]}"') for m, d in pairs)


def array_functions(modules: Sequence[Module]) -> Iterator[tuple[Module, Definition]]:
    """Yield (module, definition) of public functions that take or return arrays."""
    types = array_types(modules)
    for module, definition in _all_definitions(modules):
        if definition.is_public and any(mentions(annotation, types) for annotation in _annotations(definition.node)):
            yield module, definition


def _annotations(node: ast.AST) -> list[ast.expr | None]:
    if not isinstance(node, Function):
        return []
    parts = node.args
    parameters = [*parts.posonlyargs, *parts.args, parts.vararg, *parts.kwonlyargs, parts.kwarg]
    return [node.returns, *(parameter.annotation for parameter in parameters if parameter)]


def shapes(modules: Sequence[Module]) -> Iterator[Finding]:
    """Yield public array functions that give no shape, neither in their own docstring nor in their class's."""
    pairs = ((m, d) for m, d in array_functions(modules) if not SHAPE.search(f"{d.doc}\n{d.class_docs}"))
    return (
        _of(m, d, f"{d.name}: give the arrays' shapes in the docstring, like `(channels, frames)`") for m, d in pairs
    )


def raising_functions(modules: Sequence[Module]) -> Iterator[tuple[Module, Definition]]:
    """Yield (module, definition) of public functions that raise errors in their own body.

    Command line modules are left out: the docstring of a command is its help text, and users see no exceptions.
    """
    library = (module for module in modules if not COMMAND_LINE.search(module.path))
    return ((m, d) for m, d in _all_definitions(library) if d.is_function and d.is_public and any(_errors(d.node)))


def _errors(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Raise) and isinstance(child.exc, ast.Call):
            name = last_name(child.exc.func)
            if name[:1].isupper() and name not in NOT_ERRORS:
                yield name
        elif not isinstance(child, Scope | ast.Lambda):
            yield from _errors(child)


def raises(modules: Sequence[Module]) -> Iterator[Finding]:
    """Yield public functions that raise errors and do not say so in their docstring."""
    for module, definition in raising_functions(modules):
        if not RAISES.search(definition.doc):
            errors = ", ".join(sorted(set(_errors(definition.node))))
            yield _of(module, definition, f"{definition.name}: say in the docstring when it raises {errors}")


def messages(modules: Sequence[Module]) -> Iterator[Finding]:
    """Yield error messages with "X is no Y" (but not "there is no Y"), "is not known" or "mend"."""
    nodes = ((module, node) for module in modules for node in ast.walk(module.tree))
    for module, node in nodes:
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            lines = tuple(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            refused = [(text, line) for text, line in _literals(node.exc) if REFUSED_MESSAGE.search(text)]
            yield from (Finding(module.path, line, text, lines) for text, line in refused)


def _literals(node: ast.AST) -> Iterator[tuple[str, int]]:
    match node:
        case ast.Constant(str(text)):
            yield text, node.lineno
        case ast.JoinedStr(parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts), node.lineno
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _literals(child)
