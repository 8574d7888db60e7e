"""Files written by version 0.1.0 can be read; `golden/v0_1/README.md` describes how each was written."""

import csv
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flowsep_plugin import FileRequest, RenderSettings, Request, Span, evaluate
from flowsep_plugin.checksum import sha256
from flowsep_plugin.engine.families import load_card
from flowsep_plugin.engine.flowsep.choice import ChoiceRule
from flowsep_plugin.engine.flowsep.matcher import Matcher
from flowsep_plugin.engine.flowsep.zero_shot import Classes
from flowsep_plugin.evaluate.sources import read_dcase_pairs, read_sounds
from flowsep_plugin.files import read_receipt
from flowsep_plugin.hosts.midi_learn import load_map
from flowsep_plugin.hosts.relay import OrderState, relay, state_text
from flowsep_plugin.jobs.batch import journal, report
from flowsep_plugin.jobs.batch.manifest import BatchItem, manifest_items
from flowsep_plugin.jobs.batch.run import Outcome
from flowsep_plugin.jobs.directory import Address, WorkerDirectory
from flowsep_plugin.jobs.job import Job, JobError
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.jobs.store.cache import EstimateCache
from flowsep_plugin.jobs.store.database import Database
from flowsep_plugin.jobs.store.queue import JobQueue
from flowsep_plugin.media import probe
from flowsep_plugin.media.peak_cache import PeakCache
from flowsep_plugin.settings import PanelSettings, WorkerSettings, panel_settings, worker_settings
from flowsep_plugin.settings.edit import change_settings
from flowsep_plugin.timeline import Timeline, read_session
from flowsep_plugin.timeline.exports.labels import parse_labels

OLD = Path(__file__).parent / "golden" / "v0_1"
USER = "/home/user"
CLIP, STEMS, MODEL = Path(f"{USER}/clips/yard.wav"), Path(f"{USER}/stems"), f"{USER}/models/pocket"
RENDER = RenderSettings(mode="hybrid", strength=1.5, reduce_db=12.0, gate=0.25)
REQUEST = Request(
    queries=("a dog barking", "rain"),
    negative=("speech",),
    steps=3,
    solver="midpoint",
    seed=42,
    seed_count=3,
    render=RENDER,
)
PART = Span(200, 1_400, 8_000)
SPEC = JobSpec(
    CLIP, REQUEST, FileRequest(STEMS, "flac24", PART), model=MODEL, device="cpu", cpu_fallback=True, loudness=True
)
LEAST = JobSpec(CLIP, Request(["wind"]), FileRequest(STEMS))
with_posix_paths = pytest.mark.skipif(os.name == "nt", reason="job ids were computed from POSIX paths")


def plain(name: str) -> Any:
    return json.loads((OLD / name).read_text("utf-8"))


def copied(name: str, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(OLD / name, target))


def text_at(name: str, directory: Path) -> str:
    """Return the text of a file with its user's folder replaced by `directory`."""
    return (OLD / name).read_text("utf-8").replace(USER, directory.as_posix())


def test_an_old_receipt_gives_the_same_request_and_files():
    source, request, files, record = read_receipt(OLD / "receipt.json")
    assert source == OLD / "yard.wav"
    assert request == REQUEST
    assert files == FileRequest(OLD, "flac24", PART, keep_format=True)
    assert (record["model"]["name"], record["model"]["folder"]) == ("pocket", MODEL)
    assert [(stem["query"], stem["file"]) for stem in record["stems"]] == [
        ("a dog barking", "yard [a dog barking].flac"),
        ("rain", "yard [rain].flac"),
    ]


@pytest.mark.parametrize(("name", "sound"), [("stem.flac", "a dog barking"), ("stem.wav", "a car door")])
def test_an_old_stem_has_its_time_reference_and_query(name: str, sound: str):
    info = probe(OLD / name)
    assert (info.rate, info.channels, info.frames, info.bits) == (8_000, 1, 1_400, 24)
    assert info.bext is not None
    assert (info.bext.time_reference, info.bext.description) == (200, f"yard.wav [{sound}]")


