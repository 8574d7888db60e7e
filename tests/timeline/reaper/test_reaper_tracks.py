"""Tracks of REAPER projects: what is heard of them, what their stems copy, what is named as missing."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import rpp
import rppxml
from reaper_makers import guid, item, placed, read_project, track, write_project

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import Media, StemPlacement, Timeline, place_stems, read_session, save_session
from flowsep_plugin.timeline.media import probe_media


def silences(song: Timeline) -> dict[str, str | None]:
    return {clip.name: track.why_silent(clip) for track, clip in song.clips()}


def differences(song: Timeline, name: str) -> list[str]:
    return [str(difference) for track in song.tracks if track.name == name for difference in track.differences]


def retakes(count: int, *lines: str) -> str:
    tops = [f"YPOS {lane / count:.6f} {1 / count:.6f} 2" for lane in range(count)]
    return track("lanes", "FREEMODE 2", *lines, *(item(f"lane {n}", top) for n, top in enumerate(tops)))


@pytest.mark.parametrize(
    ("count", "solo", "playing"),
    [
        (3, ["LANESOLO 4 0 0 0 0 0 0 0", "ITEMLANES 3"], {2}),
        (7, ["LANESOLO 5 0 0 0 0 0 0 0", "ITEMLANES 7"], {0, 2}),
        (2, ["LANESOLO 4294967293 4294967295 4294967295", "ITEMLANES 2"], {0}),
        (40, ["LANESOLO 0 2 0", "ITEMLANES 40"], {33}),
        (3, ["LANESOLO 0 0", "ITEMLANES 3"], set()),
        (3, ["ITEMLANES 3"], {0, 1, 2}),
        (2, ["LANESOLO 2 0", "ITEMLANES 1"], {1}),
    ],
    ids=["one", "two", "all but one", "in the second word", "none", "no line", "wrong count"],
)
def test_only_the_lanes_that_are_on_play(tmp_path: Path, count: int, solo: list[str], playing: set[int]) -> None:
    reasons = silences(read_project(tmp_path, retakes(count, *solo)))
    assert {int(name[5:]) for name, reason in reasons.items() if reason is None} == playing
    assert {reason for reason in reasons.values() if reason} <= {"is on a fixed item lane that does not play"}


def test_lanes_that_mask_others_are_named(tmp_path: Path) -> None:
    """The fourth word of FIXEDLANES: items on a lane silence what plays at the same time on the lanes above it."""
    lines = ["LANESOLO 3 0", "ITEMLANES 3"]
    for word, expected in (("0", []), ("1", ["effect 'mask of lower lanes'"])):
        song = read_project(tmp_path, retakes(3, f"FIXEDLANES 9 0 0 {word} 0", *lines))
        assert [[str(d) for d in clip.differences] for _, clip in song.clips()][:2] == [expected, []]


def test_lines_of_lanes_count_only_on_tracks_with_lanes(tmp_path: Path) -> None:
    """Converting lanes back to takes leaves LANESOLO behind; free item positioning writes YPOS too."""
    left = track("left", "LANESOLO 2 0", item("a", "YPOS 0 1 0"))
    free = track("free", "FREEMODE 1", "LANESOLO 2 0", item("b", "YPOS 0 0.5 0"))
    assert set(silences(read_project(tmp_path, left, free)).values()) == {None}


def test_stems_of_lanes_are_placed_on_a_plain_track(tmp_path: Path) -> None:
    text = placed(write_project(tmp_path, retakes(3, "LANESOLO 4 0", "ITEMLANES 3")), "lane 2")
    for word in ("FREEMODE", "LANESOLO", "ITEMLANES", "YPOS"):
        assert word not in text


@pytest.mark.parametrize(
    ("line", "muted", "reason"),
    [
        ("MUTE 0 0", False, None),
        ("MUTE 1 0", True, "is muted"),
        ("MUTE 1", True, "is muted"),
        ("MUTE 1 -1", False, None),
        ("MUTE 0 1", False, "is silent while another item of its track is soloed"),
    ],
)
def test_mute_and_solo_of_an_item_are_read(tmp_path: Path, line: str, muted: bool, reason: str | None) -> None:
    song = read_project(tmp_path, track("t", item("a", line)))
    assert song.tracks[0].clips[0].muted is muted
    assert silences(song) == {"a": reason}


def test_muting_a_soloed_source_ends_its_solo(tmp_path: Path) -> None:
    path = write_project(tmp_path, track("t", item("a", "MUTE 0 -1")))
    song = read_session(path)
    (t,) = song.tracks
    save_session(replace(song, tracks=(replace(t, clips=(replace(t.clips[0], muted=True),)),)), path)
    assert "MUTE 1 0\n" in path.read_text()


def test_clips_of_muted_folders_are_silent_where_nothing_else_carries_them(tmp_path: Path) -> None:
    song = read_project(
        tmp_path,
        track("Folder", "ISBUS 1 1", "MUTESOLO 1 0 0", item("own")),
        track("Inner", "ISBUS 1 1"),
        track("Sent", "ISBUS 0 0", item("sent")),
        track("Apart", "ISBUS 0 0", "MAINSEND 0 0", item("apart")),
        track("Last", "ISBUS 2 -2", item("inside")),
        track("Outside", "AUXRECV 2 0 1 0 0 0 0 0 0 -1:U 0 -1 ''", item("outside")),
    )
    reasons = silences(song)
    assert reasons.pop("inside") == "is in the muted folder 'Folder'"
    assert reasons.pop("own") == "is on the muted track 'Folder'"
    assert set(reasons.values()) == {None}


ROUTED = (
    "HWOUT 0 0 1 0 0 0 0 -1:U -1", "HWOUT 1026 3 0.18 0 0 0 0 -1:U -1",
    "BEAT 1", "PANLAWFLAGS 3", "VOLPAN 0.5 -0.3 -1 -1 1", "IPHASE 1", "PLAYOFFS 0.25 0", "PANMODE 6", "MAINSEND 0 2",
)  # fmt: skip


def test_a_stem_track_copies_phase_offset_pan_mode_and_parent_send(tmp_path: Path) -> None:
    text = placed(write_project(tmp_path, track("t", *ROUTED, item("a"))), "a")
    for line in ROUTED:
        assert f"    {line}\n" in text
    assert text.count("VOLPAN") == 2  # of the track and the item
    assert text.count("MAINSEND") == 1


def test_stems_of_a_folders_own_items_copy_its_offset_alone(tmp_path: Path) -> None:
    path = write_project(tmp_path, track("t", *ROUTED, "ISBUS 1 1", item("a")), track("u", "ISBUS 2 -1"))
    text = placed(path, "a")
    assert "PLAYOFFS 0.25 0\n" in text
    for line in ("VOLPAN 1 0 -1 -1 1", "MAINSEND 1 0"):
        assert f"    {line}\n" in text
    assert "IPHASE" not in text


@pytest.mark.parametrize(("isbus", "order"), [("ISBUS 0 0", ["F", "c", "c [dog]", "last", "out"]),
                                               ("ISBUS 2 -1", ["F", "last", "c [dog]", "c", "out"])])  # fmt: skip
def test_stems_of_a_track_in_a_folder_stay_in_the_folder(tmp_path: Path, isbus: str, order: list[str]) -> None:
    child = track("c", isbus, item("a"))
    last = track("last", "ISBUS 2 -1" if isbus == "ISBUS 0 0" else "ISBUS 0 0")
    inside = [child, last] if isbus == "ISBUS 0 0" else [last, child]
    path = write_project(tmp_path, track("F", "ISBUS 1 1"), *inside, track("out", "ISBUS 0 0"))
    placed(path, "a")
    assert [t.name for t in read_session(path).tracks] == order


CHAIN = """    <FXCHAIN
      SHOW 0
      BYPASS 0 0 0
      <VST "VST: ReaEQ (Cockos)" reaeq.dll 0 "" 1919247729<5653547265> ""
        AAAA
      >
      FXID {00000000-0000-0000-0000-000000000001}
      WAK 0 0
      BYPASS 1 0 0
      <VST "VST: ReaComp (Cockos)" reacomp.dll 0 "" 1919247213<5653547265> ""
      >
      BYPASS 0 1 0
      <VST3 "VST3: Offline (Maker)" x.vst3 0 "" 1{2} ""
      >
      BYPASS 0 0 0
      <JS loser/volume ""
        -6 - -
      >
      <PARMENV 0 -150 150 0
        ACT 1 -1
        PT 0 1 0
      >
      BYPASS 0 0 0
      <VIDEO_EFFECT ""
      >
      BYPASS 0
      <VST "VSTi: Gate" gate.dll 0 "My gate" 1<2> ""
      >
      BYPASS 0 0 0
      <CONTAINER Container "Bus glue" ""
        BYPASS 0 0 0
        <JS loser/ddc ""
        >
      >
    >
