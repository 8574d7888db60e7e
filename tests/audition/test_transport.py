"""The transport to the sample, with a device that a test pulls."""

import os
from dataclasses import replace

import numpy as np
import pytest
from fake_output import FakeOutput, settle

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.resample import resample
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audition import LANES, ORIGINAL, LaneMix, Piece, Transport, clip_choice, clip_program
from flowsep_plugin.audition.read_ahead import CHUNK_FRAMES
from flowsep_plugin.errors import UsageError
from flowsep_plugin.media import read_clip, write_clip

EDGE = 96  # frames of the fade at a start, 2 ms at 48 kHz
FADE = 480  # frames of a cross-fade, 10 ms


def play(transport, output, frames, block=256):
    """Pull `frames`, letting the reader work after every block."""
    transport.play()
    settle(transport)
    parts = []
    while frames > 0:
        part = output.run(min(block, frames), block)
        parts.append(part)
        frames -= block
        settle(transport)
    return np.concatenate(parts, axis=1)


def test_the_clip_plays_as_it_is(transport, output, sources):
    audio = play(transport, output, 20_000)
    expected = read_clip(sources["clip"]).samples[:, EDGE:20_000]
    np.testing.assert_array_equal(audio[:, EDGE:20_000], expected)


@pytest.mark.parametrize("block", [64, 255, 1024])
def test_a_switch_keeps_its_place_to_the_sample(transport, output, parts, block):
    first = play(transport, output, 8 * block, block)
    transport.listen(clip_choice("stem:dog"))
    second = output.run(4096, block)
    at = first.shape[1]
    np.testing.assert_array_equal(second[:, FADE:], parts["stem:dog"][:, at + FADE : at + 4096])


def test_a_switch_fades_from_one_to_the_other_without_a_gap(transport, output, parts):
    clip = sum(parts.values())
    before = play(transport, output, 2560)
    transport.listen(clip_choice("rest"))
    after = output.run(FADE)
    at = before.shape[1]
    share = np.arange(FADE) / FADE
    expected = clip[:, at : at + FADE] * (1 - share) + parts["rest"][:, at : at + FADE] * share
    np.testing.assert_allclose(after, expected, atol=1e-6)


def test_stems_and_rest_sum_to_the_clip(transport, output, parts):
    transport.listen(clip_choice("sum"))
    audio = play(transport, output, 30_000)
    np.testing.assert_allclose(audio[:, EDGE:30_000], sum(parts.values())[:, EDGE:30_000], atol=1e-6)


def test_a_rest_without_a_file_is_the_clip_less_its_stems(output, sources, parts):
    transport = Transport(output.open, clock=output.clock, threaded=False)
    transport.load(clip_program({name: path for name, path in sources.items() if name != "rest"}))
    transport.listen(clip_choice("rest"))
    audio = play(transport, output, 5_000)
    transport.close()
    np.testing.assert_allclose(audio[:, EDGE:5_000], parts["rest"][:, EDGE:5_000], atol=1e-6)


def test_a_loop_runs_from_its_last_frame_into_its_first(transport, output, parts):
    clip = sum(parts.values())
    start, stop = 9_601, 22_801
    transport.seek(start / 48_000)
    transport.set_loop(start / 48_000, stop / 48_000)
    length = stop - start
    audio = play(transport, output, 3 * length)
    expected = np.tile(clip[:, start:stop], 3)
    np.testing.assert_array_equal(audio[:, EDGE : 3 * length], expected[:, EDGE:])


def test_a_loop_shorter_than_a_block_still_loops(transport, output, parts):
    transport.seek(0.5)
    transport.set_loop(0.5, 0.502)
    audio = play(transport, output, 3_000, 1_000)
    expected = np.tile(sum(parts.values())[:, 24_000:24_096], 31)
    np.testing.assert_array_equal(audio[:, EDGE:2_900], expected[:, EDGE:2_900])


