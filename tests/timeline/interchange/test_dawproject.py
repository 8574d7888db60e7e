"""DAWprojects as hosts write them: beats, nested clips, warps, devices; additions follow the schema."""

import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from session_makers import media_pool, sessions, sparse_wave

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.timeline import Marker, StemPlacement, Timeline, by_suffix, place_stem, read_session, save_session
from flowsep_plugin.timeline.media import probe_media

SCHEMA = etree.XMLSchema(file=str(Path(__file__).with_name("dawproject.xsd")))

PROJECT = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<!-- made by a host -->
<Project version="1.0">
    <Application name="Host" version="5.0"/>
    <Transport>
        <Tempo max="666" min="20" unit="bpm" value="120" id="id0" name="Tempo"/>
        <TimeSignature denominator="4" numerator="3" id="id1"/>
    </Transport>
    <Structure>
        <Track contentType="tracks" loaded="true" id="id2" name="Group">
            <Track contentType="audio" loaded="true" id="id3" name="Takes" color="#a2eabf">
                <Channel audioChannels="2" destination="id9" role="regular" solo="false" id="id4">
                    <Devices><Foreign keep="me"/></Devices>
                    <Mute value="false" id="id5" name="Mute"/>
                    <Pan max="1" min="0" unit="normalized" value="0.25" id="id6" name="Pan"/>
                    <Volume max="2" min="0" unit="linear" value="0.66" id="id7" name="Volume"/>
                </Channel>
            </Track>
        </Track>
        <Track contentType="notes" loaded="true" id="id20" name="Keys"/>
        <Track contentType="audio" loaded="true" id="id8" name="Master">
            <Channel audioChannels="2" role="master" solo="false" id="id9"/>
        </Track>
    </Structure>
    <Arrangement id="id10">
        <Lanes timeUnit="beats" id="id11">
            <Lanes track="id3" id="id12">
                <Clips id="id13">
                    <Clip time="2" duration="4" playStart="0" name="warped straight">
                        <Clips id="id14">
                            <Clip time="0" duration="4" contentTimeUnit="beats" playStart="1" fadeTimeUnit="beats" fadeInTime="0.5" fadeOutTime="0">
                                <Warps contentTimeUnit="seconds" timeUnit="beats" id="id15">
                                    <Audio algorithm="stretch" channels="2" duration="20" sampleRate="48000" id="id16">
                                        <File path="audio/take.wav"/>
                                    </Audio>
                                    <Warp time="0" contentTime="0"/>
                                    <Warp time="40" contentTime="20"/>
                                </Warps>
                            </Clip>
                            <Clip time="3" duration="9" contentTimeUnit="seconds" playStart="2">
                                <Audio channels="2" duration="20" sampleRate="48000" id="id17">
                                    <File path="audio/take.wav"/>
                                </Audio>
                            </Clip>
                        </Clips>
                    </Clip>
                    <Clip time="8" duration="4" name="stretched">
                        <Warps contentTimeUnit="seconds" timeUnit="beats" id="id18">
                            <Audio channels="2" duration="20" sampleRate="48000" id="id19"><File path="audio/take.wav"/></Audio>
                            <Warp time="0" contentTime="0"/>
                            <Warp time="4" contentTime="2"/>
                        </Warps>
                    </Clip>
                    <Clip time="16" duration="4" name="bent">
                        <Warps contentTimeUnit="seconds" timeUnit="beats" id="id28">
                            <Audio channels="2" duration="20" sampleRate="48000" id="id29"><File path="audio/take.wav"/></Audio>
                            <Warp time="0" contentTime="0"/>
                            <Warp time="2" contentTime="1"/>
                            <Warp time="4" contentTime="3"/>
                        </Warps>
                    </Clip>
                    <Clip time="24" duration="8" loopStart="0" loopEnd="2" name="loops">
                        <Audio channels="2" duration="20" sampleRate="48000" id="id30"><File path="audio/take.wav"/></Audio>
                    </Clip>
                    <Clip time="40" duration="2" name="plain">
                        <Audio channels="2" duration="20" sampleRate="48000" id="id31"><File path="gone.wav" external="true"/></Audio>
                    </Clip>
                </Clips>
            </Lanes>
            <Lanes track="id20" id="id21"><Clips id="id22"><Clip time="0" duration="4" name="notes"><Notes id="id23"/></Clip></Clips></Lanes>
        </Lanes>
        <Markers timeUnit="beats"><Marker time="4" name="here"/></Markers>
        <TempoAutomation timeUnit="beats" unit="bpm" id="id24">
            <Target parameter="id0"/>
            <RealPoint time="0" value="120" interpolation="hold"/>
            <RealPoint time="8" value="60" interpolation="hold"/>
        </TempoAutomation>
    </Arrangement>
    <Scenes><Foreign/></Scenes>
