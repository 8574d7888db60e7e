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
from flowsep_training.config import LoopConfig, OptimiserConfig, PoolConfig, TrainingConfig, build
from flowsep_training.data.sources import RATE, Library
from flowsep_training.evaluation import checkpoints, judge, samples, trials
from flowsep_training.loops import matcher
from flowsep_training.loops.components import train_components
from flowsep_training.loops.flow import train_flow
from flowsep_training.loops.run import averaged_weights, checkpoint_config
from flowsep_training.loops.vae import load_vae, train_vae
from toys import SHORT, TRUNK_SIZES, VAE_SIZES

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import BundleError
from flowsep_plugin.separate import Separator

POCKET = Path(__file__).parents[1] / "pocket" / "bundle"
TWO_STEPS = LoopConfig(steps=2, batch=2, workers=0)


@pytest.fixture(scope="module")
def parts(shards: Path, tmp_path_factory: pytest.TempPathFactory) -> bundle.BundleParts:
    vae, flow = tmp_path_factory.mktemp("vae"), tmp_path_factory.mktemp("flow")
    config = TrainingConfig(network=VAE_SIZES, loop=TWO_STEPS, optimiser=OptimiserConfig(), mixtures=SHORT)
    train_vae(config, shards, vae)
    pool = PoolConfig(chunk=2, kept=2, filled=1, tokens=8, crops=((0.0, 16),))
    config = replace(
        config, network={**TRUNK_SIZES, "text_width": 32}, vae=str(vae / "last.ckpt"), text=str(POCKET), pool=pool
    )
    train_flow(config, shards, flow)
    return bundle.BundleParts(vae / "last.ckpt", flow / "last.ckpt", POCKET, scale=0.8, credits="# Credits")


@pytest.fixture(scope="module")
def shipped(parts: bundle.BundleParts, tmp_path_factory: pytest.TempPathFactory) -> tuple[bundle.BundleParts, Path]:
    """A bundle whose separator has moved from zero everywhere, as trained ones have."""
    folder = tmp_path_factory.mktemp("shipped")
    state = torch.load(parts.flow, weights_only=True)
    state["average"] = {name: value + 0.01 * torch.randn(value.shape) for name, value in state["average"].items()}
    torch.save(state, folder / "taught.ckpt")
    taught = replace(parts, flow=folder / "taught.ckpt")
    bundle.write(taught, folder / "bundle")
    return taught, folder / "bundle"


def test_a_trained_bundle_separates_at_run_time(parts: bundle.BundleParts, tmp_path: Path):
    errors = bundle.write(parts, tmp_path / "bundle")
    assert set(errors) == {"encode", "velocity", "decode"}
    clip = AudioClip(np.random.default_rng(1).standard_normal((1, RATE)).astype(np.float32) * 0.1, RATE)
    separation = Separator.open(tmp_path / "bundle").separate(clip, Request(["a dog"]))
    assert separation.stems[0].frames == clip.frames
    bundle.rewrite_card(replace(parts, mask={"slope": 1.5}), tmp_path / "bundle")
    assert Separator.open(tmp_path / "bundle").engine.card.mask.slope == 1.5


def test_the_autoencoder_comes_back_out_of_a_bundle(shipped: tuple[bundle.BundleParts, Path], tmp_path: Path):
    parts, folder = shipped
    recover_vae(folder, tmp_path / "back.ckpt")
    mel = torch.randn(1, 1, 64, 128)
    one, two = (load_vae(path) for path in (parts.vae, tmp_path / "back.ckpt"))
    assert torch.allclose(one.encode(mel)[0], two.encode(mel)[0], atol=1e-2)
    assert torch.allclose(one(mel)[0], two(mel)[0], atol=1e-2)


def test_the_separator_comes_back_out_of_a_bundle_and_goes_on_training(
    shipped: tuple[bundle.BundleParts, Path], shards: Path, tmp_path: Path
):
    parts, folder = shipped
    config = build(TrainingConfig, checkpoint_config(parts.flow))
    recover_flow(folder, config, tmp_path / "back.ckpt")
    before, after = (averaged_weights(path) for path in (parts.flow, tmp_path / "back.ckpt"))
    assert before.keys() == after.keys()
    for name, value in before.items():
        torch.testing.assert_close(after[name], value, atol=0.02 * float(value.abs().max()) + 1e-6, rtol=0, msg=name)
    again = replace(config, start=str(tmp_path / "back.ckpt"), whiten_text=False)
    assert train_flow(again, shards, tmp_path / "again").step == TWO_STEPS.steps


