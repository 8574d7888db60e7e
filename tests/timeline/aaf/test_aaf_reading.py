"""AAF structures of real programs: combined channels, effects, nests, switched-off clips, locators and timecode."""

from fractions import Fraction
from pathlib import Path

import pytest
import soundfile
from aaf_makers import (
    AMPLITUDE,
    COMBINER,
    EQUALISER,
    MONO_PAN,
    PAN,
    SPEED,
    WARP,
    AafMaker,
    making,
)
from session_makers import sparse_wave
from test_aaf import noise

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import FrameRate, Timeline, by_suffix, read_session
from flowsep_plugin.timeline.difference import Difference
from flowsep_plugin.timeline.formats.aaf.locators import file_of
from flowsep_plugin.timeline.media_finder import MediaFinder

RATE = 48_000
FRAME = 1920
"""Samples of a picture frame: 48 kHz at 25 frames a second."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "song.aaf"


def test_combined_channels_of_one_file_are_its_channels(path: Path) -> None:
    """Premiere: one stereo file, two slots of its master."""
    sparse_wave(path.with_name("take.wav"), RATE, 2 * RATE)
    with making(path) as maker:
        master = stereo_master(maker, "take.wav")
        sides = [maker.clip(master, side, 5, 40) for side in (1, 2)]
        swapped = [maker.clip(master, side, 5, 40) for side in (2, 1)]
        maker.line(maker.row(*(maker.effect(COMBINER, "Audio Channel Combiner", pair) for pair in (sides, swapped))))
    (track,) = read_session(path).tracks
    assert track.channels == 2
    assert [(clip.channels, clip.why_not()) for clip in track.clips] == [(None, None), ((1, 0), None)]
    assert track.clips[1].place == Span(40 * FRAME, 40 * FRAME, RATE)


def test_sequences_besides_the_first_are_named_unless_it_plays_them(path: Path) -> None:
    sparse_wave(path.with_name("take.wav"), RATE, 2 * RATE)
    with making(path) as maker:
        master = stereo_master(maker, "take.wav")
        nested, other = (maker.file.create.CompositionMob(name) for name in ("nested", "other"))
        for mob in (nested, other):
            mob.usage = "Usage_TopLevel"
            maker.file.content.mobs.append(mob)
            mob.create_timeline_slot(25, slot_id=1).segment = maker.row(maker.clip(master, 1, 0, 40))
        maker.line(maker.row(maker.clip(nested, 1, 0, 40)))
    assert read_session(path).untouched == ("the sequence 'other'",)


def stereo_master(maker: AafMaker, url: str) -> object:
    """Return a master with two slots for the channels of a stereo file, as Premiere links one."""
    source = maker.file.create.SourceMob("take")
    maker.file.content.mobs.append(source)
    source.descriptor = maker.file.create.WAVEDescriptor()
    source.descriptor["Summary"].value = bytearray(b"RIFF\0\0\0\0WAVE" + bytes(4))
    source.descriptor["SampleRate"].value = RATE
    source.descriptor["Length"].value = 50
    locator = maker.file.create.NetworkLocator()
    locator["URLString"].value = url
    source.descriptor["Locator"].append(locator)
    master = maker.file.create.MasterMob("take")
    maker.file.content.mobs.append(master)
    for side in (1, 2):
        slot = source.create_empty_slot(edit_rate=25, media_kind="sound", slot_id=side)
        slot["PhysicalTrackNumber"].value = side
        slot.segment.length = 50
        master.create_timeline_slot(25, side).segment = maker.clip(source, side, 0, 50)
    return master


@pytest.mark.parametrize("is_embedded", [True, False])
def test_channels_in_files_of_their_own_are_joined_bit_for_bit(path: Path, is_embedded: bool) -> None:
    """Pro Tools and Media Composer: one mono file for each channel."""
    files = [path.with_name(name) for name in ("take.L.wav", "take.R.wav")]
    samples = [noise(file, 1, "PCM_24", seed) for seed, file in enumerate(files)]
    with making(path) as maker:
        masters = [
            maker.embedded_master("take", [file]) if is_embedded else maker.master("take", [file.name], frames=RATE)
            for file in files
        ]
        sides = [maker.clip(master, 1, 5, 10) for master in masters]
        maker.line(maker.row(maker.effect(COMBINER, "Audio Channel Combiner", sides)))
    (clip,) = read_session(path).tracks[0].clips
    assert clip.media is not None
    assert (clip.channels, clip.media.channels, clip.media.frames, clip.why_not()) == (None, 2, RATE, None)
    out = path.with_name("out")
    out.mkdir()
    extract = by_suffix(path).extract
    assert extract is not None
    file = extract(path, clip.media, out)
    assert is_embedded or file.name == "take.wav"
    joined, rate = soundfile.read(file, dtype="float32")
    assert rate == RATE
    for side, whole in enumerate(samples):
        assert (joined[:, side] * 2**23 == whole[:, 0]).all()


def test_a_missing_channel_is_offline_until_it_is_found_elsewhere(path: Path) -> None:
    noise(path.with_name("take.L.wav"), 1, "PCM_24")
    elsewhere = path.with_name("elsewhere")
    elsewhere.mkdir()
    noise(elsewhere / "take.R.wav", 1, "PCM_24")
    with making(path) as maker:
        urls = ("take.L.wav", "file:///D:/Audio/take.R.wav")
        masters = [maker.master("take", [url], frames=RATE) for url in urls]
        sides = [maker.clip(master, 1, 5, 10) for master in masters]
        maker.line(maker.row(maker.effect(COMBINER, "Audio Channel Combiner", sides)))
    (clip,) = read_session(path).tracks[0].clips
    assert clip.obstacle is None
    assert "offline" in str(clip.why_not())
    assert "take.R.wav" in str(clip.why_not())
    (clip,) = read_session(path, MediaFinder([elsewhere])).tracks[0].clips
    assert clip.why_not() is None


def test_combined_files_of_two_channels_keep_all_of_them(path: Path) -> None:
    for name in ("front.wav", "back.wav"):
        noise(path.with_name(name), 2, "PCM_24")
    with making(path) as maker:
        clips = []
        for name in ("front.wav", "back.wav"):
            master = maker.master(name, [name], frames=RATE)
            clip = maker.clip(master, 1, 5, 10)
            clip.slot.segment.slot["PhysicalTrackNumber"].value = 0
            clips.append(clip)
        maker.line(maker.row(maker.effect(COMBINER, "Audio Channel Combiner", clips)))
    (track,) = read_session(path).tracks
    assert track.channels == 4
    assert track.clips[0].media is not None
    assert (track.clips[0].media.channels, track.clips[0].why_not()) == (4, None)


def test_channels_with_different_gains_are_refused(path: Path) -> None:
    with making(path) as maker:
        master = maker.master("take", ["L.wav", "R.wav"])
        sides = [maker.clip(master, side, 5, 40) for side in (1, 2)]
        sides[0] = maker.gain(sides[0], maker.constant(AMPLITUDE, "1/2"))
        maker.line(maker.row(maker.effect(COMBINER, "Audio Channel Combiner", sides)))
    assert "combines channels" in str(read_session(path).tracks[0].clips[0].obstacle)


def test_an_effect_over_a_track_is_a_difference_of_the_track(path: Path) -> None:
    """Media Composer: pan around the whole sequence of a track."""
    with making(path) as maker:
        master = maker.master("take", ["take.wav"])
        row = maker.row(maker.clip(master, 1, 0, 20), maker.filler(10), maker.clip(master, 1, 30, 20))
        maker.line(maker.effect(MONO_PAN, "Audio Pan", [row], maker.constant(PAN, "1/4")))
        row = maker.row(maker.clip(master, 1, 0, 20), maker.filler(10))
        maker.line(maker.effect(MONO_PAN, "Audio Pan", [row], maker.varying(PAN, [("0/1", "1/2"), ("1/1", "1/2")])))
        row = maker.row(maker.clip(master, 1, 3, 20), maker.filler(10))
        maker.line(maker.effect(MONO_PAN, "Audio Pan", [row], maker.varying(PAN, [("0/1", "0/1"), ("1/1", "1/1")])))
    panned, centred, moving = read_session(path).tracks
    places = [(clip.id, clip.place.start // FRAME, clip.place.frames // FRAME) for clip in panned.clips]
    assert places == [("clip 1.0", 0, 20), ("clip 1.2", 30, 20)]
    assert [clip.place.frames // FRAME for clip in centred.clips] == [20]
    assert (panned.differences, centred.differences) == ((Difference("pan"),), ())
    assert moving.differences == (Difference("automation", "pan"),)


def test_a_gain_over_a_track_is_cut_to_its_clips(path: Path) -> None:
    with making(path) as maker:
        master = maker.master("take", ["take.wav"])
        row = maker.row(maker.clip(master, 1, 0, 20), maker.clip(master, 1, 0, 20))
        maker.line(maker.gain(row, maker.varying(AMPLITUDE, [("0/1", "1/1"), ("1/2", "1/1"), ("1/1", "0/1")])))
    first, second = read_session(path).tracks[0].clips
    assert (first.gain, first.gain_curve) == (1.0, None)
    assert second.gain_curve is not None
    assert second.gain_curve.points == ((Fraction(0), 1.0), (Fraction(20 * FRAME), 0.0))


@pytest.mark.parametrize(("name", "text"), [("EQ 3", "effect 'EQ 3'"), ("", f"effect '{EQUALISER}'")])
def test_an_unknown_effect_is_a_difference_by_name_or_id(path: Path, name: str, text: str) -> None:
    with making(path) as maker:
        clip = maker.clip(maker.master("take", ["take.wav"]), 1, 0, 20)
        maker.line(maker.row(maker.effect(EQUALISER, name, [clip])))
    (clip,) = read_session(path).tracks[0].clips
    assert (clip.obstacle, [str(one) for one in clip.differences]) == (None, [text])


def test_a_plug_in_is_named_and_a_bypassed_effect_is_not(path: Path) -> None:
    with making(path) as maker:
        master = maker.master("take", ["take.wav"])
        plug_in = maker.effect(EQUALISER, "AudioSuite", [maker.clip(master, 1, 0, 20)])
        maker.tag(plug_in, {"_EFFECT_PLUGIN_NAME": "D-Verb"})
        bypassed = maker.effect(EQUALISER, "AudioSuite", [maker.clip(master, 1, 0, 20)])
        bypassed["BypassOverride"].value = 1
        maker.line(maker.row(plug_in, bypassed))
    clips = read_session(path).tracks[0].clips
    assert [clip.differences for clip in clips] == [(Difference("plug-in", "D-Verb"),), ()]


def test_sounds_that_effects_mix_or_make_are_refused_by_name(path: Path) -> None:
    with making(path) as maker:
        master = maker.master("take", ["take.wav"])
        mix = maker.effect(EQUALISER, "Mixdown", [maker.clip(master, 1, 0, 20), maker.clip(master, 1, 9, 20)])
        tone = maker.effect(WARP, "Tone", [], length=20)
        maker.line(maker.row(mix, tone))
    first, second = read_session(path).tracks[0].clips
    assert "mixes 2 sounds with the effect 'Mixdown'" in str(first.obstacle)
    assert "is made by the effect 'Tone'" in str(second.obstacle)
    assert second.place == Span(20 * FRAME, 20 * FRAME, RATE)


def test_a_clip_of_another_speed_is_refused_and_one_of_another_edit_rate_is_read(path: Path) -> None:
    """Media Composer fits a clip of 30 frames a second by a warp that leaves its speed as it is."""
    with making(path) as maker:
        master = maker.master("take", ["take.wav"], frames=10 * RATE, edit_rate=30)
        slow = maker.effect(WARP, "Audio Warp", [maker.clip(master, 1, 0, 10)], maker.constant(SPEED, "2/1"), length=20)
        source = maker.row(maker.clip(master, 1, 60, 121))
        maker.tag(source, {"_MIXMATCH_RATE_NUM": 30, "_MIXMATCH_RATE_DENOM": 1})
        fitted = maker.effect(WARP, "Audio Warp", [source], maker.constant(SPEED, "5/6"), length=100)
        maker.line(maker.row(slow, fitted))
    first, second = read_session(path).tracks[0].clips
    assert "0.5 times its speed" in str(first.obstacle)
    assert (second.obstacle, second.differences) == (None, ())
    assert (second.place, second.cut) == (Span(20 * FRAME, 4 * RATE, RATE), Span(2 * RATE, 4 * RATE, RATE))


def test_a_nested_composition_is_flattened(path: Path) -> None:
    with making(path) as maker:
        master = maker.master("take", ["take.wav"], frames=10 * RATE)
        nest = maker.composition("nest")
        nest.create_timeline_slot(50, 1).segment = maker.row(
            maker.clip(master, 1, 100, 20), maker.filler(20), maker.clip(master, 1, 200, 40)
        )
        maker.line(maker.row(maker.filler(10), maker.clip(nest, 1, 5, 20)))
    clips = read_session(path).tracks[0].clips
    assert [clip.id for clip in clips] == ["clip 1.1", "clip 1.1.1"]
    # the nest counts 50 units a second, its reader 25: it begins 0.2 s before the window
    assert [(clip.place.start, clip.place.frames, clip.cut.start) for clip in clips] == [
        (10 * FRAME, RATE // 5, 2 * RATE + RATE // 5),
        (10 * FRAME + 3 * RATE // 5, RATE // 5, 4 * RATE),
    ]


def test_a_clip_that_is_switched_off_is_muted(path: Path) -> None:
    with making(path) as maker:
        selector = maker.file.create.Selector(media_kind="sound")
        selector.length = 20
        selector["Selected"].value = maker.filler(20)
        selector["Alternates"].value = [maker.clip(maker.master("take", ["take.wav"]), 1, 30, 20)]
        maker.line(maker.row(maker.tag(selector, {"_DISABLE_CLIP_FLAG": 1}), maker.filler(3)))
    (track,) = read_session(path).tracks
    (clip,) = track.clips
    assert (clip.muted, clip.obstacle, clip.cut.start) == (True, None, 30 * FRAME)
    assert track.why_silent(clip) == "is muted"


def test_a_muted_track_is_muted_and_not_joined_with_its_neighbour(path: Path) -> None:
    with making(path) as maker:
        master = maker.master("take", ["take.wav"])
        for muted in (0, 1):
            slot = maker.line(maker.row(maker.clip(master, 1, 0, 20)))
            maker.tag(slot, {"AudioMixerCompMute": muted}, "TimelineMobAttributeList")
    assert [track.muted for track in read_session(path).tracks] == [False, True]


def test_a_reference_to_the_track_below_is_seen_through(path: Path) -> None:
    with making(path) as maker:
        master = maker.master("take", ["take.wav"])
        reference = maker.file.create.ScopeReference(media_kind="sound")
        reference.length = 10
        reference["RelativeScope"].value, reference["RelativeSlot"].value = 0, 1
        nest = maker.file.create.NestedScope(media_kind="sound")
        nest.length = 30
        nest["Slots"].value = [maker.row(maker.clip(master, 1, 5, 30)),
                               maker.row(maker.filler(10), reference, maker.clip(master, 1, 20, 10))]  # fmt: skip
        maker.line(nest)
    clips = read_session(path).tracks[0].clips
    assert [(clip.place.start // FRAME, clip.cut.start // FRAME) for clip in clips] == [(10, 15), (20, 20)]


def test_the_first_timecode_track_counts(path: Path) -> None:
    """Media Composer writes further tracks, at other frame rates, in any order."""
    with making(path) as maker:
        for number, fps, start in ((2, 24, 86_400), (1, 25, 90_000), (3, 30, 0)):
            code = maker.file.create.Timecode(fps)
            code.start, code.length = start, 100
            maker.line(code, 25, number=number)
        maker.line(maker.row(maker.clip(maker.master("take", ["take.wav"]), 1, 0, 20)))
    song = read_session(path)
    assert (song.origin, song.frame_rate) == (3600 * RATE, FrameRate(Fraction(25)))


def test_markers_are_read(path: Path) -> None:
    with making(path) as maker:
        events = maker.file.create.Sequence(media_kind="DescriptiveMetadata")
        for comment, at, length in (("hit", 50, 1), ("bar", 10, None)):
            marker = maker.file.create.DescriptiveMarker()
            marker["Position"].value, marker["Comment"].value = at, comment
            if length is not None:
                marker["Length"].value = length
            events.components.append(marker)
        slot = maker.file.create.EventMobSlot()
        slot["EditRate"].value, slot["SlotID"].value, slot["PhysicalTrackNumber"].value = 25, 1000, 1
        slot.segment = events
        maker.sequence.slots.append(slot)
    song: Timeline = read_session(path)
    assert [(marker.name, marker.span.start, marker.span.frames) for marker in song.markers] == [
        ("bar", 10 * FRAME, 0), ("hit", 50 * FRAME, FRAME),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("file:///C:/Users/me/t%C3%A4ke%201.wav", "/C:/Users/me/täke 1.wav"),
        ("file:///c%3a/Users/me/take.wav", "/c:/Users/me/take.wav"),
        ("file://localhost/C:/Users/me/take.wav", "/C:/Users/me/take.wav"),
        ("file://server/share/take.wav", "//server/share/take.wav"),
        ("file:////server/share/take.wav", "//server/share/take.wav"),
        ("file:///Volumes/Audio%20HD/take%23.wav", "/Volumes/Audio HD/take#.wav"),
        ("file:///C|/Audio/take.wav", "/C|/Audio/take.wav"),
        ("file:///C:/Audio/take #1;2.wav", "/C:/Audio/take #1;2.wav"),
        ("file:///C:/Audio/t%E4ke.wav", "/C:/Audio/täke.wav"),
        ("file:C:\\Audio\\take.wav", "/session/C:/Audio/take.wav"),
        ("Audio%20Files/take.wav", "/session/Audio Files/take.wav"),
        ("C:\\Audio\\take.wav", "/session/C:\\Audio\\take.wav"),
    ],
)
@pytest.mark.skipif(Path("C:/").is_absolute(), reason="paths of other systems are checked on one without drives")
def test_locators_of_all_systems_name_files(url: str, file: str) -> None:
    assert str(file_of(url, Path("/session"))) == file


@pytest.mark.parametrize("url", ["file:///D:/Audio/take.wav", "D:\\Audio\\take.wav", "file://nas/Audio/take.wav"])
def test_a_file_of_another_system_is_found_by_name_and_length(path: Path, url: str) -> None:
    folder = path.with_name("media")
    for name, frames in (("a", 100), ("b", 2 * RATE)):
        (folder / name).mkdir(parents=True)
        sparse_wave(folder / name / "take.wav", RATE, frames, 1)
    with making(path) as maker:
        maker.line(maker.row(maker.clip(maker.master("take", [url], frames=2 * RATE), 1, 0, 20)))
    finder = MediaFinder([folder])
    (clip,) = read_session(path, finder).tracks[0].clips
    assert clip.why_not() is None
    assert [file.parent.name for file in finder.relinked.values()] == ["b"]


def test_a_missing_file_keeps_the_rate_and_length_of_its_descriptor(path: Path) -> None:
    with making(path) as maker:
        master = maker.master("take", ["take.wav"], rate=44_100, frames=88_200)
        maker.line(maker.row(maker.clip(master, 1, 5, 20)))
    song = read_session(path)
    (clip,) = song.tracks[0].clips
    assert clip.media is not None
    assert (song.rate, clip.cut.rate, clip.cut.start, clip.media.frames) == (44_100, 44_100, 8820, 88_200)
    assert "offline" in str(clip.why_not())


def test_a_file_that_cannot_be_decoded_is_named(path: Path) -> None:
    """Media Composer links MXF."""
    path.with_name("take.mxf").write_bytes(b"\x06\x0e\x2b\x34" + bytes(100))
    with making(path) as maker:
        maker.line(maker.row(maker.clip(maker.master("take", ["take.mxf"]), 1, 5, 20)))
    (clip,) = read_session(path).tracks[0].clips
    assert "take.mxf, which cannot be decoded" in str(clip.why_not())


def test_where_no_composition_is_marked_the_one_that_plays_the_others_counts(path: Path) -> None:
    with making(path) as maker:
        maker.sequence.usage = "Usage_SubClip"
        clip = maker.clip(maker.master("take", ["take.wav"]), 1, 5, 20)
        maker.line(clip)
        top = maker.composition("top")
        top.create_timeline_slot(25, 7).segment = maker.row(maker.filler(3), maker.clip(maker.sequence, 1, 0, 20))
    (track,) = read_session(path).tracks
    assert (track.id, track.clips[0].place.start) == ("slot 7", 3 * FRAME)


def test_a_gain_that_is_not_a_number_is_refused_by_the_name_of_its_clip(path: Path) -> None:
    with making(path) as maker:
        master = maker.master("take", ["take.wav"])
        broken = maker.gain(maker.clip(master, 1, 5, 20), maker.varying(AMPLITUDE, [("0/1", "1/0"), ("1/1", "1/1")]))
        maker.line(maker.row(broken, maker.clip(master, 1, 5, 20)))
    first, second = read_session(path).tracks[0].clips
    assert "not a number" in str(first.obstacle)
    assert (first.name, second.obstacle) == ("take", None)
