"""Every loop at toy size: loss falls, a run repeats, a resumed run equals one that never stopped."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from flowsep_export.networks.flownet import FlowOutput
from flowsep_export.networks.melvae import MelVAE, MelVAEConfig
from flowsep_training.config import FlowLossConfig, PoolConfig, TrainingConfig, build, read_config
from flowsep_training.data.mixtures import TrainingMixer
from flowsep_training.data.sources import Library
from flowsep_training.loops.flow import detail_error, mask_error, presence_error, train_flow
from flowsep_training.loops.objectives import diffusion_scales, draw_times, latent_error, solve
from flowsep_training.loops.pool import ABSENT, FlowBatch, FlowChunks, FlowPool, flow_batch, row
from flowsep_training.loops.run import TrainingRun, in_bfloat16
from flowsep_training.loops.vae import train_vae
from flowsep_training.loops.vocoder import train_vocoder
from flowsep_training.queries.text import HashedText
from toys import FAST, LOOP, SHORT, TRUNK_SIZES, VAE_SIZES

from flowsep_plugin.errors import UsageError

CONFIGS = Path(__file__).parents[2] / "training" / "configs"
PAIR_LOOP = replace(LOOP, batch=2)


def vae_config(**over: object) -> TrainingConfig:
    return replace(TrainingConfig(network=VAE_SIZES, loop=PAIR_LOOP, optimiser=FAST, mixtures=SHORT), **over)


@pytest.fixture(scope="module")
def vae(shards: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vae")
    train_vae(vae_config(), shards, folder)
    return folder / "last.ckpt"


def flow_config(vae: Path, **loss: object) -> TrainingConfig:
    return TrainingConfig(
        network={**TRUNK_SIZES, **({"head": "mask"} if loss.get("objective") == "regression" else {})},
        vae=str(vae),
        loop=LOOP,
        optimiser=FAST,
        mixtures=SHORT,
        pool=PoolConfig(chunk=4, kept=4, filled=2, steps_a_chunk=4, tokens=8, crops=((0.0, 16),)),
        flow_loss=FlowLossConfig(**loss),
    )


def falling(folder: Path, name: str = "total") -> bool:
    lines = [line.split(",") for line in (folder / "curves.csv").read_text().splitlines()[1:]]
    values = [float(value) for _, _, kind, key, value in lines if kind == "train" and key == name]
    return float(np.mean(values[-8:])) < float(np.mean(values[:8]))


def same(one: TrainingRun, other: TrainingRun) -> bool:
    pairs = zip(one.module.parameters(), other.module.parameters(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_the_autoencoder_learns(vae: Path):
    assert falling(vae.parent)


@pytest.mark.parametrize("objective", ["flow", "diffusion", "regression"])
def test_the_separator_learns(vae: Path, shards: Path, tmp_path: Path, objective: str):
    train_flow(flow_config(vae, objective=objective), shards, tmp_path)
    assert falling(tmp_path, "velocity")


def test_the_separator_learns_shortcuts(vae: Path, shards: Path, tmp_path: Path):
    train_flow(flow_config(vae, shortcut=0.5), shards, tmp_path)
    assert falling(tmp_path)


def test_the_vocoder_learns(shards: Path, tmp_path: Path):
    config = TrainingConfig(
        network={"width": 16, "hidden": 32, "blocks": 1}, loop=PAIR_LOOP, optimiser=FAST, mixtures=SHORT
    )
    train_vocoder(config, shards, tmp_path)
    assert falling(tmp_path)


def test_the_same_seed_gives_the_same_weights(vae: Path, shards: Path, tmp_path: Path):
    config = flow_config(vae)
    config = replace(config, loop=replace(config.loop, steps=4))
    assert same(train_flow(config, shards, tmp_path / "a"), train_flow(config, shards, tmp_path / "b"))


def test_another_seed_gives_other_weights(vae: Path, shards: Path, tmp_path: Path):
    config = flow_config(vae)
    one, two = (replace(config, loop=replace(config.loop, steps=3, seed=seed)) for seed in (1, 2))
    assert not same(train_flow(one, shards, tmp_path / "a"), train_flow(two, shards, tmp_path / "b"))


def test_a_resumed_run_equals_one_that_never_stopped(
    vae: Path, shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    config = flow_config(vae)
    config = replace(config, loop=replace(config.loop, steps=8))
    whole = train_flow(config, shards, tmp_path / "whole")
    update = TrainingRun.update

    def stopping(self: TrainingRun, loss: torch.Tensor) -> None:
        update(self, loss)
        if self.step == 3:
            self.step += 1
            self.save()
            raise KeyboardInterrupt

    monkeypatch.setattr(TrainingRun, "update", stopping)
    with pytest.raises(KeyboardInterrupt):
        train_flow(config, shards, tmp_path / "parts")
    monkeypatch.setattr(TrainingRun, "update", update)
    assert same(train_flow(config, shards, tmp_path / "parts"), whole)


def chunks(library: Library, queries: int = 4) -> FlowChunks:
    mixer = TrainingMixer(library, "train", SHORT)
    config = PoolConfig(chunk=4, kept=3, filled=1, steps_a_chunk=2, queries=queries, tokens=8, absent=0.3)
    return FlowChunks(mixer, MelVAE(build(MelVAEConfig, VAE_SIZES)), 1.0, HashedText(8), config, seed=1)


def test_batches_depend_on_the_step_only(library: Library):
    some_chunks = chunks(library)
    straight = FlowPool(some_chunks, some_chunks.config, 0, 0)
    batches = [straight.batch(step, 1, 4, 8) for step in range(9)]
    later = FlowPool(some_chunks, some_chunks.config, 0, 7)
    for step in (7, 8):
        assert torch.equal(later.batch(step, 1, 4, 8).mixture, batches[step].mixture)


def test_a_gathered_batch_is_the_rows_it_is_made_of(library: Library):
    first_two = [chunks(library)[number] for number in (0, 1)]
    ring = {name: torch.stack([chunk[name] for chunk in first_two]) for name in first_two[0]}
    index = [torch.tensor(part) for part in ([1, 0, 1], [2, 3, 0], [0, 3, 1], [4, 0, 8])]
    batch = flow_batch(ring, *index, 8)
    for i in range(3):
        slot, mixture, query, first = (int(part[i]) for part in index)
        expected = row({name: part[slot] for name, part in ring.items()}, mixture, query, first, 8)
        for actual, row_value in zip(vars(batch).values(), expected, strict=True):
            assert torch.equal(actual[i], row_value)


def test_the_two_queries_to_a_mixture_name_different_sides(library: Library):
    some_chunks = chunks(library, queries=8)
    batch = FlowPool(some_chunks, some_chunks.config, 0, 0).batch(0, 1, 8, 8)
    differ = [not torch.equal(batch.target[i], batch.target[i + 1]) for i in range(0, 8, 2)]
    assert sum(differ) >= 3


def test_an_absent_target_is_silence_and_its_residual_the_mixture(library: Library):
    chunk = chunks(library, queries=8)[0]
    absent = torch.nonzero(chunk["sides"] == ABSENT)
    assert len(absent)
    mixture, _, residual, *_, mask, _ = row(chunk, int(absent[0, 0]), int(absent[0, 1]), 0, 8)
    assert torch.equal(mixture, residual)
    assert mask.max() == 0


def test_a_share_of_the_times_is_zero():
    times = draw_times(10, FlowLossConfig(at_zero=0.4), torch.Generator().manual_seed(1))
    assert (times == 0).sum() == 4


@pytest.mark.parametrize("objective", ["flow", "diffusion"])
def test_a_perfect_network_is_solved_exactly(objective: str):
    x1, noise = torch.randn(2, 4, 3, 2), torch.randn(2, 4, 3, 2)
    batch = FlowBatch(x1[:, :2], x1[:, :2], x1[:, 2:], *[torch.zeros(2)] * 4)

    def net(state: torch.Tensor, mixture: torch.Tensor, times: torch.Tensor, *_: torch.Tensor) -> FlowOutput:
        if objective == "flow":
            return FlowOutput(x1 - noise, times, times)
        signal, spread = diffusion_scales(times[:, None, None, None])
        return FlowOutput(signal * noise - spread * x1, times, times)

    loss, _ = latent_error(net, batch, noise, torch.tensor([0.3, 0.6]), FlowLossConfig(objective=objective))
    assert loss.max() < 1e-10
    conditions = (batch.mixture, torch.zeros(2), torch.zeros(2))
    latents, last = solve(net, noise, conditions, 4, objective)
    assert torch.allclose(latents, x1, atol=1e-5)
    assert torch.equal(last.mask_logits, torch.full((2,), 0.75))


def flow_batch_of(mixture_mel: torch.Tensor, true_mask: torch.Tensor) -> FlowBatch:
    return FlowBatch(*[torch.zeros(len(true_mask))] * 5, true_mask, mixture_mel)


def test_logits_of_the_true_mask_have_no_error():
    mask = torch.rand(3, 16, 128) * 0.98 + 0.01
    batch = flow_batch_of(torch.randn(3, 16, 128), mask)
    assert mask_error(torch.logit(mask), batch).max() < 1e-10
    better, worse = (detail_error(torch.logit(mask) + off, batch) for off in (0.0, 1.0))
    assert (better < worse).all()


def test_energy_on_the_wrong_side_is_what_the_masks_error_counts():
    mel, mask = torch.zeros(1, 8, 128), torch.zeros(1, 8, 128)
    mel[:, :, 0], mask[:, :, 0] = 5.0, 1.0
    loud_missed, soft_added = torch.full_like(mask, -20.0), torch.where(mask > 0, 20.0, -20.0)
    soft_added[:, :, 100:] = 20.0
    batch = flow_batch_of(mel, mask)
    assert mask_error(loud_missed, batch) > 0.9
    assert mask_error(soft_added, batch) < 0.02


def test_presence_is_learned_only_where_it_is_clear():
    mask = torch.zeros(1, 12, 4)
    mask[:, :4], mask[:, 4:8] = 0.9, 0.01  # present, unclear, absent
    batch = flow_batch_of(torch.zeros(1, 12, 4), mask)
    right = torch.tensor([[9.0, -9.0, -9.0]])
    assert presence_error(right, batch) < 1e-3
    assert torch.equal(presence_error(right, batch), presence_error(right * torch.tensor([[1.0, -1.0, 1.0]]), batch))
    assert presence_error(-right, batch) > 5


def test_crops_grow_with_the_run():
    pool = PoolConfig(crops=((0.0, 32), (0.5, 64), (0.9, 128)))
    assert [pool.columns(share) for share in (0.0, 0.49, 0.5, 0.95, 1.0)] == [32, 32, 64, 128, 128]


def test_a_network_in_bfloat16_answers_nearly_the_same_and_learns_in_float32():
    net = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.SiLU(), torch.nn.Linear(16, 4))
    inputs = torch.randn(32, 8)
    outputs = in_bfloat16(net)(inputs)
    assert outputs.dtype == torch.float32
    assert torch.allclose(outputs, net(inputs), atol=0.03)
    outputs.square().mean().backward()
    assert all(p.grad is not None and p.grad.dtype == torch.float32 for p in net.parameters())


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_config_can_be_read(path: Path):
    assert read_config(path).loop.steps > 0


def test_a_misspelt_setting_is_refused(tmp_path: Path):
    (tmp_path / "bad.yaml").write_text("loop: {stepps: 3}\n")
    with pytest.raises(UsageError, match="unknown setting 'stepps'; use one of steps"):
        read_config(tmp_path / "bad.yaml")
