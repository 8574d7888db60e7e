"""Libraries that are held out whole stay out of training, wherever their recordings turn up."""

from pathlib import Path

import pytest
from conftest import write_data
from flowsep_training.data.folds import FIT, HELD_OUT, JUDGE, TRAIN, VALID, Folds, library_name
from flowsep_training.data.mixtures import MixtureConfig, TrainingMixer
from flowsep_training.data.prepare import LibraryConfig, prepare, split_of_recordings
from flowsep_training.data.sources import Library

from flowsep_plugin.errors import UsageError


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("github:owner/name@9c9adec", "owner/name"), ("debian:scorched3d-data 44+dfsg-8", "scorched3d-data"),
        ("Debian wesnoth-1.16-data", "wesnoth-1.16-data"), ("github:a/b (some part of it)", "a/b"),
        ("Debian fluid-soundfont-gm: FluidR3_GM.sf2", "fluid-soundfont-gm"),
    ],
)  # fmt: skip
def test_a_library_is_named_without_its_version(source: str, name: str):
    assert library_name(source) == name


def test_the_folds_that_ship_are_apart_and_name_families_that_exist():
    folds = Folds.load()
    assert folds.fit
    assert folds.judge
    assert not folds.fit & folds.judge
    assert set(folds.members.values()) <= folds.fit | folds.judge


def test_a_library_in_both_folds_is_refused_by_name(tmp_path: Path):
    path = tmp_path / "folds.yaml"
    path.write_text("fit: [one, two]\njudge: [two]\n", encoding="utf-8")
    with pytest.raises(UsageError, match="two is in both folds"):
        Folds.load(path)


def test_members_of_a_family_are_held_out_together():
    folds = Folds(fit=frozenset({"family"}), members={"a/one": "family", "b/two": "family"})
    assert folds.fold("github:a/one@123abc") == folds.fold("github:b/two@456def") == FIT
    assert folds.fold("github:c/three@789abc") == TRAIN


def row(source: str, recording: str) -> dict[str, str]:
    return {"source": source, "recording_id": recording, "label": "rain"}


def test_a_recording_that_a_held_out_library_shares_is_not_trained_on():
    folds = Folds(judge=frozenset({"held"}))
    rows = [row("held", "freesound_1"), row("other", "freesound_1"), row("other", "freesound_2")]
    splits = split_of_recordings(rows, folds.recordings(rows), LibraryConfig((), folds=folds))
    assert splits["freesound_1"] == JUDGE
    assert splits["freesound_2"] in (TRAIN, VALID)


def test_an_uncertain_source_is_left_out_unless_a_fold_holds_it_out():
    rows = [row("debian:scorched3d-data 44", "boom")]
    assert not split_of_recordings(rows, {}, LibraryConfig(()))
    folds = Folds(fit=frozenset({"scorched3d-data"}))
    assert split_of_recordings(rows, folds.recordings(rows), LibraryConfig((), folds=folds)) == {"boom": FIT}


def test_training_mixtures_have_nothing_of_a_held_out_library(tmp_path: Path):
    data = write_data(tmp_path / "data")
    table = (data / "metadata.csv").read_text(encoding="utf-8")
    (data / "metadata.csv").write_text(table.replace("rain-1,made here", "rain-1,foreign"), encoding="utf-8")
    folds = Folds(judge=frozenset({"foreign"}))
    prepare(LibraryConfig((data,), folds=folds, noise_recordings=1), tmp_path / "shards")
    library = Library.open(tmp_path / "shards")
    held_out = [source.recording_id for source in library.sources if source.split in HELD_OUT]
    assert held_out == ["rain-1"]
    drawable = {
        source
        for _, groups, _ in TrainingMixer(library, TRAIN, MixtureConfig()).domains.values()
        for g in groups
        for source in g
    }
    assert not {source.recording_id for source in drawable} & set(held_out)
