"""The fit learns to choose, and its formulas are those of the run time."""

from dataclasses import fields

import numpy as np
import pytest
import torch
from flowsep_training.evaluation.fit import FittedChoice, describe, errors_db, fit, rule_logits, rule_module, shares_db
from flowsep_training.evaluation.samples import FitSamples

from flowsep_plugin.engine.flowsep.choice import (
    SUBSET_FEATURES,
    ChoiceRule,
    Evidence,
    QueryVectors,
    choose,
    energy_of,
    fuse,
    presence,
    proper_subsets,
    subset_features,
)  # fmt: skip
from flowsep_plugin.engine.flowsep.matcher import Matcher
from flowsep_plugin.engine.flowsep.zero_shot import Classes

K, FRAMES, BANDS, CLASSES = 3, 16, 8, 6
SIX_CLASSES = Classes(
    tuple("abcdef"), np.eye(CLASSES, dtype=np.float32), np.zeros(CLASSES, np.float32), np.ones(CLASSES, np.float32)
)


MATCHER = Matcher(
    np.eye(CLASSES, dtype=np.float32), np.zeros(CLASSES, np.float32), np.eye(CLASSES, dtype=np.float32),
    np.zeros(CLASSES, np.float32), np.float32(2), np.float32(-1),
)  # fmt: skip


def evidence_of(logits: np.ndarray) -> Evidence:
    return Evidence(logits, MATCHER.of_audio(1 / (1 + np.exp(-logits.mean(2)))), SIX_CLASSES, MATCHER)


def samples_of(count: int, seed: int = 1) -> tuple[FitSamples, dict[str, np.ndarray]]:
    """`count` windows of three components that sound like three classes; each query names one of them, or another."""
    rng = np.random.default_rng(seed)
    masks = rng.dirichlet(np.full(K, 0.1), (count, FRAMES, BANDS)).transpose(0, 3, 1, 2)
    masks = (np.rint(255 * masks) / 255).astype(np.float32)
    mel = rng.normal(-5, 1, (count, FRAMES, BANDS)).astype(np.float32)
    energy = energy_of(mel, np.ones(BANDS, np.float32))
    members = proper_subsets(K)
    logits = np.full((count, 1 + len(members), 2, CLASSES), -6.0, np.float32)
    logits[:, 0, :, :K] = 0
    logits[:, 1:, :, :K] = np.where(members > 0, 2.0, -6.0)[None, :, None]
    targets = rng.integers(0, K + 1, count)
    flow_logits = rng.normal(0, 0.5, (count, FRAMES, BANDS)).astype(np.float16)
    weights = np.eye(CLASSES, dtype=np.float32)[targets]
    query = [QueryVectors(weights[i : i + 1], weights[i : i + 1]) for i in range(count)]
    rows = [
        subset_features(
            masks[i : i + 1], energy[i : i + 1], 1 / (1 + np.exp(-flow_logits[i : i + 1, None].astype(np.float32))),
            evidence_of(logits[i : i + 1]), query[i],
        )[0, 0] for i in range(count)
    ]  # fmt: skip
    own = np.arange(count)
    truth = np.where((targets < K)[:, None, None], masks[own, np.minimum(targets, K - 1)], 0)
    samples = FitSamples(
        masks=torch.from_numpy(np.rint(255 * masks).astype(np.uint8)), flow_logits=torch.from_numpy(flow_logits),
        truth=torch.from_numpy(np.rint(255 * truth).astype(np.uint8)), energy=torch.from_numpy(energy),
        features=torch.from_numpy(np.stack(rows)),
        kind=torch.from_numpy((targets == K).astype(np.int64)),
    )  # fmt: skip
    return samples, {"masks": masks, "energy": energy, "logits": logits, "weights": weights}


def test_the_fits_formulas_are_the_run_times():
    samples, arrays = samples_of(6)
    rng = np.random.default_rng(3)
    start = ChoiceRule.unfitted()
    rule = ChoiceRule(
        **{f.name: rng.normal(0, 0.3, getattr(start, f.name).shape).astype(np.float32) for f in fields(start)}
    )
    with torch.no_grad():
        logits, presence_logits = (part.numpy() for part in rule_module(rule, samples)(samples.rows(torch.arange(6))))
    for i in range(6):
        one = slice(i, i + 1)
        mask_logits = samples.flow_logits.float().numpy()[one, None]
        choice = choose(
            rule, arrays["masks"][one], arrays["energy"][one], 1 / (1 + np.exp(-mask_logits)),
            evidence_of(arrays["logits"][one]), QueryVectors(arrays["weights"][one], arrays["weights"][one]),
        )  # fmt: skip
        assert np.allclose(fuse(rule, mask_logits, choice)[0, 0], logits[i], atol=2e-2)
        assert np.allclose(presence(rule, choice)[0, 0], presence_logits[i], atol=2e-2)


def test_a_fit_chooses_the_component_that_the_query_names_and_recognises_absent_ones():
    samples, _ = samples_of(160)
    before = describe(samples, lambda part: part.flow_logits)
    rule = fit(samples, 200, lambda text: None)
    after = describe(samples, rule_logits(rule, samples))
    assert after["gain_db"] > before["gain_db"] + 3
    assert after["worse"] < 0.1
    shares = shares_db(samples, rule_module(rule, samples))[0]
    assert np.median(shares[samples.kind == 1]) < np.median(shares[samples.kind == 0]) - 6


def test_a_fitted_rule_is_for_features_that_are_not_standardised():
    samples, _ = samples_of(40)
    net = FittedChoice(samples)
    for row in net.rows.values():
        row.data.add_(0.3 * torch.randn(row.shape, generator=torch.Generator().manual_seed(1)))
    part = samples.rows(torch.arange(40))
    with torch.no_grad():
        for one, other in zip(net(part), rule_module(net.rule(), samples)(part), strict=True):
            assert torch.allclose(one, other, atol=2e-2)


def test_the_right_mask_has_no_error_and_the_mixture_that_of_the_rest():
    samples, _ = samples_of(12)
    part = samples.rows(torch.arange(12))
    assert (
        errors_db(torch.logit(part.truth.clamp(1e-6, 1 - 1e-6)), part)
        < errors_db(torch.full_like(part.truth, 30.0), part)
    ).all()


def test_shares_of_silent_stems_are_low_and_of_the_whole_mixture_zero():
    samples, _ = samples_of(5)

    def always(mask_logits: float, presence: float):
        return lambda part: (torch.full_like(part.flow_logits, mask_logits), torch.full((len(part),), presence))

    assert np.allclose(shares_db(samples, always(30, 30)), 0, atol=0.01)
    assert (shares_db(samples, always(-30, 30)) < -80).all()
    assert (shares_db(samples, always(30, -30)) < -80).all()


@pytest.mark.parametrize("name", ["score_max", "agreement"])
def test_features_are_found_by_name(name: str):
    samples, _ = samples_of(4)
    assert samples.features[..., SUBSET_FEATURES.index(name)].isfinite().all()