def test_an_old_job_spec_is_read_in_full():
    assert JobSpec.from_json(plain("job-spec.json")) == SPEC


def test_an_old_draft_is_still_a_draft():
    assert JobSpec.from_json(plain("job-spec-draft.json")) == JobSpec(
        CLIP,
        Request(["a car door"], draft=True, seed=7),
        FileRequest(STEMS, residual=False, overwrite=True),
        model="echo",
    )


@with_posix_paths
def test_an_old_job_keeps_its_id_and_its_estimate_key():
    spec, draft = (JobSpec.from_json(plain(name)) for name in ("job-spec.json", "job-spec-draft.json"))
    assert spec.job_id("clip", "model") == "ea72cfbd157ca7a5cb4335bc8f1afa1d"
    assert draft.job_id("clip", "model") == "90ddde9ede1e0f6331e92200c5cdb50a"
    assert spec.estimate_key("clip", "model") == "de0f3b9199e31e648026f8f3244b9bb6"


def test_a_done_job_of_an_old_worker_is_read():
    record = plain("job.json")
    job = Job.from_json(record)
    assert (job.state, job.position, job.paused, job.error) == ("done", 1, False, None)
    assert (job.created, job.started, job.finished) == (1_700_000_000.5,) * 3
    assert job.spec == replace(SPEC, request=replace(REQUEST, seed=0))
    assert job.result is not None
    assert job.result["presence"]["queries"] == ["a dog barking", "rain"]
    assert job.as_json() == record


class FakeClient:
    """A worker client that accepts jobs and completes each at once."""

    def __init__(self) -> None:
        self.specs: list[JobSpec] = []

    def submit_all(self, specs: list[JobSpec]) -> list[Job]:
        self.specs = list(specs)
        return [self.job(str(number)) for number in range(len(specs))]

    def job(self, name: str) -> Job:
        result = {"stems": [f"/stems/{name}\n.wav"], "rest": None}
        return Job(name, "done", self.specs[int(name)], int(name), result=result)

    def status(self) -> dict[str, Any]:
        return {"progress": {}}


def test_an_order_of_an_old_script_is_carried_out_and_reported_in_its_format(tmp_path: Path):
    order, client = copied("order.json", tmp_path / "order.json"), FakeClient()
    relay(order, lambda: client)  # type: ignore[arg-type,return-value]
    assert client.specs == [SPEC, LEAST]
    lines = Path(f"{order}.state").read_text("utf-8").splitlines()
    assert lines == ["progress\t1.0000\twait", "file\t1\t/stems/0%0A.wav", "file\t2\t/stems/1%0A.wav", "end\tdone\t"]
    assert (
        state_text(OrderState(0.5, "render", end="failed", message="why"))
        == "progress\t0.5000\trender\nend\tfailed\twhy\n"
    )


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[JobQueue]:
    database = Database(copied("queue.db", tmp_path / "queue.db"))
    assert database.repaired is None
    job_queue = JobQueue(database)
    yield job_queue
    job_queue.close()


def test_an_old_queue_keeps_its_jobs_in_their_states_and_order(queue: JobQueue):
    jobs = queue.jobs()
    assert [job.state for job in jobs] == ["done", "failed", "cancelled", "running", "queued", "queued"]
    assert [job.spec for job in jobs] == [replace(SPEC, request=replace(REQUEST, seed=n)) for n in range(6)]
    assert [job.paused for job in jobs] == [False] * 5 + [True]
    assert jobs[0].result is not None
    assert jobs[0].result["fell_back"] == "no card"
    assert jobs[1].error == JobError("EngineError", "the card is on fire", 4, parked=True)
    assert jobs[0].as_json() == plain("job.json")
    assert queue.digests(jobs[0].id) == ("clip0", "model-digest")
    assert queue.paused


