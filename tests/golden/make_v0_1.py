"""Make a small file of every kind that version 0.1.0 keeps on disk, for `tests/test_old_files.py`.

    QT_QPA_PLATFORM=offscreen python tests/golden/make_v0_1.py [KIND …]

Works in /home/user, which must not be there before and is gone afterwards, so that the files name no real machine. Run
it with 0.1.0 only: what a later version writes says nothing about old files. `v0_1/README.md` lists what comes out.
"""

import json
import shutil
import sqlite3
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.engine.base import RenderSettings, Request
from flowsep_plugin.files import FileRequest, separate_file
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.media import read_clip, write_clip
from flowsep_plugin.separate import Separator

TESTS = Path(__file__).parents[1]
OUT = Path(__file__).with_name("v0_1")
HOME = Path("/home/user")
CLIP, STEMS, MODEL = HOME / "clips" / "yard.wav", HOME / "stems", HOME / "models" / "pocket"
RATE = 8_000
RENDER = RenderSettings("hybrid", 1.5, 12.0, 0.25)
REQUEST = Request(("a dog barking", "rain"), ("speech",), 3, "midpoint", False, 42, 3, RENDER)
FILES = FileRequest(STEMS, "flac24", Span(200, 1_400, RATE), rest=True, overwrite=False)
SPEC = JobSpec(CLIP, REQUEST, FILES, str(MODEL), "cpu", cpu_fallback=True, skip_absent=False, loudness=True)
DRAFT = JobSpec(
    CLIP, Request(("a car door",), draft=True, seed=7), FileRequest(STEMS, rest=False, overwrite=True), "echo"
)


def prepare() -> None:
    """Put the clip and the model where a user might have them."""
    for folder in (CLIP.parent, STEMS):
        folder.mkdir(parents=True)
    time = np.arange(1_800) / RATE
    noise = 0.02 * np.random.default_rng(1).standard_normal(len(time))
    wave = 0.3 * np.sin(2 * np.pi * 440 * time) * (time > 0.1) + noise
    write_clip(CLIP, AudioClip(wave[None].astype(np.float32), RATE), format="wav24")
    shutil.copytree(TESTS / "pocket" / "bundle", MODEL)


def receipt() -> None:
    """Clip, stems and the receipt beside them."""
    made = separate_file(Separator.open(str(MODEL), "cpu", threads=1), CLIP, REQUEST, FILES)
    shutil.copy(CLIP, OUT / "yard.wav")
    shutil.copy(made.receipt, OUT / "receipt.json")
    shutil.copy(made.stems[0], OUT / "stem.flac")
    plain = separate_file(Separator.open("echo", "cpu"), CLIP, DRAFT.request, FileRequest(STEMS, span=FILES.span))
    shutil.copy(plain.stems[0], OUT / "stem.wav")


def specs() -> None:
    """Job specs as a client sends them, one with everything and one with the least, and as a host's script does."""
    least = {"input": str(CLIP), "out": str(STEMS), "request": {"queries": ["wind"]}}
    write_json("job-spec.json", SPEC.as_json())
    write_json("job-spec-draft.json", DRAFT.as_json())
    write_json("order.json", {"jobs": [SPEC.as_json(), least]})


def batch() -> None:
    """Journal, manifest, and the report in both forms."""
    from flowsep_plugin.jobs.journal import NAME

    from flowsep_plugin.jobs.batch import run_batch
    from flowsep_plugin.jobs.manifest import manifest_items
    from flowsep_plugin.jobs.report import write_report
    from flowsep_plugin.jobs.runners import LocalRunner

    manifest = OUT / "manifest.csv"
    manifest.write_text(
        "path,query,negative,out,start_seconds,seconds,seed,steps,strength,reduce_db,gate\n"
        "yard.wav,a dog barking|rain,speech,dogs,0.05,0.1,11,3,1.5,9,0.5\n"
        "yard.wav,wind,,,,,,,,,\n"
        "gone.wav,thunder,,,,,,,,,\n",
        encoding="utf-8",
    )
    shutil.copy(manifest, CLIP.with_name("manifest.csv"))
    like = replace(SPEC, files=replace(FILES, out=STEMS / "batch", span=None))
    items = manifest_items(CLIP.with_name("manifest.csv"), like)
    outcomes = run_batch(items, LocalRunner(STEMS / "batch"), lambda progress: None)
    for name in ("report.csv", "report.json"):
        write_report(OUT / name, outcomes)
    shutil.copy(STEMS / "batch" / NAME, OUT / "batch-journal.jsonl")


