"""Pages of the site that are no files in docs/."""

import ast
from collections.abc import Iterator
from pathlib import Path

from scripts.docs import commands
from scripts.docs.docstrings import as_markdown

ROOT = Path(__file__).resolve().parents[2]
ASSETS = {"icon.svg": "ui/data/flowsep.svg", "site.css": "scripts/docs/site.css"}
"""File of the site -> file of the repository."""
MIRRORED = {
    "model-card/credits.md": "flowsep_plugin/models/flowsep-base/CREDITS.md",
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "security.md": "SECURITY.md",
}
"""Page of the site -> file of the repository that it shows."""


def generated_pages() -> Iterator[tuple[str, str]]:
    """Yield path below docs/ and Markdown of every page that is made of code."""
    yield "reference/commands.md", commands.page()
    yield from python_pages()


def python_pages() -> list[tuple[str, str]]:
    """Return path and Markdown of a page for every public package; mkdocstrings fills in the names."""
    return [(f"reference/python/{name}.md", _python_page(name, names)) for name, names in sorted(public().items())]


def short_name(page: str) -> str:
    """Return the name of a package in the navigation, by the path of its page: without `flowsep_plugin.`."""
    return Path(page).stem if page.endswith("/flowsep_plugin.md") else Path(page).stem.removeprefix("flowsep_plugin.")


def public() -> dict[str, list[str]]:
    """Return the names in `__all__` of every package of flowsep_plugin that has one, without importing any."""
    return {
        ".".join(path.parent.relative_to(ROOT).parts): names
        for path in (ROOT / "flowsep_plugin").rglob("__init__.py")
        if (names := _all(path))
    }


def _all(path: Path) -> list[str]:
    """Return `__all__` of a module; empty where it has none."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return []


def _python_page(package: str, names: list[str]) -> str:
    """Return a page with the package's docstring and one entry for each name."""
    module = ROOT.joinpath(*package.split("."), "__init__.py")
    summary = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    entries = "\n".join(f"::: {package}.{name}\n" for name in names)
    return f"# {package}\n\n{as_markdown(summary)}\n\n{entries}"
