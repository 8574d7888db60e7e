"""The engine with components: masks that share the mixture, evidence that is computed once, old bundles as before."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.mel import band_edges_hz, log_mel_of_channels
from flowsep_plugin.checksum import sha256
from flowsep_plugin.engine.base import Request
from flowsep_plugin.engine.flowsep.engine import FlowSepEngine
from flowsep_plugin.engine.mask_logits import energies
from flowsep_plugin.errors import BundleError
from flowsep_plugin.separate import Separator

POCKET = Path(__file__).parents[1] / "pocket"


@pytest.fixture(scope="module")
def engine() -> FlowSepEngine:
    return FlowSepEngine.open(POCKET / "choosing", "cpu")


def windows(engine: FlowSepEngine, count: int = 2, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (0.05 * rng.standard_normal((count, 2, engine.card.window_frames))).astype(np.float32)


def analysis(engine: FlowSepEngine, sound: np.ndarray):
    mel = log_mel_of_channels(sound, engine.card.mel, engine.card.window_mel_frames)
    return engine.analyser.analyse(sound, mel[:, None], engine.encode(mel))


def test_components_share_every_mel_value(engine: FlowSepEngine):
    result = analysis(engine, windows(engine))
    assert result.masks.shape == (2, 3, engine.card.window_mel_frames, 128)
    assert np.abs(result.masks.sum(1) - 1).max() < 0.01  # steps of 1/255, three times
    assert result.masks.std() > 0.05
    assert result.evidence.logits.shape[:2] == result.evidence.audio.shape[:2] == (2, 1 + 6)


def test_a_known_window_is_not_analysed_again(engine: FlowSepEngine, monkeypatch: pytest.MonkeyPatch):
    sound = windows(engine, seed=2)
    first = analysis(engine, sound)
    ran: list[str] = []
    run = engine.graphs.run
    monkeypatch.setattr(engine.graphs, "run", lambda graph, inputs: (ran.append(graph), run(graph, inputs))[1])
    again = analysis(engine, sound)
    assert not ran
    assert np.array_equal(first.masks, again.masks)
    assert np.array_equal(first.evidence.logits, again.evidence.logits)


def test_the_labels_of_a_known_query_cost_no_graph(engine: FlowSepEngine, monkeypatch: pytest.MonkeyPatch):
    first = engine.nearest_labels(["a dog", "rain"])
    monkeypatch.setattr(engine.graphs, "run", lambda graph, inputs: pytest.fail(f"{graph} ran"))
    assert engine.nearest_labels(["rain", "a dog"]) == first[::-1]
    assert [len(one.labels) for one in first] == [3, 3]


def test_another_query_on_a_known_clip_listens_to_nothing(engine: FlowSepEngine, monkeypatch: pytest.MonkeyPatch):
    clip = AudioClip(windows(engine, 1, seed=3)[0], engine.card.rate)
    separator = Separator(engine)
    separator.separate(clip, Request(["a dog"]))
    ran: list[str] = []
    run = engine.graphs.run
    monkeypatch.setattr(engine.graphs, "run", lambda graph, inputs: (ran.append(graph), run(graph, inputs))[1])
    separator.separate(clip, Request(["rain"]))
    assert {"components", "listen", "encode"}.isdisjoint(ran)


def test_stems_and_residual_sum_to_the_clip(engine: FlowSepEngine):
    clip = AudioClip(windows(engine, 1, seed=4)[0], engine.card.rate)
    separation = Separator(engine).separate(clip, Request(["a dog", "rain"]))
    total = sum(stem.samples for stem in separation.stems) + separation.residual.samples
    assert np.abs(total - clip.samples).max() < 1e-6


def test_progress_ends_at_the_units_that_were_announced(engine: FlowSepEngine):
    request = Request(["a dog", "rain"])
    done: list[int] = []
    engine.estimate(
        windows(engine, 2, seed=5), [0, 84672], engine.encode_queries(request.all_queries), request, done.append
    )
    assert sum(done) == engine.units(2, 2, request)


def test_the_choice_changes_what_the_text_network_says_alone(engine: FlowSepEngine, tmp_path: Path):
    sound = windows(engine, 1, seed=6)
    request = Request(["a dog"])
    mel = log_mel_of_channels(sound, engine.card.mel, engine.card.window_mel_frames)
    query = engine.encode_queries(request.all_queries)
    alone, _ = engine.text_logits(mel, engine.encode(mel), [0], query, request, lambda done: None)
    estimate = engine.estimate(sound, [0], query, request, lambda done: None)
    fused = estimate.mask_logits
    assert np.abs(fused - alone).max() > 0.1
    assert np.isfinite(fused).all()
    edges = band_edges_hz(engine.card.mel)
    loudest, _ = energies(fused, mel[:, None], np.asarray(edges[2:] - edges[:-2], np.float32))
    assert (estimate.energy < loudest).all()  # the chance that the sound is there counts in what presence sees


def damaged(tmp_path: Path, change) -> Path:
    folder = shutil.copytree(POCKET / "choosing", tmp_path / "bundle")
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    change(folder, card)
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    return folder


def without_listener(folder: Path, card: dict) -> None:
    del card["graphs"]["listen"]


def without_classes(folder: Path, card: dict) -> None:
    del card["files"]["classes.npz"]


def with_a_damaged_matcher(folder: Path, card: dict) -> None:
    (folder / "matcher.npz").write_bytes(b"PK")
    card["files"]["matcher.npz"] = sha256(folder / "matcher.npz")


def with_another_count(folder: Path, card: dict) -> None:
    card["components"]["count"] = 5


def with_too_many(folder: Path, card: dict) -> None:
    card["components"]["count"] = 40


def with_a_broken_rule(folder: Path, card: dict) -> None:
    (folder / "choice.json").write_text('{"subset": {}}', encoding="utf-8")
    card["files"]["choice.json"] = sha256(folder / "choice.json")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without_listener, "has no listen graph"),
        (without_classes, r"lack classes\.npz"),
        (with_a_damaged_matcher, r"matcher\.npz: cannot be read"),
        (with_another_count, "has 3 at axis 1, the card says 5"),
        (with_too_many, "components.count is 40"),
        (with_a_broken_rule, r"choice\.json: subset does not weigh"),
    ],
)
def test_a_bundle_with_half_its_parts_is_refused_by_what_is_wrong(tmp_path: Path, change, says: str):
    with pytest.raises(BundleError, match=says):
        FlowSepEngine.open(damaged(tmp_path, change), "cpu")


def test_a_bundle_without_components_has_no_analyser():
    assert FlowSepEngine.open(POCKET / "bundle", "cpu").analyser is None
