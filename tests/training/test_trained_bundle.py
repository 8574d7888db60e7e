"""From toy checkpoints to a bundle that the run time opens, and the numbers that go with it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from flowsep_export.verify import verify
from flowsep_training.bundling import bundle, modelcard
from flowsep_training.bundling.recover import recover_components, recover_flow, recover_vae
from flowsep_training.cli import main
from flowsep_training.config import Config, Loop, Optimiser, Pool, build
from flowsep_training.data.mixtures import Recipe
from flowsep_training.data.sources import RATE, Library
from flowsep_training.evaluation import evaluate, judge, report, samples
from flowsep_training.loops import matcher
from flowsep_training.loops.components import train_components
from flowsep_training.loops.flow import train_flow
from flowsep_training.loops.run import averaged_weights, checkpoint_config
from flowsep_training.loops.vae import load_vae, train_vae

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import BundleError
from flowsep_plugin.separate import Separator

POCKET = Path(__file__).parents[1] / "pocket" / "bundle"
LOOP = Loop(steps=2, batch=2, workers=0)
SHORT = Recipe(seconds=0.64)


@pytest.fixture(scope="module")
def parts(shards: Path, tmp_path_factory: pytest.TempPathFactory) -> bundle.Parts:
    vae, flow = tmp_path_factory.mktemp("vae"), tmp_path_factory.mktemp("flow")
    toy = {"encoder_width": 8, "encoder_blocks": 1, "decoder_width": 8, "decoder_blocks": 1}
    config = Config(network=toy, loop=LOOP, optimiser=Optimiser(), mixtures=SHORT)
    train_vae(config, shards, vae)
    toy = {
        "stem": 8,
        "grid": 8,
        "grid_blocks": 1,
        "reduced": 2,
        "width": 32,
        "blocks": 1,
        "head_width": 16,
        "hidden": 48,
        "text_width": 32,
    }
    pool = Pool(chunk=2, kept=2, filled=1, tokens=8, crops=((0.0, 16),))
    config = replace(config, network=toy, vae=str(vae / "last.ckpt"), text=str(POCKET), pool=pool)
    train_flow(config, shards, flow)
    return bundle.Parts(vae / "last.ckpt", flow / "last.ckpt", POCKET, scale=0.8, credits="# Credits")


@pytest.fixture(scope="module")
def shipped(parts: bundle.Parts, tmp_path_factory: pytest.TempPathFactory) -> tuple[bundle.Parts, Path]:
    """A bundle whose separator has moved from zero everywhere, as trained ones have."""
    folder = tmp_path_factory.mktemp("shipped")
    state = torch.load(parts.flow, weights_only=True)
    state["average"] = {name: value + 0.01 * torch.randn(value.shape) for name, value in state["average"].items()}
    torch.save(state, folder / "taught.ckpt")
    taught = replace(parts, flow=folder / "taught.ckpt")
    bundle.write(taught, folder / "made")
    return taught, folder / "made"


def test_a_trained_bundle_separates_at_run_time(parts: bundle.Parts, tmp_path: Path):
    errors = bundle.write(parts, tmp_path / "made")
    assert set(errors) == {"encode", "velocity", "decode"}
    clip = AudioClip(np.random.default_rng(1).standard_normal((1, RATE)).astype(np.float32) * 0.1, RATE)
    made = Separator.open(tmp_path / "made").separate(clip, Request(["a dog"]))
    assert made.stems[0].frames == clip.frames
    bundle.rewrite_card(replace(parts, mask={"slope": 1.5}), tmp_path / "made")
    assert Separator.open(tmp_path / "made").engine.card.mask.slope == 1.5


def test_the_autoencoder_comes_back_out_of_a_bundle(shipped: tuple[bundle.Parts, Path], tmp_path: Path):
    parts, made = shipped
    recover_vae(made, tmp_path / "back.ckpt")
    mel = torch.randn(1, 1, 64, 128)
    one, two = (load_vae(path) for path in (parts.vae, tmp_path / "back.ckpt"))
    assert torch.allclose(one.encode(mel)[0], two.encode(mel)[0], atol=1e-2)
    assert torch.allclose(one(mel)[0], two(mel)[0], atol=1e-2)


def test_the_separator_comes_back_out_of_a_bundle_and_goes_on_training(
    shipped: tuple[bundle.Parts, Path], shards: Path, tmp_path: Path
):
    parts, made = shipped
    config = build(Config, checkpoint_config(parts.flow))
    recover_flow(made, config, tmp_path / "back.ckpt")
    before, after = (averaged_weights(path) for path in (parts.flow, tmp_path / "back.ckpt"))
    assert before.keys() == after.keys()
    for name, value in before.items():
        torch.testing.assert_close(after[name], value, atol=0.02 * float(value.abs().max()) + 1e-6, rtol=0, msg=name)
    again = replace(config, start=str(tmp_path / "back.ckpt"), whiten_text=False)
    assert train_flow(again, shards, tmp_path / "again").step == LOOP.steps


def test_a_separator_of_other_sizes_is_not_taken_for_the_bundles(shipped: tuple[bundle.Parts, Path], tmp_path: Path):
    parts, made = shipped
    config = build(Config, checkpoint_config(parts.flow))
    with pytest.raises(BundleError, match="no constant"):
        recover_flow(made, replace(config, network={**config.network, "stem": 16}), tmp_path / "back.ckpt")
    assert not (tmp_path / "back.ckpt").exists()


@pytest.fixture(scope="module")
def choosing(
    shipped: tuple[bundle.Parts, Path], shards: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """(checkpoint of toy components, a bundle that has them, unfitted)."""
    parts, _ = shipped
    run, made = tmp_path_factory.mktemp("components"), tmp_path_factory.mktemp("choosing")
    sizes = {
        "stem": 8,
        "grid": 8,
        "grid_blocks": 1,
        "reduced": 2,
        "width": 32,
        "blocks": 1,
        "head_width": 16,
        "hidden": 48,
    }
    pool = Pool(chunk=2, kept=2, filled=1, crops=((0.0, 16),))
    config = Config(
        network=sizes | {"components": 3},
        vae=str(parts.vae),
        loop=LOOP,
        optimiser=Optimiser(),
        mixtures=SHORT,
        pool=pool,
    )
    train_components(config, shards, run)
    state = torch.load(run / "last.ckpt", weights_only=True)
    state["average"] = {name: value + 0.01 * torch.randn(value.shape) for name, value in state["average"].items()}
    torch.save(state, run / "last.ckpt")
    bundle.write(replace(parts, components=run / "last.ckpt", listener=POCKET.parent / "listener"), made)
    return run / "last.ckpt", made


def test_an_unfitted_bundle_with_components_separates_as_the_one_without(
    shipped: tuple[bundle.Parts, Path], choosing: tuple[Path, Path]
):
    clip = AudioClip(np.random.default_rng(1).standard_normal((1, 2 * RATE)).astype(np.float32) * 0.1, RATE)
    with_components, without = (
        Separator.open(folder).separate(clip, Request(["a dog"])) for folder in (choosing[1], shipped[1])
    )
    assert np.abs(with_components.stems[0].samples - without.stems[0].samples).max() < 1e-3
    assert "YAMNet" in (choosing[1] / "NOTICE.txt").read_text(encoding="utf-8")


def test_a_bundle_with_components_passes_the_exporters_checks(choosing: tuple[Path, Path]):
    assert any("components.onnx" in line for line in verify(choosing[1]))


def test_components_without_a_listener_are_refused(
    shipped: tuple[bundle.Parts, Path], choosing: tuple[Path, Path], tmp_path: Path
):
    with pytest.raises(BundleError, match="need a listener"):
        bundle.write(replace(shipped[0], components=choosing[0]), tmp_path)


def test_components_come_back_out_of_a_bundle_and_go_on_training(
    choosing: tuple[Path, Path], shards: Path, tmp_path: Path
):
    config = build(Config, checkpoint_config(choosing[0]))
    recover_components(choosing[1], config, tmp_path / "back.ckpt")
    before, after = (averaged_weights(path) for path in (choosing[0], tmp_path / "back.ckpt"))
    assert before.keys() == after.keys()
    for name, value in before.items():
        torch.testing.assert_close(after[name], value, atol=0.02 * float(value.abs().max()) + 1e-6, rtol=0, msg=name)
    again = replace(config, start=str(tmp_path / "back.ckpt"))
    assert train_components(again, shards, tmp_path / "again").step == LOOP.steps


def test_a_bundle_without_components_can_neither_be_matched_nor_fitted(
    shipped: tuple[bundle.Parts, Path], library: Library
):
    engine = Separator.open(shipped[1]).engine
    for collect in (samples.collect, matcher.collect):
        with pytest.raises(BundleError, match="has no components; export it with"):
            collect(engine, library, "train", 1, lambda text: None)


def test_a_bundle_without_a_name_is_refused_before_any_work(tmp_path: Path):
    with pytest.raises(SystemExit, match="write it as NAME=folder"):
        main(["judge", "--bundle", "folder", "--data", str(tmp_path), "--out", str(tmp_path / "out.json")])


def test_bundles_are_judged_on_the_same_mixtures(
    choosing: tuple[Path, Path], shipped: tuple[bundle.Parts, Path], library: Library, monkeypatch: pytest.MonkeyPatch
):
    wanted = {name: p for name, p in judge.PROTOCOLS.items() if p.kind == "environment+environment"}
    monkeypatch.setattr(judge, "PROTOCOLS", wanted)
    monkeypatch.setattr(judge, "SPLITS", {"seen": "train"})
    judged = judge.judge_bundles({"old": shipped[1], "new": choosing[1]}, library, 2, log=lambda _: None)
    assert judged.labels["seen"]
    assert "absent" in modelcard.judged_table(judged.results)
    for rows in judged.results["seen"].values():
        assert set(rows) == {"old", "new"}
        assert rows["old"]["gain"] == 0
        assert rows["new"]["gain"] == pytest.approx(rows["new"]["sdri_open"] - rows["old"]["sdri_open"], abs=1e-6)


def test_a_vocoder_may_come_from_another_bundle(parts: bundle.Parts, tmp_path: Path):
    bundle.write(replace(parts, vocoder=POCKET / "vocoder.onnx"), tmp_path / "made")
    assert (tmp_path / "made" / "vocoder.onnx").read_bytes() == (POCKET / "vocoder.onnx").read_bytes()


def test_measuring_gives_every_protocol_that_the_library_allows(
    parts: bundle.Parts, library: Library, monkeypatch: pytest.MonkeyPatch
):
    wanted = {name: p for name, p in evaluate.PROTOCOLS.items() if p.kind == "environment+environment"}
    monkeypatch.setattr(evaluate, "PROTOCOLS", wanted)
    monkeypatch.setattr(evaluate, "draw_trials", _short_trials(library))
    model = report.open_model(parts.vae, parts.flow, str(parts.text), library)
    found = report.measure(model, library, 2, log=lambda _: None)
    assert found["results"]["environment, 0 dB"]["oracle 128-mel ratio mask"]["sdri"] > 3
    assert found["results"]["environment, 0 dB"]["unprocessed"]["sdri"] == pytest.approx(0, abs=1e-6)
    assert "oracle" in modelcard.results_table(found["results"])


def test_separators_are_compared_on_the_same_pairs_and_a_regressor_in_one_step(
    parts: bundle.Parts, library: Library, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(report, "COMPARED", ("environment, 0 dB",))
    monkeypatch.setattr(evaluate, "draw_trials", _short_trials(library))
    flow = report.open_model(parts.vae, parts.flow, str(parts.text), library)
    models = {"flow": flow, "again": flow, "regressor": replace(flow, objective="regression")}
    found = report.compare(models, library, 2, (1, 2), log=lambda _: None)["environment, 0 dB"]
    assert list(found) == [
        "unprocessed", "flow, 1 step", "flow, 2 steps", "again, 1 step", "again, 2 steps", "regressor, 1 step",
    ]  # fmt: skip
    assert found["flow, 2 steps"] == found["again, 2 steps"]


def _short_trials(library: Library):
    draw = evaluate.draw_trials

    def trials(library: Library, protocol: evaluate.Protocol, count: int) -> list[evaluate.Trial]:
        return draw(library, protocol, min(count, 12), seconds=1.28, split="train")

    return trials


def test_credits_name_every_author(library: Library):
    text = modelcard.credits(library)
    assert all(source.author in text for source in library.sources)
