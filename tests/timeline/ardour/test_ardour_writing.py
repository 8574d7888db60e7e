"""Sessions that flowsep writes for Ardour: whole new ones, and additions in the form of their version."""

from pathlib import Path

import pytest
from ardour_makers import FRAME, RATE, curve, region, source, write_session, write_take

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import (
    ClipRef,
    Marker,
    StemPlacement,
    Timeline,
    Track,
    place_stem,
    place_stems,
    read_session,
    save_session,
)
from flowsep_plugin.timeline.formats.xml_text import Element, parse_xml
from flowsep_plugin.timeline.media import probe_media


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "song" / "song.ardour"
    write_take(path)
    return path


def add_stem(path: Path) -> Element:
    """Place a stem of the first clip and a marker; returns the root of the saved session."""
    song = read_session(path)
    _, clip = next(song.clips())
    song = place_stem(song, StemPlacement(clip.id, "dog", probe_media(write_take(path, "dog.wav")), clip.cut))
    save_session(Timeline(song.name, song.rate, song.tracks, (Marker("m", Span(77, 5, RATE)),), tempo=song.tempo,
                          document=song.document), path)  # fmt: skip
    return parse_xml(path.read_bytes(), "Session")


def test_new_regions_of_version_6_have_its_samples(path: Path) -> None:
    fade = curve("FadeIn", "0 0\n33.3 0.5\n64.5 1\n")
    old = region(10, 'start="7" length="800" position="48123"', children=fade, fade_in_active=1)
    root = add_stem(write_session(path, old, version="6000"))
    new = root.find("Playlists/Playlist[2]/Region")
    assert [new.get(key) for key in ("start", "length", "position")] == ["0", "800", "48123"]
    assert new.findtext("FadeIn/AutomationList/events") == "0 0\n33.3 0.5\n64.5 1\n"
    assert [root.find("Locations/Location").get(key) for key in ("start", "end")] == ["77", "82"]
    assert [track.clips[0].place for track in read_session(path).tracks] == [Span(48_123, 800, RATE)] * 2


def test_new_regions_of_version_7_have_superclocks(path: Path) -> None:
    span = f'start="a{7 * FRAME}" length="a{800 * FRAME}@a{48_123 * FRAME + 5}"'
    new = add_stem(write_session(path, region(10, span))).find("Playlists/Playlist[2]/Region")
    assert (new.get("start"), new.get("length"), new.get("position")) == (
        "a0", f"a{800 * FRAME}@a{48_123 * FRAME}", None
    )  # fmt: skip


def test_ports_that_have_another_name_than_their_track_are_not_used_twice(path: Path) -> None:
    write_session(path, region(10))
    path.write_text(
        path.read_text("utf-8").replace('<IO name="T"', '<IO name="&lt;T"').replace("T/audio", "&lt;T/audio")
    )
    ports = [port.get("name") for port in add_stem(path).iter("Port")]
    assert ports == ["<T/audio_in 1", "T [dog]/audio_in 1"]


def test_a_stem_of_a_source_with_a_gain_has_that_gain_and_a_source_without(path: Path) -> None:
    root = add_stem(write_session(path, region(10, scale_amplitude=2), sources=source(gain=0.125)))
    assert root.find("Playlists/Playlist[2]/Region").get("scale-amplitude") == "0.25"
    assert [one.get("gain") for one in root.iterfind("Sources/Source")] == ["0.125", "1"]


def test_a_source_with_a_gain_is_not_used_for_a_new_clip(path: Path) -> None:
    song = read_session(write_session(path, region(10), sources=source(gain=0.125)))
    _, clip = next(song.clips())
    assert clip.media is not None
    save_session(place_stem(song, StemPlacement(clip.id, "dog", clip.media, clip.cut)), path)
    root = parse_xml(path.read_bytes(), "Session")
    assert [one.get("gain") for one in root.iterfind("Sources/Source")] == ["0.125", "1"]


def test_the_track_of_a_stem_has_the_automation_of_its_source_and_is_not_armed(path: Path) -> None:
    fader = (
        '<Processor id="70" type="amp" name="Amp" active="1"><Automation><AutomationList automation-id="gain" id="71" '
        'state="Play"><events>a0 1\na99 0\n</events></AutomationList></Automation></Processor>'
        '<Controllable name="rec-enable" id="72" value="1"/><Pannable><AutomationList automation-id="pan-azimuth" '
        'id="73" state="Play"><events>a0 0.5\na99 1\n</events></AutomationList></Pannable>'
        '<Processor id="74" type="lv2" name="EQ" active="1"/>'
    )
    old, new = add_stem(write_session(path, region(10), processors=fader)).findall("Routes/Route")
    for name in ("gain", "pan-azimuth"):
        lists = [route.find(f".//AutomationList[@automation-id='{name}']") for route in (old, new)]
        assert lists[0].findtext("events") == lists[1].findtext("events")
        assert [one.get("state") for one in lists] == ["Play", "Play"]
        assert lists[0].get("id") != lists[1].get("id")
    assert [route.find("Controllable").get("value") for route in (old, new)] == ["1", "0"]
    assert new.find("Processor[@type='lv2']") is None


