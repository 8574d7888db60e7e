"""Realistic REAPER projects: foreign lines, takes, sections, folders, receives; two other parsers agree."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
import rpp
from session_makers import sparse_wave

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.timeline import Marker, StemPlacement, Timeline, place_stem, place_takes, read_session, save_session
from flowsep_plugin.timeline.formats.reaper.rpp import parse_project, quote, split_words
from flowsep_plugin.timeline.media import probe_media

PROJECT = """<REAPER_PROJECT 0.1 "7.22/linux-x86_64" 1730000000
  <NOTES 0 2
    |>not a block
    |<neither this
  >
  PROJOFFS 3600 0 0
  TIMEMODE 1 5 -1 30 1 0 -1
  SAMPLERATE 48000 1 0
  <RENDER_CFG
    ZXZhdxgAAA==
  >
  TEMPO 93.5 3 4
  <TEMPOENVEX
    EGUID {11111111-0000-0000-0000-000000000000}
    ACT 1 -1
    PT 0 93.5 1 262147 0 1
    PT 4.000000000000 120.0000000000 0
    PT 8.000000000000 60.0000000000 1
  >
  MARKER 1 2.5 "it's \\"here" 0 0 1 R {AAAAAAAA-0000-0000-0000-000000000000} 0
  MARKER 2 4 Chorus 1 0 1 R {BBBBBBBB-0000-0000-0000-000000000000} 0
  MARKER 2 8 "" 1
  <TRACK {AAAAAAAA-1111-0000-0000-000000000000}
    NAME Bus
    PEAKCOL 16576
    ISBUS 1 1
    NCHAN 2
    AUXRECV 3 0 1 0 0 0 0 0 0 -1:U 0 -1 ''
    <FXCHAIN
      WNDRECT 0 0 100 100
      <VST "VST: ReaEQ (Cockos)" reaeq.so 0 "" 1919247729<56535472656571726561657100000000> ""
        cWVlcu5e7f4CAAAAAQAAAAAAAAACAAAAAAAAAAIAAAABAAAAAAAAAAIAAAAAAAAA
      >
    >
  >
  <TRACK {BBBBBBBB-1111-0000-0000-000000000000}
    NAME "Take 'one'"
    VOLPAN 0.5 -0.25 -1 -1 1
    MUTESOLO 0 0 0
    ISBUS 0 0
    NCHAN 2
    <ITEM
      POSITION 1.0025625
      SNAPOFFS 0
      LENGTH 2.5
      LOOP 0
      ALLTAKES 0
      FADEIN 1 0.01 0 1 0 0 0
      FADEOUT 3 0.02 0.5 3 0 0 0
      MUTE 0 0
      SEL 1
      IGUID {CCCCCCCC-0000-0000-0000-000000000001}
      NAME first
      VOLPAN 0.5 0.1 -2 -1
      SOFFS 0.25
      PLAYRATE 1 0 2 -1 0 0.0025
      CHANMODE 3
      GUID {CCCCCCCC-0000-0000-0000-000000000002}
      <SOURCE WAVE
        FILE "media/take.wav"
      >
      <VOLENV
        EGUID {DDDDDDDD-0000-0000-0000-000000000000}
        ACT 1 -1
        PT 0 1 0
      >
    >
    <ITEM
      POSITION 10
      LENGTH 1
      LOOP 0
      IGUID {CCCCCCCC-0000-0000-0000-000000000003}
      NAME unused
      VOLPAN 1 0 1 -1
      SOFFS 0
      PLAYRATE 1 1 0 -1
      CHANMODE 0
      <SOURCE MIDI
        HASDATA 1 960 QN
        <X 0 0 0 0
          /wNh
        >
      >
      TAKE SEL
      NAME reversed
      TAKEVOLPAN 0 1 -1
      SOFFS 0.5
      PLAYRATE 2 1 0 -1
      CHANMODE 0
      <SOURCE SECTION
        LENGTH 4
        MODE 2
        STARTPOS 1
        OVERLAP 0.01
        <SOURCE WAVE
          FILE "media/take.wav"
        >
      >
    >
  >
  <TRACK {CCCCCCCC-1111-0000-0000-000000000000}
    NAME "closes the folder"
    ISBUS 2 -1
    <ITEM
      POSITION 3
      LENGTH 30
      LOOP 1
      IGUID {CCCCCCCC-0000-0000-0000-000000000004}
      NAME loop
      <SOURCE WAVE
        FILE "media\\\\take.wav"
      >
    >
    <ITEM
      POSITION 3
      LENGTH 3
      LOOP 0
      IGUID {CCCCCCCC-0000-0000-0000-000000000005}
      NAME plain
      <SOURCE WAVE
        FILE "media/take.wav"
      >
    >
  >
  <TRACK {DDDDDDDD-1111-0000-0000-000000000000}
    NAME "sent to the bus"
    <ITEM
      POSITION 0
      LENGTH 4
      LOOP 0
      IGUID {CCCCCCCC-0000-0000-0000-000000000006}
      NAME "beats and notes"
      <SOURCE MIDI
        HASDATA 1 960 QN
      >
    >
  >
  <EXTENSIONS
    <SOME_EXTENSION 1 2
      "keep me" 1
    >
  >
