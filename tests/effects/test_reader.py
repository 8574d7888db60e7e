"""Listening through effects: reads that follow each other go on, jumps run the sound before them first."""

import numpy as np
import pytest

from flowsep_plugin.effects import EffectChain, EffectReader, EffectSlot
from flowsep_plugin.errors import MediaError

RATE = 48_000
TAIL = EffectChain(
    (EffectSlot(effect="Delay", parameters={"delay_seconds": 0.1, "mix": 0.5}), EffectSlot(effect="BrickwallLimiter"))
)


@pytest.fixture
def source(noise):
    """Two channels of noise as a function, with zeros outside."""

    def read(first, stop):
        block = np.zeros((2, stop - first), np.float32)
        begin, end = max(0, first), min(noise.shape[1], stop)
        if begin < end:
            block[:, begin - first : end - first] = noise[:2, begin:end]
        return block

    return read


@pytest.fixture
def whole(host, source):
    with host.open(TAIL, RATE, 2) as stream:
        return np.concatenate([stream.process(source(0, 240_000)), stream.finish()], axis=1)


@pytest.fixture
def reader(host, source):
    reader = EffectReader(source, TAIL, host, rate=RATE, channels=2)
    yield reader
    reader.close()


def test_reads_of_any_size_that_follow_each_other_are_the_whole(reader, whole):
    sizes, at = [480, 1, 5000, 77, 20_000], 0
    for size in sizes * 4:
        np.testing.assert_allclose(reader.read(at, at + size), whole[:, at : at + size], atol=1e-6)
        at += size


@pytest.mark.parametrize("first", [150_000, 1, 239_000])
def test_after_a_jump_the_tail_of_earlier_sound_is_there(reader, whole, first):
    reader.read(20_000, 30_000)
    np.testing.assert_allclose(reader.read(first, first + 1000), whole[:, first : first + 1000], atol=1e-6)


def test_a_long_echo_is_there_after_a_jump(host, source):
    echo = {"delay_seconds": 4.0, "mix": 1.0}
    reader = EffectReader(
        source, EffectChain((EffectSlot(effect="Delay", parameters=echo),)), host, rate=RATE, channels=2
    )
    np.testing.assert_allclose(reader.read(200_000, 201_000), source(8_000, 9_000), atol=1e-6)
    reader.close()


def test_reads_outside_the_sound_are_silent_or_tail(reader):
    assert not reader.read(-5000, -1000).any()
    assert reader.read(240_000, 244_000).any()  # echoes
    assert not reader.read(400_000, 401_000).any()


def test_an_empty_chain_is_the_dry_sound(host, source):
    reader = EffectReader(source, EffectChain(), host, rate=RATE, channels=2)
    np.testing.assert_array_equal(reader.read(100, 300), source(100, 300))


def test_a_parameter_changes_without_a_jump(host, source):
    chains = [EffectChain((EffectSlot(effect="Gain", parameters={"gain_db": gain}),)) for gain in (0.0, -20.0)]
    reader = EffectReader(source, chains[0], host, rate=RATE, channels=2)
    np.testing.assert_array_equal(reader.read(0, 5000), source(0, 5000))
    reader.set_chain(chains[1])
    wet = reader.read(5000, 10_000)
    np.testing.assert_allclose(wet[:, 1024:], source(6024, 10_000) / 10, atol=1e-6)


def test_effects_are_added_and_removed_while_reading(host, source):
    reader = EffectReader(source, EffectChain(), host, rate=RATE, channels=2)
    reader.read(0, 5000)
    reader.set_chain(EffectChain((EffectSlot(effect="Invert"),)))
    np.testing.assert_array_equal(reader.read(5000, 6000), -source(5000, 6000))
    reader.set_chain(EffectChain((EffectSlot(effect="Invert"), EffectSlot(effect="BrickwallLimiter"))))
    np.testing.assert_allclose(reader.read(6000, 7000), -source(6000, 7000), atol=1e-6)
    reader.set_chain(EffectChain())
    np.testing.assert_array_equal(reader.read(7000, 8000), source(7000, 8000))
    reader.close()


def test_an_error_of_the_dry_sound_is_raised_and_the_effects_stay(host, source):
    broken = []

    def read(first, stop):
        if broken:
            raise MediaError("the disk is gone")
        return source(first, stop)

    reader = EffectReader(read, EffectChain((EffectSlot(effect="Invert"),)), host, rate=RATE, channels=2)
    reader.read(0, 1000)
    broken.append(True)
    with pytest.raises(MediaError, match="the disk is gone"):
        reader.read(50_000, 60_000)
    broken.clear()
    np.testing.assert_array_equal(reader.read(50_000, 60_000), -source(50_000, 60_000))
    assert reader.error is None
    reader.close()