"""


def test_plug_ins_that_are_on_are_named(tmp_path: Path) -> None:
    names = differences(read_project(tmp_path, track("t", "FX 1", CHAIN, item("a"))), "t")
    assert names == ["plug-in 'ReaEQ'", "plug-in 'loser/volume'", "plug-in 'My gate'", "plug-in 'Bus glue'"]


def test_a_chain_that_is_off_and_input_effects_are_no_differences(tmp_path: Path) -> None:
    song = read_project(
        tmp_path, track("off", "FX 0", CHAIN), track("input", CHAIN.replace("FXCHAIN", "FXCHAIN_REC"), item("a"))
    )
    assert not any(t.differences for t in song.tracks)


def test_sends_with_sound_are_named_after_their_receivers(tmp_path: Path) -> None:
    song = read_project(
        tmp_path,
        track("t", item("a")),
        track("Reverb", "AUXRECV 0 0 0.5 0 0 0 0 0 0 -1:U 0 -1 ''"),
        track("Muted", "AUXRECV 0 0 1 0 1 0 0 0 0 -1:U 0 -1 ''"),
        track("Down", "AUXRECV 0 0 0 0 0 0 0 0 0 -1:U 0 -1 ''"),
        track("MIDI", "AUXRECV 0 0 1 0 0 0 0 -1 0 -1:U 0 -1 ''"),
    )
    assert differences(song, "t") == ["send 'Reverb'"]
    assert not any(t.differences for t in song.tracks[1:])


def envelope(name: str, *lines: str, act: str = "ACT 1 -1") -> str:
    inner = "\n      ".join([act, *lines])
    return f"    <{name}\n      {inner}\n    >\n"


def test_automation_of_a_track_moves_its_stems_too(tmp_path: Path) -> None:
    fades = envelope("VOLENV2", "EGUID {11111111-0000-0000-0000-000000000000}", "PT 0 1 0", "PT 4 0 0")
    pan, fx = envelope("PANENV2", "PT 0 0.5 0"), envelope("FOREIGN", "PT 0 1 0")
    path = write_project(tmp_path, track("t", fades, pan, fx, item("a")), track("u", "ISBUS 1 1", fades, item("b")))
    assert not any(t.differences for t in read_session(path).tracks)
    text = placed(path, "a")
    assert "<VOLENV2\n" in text
    assert "PT 4 0 0\n" in text
    assert "<PANENV2\n" in text
    assert "<FOREIGN" not in text
    assert "11111111" not in text
    assert "<VOLENV2" not in placed(path, "b")


def test_stems_of_a_track_that_only_sends_carry_are_sent_too(tmp_path: Path) -> None:
    sent = "AUXRECV {} 0 0.5 0 0 0 0 0 0 -1:U 0 -1 ''"
    path = write_project(
        tmp_path,
        track("Bus", sent.format(1), sent.format(2)),
        track("apart", "MAINSEND 0 0", item("a")),
        track("other", item("b")),
        track("Verb", sent.format(1)),
    )
    song = read_session(path)
    assert differences(song, "apart") == []
    assert differences(song, "other") == ["send 'Bus'"]
    stem, rest = (StemPlacement(song.tracks[1].clips[0].id, name, Media(tmp_path / f"{name}.wav"), Span(0, 9, 48000))
                  for name in ("dog", "rest"))  # fmt: skip
    save_session(place_stems(song, [stem, rest]), path)
    receives = [
        [int(words[1]) for line in block if (words := [str(word) for word in line])[0] == "AUXRECV"]
        for block in rpp.loads(path.read_text()).findall(".//TRACK")
    ]
    names = [track.name for track in read_session(path).tracks]
    assert names == ["Bus", "apart", "apart [dog]", "apart [rest]", "other", "Verb"]
    assert [sorted(numbers) for numbers in receives] == [[1, 2, 3, 4], [], [], [], [], [1, 2, 3]]


def test_a_folder_has_no_differences_as_its_stems_pass_through_it(tmp_path: Path) -> None:
    song = read_project(tmp_path, track("t", "ISBUS 1 1", CHAIN, item("a")), track("u", "ISBUS 2 -1"))
    assert not song.tracks[0].differences


def test_ids_are_unique_where_a_stem_is_placed_twice(tmp_path: Path) -> None:
    path = write_project(tmp_path, track("t", item("a")))
    placed(path, "a")
    placed(path, "a")
    ids = re.findall(r"(?:IGUID|GUID|<TRACK) (\{[0-9A-F-]+\})", path.read_text())
    assert len(ids) == len(set(ids)) == 8
    assert [t.name for t in read_session(path).tracks] == ["t", "t [dog] (2)", "t [dog]"]


def test_items_that_overlap_on_lanes_all_play_on_their_stem_track(tmp_path: Path) -> None:
    path = write_project(tmp_path, retakes(2, "ITEMLANES 2"))
    song = read_session(path)
    media = probe_media(tmp_path / "FlowSep" / "stem.wav")
    save_session(place_stems(song, [StemPlacement(c.id, "dog", media, c.cut) for _, c in song.clips()]), path)
    text = path.read_text().split("[dog]")[1]
    assert "FREEMODE 1\n" in text


def test_a_new_project_lets_items_that_overlap_all_play(tmp_path: Path) -> None:
    """Without ITEMMIX, REAPER lets an item that lies inside another one replace it."""
    song = replace(read_project(tmp_path, track("t", item("a"))), document=None)
    save_session(song, tmp_path / "new.rpp")
    assert "  ITEMMIX 1\n" in (tmp_path / "new.rpp").read_text()


BAY = """  <PROJBAY
    <DATA
      <ITEM
        POSITION 0
        LENGTH 1
        NAME bay
      >
    >
  >
  <POOLEDENV
    ID 1
    NAME "item 1"
    PPT 0 1 0
  >