>
""".replace("\\\\", "\\")

FIRST, REVERSED, LOOP, PLAIN, MIDI = (f"{{CCCCCCCC-0000-0000-0000-00000000000{n}}}" for n in (1, 3, 4, 5, 6))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "media").mkdir()
    sparse_wave(tmp_path / "media" / "take.wav", 96_000, 20 * 96_000)
    (tmp_path / "FlowSep").mkdir()
    sparse_wave(tmp_path / "FlowSep" / "stem.wav", 96_000, 240_000)
    (tmp_path / "song.rpp").write_bytes(PROJECT.encode())
    return tmp_path / "song.rpp"


@pytest.fixture
def song(path: Path) -> Timeline:
    return read_session(path)


def with_stem(song: Timeline, path: Path, clip: str, *, mute: bool = False) -> Timeline:
    stem = StemPlacement(clip, "piano", probe_media(path.parent / "FlowSep" / "stem.wav"), song.find(clip)[1].cut)
    return place_stem(song, stem, mute_source=mute)


def test_times_of_a_project_are_read_as_frames(song: Timeline) -> None:
    assert (song.rate, song.origin, str(song.frame_rate)) == (48_000, 3600 * 48_000, "29.97df")
    clip = song.find(FIRST)[1]
    assert clip.place == Span(48_123, 120_000, 48_000)
    assert clip.cut == Span(24_000, 240_000, 96_000)
    assert (clip.gain, clip.fade_in, clip.fade_out, clip.channels) == (-1.0, 480, 24_000, (0,))


def test_the_active_take_is_read_and_a_reversed_section_is_cut_from_its_end(song: Timeline) -> None:
    clip = song.find(REVERSED)[1]
    assert (clip.name, clip.reverse, clip.play_rate) == ("reversed", True, 2)
    assert clip.cut == Span(int((1 + 4 - 0.5 - 2) * 96_000), 2 * 96_000, 96_000)
    assert clip.why_not() is None


def test_a_clip_that_cannot_be_separated_names_the_reason(song: Timeline) -> None:
    assert song.find(LOOP)[1].why_not() == "loops its source; glue the item first"
    assert song.find(MIDI)[1].why_not() == "is MIDI, not audio"
    assert song.find(PLAIN)[1].why_not() is None


def test_tempo_ramps_and_time_signatures_are_read(song: Timeline) -> None:
    assert [(t.at, float(t.bpm), t.ramp) for t in song.tempo.tempos] == [
        (0, 93.5, False),
        (4, 120, True),
        (8, 60, False),
    ]
    assert song.tempo.signatures[0].beats == 3
    assert song.tempo.quarters(Fraction(8)) == Fraction(93.5) * 4 / 60 + 6


def test_markers_and_regions_are_read(song: Timeline) -> None:
    assert [m.span for m in song.markers] == [Span(120_000, 0, 48_000), Span(192_000, 192_000, 48_000)]
    assert song.markers[1].name == "Chorus"


def new_lines(old: bytes, new: bytes) -> list[str]:
    """Return the lines that `new` adds to `old`; asserts that it keeps all of `old` in order, byte for byte."""
    rest, added = iter(new.splitlines(keepends=True)), []
    for line in old.splitlines(keepends=True):
        for other in rest:
            if other == line:
                break
            added.append(other.decode())
        else:
            raise AssertionError(f"lost {line!r}")
    return added + [line.decode() for line in rest]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_foreign_lines_are_kept_byte_for_byte(path: Path, newline: str) -> None:
    path.write_bytes(PROJECT.replace("AUXRECV 3", "AUXRECV 0").replace("\n", newline).encode())
    old = path.read_bytes()
    save_session(with_stem(read_session(path), path, FIRST), path)
    added = new_lines(old, path.read_bytes())
    assert all(line.endswith(newline) for line in added)
    assert added[0].startswith("  <TRACK {")


def test_a_stem_copies_the_item_settings_of_its_source(path: Path, song: Timeline) -> None:
    save_session(with_stem(song, path, FIRST), path)
    added = "".join(new_lines(PROJECT.replace("AUXRECV 3", "AUXRECV 4").encode(), path.read_bytes()))
    assert "POSITION 1.0025625\n" in added
    assert "VOLPAN 0.5 -0.25 -1 -1 1\n" in added
    assert "FADEIN 1 0.01 0 1 0 0 0\n" in added
    assert "FADEOUT 3 0.5 0 3 0 0 0\n" in added
    assert "PLAYRATE 1 0 2 -1 0 0.0025\n" in added
    assert "VOLPAN 1 0.1 -1 -1\n" in added
    assert "<VOLENV" in added
    assert "{DDDDDDDD-0000-0000-0000-000000000000}" not in added
    assert 'FILE "FlowSep/stem.wav"' in added


def test_receives_still_point_at_their_tracks(path: Path, song: Timeline) -> None:
    save_session(with_stem(song, path, FIRST), path)
    assert "AUXRECV 4 0 1 0" in path.read_text()


def test_stems_of_a_folders_last_track_stay_in_the_folder(path: Path, song: Timeline) -> None:
    save_session(with_stem(song, path, PLAIN), path)
    names = [track.name for track in read_session(path).tracks]
    assert names == ["Bus", "Take 'one'", "closes the folder [piano]", "closes the folder", "sent to the bus"]


@pytest.mark.parametrize("clip", [FIRST, LOOP])
def test_muting_the_source_changes_only_its_mute(path: Path, clip: str) -> None:
    muted = with_stem(read_session(path), path, clip, mute=True)
    save_session(muted, path)
    again = read_session(path)
    assert again.find(clip)[1].muted
    assert not any(c.muted for _, c in again.clips() if c.id != clip)


def test_a_reversed_stem_plays_backwards_at_its_sources_rate(path: Path, song: Timeline) -> None:
    save_session(with_stem(song, path, REVERSED), path)
    stem = next(c for t, c in read_session(path).clips() if "[piano]" in t.name)
    assert (stem.reverse, stem.play_rate, stem.place) == (True, 2, song.find(REVERSED)[1].place)
    assert stem.cut == Span(0, 192_000, 96_000)


def test_two_other_parsers_agree(path: Path, song: Timeline) -> None:
    import rppxml

    save_session(replace(with_stem(song, path, FIRST), markers=(*song.markers, Marker("x", Span(9, 9, 48_000)))), path)
    text = path.read_text()
    theirs = rpp.loads(text)
    tracks = theirs.findall("TRACK")
    assert [str(t.find("NAME")[1]) for t in tracks] == [t.name for t in read_session(path).tracks]
    item = tracks[2].find("ITEM")
    assert round(float(item.find("POSITION")[1]) * 48_000) == 48_123
    assert item.find("SOURCE").find("FILE")[1] == "FlowSep/stem.wav"
    other = rppxml.loads(text)
    assert sum(getattr(child, "name", "") == "TRACK" for child in other.children) == len(tracks)


@pytest.mark.parametrize("words", [["a b", 'c"d', "e'f", "", "g\"'h"]])
def test_quoted_words_are_split_back(words: list[str]) -> None:
    assert split_words(" ".join(quote(word) for word in words)) == words


def test_a_truncated_project_is_refused(path: Path) -> None:
    path.write_text(PROJECT[:1000])
    with pytest.raises(SessionError, match="a part of it is missing"):
        read_session(path)


def test_text_other_than_a_project_is_refused() -> None:
    with pytest.raises(SessionError, match="not a REAPER project"):
        parse_project("<ardour>\n")


def test_invalid_numbers_are_refused(path: Path) -> None:
    path.write_text(PROJECT.replace("LENGTH 2.5", "LENGTH 1e999999999"))
    with pytest.raises(SessionError, match="1e999999999"):
        read_session(path)


def with_takes(song: Timeline, path: Path, clip: str) -> Timeline:
    stem = StemPlacement(clip, "piano \"'`", probe_media(path.parent / "FlowSep" / "stem.wav"), song.find(clip)[1].cut)
    return place_takes(song, [stem, replace(stem, name="rest")])


@pytest.mark.parametrize("clip", [FIRST, REVERSED])
def test_stems_can_be_placed_as_takes_without_changing_the_active_take(path: Path, song: Timeline, clip: str) -> None:
    saved = save_session(with_takes(song, path, clip), path)
    assert [line for line in saved.summary if line.startswith("+ take")][1].startswith("+ take 'rest' in clip")
    added = new_lines(PROJECT.encode(), path.read_bytes())
    assert [line.strip() for line in added if "NAME" in line] == ["NAME `piano \"''`", 'NAME "rest"']
    assert read_session(path).find(clip)[1] == song.find(clip)[1]
    theirs = rpp.loads(path.read_text())
    items = [item for track in theirs.findall("TRACK") for item in track.findall("ITEM")]
    item = next(item for item in items if item.find("IGUID")[1] == clip)
    sources = item.findall("SOURCE")
    files = [(s.find("FILE") or s.find("SOURCE").find("FILE"))[1] for s in sources[-2:]]
    assert files == ["FlowSep/stem.wav"] * 2


def test_a_selected_stem_take_has_place_gain_and_channels_of_its_source(path: Path, song: Timeline) -> None:
    """The user selects the first new take, which plays the stem's file."""
    save_session(with_takes(song, path, FIRST), path)
    path.write_text(path.read_text().replace("      TAKE\n      NAME `piano", "      TAKE SEL\n      NAME `piano", 1))
    source, stem = song.find(FIRST)[1], read_session(path).find(FIRST)[1]
    assert stem.media is not None
    assert stem.media.path.name == "stem.wav"
    for name in ("place", "gain", "fade_in", "fade_out", "play_rate", "reverse", "channels"):
        assert getattr(stem, name) == getattr(source, name), name
    assert stem.cut == Span(0, source.cut.frames, source.cut.rate)


