"""Pedalboard's own effects in the process of effects: every one, in blocks, without latency."""

import math

import numpy as np
import pytest
import soundfile
from scipy import signal

from flowsep_plugin.effects import EffectChain, EffectSlot, builtin_effects
from flowsep_plugin.effects.loading import factory_of

RATE = 48_000
WINDOWED = {"PitchShift", "GSMFullRateCompressor"}
NAMES = [info.name for info in builtin_effects()]

AUDIBLE = {
    "Compressor": {"threshold_db": -30.0, "ratio": 4.0}, "NoiseGate": {"threshold_db": -30.0}, "Delay": {"mix": 0.3},
    "LadderFilter": {"cutoff_hz": 2000.0}, "LowpassFilter": {"cutoff_frequency_hz": 4000.0},
    "PeakFilter": {"gain_db": 6.0}, "LowShelfFilter": {"gain_db": 6.0}, "HighShelfFilter": {"gain_db": 6.0},
    "Distortion": {"drive_db": 10.0}, "GSMFullRateCompressor": {}, "PitchShift": {"semitones": 0.0},
}  # fmt: skip


@pytest.fixture(scope="module")
def impulse_response(tmp_path_factory):
    path = tmp_path_factory.mktemp("ir") / "room.wav"
    response = np.random.default_rng(1).standard_normal(4800) * np.exp(-np.arange(4800) / 800) * 0.05
    response[0] = 1.0
    soundfile.write(path, response.astype(np.float32), RATE, subtype="FLOAT")
    return path


@pytest.fixture
def slot(impulse_response):
    def make(name):
        own = {"impulse_response_filename": str(impulse_response)} if name == "Convolution" else AUDIBLE.get(name, {})
        return EffectSlot(effect=name, parameters=own)

    return make


def run(stream, audio, sizes):
    """Return all of `audio` through `stream`, in blocks of `sizes` frames in turn."""
    parts, at = [], 0
    while at < audio.shape[1]:
        stop = at + sizes[len(parts) % len(sizes)]
        parts.append(stream.process(audio[:, at:stop], reset=at == 0))
        at = stop
    return np.concatenate([*parts, stream.finish()], axis=1)


@pytest.mark.parametrize("name", NAMES)
def test_the_output_is_as_long_as_the_input_and_does_not_depend_on_the_blocks(host, noise, slot, name):
    with host.open(EffectChain((slot(name),)), RATE, 2) as stream:
        whole = run(stream, noise[:2], [240_000])
        pieces = run(stream, noise[:2], [5000, 17, 1024, 9999, 1])
    assert whole.shape == (2, 240_000)
    np.testing.assert_array_equal(whole, pieces)


@pytest.mark.parametrize("name", NAMES)
def test_the_output_is_not_late(host, noise, slot, name):
    with host.open(EffectChain((slot(name),)), RATE, 1) as stream:
        wet = run(stream, noise[:1], [8192])[0]
    likeness = np.abs(signal.correlate(np.diff(wet), np.diff(noise[0]), method="fft"))
    assert abs(int(likeness.argmax()) - (noise.shape[1] - 2)) <= 1


@pytest.mark.parametrize("name", sorted(set(NAMES) - WINDOWED))
def test_the_output_is_that_of_pedalboard_at_once(host, noise, slot, name):
    with host.open(EffectChain((slot(name),)), RATE, 2) as stream:
        wet = run(stream, noise[:2], [8192])
    expected = factory_of(slot(name))().process(noise[:2], float(RATE))
    np.testing.assert_allclose(wet, expected, atol=2e-6)


@pytest.mark.parametrize("semitones", [-12.0, 7.0])
def test_a_pitch_shift_in_windows_sounds_as_at_once(host, tone, semitones):
    audio = tone(440.0, seconds=9.0).samples
    slot = EffectSlot(effect="PitchShift", parameters={"semitones": semitones})
    with host.open(EffectChain((slot,)), RATE, 1) as stream:
        wet = run(stream, audio, [8192])[0]
    at_once = factory_of(slot)().process(audio, float(RATE))[0]
    assert hertz_of(wet) == pytest.approx(hertz_of(at_once), rel=0.002)
    assert levels_of(wet).min() > 0.7 * levels_of(at_once).min()  # no gap where windows meet