def test_what_the_disk_brings_late_is_played_later_and_not_left_out(transport, output, parts):
    transport.play()
    settle(transport)
    transport._playback.read_ahead._chunks.pop((transport._playback.loaded.keys["clip"], 1))
    audio = output.run(CHUNK_FRAMES + 4 * 256)
    settle(transport)
    audio = np.concatenate([audio, output.run(4096)], axis=1)
    gap = CHUNK_FRAMES + 4 * 256 - CHUNK_FRAMES
    assert transport.starved > 0
    assert not audio[:, CHUNK_FRAMES : CHUNK_FRAMES + gap].any()
    expected = sum(parts.values())[:, CHUNK_FRAMES : CHUNK_FRAMES + 4096]
    np.testing.assert_array_equal(audio[:, CHUNK_FRAMES + gap :], expected)


def test_a_jump_in_sound_makes_no_step(output, tmp_path):
    write_clip(tmp_path / "flat.wav", AudioClip(np.full((2, 96_000), 0.5, np.float32), 48_000))
    transport = Transport(output.open, clock=output.clock, threaded=False)
    transport.load(clip_program({"clip": tmp_path / "flat.wav"}))
    first = play(transport, output, 4_096)
    transport.seek(1.0)
    transport.work()
    audio = np.concatenate([first, output.run(4_096)], axis=1)
    transport.close()
    assert np.abs(np.diff(audio)).max() < 0.5 / 90
    assert audio[:, 4_096 + EDGE].max() < 0.01


def test_a_jump_is_taken_even_where_what_sounds_was_let_go(output, tmp_path, noise_clip):
    clip = noise_clip(30.0)
    write_clip(tmp_path / "long.wav", clip, "wav32f")
    transport = Transport(output.open, clock=output.clock, threaded=False, read_ahead_frames=2 * CHUNK_FRAMES)
    transport.load(clip_program({"clip": tmp_path / "long.wav"}))
    play(transport, output, 20 * CHUNK_FRAMES, 4_096)
    transport.seek(25.0)
    transport.work()
    transport._playback.read_ahead._chunks.clear()
    while transport._playback.read_ahead.fill(25 * 48_000, clip.frames, None):  # as if the fade had come too late
        pass
    audio = output.run(4_096)
    transport.close()
    at = 25 * 48_000
    np.testing.assert_array_equal(audio[:, EDGE:], clip.samples[:, at + EDGE : at + 4_096])


def test_solo_mute_and_gain_count_in_the_sum(transport, output, parts):
    transport.listen(clip_choice("sum"))
    mixes = {"stem:dog": LaneMix(mute=True), "rest": LaneMix(gain_db=-6.0)}
    transport.set_mixes(mixes)
    audio = play(transport, output, 2_000)
    expected = parts["stem:rain"] + parts["rest"] * 10 ** (-6 / 20)
    np.testing.assert_allclose(audio[:, EDGE:2_000], expected[:, EDGE:2_000], atol=1e-6)
    transport.set_mixes({**mixes, "stem:rain": LaneMix(solo=True)})
    audio = output.run(2_000)
    at = 2_000
    np.testing.assert_allclose(audio[:, FADE:], parts["stem:rain"][:, at + FADE : at + 2_000], atol=1e-6)


def test_matched_levels_are_within_half_a_unit(transport, output):
    from flowsep_plugin.audio.loudness import LoudnessMeter

    def loudness(audio):
        meter = LoudnessMeter(48_000, 2)
        meter.add(audio)
        return meter.integrated_lufs()

    transport.set_loudness_match(True)
    settle(transport)
    lufs = {}
    for choice in transport.snapshot().choices:
        transport.listen(choice)
        transport.seek(0.0)
        settle(transport)
        lufs[choice] = loudness(play(transport, output, 90_000)[:, 1_000:])
        transport.stop()
        settle(transport)
        output.run(1_000)
        settle(transport)
    assert len(lufs) == 5
    assert max(lufs.values()) - min(lufs.values()) < 0.5


