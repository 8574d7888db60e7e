"""Cards with any entry changed, removed or replaced: the model opens and runs, or is refused as what it is."""

import copy
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.engine import open_engine
from flowsep_plugin.engine.base import Request
from flowsep_plugin.engine.bundle import ModelBundle
from flowsep_plugin.engine.families import load_card, parse_card
from flowsep_plugin.errors import BundleError, EngineError
from flowsep_plugin.separate import Separator

POCKET = Path(__file__).parents[1] / "pocket"
BUNDLES = ("bundle", "choosing", "single")
MISSING = object()
NUMBERS = [
    0,
    -1,
    1,
    2,
    3,
    7,
    1000,
    2**31,
    2**63,
    -(2**63),
    10**400,
    0.5,
    -0.0,
    1e308,
    float("inf"),
    float("nan"),
    1e-320,
]
OTHERS = [True, False, None, "", "\0", "\ud800", "x" * 20_000, "../x", "{}{:99999999999}", [], {}, [[]], [{}], {"": 1}]
FACTORS = [2, 3, 1000, 1_000_003, 0.5, -1]


def entries_of(value, path=()):
    """Paths of all entries of a card, objects and lists included."""
    yield from [path] if path else []
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from entries_of(inner, (*path, key))


CARDS = {name: json.loads((POCKET / name / "card.json").read_text()) for name in BUNDLES}
CARDS["bundle"]["mask"]["shrinkage"] = [[-3.0, 0.0], [0.0, 1.0]]
ENTRIES = [(name, path) for name, card in CARDS.items() for path in entries_of(card)]


def changed(name, path, value):
    card = copy.deepcopy(CARDS[name])
    place = card
    for key in path[:-1]:
        place = place[key]
    if value is MISSING:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return card


def old_value(name, path):
    value = CARDS[name]
    for key in path:
        value = value[key]
    return value


@st.composite
def mutations(draw):
    """A bundle's name and its card with one entry changed."""
    name, path = draw(st.sampled_from(ENTRIES))
    old = old_value(name, path)
    values = [st.sampled_from(NUMBERS), st.sampled_from(OTHERS), st.just(MISSING), st.text(max_size=5)]
    if isinstance(old, (int, float)) and not isinstance(old, bool):
        values.append(st.sampled_from([type(old)(old * factor) for factor in FACTORS]))
    return name, changed(name, path, draw(st.one_of(values)))


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A copy of every pocket bundle, by name."""
    root = tmp_path_factory.mktemp("bundles")
    return {name: shutil.copytree(POCKET / name, root / name) for name in BUNDLES}


CLIP = AudioClip(np.random.default_rng(1).standard_normal((1, 2000)).astype(np.float32) * 0.1, 44100)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(mutation=mutations())
def test_a_changed_card_opens_and_separates_or_is_refused(folders, mutation):
    name, card = mutation
    (folders[name] / "card.json").write_text(json.dumps(card), encoding="utf-8")
    outcome = "refused"
    try:
        engine = open_engine(folders[name], "cpu")
    except BundleError:
        return
    try:
        if engine.card.window_frames <= 1 << 20 and engine.card.steps <= 8:
            Separator(engine).separate(CLIP, Request(["a dog"])).residual  # noqa: B018
            outcome = "separated"
    except EngineError:
        outcome = "failed"
    finally:
        engine.close()
    assert outcome


@settings(max_examples=400, deadline=None)
@given(mutation=mutations())
def test_a_changed_card_is_read_or_refused_with_a_short_message(mutation):
    message = ""
    try:
        parse_card(mutation[1])
    except BundleError as error:
        message = str(error)
    assert len(message) < 3000


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("audio.window_frames", 225_792 * 1_000_003, "audio.window_frames is .*, must be 1 to 8388608"),
        ("audio.rate", 0, "audio.rate is 0, must be 1000 to 768000"),
        ("flow.steps", 0, "flow.steps is 0, must be 1 to 200"),
        ("flow.steps", -2, "flow.steps is -2, must be 1 to 200"),
        pytest.param("flow.steps", 10**4000, "flow.steps is a number of 13288 bits", id="a number without end"),
        ("latent.channels", 10**9, "latent.channels is 1000000000, must be 1 to 1024"),
        ("mel.hop", 10**9, "mel.hop is 1000000000, must be 1 to 32768"),
        ("mel.floor", 0, "mel.floor is 0, must be 1e-12 to 1"),
        ("mel.low_hz", 22050.0, "mel.low_hz is 22050, must be below mel.high_hz"),
        ("latent.scale", float("nan"), "latent.scale is nan"),
        ("mask.shrinkage", [[0, 0]] * 1001, "mask.shrinkage has 1001 entries, must have at most 1000"),
        ("mask.shrinkage", [[1, 0], [0, 1]], "mask.shrinkage has ratios that do not rise"),
        ("audio.level.value", 1e300, "audio.level.value is 1e.300, must be 0 to 16"),
        ("graphs.text.sha256", [1], r"graphs.text.sha256 is \[1\], must be a string"),
        ("files", {"a": {}}, "files.a is {}, must be a string"),
        ("name", "\ud800", "name is '.ud800', must be text that can be encoded"),
        ("family", {}, "family {} is not one of"),
    ],
)
def test_sizes_and_types_are_checked_before_anything_is_opened(path, value, says):
    with pytest.raises(BundleError, match=says):
        parse_card(changed("bundle", path.split("."), value))


def test_a_window_whose_sizes_are_each_allowed_but_not_together_is_refused():
    card = changed("bundle", ("audio", "window_frames"), 1 << 23)
    card["audio"]["overlap_frames"] = 0
    card["mel"] |= {"hop": 1, "n_fft": 32768}
    with pytest.raises(BundleError, match="a window has 274877906944 values, must have at most 33554432"):
        parse_card(card)


def test_a_complement_is_a_text_and_no_format():
    engine = open_engine(POCKET / "single", "cpu")
    object.__setattr__(engine.card.flow, "complement", "all but {} {0.__class__} {:99999999999}")
    assert len(engine.encode_queries(["a dog"]).states) == 2
    engine.close()


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b'{"format":' + b"1" * 5000 + b"}", b'{"format":1e999}', b"\xff", b""]
)
def test_a_card_that_cannot_be_decoded_is_refused(tmp_path, content):
    (tmp_path / "card.json").write_bytes(content)
    with pytest.raises(BundleError, match=r"card\.json: cannot be read"):
        load_card(tmp_path / "card.json")


def test_a_pipe_is_no_card_and_no_file_of_a_model(folders, tmp_path):
    os.mkfifo(tmp_path / "card.json")
    with pytest.raises(BundleError, match="is a pipe or a device"):
        ModelBundle.open(tmp_path)
    folder = shutil.copytree(POCKET / "bundle", tmp_path / "copy")
    (folder / "vocab.txt").unlink()
    os.mkfifo(folder / "vocab.txt")
    for verify in (True, False):
        with pytest.raises(BundleError, match=r"vocab\.txt.* is a pipe or a device"):
            ModelBundle.open(folder, verify=verify)


def test_a_file_with_a_name_that_is_too_long_is_refused(tmp_path):
    folder = shutil.copytree(POCKET / "bundle", tmp_path / "copy")
    (folder / "card.json").write_text(json.dumps(changed("bundle", ("files", "x" * 300), "0")))
    with pytest.raises(BundleError, match="File name too long"):
        ModelBundle.open(folder)
