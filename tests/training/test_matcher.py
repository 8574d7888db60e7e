"""The matcher learns which texts name which sounds, and the engine computes the same as the trainer."""

from pathlib import Path

import numpy as np
import pytest
import torch
from flowsep_training.loops.matcher import MatcherSamples, accuracy, as_matcher, subset_errors_db, train_matcher

from flowsep_plugin.engine.flowsep.choice import proper_subsets
from flowsep_plugin.engine.flowsep.matcher import Matcher, audio_features, text_features
from flowsep_plugin.engine.flowsep.zero_shot import Classes
from flowsep_plugin.errors import BundleError

LABELS = tuple("abcdefgh")
FEATURES, WORDINGS = 16, 4


def samples_of(count: int = 120, seed: int = 1) -> MatcherSamples:
    """Mixtures of two labels; component 0 sounds like the first, component 1 like the second, 2 like nothing."""
    rng = np.random.default_rng(seed)
    members = proper_subsets(3)
    sounds = np.random.default_rng(0).normal(size=(len(LABELS), FEATURES))
    audio, source, label, errors = [], [], [], []
    for number in range(count):
        pair = rng.choice(len(LABELS), 2, replace=False)
        rows = [
            sounds[pair].sum(0),
            *(sum((sounds[pair[k]] for k in (0, 1) if row[k]), np.zeros(FEATURES)) for row in members),
        ]
        audio.append(np.stack(rows) + 0.1 * rng.normal(size=(1 + len(members), FEATURES)))
        for k in (0, 1):
            source.append(number), label.append(pair[k])
            errors.append([-15.0 if row[k] and not row[1 - k] else 3.0 for row in members])
    return MatcherSamples(
        torch.tensor(np.stack(audio), dtype=torch.float16), torch.tensor(source), torch.tensor(label),
        torch.tensor(errors), LABELS,
    )  # fmt: skip


def texts() -> torch.Tensor:
    rng = np.random.default_rng(3)
    means = rng.normal(size=(len(LABELS), 1, 12))
    return torch.tensor(means + 0.2 * rng.normal(size=(len(LABELS), WORDINGS, 12)), dtype=torch.float32)


def test_it_learns_which_subset_a_text_means():
    rows = samples_of()
    net = train_matcher(rows, texts(), 300, log=lambda text: None, dropout=0.0)
    result = accuracy(net, samples_of(40, seed=2), texts())
    assert result["loss_db"] < 3
    assert result["auc"] > 0.9


def test_the_run_time_scores_as_the_trainer(tmp_path: Path):
    net = train_matcher(samples_of(10), texts(), 5, log=lambda text: None)
    matcher = as_matcher(net)
    audio, text = samples_of(10).audio.float(), texts()[:3, 0]
    scores = matcher.score(matcher.of_audio(audio.numpy()), matcher.of_text(text.numpy()))
    with torch.no_grad():
        assert np.allclose(scores, net(audio, text).numpy(), atol=1e-4)
    matcher.save(tmp_path / "matcher.npz")
    again = Matcher.load(tmp_path / "matcher.npz")
    assert np.allclose(again.score(again.of_audio(audio.numpy()), again.of_text(text.numpy())), scores, atol=0.05)


def test_errors_of_subsets_are_those_of_their_masks():
    rng = np.random.default_rng(4)
    masks = rng.dirichlet(np.ones(3), (10, 8)).transpose(2, 0, 1)
    share = rng.random((1, 10, 8))
    energy = rng.random((10, 8))
    energy /= energy.sum()
    errors = subset_errors_db(masks, share, energy)[0]
    for row, value in zip(proper_subsets(3), errors, strict=True):
        mask = np.einsum("k,kfb->fb", row, masks)
        wrong = share[0] * (1 - mask) ** 2 + (1 - share[0]) * mask**2
        assert value == pytest.approx(
            10 * np.log10((wrong * energy).sum() / (share[0] * energy).sum() + 0.01), abs=1e-4
        )


def test_an_unfitted_matcher_says_nothing_either_way():
    matcher = Matcher.unfitted(6, 5)
    rng = np.random.default_rng(1)
    audio, text = matcher.of_audio(rng.normal(size=(2, 6))), matcher.of_text(rng.normal(size=(3, 5)))
    assert np.array_equal(matcher.score(audio, text), np.zeros((2, 3)))


def test_features_do_not_drown_in_silence():
    classes = Classes(("a", "b"), np.eye(2, dtype=np.float32), np.full(2, -16, np.float32), np.full(2, 7, np.float32))
    silent = audio_features(np.full((1, 3, 2), -600.0), np.zeros((1, 3, 4)), classes)
    assert np.abs(silent).max() < 3
    assert text_features(np.eye(2, dtype=np.float32), classes).shape == (2, 4)


def test_a_missing_matcher_is_named(tmp_path: Path):
    with pytest.raises(BundleError, match=r"matcher\.npz: cannot be read"):
        Matcher.load(tmp_path / "matcher.npz")
