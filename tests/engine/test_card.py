import copy
import json

import pytest

from flowsep_plugin.engine.families import load_card, parse_card
from flowsep_plugin.errors import BundleError


@pytest.fixture
def raw(pocket):
    return json.loads((pocket / "card.json").read_text())


def changed(raw, path, value):
    raw = copy.deepcopy(raw)
    *sections, last = path.split(".")
    place = raw
    for section in sections:
        place = place[section]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return raw


def test_a_card_knows_its_grid(raw):
    card = parse_card(raw)
    assert card.window_mel_frames == card.window_frames // card.mel.hop
    assert card.window_columns * card.latent.time_stride == card.window_mel_frames
    assert card.rows * card.latent.band_stride == card.mel.bands


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("mel.hop", None, "mel.hop is missing"),
        ("mel.hop", "441", "mel.hop is '441', must be a whole number"),
        ("audio.rate", True, "audio.rate is True"),
        ("format", 99, "format 99"),
        ("family", "unknown", "family 'unknown' is not one of flowsep, audiosep"),
        ("audio.level.kind", "loud", "audio.level.kind is 'loud', must be one of rms, peak"),
        ("audio.padding", "wrap", "audio.padding is 'wrap', must be one of silence, mirror"),
        ("audio.window_frames", 100_001, "must be a multiple of"),
        ("audio.overlap_frames", 1_764_000, "must be 0 to half"),
        ("latent.band_stride", 5, "must be a multiple of latent.band_stride"),
        ("flow.generations", 3, "generations is 3, must be 1 to 2"),
        ("flow.complement", "everything else", "must have {}"),
        ("text.kind", "magic", "text.kind is 'magic', must be one of wordpiece"),
    ],
)
def test_a_wrong_card_names_the_field(raw, path, value, says):
    with pytest.raises(BundleError, match=says):
        parse_card(changed(raw, path, value))


def test_a_card_that_is_no_object_is_refused():
    with pytest.raises(BundleError, match="not a JSON object"):
        parse_card([1, 2])


def test_a_folder_without_a_card_is_no_bundle(tmp_path):
    with pytest.raises(BundleError, match=r"has no card\.json"):
        load_card(tmp_path / "card.json")


def test_a_card_that_is_no_json_is_refused(tmp_path):
    (tmp_path / "card.json").write_bytes(b"\xff{")
    with pytest.raises(BundleError, match="cannot be read"):
        load_card(tmp_path / "card.json")