def test_matching_makes_nothing_clip(output, tmp_path):
    rng = np.random.default_rng(0)
    click = np.zeros((2, 96_000), np.float32)
    click[:, ::24_000] = 0.7
    noise = (rng.standard_normal((2, 96_000)) * 0.1).astype(np.float32)
    for name, samples in {"clip": noise + click, "click": click}.items():
        write_clip(tmp_path / f"{name}.wav", AudioClip(samples, 48_000), "wav32f")
    transport = Transport(output.open, clock=output.clock, threaded=False)
    transport.load(clip_program({"clip": tmp_path / "clip.wav", "stem:click": tmp_path / "click.wav"}))
    transport.set_loudness_match(True)
    settle(transport)
    transport.listen(clip_choice("stem:click"))
    audio = play(transport, output, 60_000)
    transport.close()
    assert 0.5 < np.abs(audio).max() <= 1.0


def test_a_rewritten_stem_fades_in_while_it_plays(transport, output, sources, parts):
    transport.listen(clip_choice("stem:dog"))
    play(transport, output, 5_120)
    other = replace(read_clip(sources["stem:dog"]), samples=parts["stem:dog"] / 2)
    write_clip(sources["stem:dog"], other, "wav32f")
    transport.load(clip_program(sources))
    settle(transport)
    audio = output.run(4_096)
    np.testing.assert_allclose(audio[:, FADE:], parts["stem:dog"][:, 5_120 + FADE : 5_120 + 4_096] / 2, atol=1e-6)
    settle(transport)
    assert len(transport._playback.read_ahead.voices) == 4


def test_files_that_did_not_change_stay_open(transport, sources):
    before = dict(transport._playback.loaded.keys)
    transport.load(clip_program(sources))
    settle(transport)
    assert transport._playback.loaded.keys == before


def test_another_clip_starts_at_its_beginning(transport, output, sources):
    play(transport, output, 5_000)
    transport.load(clip_program({"clip": sources["rest"]}))
    settle(transport)
    snapshot = transport.snapshot()
    assert (snapshot.state, snapshot.position_seconds, snapshot.choices) == ("stopped", 0.0, (ORIGINAL, LANES))


def test_a_span_hears_its_part_of_the_clip(output, sources, parts):
    transport = Transport(output.open, clock=output.clock, threaded=False)
    part = parts["stem:dog"][:, 10_000:40_000]
    write_clip(sources["stem:dog"], AudioClip(part, 48_000), "wav32f")
    stems = {"clip": sources["clip"], "stem:dog": sources["stem:dog"]}
    transport.load(clip_program(stems, Span(10_000, 30_000, 48_000)))
    transport.listen(ORIGINAL)
    audio = play(transport, output, 2_048)
    np.testing.assert_array_equal(audio[:, EDGE:], sum(parts.values())[:, 10_000 + EDGE : 12_048])
    assert transport.snapshot().length_seconds == 30_000 / 48_000
    transport.listen(clip_choice("stem:dog"))
    audio = output.run(2_048)
    transport.close()
    np.testing.assert_array_equal(audio[:, FADE:], part[:, 2_048 + FADE : 4_096])


def test_a_piece_says_where_its_file_begins_to_sound(output, sources, parts):
    transport = Transport(output.open, clock=output.clock, threaded=False)
    pieces = {"clip": Piece(sources["clip"], 1_000), "stem:rain": Piece(sources["stem:rain"], 1_000)}
    transport.load(clip_program(pieces))
    transport.listen(clip_choice("stem:rain"))
    audio = play(transport, output, 1_024)
    transport.close()
    np.testing.assert_array_equal(audio[:, EDGE:], parts["stem:rain"][:, 1_000 + EDGE : 2_024])


def test_a_piece_sounds_with_the_channels_that_it_names(output, sources, parts):
    transport = Transport(output.open, clock=output.clock, threaded=False)
    transport.load(clip_program({"clip": Piece(sources["clip"], 1_000, (1, 0))}))
    audio = play(transport, output, 1_024)
    transport.close()
    np.testing.assert_array_equal(audio[::-1, EDGE:], sum(parts.values())[:, 1_000 + EDGE : 2_024])


