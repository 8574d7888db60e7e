"""Choosing among components: what the evidence names comes out, what is unfitted changes nothing, both homes agree."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.engine.flowsep.choice import (
    SUBSET_FEATURES,
    WINDOW_FEATURES,
    ChoiceRule,
    Evidence,
    QueryVectors,
    both,
    choose,
    energy_of,
    fuse,
    proper_subsets,
    subset_features,
)  # fmt: skip
from flowsep_plugin.engine.flowsep.matcher import Matcher
from flowsep_plugin.engine.flowsep.zero_shot import Classes
from flowsep_plugin.errors import BundleError

K, FRAMES, BANDS, CLASSES, PATCHES = 3, 12, 8, 5, 2
EVEN = np.ones(BANDS, np.float32)


def classes() -> Classes:
    return Classes(
        tuple("abcde"), np.eye(CLASSES, dtype=np.float32), np.zeros(CLASSES, np.float32), np.ones(CLASSES, np.float32)
    )


def evidence_of(logits: np.ndarray) -> Evidence:
    """Evidence whose matcher compares the mean probabilities of the first classes with the query's."""
    identity = np.eye(CLASSES, dtype=np.float32)
    zero = np.zeros(CLASSES, np.float32)
    matcher = Matcher(identity, zero, identity, zero, np.float32(2), np.float32(-1))
    return Evidence(logits, matcher.of_audio(1 / (1 + np.exp(-logits.mean(2)))), classes(), matcher)


def scene(seed: int = 1, windows: int = 2) -> tuple[np.ndarray, np.ndarray, Evidence]:
    """Masks, energies, and evidence in which component k is heard as class k, in every subset that holds it."""
    rng = np.random.default_rng(seed)
    masks = rng.dirichlet(np.full(K, 0.2), (windows, FRAMES, BANDS)).transpose(0, 3, 1, 2).astype(np.float32)
    energy = energy_of(rng.normal(-5, 1, (windows, FRAMES, BANDS)).astype(np.float32), EVEN)
    members = proper_subsets(K)
    logits = np.full((windows, 1 + len(members), PATCHES, CLASSES), -6.0, np.float32)
    logits[:, 0, :, :K] = 1.0
    logits[:, 1:, :, :K] = np.where(members > 0, 3.0 - members.sum(1, keepdims=True), -6.0)[None, :, None]
    return masks, energy, evidence_of(logits)


def rule(**weights: float) -> ChoiceRule:
    row = np.zeros(len(SUBSET_FEATURES) + 1, np.float32)
    for name, weight in weights.items():
        row[SUBSET_FEATURES.index(name)] = weight
    return replace(ChoiceRule.unfitted(), subset=row)


def query(*names: int) -> QueryVectors:
    rows = np.eye(CLASSES, dtype=np.float32)[list(names)]
    return QueryVectors(rows, rows)


def test_a_subset_and_its_complement_lie_opposite_each_other():
    members = proper_subsets(4)
    assert len(members) == 14
    assert np.array_equal(members + members[::-1], np.ones((14, 4)))


def test_the_component_that_sounds_like_the_query_is_chosen():
    masks, energy, evidence = scene()
    flow = np.full((2, K, FRAMES, BANDS), 0.5, np.float32)
    choice = choose(rule(score_max=8, score_max_over_rest=8), masks, energy, flow, evidence, query(0, 1, 2))
    for k in range(K):
        assert np.allclose(choice.mask[:, k], masks[:, k], atol=0.01)


def test_without_weights_every_subset_counts_alike():
    masks, energy, evidence = scene()
    flow = np.full((2, 1, FRAMES, BANDS), 0.5, np.float32)
    assert np.allclose(choose(rule(), masks, energy, flow, evidence, query(0)).mask, 0.5, atol=1e-5)


def test_an_unfitted_rule_leaves_the_text_network_as_it_is():
    masks, energy, evidence = scene()
    mask_logits = np.random.default_rng(2).normal(0, 3, (2, 1, FRAMES, BANDS)).astype(np.float32)
    choice = choose(ChoiceRule.unfitted(), masks, energy, 1 / (1 + np.exp(-mask_logits)), evidence, query(0))
    assert np.allclose(fuse(ChoiceRule.unfitted(), mask_logits, choice), mask_logits, atol=1e-3)


