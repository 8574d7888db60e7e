"""Every sound has render settings of its own, every document its own sounds."""

from dataclasses import replace
from pathlib import Path

import pytest
from flowsep_ui.studio.document_content import DocumentContent, read_document
from flowsep_ui.studio.documents import with_opened, with_shown, without_document
from flowsep_ui.studio.lanes import track_lane_id
from flowsep_ui.studio.queries import QueryRow, with_query
from flowsep_ui.studio.queue import Queue
from flowsep_ui.studio.reconcile import Submit, reconcile, stale_stems, stem_settings
from flowsep_ui.studio.results import (
    PendingJob,
    StemFiles,
    StemSettings,
    TakeResult,
    has_stopped,
    progressed,
    superseded_files,
    with_cancelled,
)
from flowsep_ui.studio.saved.old_workspace import with_tracks
from flowsep_ui.studio.takes import (
    job_spec,
    selected_parts,
    with_another_take,
    with_current_take,
    with_take_before,
    with_takes,
)
from flowsep_ui.studio.workspace import Workspace, with_render
from panel_makers import sound

from flowsep_plugin.audition import LaneMix
from flowsep_plugin.jobs.job import Job
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.render_settings import RenderSettings

DEFAULT, STRONG, SOFT = RenderSettings(), RenderSettings(strength=2.0), RenderSettings(strength=0.5)


@pytest.fixture
def separated(tmp_path: Path) -> tuple[Workspace, DocumentContent]:
    """One file with a take of two sounds."""
    queries = (QueryRow("a dog"), QueryRow("rain", 1), QueryRow("wind", 2, negative=True))
    workspace = replace(with_opened(Workspace(), [sound(tmp_path / "take.wav")]), queries=queries)
    assert workspace.front is not None
    content = read_document(workspace.front, tmp_path)
    return with_takes(workspace, content, selected_parts(content, None)), content


def files_of(workspace: Workspace) -> TakeResult:
    settings = stem_settings(workspace, workspace.takes[-1])
    return TakeResult(files=StemFiles(settings, (Path("/a.wav"), Path("/b.wav")), Path("/r.wav")))


def test_a_job_renders_every_stem_with_its_own_settings(separated: tuple[Workspace, DocumentContent]) -> None:
    workspace = with_render(separated[0], {"rain": STRONG})
    take = workspace.takes[0]
    spec = job_spec(take, Path("/out"), stem_settings(workspace, take))
    assert [spec.request.render_of(index) for index in range(2)] == [DEFAULT, STRONG]
    assert JobSpec.from_json(spec.as_json()) == spec


def test_equal_settings_are_asked_for_as_before(separated: tuple[Workspace, DocumentContent]) -> None:
    workspace = with_render(separated[0], {"a dog": STRONG, "rain": STRONG})
    spec = job_spec(workspace.takes[0], Path("/out"), stem_settings(workspace, workspace.takes[0]))
    assert spec.request.render == STRONG
    assert "stem_render" not in spec.as_json()["request"]


def test_settings_of_one_sound_render_the_take_again_and_mark_its_lane_stale(
    separated: tuple[Workspace, DocumentContent],
) -> None:
    before, _ = separated
    result = files_of(before)
    assert stale_stems(before, before.takes[0], result) == (False, False, False)
    after = with_render(before, {"rain": STRONG})
    take = after.takes[0]
    assert stale_stems(after, take, result) == (False, True, True)
    assert reconcile(after, {take.id: result}) == (Submit(take, StemSettings((DEFAULT, STRONG)), is_final=False),)


def test_a_new_document_starts_with_default_settings_and_the_texts(tmp_path: Path) -> None:
    workspace = replace(with_opened(Workspace(), [tmp_path / "a.rpp"]), queries=(QueryRow("rain", render=STRONG),))
    other = with_opened(workspace, [tmp_path / "b.rpp"])
    assert other.queries == (QueryRow("rain"),)
    assert other.front is not None
    back = with_shown(other, workspace.documents[0].id)
    assert back.queries == workspace.queries
    assert with_shown(back, other.front.id).queries == other.queries


def test_each_document_shows_its_own_sounds(tmp_path: Path) -> None:
    one = replace(with_opened(Workspace(), [tmp_path / "a.rpp"]), queries=(QueryRow("rain"),))
    two = with_opened(one, [tmp_path / "b.rpp"])
    two = replace(two, queries=with_query((), "a dog"))
    assert [query.text for query in with_opened(two, [tmp_path / "a.rpp"]).queries] == ["rain"]
    closed = without_document(two, two.front_id or "")
    assert [query.text for query in closed.queries] == ["rain"]
    assert closed.other_queries == {}


def test_after_the_last_document_is_closed_no_setting_is_left(tmp_path: Path) -> None:
    workspace = replace(with_opened(Workspace(), [tmp_path / "a.rpp"]), queries=(QueryRow("rain", render=STRONG),))
    closed = without_document(workspace, workspace.front_id or "")
    assert with_opened(closed, [tmp_path / "b.rpp"]).queries == (QueryRow("rain"),)


def test_settings_made_before_anything_is_open_stay(tmp_path: Path) -> None:
    workspace = Workspace(queries=(QueryRow("rain", render=STRONG),))
    assert with_opened(workspace, [tmp_path / "a.rpp"]).queries == workspace.queries


def test_showing_a_take_shows_its_settings(separated: tuple[Workspace, DocumentContent]) -> None:
    workspace, _ = separated
    first = workspace.takes[0]
    second = with_render(with_another_take(workspace, first), {"a dog": SOFT})
    assert [query.render for query in second.queries] == [SOFT, DEFAULT, DEFAULT]
    assert [query.render for query in with_current_take(second, first).queries] == [DEFAULT, DEFAULT, DEFAULT]