@pytest.mark.parametrize(("old", "new"), [(44_100, 48_000), (48_000, 44_100), (96_000, 48_000), (44_099, 48_000)])
def test_another_device_rate_is_resampled_piece_by_piece_as_if_at_once(old, new, tmp_path, noise_clip):
    clip = noise_clip(1.5, rate=old)
    write_clip(tmp_path / "clip.wav", clip, "wav32f")
    output = FakeOutput(rate=new)
    transport = Transport(output.open, clock=output.clock, threaded=False)
    transport.load(clip_program({"clip": tmp_path / "clip.wav"}))
    audio = play(transport, output, new, 480)
    transport.close()
    expected = resample(clip.samples, old, new)
    np.testing.assert_allclose(audio[:, 200:new], expected[:, 200:new], atol=2e-5)  # -94 dB: what soxr's ends do


def test_mono_sounds_on_both_sides(output, tmp_path, tone):
    write_clip(tmp_path / "mono.wav", tone(440, 1.0))
    transport = Transport(output.open, clock=output.clock, threaded=False)
    transport.load(clip_program({"clip": tmp_path / "mono.wav"}))
    audio = play(transport, output, 4_096)
    transport.close()
    assert audio.any()
    np.testing.assert_array_equal(audio[0], audio[1])


def test_stop_goes_back_to_where_play_began_and_pause_stays(transport, output):
    transport.seek(0.5)
    settle(transport)
    play(transport, output, 4_800)
    transport.pause()
    transport.work()
    output.run(512)
    settle(transport)
    snapshot = transport.snapshot()
    assert snapshot.state == "paused"
    assert snapshot.position_seconds == pytest.approx(0.6, abs=0.01)
    play(transport, output, 480)
    transport.stop()
    transport.work()
    output.run(512)
    settle(transport)
    snapshot = transport.snapshot()
    assert snapshot.state == "stopped"
    assert snapshot.position_seconds == pytest.approx(0.6, abs=0.01)
    assert output.pull is None


def test_at_its_end_it_stops_and_goes_back(transport, output):
    transport.seek(1.9)
    settle(transport)
    play(transport, output, 9_600)
    snapshot = transport.snapshot()
    assert (snapshot.state, snapshot.position_seconds) == ("stopped", 1.9)


def test_position_and_levels_are_those_at_the_loudspeaker(transport, output):
    output.latency_seconds = 0.1
    play(transport, output, 9_600)
    snapshot = transport.snapshot()
    assert snapshot.position_seconds == pytest.approx(0.1, abs=0.006)
    assert snapshot.levels.peak[0] > 0.2


def test_without_a_clip_nothing_can_be_loaded(transport, sources):
    with pytest.raises(UsageError, match="do not include 'clip'"):
        transport.load(clip_program({"rest": sources["rest"]}))
    with pytest.raises(UsageError, match="'stem'"):
        transport.load(clip_program({"clip": sources["clip"], "stem": sources["rest"]}))


def test_listening_to_what_is_loaded_in_the_same_breath_works(output, sources):
    transport = Transport(output.open, clock=output.clock, threaded=False)
    transport.load(clip_program({"clip": sources["rest"]}))
    settle(transport)
    transport.load(clip_program(sources))
    transport.listen(clip_choice("stem:rain"))
    settle(transport)
    assert transport.snapshot().choice == clip_choice("stem:rain")
    assert transport.messages() == []
    transport.listen(clip_choice("stem:cat"))
    assert "stem:cat" in transport.messages()[0]
    transport.close()


def test_a_device_that_goes_away_leaves_the_position_going(transport, output):
    play(transport, output, 9_600)
    output.on_lost("fake has gone away")
    settle(transport)
    snapshot = transport.snapshot()
    assert snapshot.state == "playing"
    assert "fake has gone away; connect it" in snapshot.silent_reason
    transport.stop()
    settle(transport)


