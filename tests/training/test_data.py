"""Preparing, mixing, wording."""

from pathlib import Path

import numpy as np
import pytest
import torch
from flowsep_training.data.datasets import mels
from flowsep_training.data.levels import LEVEL, active, block_power, level, trim
from flowsep_training.data.mixtures import MixtureConfig, TrainingMixer
from flowsep_training.data.prepare import LibraryConfig, allowed, limit_files, prepare, validation_recordings
from flowsep_training.data.sources import RATE, Library
from flowsep_training.loops import mel
from flowsep_training.queries import phrases
from flowsep_training.queries.captions import LabelledSound, Phrasebook, wordings
from flowsep_training.queries.words import plain_words

from flowsep_plugin.audio.mel import log_mel

DOG, RAIN, MAN = (
    LabelledSound("dog", "a dog barking", "environment"),
    LabelledSound("rain", "rain falling", "environment"),
    LabelledSound("male speech", "a man speaking English", "speech"),
)


def test_the_torch_mel_is_the_run_time_mel():
    samples = np.random.default_rng(1).standard_normal((2, 44_100)).astype(np.float32) * 0.1
    expected = log_mel(samples, mel.SPEC, 100)
    actual = mel.log_mel(torch.from_numpy(samples), 100).numpy()
    assert np.abs(actual - expected).max() < 1e-3  # float32 sums in another order, through a logarithm


def test_preparing_twice_gives_the_same_bytes(data: Path, shards: Path, tmp_path: Path):
    prepare(LibraryConfig((data,), seed=1, noise_recordings=3), tmp_path)
    for name in ("audio.i16", "manifest.csv"):
        assert (tmp_path / name).read_bytes() == (shards / name).read_bytes()


def test_non_commercial_recordings_stay_out(library: Library):
    assert not any("NC" in source.licence for source in library.sources)


@pytest.mark.parametrize(
    ("licence", "is_allowed"),
    [
        ("CC0-1.0", True), ("CC-BY-4.0", True), ("CC-BY-SA-3.0", True), ("GPL-2+", True), ("GPL-2.0+", True),
        ("GPL-3+ (see copyright)", True), ("Free Art License", True), ("Public Domain", True),
        ("CC-BY (version per Freesound page)", True), ("CC-BY-SA-3.0-IT", True), ("MIT Licence", True),
        ("GPL-2", False), ("GPL-2.0-only", False), ("CC-BY-NC-SA-4.0", False), ("CC-BY-ND-3.0", False),
        ("CC BY-NC 4.0", False), ("Sampling+", False), ("CC-BY-SA (version not stated)", False),
    ],
)  # fmt: skip
def test_only_licences_that_the_weights_can_pass_on_are_taken(licence: str, is_allowed: bool):
    assert allowed({"license": licence, "source": "anywhere"}) == is_allowed


def test_no_recording_is_in_both_splits(library: Library):
    train, valid = ({s.recording_id for s in library.sources if s.split == split} for split in ("train", "valid"))
    assert train
    assert not train & valid


def test_labels_with_few_recordings_give_none_to_validation():
    rows = [{"label": "cat", "recording_id": str(i)} for i in range(2)]
    assert not validation_recordings(rows, 0.5, 1)


def test_a_large_label_gives_its_share_to_validation():
    rows = [{"label": "dog", "recording_id": str(i)} for i in range(30)]
    assert len(validation_recordings(rows, 0.1, 1)) == 3


def test_no_library_dominates_a_label_but_all_notes_stay():
    rows = [{"source": "a", "label": "rain", "kind": "clip", "path": str(i)} for i in range(9)]
    rows += [{"source": "b", "label": "rain", "kind": "clip", "path": "b"}]
    rows += [{"source": "a", "label": "piano", "kind": "note", "path": f"n{i}"} for i in range(9)]
    limited = limit_files(rows, 4, seed=1)
    assert len(limited) == 4 + 1 + 9
    assert limited == limit_files(rows, 4, seed=1)
    assert limited != limit_files(rows, 4, seed=2)


