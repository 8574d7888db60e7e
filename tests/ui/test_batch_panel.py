"""The batch: a folder or clips as one set of jobs, its table, and its life across restarts."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flowsep_ui.panels.batch import BatchPanel
from flowsep_ui.panels.batch_model import FILE, LEVEL, NULL, PRESENCE, SOUND, STATE
from flowsep_ui.studio.batch.batch_clips import BatchClip, folder_clips, with_sounds
from flowsep_ui.studio.batch.batch_set import summary_of, summary_text
from flowsep_ui.studio.batch.batch_store import BatchWriter, load_batch
from flowsep_ui.studio.panel_directory import PanelDirectory, PanelFolders
from flowsep_ui.studio.queries import QueryRow
from flowsep_ui.studio.workspace import Preset, WorkspaceSelection
from panel_makers import RATE, FakeLink, sound, window
from PyQt6.QtCore import Qt

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import UsageError
from flowsep_plugin.jobs.job import JobError
from flowsep_plugin.timeline import ClipRef, Timeline, Track, save_session
from flowsep_plugin.timeline.media import probe_media

DOG = QueryRow("a dog")


@pytest.fixture
def link(qapp: object) -> FakeLink:
    return FakeLink()


@pytest.fixture
def panel(tmp_path: Path, link: FakeLink):
    whole = window(tmp_path / "home", link)
    yield whole
    whole.leave()
    whole.deleteLater()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three sounds, one below another folder, and a file that is none."""
    for name, seconds in (("a.wav", 1.0), ("b.wav", 2.0), ("day 2/c.wav", 1.0)):
        sound(tmp_path / "tapes" / name, seconds)
    (tmp_path / "tapes" / "broken.wav").write_bytes(b"RIFF")
    return tmp_path / "tapes"


def table(panel: Any) -> BatchPanel:
    return panel.docks["batch"].widget()


def cells(panel: Any, column: int) -> list[str]:
    view = table(panel)
    view.show_batch()
    return [view.filter.index(row, column).data() for row in range(view.filter.rowCount())]


def press(panel: Any, name: str) -> None:
    """Click a button of the panel, as it is after everything that has happened."""
    table(panel).show_batch()
    getattr(table(panel), name).click()


def started(panel: Any, folder: Path, *queries: QueryRow) -> None:
    table(panel).add_folder(folder)
    panel.model.do("q", lambda w: replace(w, queries=queries or (DOG,)))
    press(panel, "start")


def test_a_folder_becomes_clips_by_path_without_its_stems(folder: Path) -> None:
    sound(folder / "FlowSep" / "a [a dog].wav")
    clips = folder_clips(folder)
    assert [(clip.name, clip.state) for clip in clips] == [
        ("a.wav", "new"), ("b.wav", "new"), ("broken.wav", "failed"), (str(Path("day 2/c.wav")), "new"),
    ]  # fmt: skip
    assert clips[3].out == folder / "FlowSep" / "day 2"
    assert (clips[1].seconds, clips[2].error) == (2.0, "cannot be read as audio")


def test_a_folder_without_audio_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no audio files"):
        folder_clips(tmp_path)


def test_a_batch_without_sounds_does_not_start(panel, link, folder: Path) -> None:
    table(panel).add_folder(folder)
    press(panel, "start")
    assert "Type the sounds" in panel.messages.text.text()
    assert link.submissions == []


def test_results_come_into_the_table_as_jobs_end(panel, link, folder: Path) -> None:
    started(panel, folder, DOG, QueryRow("rain"), QueryRow("hum", negative=True))
    jobs = [link.take(index) for index in range(3)]
    assert [job.spec.request.queries for job in jobs] == [("a dog", "rain")] * 3
    assert jobs[0].spec.request.negative == ("hum",)
    link.run(jobs[0], 0.25)
    assert cells(panel, STATE) == ["25%", "waiting", "failed", "waiting"]
    link.finish(jobs[0])
    link.finish(jobs[1], found=False)
    link.fail(jobs[2], "the disk is full")
    assert cells(panel, SOUND) == ["a dog", "rain", "a dog", "rain", "", "a dog, rain"]
    assert cells(panel, PRESENCE) == ["found", "found", "not found", "not found", "", ""]
    assert cells(panel, LEVEL)[:2] == ["-6 dB", "-6 dB"]
    assert cells(panel, STATE) == ["done"] * 4 + ["failed"] * 2
    assert panel.batch.summary.failed == 2


