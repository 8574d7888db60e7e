"""Entries of a JSON object, declared once: how they are read, and the documentation that is made of them."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, is_dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest

from flowsep_plugin.declared import declared
from flowsep_plugin.engine.audiosep import AudioSepCard
from flowsep_plugin.engine.card import ModelCard
from flowsep_plugin.engine.flowsep.card import FlowSepCard
from flowsep_plugin.engine.schema import entries, read
from flowsep_plugin.errors import BundleError

PAGE = Path(__file__).parents[2] / "docs" / "bundle-format.md"


@dataclass(frozen=True, slots=True)
class Inner:
    count: int = field(metadata=declared("a count", low=1, high=4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    rate: float = field(metadata=declared("a rate", path="audio.rate"))
    kind: Literal["a", "b"] = field(default="a", metadata=declared("a kind"))
    names: tuple[str, ...] = field(default=(), metadata=declared("names"))
    pairs: tuple[tuple[float, float], ...] | None = field(default=None, metadata=declared("pairs"))
    inner: Inner | None = field(default=None, metadata=declared("an object"))
    many: dict[str, Inner] | None = field(default=None, metadata=declared("objects"))
    free: Any = field(default=None, metadata=declared("anything"))


AUDIO = {"audio": {"rate": 2}}


def test_entries_are_read_into_their_types():
    raw = AUDIO | {"kind": "b", "names": ["x"], "pairs": [[1, 2]], "inner": {"count": 1}, "many": {"y": {"count": 2}}}
    assert read(Outer, raw | {"free": [1]}, "file") == Outer(
        rate=2.0, kind="b", names=("x",), pairs=((1.0, 2.0),), inner=Inner(1), many={"y": Inner(2)}, free=[1]
    )


def test_what_is_left_out_or_null_has_its_default_and_unknown_keys_are_ignored():
    assert read(Outer, AUDIO | {"inner": None, "kind": None, "later": 1}, "file") == Outer(rate=2.0)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ([], "file: the top level is not a JSON object"),
        ({}, r"file: audio\.rate is missing"),
        ({"audio": 3}, r"file: audio\.rate is missing"),
        ({"audio": {"rate": "2"}}, r"file: audio\.rate is '2', must be a number"),
        ({"audio": {"rate": True}}, r"file: audio\.rate is True, must be a number"),
        (AUDIO | {"kind": "c"}, "file: kind is 'c', must be one of a, b"),
        (AUDIO | {"names": "x"}, "file: names is 'x', must be a list"),
        (AUDIO | {"names": [1]}, r"file: names\[0\] is 1, must be a string"),
        (AUDIO | {"pairs": [[1]]}, r"file: pairs\[0\] is \[1\], must be a list of 2"),
        (AUDIO | {"inner": {"count": 2.5}}, r"file: inner\.count is 2\.5, must be a whole number"),
        (AUDIO | {"inner": {"count": 5}}, r"file: inner\.count is 5, must be 1 to 4"),
        (AUDIO | {"inner": 1}, "file: inner is not a JSON object"),
        (AUDIO | {"many": {"y": {}}}, r"file: many\.y\.count is missing"),
    ],
)
def test_a_wrong_entry_is_named_with_its_value_and_what_it_must_be(raw, says):
    with pytest.raises(BundleError, match=says):
        read(Outer, raw, "file")


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