def hertz_of(samples):
    middle = samples[RATE : 8 * RATE]
    return np.abs(np.fft.rfft(middle * np.hanning(len(middle)))).argmax() / 7


def levels_of(samples):
    """Return the level of every 10 ms."""
    return np.sqrt((samples[RATE : 8 * RATE].reshape(-1, 480) ** 2).mean(axis=1))


@pytest.mark.parametrize("channels", [1, 2, 3, 6])
@pytest.mark.parametrize("name", NAMES)
def test_every_effect_takes_any_number_of_channels(host, noise, slot, name, channels):
    with host.open(EffectChain((slot(name),)), RATE, channels) as stream:
        wet = run(stream, noise[:channels, :20_000], [8192])
    assert wet.shape == (channels, 20_000)
    assert np.isfinite(wet).all()


@pytest.mark.parametrize("name", NAMES)
def test_reset_forgets_earlier_sound(host, noise, slot, name):
    with host.open(EffectChain((slot(name),)), RATE, 2) as stream:
        stream.process(noise[:2])
        silence = run(stream, np.zeros((2, 20_000), np.float32), [8192])
    own_noise = {"GSMFullRateCompressor": 1e-3, "Bitcrush": 2e-2}
    assert np.abs(silence).max() < own_noise.get(name, 1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_a_bypassed_effect_is_no_effect(host, noise, slot, name):
    chain = EffectChain((EffectSlot(effect=name, parameters=slot(name).parameters, enabled=False),))
    with host.open(chain, RATE, 2) as stream:
        np.testing.assert_array_equal(run(stream, noise[:2], [8192]), noise[:2])


def test_effects_run_in_the_order_of_the_chain(host):
    loud, clip = EffectSlot(effect="Gain", parameters={"gain_db": 20.0}), EffectSlot(effect="Clipping")
    audio = np.full((1, 4096), 0.2, np.float32)
    with host.open(EffectChain((loud, clip)), RATE, 1) as stream:
        assert run(stream, audio, [4096]).max() == pytest.approx(10 ** (-6 / 20), abs=1e-4)
    with host.open(EffectChain((clip, loud)), RATE, 1) as stream:
        assert run(stream, audio, [4096]).max() == pytest.approx(2.0, abs=1e-4)


def test_latencies_of_a_chain_add_up_and_are_removed(host, noise):
    chain = EffectChain(
        (
            EffectSlot(effect="BrickwallLimiter"),
            EffectSlot(effect="Resample", parameters={"target_sample_rate": 40_000.0}),
        )
    )
    with host.open(chain, RATE, 1) as stream:
        wet = run(stream, noise[:1] * 0.1, [8192])[0]
        assert stream.latency > 240
    likeness = signal.correlate(wet, noise[0], method="fft")
    assert int(likeness.argmax()) == noise.shape[1] - 1


def test_a_parameter_changes_while_the_effect_runs_and_goes_back_to_its_default(host):
    audio = np.full((1, 8192), 0.1, np.float32)
    chains = [EffectChain((EffectSlot(effect="Gain", parameters=own),)) for own in ({}, {"gain_db": -20.0}, {})]
    with host.open(chains[0], RATE, 1) as stream:
        levels = []
        for chain in chains:
            stream.update(chain)
            levels.append(20 * math.log10(stream.process(audio)[0, -1] / 0.1))
        assert stream.open_count == 1
    assert levels == pytest.approx([1.0, -20.0, 1.0], abs=0.1)


def test_other_effects_are_opened_anew(host):
    audio = np.full((1, 8192), 0.1, np.float32)
    with host.open(EffectChain((EffectSlot(effect="Gain"),)), RATE, 1) as stream:
        stream.update(EffectChain((EffectSlot(effect="Invert"),)))
        assert stream.process(audio)[0, -1] == pytest.approx(-0.1)
        stream.update(EffectChain())
        np.testing.assert_array_equal(stream.process(audio), audio)