def queue() -> None:
    """A queue with a job in every state, and a done job as the API tells it."""
    from flowsep_plugin.jobs.database import Database
    from flowsep_plugin.jobs.digests import Digests
    from flowsep_plugin.jobs.home import Address, Home
    from flowsep_plugin.jobs.queue import JobQueue

    from flowsep_plugin.jobs.job import JobError

    result = json.loads((OUT / "batch-journal.jsonl").read_text().split("\n")[1])["result"]
    path = HOME / "queue.db"
    database = Database(path)
    jobs = JobQueue(database, clock=lambda: 1_700_000_000.5)
    names = []
    for number in range(6):
        spec = replace(SPEC, request=replace(REQUEST, seed=number))
        names.append(jobs.submit(spec, f"clip{number}", "model-digest")[0].id)
    done, failed, cancelled, intended, _, held = names
    for _ in range(2):
        jobs.claim()
    jobs.finish(done, {**result, "fell_back": "no card"})
    jobs.fail(failed, JobError("EngineError", "the card is on fire", 4, parked=True))
    jobs.cancel(cancelled)
    jobs.claim()
    jobs.intend(intended, result, [(f"{STEMS}/.flowsep-1/a.flac", f"{STEMS}/a.flac")])
    jobs.hold(held, True)
    jobs.pause(True)
    Digests(database).of(CLIP)
    write_json("job.json", jobs.get(done).as_json())
    database.close()
    with sqlite3.connect(path) as connection:
        connection.execute("VACUUM")
    shutil.copy(path, OUT / "queue.db")
    home = Home(HOME / "worker")
    home.make()
    home.write_address(Address("http://127.0.0.1:40123", "not-a-real-token", 4321, "0.1.0"))
    shutil.copy(home.address_file, OUT / "address.json")


def estimate() -> None:
    """A kept estimate, named by its key, and kept peaks."""
    from flowsep_plugin.jobs.cache import EstimateCache

    from flowsep_plugin.media.peak_cache import PeakCache

    folder = HOME / "estimates"
    folder.mkdir()
    clip = read_clip(CLIP)
    request = replace(REQUEST, queries=("a dog barking",))
    with Separator.open(str(MODEL), "cpu", threads=1).estimate(clip, 0, Span(200, 400, RATE), request) as made:
        rule = replace(made.presence_rule, threshold_db=-17.5, width_db=5.0, peak_db=-14.0, sure_db=-3.0)
        EstimateCache(folder, 1 << 30).save(SPEC.estimate_key("clip", "model"), replace(made, presence_rule=rule))
    for path in folder.iterdir():
        shutil.copy(path, OUT / "kept.estimate")
    PeakCache(HOME / "peaks").peaks(CLIP)
    for path in (HOME / "peaks").iterdir():
        shutil.copy(path, OUT / "kept.peaks")


def settings() -> None:
    """settings.toml with everything in it, by hand and by the panel; the map of a MIDI controller."""
    import mido
    from flowsep_plugin.settings_edit import change_settings

    from flowsep_plugin.hosts.midi_learn import MidiMap

    path = OUT / "settings.toml"
    path.write_text("# mine\n[worker]\nidle_seconds = 120  # then let go\n", encoding="utf-8")
    worker = {"leave_after_seconds": 3600.5, "cache_mb": 512, "keep_ended": 77, "threads": 2}
    panel = {"theme": "light", "language": "de", "sound_device": "Monitors", "device": "cpu"}
    change_settings({"worker": {**worker, "cancel_grace_seconds": 9.5, "roots": ["/home/user/clips"]}}, path)
    change_settings({"panel": {**panel, "output_folder": "/home/user/stems", "midi_input": "Keys 1"}}, path)
    change_settings({"shortcuts": {"file.open": "Ctrl+Alt+O", "edit.undo": "", "sounds.type": "F2"}}, path)
    controls = MidiMap()
    for action, message in {
        "separate": mido.Message("note_on", channel=9, note=36, velocity=100),
        "compare": mido.Message("control_change", channel=0, control=20, value=127),
        "next_query": mido.Message("program_change", channel=1, program=5),
    }.items():
        controls.learn(action)
        controls.take(message)
    controls.save(OUT / "midi.json")


