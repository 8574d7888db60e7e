"""Components: the best grouping is the best one, the network learns, a run goes on, weights come from a separator."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from flowsep_export.networks.components import ComponentConfig, ComponentNet, start_from_flow
from flowsep_export.networks.flow_config import FlowConfig
from flowsep_export.networks.flownet import FlowNet
from flowsep_export.networks.melvae import MelVAE, MelVAEConfig
from flowsep_training.config import ComponentLossConfig, OptimiserConfig, PoolConfig, TrainingConfig, build
from flowsep_training.data.mixtures import TrainingMixer
from flowsep_training.data.sources import Library
from flowsep_training.loops.components import (
    ComponentBatch,
    ComponentChunks,
    ComponentPool,
    component_loss,
    source_shares,
    train_components,
)  # fmt: skip
from flowsep_training.loops.grouping import best_match, energy_weights, matched_error
from flowsep_training.loops.vae import train_vae
from toys import FAST, LOOP, SHORT, TRUNK_SIZES, VAE_SIZES

POOL = PoolConfig(chunk=4, kept=4, filled=2, steps_a_chunk=4, crops=((0.0, 16),))


def random_masks(rng: np.random.Generator, count: int, values: int) -> torch.Tensor:
    return torch.from_numpy(rng.dirichlet(np.full(count, 0.3), values).T.astype(np.float32))


@pytest.mark.parametrize("sources", [2, 3, 4])
def test_the_best_grouping_is_the_best_of_all(sources: int):
    rng = np.random.default_rng(sources)
    masks, truths = random_masks(rng, 4, 30)[None], torch.zeros(1, 4, 30)
    truths[0, :sources] = random_masks(rng, sources, 30)
    weights = torch.from_numpy(rng.dirichlet(np.ones(30)).astype(np.float32))[None]
    match = best_match(masks, truths, torch.tensor([sources]), weights, one_to_one=False)
    errors = []
    for owners in itertools.product(range(sources), repeat=4):
        members = torch.zeros(1, 4, 4)
        members[0, list(owners), range(4)] = 1
        errors.append(matched_error(masks, truths, weights, members).item())
    assert match.error.item() == pytest.approx(min(errors), abs=1e-5)
    assert matched_error(masks, truths, weights, match.members).item() == pytest.approx(min(errors), abs=1e-5)


@pytest.mark.parametrize("sources", [2, 3, 4])
def test_an_assignment_gives_every_source_one_component_of_its_own(sources: int):
    rng = np.random.default_rng(sources)
    truths = torch.zeros(1, 4, 30)
    truths[0, :sources] = random_masks(rng, sources, 30)
    weights = torch.full((1, 30), 1 / 30)
    members = best_match(
        random_masks(rng, 4, 30)[None], truths, torch.tensor([sources]), weights, one_to_one=True
    ).members
    assert members[0, :sources].sum(1).tolist() == [1] * sources
    assert members[0].sum(0).max() <= 1
    assert members[0, sources:].sum() == 0


def test_components_that_are_the_sources_leave_no_error_in_any_order():
    rng = np.random.default_rng(5)
    truths = torch.zeros(1, 4, 40)
    truths[0, :3] = random_masks(rng, 3, 40)
    masks = torch.zeros(1, 4, 40)
    masks[0, [2, 0, 3]] = truths[0, :3]
    weights = torch.full((1, 40), 1 / 40)
    for one_to_one in (False, True):
        assert best_match(masks, truths, torch.tensor([3]), weights, one_to_one=one_to_one).error.item() < 1e-6


def test_samples_with_other_numbers_of_sources_do_not_disturb_each_other():
    rng = np.random.default_rng(6)
    masks = torch.stack([random_masks(rng, 4, 20) for _ in range(3)])
    truths, counts = torch.zeros(3, 4, 20), torch.tensor([2, 4, 3])
    for i, count in enumerate(counts.tolist()):
        truths[i, :count] = random_masks(rng, count, 20)
    weights = torch.full((3, 20), 1 / 20)
    joint = best_match(masks, truths, counts, weights, one_to_one=False)
    for i in range(3):
        alone = best_match(masks[i : i + 1], truths[i : i + 1], counts[i : i + 1], weights[:1], one_to_one=False)
        assert torch.equal(alone.members[0], joint.members[i])
        assert alone.error.item() == pytest.approx(joint.error[i].item(), abs=1e-6)


def test_shares_of_the_sources_sum_to_one(library: Library):
    mixture, shares = source_shares(TrainingMixer(library, "train", SHORT).mixture(1, 1), 64)
    assert mixture.shape == (64, 128)
    assert torch.allclose(shares.sum(0), torch.ones(64, 128), atol=1e-5)


def test_weights_sum_to_one_and_follow_the_energy():
    mel = torch.tensor([[[0.0, -2.0], [-4.0, -11.0]]])
    weights = energy_weights(mel, 2.0)
    assert weights.sum().item() == pytest.approx(1)
    assert (weights[0, 0, 0] / weights[0, 0, 1]).log().item() == pytest.approx(4, abs=1e-4)


@pytest.fixture(scope="module")
def vae(shards: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vae")
    train_vae(
        TrainingConfig(network=VAE_SIZES, loop=replace(LOOP, steps=10), optimiser=OptimiserConfig(), mixtures=SHORT),
        shards,
        folder,
    )
    return folder / "last.ckpt"


def config(vae: Path, **loop: object) -> TrainingConfig:
    return TrainingConfig(
        network={**TRUNK_SIZES, "components": 4}, vae=str(vae), loop=replace(LOOP, **loop),
        optimiser=FAST, mixtures=SHORT, pool=POOL,
    )  # fmt: skip


def test_the_component_separator_learns(vae: Path, shards: Path, tmp_path: Path):
    train_components(config(vae), shards, tmp_path)
    lines = [line.split(",") for line in (tmp_path / "curves.csv").read_text().splitlines()[1:]]
    values = [float(value) for _, _, kind, key, value in lines if kind == "train" and key == "grouped"]
    assert np.mean(values[-8:]) < np.mean(values[:8])


def test_it_starts_from_other_components_and_records_errors_of_both_splits(vae: Path, shards: Path, tmp_path: Path):
    first = train_components(config(vae, steps=3), shards, tmp_path / "a")
    again = replace(config(vae, steps=1, valid_every=1), start=str(tmp_path / "a" / "last.ckpt"))
    second = train_components(again, shards, tmp_path / "b")
    assert "valid_grouped" in (tmp_path / "b" / "curves.csv").read_text()
    near = torch.cat([p.flatten() for p in second.module.parameters()])
    assert torch.allclose(near, torch.cat([p.flatten() for p in first.average.parameters()]), atol=0.02)


def test_batches_depend_on_the_step_only(library: Library):
    chunks = ComponentChunks(
        TrainingMixer(library, "train", SHORT), MelVAE(build(MelVAEConfig, VAE_SIZES)), 1.0, POOL, seed=1
    )
    straight = ComponentPool(chunks, POOL, 0, 0)
    batches = [straight.batch(step, 1, 3, 8) for step in range(20)]
    later = ComponentPool(chunks, POOL, 0, 19)
    assert torch.equal(later.batch(19, 1, 3, 8).truths, batches[19].truths)


def test_the_loss_of_a_perfect_answer_is_less_than_that_of_an_even_one():
    truths = torch.zeros(2, 4, 32, 128)
    truths[:, 0, :16], truths[:, 1, 16:] = 1, 1
    batch = ComponentBatch(torch.zeros(2, 8, 8, 32), torch.full((2, 1, 32, 128), -5.0), truths, torch.tensor([2, 2]))
    perfect = component_loss(30 * truths, batch, ComponentLossConfig())
    even = component_loss(torch.zeros(2, 4, 32, 128), batch, ComponentLossConfig())
    assert perfect["total"] < even["total"]
    assert perfect["grouped"].item() == pytest.approx(0, abs=1e-4)


def test_a_trained_trunk_is_taken_over_whole():
    torch.manual_seed(1)
    flow = FlowNet(FlowConfig(**TRUNK_SIZES))
    for parameter in flow.parameters():
        parameter.data.add_(0.05 * torch.randn_like(parameter))
    net = ComponentNet(ComponentConfig(**TRUNK_SIZES))
    unset = start_from_flow(net, flow)
    assert unset == ["out.bias", "out.weight", "patch.bias", "patch.weight"]
    assert torch.equal(net.enter.weight, flow.enter.weight[:, -8:])
    assert torch.equal(net.blocks[0].mlp.up.weight, flow.blocks[0].mlp.up.weight)
    features = [
        trunk.features(torch.ones(1, 8, 16, 32), condition)[0]
        for trunk, condition in (
            (net, net.constant[None]),
            (flow, flow.condition(torch.zeros(1), None, torch.zeros(1, 1, 384), torch.zeros(1, 1))[0]),
        )
    ]
    assert not torch.allclose(
        features[0], features[1]
    )  # the text network attends to a token even where the text is empty


def test_any_number_of_columns_works():
    net = ComponentNet(ComponentConfig(components=3, **TRUNK_SIZES))
    for columns in (1, 7, 16):
        assert net(torch.zeros(2, 8, columns, 32), torch.zeros(2, 1, 4 * columns, 128)).shape == (
            2,
            3,
            4 * columns,
            128,
        )
