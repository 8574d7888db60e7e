"""Sessions that are damaged or built to do harm: one clear error in little time and memory, the program goes on."""

import os
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from session_makers import fitted, sparse_wave

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import Cancelled, SessionError, UsageError
from flowsep_plugin.timeline import (
    SESSION_FORMATS,
    ClipRef,
    Media,
    SessionFormat,
    StemPlacement,
    Tempo,
    TempoMap,
    Timeline,
    Track,
    dry_run,
    place_stem,
    read_session,
    save_session,
)
from flowsep_plugin.timeline.exports.midi_import import read_midi_markers, read_midi_tempo
from flowsep_plugin.timeline.exports.tempo_steps import MOST_STEPS, stepped
from flowsep_plugin.timeline.formats import isolation
from flowsep_plugin.timeline.formats.otio.content import load
from flowsep_plugin.timeline.media_finder import MediaFinder
from flowsep_plugin.untrusted.isolated import IsolatedError, cancelled_by

_RATE = 48_000
_LONG = "n" * 300 + ".wav"


def session(form: str, folder: Path, name: str = "take.wav") -> Path:
    """Save a session with one clip; returns its path."""
    row = next(one for one in SESSION_FORMATS if one.name == form)
    sounds = folder / "interchange" / "song" / "audiofiles"  # where Ardour needs them
    sounds.mkdir(parents=True)
    media = sparse_wave(sounds / "take.wav", _RATE, _RATE)
    clip = ClipRef("clip 1", "Take", Media(sounds / name, _RATE, media.channels, _RATE),
                   Span(0, 4800, _RATE), Span(0, 4800, _RATE))  # fmt: skip
    path = folder / f"song{row.suffixes[0]}"
    save_session(fitted(Timeline("song", _RATE, (Track("track 1", "Voice", (clip,), 2),)), row.capabilities), path)
    return path


@pytest.fixture
def quick() -> Callable[[float], None]:
    """A check that no more than so many seconds have passed; they are many, for machines that are busy."""
    start = time.monotonic()

    def check(seconds: float) -> None:
        assert time.monotonic() - start < seconds

    return check


def test_an_aaf_whose_header_counts_more_sectors_than_it_has_is_refused(
    tmp_path: Path, quick: Callable[[float], None]
) -> None:
    path = session("AAF", tmp_path)
    content = bytearray(path.read_bytes())
    struct.pack_into("<II", content, 68, 0, 0x7FFF_FFFF)
    path.write_bytes(content)
    with pytest.raises(SessionError, match="more sectors than it has"):
        read_session(path)
    quick(15)


def test_a_reader_that_hangs_is_ended(tmp_path: Path, quick: Callable[[float], None]) -> None:
    path = session("AAF", tmp_path)
    with pytest.raises(IsolatedError, match=r"^did not finish within"):
        isolation.isolated_call("time", "sleep", 60, seconds=0.5)
    assert read_session(path).tracks
    quick(30)


def test_reading_can_be_cancelled(tmp_path: Path, quick: Callable[[float], None]) -> None:
    path = session("OTIO", tmp_path)
    with pytest.raises(Cancelled), cancelled_by(lambda: True):
        isolation.isolated_call("time", "sleep", 60, seconds=60)
    with cancelled_by(lambda: False):
        assert read_session(path, MediaFinder()).tracks
    quick(60)


def test_an_otio_file_without_one_brace_is_refused_before_its_library_crashes(tmp_path: Path) -> None:
    path = session("OTIO", tmp_path)
    lines = path.read_text().splitlines()
    edge = next(number for number, line in enumerate(lines) if '"source_range": {' in line)
    brace = next(number for number in range(edge, len(lines)) if lines[number].strip() == "}")
    path.write_text("\n".join(lines[:brace] + lines[brace + 1 :]))
    with pytest.raises(SessionError, match="is damaged"):
        read_session(path)
    with pytest.raises(SessionError, match="is damaged"):
        load(path.read_text())