"""


def test_project_bay_pooled_automation_and_subprojects_stay_as_they_are(tmp_path: Path) -> None:
    sub = item("sub", source='<SOURCE RPP_PROJECT\n        FILE "sub.rpp"\n      >')
    path = write_project(tmp_path, BAY, track("t", item("a"), sub))
    song = read_session(path)
    assert {clip.name: clip.why_not() for _, clip in song.clips()} == {
        "a": None, "sub": "is a subproject; render it first"
    }  # fmt: skip
    assert song.untouched == ("a project bay with 1 entry",)
    placed(path, "a")
    assert BAY in path.read_text()
    assert sub in path.read_text()


def test_two_other_parsers_see_only_the_new_track(tmp_path: Path) -> None:
    path = write_project(
        tmp_path,
        BAY,
        track("t", *ROUTED[:-1], CHAIN, item("a")),
        track("Bus", "AUXRECV 0 0 1 0 0 0 0 0 0 -1:U 0 -1 ''"),
    )
    before = path.read_text()
    placed(path, "a")
    after = path.read_text()
    old, new = (rpp.loads(text).findall("TRACK") for text in (before, after))
    assert [str(t.find("NAME")[1]) for t in new] == ["t", "t [dog]", "Bus"]
    assert [rpp.dumps(t) for t in (new[0], new[2])] == [rpp.dumps(t) for t in old]
    assert str(new[1].find("ITEM").find("SOURCE").find("FILE")[1]) == "FlowSep/stem.wav"
    trees = [rppxml.loads(text).children for text in (before, after)]
    kinds = [[getattr(child, "name", None) or child[0] for child in tree] for tree in trees]
    assert kinds[1] == [*kinds[0], "TRACK"]
    assert guid("a") in after
