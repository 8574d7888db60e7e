"""Features of Ardour's tracks and regions that their stems lack: plug-ins, sends, covered regions, inactive tracks."""

from pathlib import Path

import pytest
from ardour_makers import FRAME, by_id, curve, only_clip, region, write_session, write_take

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import StemPlacement, place_stems, read_session, save_session
from flowsep_plugin.timeline.media import probe_media

LEVEL = '<Controllable name="gaincontrol" id="80" value="{level}"/>'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "song" / "song.ardour"
    write_take(path)
    return path


def differences(path: Path, processors: str) -> list[str]:
    return [str(one) for one in read_session(write_session(path, processors=processors)).tracks[0].differences]


def span(start: int, frames: int) -> str:
    return f'start="a0" length="a{frames * FRAME}@a{start * FRAME}"'


@pytest.mark.parametrize(
    ("processor", "difference"),
    [
        ('type="lv2" name="ACE EQ" active="1"', "plug-in 'ACE EQ'"),
        ('type="luaproc" name="Filter" active="yes"', "plug-in 'Filter'"),
        ('type="vst3" unique-id="ABC" active="1"', "plug-in 'ABC'"),
        ('type="port" name="Outboard" active="1"', "effect 'Outboard'"),
        ('type="intsend" role="Aux" name="Reverb" active="1"', "send 'Reverb'"),
        ('type="send" role="Send" name="Send 1" active="1"', "send 'Send 1'"),
    ],
)
def test_active_plug_ins_inserts_and_sends_are_named(path: Path, processor: str, difference: str) -> None:
    assert differences(path, f'<Processor id="70" {processor}/>') == [difference]
    bypassed = processor.replace('active="1"', 'active="0"').replace('active="yes"', 'active="no"')
    assert differences(path, f'<Processor id="70" {bypassed}/>') == []


@pytest.mark.parametrize("kind", ["amp", "trim", "polarity", "meter", "main-outs", "diskreader", "diskwriter"])
def test_processors_that_stems_have_too_are_no_differences(path: Path, kind: str) -> None:
    assert differences(path, f'<Processor id="70" type="{kind}" name="{kind}" active="1"/>') == []


def test_sends_to_the_monitors_and_without_level_are_no_differences(path: Path) -> None:
    listen = '<Processor id="70" type="intsend" role="Listen" name="Monitor" active="1"/>'
    silent = f'<Processor id="70" type="intsend" role="Aux" name="R" active="1">{LEVEL.format(level=0)}</Processor>'
    assert differences(path, listen + silent) == []
    moves = silent.replace("</Processor>", '<AutomationList automation-id="send" state="Play"/></Processor>')
    assert differences(path, moves) == ["send 'R'"]


def test_the_plug_ins_of_a_region_are_named(path: Path) -> None:
    plugin = '<RegionFXPlugin id="50" type="lv2" name="ACE Reverb"/>'
    assert [str(one) for one in only_clip(write_session(path, region(10, children=plugin))).differences] == [
        "plug-in 'ACE Reverb'"
    ]


def test_a_session_of_mixbus_is_read_and_its_channel_strip_named(path: Path) -> None:
    strip = '<Processor id="70" type="ladspa" name="Mixbus Channel" unique-id="9200" active="1"/>'
    text = write_session(path, region(10, scale_amplitude=0.5), processors=strip, program="Mixbus 9.2.172")
    assert only_clip(text).gain == 0.5
    assert [str(one) for one in read_session(text).tracks[0].differences] == ["plug-in 'Mixbus Channel'"]


def test_clips_of_a_track_that_is_not_active_are_silent(path: Path) -> None:
    song = read_session(write_session(path, region(10), route='active="0"'))
    assert song.tracks[0].why_silent(song.tracks[0].clips[0]) == "is on the track 'T', which is not active"


