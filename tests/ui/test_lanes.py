"""Lanes by track and sound: what they hold, what they show, and what is heard."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flowsep_ui.studio.document_content import DocumentContent
from flowsep_ui.studio.lanes import has_solo, is_audible, lanes_of, track_key, track_lane_id, with_forced
from flowsep_ui.studio.markers import with_marker
from flowsep_ui.studio.playing.program import program_of
from flowsep_ui.studio.queries import QueryRow
from flowsep_ui.studio.results import PendingJob, Presence, StemFiles, StemSettings, TakeResult
from flowsep_ui.studio.scene_of import scene_of
from flowsep_ui.studio.workspace import Document, Take, Workspace, with_mix, with_render
from flowsep_ui.timeline import Chip, Lane, MarkerView, Scene
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin import RenderSettings, Span
from flowsep_plugin.audition import LaneMix
from flowsep_plugin.audition.mix_weights import voice_weights
from flowsep_plugin.timeline import ClipRef, Marker, Media, Timeline, Track

RATE = 8_000
DOG, RAIN = QueryRow("a dog", 0), QueryRow("rain", 1)
DOG_LANE, RAIN_LANE = (track_lane_id("d", "t1", text) for text in ("a dog", "rain"))


def clip(name: str, start: int) -> ClipRef:
    span = Span(0, 2 * RATE, RATE)
    media = Media(Path(f"{name}.wav"), rate=RATE, frames=2 * RATE, channels=1)
    return ClipRef(name, name, media, span, span.moved(start))


def take(name: str, of: str, *queries: QueryRow, **more: Any) -> Take:
    return Take(name, 1, "d", of, Path(f"{of}.wav"), Span(0, 2 * RATE, RATE), more.pop("within", None), queries, **more)


def result(name: str, *found: bool, done: bool = True, **more: Any) -> TakeResult:
    stems = tuple(Path(f"{name} {number}.wav") for number in range(len(found)))
    files = StemFiles(StemSettings((RenderSettings(),) * len(found)), stems, Path(f"{name} rest.wav")) if done else None
    presence = Presence(("",) * len(found), found, (0.0,) * len(found), 0.0, 1.0, ((0.5, 0.5),) * len(found))
    regions = tuple(((0.5, 1.0),) for _ in found)
    return TakeResult(files=files, final_files=files, presence=presence, regions=regions, **more)


CONTENT = DocumentContent(
    Timeline(
        "song", RATE, (Track("t1", "one", (clip("a", 0), clip("b", 4 * RATE))), Track("t2", "two", (clip("c", 0),)))
    )
)
PENDING = PendingJob(StemSettings((RenderSettings(),) * 2), is_final=True)
TWO = Workspace(
    documents=(Document("d", "session", (Path("song.rpp"),)),),
    front_id="d",
    takes=(take("ta", "a", DOG), take("tb", "b", replace(DOG, text="A Dog"), RAIN)),
    current={"d/a": "ta", "d/b": "tb"},
)
DONE = {"ta": result("ta", True), "tb": result("tb", True, True)}


def scene(workspace: Workspace = TWO, results: Mapping[str, TakeResult] = DONE, **more: Any) -> Scene:
    return scene_of(workspace, CONTENT, results, **more)


def lane(title: str, workspace: Workspace = TWO, results: Mapping[str, TakeResult] = DONE) -> Lane:
    lanes = scene(workspace, results).tracks[0].lanes
    return next(lane for lane in lanes if lane.title.casefold() == title.casefold())


def test_clips_of_a_track_share_the_lane_of_a_sound() -> None:
    assert [lane.title for lane in scene().tracks[0].lanes] == ["A Dog", "rain", "Rest"]
    assert [part.path for part in lane("a dog").parts] == [Path("ta 0.wav"), Path("tb 0.wav")]
    assert [part.place.start for part in lane("a dog").parts] == [0, 4 * RATE]
    assert [part.path for part in lane("Rest").parts] == [Path("ta rest.wav"), Path("tb rest.wav")]


def test_parts_have_their_own_regions_on_the_timeline() -> None:
    assert [part.regions for part in lane("a dog").parts] == [
        (Span(RATE // 2, RATE // 2, RATE),), (Span(4 * RATE + RATE // 2, RATE // 2, RATE),),
    ]  # fmt: skip


def test_a_draft_has_a_lane_beside_the_finished_ones() -> None:
    drafted = replace(TWO, draft=take("td", "a", DOG, draft=True))
    results = {**DONE, "td": result("td", True)}
    lanes = scene(drafted, results).tracks[0].lanes
    assert [lane.kind for lane in lanes] == ["stem", "stem", "rest", "draft"]
    assert lanes[-1].chip == Chip("draft")
    assert lanes[-1].id != lanes[0].id


def test_a_sound_that_was_not_found_is_a_thin_row_that_says_where() -> None:
    results = {**DONE, "tb": result("tb", True, False)}
    assert lane("rain", results=results).missing == "not found in this clip"
    part = take("tb", "b", DOG, RAIN, within=Span(4 * RATE, RATE, RATE))
    assert lane("rain", replace(TWO, takes=(TWO.takes[0], part)), results).missing == "not found in the selection"


def test_a_sound_found_in_one_of_two_clips_has_a_lane_with_a_gap() -> None:
    results = {**DONE, "ta": result("ta", False)}
    assert not lane("a dog", results=results).missing
    assert [part.state for part in lane("a dog", results=results).parts] == ["missing", "ready"]
    assert lane("a dog", results=results).chip is None


def test_a_sound_that_is_kept_all_the_same_has_its_file() -> None:
    results = {**DONE, "tb": result("tb", True, False)}
    forced = with_forced(TWO, RAIN_LANE)
    assert not lane("rain", forced, results).missing
    assert lane("rain", forced, results).parts[0].path == Path("tb 1.wav")
    assert with_forced(forced, RAIN_LANE) == forced


@pytest.mark.parametrize(
    ("now", "chip", "state"),
    [
        ({"pending": PENDING, "done": None}, Chip("waiting", "busy"), "pending"),
        ({"pending": PENDING, "done": 0.424}, Chip("42%", "busy"), "pending"),
        ({"error": "no model"}, Chip("failed", "warning"), "pending"),
        ({"cancelled": True}, Chip("cancelled"), "pending"),
    ],
)
def test_a_chip_says_why_a_lane_is_not_finished(now: dict[str, Any], chip: Chip, state: str) -> None:
    results = {**DONE, "tb": replace(result("tb", True, True, done=False), **now)}
    assert lane("rain", results=results).chip == chip
    assert lane("rain", results=results).parts[0].state == state


def test_stems_of_older_settings_are_stale_at_once() -> None:
    changed = with_render(TWO, {"rain": RenderSettings(strength=2.0)})
    assert [part.state for part in lane("a dog", changed).parts] == ["ready", "ready"]
    assert [part.state for part in lane("Rest", changed).parts] == ["ready", "stale"]
    assert lane("rain", changed).chip == Chip("updating", "busy")


def test_lanes_whose_stems_are_on_tracks_of_the_session_are_shown_only_on_demand() -> None:
    placed = replace(clip("rain 1", 4 * RATE), media=Media(Path("tb 1.wav"), rate=RATE, frames=2 * RATE, channels=1))
    timeline = replace(CONTENT.timeline, tracks=(*CONTENT.timeline.tracks, Track("t3", "one [rain]", (placed,))))
    content = replace(CONTENT, timeline=timeline)
    titles = [[lane.title for lane in scene_of(TWO, content, DONE, placed=p).tracks[0].lanes] for p in (False, True)]
    assert titles == [["A Dog", "Rest"], ["A Dog", "rain", "Rest"]]
    colours = ["#000001", "#000002"]
    track = scene_of(TWO, content, DONE, colours).tracks[2]
    assert [clip.colour for clip in track.clips] == ["#000002"]
    assert [lane.is_placed for lane in lanes_of(TWO, content, DONE)["t1"]] == [False, True, False]


def test_a_stem_that_was_printed_through_effects_counts_as_placed() -> None:
    wet = replace(clip("rain 1", 4 * RATE), media=Media(Path("tb 1 [fx] 2.wav"), rate=RATE, frames=RATE, channels=1))
    timeline = replace(CONTENT.timeline, tracks=(*CONTENT.timeline.tracks, Track("t3", "one [rain]", (wet,))))
    lanes = lanes_of(TWO, replace(CONTENT, timeline=timeline), DONE)["t1"]
    assert [lane.title for lane in lanes if lane.is_placed] == ["rain"]


def test_a_solo_dims_all_lanes_and_tracks_that_are_not_heard() -> None:
    solo = with_mix(TWO, RAIN_LANE, LaneMix(solo=True))
    assert [lane.is_audible for lane in scene(solo).tracks[0].lanes] == [False, True, False]
    assert [track.is_audible for track in scene(solo).tracks] == [False, False]


def test_solo_and_mute_of_a_track_hold_for_its_lanes() -> None:
    solo = with_mix(TWO, track_key("d", "t1"), LaneMix(solo=True))
    assert all(lane.is_audible for lane in scene(solo).tracks[0].lanes)
    assert [track.is_audible for track in scene(solo).tracks] == [True, False]
    mute = with_mix(TWO, track_key("d", "t1"), LaneMix(mute=True))
    assert not any(lane.is_audible for lane in scene(mute).tracks[0].lanes)
    assert scene(mute).tracks[0].mix == LaneMix(mute=True)


def test_a_mute_is_stronger_than_a_solo() -> None:
    assert not is_audible(LaneMix(solo=True, mute=True), LaneMix(), any_solo=True)
    assert not is_audible(LaneMix(solo=True), LaneMix(mute=True), any_solo=True)
    assert not has_solo(TWO, lanes_of(TWO, CONTENT, DONE))


KEYS = (track_key("d", "t1"), track_key("d", "t2"), DOG_LANE, RAIN_LANE, track_lane_id("d", "t1", None))
mixes = st.dictionaries(st.sampled_from(KEYS), st.builds(LaneMix, solo=st.booleans(), mute=st.booleans()))


@given(mixes)
def test_what_is_dimmed_is_what_the_player_leaves_out(chosen: dict[str, LaneMix]) -> None:
    workspace = replace(TWO, mixes=chosen)
    content = replace(CONTENT, audio_files={name: Path(f"{name}.wav") for name in ("a", "b", "c")})
    program = program_of(workspace, content, DONE)
    assert program is not None
    weights = voice_weights("lanes", program.voices, workspace.mixes)
    first, second = scene(workspace).tracks
    assert {lane.id for lane in first.lanes if lane.is_audible} == weights.keys() & {lane.id for lane in first.lanes}
    assert second.is_audible == (KEYS[1] in weights)


def test_mixes_of_takes_as_old_workspaces_have_them_change_nothing() -> None:
    old = replace(TWO, mixes={"ta/0": LaneMix(solo=True), "ta/rest": LaneMix(mute=True)})
    assert scene(old) == scene()


def test_own_markers_are_shown_until_the_session_has_them() -> None:
    marker = Marker("here", Span(RATE, 0, RATE))
    own = with_marker(TWO, marker)
    assert scene(own).markers == (MarkerView("here", marker.span, is_own=True),)
    content = replace(CONTENT, timeline=replace(CONTENT.timeline, markers=(marker,)))
    assert scene_of(own, content, DONE).markers == (MarkerView("here", marker.span),)


def test_a_session_without_clips_has_a_ruler_of_a_minute() -> None:
    empty = replace(CONTENT, timeline=Timeline("empty", RATE, (Track("t", "t", ()),)))
    assert scene_of(TWO, empty, {}).frames >= 60 * RATE


def test_a_presence_that_still_grows_is_drawn_and_hides_no_lane() -> None:
    plain = {
        "queries": ["a dog"], "found": [False], "unsure": [False], "share_db": [-90.0], "first_seconds": 0.0,
        "step_seconds": 0.5, "values": [[0.0, 0.7, 0.0, 0.0]],
    }  # fmt: skip
    growing = Presence.from_job({**plain, "until_seconds": 1.0})
    for presence, is_missing in ((growing, False), (Presence.from_job(plain), True)):
        facts = {"ta": replace(result("ta", True, done=False, pending=PENDING), presence=presence)}
        lane = next(lane for lane in lanes_of(TWO, CONTENT, facts)["t1"] if lane.id == DOG_LANE)
        assert next(stem for stem in lane.stems if stem.take.id == "ta").is_missing == is_missing
        drawn = next(lane for lane in scene(TWO, facts).tracks[0].lanes if lane.id == DOG_LANE)
        assert drawn.parts[0].presence == (0.0, 0.7, 0.0, 0.0)
