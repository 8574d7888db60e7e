import copy
import json

import pytest

from flowsep_plugin.engine.card import ModelCard
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
    card = ModelCard.parse(raw)
    assert card.window_mel_frames == card.window_frames // card.mel.hop
    assert card.window_columns * card.latent.time_stride == card.window_mel_frames
    assert card.rows * card.latent.band_stride == card.mel.bands


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("mel.hop", None, "mel.hop is missing"),
        ("mel.hop", "441", "mel.hop is '441', not of type int"),
        ("audio.rate", True, "audio.rate is True"),
        ("format", 99, "format 99"),
        ("family", "unknown", "family 'unknown'"),
        ("audio.level.kind", "loud", "audio.level.kind 'loud'"),
        ("audio.padding", "wrap", "audio.padding 'wrap'"),
        ("audio.window_frames", 100_001, "no whole number of latent columns"),
        ("audio.overlap_frames", 1_764_000, "must lie in 0..half"),
        ("latent.band_stride", 5, "no multiple of band_stride"),
        ("flow.generations", 3, "generations must be 1 or 2"),
        ("flow.complement", "everything else", "has no {}"),
        ("text.kind", "magic", "text.kind 'magic'"),
    ],
)
def test_a_wrong_card_names_the_field(raw, path, value, says):
    with pytest.raises(BundleError, match=says):
        ModelCard.parse(changed(raw, path, value))


def test_a_card_that_is_no_object_is_refused():
    with pytest.raises(BundleError, match="no JSON object"):
        ModelCard.parse([1, 2])


def test_a_folder_without_a_card_is_no_bundle(tmp_path):
    with pytest.raises(BundleError, match=r"no card\.json"):
        ModelCard.load(tmp_path / "card.json")


def test_a_card_that_is_no_json_is_refused(tmp_path):
    (tmp_path / "card.json").write_bytes(b"\xff{")
    with pytest.raises(BundleError, match="cannot be read"):
        ModelCard.load(tmp_path / "card.json")
