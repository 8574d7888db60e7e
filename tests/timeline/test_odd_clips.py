"""Odd clips of real sessions: empty, past their file's end, before the session's start, at another rate."""

import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import aaf2
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from session_makers import clip_essence, media_pool, tempo_maps
from test_formats import session_path

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import FlowsepError, SessionError
from flowsep_plugin.hosts.session import SessionRequest, separate_session
from flowsep_plugin.jobs.batch.runners import LocalRunner
from flowsep_plugin.media import open_media, write_clip
from flowsep_plugin.timeline import (
    SESSION_FORMATS,
    Capabilities,
    ClipRef,
    Media,
    SessionFormat,
    Tempo,
    TempoMap,
    Timeline,
    Track,
    parse_position,
    parse_range,
    parse_rate,
    read_session,
    save_session,
)
from flowsep_plugin.timeline.exports.midi_import import read_midi_markers, read_midi_tempo
from flowsep_plugin.timeline.exports.midi_tempo import write_midi_tempo
from flowsep_plugin.timeline.media import probe_media
from flowsep_plugin.timeline.names import file_name
from flowsep_plugin.timeline.position import bars_text, timecode_text

RATE = 48_000
every_format = pytest.mark.parametrize("form", SESSION_FORMATS, ids=lambda form: form.name)
ODD = {
    "empty": {"cut": Span(10, 0, RATE), "place": Span(100, 0, RATE)},
    "past its end": {"cut": Span(7 * RATE, 2 * RATE, RATE), "place": Span(100, 2 * RATE, RATE)},
    "before its start": {"cut": Span(-1000, 2 * RATE, RATE), "place": Span(100, 2 * RATE, RATE)},
    "before the session": {"place": Span(-RATE, 100, RATE)},
    "silent": {"gain": 0.0},
    "fades that overlap": {"fade_in": 80, "fade_out": 80},
    "years away": {"place": Span(10**11, 100, RATE)},
    "no file": {"media": None},
    "a channel too many": {"channels": (5,)},
}


@pytest.fixture
def media(tmp_path: Path) -> Media:
    return media_pool(tmp_path / "interchange" / "song" / "audiofiles", 8)[RATE]


def refusal(action: Callable[[], object]) -> str | None:
    """Return the text of the FlowsepError that `action` raises, or None where it succeeds."""
    try:
        action()
    except FlowsepError as error:
        return str(error)
    return None


@every_format
@pytest.mark.parametrize("odd", ODD)
def test_an_odd_clip_is_read_back_unchanged_or_refused_by_name(
    form: SessionFormat, odd: str, media: Media, tmp_path: Path
) -> None:
    clip = replace(ClipRef("c", "odd one", media, Span(10, 100, RATE), Span(7, 100, RATE)), **ODD[odd])  # type: ignore[arg-type]
    path = session_path(form, tmp_path)
    message = refusal(lambda: save_session(Timeline("song", RATE, (Track("t", "Drums", (clip,), 2),)), path))
    if message is not None:
        assert "odd one" in message
        assert not path.exists()
        return
    (result,) = (c for _, c in read_session(path).clips())
    assert clip_essence(result) == clip_essence(clip)


@pytest.mark.parametrize(
    "wrong", [{"gain": float("nan")}, {"gain": float("inf")}, {"play_rate": Fraction(0)}, {"fade_in": -1},
              {"channels": ()}, {"channels": (-1,)}],
)  # fmt: skip
def test_invalid_numbers_are_refused(wrong: dict[str, object], media: Media) -> None:
    with pytest.raises(ValueError, match="odd one"):
        ClipRef("c", "odd one", media, Span(0, 9, RATE), Span(0, 9, RATE), **wrong)  # type: ignore[arg-type]


def test_a_channel_that_the_file_lacks_is_an_obstacle(media: Media) -> None:
    clip = ClipRef("c", "x", media, Span(0, 9, RATE), Span(0, 9, RATE), channels=(5,))
    assert clip.why_not() == "plays channel 6 of a file that has 2"


