"""The table of counts, and the lines of a check."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from . import rules
from .rules import Finding, Population, Rule
from .source import Module

PACKAGES = ("flowsep_plugin", "ui", "export", "training")
TESTS = "tests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A row of the table: a rule and, where the table shows how many there are, the functions that it applies to."""

    title: str
    find: Rule
    population: Population | None = None
    with_tests: bool = False
    by_text: bool = False
    """Whether findings with the same text count once."""


KINDS = {
    "participles": Kind(title="participles as nouns", find=rules.participles, with_tests=True),
    "retired": Kind(title="retired words", find=rules.retired),
    "owners": Kind(title="type names with several owners", find=rules.owners, by_text=True),
    "folders": Kind(title="folders with more than 20 files", find=rules.folders, with_tests=True),
    "short": Kind(title="docstrings under 5 words", find=rules.short),
    "short-public": Kind(title="  of public names", find=rules.short_public),
    "headless": Kind(title='docstrings "What ...", "Who ...", "Where ..."', find=rules.headless),
    "shapes": Kind(title="array functions without a shape", find=rules.shapes, population=rules.array_functions),
    "raises": Kind(title='raising functions without "Raises"', find=rules.raises, population=rules.raising_functions),
    "messages": Kind(title='messages "is no", "is not known", "mend"', find=rules.messages),
}
CHECKED = ("retired", "messages", "owners", "folders", "short", "headless", "shapes", "raises")
"""Rules that `check` applies by default."""


def table(modules: Sequence[Module]) -> Iterator[str]:
    """Yield the lines of the table: a row a kind, a column a package. Where it says "a / b", a of b break the rule."""
    rows = [["", *PACKAGES, "total", TESTS], *(_row(kind, modules) for kind in KINDS.values())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for title, *cells in rows:
        yield "  ".join([title.ljust(widths[0]), *map(str.rjust, cells, widths[1:])]).rstrip()


def _row(kind: Kind, modules: Sequence[Module]) -> list[str]:
    code = [module for module in modules if module.package in PACKAGES]
    tests = [module for module in modules if module.package == TESTS]
    findings = list(kind.find(code))
    population = [module.path for module, *_ in kind.population(code)] if kind.population else None
    cells = [_cell(kind, findings, population, package) for package in (*PACKAGES, "")]
    return [kind.title, *cells, _cell(kind, list(kind.find(tests)), None) if kind.with_tests else ""]


def _cell(kind: Kind, findings: Sequence[Finding], population: Sequence[str] | None, package: str = "") -> str:
    inside = [finding for finding in findings if is_under(finding.path, package)]
    count = len({finding.text for finding in inside}) if kind.by_text else len(inside)
    return str(count) if population is None else f"{count} / {sum(is_under(path, package) for path in population)}"


def is_under(path: str, folder: str) -> bool:
    """Return whether `path` is `folder` or below it. Everything is below the empty folder."""
    return not folder or f"{path}/".startswith(f"{folder.removesuffix('/')}/")


def listing(modules: Sequence[Module], name: str) -> list[str]:
    """Return a line for each finding of one kind; allowed lines are listed, too."""
    kind = KINDS[name]
    packages = (*PACKAGES, TESTS) if kind.with_tests else PACKAGES
    inside = [module for module in modules if module.package in packages]
    return [f"{finding.path}:{finding.line}: {finding.text}" for finding in kind.find(inside)]


def broken(modules: Sequence[Module], names: Iterable[str], folders: Sequence[str] = ()) -> list[str]:
    """Return a line for each broken rule under `folders` (all if there are none), less those with a reason."""
    reasons = {module.path: module.reasons for module in modules}
    findings = ((name, finding) for name in names for finding in KINDS[name].find(modules))
    return sorted(
        f"{finding.path}:{finding.line}: {name}: {finding.text}"
        for name, finding in findings
        if reasons.get(finding.path, frozenset()).isdisjoint(finding.reason_lines)
        and any(is_under(finding.path, folder) for folder in folders or [""])
    )
