"""Tables of the settings file and of the environment variables."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

from scripts.docs.meanings import field_meanings

ROOT = Path(__file__).resolve().parents[2]
OTHER_VARIABLES = {
    "ORT_DISABLE_TELEMETRY": "telemetry of ONNX Runtime; flowsep sets it to 1, whatever it was",
    "HF_HOME": "folder of the cache that all programs of the Hugging Face Hub share",
    "HF_ENDPOINT": "address of the Hub or of a mirror",
    "HF_TOKEN": "login for gated and private models of the Hub",
    "HF_HUB_OFFLINE": "1: as FLOWSEP_OFFLINE, for all programs of the Hub",
    "NO_COLOR": "no colours in the output of the command line",
    "XDG_CONFIG_HOME": "Linux: parent of `flowsep/settings.toml`",
    "XDG_DATA_HOME": "Linux: parent of `flowsep/models` and of the worker's and the panel's folder",
    "XDG_CACHE_HOME": "Linux: parent of the panel's cache",
    "TMPDIR": "folder for temporary files of a separation",
}
"""Variables of libraries and of the system -> meaning."""


def settings_tables() -> str:
    """Return Markdown tables of `settings.toml`, one for each of its tables."""
    from flowsep_plugin.settings.tables import TABLES

    return "\n".join("\n".join(_table(name, kind)) for name, kind in TABLES.items())


def _table(name: str, kind: type) -> Iterator[str]:
    from flowsep_plugin.untrusted.records import entries

    meanings = field_meanings(kind)
    yield f"### [{name}]\n"
    yield "| setting | values | default | meaning |"
    yield "|---|---|---|---|"
    for entry in entries(kind):
        meaning = meanings.get(entry.name, entry.doc)
        yield f"| `{entry.name}` | {_values(entry)} | `{_toml(entry.default)}` | {meaning} |"
    yield ""


def _values(entry: Any) -> str:
    kind = {int: "whole number", float: "number", str: "text"}.get(entry.kind, "")
    kind = "list of folders" if get_origin(entry.kind) is tuple and Path in get_args(entry.kind) else kind
    return f"{kind}, {entry.range_text}" if entry.range_text else kind


def _toml(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else "[]" if value == () else f"{value:g}"


def variables_table() -> str:
    """Return a Markdown table of the environment variables: flowsep's own, and those of libraries and the system."""
    from flowsep_plugin.settings.variables import VARIABLES

    rows = {**{variable.name: variable.doc for variable in VARIABLES}, **OTHER_VARIABLES}
    lines = [f"| `{name}` | {meaning} |" for name, meaning in rows.items()]
    return "\n".join(["| variable | meaning |", "|---|---|", *lines])


def used_variables() -> set[str]:
    """Return the variables called FLOWSEP_… that the packages name in their code."""
    texts = (
        path.read_text(encoding="utf-8")
        for package in ("flowsep_plugin", "ui")
        for path in (ROOT / package).rglob("*.py")
    )
    return {name for text in texts for name in re.findall(r"\"(FLOWSEP_[A-Z_]+)\"", text)}