def test_a_separator_of_other_sizes_is_not_taken_for_the_bundles(
    shipped: tuple[bundle.BundleParts, Path], tmp_path: Path
):
    parts, folder = shipped
    config = build(TrainingConfig, checkpoint_config(parts.flow))
    with pytest.raises(BundleError, match="no constant"):
        recover_flow(folder, replace(config, network={**config.network, "stem": 16}), tmp_path / "back.ckpt")
    assert not (tmp_path / "back.ckpt").exists()


@pytest.fixture(scope="module")
def choosing(
    shipped: tuple[bundle.BundleParts, Path], shards: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """(checkpoint of toy components, a bundle that has them, unfitted)."""
    parts, _ = shipped
    run, folder = tmp_path_factory.mktemp("components"), tmp_path_factory.mktemp("choosing")
    pool = PoolConfig(chunk=2, kept=2, filled=1, crops=((0.0, 16),))
    config = TrainingConfig(
        network={**TRUNK_SIZES, "components": 3},
        vae=str(parts.vae),
        loop=TWO_STEPS,
        optimiser=OptimiserConfig(),
        mixtures=SHORT,
        pool=pool,
    )
    train_components(config, shards, run)
    state = torch.load(run / "last.ckpt", weights_only=True)
    state["average"] = {name: value + 0.01 * torch.randn(value.shape) for name, value in state["average"].items()}
    torch.save(state, run / "last.ckpt")
    bundle.write(replace(parts, components=run / "last.ckpt", listener=POCKET.parent / "listener"), folder)
    return run / "last.ckpt", folder


def test_an_unfitted_bundle_with_components_separates_as_the_one_without(
    shipped: tuple[bundle.BundleParts, Path], choosing: tuple[Path, Path]
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
    shipped: tuple[bundle.BundleParts, Path], choosing: tuple[Path, Path], tmp_path: Path
):
    with pytest.raises(BundleError, match="needs a listener"):
        bundle.write(replace(shipped[0], components=choosing[0]), tmp_path)


def test_components_come_back_out_of_a_bundle_and_go_on_training(
    choosing: tuple[Path, Path], shards: Path, tmp_path: Path
):
    config = build(TrainingConfig, checkpoint_config(choosing[0]))
    recover_components(choosing[1], config, tmp_path / "back.ckpt")
    before, after = (averaged_weights(path) for path in (choosing[0], tmp_path / "back.ckpt"))
    assert before.keys() == after.keys()
    for name, value in before.items():
        torch.testing.assert_close(after[name], value, atol=0.02 * float(value.abs().max()) + 1e-6, rtol=0, msg=name)
    again = replace(config, start=str(tmp_path / "back.ckpt"))
    assert train_components(again, shards, tmp_path / "again").step == TWO_STEPS.steps


def test_samples_to_fit_have_a_row_for_every_query(choosing: tuple[Path, Path], library: Library):
    engine = Separator.open(choosing[1]).engine
    rows = samples.collect(engine, library, "train", 1, lambda text: None)
    assert set(rows.kind.tolist()) >= {samples.PRESENT, samples.ABSENT}
    assert rows.flow_logits.shape == rows.truth.shape == (len(rows), *rows.masks.shape[2:])


def test_a_bundle_without_components_can_neither_be_matched_nor_fitted(
    shipped: tuple[bundle.BundleParts, Path], library: Library
):
    engine = Separator.open(shipped[1]).engine
    for collect in (samples.collect, matcher.collect):
        with pytest.raises(BundleError, match="has no components; export it with"):
            collect(engine, library, "train", 1, lambda text: None)


def test_a_bundle_without_a_name_is_refused_before_any_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ending:
        main(["judge", "--bundle", "folder", "--data", str(tmp_path), "--out", str(tmp_path / "out.json")])
    assert ending.value.code == 2
    assert capsys.readouterr().err == "flowsep_training: --bundle folder has no name; write it as NAME=FOLDER\n"


def test_a_folder_that_is_not_a_bundle_is_named_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ending:
        main(["recover", "vae", str(tmp_path / "nothing"), "--out", str(tmp_path / "out.ckpt")])
    line, end = capsys.readouterr().err.split("\n")
    assert line.startswith("flowsep_training: ")
    assert "nothing" in line
    assert (end, ending.value.code) == ("", 1)


def test_a_missing_extra_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("flowsep_training.cli.EXTRA", ("numpy", "no_such_package"))
    with pytest.raises(SystemExit) as ending:
        main([])
    assert ending.value.code == 2
    assert capsys.readouterr().err == (
        "flowsep_training: training needs no_such_package; install them with: pip install 'flowsep-plugin[train]'\n"
    )


def test_bundles_are_judged_on_the_same_mixtures(
    choosing: tuple[Path, Path],
    shipped: tuple[bundle.BundleParts, Path],
    library: Library,
    monkeypatch: pytest.MonkeyPatch,
):
    effects = {name: p for name, p in judge.PROTOCOLS.items() if p.kind == "environment+environment"}
    monkeypatch.setattr(judge, "PROTOCOLS", effects)
    monkeypatch.setattr(judge, "SPLITS", {"seen": "train"})
    judged = judge.judge_bundles({"old": shipped[1], "new": choosing[1]}, library, 2, log=lambda _: None)
    assert judged.labels["seen"]
    assert "absent" in modelcard.judged_table(judged.results)
    for rows in judged.results["seen"].values():
        assert set(rows) == {"old", "new"}
        assert rows["old"]["gain"] == 0
        assert rows["new"]["gain"] == pytest.approx(rows["new"]["sdri_open"] - rows["old"]["sdri_open"], abs=1e-6)


def test_a_vocoder_may_come_from_another_bundle(parts: bundle.BundleParts, tmp_path: Path):
    bundle.write(replace(parts, vocoder=POCKET / "vocoder.onnx"), tmp_path / "bundle")
    assert (tmp_path / "bundle" / "vocoder.onnx").read_bytes() == (POCKET / "vocoder.onnx").read_bytes()


def test_measuring_gives_every_protocol_that_the_library_allows(
    parts: bundle.BundleParts, library: Library, monkeypatch: pytest.MonkeyPatch
):
    effects = {name: p for name, p in trials.PROTOCOLS.items() if p.kind == "environment+environment"}
    monkeypatch.setattr(checkpoints, "PROTOCOLS", effects)
    monkeypatch.setattr(checkpoints, "draw_trials", _draw_short_trials)
    separator = checkpoints.open_separator(parts.vae, parts.flow, str(parts.text), library)
    measurements = checkpoints.measure(separator, library, 2, log=lambda _: None)
    assert measurements["results"]["environment, 0 dB"]["oracle 128-mel ratio mask"]["sdri"] > 3
    assert measurements["results"]["environment, 0 dB"]["unprocessed"]["sdri"] == pytest.approx(0, abs=1e-6)
    assert "oracle" in modelcard.results_table(measurements["results"])


def test_separators_are_compared_on_the_same_trials_and_a_regressor_in_one_step(
    parts: bundle.BundleParts, library: Library, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(checkpoints, "COMPARED", ("environment, 0 dB",))
    monkeypatch.setattr(checkpoints, "draw_trials", _draw_short_trials)
    flow = checkpoints.open_separator(parts.vae, parts.flow, str(parts.text), library)
    separators = {"flow": flow, "again": flow, "regressor": replace(flow, objective="regression")}
    rows = checkpoints.compare(separators, library, 2, (1, 2), log=lambda _: None)["environment, 0 dB"]
    assert list(rows) == [
        "unprocessed", "flow, 1 step", "flow, 2 steps", "again, 1 step", "again, 2 steps", "regressor, 1 step",
    ]  # fmt: skip
    assert rows["flow, 2 steps"] == rows["again, 2 steps"]


def _draw_short_trials(library: Library, protocol: trials.Protocol, count: int) -> list[trials.QueryTrial]:
    return trials.draw_trials(library, protocol, min(count, 12), seconds=1.28, split="train")


def test_credits_name_every_author(library: Library):
    text = modelcard.credits(library)
    assert all(source.author in text for source in library.sources)