def test_the_track_of_a_stem_has_the_vcas_trim_and_polarity_of_its_source(path: Path) -> None:
    controls = (
        '<Processor id="70" type="trim" name="Amp" active="1"><Controllable name="trimcontrol" id="71" value="0.5"/>'
        '</Processor><Processor id="72" type="polarity" name="Polarity" active="1"/><Controllable name="phase" id="73" '
        'phase-invert="1"/><Controllable name="mute" id="74"><masters><master id="301" yn="0"/></masters>'
        '</Controllable><Slavable><Master number="1"/></Slavable>'
    )
    _, new = add_stem(write_session(path, region(10), processors=controls)).findall("Routes/Route")
    assert new.find(".//Controllable[@name='trimcontrol']").get("value") == "0.5"
    assert new.find("Controllable[@name='phase']").get("phase-invert") == "1"
    assert new.find("Processor[@type='polarity']") is not None
    assert new.find(".//master").get("id") == "301"
    assert new.find("Slavable/Master").get("number") == "1"


def test_busses_of_mixbus_and_the_monitor_stay_where_they_are(path: Path) -> None:
    write_session(path, region(10))
    places = ((20, 4, "Mixbus,OrderSet"), (21, 4294967295, "MonitorOut"), (22, 5, "AudioBus,OrderSet"))
    busses = "".join(
        f'<Route id="{number}" name="b{number}"><PresentationInfo order="{order}" flags="{flags}"/></Route>'
        for number, order, flags in places
    )
    path.write_text(path.read_text().replace("</Routes>", f"{busses}</Routes>"))
    root = add_stem(path)
    orders = {route.get("name"): route.find("PresentationInfo").get("order") for route in root.iterfind("Routes/Route")}
    assert orders == {"T": "1", "T [dog]": "2", "b20": "4", "b21": "4294967295", "b22": "6"}


def test_the_track_of_a_stem_is_shown_where_its_source_is_hidden(path: Path) -> None:
    text = (
        write_session(path, region(10)).read_text().replace('flags="AudioTrack"', 'flags="AudioTrack,Hidden,OrderSet"')
    )
    path.write_text(text)
    infos = [info.get("flags") for info in add_stem(path).iterfind("Routes/Route/PresentationInfo")]
    assert infos == ["AudioTrack,Hidden,OrderSet", "AudioTrack,OrderSet"]


def test_tracks_that_share_a_playlist_get_stems_of_their_own(path: Path) -> None:
    text = write_session(path, region(10)).read_text()
    route = text[text.index("<Route ") : text.index("</Route>") + len("</Route>")]
    second = route.replace('id="1" name="T"', 'id="4" name="U"').replace('order="1"', 'order="2"')
    path.write_text(text.replace(route, route + second))
    song = read_session(path)
    assert [clip.id for _, clip in song.clips()] == ["10", "10@4"]
    media = probe_media(write_take(path, "dog.wav"))
    stems = [StemPlacement(clip.id, "dog", media, clip.cut) for _, clip in song.clips()]
    save_session(place_stems(song, stems, mute_source=True), path)
    assert [(track.name, [clip.muted for clip in track.clips]) for track in read_session(path).tracks] == [
        ("T", [True]), ("T [dog]", [False]), ("U", [True]), ("U [dog]", [False]),
    ]  # fmt: skip


def test_clips_that_overlap_in_a_new_session_sound_together(tmp_path: Path) -> None:
    path = tmp_path / "new" / "new.ardour"
    media = probe_media(write_take(path))
    places = (Span(0, 900, RATE), Span(10, 5, RATE), Span(800, 100, RATE))
    clips = tuple(ClipRef(f"c{n}", "c", media, Span(0, place.frames, RATE), place) for n, place in enumerate(places))
    save_session(Timeline("new", RATE, (Track("t", "T", clips, 1), Track("u", "U", clips[:1], 1))), path)
    root = parse_xml(path.read_bytes(), "Session")
    assert [one.get("opaque") for one in root.iterfind("Playlists/Playlist/Region")] == ["0", "0", "0", "1"]
    assert all(not clip.differences for _, clip in read_session(path).clips())


def test_a_new_session_has_what_ardour_needs_to_open_and_play_it(tmp_path: Path) -> None:
    path = tmp_path / "new.ardour"
    save_session(Timeline("new", RATE), path)
    root = parse_xml(path.read_bytes(), "Session")
    assert root.find("Config/Option[@name='native-file-data-format']") is not None
    assert {"Metadata", "Sources", "Regions", "Locations", "Routes", "Playlists", "UnusedPlaylists", "RouteGroups",
            "TempoMap"} <= {child.tag for child in root}  # fmt: skip
    assert root.find("Routes/Route[@name='Master']/PresentationInfo").get("flags") == "MasterOut,OrderSet"