def test_only_found_sounds_are_shown_on_demand_and_columns_sort(panel, link, folder: Path) -> None:
    started(panel, folder)
    for index in range(3):
        link.finish(link.take(index), found=index != 1)
    table(panel).found_only.setChecked(True)
    assert cells(panel, FILE) == ["a.wav", str(Path("day 2/c.wav"))]
    table(panel).table.sortByColumn(FILE, Qt.SortOrder.DescendingOrder)
    assert cells(panel, FILE) == [str(Path("day 2/c.wav")), "a.wav"]
    table(panel).found_only.setChecked(False)
    table(panel).table.sortByColumn(PRESENCE, Qt.SortOrder.AscendingOrder)
    assert cells(panel, PRESENCE) == ["", "not found", "found", "found"]


def test_pause_cancel_and_retry_act_on_the_batch_alone(panel, link, folder: Path) -> None:
    started(panel, folder)
    jobs = [link.take(index) for index in range(3)]
    press(panel, "pause")
    assert cells(panel, STATE) == ["paused", "paused", "failed", "paused"]
    assert table(panel).pause.isChecked()
    press(panel, "pause")
    assert cells(panel, STATE)[0] == "waiting"
    link.finish(jobs[0])
    press(panel, "cancel")
    assert link.cancelled == [jobs[1].id, jobs[2].id]
    assert cells(panel, STATE) == ["done", "cancelled", "failed", "cancelled"]
    press(panel, "retry")
    assert len(link.submissions) == 5
    link.finish(link.take(3))
    assert cells(panel, STATE) == ["done", "done", "failed", "waiting"]


def test_a_preset_gives_its_sounds_and_settings(panel, link, folder: Path) -> None:
    panel.model.do("p", lambda w: replace(w, presets=(Preset("dogs", (DOG,)),), queries=(QueryRow("rain"),)))
    view = table(panel)
    view.sounds.setCurrentIndex(view.sounds.findData("dogs"))
    view.add_folder(folder)
    press(panel, "start")
    assert {spec.request.queries for _, spec in link.submissions} == {("a dog",)}


def test_clips_of_a_session_are_added_as_they_are_trimmed(panel, link, tmp_path: Path) -> None:
    media = probe_media(sound(tmp_path / "drums.wav", 4.0))
    clips = tuple(
        ClipRef(f"c{n}", f"verse {n}", media, Span(n * RATE, RATE, RATE), Span(n * RATE, RATE, RATE)) for n in range(3)
    )
    save_session(Timeline("song", RATE, (Track("t", "Drums", clips, 2),)), tmp_path / "song.rpp")
    panel.open_paths([tmp_path / "song.rpp"])
    first = next(clip for _, clip in panel.model.front.timeline.clips())
    panel.model.do("s", lambda w: replace(w, selected=WorkspaceSelection(first.place, first.id)))
    panel.batch.add_clips(selected_only=True)
    assert cells(panel, FILE) == ["song.rpp: verse 0"]
    panel.batch.add_clips(selected_only=False)
    panel.batch.start((DOG,))
    assert [spec.files.span for _, spec in link.submissions] == [Span(n * RATE, RATE, RATE) for n in range(3)]
    assert {spec.files.out for _, spec in link.submissions} == {panel.model.front.out.absolute()}


def test_a_double_click_opens_the_file_with_its_stems_and_no_new_job(qtbot, panel, link, folder: Path) -> None:
    started(panel, folder, DOG)
    for index in range(3):
        link.finish(link.take(index))
    view = table(panel)
    view.show_batch()
    view.table.doubleClicked.emit(view.filter.index(1, FILE))
    (take,) = panel.model.workspace.takes
    assert panel.model.workspace.front.paths == (folder / "b.wav",)
    result = panel.model.result(take.id)
    assert [path.name for path in result.final_files.paths] == ["b [a dog].wav", "b [rest].wav"]
    assert panel.model.workspace.queries == (DOG,)
    qtbot.wait(60)
    assert len(link.submissions) == 3
    panel.batch.open(panel.batch.clips[1].key)
    assert len(panel.model.workspace.takes) == 1


def test_the_batch_survives_a_restart_and_takes_over_what_ended_meanwhile(tmp_path: Path, link, folder: Path) -> None:
    folders = PanelFolders(tmp_path / "home" / "panel", tmp_path / "home" / "cache")
    first = window(tmp_path / "home", link, PanelDirectory(folders))
    started(first, folder)
    jobs = [link.take(index) for index in range(3)]
    link.finish(jobs[0])
    first.leave()
    first.deleteLater()
    other = FakeLink()
    second = window(tmp_path / "home", other, PanelDirectory(folders))
    assert cells(second, STATE) == ["done", "waiting", "failed", "waiting"]
    assert cells(second, PRESENCE)[0] == "found"
    done = other.finish(jobs[1])
    other.jobs_listed.emit([link.jobs[jobs[0].id], done])
    assert cells(second, STATE) == ["done", "done", "failed", "waiting"]
    assert [spec.input.name for _, spec in other.submissions] == ["c.wav"], "its job was no longer in the queue"
    second.leave()
    second.deleteLater()


