"""Patches are on an absolute grid, at an even level, and blocks of them do not depend on each other."""

import numpy as np
import pytest

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.listening.part import SourcePart
from flowsep_plugin.listening.patches import patch_blocks, patch_range

HOP = 23_040
"""Frames of 48 kHz between patches, 0.48 s."""


def joined(source, origin=0):
    blocks = list(patch_blocks(source, origin))
    fields = ("log_mels", "rms", "silent")
    return blocks[0].first, *(np.concatenate([getattr(block, name) for block in blocks]) for name in fields)


def test_patches_cover_the_clip_and_are_read_in_blocks(noise_clip):
    clip = noise_clip(70.0, channels=1)
    blocks = list(patch_blocks(clip, 0))
    assert [len(block.rms) for block in blocks] == [64, 64, 19]
    assert sum(len(block.rms) for block in blocks) == len(patch_range(clip, 0))


def test_a_later_start_moves_the_patches_and_changes_nothing_else(noise_clip):
    clip = noise_clip(5.0)
    first, log_mels, rms, _ = joined(clip)
    moved_first, moved, moved_rms, _ = joined(clip, 3 * HOP)
    assert moved_first == first + 3
    np.testing.assert_array_equal(moved, log_mels)
    np.testing.assert_array_equal(moved_rms, rms)


def test_the_level_of_the_clip_is_evened_out_and_measured(noise_clip):
    clip = noise_clip(5.0)
    _, log_mels, rms, _ = joined(clip)
    _, quieter, quieter_rms, _ = joined(AudioClip(clip.samples / 8, clip.rate))
    np.testing.assert_allclose(quieter, log_mels, atol=1e-4)
    np.testing.assert_allclose(quieter_rms, rms / 8, rtol=1e-5)
    inside = clip.samples[:, 5 * HOP // 2 : 11 * HOP // 2]
    np.testing.assert_allclose(np.square(rms[3:6]).mean(), np.square(inside).mean(), rtol=0.05)


def test_channels_of_opposite_sign_do_not_cancel(noise_clip):
    mono = noise_clip(3.0, channels=1)
    both = AudioClip(np.concatenate([mono.samples, -mono.samples]), mono.rate)
    np.testing.assert_allclose(joined(both)[1], joined(mono)[1], atol=1e-4)


def test_a_part_agrees_with_the_whole_away_from_its_edges(noise_clip):
    clip = noise_clip(40.0, channels=1)
    first, whole, _, _ = joined(clip)
    part_first, part, _, _ = joined(clip.cut(10 * HOP, 50 * HOP), 10 * HOP)
    middle = slice(8, 30)
    offset = part_first - first
    np.testing.assert_allclose(part[middle], whole[offset + 8 : offset + 30], atol=1e-3)


def test_what_is_silent_is_marked(noise_clip):
    samples = np.concatenate([np.zeros((2, 5 * HOP), np.float32), noise_clip(4.0).samples], axis=1)
    silent = joined(AudioClip(samples, 48_000))[3]
    assert silent[:4].all()
    assert not silent[7:12].any()


@pytest.mark.parametrize("frames", [1, 100, 5_000])
def test_the_shortest_clips_have_a_patch(frames):
    clip = AudioClip(np.full((1, frames), 0.5, np.float32), 48_000)
    _, log_mels, _, _ = joined(clip)
    assert log_mels.shape[1:] == (96, 64)
    assert np.isfinite(log_mels).all()


def test_a_part_of_a_source_is_silent_outside_of_itself(noise_clip):
    clip = noise_clip(1.0)
    part = SourcePart(clip, clip.cut(1000, 2000).span, of_channels=(1,))
    assert (part.channels, part.frames, part.start, part.rate) == (1, 1000, 1000, 48_000)
    block = part.read(-10, 1010)
    assert not block[:, :10].any()
    assert not block[:, -10:].any()
    np.testing.assert_array_equal(block[:, 10:-10], clip.samples[1:, 1000:2000])
