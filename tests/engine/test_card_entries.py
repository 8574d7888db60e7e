"""The page of the bundle's format has every entry of every card, as its declaration says."""

from collections.abc import Mapping
from dataclasses import MISSING, is_dataclass
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest

from flowsep_plugin.engine.audiosep import AudioSepCard
from flowsep_plugin.engine.card import ModelCard
from flowsep_plugin.engine.flowsep.card import FlowSepCard
from flowsep_plugin.untrusted.records import entries

PAGE = Path(__file__).parents[2] / "docs" / "bundle-format.md"


def type_name(entry):
    kind = entry.kind
    if get_origin(kind) is Literal:
        return " or ".join(f"`{value}`" for value in get_args(kind))
    if get_origin(kind) is tuple:
        return "list"
    if is_dataclass(kind) or get_origin(kind):
        return "object"
    return {int: "whole number", float: "number", str: "string"}[kind] + (
        f", {entry.range_text}" if entry.range_text else ""
    )


def default_name(default):
    if default is MISSING:
        return "required"
    if is_dataclass(default):
        return "its defaults"
    return "none" if default is None else f"`{default}`" if default else "empty"


def rows(kind, prefix=""):
    """Rows of the table of a card's entries, nested ones after the object that holds them; "*" is a free key."""
    for entry in entries(kind):
        path = f"{prefix}{entry.path}"
        yield (f"| `{path}` | {type_name(entry)} | {default_name(entry.default)} | {entry.doc} |")
        free = get_origin(entry.kind) is Mapping
        inner = get_args(entry.kind)[1] if free else entry.kind
        if is_dataclass(inner) and all(nested.doc for nested in entries(inner)):
            yield from rows(inner, f"{path}.*." if free else f"{path}.")


def table(kind, without=()):
    """The Markdown table of a card's entries but for those of the cards in `without`."""
    shared = {row for other in without for row in rows(other)}
    heading = ["| entry | type | default | meaning |", "|---|---|---|---|"]
    return "\n".join([*heading, *(row for row in rows(kind) if row not in shared)]) + "\n"


@pytest.mark.parametrize(
    ("card", "without"), [(ModelCard, ()), (FlowSepCard, (ModelCard,)), (AudioSepCard, (ModelCard,))]
)
def test_the_page_has_the_entries_of_every_card(card, without):
    assert table(card, without) in PAGE.read_text(encoding="utf-8")