def test_jobs_of_the_timeline_go_before_those_that_wait(qtbot, panel, link, folder: Path) -> None:
    started(panel, folder)
    jobs = [link.take(index) for index in range(3)]
    panel.open_paths([folder / "a.wav"])
    panel.model.do("q", lambda w: replace(w, queries=(DOG,)))
    panel.separation.separate()
    qtbot.waitUntil(lambda: len(link.submissions) == 4)
    mine = link.take()
    assert mine.id not in {job.id for job in jobs}
    assert link.moved == [(mine.id, None)]


def test_the_table_is_exported_in_the_columns_of_a_batch_report(panel, link, folder: Path, tmp_path: Path) -> None:
    started(panel, folder)
    link.finish(link.take(0))
    table(panel).export_table(tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["input"], row["query"], row["state"]) for row in rows] == [
        ("a.wav", "a dog", "done"), ("b.wav", "", "waiting"), ("broken.wav", "", "failed"),
        (str(Path("day 2/c.wav")), "", "waiting"),
    ]  # fmt: skip
    assert rows[0]["share_db"] == "-6.0"
    assert "Table written" in panel.messages.text.text()


def test_a_refused_clip_shows_why(panel, link, folder: Path) -> None:
    started(panel, folder)
    ticket, _ = link.submissions[0]
    link.refused.emit(ticket, JobError("MediaError", "the folder cannot be created; choose another", 3, setting="out"))
    assert panel.batch.clips[0].error == "the folder cannot be created; choose another"
    assert cells(panel, STATE)[0] == "failed"


def test_the_time_left_counts_sound_that_is_left_at_the_pace_so_far(folder: Path) -> None:
    def clip(number: int, **values: Any) -> BatchClip:
        return replace(with_sounds(folder_clips(folder)[0], (DOG,), "default", "auto"), key=str(number), **values)

    clips = [clip(1, state="done", run_seconds=4.0), clip(2, state="running", done=0.5), clip(3), clip(4)]
    summary = summary_of(clips)
    assert (summary.done, summary.total, summary.eta_seconds) == (1, 4, 10.0)
    assert summary.fraction == pytest.approx(1.5 / 4)
    assert summary_text(summary) == "1 of 4 · 0:10 left"
    assert summary_of([clip(1)]).eta_seconds is None


def test_a_batch_is_read_as_it_was_written(folder: Path, tmp_path: Path) -> None:
    clips = tuple(with_sounds(clip, (DOG,), "default", "auto") for clip in folder_clips(folder))
    clips = (
        replace(clips[0], state="done", result={"rest": None, "files": []}, rows=({"query": "a dog"},)),
        *clips[1:],
    )
    writer = BatchWriter(tmp_path / "batch.json")
    writer.save(clips)
    assert load_batch(tmp_path / "batch.json") == clips
    changed = (*clips[:1], replace(clips[1], state="cancelled"), *clips[2:])
    writer.save(changed)
    assert load_batch(tmp_path / "batch.json") == changed
    assert load_batch(tmp_path / "other.json") == ()


def test_a_damaged_batch_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / "batch.json").write_text(json.dumps({"format": 1, "clips": [{}]}))
    assert load_batch(tmp_path / "batch.json") == ()
    assert (tmp_path / "batch.damaged").exists()


def test_saved_files_stay_small_as_curves_are_left_out(panel, link, folder: Path) -> None:
    started(panel, folder)
    link.finish(link.take(0))
    result = panel.batch.clips[0].result
    assert result is not None
    assert result["presence"]["values"] == []
    assert set(result["record"]) <= {"stems", "null_db", "notes"}


def test_removed_clips_leave_the_batch_and_their_jobs_are_cancelled(panel, link, folder: Path) -> None:
    started(panel, folder)
    job = link.take(0)
    panel.batch.remove([panel.batch.clips[0].key])
    assert link.cancelled == [job.id]
    assert len(panel.batch.clips) == 3
    view = table(panel)
    view.show_batch()
    view.remove.click()
    assert panel.batch.clips == ()
    assert cells(panel, NULL) == []


def test_every_widget_of_the_batch_has_a_name(panel) -> None:
    from dialog_makers import unnamed

    assert unnamed(table(panel)) == []
