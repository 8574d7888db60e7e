"""Facts about flowsep-plugin that packages repeat, read from pyproject.toml, their only home."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

IDENTIFIER = "io.github.flowsep_plugin.FlowSep"
"""Reverse domain name of the panel for macOS, Flatpak and AppStream; of the address in pyproject.toml."""

AUTHORS = "The flowsep-plugin authors"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFacts:
    """Facts about the program that every package repeats.

    repository : address of the source, without a slash at the end.     documentation : address of the manual.
    licence : SPDX expression of the code.     summary : one sentence, no full stop at the end.
    """

    name: str
    version: str
    summary: str
    licence: str
    repository: str
    documentation: str

    @property
    def numbers(self) -> tuple[int, int, int, int]:
        """The version as four integers, as Windows wants it; a suffix such as "rc1" does not count."""
        parts = [int("".join(filter(str.isdigit, part)) or 0) for part in self.version.split(".")[:3]]
        return (*parts, 0, 0, 0, 0)[:4]  # type: ignore[return-value]


def read_facts(pyproject: Path = ROOT / "pyproject.toml") -> PackageFacts:
    """Return the facts in `pyproject`. Raises KeyError where one is missing, such as the address of the source."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    urls = {name.casefold(): url.rstrip("/") for name, url in project["urls"].items()}
    return PackageFacts(
        name=project["name"],
        version=project["version"],
        summary=project["description"].rstrip("."),
        licence=str(project["license"]).split(" AND ")[0],
        repository=urls["source"],
        documentation=urls["documentation"],
    )