def test_a_device_that_refuses_says_so_and_play_goes_on_silently(transport, output):
    output.refuses = "busy"
    transport.play()
    settle(transport)
    assert "busy" in transport.snapshot().silent_reason
    assert transport.snapshot().state == "playing"


def test_after_a_loss_play_looks_for_the_device_again(transport, output):
    play(transport, output, 480)
    output.on_lost("gone")
    settle(transport)
    transport.stop()
    settle(transport)
    transport._playback.output.stop()
    transport._playback.mixer.render(4_800)
    settle(transport)
    play(transport, output, 480)
    assert transport.snapshot().silent_reason is None
    assert output.starts == 2


def test_a_file_that_is_gone_is_silent_and_the_others_play(transport, output, sources, parts):
    program = clip_program(sources)
    sources["stem:dog"].unlink()
    transport.load(program)
    transport.listen(LANES)
    audio = play(transport, output, 4_096)
    assert "stem dog.wav plays silence from here on" in "".join(transport.messages())
    others = parts["stem:rain"] + parts["rest"]
    np.testing.assert_allclose(audio[:, EDGE:], others[:, EDGE:4_096], atol=1e-6)


def test_a_part_plays_from_its_start_to_its_end_and_goes_back(transport, output, parts):
    transport.seek(1.5)
    transport.play(0.25, 0.5)
    settle(transport)
    audio = output.run(30_000)
    settle(transport)
    assert transport.snapshot().state == "stopped"
    length = 12_000
    expected = sum(parts.values())[:, 12_000:24_000]
    np.testing.assert_array_equal(audio[:, EDGE : length - EDGE], expected[:, EDGE : length - EDGE])
    share = 1 - np.arange(EDGE) / EDGE
    np.testing.assert_allclose(audio[:, length - EDGE : length], expected[:, -EDGE:] * share, atol=1e-6)
    assert not audio[:, length:].any()
    assert transport.snapshot().position_seconds == 0.25


def test_play_after_a_part_plays_to_the_end(transport, output):
    transport.play(0.25, 0.5)
    settle(transport)
    output.run(30_000)
    settle(transport)
    play(transport, output, 24_000)
    assert transport.snapshot().position_seconds == pytest.approx(0.75, abs=0.01)


def test_a_part_of_less_than_its_fades_ends_all_the_same(transport, output):
    transport.play(0.5, 0.501)
    settle(transport)
    output.run(1_000)
    settle(transport)
    assert (transport.snapshot().state, transport.snapshot().position_seconds) == ("stopped", 0.5)


def test_a_file_that_breaks_while_it_plays_falls_silent_and_says_so_once(output, tmp_path, noise_clip):
    write_clip(tmp_path / "clip.wav", noise_clip(10.0), "wav32f")
    transport = Transport(output.open, clock=output.clock, threaded=False, read_ahead_frames=2 * CHUNK_FRAMES)
    transport.load(clip_program({"clip": tmp_path / "clip.wav"}))
    play(transport, output, 4_800)
    os.truncate(tmp_path / "clip.wav", 100_000)
    audio = play(transport, output, 240_000, 4_800)
    assert not audio[:, -48_000:].any()
    messages = transport.messages()
    assert len(messages) == 1
    assert "clip.wav plays silence" in messages[0]
    assert transport.snapshot().state == "playing"
    transport.close()


def test_memory_does_not_grow_with_the_file(output, tmp_path, noise_clip):
    write_clip(tmp_path / "long.wav", noise_clip(60.0), "wav24")
    transport = Transport(output.open, clock=output.clock, threaded=False)
    transport.load(clip_program({"clip": tmp_path / "long.wav"}))
    most = 0
    transport.play()
    settle(transport)
    for _ in range(60):
        output.run(24_000, 4_800)
        settle(transport)
        most = max(most, transport._playback.read_ahead.memory_bytes)
    transport.close()
    assert most < 24 * CHUNK_FRAMES * 2 * 4
