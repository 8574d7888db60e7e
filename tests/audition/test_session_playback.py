"""Sessions on the transport: random ones against a rendering that shares no code, solo and mute, loops, switches."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from fake_output import FakeOutput, settle

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audition import (
    LANES,
    ORIGINAL,
    LaneMix,
    PlacedPiece,
    PlaybackProgram,
    Transport,
    VoiceSpec,
    difference,
    file_pool,
    lane_choice,
    voice_weights,
)
from flowsep_plugin.audition.file_pool import MOST_FILES, FilePool, FileVersion, stamp_of
from flowsep_plugin.audition.voice import Voice, VoiceOutput
from flowsep_plugin.effects import EffectHost
from flowsep_plugin.timeline.gain_curve import GainCurve

RATE = 48_000
EDGE, FADE = 96, 480


def written(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    soundfile.write(path, samples.T, rate, subtype="FLOAT")
    return path


def noise(frames: int, seed: int, channels: int = 2) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (np.round(rng.uniform(-0.2, 0.2, (channels, frames)) * 2**15) / 2**15).astype(np.float32)


def voice_of(*pieces: PlacedPiece, rate: int = RATE, session_rate: int = RATE) -> Voice:
    spec = VoiceSpec(name="v", kind="track", track="t", pieces=pieces)
    stamps = {piece.path: stamp_of(piece.path) for piece in pieces}
    return Voice(spec, stamps, output_of(rate, session_rate, pytest.fail))


def output_of(rate: int, session_rate: int, report) -> VoiceOutput:
    return VoiceOutput(session_rate=session_rate, rate=rate, width=2, pool=FilePool(), host=EffectHost(), report=report)


def rendered(piece: PlacedPiece, frames: int, rate: int = RATE) -> np.ndarray:
    """Return what a piece sounds like over `frames` of a session, in float64, in one go."""
    samples, media_rate = soundfile.read(piece.path, dtype="float64", always_2d=True)
    samples = samples.T if piece.channels is None else samples.T[list(piece.channels)]
    at = np.arange(piece.cut.start, piece.cut.stop)
    window = piece.window or piece.cut
    inside = (at >= max(0, window.start)) & (at < min(samples.shape[1], window.stop))
    cut = np.where(inside, samples[:, np.clip(at, 0, samples.shape[1] - 1)], 0.0)
    cut = cut[:, ::-1] if piece.reverse else cut
    speed = Fraction(media_rate) * piece.play_rate / rate
    if speed != 1:
        pad = 6000 * speed.numerator
        cut = np.pad(cut, ((0, 0), (pad, pad)))
        cut = soxr.resample(cut.T, speed.numerator, speed.denominator, quality="HQ").T[:, 6000 * speed.denominator :]
        cut = np.concatenate([cut, np.zeros((cut.shape[0], frames))], axis=1)
    else:
        cut = np.concatenate([cut, np.zeros((cut.shape[0], frames))], axis=1)
    rendered = np.zeros((2, frames))
    count = max(0, min(piece.place.frames + (200 if speed != 1 else 0), frames - piece.place.start))
    rendered[:, piece.place.start : piece.place.start + count] = (
        cut[:, :count] if cut.shape[0] == 2 else cut[[0, 0], :count]
    )
    if speed == 1:
        rendered[:, piece.place.stop :] = 0
    at = np.arange(frames) - piece.place.start
    level = np.full(frames, piece.gain)
    if piece.fade_in:
        level *= np.clip(at / piece.fade_in, 0, 1)
    if piece.fade_out:
        level *= np.clip((piece.place.frames - at) / piece.fade_out, 0, 1)
    if piece.gain_curve is not None:
        places, gains = zip(*((float(frame), gain) for frame, gain in piece.gain_curve.points), strict=True)
        level *= np.interp(at, places, gains)
    return rendered * level


def random_piece(folder: Path, rng: np.random.Generator, number: int) -> PlacedPiece:
    rate = int(rng.choice([RATE, RATE, 44_100, 96_000, 22_050]))
    channels = int(rng.choice([1, 2]))
    path = written(folder / f"clip {number}.wav", noise(int(1.5 * rate), number, channels), rate)
    play_rate = Fraction(int(rng.choice([4, 4, 3, 5])), 4)
    frames = int(rng.integers(4_000, 30_000))
    start = int(rng.integers(0, 40_000))
    cut = Span(int(rng.integers(0, 2_000)), round(frames * rate * play_rate / RATE), rate)
    curve = None
    if rng.random() < 0.4:
        curve = GainCurve(((Fraction(100), 0.5), (Fraction(frames // 2), 1.2), (Fraction(frames), 0.1)))
    return PlacedPiece(
        path=path, place=Span(start, frames, RATE), cut=cut, gain=float(rng.choice([1.0, 0.5])), gain_curve=curve,
        fade_in=int(rng.choice([0, 500])), fade_out=int(rng.choice([0, 800])), play_rate=play_rate,
        reverse=bool(rng.random() < 0.3), channels=(1, 0) if channels == 2 and rng.random() < 0.3 else None,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_a_random_session_plays_as_it_is_rendered(tmp_path, seed):
    rng = np.random.default_rng(seed)
    tracks = [[random_piece(tmp_path, rng, 10 * t + n) for n in range(4)] for t in range(3)]
    voices = [
        VoiceSpec(name=f"t{number}", kind="track", track=f"t{number}", pieces=tuple(pieces))
        for number, pieces in enumerate(tracks)
    ]
    frames = 72_000
    audio = played(PlaybackProgram(id="s", rate=RATE, frames=frames, voices=tuple(voices)), frames)
    expected = sum(rendered(piece, frames) for pieces in tracks for piece in pieces)
    first = min(piece.place.start for pieces in tracks for piece in pieces)  # the rendering has no tails before a clip
    before = np.zeros(frames, bool)
    for piece in (piece for pieces in tracks for piece in pieces):
        before[max(0, piece.place.start - 400) : piece.place.start] = True
        before[piece.place.stop : piece.place.stop + 400] = True
    before[:EDGE] = True
    assert first >= 0
    np.testing.assert_allclose(audio[:, ~before], expected[:, ~before], atol=2e-5)


def played(program: PlaybackProgram, frames: int, choice: str = LANES, mixes=None, block: int = 1_024) -> np.ndarray:
    output = FakeOutput()
    transport = Transport(output.open, clock=output.clock, threaded=False)
    transport.load(program)
    transport.listen(choice)
    transport.set_mixes(mixes or {})
    transport.play()
    settle(transport)
    parts = []
    for _ in range(-(-frames // block)):
        parts.append(output.run(block, block))
        settle(transport)
    assert transport.messages() == []
    transport.close()
    return np.concatenate(parts, axis=1)[:, :frames]


def separated(
    folder: Path, seed: int, *, rate: int = RATE, residual: bool = True
) -> tuple[PlaybackProgram, PlacedPiece]:
    """A clip of 1 s at frame 9000 whose frames 12000 to 30000 have two stems and a rest, on a track with one more."""
    rng = np.random.default_rng(seed)
    first, length = 12_000 * rate // RATE, 18_000 * rate // RATE
    parts = [noise(length, seed + n) / 3 for n in range(3)]
    whole = noise(rate, seed + 9)
    whole[:, first : first + length] = sum(parts)
    path = written(folder / "whole.wav", whole, rate)
    clip = PlacedPiece(
        path=path, place=Span(9_000, RATE, RATE), cut=Span(0, rate, rate), fade_in=14_000, fade_out=25_000,
        gain=0.8, gain_curve=GainCurve(((Fraction(0), 1.0), (Fraction(20_000), 0.3))) if rng.random() < 0.7 else None,
    )  # fmt: skip
    stems = [
        replace(clip, path=written(folder / f"stem {n}.wav", part, rate), cut=Span(-first, rate, rate),
                window=Span(0, length, rate))
        for n, part in enumerate(parts)
    ]  # fmt: skip
    plain = (
        replace(clip, window=Span(0, first, rate)),
        replace(clip, window=Span(first + length, rate - first - length, rate)),
    )
    covered = replace(clip, window=Span(first, length, rate))
    rest = (stems[2],) if residual else difference(covered, stems[:2])
    voices = (
        VoiceSpec(name="t", kind="original", track="t", pieces=(clip,)),
        VoiceSpec(name="t plain", kind="plain", track="t", pieces=plain),
        VoiceSpec(name="a", kind="lane", track="t", lane="a", pieces=(stems[0],)),
        VoiceSpec(name="b", kind="lane", track="t", lane="b", pieces=(stems[1],)),
        VoiceSpec(name="rest", kind="lane", track="t", lane="rest", pieces=rest),
        VoiceSpec(name="u", kind="track", track="u", pieces=(replace(clip, place=clip.place.moved(3_000)),)),
    )
    return PlaybackProgram(id="s", rate=RATE, frames=66_000, voices=voices), clip


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rate", [RATE, 44_100, 96_000])
@pytest.mark.parametrize("residual", [True, False])
def test_lanes_at_their_defaults_are_the_original(tmp_path, seed, rate, residual):
    program, _ = separated(tmp_path, seed, rate=rate, residual=residual)
    original, lanes = (played(program, program.frames, choice) for choice in (ORIGINAL, LANES))
    np.testing.assert_allclose(lanes, original, atol=3e-7 if rate == RATE else 3e-6)


def test_a_clip_without_effects_at_the_rate_of_the_output_is_exact(tmp_path):
    path = written(tmp_path / "a.wav", samples := noise(RATE, 1))
    piece = PlacedPiece(path=path, place=Span(1_000, RATE, RATE), cut=Span(0, RATE, RATE))
    audio = voice_of(piece).read(0, 60_000)
    np.testing.assert_array_equal(audio[:, 1_000:49_000], samples)
    assert not audio[:, :1_000].any()
    assert not audio[:, 49_000:].any()


@pytest.mark.parametrize("rate", [RATE, 44_100])
def test_a_clip_that_is_split_plays_as_one(tmp_path, rate):
    path = written(tmp_path / "a.wav", noise(rate, 1), rate)
    whole = PlacedPiece(path=path, place=Span(500, RATE, RATE), cut=Span(0, rate, rate))
    at, cut_at = 16_000, 16_000 * rate // RATE
    left = replace(whole, place=Span(500, at, RATE), cut=Span(0, cut_at, rate))
    right = replace(whole, place=Span(500 + at, RATE - at, RATE), cut=Span(cut_at, rate - cut_at, rate))
    one, two = voice_of(whole).read(0, 50_000), voice_of(left, right).read(0, 50_000)
    np.testing.assert_allclose(two, one, atol=1e-6)


@pytest.mark.parametrize(("rate", "play_rate", "reverse"), [
    (44_100, Fraction(1), False), (RATE, Fraction(5, 4), True), (RATE, Fraction(10_000_019, 9_999_991), False),
])  # fmt: skip
def test_blocks_join_as_if_read_at_once(tmp_path, rate, play_rate, reverse):
    path = written(tmp_path / "a.wav", noise(2 * rate, 1), rate)
    cut = Span(300, 30_000, rate)
    frames = round(30_000 * RATE / rate / play_rate)
    piece = PlacedPiece(
        path=path, place=Span(777, frames, RATE), cut=cut, play_rate=play_rate, reverse=reverse, fade_in=900
    )
    voice = voice_of(piece)
    whole = voice.read(0, 40_000)
    blocks = np.concatenate([voice.read(at, at + 1_000) for at in range(0, 40_000, 1_000)], axis=1)
    np.testing.assert_allclose(blocks, whole, atol=2e-6)
    assert whole[:, 2_000:20_000].any()


def test_a_session_at_another_rate_than_the_device_keeps_its_places(tmp_path):
    path = written(tmp_path / "a.wav", noise(44_100, 1), 44_100)
    piece = PlacedPiece(path=path, place=Span(22_050, 44_100, 44_100), cut=Span(0, 44_100, 44_100), fade_in=4_410)
    audio = voice_of(piece, rate=RATE, session_rate=44_100).read(0, 80_000)
    expected = soxr.resample(soundfile.read(path)[0], 44_100, RATE, quality="HQ").T
    fade = np.clip(np.arange(RATE) / 4_800, 0, 1)
    np.testing.assert_allclose(audio[:, 24_000 : 24_000 + RATE - 200], (expected * fade)[:, : RATE - 200], atol=2e-5)


def test_crossfading_clips_of_equal_sound_keep_their_level(tmp_path):
    path = written(tmp_path / "a.wav", np.full((2, RATE), 0.5, np.float32))
    left = PlacedPiece(path=path, place=Span(0, 20_000, RATE), cut=Span(0, 20_000, RATE), fade_out=5_000)
    right = PlacedPiece(path=path, place=Span(15_000, 20_000, RATE), cut=Span(0, 20_000, RATE), fade_in=5_000)
    np.testing.assert_allclose(voice_of(left, right).read(0, 35_000), 0.5, atol=1e-6)


def matrix_voices() -> tuple[VoiceSpec, ...]:
    kinds = {"t": "original", "t plain": "plain", "a": "lane", "b": "lane", "d": "draft", "x": "silent", "u": "track"}
    return tuple(
        VoiceSpec(name=name, kind=kind, track="u" if name == "u" else "t", lane=name if name in set("abdx") else "")
        for name, kind in kinds.items()
    )  # fmt: skip


ON, OFF = LaneMix(solo=True), LaneMix(mute=True)


@pytest.mark.parametrize(("mixes", "expected"), [
    ({}, "t plain,a,b,u"),
    ({"a": ON}, "a"),
    ({"a": ON, "b": ON}, "a,b"),
    ({"track t": ON}, "t plain,a,b"),
    ({"track u": ON}, "u"),
    ({"track t": ON, "a": ON}, "t plain,a,b"),
    ({"track u": ON, "a": ON}, "a,u"),
    ({"a": OFF}, "t plain,b,u"),
    ({"track t": OFF}, "u"),
    ({"track t": OFF, "a": ON}, ""),
    ({"a": LaneMix(solo=True, mute=True)}, ""),
    ({"d": ON}, "d"),
    ({"d": ON, "a": ON}, "a,d"),
    ({"x": ON}, "x"),
    ({"d": OFF}, "t plain,a,b,u"),
    ({"track u": LaneMix(solo=True, mute=True)}, ""),
])  # fmt: skip
def test_solo_and_mute_of_tracks_and_lanes(mixes, expected):
    by_key = {key.removeprefix("track "): mix for key, mix in mixes.items()}
    weights = voice_weights(LANES, matrix_voices(), by_key)
    assert ",".join(weights) == expected
    assert voice_weights(ORIGINAL, matrix_voices(), by_key) == {"t": 1.0, "u": 1.0}


def test_gains_of_track_and_lane_multiply_and_a_lane_alone_ignores_solo_and_mute():
    mixes = {"t": LaneMix(gain_db=-6.0), "a": LaneMix(gain_db=-6.0, mute=True), "b": ON}
    assert voice_weights(lane_choice("a"), matrix_voices(), mixes) == {"a": pytest.approx(10 ** (-12 / 20))}
    assert voice_weights(LANES, matrix_voices(), mixes) == {"b": pytest.approx(10 ** (-6 / 20))}
    assert voice_weights(lane_choice("d"), matrix_voices(), mixes) == {"d": pytest.approx(10 ** (-6 / 20))}


def test_a_loop_across_the_edges_of_clips_is_gapless(tmp_path):
    program, clip = separated(tmp_path, 3)
    whole = played(program, program.frames)
    start, stop = clip.place.start - 2_000, clip.place.start + 3_001
    output = FakeOutput()
    transport = Transport(output.open, clock=output.clock, threaded=False)
    transport.load(program)
    transport.seek(start / RATE)
    transport.set_loop(start / RATE, stop / RATE)
    transport.play()
    settle(transport)
    parts = []
    for _ in range(20):
        parts.append(output.run(1_024, 256))
        settle(transport)
    transport.close()
    audio = np.concatenate(parts, axis=1)
    expected = np.tile(whole[:, start:stop], 5)[:, : audio.shape[1]]
    np.testing.assert_allclose(audio[:, EDGE:], expected[:, EDGE:], atol=1e-6)


def test_switching_between_original_lanes_and_a_lane_keeps_the_place(tmp_path):
    program, _ = separated(tmp_path, 3)
    sounds = {choice: played(program, program.frames, choice) for choice in (ORIGINAL, LANES, lane_choice("a"))}
    output = FakeOutput()
    transport = Transport(output.open, clock=output.clock, threaded=False)
    transport.load(program)
    at = 24_000
    transport.seek(at / RATE)
    transport.play()
    settle(transport)
    at += output.run(1_024).shape[1]
    for choice in (ORIGINAL, lane_choice("a"), LANES, lane_choice("a")):
        transport.listen(choice)
        audio = output.run(2_048)
        settle(transport)
        np.testing.assert_allclose(audio[:, FADE:], sounds[choice][:, at + FADE : at + 2_048], atol=1e-6)
        at += 2_048
    transport.close()


def test_a_finished_job_changes_the_lanes_and_playback_goes_on(tmp_path):
    program, clip = separated(tmp_path, 3)
    before = PlaybackProgram(id="s", rate=RATE, frames=66_000, voices=(
        VoiceSpec(name="t", kind="track", track="t", pieces=(clip,)), program.voices[-1],
    ))  # fmt: skip
    whole = played(before, before.frames)
    output = FakeOutput()
    transport = Transport(output.open, clock=output.clock, threaded=False)
    transport.load(before)
    transport.play()
    settle(transport)
    opened = dict(transport._playback.loaded.keys)
    first = output.run(20_480)
    transport.load(program)
    settle(transport)
    second = output.run(20_480)
    settle(transport)
    assert transport._playback.loaded.keys["u"] == opened["u"]
    assert transport.snapshot().state == "playing"
    transport.close()
    audio = np.concatenate([first, second], axis=1)
    np.testing.assert_allclose(audio[:, EDGE:], whole[:, EDGE:40_960], atol=1e-6)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system does not list open files")
def test_a_session_of_hundreds_of_files_keeps_few_open(tmp_path):
    pieces = []
    for number in range(MOST_FILES + 50):
        path = written(tmp_path / f"{number}.wav", noise(300, number))
        cut = Span(0, 300, RATE)
        pieces.append(PlacedPiece(path=path, place=Span(300 * number, 300, RATE), cut=cut))
    voices = (VoiceSpec(name="t", kind="track", track="t", pieces=tuple(pieces)),)
    before = len(list(Path("/proc/self/fd").iterdir()))
    transport = Transport(FakeOutput().open, threaded=False)
    transport.load(PlaybackProgram(id="s", rate=RATE, frames=300 * len(pieces), voices=voices))
    settle(transport)
    assert len(list(Path("/proc/self/fd").iterdir())) - before <= MOST_FILES + 4
    assert transport._playback.loaded["t"].read(0, 300 * len(pieces)).any(axis=0).mean() > 0.99
    transport.close()
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 2


def test_one_file_too_many_does_not_open_every_file_in_every_turn(tmp_path, monkeypatch):
    pool, opened = FilePool(20), []
    open_media = file_pool.open_media
    monkeypatch.setattr(file_pool, "open_media", lambda path, stream=None: opened.append(path) or open_media(path))
    versions = [FileVersion(written(tmp_path / f"{n}.wav", noise(10, n)), (0, 0, 0)) for n in range(21)]
    for _ in range(10):
        for version in versions:
            pool.open(version)
    pool.close_unused()
    assert len(opened) < 80


def test_few_files_are_open_at_a_time(tmp_path):
    pool = FilePool(4)
    paths = [written(tmp_path / f"{n}.wav", noise(100, n)) for n in range(9)]
    for path in paths:
        version = FileVersion(path, stamp_of(path))
        assert pool.read(version, (0, 100), rate=RATE, channels=None).any()
        assert len(pool) <= 4
    pool.close_unused()
    assert len(pool) == 0


def test_a_file_of_another_rate_by_now_is_silent_with_the_reason(tmp_path):
    path = written(tmp_path / "a.wav", noise(1_000, 1), 44_100)
    piece = PlacedPiece(path=path, place=Span(0, 1_000, RATE), cut=Span(0, 1_000, RATE))
    messages: list[str] = []
    spec = VoiceSpec(name="v", kind="track", track="t", pieces=(piece,))
    voice = Voice(spec, {path: stamp_of(path)}, output_of(RATE, RATE, messages.append))
    assert not voice.read(0, 1_000).any()
    assert not voice.read(0, 1_000).any()
    assert messages == [
        "a.wav plays silence from here on: a.wav has 44100 Hz now, and 48000 Hz in the session; open the session again"
    ]


def test_memory_does_not_grow_with_the_number_of_clips(tmp_path):
    path = written(tmp_path / "a.wav", noise(20 * RATE, 1))
    pieces = [
        PlacedPiece(path=path, place=Span(n * 9_000, 9_000, RATE), cut=Span(n * 9_000, 9_000, RATE)) for n in range(100)
    ]
    voices = tuple(VoiceSpec(name=f"{n}", kind="track", track=f"{n}", pieces=tuple(pieces)) for n in range(150))
    output = FakeOutput()
    transport = Transport(output.open, clock=output.clock, threaded=False)
    transport.load(PlaybackProgram(id="s", rate=RATE, frames=20 * RATE, voices=voices))
    transport.play()
    settle(transport)
    output.run(4_096)
    assert transport._playback.read_ahead.memory_bytes < 150 << 20
    transport.close()


def test_loudness_is_measured_over_the_focus_alone(tmp_path):
    loud, soft = noise(4 * RATE, 1), noise(4 * RATE, 2)
    loud[:, : 2 * RATE] *= 0.01
    soft *= 0.1
    whole, stem = written(tmp_path / "a.wav", loud + soft), written(tmp_path / "b.wav", soft)
    cut = Span(0, 4 * RATE, RATE)
    clip = PlacedPiece(path=whole, place=cut, cut=cut)
    voices = (
        VoiceSpec(name="t", kind="original", track="t", pieces=(clip,)),
        VoiceSpec(name="a", kind="lane", track="t", lane="a", pieces=(replace(clip, path=stem),)),
    )
    gains = []
    for focus in (Span(0, 2 * RATE, RATE), Span(2 * RATE, 2 * RATE, RATE)):
        transport = Transport(FakeOutput().open, threaded=False)
        transport.load(PlaybackProgram(id="s", rate=RATE, frames=4 * RATE, voices=voices, focus=focus))
        transport.set_loudness_match(True)
        transport.listen(lane_choice("a"))
        settle(transport)
        gains.append(transport.snapshot().matched_db)
        transport.close()
    assert gains[0] == pytest.approx(0.0, abs=0.2)
    assert gains[1] == pytest.approx(20.0, abs=1.0)
