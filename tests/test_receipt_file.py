"""Receipts of any content: read, or refused as what they are."""

import copy
import json
import os
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowsep_plugin.checksum import sha256
from flowsep_plugin.errors import MediaError
from flowsep_plugin.files import read_receipt

RECORD = {
    "format": 1,
    "input": {"path": "clip.wav", "sha256": "", "rate": 8000, "channels": 1, "frames": 80},
    "span": {"start": 0, "frames": 80},
    "request": {"queries": ["a dog"], "negative": ["rain"], "steps": 2, "seed": 3, "render": {"strength": 2.0}},
    "write": {"format": "wav24", "rest": True, "channels": [0], "absent": "leave_out", "keep_absent": ["a dog"]},
    "notes": ["caf\udce9.wav has no tempo"],
}


@pytest.fixture
def folder(tmp_path):
    """A folder with clip.wav, whose content does not matter."""
    (tmp_path / "clip.wav").write_bytes(b"audio")
    return tmp_path


def written(folder, record):
    record = copy.deepcopy(record)
    with suppress(TypeError, KeyError, AttributeError):
        record["input"]["sha256"] = record["input"]["sha256"] or sha256(folder / "clip.wav")
    (folder / "receipt.json").write_text(json.dumps(record), encoding="utf-8")
    return folder / "receipt.json"


def changed(path, value):
    record = copy.deepcopy(RECORD)
    *outer, name = path.split(".")
    place = record
    for key in outer:
        place = place[key]
    place[name] = value
    return record


def test_a_receipt_is_read(folder):
    source, request, files, record = read_receipt(written(folder, RECORD))
    assert (source, request.queries, request.steps, request.render.strength) == (
        folder / "clip.wav",
        ("a dog",),
        2,
        2.0,
    )
    assert (files.out, files.channels, files.notes) == (folder, (0,), ("caf\udce9.wav has no tempo",))
    assert record["format"] == 1


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("request.steps", 2.5, r"request\.steps is 2\.5, must be a whole number"),
        ("request.steps", 0, r"request\.steps is 0, must be 1 to 200"),
        ("span", "all of it", r"span\.start is missing"),
        ("span.start", "0", r"span\.start is '0', must be a whole number"),
        ("span.frames", -1, r"span\.frames is -1, must be 0 or more"),
        ("input.rate", 0, r"input\.rate is 0, must be 1 to"),
        ("input.path", "a\0b", r"input\.path is 'a.x00b', must be a path"),
        ("input.sha256", 3, r"input\.sha256 is 3, must be a string"),
        ("write.format", "wav", "write.format is 'wav', must be one of"),
        ("write.rest", "yes", r"write\.rest is 'yes', must be true or false"),
        ("write.channels", [], "channels must be at least one number"),
        ("write.channels", [1.5], r"write\.channels\[0\] is 1\.5"),
        ("notes", [1], "notes must be texts"),
        ("notes", "text", "notes is 'text', must be a list"),
        ("request", [], "request is not a JSON object"),
        ("request.queries", "a dog", r"request\.queries is 'a dog', must be a list"),
        ("request.queries", ["dog"] * 17, r"request\.queries has 17 entries, must have at most 16"),
        ("request.render", "mask", r"request\.render is 'mask', must be an object"),
        ("request.render", {"strength": "2"}, "strength"),
        ("request.render", {"unknown": 2}, "unknown"),
        ("request.stem_render", [3], "must be a list of objects and nulls"),
        ("request.seed", "x", "seed must be a whole number"),
        ("request.unknown", 1, "unknown key 'unknown'"),
        ("format", 2, "format 2, this flowsep reads 1"),
        ("format", None, "format is missing"),
    ],
)
def test_a_wrong_entry_is_named(folder, path, value, says):
    with pytest.raises(MediaError, match=f"receipt.json: is not a flowsep receipt: .*{says}"):
        read_receipt(written(folder, changed(path, value)))


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"format": 1e400}', b"\xff", b"", b"[]", b"3", b"null"])
def test_another_file_is_no_receipt(folder, content):
    (folder / "receipt.json").write_bytes(content)
    with pytest.raises(MediaError, match="is not a flowsep receipt"):
        read_receipt(folder / "receipt.json")


def test_pipes_and_names_that_no_file_has_are_refused(folder):
    os.mkfifo(folder / "pipe.json")
    with pytest.raises(MediaError, match="is a pipe or a device"):
        read_receipt(folder / "pipe.json")
    for name in ("x" * 300 + ".json", "a\0b"):
        with pytest.raises(MediaError, match="is not a flowsep receipt"):
            read_receipt(folder / name)
    os.mkfifo(folder / "pipe.wav")
    for source in ("pipe.wav", "x" * 300):
        with pytest.raises(MediaError, match="input is missing"):
            read_receipt(written(folder, changed("input.path", str(folder / source)) | {"notes": []}))


ENTRIES = [f"{name}.{inner}" for name, group in RECORD.items() if isinstance(group, dict) for inner in group]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(10**4000) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from([*ENTRIES, *RECORD]), value=VALUES)
def test_any_value_is_read_or_refused(folder, path, value):
    with suppress(MediaError):
        read_receipt(written(folder, changed(path, value)))
