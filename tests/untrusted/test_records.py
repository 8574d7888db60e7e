"""Records from outside: what they are read into, and what is refused, with the entry named."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowsep_plugin.declared import declared
from flowsep_plugin.errors import SessionError
from flowsep_plugin.untrusted.decoding import Origin
from flowsep_plugin.untrusted.records import read


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
    is_on: bool = field(default=False, metadata=declared("a switch"))
    place: Path | None = field(default=None, metadata=declared("a path"))
    short: str = field(default="", metadata=declared("a text", longest=3))
    few: tuple[int, ...] = field(default=(), metadata=declared("numbers", longest=2, low=0))


FILE = Origin("file", SessionError, "write it again")


AUDIO = {"audio": {"rate": 2}}


def test_entries_are_read_into_their_types():
    raw = AUDIO | {"kind": "b", "names": ["x"], "pairs": [[1, 2]], "inner": {"count": 1}, "many": {"y": {"count": 2}}}
    assert read(Outer, raw | {"free": [1]}, FILE) == Outer(
        rate=2.0, kind="b", names=("x",), pairs=((1.0, 2.0),), inner=Inner(1), many={"y": Inner(2)}, free=[1]
    )


def test_what_is_left_out_or_null_has_its_default_and_unknown_keys_are_ignored():
    assert read(Outer, AUDIO | {"inner": None, "kind": None, "later": 1}, FILE) == Outer(rate=2.0)


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
    with pytest.raises(SessionError, match=says):
        read(Outer, raw, FILE)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({"is_on": 1}, "is_on is 1, must be true or false"),
        ({"place": ""}, "place is '', must be a path that a file can have"),
        ({"place": "a\0b"}, "place is 'a.x00b', must be a path that a file can have"),
        ({"place": "a\ud800"}, "place is 'a.ud800', must be a path that a file can have"),
        ({"short": "four"}, "short has 4 characters, must have at most 3"),
        ({"short": "\ud800"}, "short is '.ud800', must be text that can be encoded"),
        ({"few": [1, 2, 3]}, "few has 3 entries, must have at most 2"),
        ({"few": [-1]}, r"few\[0\] is -1, must be 0 or more"),
        ({"few": [10**30]}, r"few\[0\] is 10+, must be 0 or more"),
        ({"audio": {"rate": 10**400}}, r"audio\.rate is a number of 1329 bits, must be finite"),
        ({"audio": {"rate": float("inf")}}, r"audio\.rate is inf, must be finite"),
        ({"audio": {"rate": float("nan")}}, r"audio\.rate is nan, must be finite"),
        ({"names": ["x"] * 10_001}, "names has 10001 entries, must have at most 10000"),
        ({"many": {"\ud800": {"count": 1}}}, "many has the name '.ud800'"),
        ({"kind": ["a"]}, r"kind is \['a'\], must be one of a, b"),
        ({"kind": {}}, "kind is {}, must be one of a, b"),
    ],
)
def test_a_value_that_nothing_can_work_with_is_refused(raw, says):
    with pytest.raises(SessionError, match=f"^file: {says}.*; write it again$"):
        read(Outer, AUDIO | raw, FILE)


def test_a_path_keeps_bytes_that_are_no_text():
    assert read(Outer, AUDIO | {"place": "caf\udce9"}, FILE).place == Path("caf\udce9")


def test_the_error_carries_the_setting_that_helps():
    with pytest.raises(SessionError) as caught:
        read(Outer, {}, Origin("file", SessionError, "write it again", setting="session"))
    assert caught.value.setting == "session"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(10**4000) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["kind", "names", "pairs", "inner", "many", "is_on", "place", "short", "few"]


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(NAMES), value=VALUES)
def test_any_value_is_read_or_refused_with_its_name(name, value):
    problem = ""
    try:
        read(Outer, AUDIO | {name: value}, FILE)
    except SessionError as error:
        problem = str(error)
    assert problem[:2000] == problem
    assert not problem or problem.startswith(f"file: {name}")
