"""What happens to sounds on their way into a clip leaves them as long and as loud as they were, or nearly."""

import numpy as np
import pytest
from flowsep_training.data import degrade
from flowsep_training.data.mixtures import MixtureConfig, TrainingMixer
from flowsep_training.data.sources import RATE, Library


def sound(seconds: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(1)
    time = np.arange(int(seconds * RATE)) / RATE
    envelope = 0.1 + np.abs(np.sin(2 * np.pi * 1.5 * time))
    return (0.2 * envelope * (np.sin(2 * np.pi * 440 * time) + 0.1 * rng.standard_normal(len(time)))).astype(np.float32)


@pytest.mark.parametrize("number", range(6))
def test_a_codec_keeps_time_and_level(number: int):
    rng, samples = np.random.default_rng(number), sound()
    coded = degrade.through_codec(rng, samples)
    assert coded.dtype == np.float32
    assert len(coded) == len(samples)
    assert np.square(coded).mean() == pytest.approx(np.square(samples).mean(), rel=0.3)
    middle = slice(RATE // 4, 3 * RATE // 4)
    assert np.corrcoef(coded[middle], samples[middle])[0, 1] > 0.9


def test_a_codec_takes_what_lies_above_full_scale():
    samples = 4 * sound()
    assert np.abs(degrade.through_codec(np.random.default_rng(1), samples)).max() > 1


def test_overload_only_takes_away():
    for seed in range(4):
        out = degrade.overload(np.random.default_rng(seed), sound())
        assert np.abs(out).max() < 0.6 * np.abs(sound()).max()
    assert not degrade.overload(np.random.default_rng(1), np.zeros(100, np.float32)).any()


def test_compression_brings_soft_and_loud_closer():
    samples = sound(2.0)
    out = degrade.compress(np.random.default_rng(1), samples)

    def spread(x: np.ndarray) -> float:
        level = np.sqrt(np.square(x[: len(x) // 441 * 441].reshape(-1, 441)).mean(1))
        return float(np.log(np.quantile(level, 0.95) / np.quantile(level, 0.05)))

    assert spread(out) < 0.8 * spread(samples)


def test_mixtures_with_every_change_stay_finite_and_levelled(library: Library):
    config = MixtureConfig(
        seconds=0.64, codec=0.5, overload=0.5, compress=0.5, bed=0.5, measured_room=0.5, speed_octaves=0.5
    )
    mixer = TrainingMixer(library, "train", config)
    for number in range(12):
        mixture = mixer.mixture(1, number)
        assert np.isfinite(mixture.sources).all()
        assert np.sqrt(np.square(mixture.samples).mean()) < 0.3


def test_a_bed_is_soft_and_unlike_the_others(library: Library):
    mixer = TrainingMixer(
        library, "train", MixtureConfig(seconds=0.64, bed=1.0, augment=False, mix_of_three=0, mix_of_four=0)
    )
    mixtures = [mixer.mixture(2, number) for number in range(30)]
    with_bed = [mixture for mixture in mixtures if len(mixture.sounds) == 3]
    assert with_bed
    for mixture in with_bed:
        power = np.square(mixture.sources).mean(1)
        assert mixture.sounds[-1].label == "rain"
        assert power[-1] < 0.5 * power[:-1].max()