@pytest.mark.parametrize("length", [0xFFF_FFFF, 0x7FF_FFFF])
def test_a_midi_file_with_a_lying_length_is_refused(length: int, tmp_path: Path) -> None:
    path = tmp_path / "song.mid"
    number = bytes(0x80 | length >> shift & 0x7F for shift in (21, 14, 7)) + bytes([length & 0x7F])
    events = b"\0\xff\x7f" + number + bytes(60)
    path.write_bytes(b"MThd" + struct.pack(">IHHH", 6, 1, 1, 960) + b"MTrk" + struct.pack(">I", len(events)) + events)
    for read in (read_midi_tempo, lambda path: read_midi_markers(path, _RATE)):
        with pytest.raises(SessionError, match="no MIDI file that can be read"):
            read(path)


@pytest.mark.parametrize("form", [form.name for form in SESSION_FORMATS])
@pytest.mark.parametrize("name", [_LONG, "caf\udce9.wav", "a\ud800.wav"])
def test_a_clip_whose_file_has_an_impossible_name_says_so(form: str, name: str, tmp_path: Path) -> None:
    try:
        path = session(form, tmp_path, name)
    except (SessionError, UsageError) as error:
        refusal = str(error)
    else:
        refusal = ""
    if refusal:
        assert not name.isascii()
        assert "is not text" in refusal
        return
    (clip,) = [clip for _, clip in read_session(path).clips()]
    assert (clip.why_not() or "").startswith(("offline: ", "leads to no"))
    (clip.why_not() or "").encode()
    finder = MediaFinder([tmp_path])
    assert [clip.why_not() for _, clip in read_session(path, finder).clips()]


@pytest.mark.parametrize("name", [_LONG, "nul\0.wav", "a\ud800.wav", "take.wav/below", "."])
def test_a_medium_that_no_file_can_be_says_why(name: str, tmp_path: Path) -> None:
    (tmp_path / "take.wav").touch()
    media = Media(tmp_path / name)
    assert not media.is_online
    clip = ClipRef("clip 1", "Take", media, Span(0, 1, _RATE), Span(0, 1, _RATE))
    assert media.why_offline is not None
    assert (clip.why_not() or "").endswith(media.why_offline)


def test_a_nul_in_a_csv_is_no_crash(tmp_path: Path) -> None:
    path = session("stem list", tmp_path)
    path.write_bytes(path.read_bytes().replace(b"take.wav", b"ta\0ke.wav"))
    try:
        clips = [clip for _, clip in read_session(path).clips()]
    except SessionError:
        return
    assert all("no file can have" in (clip.why_not() or "") for clip in clips)


@pytest.mark.parametrize("form", ["Ardour", "FCPXML"])
def test_an_xml_of_many_tags_is_refused(form: str, tmp_path: Path) -> None:
    path = session(form, tmp_path)
    path.write_bytes(path.read_bytes() + b"<a/>" * 4_000_001)
    with pytest.raises(SessionError, match="more tags than any session"):
        read_session(path)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = session("DAWproject", tmp_path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content if name != "project.xml" else content + b" " * (129 << 20))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(SessionError, match="would take 129 MiB"):
        read_session(path)


@pytest.mark.parametrize("number", ["1e400", "-1e308", "9" * 5000, "nan"])
@pytest.mark.parametrize("form", ["stem list", "REAPER", "EDL", "Ardour"])
def test_numbers_that_no_session_needs_are_refused(form: str, number: str, tmp_path: Path) -> None:
    path = session(form, tmp_path)
    text = path.read_text("utf-8")
    old = {"stem list": ",4800,48000", "REAPER": "POSITION 0", "EDL": "00:00:00:00", "Ardour": 'length="'}[form]
    new = {"stem list": f",4800,{number}", "REAPER": f"POSITION {number}", "EDL": number, "Ardour": f'length="{number}'}
    assert old in text
    path.write_text(text.replace(old, new[form]), "utf-8")
    try:
        timeline = read_session(path)
    except SessionError as error:
        reason = str(error)
    else:
        return _check_seconds(timeline)
    assert len(reason) < 7000