def test_queries_and_windows_do_not_disturb_each_other():
    masks, energy, evidence = scene(windows=3)
    flow = np.random.default_rng(3).random((3, 2, FRAMES, BANDS)).astype(np.float32)
    fitted = rule(
        score_max=1, class_mean_over_rest=0.5, level=0.3, level_squared=0.1, match=0.5, match_over_rest=0.3, agreement=1
    )
    whole = choose(fitted, masks, energy, flow, evidence, query(0, 1))
    for n in range(3):
        for q in range(2):
            part = slice(n, n + 1)
            alone = choose(
                fitted, masks[part], energy[part], flow[part, q : q + 1], evidence_of(evidence.logits[part]),
                query(q),
            )  # fmt: skip
            assert np.allclose(alone.mask[0, 0], whole.mask[n, q], atol=1e-5)
            assert np.allclose(alone.features[0, 0], whole.features[n, q], atol=1e-4)


def test_the_order_of_the_components_does_not_matter():
    masks, energy, evidence = scene()
    order = [2, 0, 1]
    members = proper_subsets(K)
    places = [int(np.flatnonzero((members == row[order]).all(1))[0]) for row in members]
    turned = np.empty_like(evidence.logits)
    turned[:, 0] = evidence.logits[:, 0]
    turned[:, 1:][:, places] = evidence.logits[:, 1:]
    flow = np.random.default_rng(3).random((2, 1, FRAMES, BANDS)).astype(np.float32)
    fitted = rule(
        score_max=1,
        class_mean_over_rest=0.5,
        level=0.3,
        level_squared=0.1,
        match=0.5,
        match_over_rest=0.3,
        agreement=1,
        nameable=0.2,
    )
    one = choose(fitted, masks, energy, flow, evidence, query(1))
    other = choose(fitted, masks[:, order], energy, flow, evidence_of(turned), query(1))
    assert np.allclose(one.mask, other.mask, atol=1e-5)


def test_agreement_is_one_where_a_subset_is_the_text_networks_mask():
    masks, energy, evidence = scene()
    features = subset_features(masks, energy, masks[:, :1] + masks[:, 1:2], evidence, query(0))
    agreement = features[:, 0, :, SUBSET_FEATURES.index("agreement")]
    same = int(np.flatnonzero((proper_subsets(K) == [1, 1, 0]).all(1))[0])
    assert np.allclose(agreement[:, same], 1, atol=1e-5)
    assert (np.delete(agreement, same, 1) < 0.999).all()


@given(st.floats(-30, 30), st.floats(-30, 30))
def test_both_is_the_product_of_probabilities(one: float, other: float):
    expected = 1 / ((1 + np.exp(-one)) * (1 + np.exp(-other)))
    result = 1 / (1 + np.exp(-both(np.float64(one), np.float64(other))))
    assert result == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_a_rule_survives_its_file(tmp_path: Path):
    rng = np.random.default_rng(4)
    unfitted = ChoiceRule.unfitted()
    names = ("subset", "flow", "choice", "presence")
    fitted = ChoiceRule(**{name: rng.normal(size=getattr(unfitted, name).shape).astype(np.float32) for name in names})
    path = tmp_path / "choice.json"
    path.write_text(json.dumps(fitted.as_json()), encoding="utf-8")
    again = ChoiceRule.load(path)
    for name in names:
        assert np.allclose(getattr(again, name), getattr(fitted, name), atol=1e-4)


@pytest.mark.parametrize("text", ["[]", "{}", '{"subset": {"score_max": 1}}', "not json", '{"subset": 3}'])
def test_a_damaged_rule_is_refused_by_the_row_that_is_wrong(tmp_path: Path, text: str):
    path = tmp_path / "choice.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BundleError, match=r"choice\.json: (subset|cannot be read)"):
        ChoiceRule.load(path)


def test_every_weight_has_a_feature():
    unfitted = ChoiceRule.unfitted()
    assert len(unfitted.subset) == len(SUBSET_FEATURES) + 1
    assert len(unfitted.presence) == len(WINDOW_FEATURES) + 1