@pytest.mark.parametrize(("outer", "inner", "silent"), [(1, 0, True), (0, 1, True), (0, 0, False)])
def test_clips_of_a_track_that_a_vca_mutes_are_silent(path: Path, outer: int, inner: int, silent: bool) -> None:
    vcas = "".join(
        f'<VCA name="{name}" number="{number}"><Controllable name="mute" id="{number}" value="{value}"/>'
        f'<Slavable><Master number="2"/></Slavable></VCA>'
        for name, number, value in (("Inner", 1, inner), ("Outer", 2, outer))
    )
    write_session(path, region(10), processors='<Slavable><Master number="1"/></Slavable>')
    path.write_text(path.read_text().replace("<Routes>", f"<VCAManager>{vcas}</VCAManager><Routes>"))
    reason = only_clip(path).silence_reason
    assert (reason is not None and "which the VCA" in reason) is silent


@pytest.mark.parametrize(("point", "muted"), [("PreFader,PostFader,Listen,Main", True), ("PreFader", False)])
def test_a_track_that_mutes_only_its_sends_is_not_muted(path: Path, point: str, muted: bool) -> None:
    text = write_session(path, region(10)).read_text()
    path.write_text(text.replace('mute-point="PostFader,Listen,Main" muted="0"', f'mute-point="{point}" muted="1"'))
    assert read_session(path).tracks[0].muted is muted


@pytest.mark.parametrize(
    ("above", "covered"),
    [({}, True), ({"opaque": 0}, False), ({"muted": 1}, False), ({"layering_index": 5}, False),
     ({"fade_in_active": 1}, False)],
)  # fmt: skip
def test_a_region_under_an_opaque_one_is_silent(path: Path, above: dict[str, int], covered: bool) -> None:
    fades = curve("FadeIn", f"a0 0\na{100 * FRAME} 1\n")
    below, top = region(10, span(2000, 500)), region(11, span(1990, 600), children=fades, **above)
    clip = by_id(read_session(write_session(path, below, top)))["10"]
    assert (clip.silence_reason == "is covered by 'r11'") is covered


def test_several_regions_cover_one_together(path: Path) -> None:
    text = write_session(path, region(10, span(0, 900)), region(11, span(0, 500)), region(12, span(500, 400)))
    assert by_id(read_session(text))["10"].silence_reason == "is covered by 'r11', 'r12'"


def test_that_regions_cover_one_another_is_a_difference_of_both(path: Path) -> None:
    clips = by_id(read_session(write_session(path, region(10, span(0, 900)), region(11, span(600, 900)))))
    assert [str(one) for one in clips["10"].differences] == ["overlap 'r11'"]
    assert [str(one) for one in clips["11"].differences] == ["overlap 'r10'"]
    assert (clips["10"].silence_reason, clips["11"].silence_reason) == (None, None)


def test_regions_that_sound_together_or_are_muted_do_not_cover(path: Path) -> None:
    regions = (region(10, span(0, 900)), region(11, span(600, 900), opaque=0), region(12, span(0, 900), muted=1))
    assert all(not clip.differences for _, clip in read_session(write_session(path, *regions)).clips())


def test_stems_cover_one_another_as_their_sources_do(path: Path) -> None:
    regions = [region(10, span(0, 900), layering_index=4), region(11, span(600, 900), layering_index=2),
               region(12, span(1600, 50), opaque=0, layering_index=3)]  # fmt: skip
    song = read_session(write_session(path, *regions))
    media = probe_media(write_take(path, "dog.wav"))
    stems = [StemPlacement(clip.id, "dog", media, Span(0, clip.cut.frames, clip.cut.rate)) for _, clip in song.clips()]
    save_session(place_stems(song, stems), path)
    old, new = read_session(path).tracks
    assert [clip.place for clip in new.clips] == [clip.place for clip in old.clips]
    assert [len(clip.differences) for clip in new.clips] == [len(clip.differences) for clip in old.clips] == [1, 1, 0]
    assert path.read_text().count('opaque="0"') == 2