def _check_seconds(timeline: Timeline) -> None:
    for _, clip in timeline.clips():
        assert clip.place.seconds + clip.cut.seconds < 1e16
        clip.why_not()


def test_a_ramp_of_years_has_so_many_steps() -> None:
    ramp = TempoMap((Tempo(Fraction(0), Fraction(60), ramp=True), Tempo(Fraction(10**8), Fraction(120))))
    steps = stepped(ramp)
    assert len(steps.tempos) == MOST_STEPS + 1
    assert steps.quarters(Fraction(10**8)) == ramp.quarters(Fraction(10**8))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
@pytest.mark.parametrize("form", SESSION_FORMATS, ids=lambda form: form.name)
def test_a_pipe_is_no_session(form: SessionFormat, tmp_path: Path, quick: Callable[[float], None]) -> None:
    for suffix in form.suffixes:
        os.mkfifo(tmp_path / f"song{suffix}")
        with pytest.raises(SessionError, match="is a pipe or a device"):
            read_session(tmp_path / f"song{suffix}")
    quick(30)


def test_no_adapter_that_the_environment_names_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = session("OTIO", tmp_path)
    plugin = tmp_path / "hostile.py"
    plugin.write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\ndef link_media_reference(*a, **k): pass\n")
    (tmp_path / "manifest.json").write_text(
        '{"OTIO_SCHEMA": "PluginManifest.1", "media_linkers": [{"OTIO_SCHEMA": "MediaLinker.1", "name": "hostile", '
        f'"filepath": "{plugin}"}}]}}'
    )
    program = (
        f"from pathlib import Path; from flowsep_plugin.timeline import read_session; read_session(Path({str(path)!r}))"
    )
    environment = {**os.environ, "OTIO_PLUGIN_MANIFEST_PATH": str(tmp_path / "manifest.json"),
                   "OTIO_DEFAULT_MEDIA_LINKER": "hostile"}  # fmt: skip
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
    assert not (tmp_path / "ran").exists()


def test_a_full_disk_is_told_before_embedded_audio_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    from flowsep_plugin.errors import StorageFull
    from flowsep_plugin.timeline.formats import zip_copy

    path = tmp_path / "song.dawproject"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("audio/a.wav", bytes(2 << 20))
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage._replace(free=1 << 20))
    with pytest.raises(StorageFull, match="2 MB unpacked"):
        zip_copy.extract(path, Media(path, member="audio/a.wav"), tmp_path)
    assert not (tmp_path / "a.wav").exists()


def test_an_error_about_bytes_that_are_no_text_can_be_printed(tmp_path: Path) -> None:
    path = session("REAPER", tmp_path)
    path.write_bytes(path.read_bytes().replace(b"POSITION 0", b"POSITION \xff"))
    with pytest.raises(SessionError) as error:
        read_session(path)
    assert r"\udcff" in str(error.value).encode().decode()


@pytest.mark.skipif(
    not Path("/proc/self/mem").exists(), reason="NOT TRIED: only Linux has files that open and cannot be read"
)
def test_a_sound_that_cannot_be_read_stops_a_dry_run_by_its_error(tmp_path: Path) -> None:
    path = session("DAWproject", tmp_path)
    song = read_session(path)
    (_, clip), *_ = song.clips()
    stem = Media(Path("/proc/self/mem"), 48_000, 2, 100)
    placed = place_stem(song, StemPlacement(clip.id, "dog", stem, Span(0, 100, 48_000)))
    with pytest.raises(SessionError, match="check the files of its stems"):
        dry_run(placed, path, embed=True)
