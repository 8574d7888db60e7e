"""Translate requirements and commands of pyproject.toml for a conda-forge recipe, under the names that conda has."""

import re
import tomllib
from pathlib import Path
from typing import Final

from package_facts import ROOT

_NAMES: Final = {"soundfile": "pysoundfile", "soxr": "soxr-python"}
_REQUIREMENT: Final = re.compile(r"([A-Za-z0-9._-]+)(.*)")


def conda_requirements(pyproject: Path = ROOT / "pyproject.toml") -> str:
    """Return a YAML list of `name >=a,<b`, one a line, indented by four. Raises ValueError for markers and extras."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    return "\n".join(f"    - {_conda(text)}" for text in project["dependencies"])


def conda_entry_points(pyproject: Path = ROOT / "pyproject.toml") -> str:
    """Return a YAML list of `command = module:function`, one a line, indented by six; windows have no console there."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    return "\n".join(f"      - {name} = {function}" for name, function in project["scripts"].items())


def _conda(requirement: str) -> str:
    match = _REQUIREMENT.fullmatch(requirement)
    if match is None or any(sign in requirement for sign in ";[@"):
        raise ValueError(f"conda has no form of {requirement!r}")
    return f"{_NAMES.get(match[1], match[1])} {match[2].strip()}".strip()