def test_trimming_takes_the_silence_and_nothing_else():
    samples = np.zeros(RATE, np.float32)
    samples[20_000:30_000] = 0.5
    assert np.abs(len(trim(samples)) - 10_000) < 5000
    assert np.abs(trim(samples)).sum() == pytest.approx(5000)


def test_levelling_brings_active_frames_to_the_level():
    samples = np.zeros(RATE, np.float32)
    samples[:10_000] = 0.01 * np.sin(np.arange(10_000) * 0.1)
    power = block_power(level(samples))
    assert np.sqrt(power[active(power)].mean()) == pytest.approx(LEVEL, rel=0.05)


def test_a_mixture_is_a_function_of_its_number(library: Library):
    mixer = TrainingMixer(library, "train", MixtureConfig(seconds=1.0))
    one, again = mixer.mixture(3, 5), mixer.mixture(3, 5)
    assert np.array_equal(one.sources, again.sources)
    assert not np.array_equal(one.sources, mixer.mixture(3, 6).sources)


def test_labels_of_a_mixture_can_be_told_apart(library: Library):
    mixer = TrainingMixer(library, "train", MixtureConfig(seconds=0.5))
    for number in range(50):
        labels = [sound.label for sound in mixer.mixture(1, number).sounds]
        assert len(labels) >= 2
        assert not any(phrases.too_alike(a, b) for i, a in enumerate(labels) for b in labels[:i])


def test_a_mixture_is_levelled(library: Library):
    mixer = TrainingMixer(library, "train", MixtureConfig(seconds=1.0, augment=False))
    mixture = mixer.mixture(1, 1).samples
    assert np.sqrt(np.square(mixture).mean()) == pytest.approx(0.05, rel=1e-3)


def test_parts_make_up_the_mixture(library: Library):
    mixture = TrainingMixer(library, "train", MixtureConfig(seconds=1.0)).mixture(1, 2)
    expected = mel.log_mel(torch.from_numpy(mixture.samples)[None], 100)[0]
    assert torch.allclose(mels(mixture, 100)[0], expected, atol=1e-3)


def test_a_description_names_the_thing_and_a_denial_the_other():
    book = Phrasebook.of([DOG, RAIN, MAN])
    rng = np.random.default_rng(1)
    queries = {book.describe(rng, [DOG], [RAIN]).lower() for _ in range(200)}
    assert len(queries) > 40
    assert all("rain" not in text for text in queries)
    denied = [book.deny(rng, [RAIN], [DOG]).lower() for _ in range(50)]
    names = {*(plain_words(phrase) for phrase in (RAIN.caption, "rain", *wordings("rain"))), "water"}
    assert all(any(name in text for name in names) for text in denied)


def test_a_group_is_named_only_where_the_rest_has_none_of_it():
    book = Phrasebook.of([DOG, RAIN, MAN])
    woman = LabelledSound("female speech", "a woman speaking", "speech")
    rng = np.random.default_rng(2)
    alone = {book.describe(rng, [MAN], [DOG]).lower() for _ in range(300)}
    beside = {book.describe(rng, [MAN], [woman]).lower() for _ in range(300)}
    assert "speech" in alone
    assert "speech" not in beside


def test_absent_texts_name_nothing_that_is_there():
    book = Phrasebook.of([DOG, RAIN, MAN, LabelledSound("bird", "a bird", "environment")])
    rng = np.random.default_rng(3)
    assert all("dog" not in book.absent(rng, [DOG, MAN]).lower() for _ in range(100))


def test_held_out_paraphrases_are_never_trained_on():
    trained = {phrase.lower() for synonyms in phrases.SYNONYMS.values() for phrase in synonyms}
    assert not trained & {phrase.lower() for wordings in phrases.HELD_OUT.values() for phrase in wordings}
