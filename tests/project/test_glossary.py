"""The glossary names modules and attributes that exist."""

import re
from importlib import import_module
from pathlib import Path

import pytest

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"
PACKAGES = {"ui": "flowsep_ui", "export": "flowsep_export", "training": "flowsep_training"}


def homes() -> list[str]:
    rows = [re.split(r"(?<!\\)\|", line) for line in GLOSSARY.read_text("utf-8").splitlines() if line.startswith("|")]
    cells = [row[-3] for row in rows if not set(row[1]) <= {"-", " "} and row[1].strip() != "term"]
    return sorted({name for cell in cells for name in re.findall(r"`([\w.]+)`", cell)})


def find(name: str) -> object:
    """Import the longest part of `name` that is a module, then follow the rest as attributes or dataclass fields."""
    first, _, tail = name.partition(".")
    full = f"{PACKAGES[first]}.{tail}".rstrip(".") if first in PACKAGES else f"flowsep_plugin.{name}"
    parts = full.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            value: object = import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            fields = getattr(value, "__dataclass_fields__", {})
            value = fields[part] if part in fields else getattr(value, part)
        return value
    raise ModuleNotFoundError(name)


@pytest.mark.parametrize("name", homes())
def test_every_home_in_the_glossary_exists(name: str) -> None:
    find(name)


def test_a_wrong_home_is_noticed() -> None:
    with pytest.raises(AttributeError):
        find("engine.base.Nothing")


def test_no_term_has_two_rows() -> None:
    rows = [line.split("|")[1].strip() for line in GLOSSARY.read_text("utf-8").splitlines() if line.startswith("| ")]
    terms = [term for row in rows if row not in ("term", "---") for term in row.split(", ")]
    assert sorted(terms) == sorted(set(terms))
