"""Sessions of DAWs: read, every clip asked why it cannot be separated, a stem placed as a dry run; and MIDI files."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from fuzzing.harness import Harness, Seed

_AUDIO = "interchange/song/audiofiles"
_RATE, _NOON = 48_000, 1_700_000_000


def read(folder: Path) -> None:
    """Read the session of the folder, look at all of it, and place a stem without writing."""
    from flowsep_plugin.timeline import StemPlacement, dry_run, place_stem, read_session

    (path,) = (path for path in folder.iterdir() if path.is_file())
    song = read_session(path)
    clips = [clip for _, clip in song.clips()]
    for clip in clips[:100]:
        clip.why_not()
    for tempo in song.tempo.tempos[:20]:
        song.tempo.seconds(song.tempo.quarters(tempo.at) + 1)
    media = next((clip.media for clip in clips if clip.media is not None and clip.media.is_online), None)
    if media is not None and media.member is None:
        dry_run(place_stem(song, StemPlacement(clips[0].id, "piano", media, clips[0].cut)), path)


def _seeds(format_name: str, folder: Path) -> Sequence[Seed]:
    from flowsep_plugin.timeline import SESSION_FORMATS, save_session

    form = next(form for form in SESSION_FORMATS if form.name == format_name)
    seeds = []
    for suffix in form.suffixes:
        path = folder / f"song{suffix}"
        for song, kind in ((_plain(form, folder), "plain"), (_rich(form, folder), "rich")):
            path.unlink(missing_ok=True)
            save_session(song, path, embed=suffix == ".otioz")
            seeds.append(_seed(f"{kind} {suffix}", path, folder))
        if suffix != ".otioz" and form.can_embed(path):
            path.unlink()
            save_session(song, path, embed=True)
            seeds.append(_seed(f"embedded {suffix}", path, folder))
        path.unlink()
    return seeds


def _seed(name: str, path: Path, folder: Path) -> Seed:
    files = {one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()}
    return Seed(name=name, files=files, targets=(path.name,))


def _media(folder: Path) -> Any:
    from session_makers import sparse_wave

    (folder / _AUDIO).mkdir(parents=True, exist_ok=True)
    media = sparse_wave(folder / _AUDIO / "täke 'one' & two.wav", _RATE, _RATE // 8)
    os.utime(media.path, (_NOON, _NOON))  # zip files have the times of their members
    return media


def _plain(form: Any, folder: Path) -> Any:
    """Return two clips on a track."""
    from session_makers import fitted

    from flowsep_plugin.audio.span import Span
    from flowsep_plugin.timeline import ClipRef, Timeline, Track

    media = _media(folder)
    spans = (Span(0, 3840, _RATE), Span(1920, 3840, _RATE))
    clips = tuple(
        ClipRef(f"clip {number}", f"Clip {number}", media, span, Span(48_000 * number, 3840, _RATE))
        for number, span in enumerate(spans)
    )
    return fitted(Timeline("song", _RATE, (Track("track 1", "Voice", clips, 2),)), form.capabilities)


def _rich(form: Any, folder: Path) -> Any:
    """Return a session with what the format can hold: fades, gains that move, tempos, markers, odd names."""
    import random
    from dataclasses import replace
    from fractions import Fraction

    from session_makers import crowd, fitted

    from flowsep_plugin.audio.span import Span
    from flowsep_plugin.timeline import Marker, Tempo, TempoMap, TimeSignature
    from flowsep_plugin.timeline.gain_curve import GainCurve

    able, media = form.capabilities, _media(folder)
    song = crowd(_plain(form, folder), {_RATE: media}, able, 4, random.Random(3))
    if able.gain_curves:
        track = song.tracks[0]
        curve = GainCurve(((Fraction(0), 0.5), (Fraction(1000), 1.5), (Fraction(3840), 1.0)))
        clips = (replace(track.clips[0], gain_curve=curve), *track.clips[1:])
        song = replace(song, tracks=(replace(track, clips=clips), *song.tracks[1:]))
    if able.tempo:
        tempos = (Tempo(Fraction(0), Fraction(120)), Tempo(Fraction(2), Fraction(90)))
        song = replace(song, tempo=TempoMap(tempos, (TimeSignature(Fraction(0), 3, 4),)))
    if able.markers:
        song = replace(song, markers=(Marker("one", Span(48_000, 0, _RATE)), *(
            [Marker("part", Span(0, 48_000, _RATE))] if able.regions else []
        )))  # fmt: skip
    return fitted(replace(song, origin=3600 * _RATE if able.origin else 0), able)


def read_midi(folder: Path) -> None:
    """Read tempo map and markers of the MIDI file in the folder."""
    from flowsep_plugin.timeline.exports.midi_import import read_midi_markers, read_midi_tempo

    (path,) = folder.iterdir()
    read_midi_tempo(path)
    read_midi_markers(path, _RATE)


def _midis(folder: Path) -> Sequence[Seed]:
    from fractions import Fraction

    import mido

    from flowsep_plugin.audio.span import Span
    from flowsep_plugin.timeline import Marker, Tempo, TempoMap, TimeSignature
    from flowsep_plugin.timeline.exports.midi_tempo import write_midi_tempo

    path = folder / "song.mid"
    tempos = tuple(Tempo(Fraction(at), Fraction(bpm)) for at, bpm in ((0, 120), (2, 90), (7, 133)))
    tempo = TempoMap(tempos, (TimeSignature(Fraction(0), 3, 4),))
    write_midi_tempo(tempo, path, (Marker("one é", Span(48_000, 0, _RATE)),))
    seeds = [Seed(name="tempo", files={path.name: path.read_bytes()})]
    notes = mido.MidiFile(type=1, ticks_per_beat=96)
    messages = (mido.MetaMessage("key_signature", key="Eb"), mido.Message("note_on", note=60),
                mido.Message("sysex", data=(1, 2, 3)), mido.MetaMessage("end_of_track"))  # fmt: skip
    notes.tracks.append(mido.MidiTrack(messages))
    notes.save(path)
    return [*seeds, Seed(name="notes", files={path.name: path.read_bytes()})]


def _start_helper() -> None:
    """Have a process for reading sessions wait, as it does while flowsep runs."""
    from flowsep_plugin.untrusted.isolated import start_helper

    start_helper()


def _harness(name: str, format_name: str, *, weight: int = 4, seconds: float = 6.0) -> Harness:
    seeds = partial(_seeds, format_name)
    return Harness(name=name, seeds=seeds, read=read, weight=weight, seconds=seconds, before=_start_helper)


HARNESSES = (
    _harness("rpp", "REAPER"),
    _harness("ardour", "Ardour"),
    _harness("dawproject", "DAWproject"),
    _harness("aaf", "AAF", weight=2, seconds=15.0),
    _harness("otio", "OTIO"),
    _harness("edl", "EDL"),
    _harness("fcpxml", "FCPXML"),
    _harness("csv", "stem list"),
    Harness(name="midi", seeds=_midis, read=read_midi, weight=4, before=_start_helper),
)
