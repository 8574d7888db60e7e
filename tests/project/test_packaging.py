"""What an install puts into site-packages."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOMES = {
    "flowsep_plugin": "flowsep_plugin",
    "export": "flowsep_export",
    "training": "flowsep_training",
    "ui": "flowsep_ui",
}


def test_every_package_of_the_tree_is_installed():
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    in_tree = {
        ".".join([name, *init.parent.relative_to(ROOT / directory).parts])
        for directory, name in HOMES.items()
        for init in (ROOT / directory).rglob("__init__.py")
    }
    assert in_tree <= set(packages)