def test_pending_renames_of_an_old_worker_are_recovered(queue: JobQueue):
    [(job, moves)] = queue.recover()
    assert job.spec.request.seed == 3
    assert moves == [(f"{STEMS.as_posix()}/.flowsep-1/a.flac", f"{STEMS.as_posix()}/a.flac")]


@with_posix_paths
def test_a_job_of_an_old_queue_keeps_its_id_when_submitted_again(queue: JobQueue):
    waiting = queue.jobs()[4]
    again, fresh = queue.submit(waiting.spec, "clip4", "model-digest")
    assert (again.id, fresh) == (waiting.id, False)
    assert len(queue.jobs()) == 6


def test_the_address_of_an_old_worker_is_read(tmp_path: Path):
    copied("address.json", tmp_path / "address.json")
    assert WorkerDirectory(tmp_path).read_address() == Address(
        "http://127.0.0.1:40123", "not-a-real-token", 4321, "0.1.0"
    )


def test_the_rows_of_an_old_manifest_are_read(tmp_path: Path):
    like = replace(SPEC, files=FileRequest(tmp_path, "flac24"))
    full, short, missing = manifest_items(OLD / "manifest.csv", like)
    render = replace(RENDER, strength=1.5, reduce_db=9.0, gate=0.5)
    assert full.spec is not None
    assert full.spec.request == replace(REQUEST, steps=3, seed=11, render=render)
    assert full.spec.files == FileRequest(tmp_path / "dogs", "flac24", Span(400, 800, 8_000))
    assert short.spec is not None
    assert short.spec.request == replace(REQUEST, queries=("wind",))
    assert (missing.name, missing.error) == ("gone.wav", None)