</Project>
"""  # noqa: E501


@pytest.fixture
def path(tmp_path: Path) -> Path:
    media = sparse_wave(tmp_path / "take.wav", 48_000, 20 * 48_000)
    with zipfile.ZipFile(tmp_path / "song.dawproject", "w") as archive:
        archive.writestr("project.xml", PROJECT)
        archive.writestr("metadata.xml", "<MetaData><Title>x</Title></MetaData>")
        archive.writestr("plugins/state.fxp", bytes(range(256)))
        archive.write(media.path, "audio/take.wav")
    return tmp_path / "song.dawproject"


@pytest.fixture
def song(path: Path) -> Timeline:
    return read_session(path)


def clip_named(song: Timeline, name: str) -> object:
    return next(clip for _, clip in song.clips() if clip.name == name)


def test_beats_are_read_as_frames_with_tempo_changes(song: Timeline) -> None:
    assert song.rate == 48_000
    assert [track.name for track in song.tracks] == ["Group", "Takes", "Keys", "Master"]
    assert [t.at for t in song.tempo.tempos] == [0, 4]
    assert song.tempo.signatures[0].beats == 3
    assert song.markers == (Marker("here", Span(96_000, 0, 48_000)),)


def test_nested_clips_are_flattened_and_cut_to_their_parent(song: Timeline) -> None:
    first, second = song.tracks[1].clips[:2]
    assert first.place == Span(48_000, 96_000, 48_000)
    assert first.cut == Span(24_000, 96_000, 48_000)
    assert first.fade_in == 12_000
    assert first.why_not() is None
    assert second.place == Span(120_000, 24_000, 48_000)
    assert second.cut == Span(96_000, 24_000, 48_000)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("stretched", "stretched"), ("bent", "warped"), ("loops", "loops"), ("notes", "MIDI"), ("plain", "offline")],
)
def test_a_clip_that_cannot_be_separated_names_the_reason(song: Timeline, name: str, reason: str) -> None:
    assert reason in str(clip_named(song, name).why_not())  # type: ignore[attr-defined]


def test_a_gliding_tempo_is_an_obstacle_for_later_clips(path: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "glide.dawproject", "w") as archive:
        archive.writestr(
            "project.xml", PROJECT.replace('value="120" interpolation="hold"', 'value="120" interpolation="linear"')
        )
    song = read_session(tmp_path / "glide.dawproject")
    assert "gliding tempo" in str(clip_named(song, "plain").why_not())  # type: ignore[attr-defined]


def with_stem_and_marker(song: Timeline, path: Path) -> Timeline:
    source = song.tracks[1].clips[0]
    stem = sparse_wave(path.parent / "stëm.wav", 48_000, 96_000)
    timeline = place_stem(song, StemPlacement(source.id, "piano", stem, source.cut))
    return replace(timeline, markers=(*timeline.markers, Marker("piano", Span(240_000, 0, 48_000))))


def test_foreign_members_and_elements_are_kept(path: Path, song: Timeline) -> None:
    save_session(with_stem_and_marker(song, path), path)
    with zipfile.ZipFile(path) as archive:
        assert archive.read("plugins/state.fxp") == bytes(range(256))
        assert archive.read("metadata.xml") == b"<MetaData><Title>x</Title></MetaData>"
        assert "audio/stëm.wav" in archive.namelist()
        assert archive.testzip() is None
        root = etree.fromstring(archive.read("project.xml"))
    assert b"made by a host" in etree.tostring(root.getroottree())
    track = root.find(".//Track[@name='Takes [piano]']")
    assert track.getparent().get("name") == "Group"
    assert track.find("Channel").get("destination") == "id9"
    assert track.find("Channel/Volume").get("value") == "0.66"
    lanes = root.find(f".//Lanes[@track='{track.get('id')}']")
    track.getparent().remove(track)
    lanes.getparent().remove(lanes)
    marker = root.find(".//Marker[@name='piano']")
    assert marker.get("time") == "9"
    marker.getparent().remove(marker)
    parser = etree.XMLParser(remove_blank_text=True)
    canonical = [etree.tostring(etree.fromstring(etree.tostring(x), parser), method="c14n")
                 for x in (root, etree.fromstring(PROJECT.encode()))]  # fmt: skip
    assert canonical[0] == canonical[1]


def test_a_placed_stem_can_be_read_and_extracted(path: Path, song: Timeline, tmp_path: Path) -> None:
    save_session(with_stem_and_marker(song, path), path)
    stem = next(t for t in read_session(path).tracks if t.name == "Takes [piano]").clips[0]
    assert stem.place == song.tracks[1].clips[0].place
    assert stem.cut == Span(0, 96_000, 48_000)
    extract = by_suffix(path).extract
    assert extract is not None
    assert stem.media is not None
    assert probe_media(extract(path, stem.media, tmp_path)).frames == 96_000
    with pytest.raises(SessionError, match="has no x"):
        extract(path, replace(stem.media, member="x"), tmp_path)


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=15)
def test_written_projects_follow_the_schema(data: st.DataObject, tmp_path: Path) -> None:
    pool = media_pool(tmp_path / "media", 2)
    path = tmp_path / "new.dawproject"
    path.unlink(missing_ok=True)
    form = by_suffix(path)
    save_session(data.draw(sessions(pool, form.capabilities, 4)), path)
    song = read_session(path)
    if clips := [clip for _, clip in song.clips()]:
        source = clips[0]
        song = place_stem(song, StemPlacement(source.id, "x", pool[source.cut.rate], source.cut), mute_source=True)
        save_session(replace(song, markers=(*song.markers, Marker("m", Span(1, 0, song.rate)))), path)
    with zipfile.ZipFile(path) as archive:
        SCHEMA.assertValid(etree.fromstring(archive.read("project.xml")))
    for backup in tmp_path.glob("*backup*"):
        backup.unlink()


def test_the_schema_rejects_a_wrong_order() -> None:
    root = etree.fromstring(b'<Project version="1.0"><Structure/><Application name="a" version="1"/></Project>')
    assert not SCHEMA.validate(root)


def test_content_that_dawproject_cannot_hold_is_refused(song: Timeline, tmp_path: Path) -> None:
    clip = replace(song.tracks[1].clips[0], reverse=True, media=sparse_wave(tmp_path / "a.wav", 48_000, 960_000))
    track = replace(song.tracks[1], clips=(clip,))
    with pytest.raises(UsageError, match="reversed"):
        save_session(replace(song, tracks=(track,), document=None), tmp_path / "x.dawproject")
    assert not (tmp_path / "x.dawproject").exists()


def test_entities_are_never_expanded(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE Project [<!ENTITY a "x"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
    with zipfile.ZipFile(tmp_path / "bomb.dawproject", "w") as archive:
        archive.writestr(
            "project.xml", bomb + '<Project version="1"><Structure><Track name="t">&b;</Track></Structure></Project>'
        )
    song = read_session(tmp_path / "bomb.dawproject")
    assert song.tracks[0].name == "t"
    assert song.tempo.quarters(Fraction(1)) == 2


@pytest.mark.parametrize("members", [{}, {"project.xml": "<Song/>"}, {"project.xml": "<Project"}])
def test_a_zip_without_a_project_is_refused(tmp_path: Path, members: dict[str, str]) -> None:
    with zipfile.ZipFile(tmp_path / "x.dawproject", "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    with pytest.raises(SessionError):
        read_session(tmp_path / "x.dawproject")
