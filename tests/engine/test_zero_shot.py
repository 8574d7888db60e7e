import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.engine.flowsep.zero_shot import Classes, mean_vectors, sentence_vectors
from flowsep_plugin.errors import BundleError


@pytest.fixture
def folder(pocket):
    return pocket.parent / "listener"


@pytest.fixture
def three():
    """Three classes whose vectors are at right angles."""
    return Classes(("dog", "rain", "bell"), np.eye(3, dtype=np.float32), np.full(3, -5, np.float32), np.ones(3) * 2)


def test_the_classes_of_a_bundle_are_read(folder):
    classes = Classes.load(folder)
    assert classes.names[520] == "class 520"
    assert classes.vectors.shape == (521, 32)
    assert classes.vectors.dtype == classes.mean.dtype == classes.spread.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(classes.vectors, axis=1), 1, atol=1e-3)


@pytest.mark.parametrize("name", ["classes.txt", "classes.npz"])
def test_a_missing_or_damaged_file_is_named(folder, tmp_path, name):
    copy = shutil.copytree(folder, tmp_path / "bundle")
    for damage in (b"", b"PK\x03\x04 and no more"):
        (copy / name).write_bytes(damage)
        with pytest.raises(BundleError, match=name):
            Classes.load(copy)
    (copy / name).unlink()
    with pytest.raises(BundleError, match=name):
        Classes.load(copy)


def test_a_query_weighs_the_class_that_it_names(three):
    weights = three.weights(np.array([[1, 0, 0], [0, 0.6, 0.8]], np.float32))
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-6)
    assert weights[0, 0] > 0.999
    assert weights[1, 2] / weights[1, 1] == pytest.approx(np.exp(0.2 / 0.05), rel=1e-4)


def test_a_class_that_is_heard_matches_its_query(three):
    logits = np.array([[[4, -9, -5], [-5, -9, -5]]], np.float32)  # one clip, two patches: a dog in the first
    match = three.match(logits, three.weights(np.eye(3, dtype=np.float32)))
    assert match.log_probability.shape == match.logit.shape == (1, 2, 3)
    assert match.log_probability[0, 0, 0] == pytest.approx(np.log(1 / (1 + np.exp(-4))), abs=1e-3)
    np.testing.assert_allclose(match.logit[0], [[4.5, -2, 0], [0, -2, 0]], atol=1e-3)


def test_features_are_mean_and_maximum_over_patches(three):
    logits = np.random.default_rng(0).standard_normal((2, 5, 6, 3)).astype(np.float32)
    match = three.match(logits, three.weights(np.eye(3, dtype=np.float32)[:2]))
    features = match.features()
    assert features.shape == (2, 5, 2, 4)
    np.testing.assert_allclose(features[..., 0], match.log_probability.mean(axis=2), atol=1e-6)
    np.testing.assert_allclose(features[..., 3], match.logit.max(axis=2), atol=1e-6)


@given(scale=st.floats(-80, 80))
def test_a_match_is_finite_however_sure_the_network_is(scale):
    classes = Classes(("a", "b"), np.eye(2, dtype=np.float32), np.zeros(2, np.float32), np.ones(2, np.float32))
    features = classes.match(
        np.full((3, 2), scale, np.float32), classes.weights(np.eye(2, dtype=np.float32))
    ).features()
    assert np.isfinite(features).all()


def test_padding_does_not_change_a_sentence():
    states = np.random.default_rng(1).standard_normal((2, 4, 8)).astype(np.float32)
    mask = np.ones((2, 4), np.float32)
    padded = np.concatenate([states, 9 * np.ones((2, 3, 8), np.float32)], axis=1)
    longer = np.concatenate([mask, np.zeros((2, 3), np.float32)], axis=1)
    vectors = sentence_vectors(states, mask)
    np.testing.assert_allclose(sentence_vectors(padded, longer), vectors, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_phrases_of_one_class_are_averaged():
    means = mean_vectors(np.array([[1, 0], [0, 1], [0, 3]], np.float32), [2, 1])
    np.testing.assert_allclose(means, [[np.sqrt(0.5), np.sqrt(0.5)], [0, 1]], atol=1e-6)


def test_the_nearest_classes_come_first_and_a_far_query_says_so(three):
    near, far = three.nearest(np.array([[0.6, 0.8, 0], [0.4, 0.3, -0.866]], np.float32))
    assert near.labels == ("rain", "dog", "bell")
    assert not near.is_far
    assert far.labels[0] == "dog"
    assert far.is_far