def test_a_part_of_a_clip_cannot_be_a_take(path: Path, song: Timeline) -> None:
    clip = song.find(FIRST)[1]
    stem = StemPlacement(FIRST, "x", probe_media(path.parent / "FlowSep" / "stem.wav"), clip.cut,
                         Span(clip.place.start, 10, 48_000))  # fmt: skip
    with pytest.raises(UsageError, match="as long as its clip"):
        place_takes(song, [stem])


@pytest.mark.parametrize("suffix", [".otio", ".csv", ".dawproject"])
def test_formats_without_takes_refuse_them(path: Path, song: Timeline, suffix: str) -> None:
    timeline = with_takes(song, path, PLAIN)
    with pytest.raises(UsageError, match="have no takes; place the stems on tracks"):
        save_session(timeline, path.with_suffix(suffix))
    assert not path.with_suffix(suffix).exists()


def test_a_name_that_looks_like_a_track_changes_no_receive(path: Path) -> None:
    song = read_session(path)
    stem = StemPlacement(
        FIRST, "a <TRACK b", probe_media(path.parent / "FlowSep" / "stem.wav"), song.find(FIRST)[1].cut
    )
    save_session(place_stem(song, stem), path)
    assert "AUXRECV 4 0 1 0" in path.read_text()


def test_stems_of_a_folders_own_items_go_through_its_fader_once(path: Path) -> None:
    path.write_text(PROJECT.replace("NAME \"Take 'one'\"", "NAME \"Take 'one'\"\n    ISBUS 1 1", 1))
    song = read_session(path)
    assert "ISBUS 1 1" in path.read_text()
    save_session(with_stem(song, path, FIRST), path)
    stem = path.read_text().split("[piano]", 1)[1]
    assert "VOLPAN 1 0 -1 -1 1" in stem.split("<ITEM", 1)[0]