def workspace() -> None:
    """What the panel keeps: the workspace with all there can be in it."""
    from flowsep_ui.studio.autosave import save
    from flowsep_ui.studio.results import Files, Pending, Presence, Result
    from flowsep_ui.studio.sounds import Sound
    from flowsep_ui.studio.workspace import Document, Mix, Preset, Selected, Take, Workspace

    sounds = (Sound("a dog barking", 1), Sound("speech", 4, negative=True), Sound("rain", 2, on=False))
    whole, part = Span(0, 1_800, RATE), Span(200, 1_400, RATE)
    first = Take("t1", 1, "d1", "clip 1", CLIP, whole, part, sounds, 42, False, RENDER, "audiosep", "cuda")
    second = Take("t2", 2, "d1", "clip 1", CLIP, part, None, sounds[:1], 7, True)
    result = Result(
        pending=Pending(RenderSettings("generated"), True, "j9"),
        job="j8",
        files=Files(RENDER, (STEMS / "a.wav",), STEMS / "rest.wav", STEMS / "a.json"),
        kept=Files(RENDER, (STEMS / "kept.wav",), None),
        presence=Presence(("a dog barking",), (True,), (-6.5,), 0.025, 0.01, ((0.0, 0.5, 1.0),), (True,)),
        regions=(((0.1, 0.2), (0.3, 0.4)),),
        provider="CPU",
        handed_out=True,
    )
    refused = Result(error="the model has no vocoder", refused=RenderSettings("generated"))
    made = Workspace(
        documents=(Document("d1", "files", (CLIP,)), Document("d2", "session", (HOME / "song.rpp",))),
        shown="d1", selected=Selected(part, "clip 1", ("track 1",)), sounds=sounds, render=RENDER,
        takes=(first, second), current={"d1/clip 1": "t1"},
        mixes={"t1/0": Mix(True, False, -3.5), "t1/rest": Mix(mute=True)},
        history=("rain", "wind"), favourites=("a dog barking",), presets=(Preset("dogs", sounds, RENDER),),
        model="audiosep", device="cuda", out=STEMS,
    )  # fmt: skip
    save(OUT / "workspace.json", made, {"t1": result, "t2": refused}, closed=True)


def window() -> None:
    """panel.ini as the window leaves it: jobs hidden, bars on the ruler, spectrogram on, drafts off."""
    sys.path.insert(0, str(TESTS / "ui"))
    import panel_makers
    from PyQt6.QtWidgets import QApplication

    app = QApplication([])
    shown = panel_makers.window(HOME)
    shown.show()
    shown.jobs_dock.hide()
    shown.sounds.drafts.setChecked(False)
    shown.doings.show_ruler("bars")
    shown.stage.view.set_spectrogram(True)
    shown.leave()
    shutil.copy(HOME / "panel.ini", OUT / "panel.ini")
    app.processEvents()


def sessions() -> None:
    """A stem set's list with its labels, and sessions in the formats that hold words of ours."""
    from flowsep_plugin.timeline.labels import format_labels

    from flowsep_plugin.timeline import (
        ClipRef,
        FrameRate,
        Marker,
        Media,
        Meter,
        Tempo,
        TempoMap,
        Timeline,
        Track,
        save_session,
    )

    rate = 48_000
    media = Media(OUT / "yard.wav", RATE, 1, 1_800)
    clip = ClipRef("c1", "bark", media, Span(200, 800, RATE), Span(9_600, 4_800, rate), 0.5, 480, 960)
    markers = (Marker("a dog", Span(9_600, 2_400, rate)),)
    tempo = TempoMap((Tempo(Fraction(0), Fraction(90)),), (Meter(Fraction(0), 3, 4),))
    timeline = Timeline(
        "yard", rate, (Track("1", "Dogs", (clip,), 1),), markers, tempo, 172_800, FrameRate(Fraction(25))
    )
    shutil.copy(CLIP, OUT / "yard.wav")
    for name in ("stems.csv", "session.otio", "session.dawproject"):
        (OUT / name).unlink(missing_ok=True)
        save_session(timeline, OUT / name)
    (OUT / "labels.txt").write_text(format_labels(markers), encoding="utf-8")