@pytest.mark.parametrize(
    ("cut", "rate"),
    [(Span(-4800, 24_000, RATE), RATE), (Span(90_000, 24_000, RATE), RATE), (Span(-9600, 400_000, 96_000), 96_000)],
    ids=["before its start", "past its end", "both, at 96 kHz in a 48 kHz session"],
)
def test_stems_of_a_clip_past_the_ends_of_its_file_sum_to_the_clip(cut: Span, rate: int, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(-(2**22), 2**22, (2, 2 * rate)).astype(np.float32) / 2**23
    write_clip(tmp_path / "take.wav", AudioClip(noise[:, : 2 * rate], rate))
    place = Span(RATE, cut.frames * RATE // rate, RATE)
    clip = ClipRef("c", "hangs", probe_media(tmp_path / "take.wav"), cut, place)
    path = tmp_path / "song.rpp"
    save_session(Timeline("song", RATE, (Track("t", "Drums", (clip,), 2),)), path)
    request = SessionRequest(Request(["everything"]), model="echo")
    result = separate_session(read_session(path), path, request, LocalRunner(tmp_path / "FlowSep"))
    save_session(result.timeline, path)
    source, stem, residual = (track.clips[0] for track in read_session(path).tracks)
    assert stem.place == residual.place == source.place
    assert np.abs(samples_of(source) - samples_of(stem) - samples_of(residual)).max() <= 2**-23


def samples_of(clip: ClipRef) -> np.ndarray:
    assert clip.media is not None
    with open_media(clip.media.path) as source:
        return source.read(clip.cut.start, clip.cut.stop)


@given(st.data(), st.fractions(-400, 400, max_denominator=48_000))
@settings(max_examples=60)
def test_pre_roll_converts_at_the_first_tempo_in_both_directions(data: st.DataObject, at: Fraction) -> None:
    first = data.draw(st.booleans())
    tempo = data.draw(tempo_maps(RATE, Capabilities(ramps=True)))
    if first and len(tempo.tempos) > 1:
        tempo = TempoMap((replace(tempo.tempos[0], ramp=True), *tempo.tempos[1:]), tempo.signatures[:1])
    assert abs(tempo.seconds(tempo.quarters(at)) - at) < Fraction(1, 10**9)
    if at < 0:
        assert tempo.quarters(at) == at * tempo.tempos[0].bpm / 60


RAMP = TempoMap((Tempo(Fraction(0), Fraction(60), ramp=True), Tempo(Fraction(10), Fraction(120))))
SONG = Timeline("song", RATE, tempo=RAMP, origin=3600 * RATE, frame_rate=parse_rate("29.97df"))


@pytest.mark.parametrize(
    ("text", "frame"),
    [("-1.5s", -72_000), ("-48000", -48_000), ("-1:00", -2_880_000), ("0|4", -48_000), ("-1|1", -384_000),
     ("4|4", 480_000), ("5|1", 504_000), ("00:59:59;28", None)],
)  # fmt: skip
def test_positions_in_pre_roll_and_ramps_are_parsed(text: str, frame: int | None) -> None:
    position = parse_position(text, SONG)
    assert position == frame if frame is not None else -48_000 * 2 < position < 0
    if "|" in text:
        assert parse_position(bars_text(position, SONG), SONG) == position


def test_a_range_in_pre_roll_is_parsed() -> None:
    assert parse_range("-1s", "0|4", Timeline("x", RATE)).frames == 24_000


@given(st.integers(-10 * RATE, 600 * RATE))
def test_a_timecode_is_parsed_back_to_within_one_picture(frame: int) -> None:
    text = timecode_text(frame, SONG)
    assert text is not None
    back = parse_position(text, SONG)
    assert 0 <= frame - back <= RATE * 1001 / 30_000


NAMES = {
    "CON": "_CON", "nul.wav": "_nul.wav", "console": "console", "..": "_", "🎹" * 80: "🎹" * 45, "a/b\\c:d": "a_b_c_d",
}  # fmt: skip


@pytest.mark.parametrize(("text", "name"), list(NAMES.items()))
def test_file_names_are_valid_on_every_system(text: str, name: str) -> None:
    assert file_name(text) == name


@given(st.text(max_size=300))
def test_no_name_is_too_long_for_a_file(text: str) -> None:
    name = file_name(text)
    assert name
    assert len(name.encode("utf-8")) <= 181


@given(seed=st.integers(0, 2**32))
@example(seed=0)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_a_damaged_midi_file_is_refused_or_read(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    tempo = TempoMap((Tempo(Fraction(0), Fraction(120)), Tempo(Fraction(3), Fraction(93))))
    write_midi_tempo(tempo, tmp_path / "a.mid")
    whole = bytearray((tmp_path / "a.mid").read_bytes())
    for _ in range(rng.randint(1, 4)):
        whole[rng.randrange(len(whole))] = rng.choice([0, 255, rng.randrange(256)])
    (tmp_path / "b.mid").write_bytes(whole[: rng.choice([len(whole), rng.randrange(len(whole))])])
    for read in (lambda: read_midi_tempo(tmp_path / "b.mid"), lambda: read_midi_markers(tmp_path / "b.mid", RATE)):
        assert "b.mid" in (refusal(read) or "b.mid")


def test_a_midi_tempo_of_zero_is_refused(tmp_path: Path) -> None:
    write_midi_tempo(TempoMap(), tmp_path / "a.mid")
    data = (tmp_path / "a.mid").read_bytes().replace(b"\x07\xa1\x20", b"\x00\x00\x00")
    (tmp_path / "a.mid").write_bytes(data)
    with pytest.raises(SessionError, match="0 microseconds a quarter"):
        read_midi_tempo(tmp_path / "a.mid")


@pytest.mark.parametrize("rate", [44_100, 96_000])
def test_an_aaf_with_a_picture_edit_rate_has_the_rate_of_its_files(rate: int, tmp_path: Path) -> None:
    write_clip(tmp_path / "take.wav", AudioClip(np.zeros((1, rate), np.float32), rate))
    clip = ClipRef("c", "x", probe_media(tmp_path / "take.wav"), Span(0, rate, rate), Span(0, rate, rate))
    save_session(Timeline("song", rate, (Track("t", "x", (clip,), 1),)), tmp_path / "song.aaf", embed=True)
    with aaf2.open(str(tmp_path / "song.aaf"), "rw") as file:
        mob = next(file.content.toplevel())
        for slot in mob.slots:
            if slot.media_kind == "Sound":
                slot["EditRate"].value = 25
                for part in slot.segment.components:
                    part.length = 25
    song = read_session(tmp_path / "song.aaf")
    assert song.rate == rate
    assert song.tracks[0].clips[0].place == Span(0, rate, rate)


def test_a_changed_file_is_probed_again(tmp_path: Path) -> None:
    path = tmp_path / "take.wav"
    assert probe_media(path).frames is None
    for rate in (44_100, 48_000, 96_000):
        write_clip(path, AudioClip(np.zeros((1, 100), np.float32), rate))
        assert probe_media(path) == Media(path, rate, 1, 100)
    path.write_bytes(path.read_bytes()[:20])
    assert probe_media(path) == Media(path)
    path.unlink()
    assert probe_media(path) == Media(path)