def results_of_the_journal(directory: Path) -> list[dict[str, Any]]:
    lines = text_at("batch-journal.jsonl", directory).splitlines()
    return [json.loads(line)["result"] for line in lines if line]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Return a batch folder with the old journal and files of the recorded size and time."""
    for result in results_of_the_journal(tmp_path):
        for file in result["files"]:
            path = Path(file["path"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(bytes(file["bytes"]))
            os.utime(path, ns=(file["changed"], file["changed"]))
    folder = tmp_path / "stems" / "batch"
    (folder / ".flowsep-batch.jsonl").write_text(text_at("batch-journal.jsonl", tmp_path), "utf-8")
    return folder


def test_an_old_journal_lists_the_jobs_that_are_done(out: Path, tmp_path: Path):
    first, second = results_of_the_journal(tmp_path)
    with journal.Journal(out) as batch:
        assert batch.result("ac3b4fb619d94a2ca1f9955b13a5fa12") == first
        Path(second["stems"][0]).write_bytes(b"changed")
        assert batch.result("4ddff7bc131557387e44ba96f67d5633") is None


def test_pending_renames_of_an_old_batch_are_completed(out: Path):
    final = out / "yard [wind].flac"
    staged = out / ".flowsep-4ddff7bc13155738" / final.name
    staged.parent.mkdir()
    final.rename(staged)
    with journal.Journal(out) as batch:
        assert batch.result("4ddff7bc131557387e44ba96f67d5633") is not None
    assert final.is_file()
    assert not staged.parent.exists()


@with_posix_paths
def test_the_jobs_of_an_old_journal_keep_their_ids():
    ids = [json.loads(line)["id"] for line in (OLD / "batch-journal.jsonl").read_text("utf-8").splitlines() if line]
    like = replace(SPEC, files=FileRequest(STEMS / "batch", "flac24"))
    items = manifest_items(OLD / "manifest.csv", like)[:2]
    specs = [replace(item.spec, input=CLIP) for item in items if item.spec is not None]
    assert [spec.job_id(sha256(OLD / "yard.wav"), sha256(OLD / "card-pocket-bundle.json")) for spec in specs] == ids


def test_old_results_give_the_old_report():
    first, second = results_of_the_journal(Path(USER))
    error = JobError("MediaError", plain("report.json")["rows"][-1]["error"], 3)
    outcomes = [
        Outcome(BatchItem("yard.wav", None), first),
        Outcome(BatchItem("yard.wav", None), second),
        Outcome(BatchItem("gone.wav", None), error=error),
    ]
    with (OLD / "report.csv").open(newline="", encoding="utf-8") as file:
        columns = tuple(next(csv.reader(file)))
    assert columns == report.COLUMNS[: len(columns)]  # newer columns come last
    newer = dict.fromkeys(report.COLUMNS[len(columns) :])
    assert list(report.rows(outcomes)) == [{**row, **newer} for row in plain("report.json")["rows"]]


def test_an_old_cached_estimate_is_loaded(tmp_path: Path):
    copied("kept.estimate", tmp_path / "de0f3b9199e31e648026f8f3244b9bb6.estimate")
    estimate = EstimateCache(tmp_path, 1 << 30).load("de0f3b9199e31e648026f8f3244b9bb6")
    assert estimate is not None
    with estimate:
        assert (estimate.queries, estimate.first, estimate.frames) == (("a dog barking", "speech"), 0, 23)
        assert (estimate.grid.rate, estimate.grid.hop, estimate.grid.bands) == (44_100, 441, 128)
        rule = estimate.presence_rule
        assert (rule.threshold_db, rule.width_db, rule.peak_db, rule.sure_db) == (-17.5, 5.0, -14.0, -3.0)
        assert estimate.energy.sum(axis=1)[0] == pytest.approx(6_415.5469)
        assert estimate.total.sum() == pytest.approx(34_047.035)
        assert estimate.mask_logits.read(0, 23).mean() == pytest.approx(-1.2927303)
        assert estimate.generated is not None
        assert estimate.generated.read(0, 23).mean() == pytest.approx(-4.99977)


def test_old_cached_peaks_are_loaded(tmp_path: Path):
    copied("kept.peaks", tmp_path / "key.peaks")
    peaks = PeakCache(tmp_path).load("key")
    assert peaks is not None
    assert (peaks.rate, peaks.channels, peaks.frames, len(peaks.levels), peaks.is_whole) == (8_000, 1, 1_800, 7, True)
    np.testing.assert_allclose(peaks.levels[0].high[0, :4], [0.05743134, 0.06200087, 0.05458331, 0.36034966])


def test_old_settings_are_read_and_can_be_changed(tmp_path: Path):
    path = copied("settings.toml", tmp_path / "settings.toml")
    worker = WorkerSettings(
        idle_seconds=120, leave_after_seconds=3600.5, cache_mb=512, keep_ended=77, roots=(CLIP.parent,), threads=2,
        cancel_grace_seconds=9.5,
    )  # fmt: skip
    panel = PanelSettings(
        theme="light", language="de", sound_device="Monitors", device="cpu", output_folder=STEMS.as_posix(),
        midi_input="Keys 1",
    )  # fmt: skip
    assert (worker_settings(path), panel_settings(path)) == (worker, panel)
    change_settings({"worker": {"threads": 4}}, path)
    assert (worker_settings(path), panel_settings(path)) == (replace(worker, threads=4), panel)
    assert path.read_text("utf-8").startswith("# mine\n")


def test_an_old_midi_map_keeps_its_actions():
    assert load_map(OLD / "midi.json").actions == {
        ("note_on", 9, 36): "separate",
        ("control_change", 0, 20): "compare",
        ("program_change", 1, 5): "next_query",
    }


def assert_is_the_old_session(timeline: Timeline) -> None:
    [(track, clip)] = timeline.clips()
    assert (timeline.rate, track.name, track.channels) == (48_000, "Dogs", 1)
    assert (clip.name, clip.cut, clip.place) == ("bark", Span(200, 800, 8_000), Span(9_600, 4_800, 48_000))
    assert (clip.gain, clip.fade_in, clip.fade_out, clip.why_not()) == (0.5, 480, 960, None)
    assert clip.media is not None
    assert clip.media.path == OLD / "yard.wav"
    [marker] = timeline.markers
    assert (marker.name, marker.span.start) == ("a dog", 9_600)


def test_the_list_of_an_old_stem_set_is_a_session():
    timeline = read_session(OLD / "stems.csv")
    assert_is_the_old_session(timeline)
    assert (timeline.origin, timeline.tempo.tempos[0].bpm, timeline.tempo.signatures[0].beats) == (172_800, 90, 3)
    assert timeline.frame_rate is not None
    assert timeline.frame_rate.fps == Fraction(25)


@pytest.mark.parametrize("name", ["session.otio", "session.dawproject"])
def test_an_old_session_file_has_its_rate_gain_and_fades(name: str):
    pytest.importorskip("opentimelineio" if name.endswith("otio") else "lxml")
    assert_is_the_old_session(read_session(OLD / name))


def test_old_labels_are_markers():
    [marker] = parse_labels((OLD / "labels.txt").read_text("utf-8"), 48_000)
    assert (marker.name, marker.span) == ("a dog", Span(9_600, 2_400, 48_000))


def test_the_card_of_the_first_shipped_model_is_read_in_full():
    card = load_card(OLD / "card-shipped.json")
    assert (card.name, card.version, card.family, card.rate, card.padding) == (
        "flowsep-base", "2.0.0", "flowsep", 44_100, "mirror",
    )  # fmt: skip
    assert (card.window_frames, card.overlap_frames) == (225_792, 56_448)
    assert (card.level.kind, card.level.value) == ("rms", 0.05)
    assert (card.mel.n_fft, card.mel.hop, card.mel.bands, card.mel.floor) == (2_048, 441, 128, 1e-5)
    assert (card.latent.channels, card.latent.time_stride, card.latent.scale) == (8, 4, 0.715241)
    assert (card.text.kind, card.text.files, card.text.length) == ("wordpiece", ("vocab.txt",), 24)
    assert (card.flow.steps, card.flow.solver, card.flow.generations) == (1, "euler", 2)
    assert card.components is not None
    assert (card.components.count, card.mask.slope) == (4, 2.4)
    rule = card.presence
    assert (rule.threshold_db, rule.width_db, rule.peak_db, rule.sure_db) == (-18.0, 6.0, -15.5, -3.8)
    assert set(card.graphs) == {"text", "vocoder", "listen", "encode", "velocity", "decode", "components"}
    assert "choice.json" in card.files
    assert card.measured


@pytest.mark.parametrize(
    ("name", "generations", "complement", "components"),
    [("bundle", 2, None, None), ("single", 1, "everything except {}", None), ("choosing", 2, None, 3)],
)
def test_old_cards_of_the_flowsep_family_are_read(name: str, generations: int, complement: str, components: int):
    card = load_card(OLD / f"card-pocket-{name}.json")
    assert (card.flow.generations, card.flow.complement, card.flow.steps) == (generations, complement, 2)
    assert (card.components and card.components.count) == components
    assert (card.latent.scale, card.text.width) == (0.8, 32)


def test_an_old_card_of_the_audiosep_family_is_read():
    card = load_card(OLD / "card-audiosep.json")
    assert (card.family, card.rate, card.window_frames, card.overlap_frames) == ("audiosep", 32_000, 320_000, 64_000)
    assert (card.stft.n_fft, card.stft.hop, card.stft.bins, card.level.kind) == (2_048, 320, 1_025, "none")
    assert (card.text.kind, card.text.files, card.text.width) == ("tokenizers", ("tokenizer.json",), 512)
    assert set(card.graphs) == {"text", "mask"}


def test_the_fitted_numbers_next_to_an_old_card_are_read():
    rule, matcher, classes = ChoiceRule.load(OLD / "choice.json"), Matcher.load(OLD / "matcher.npz"), Classes.load(OLD)
    assert rule.as_json() == plain("choice.json")
    assert (matcher.scale, matcher.bias, matcher.audio_weight.shape, matcher.text_weight.shape) == (
        2.5, -1.0, (1, 3), (1, 4),
    )  # fmt: skip
    assert (classes.names, classes.mean.tolist(), classes.spread.tolist()) == (("Dog", "Rain"), [-5, -4], [2, 3])


def test_old_tables_of_evaluation_audio_are_read():
    first, second = read_sounds(OLD / "sounds.csv")
    assert (first.path, first.label, first.caption, first.domain) == (
        OLD / "yard.wav", "dog", "a dog barking", "environment",
    )  # fmt: skip
    assert second.caption == "rain"
    [pair] = read_dcase_pairs(OLD / "pairs.csv")
    assert (pair.caption, pair.snr_db, pair.noise) == ("a dog barking", 5.5, OLD / "yard.wav")


def test_results_of_an_evaluation_have_the_old_names():
    trials = evaluate.listed_trials(read_dcase_pairs(OLD / "pairs.csv"))
    rows = evaluate.measure(trials, {"mixture": evaluate.unprocessed}, rate=8_000)
    actual, expected = json.loads(json.dumps(evaluate.as_json(rows, {"seed": 3}))), plain("results.json")
    assert has_names_of(actual, expected)
    assert actual["rows"][0]["trials"][0]["sdr"] == pytest.approx(expected["rows"][0]["trials"][0]["sdr"])


def has_names_of(value: Any, old: Any) -> bool:
    """Whether nested objects have all the keys that the `old` ones have; more are allowed."""
    if isinstance(old, dict):
        return isinstance(value, dict) and all(name in value and has_names_of(value[name], old[name]) for name in old)
    if isinstance(old, list):
        return isinstance(value, list) and len(value) == len(old) and all(map(has_names_of, value, old))
    return True


def test_an_old_training_run_resumes_from_its_checkpoint(tmp_path: Path):
    torch = pytest.importorskip("torch", reason="training needs: pip install 'flowsep-plugin[train]'")
    from flowsep_training.config import TrainingConfig, build, read_config
    from flowsep_training.loops.run import TrainingRun, averaged_weights, checkpoint_config

    config = read_config(OLD / "training.yaml")
    assert (config.network, config.architecture, config.whiten_text) == ({"width": 2}, "toy", False)
    assert (config.optimiser.rate, config.optimiser.ema, config.loop.steps, config.loop.seed) == (0.001, 0.9, 2, 5)
    assert (config.pool.tokens, config.pool.crops) == (12, ((0.0, 16), (0.5, 32)))
    assert (config.mixtures.level, config.mixtures.snr_db, config.flow_loss.shortcut) == (0.07, 9.0, 0.25)
    path = copied("training-checkpoint.pt", tmp_path / "last.ckpt")
    assert build(TrainingConfig, checkpoint_config(path)) == config
    run = TrainingRun(torch.nn.Linear(2, 2), config, tmp_path)
    assert run.step == 2
    torch.testing.assert_close(run.average.state_dict(), averaged_weights(path))


def test_the_curves_of_an_old_run_are_drawn(tmp_path: Path):
    pytest.importorskip("matplotlib")
    from flowsep_training.loops.curves import curves

    copied("training-curves.csv", tmp_path / "curves.csv")
    curves(tmp_path, tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 1_000


def test_an_old_library_of_sources_is_opened(tmp_path: Path):
    pytest.importorskip("torch", reason="training needs: pip install 'flowsep-plugin[train]'")
    from flowsep_training.data.sources import Library

    for name in ("manifest.csv", "audio.i16"):
        copied(f"library-{name}", tmp_path / name)
    library = Library.open(tmp_path)
    dog, rain = library.sources
    assert (dog.label, dog.caption, dog.domain, dog.kind, dog.split) == (
        "dog", "a dog barking", "environment", "hit", "train",
    )  # fmt: skip
    assert (dog.licence, dog.author, dog.source_url) == ("CC0-1.0", "somebody", "https://example.org/1")
    assert library.read(dog) == pytest.approx([0.5, -0.25], abs=1e-4)
    assert (rain.kind, library.read(rain)) == ("ambience", pytest.approx([0.125], abs=1e-4))