def models() -> None:
    """Cards of every family, the fitted numbers beside the shipped one's, an audiosep card of toy graphs."""
    from flowsep_export import audiosep
    from flowsep_export.bundle import write_bundle

    from flowsep_plugin.engine.flowsep.matcher import Matcher
    from flowsep_plugin.models import find_model

    shipped = find_model("default")
    shutil.copy(shipped / "card.json", OUT / "card-shipped.json")
    shutil.copy(shipped / "choice.json", OUT / "choice.json")
    for name in ("bundle", "single", "choosing"):
        shutil.copy(TESTS / "pocket" / name / "card.json", OUT / f"card-pocket-{name}.json")
    tokenizer = HOME / "tokenizer.json"
    tokenizer.write_text("{}")
    graphs = {name: MODEL / "text.onnx" for name in ("text", "mask")}
    card = audiosep.card("audiosep", "1.0.0", "https://github.com/Audio-AGI/AudioSep")
    shutil.copy(write_bundle(HOME / "audiosep", card, graphs, [tokenizer]), OUT / "card-audiosep.json")
    toy = Matcher.unfitted(3, 4)
    replace(toy, scale=np.float32(2.5), bias=np.float32(-1.0)).save(OUT / "matcher.npz")
    names = ("Dog", "Rain")
    (OUT / "classes.txt").write_text("\n".join(names) + "\n")
    values = {"vectors": np.eye(2), "mean": np.array([-5, -4]), "spread": np.array([2, 3])}
    np.savez(OUT / "classes.npz", **{name: value.astype(np.float16) for name, value in values.items()})


def training() -> None:
    """A run's configuration, checkpoint and curves; a library's table and sound."""
    import torch
    from flowsep_training.config import read_config
    from flowsep_training.run import Run
    from flowsep_training.sources import LibraryWriter

    (OUT / "training-base.yaml").write_text("optimiser: {rate: 0.001, ema: 0.9}\nloop: {steps: 2, batch: 3}\n")
    (OUT / "training.yaml").write_text(
        "base: training-base.yaml\nnetwork: {width: 2}\narchitecture: toy\nwhiten_text: false\n"
        "loop: {seed: 5, log_every: 1, bfloat16: false}\npool: {tokens: 12, crops: [[0.0, 16], [0.5, 32]]}\n"
        "mixtures: {level: 0.07, snr_db: 9.0}\nflow_loss: {shortcut: 0.25, at_zero: 0.5}\n"
    )
    torch.manual_seed(1)
    run = Run(torch.nn.Linear(2, 2), read_config(OUT / "training.yaml"), HOME / "run")
    for _ in run.steps():
        loss = run.module(torch.ones(1, 2)).square().mean()
        run.learn(loss)
        run.note("train", total=1.0 + run.step)
    shutil.copy(HOME / "run" / "last.ckpt", OUT / "training-checkpoint.pt")
    shutil.copy(HOME / "run" / "curves.csv", OUT / "training-curves.csv")
    library = LibraryWriter(HOME / "library")
    facts = {"label": "dog", "caption": "a dog barking", "domain": "environment", "kind": "hit", "split": "train",
             "recording_id": "r1", "path": "dogs/1.wav", "sha256": "0" * 64, "licence": "CC0-1.0", "author": "somebody",
             "source": "own", "source_url": "https://example.org/1"}  # fmt: skip
    library.add(np.array([0.5, -0.25], np.float32), **facts)
    library.add(
        np.array([0.125], np.float32),
        **{**facts, "label": "rain", "caption": "rain", "kind": "ambience", "split": "valid"},
    )
    library.close()
    for path in (HOME / "library").iterdir():
        shutil.copy(path, OUT / f"library-{path.name}")


def evaluation() -> None:
    """Tables of evaluation audio as users write them, and the results of a run over one of them."""
    from flowsep_plugin import evaluate
    from flowsep_plugin.evaluate.protocols import listed_trials
    from flowsep_plugin.evaluate.sources import read_dcase_pairs

    (OUT / "sounds.csv").write_text(
        "path,label,caption,domain\nyard.wav,dog,a dog barking,environment\nyard.wav,rain,,\n"
    )
    (OUT / "pairs.csv").write_text("source,noise,snr,caption\nyard,yard,5.5,a dog barking\n")
    trials = listed_trials(read_dcase_pairs(OUT / "pairs.csv"))
    rows = evaluate.measure(trials, {"mixture": evaluate.unprocessed}, rate=RATE)
    write_json("results.json", evaluate.as_json(rows, {"seed": 3}))


def write_json(name: str, value: object) -> None:
    """Write one file."""
    (OUT / name).write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


KINDS = (receipt, specs, batch, queue, estimate, settings, workspace, window, sessions, models, training, evaluation)


def main() -> None:
    """Make all, or those that are named."""
    if HOME.exists():
        sys.exit(f"{HOME} is there; the files must not depend on what is in it")
    try:
        prepare()
        for kind in KINDS:
            if not sys.argv[1:] or kind.__name__ in sys.argv[1:]:
                kind()
    finally:
        shutil.rmtree(HOME)


if __name__ == "__main__":
    main()
