"""Audio files through effects: the same frames, rate, format and metadata, in flat memory."""

import numpy as np
import psutil
import pytest

from flowsep_plugin.effects import EffectChain, EffectSlot
from flowsep_plugin.errors import MediaError, UsageError
from flowsep_plugin.media import open_writer, probe, read_clip, write_clip
from flowsep_plugin.media.metadata.bext import Bext
from flowsep_plugin.media.metadata.markers import FileMarker

HALF = EffectChain((EffectSlot(effect="Gain", parameters={"gain_db": -6.0}),))
LATE = EffectChain((EffectSlot(effect="BrickwallLimiter"),))
FACTOR = 10 ** (-6 / 20)


@pytest.mark.parametrize(
    ("name", "format", "subtype"),
    [("dry.wav", "wav24", "PCM_24"), ("dry.wav", "wav32f", "FLOAT"), ("dry.flac", "flac24", "PCM_24")],
)
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_the_file_is_like_the_dry_one(host, noise_clip, tmp_path, name, format, subtype, channels):
    dry = noise_clip(1.3, rate=44_100, channels=channels)
    write_clip(tmp_path / name, dry, format)
    wet_path = tmp_path / f"wet{(tmp_path / name).suffix}"
    render = host.render_file(HALF, tmp_path / name, wet_path)
    info, clip = probe(wet_path), read_clip(wet_path)
    assert (info.rate, info.channels, info.frames, info.subtype) == (44_100, channels, dry.frames, subtype)
    np.testing.assert_allclose(clip.samples, read_clip(tmp_path / name).samples * FACTOR, atol=2.0**-23)
    assert render.note == ""


def test_a_late_effect_is_moved_back_and_the_end_is_kept(host, noise_clip, tmp_path):
    dry = noise_clip(0.7)
    write_clip(tmp_path / "dry.wav", dry, "wav32f")
    assert host.render_file(LATE, tmp_path / "dry.wav", tmp_path / "wet.wav").latency == 240
    np.testing.assert_allclose(read_clip(tmp_path / "wet.wav").samples, dry.samples, atol=1e-6)


def test_time_stamp_markers_and_ixml_stay(host, noise_clip, tmp_path):
    bext = Bext(description="take 3", originator="recorder", time_reference=123_456_789, coding_history="A=PCM\r\n")
    ixml, markers = b"<BWFXML><SCENE>12</SCENE></BWFXML>", (FileMarker(4800, "slate"),)
    with open_writer(tmp_path / "dry.wav", 48_000, 2, 48_000, bext=bext, ixml=ixml, markers=markers) as writer:
        writer.write(noise_clip(1.0).samples)
    host.render_file(HALF, tmp_path / "dry.wav", tmp_path / "wet.wav")
    before, after = probe(tmp_path / "dry.wav"), probe(tmp_path / "wet.wav")
    assert (after.bext, after.ixml, after.markers) == (before.bext, before.ixml, before.markers)


LOUD = EffectChain((EffectSlot(effect="Gain", parameters={"gain_db": 30.0}),))


def test_a_wav_over_full_scale_becomes_float_and_says_so(host, noise_clip, tmp_path):
    write_clip(tmp_path / "dry.wav", noise_clip(1.0))
    render = host.render_file(LOUD, tmp_path / "dry.wav", tmp_path / "wet.wav")
    assert (render.format, render.clipped) == ("wav32f", 0)
    assert "pass full scale" in render.note
    assert np.abs(read_clip(tmp_path / "wet.wav").samples).max() == pytest.approx(render.peak)
    assert render.peak > 1


def test_a_flac_over_full_scale_is_clipped_and_says_so(host, noise_clip, tmp_path):
    write_clip(tmp_path / "dry.flac", noise_clip(1.0), "flac24")
    render = host.render_file(LOUD, tmp_path / "dry.flac", tmp_path / "wet.flac")
    assert render.clipped > 0
    assert "clipped samples" in render.note


def test_the_progress_is_that_of_the_file(host, noise_clip, tmp_path):
    write_clip(tmp_path / "dry.wav", noise_clip(2.0))
    shares = []
    host.render_file(
        HALF, tmp_path / "dry.wav", tmp_path / "wet.wav", lambda progress: shares.append(progress.fraction)
    )
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_another_format_is_refused(host, noise_clip, tmp_path):
    write_clip(tmp_path / "dry.wav", noise_clip(0.1))
    with pytest.raises(UsageError, match=r"\.flac or \.wav"):
        host.render_file(HALF, tmp_path / "dry.wav", tmp_path / "wet.ogg")
    with pytest.raises(MediaError, match="no such file"):
        host.render_file(HALF, tmp_path / "missing.wav", tmp_path / "wet.wav")


@pytest.mark.slow
def test_memory_does_not_grow_with_the_length(host, noise_clip, tmp_path):
    chain = EffectChain((EffectSlot(effect="Reverb"), EffectSlot(effect="BrickwallLimiter")))
    block = noise_clip(10.0).samples
    with open_writer(tmp_path / "dry.wav", 48_000, 2, 180 * block.shape[1], "wav24") as writer:
        for _ in range(180):
            writer.write(block)
    host.render_file(HALF, tmp_path / "dry.wav", tmp_path / "wet.wav")
    most = []

    def watch(progress):
        most.append(psutil.Process(host.pid).memory_info().rss + psutil.Process().memory_info().rss)

    host.render_file(chain, tmp_path / "dry.wav", tmp_path / "wet.wav", watch)
    assert max(most) - most[len(most) // 20] < 20 << 20  # half an hour of stereo floats is 691 MB