def test_another_take_has_the_settings_of_now(separated: tuple[Workspace, DocumentContent]) -> None:
    workspace, _ = separated
    queries = (QueryRow("a dog", render=SOFT), *workspace.queries[1:])
    new = with_another_take(replace(workspace, queries=queries), workspace.takes[0])
    assert new.takes[-1].queries[0].render == SOFT


def test_a_sound_that_is_forced_by_its_lane_is_written_all_the_same(
    separated: tuple[Workspace, DocumentContent],
) -> None:
    workspace, content = separated
    take, track = workspace.takes[0], content.timeline.tracks[0].id
    forced = replace(workspace, forced=(track_lane_id(take.document, track, "Rain"),))
    assert stem_settings(forced, take).keep_absent == ("rain",)
    of_another_track = replace(workspace, forced=(track_lane_id(take.document, "other", "rain"),))
    assert stem_settings(of_another_track, take).keep_absent == ()
    assert stem_settings(of_another_track, replace(take, track="")).keep_absent == ("rain",)


def test_takes_without_a_track_get_theirs_and_the_mixes_of_their_lanes(
    separated: tuple[Workspace, DocumentContent],
) -> None:
    workspace, content = separated
    take, track = workspace.takes[0], content.timeline.tracks[0].id
    mixes = {f"{take.id}/1": LaneMix(solo=True), f"{take.id}/rest": LaneMix(mute=True), "other": LaneMix()}
    old = replace(workspace, takes=(replace(take, track=""),), mixes=mixes)
    new = with_tracks(old, take.document, content)
    assert new.takes == workspace.takes
    assert new.mixes == {
        track_lane_id(take.document, track, "rain"): LaneMix(solo=True),
        track_lane_id(take.document, track, None): LaneMix(mute=True),
        "other": LaneMix(),
    }
    assert with_tracks(new, take.document, content) is new


# --- ends of jobs ---


def test_cancelled_is_not_failed(separated: tuple[Workspace, DocumentContent]) -> None:
    workspace, _ = separated
    settings = stem_settings(workspace, workspace.takes[0])
    result = with_cancelled(TakeResult(pending=PendingJob(settings, True, "j"), done=0.4))
    assert (result.state, result.error, result.done) == ("cancelled", None, None)
    assert has_stopped(result, settings)
    assert reconcile(workspace, {workspace.takes[0].id: result}) == ()


def test_a_cancelled_render_leaves_the_stems_of_before(separated: tuple[Workspace, DocumentContent]) -> None:
    before, _ = separated
    after = with_render(before, {"rain": STRONG})
    take = after.takes[0]
    pending = PendingJob(stem_settings(after, take), False, "j")
    result = with_cancelled(replace(files_of(before), pending=pending))
    assert result.state == "done"
    assert reconcile(after, {take.id: result}) == ()
    other = with_render(after, {"rain": SOFT})
    assert len(reconcile(other, {take.id: result})) == 1


def test_after_a_cancelled_take_the_clip_shows_what_it_showed_before(
    separated: tuple[Workspace, DocumentContent],
) -> None:
    first, _ = separated
    both = with_another_take(first, first.takes[0])
    new = both.takes[-1]
    assert both.current_take(new.document, new.clip) == new
    assert with_take_before(both, new.id, {first.takes[0].id}).current_take(new.document, new.clip) == first.takes[0]
    assert with_take_before(both, new.id, ()).current_take(new.document, new.clip) is None


def test_progress_in_the_list_of_jobs_never_goes_back(separated: tuple[Workspace, DocumentContent]) -> None:
    workspace, _ = separated
    spec = job_spec(workspace.takes[0], Path("/out"), stem_settings(workspace, workspace.takes[0]))
    queue = Queue().changed(Job("j", "running", spec, 1, created=1.0))
    queue = queue.progressed("j", 0.76, 2.0).progressed("j", 0.69, 5.0)
    assert [(row.done, row.eta_seconds) for row in queue.rows] == [(0.76, 5.0)]


def test_progress_never_goes_back() -> None:
    result = progressed(progressed(TakeResult(), 0.76), 0.69)
    assert result.done == 0.76
    assert progressed(result, None).done == 0.76
    assert progressed(result, 0.8).done == 0.8


# --- final files that are replaced ---


def finals(*names: str, receipt: str | None = None) -> StemFiles:
    *stems, residual = (Path(name) for name in names)
    return StemFiles(StemSettings((DEFAULT,)), tuple(stems), residual, None if receipt is None else Path(receipt))


def test_final_files_of_before_are_removed_once_others_replace_them() -> None:
    before = TakeResult(final_files=finals("/a (2).wav", "/r (2).wav", receipt="/a (2).json"))
    results = {"t2": TakeResult(final_files=finals("/a (3).wav", "/r (3).wav"))}
    assert superseded_files(results, "t2", before) == (Path("/a (2).wav"), Path("/r (2).wav"), Path("/a (2).json"))


def test_final_files_that_were_handed_out_or_are_still_in_use_stay() -> None:
    before = TakeResult(final_files=finals("/a.wav", "/r.wav"))
    same = {"t": TakeResult(final_files=finals("/a.wav", "/r.wav"))}
    assert superseded_files(same, "t", before) == ()
    new = {"t": TakeResult(final_files=finals("/b.wav", "/s.wav"))}
    assert superseded_files(new, "t", replace(before, handed_out=True)) == ()
    assert superseded_files({**new, "other": before}, "t", before) == ()
