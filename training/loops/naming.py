"""Fit the head of the `Listener`, `flowsep_plugin.listening.scores`: log-odds of classes from YAMNet's outputs.

Examples are mixtures of one to three recordings of the training split. A label means several classes
(training/evaluation/naming.yaml), any of which is right: the loss is the cross-entropy of that any, over all
classes but these and the more general and more specific ones, and a binary one that keeps the scale of log-odds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from flowsep_training.data.sources import RATE, Library, LibrarySource
from flowsep_training.evaluation.naming import Listening, class_members, patch_outputs
from torch import Tensor, nn
from torch.nn import functional

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.engine.flowsep.zero_shot import LEAST_LOGIT, Classes
from flowsep_plugin.listening.scores import ARRAYS
from flowsep_plugin.listening.sounds import more_general

SECONDS, COUNT = 4.8, 11_000
PATCHES = 11
RANK, EPOCHS, BATCH, DROPOUT = 64, 20, 128, 0.3
RATE_OF_LEARNING, DECAY, BINARY = 2e-3, 2e-2, 0.3
LEVEL, SPREAD_DB = 0.05, 6.0
SIZES = {1: 0.3, 2: 0.57, 3: 0.13}
"""Recordings of an example -> its share of all."""

_SEED = 88_000
_MINUS = -1e4


@dataclass(frozen=True, slots=True)
class Example:
    """YAMNet's outputs for the patches of one mixture, (n, C) and (n, E), and the labels of its recordings."""

    labels: tuple[str, ...]
    logits: np.ndarray
    embedding: np.ndarray


def draw_examples(
    listening: Listening, library: Library, count: int = COUNT, log: Callable[[str], None] = print
) -> list[Example]:
    """Return `count` mixtures of the training split, as the listener hears them, of labels that have a class."""
    members = class_members(listening.captions, specific=False)
    by_label = {label: sources for label, sources in library.by_label("train").items() if label in members}
    labels = sorted(by_label)
    weights = np.sqrt([min(len(by_label[label]), 8) for label in labels])
    rng, examples = np.random.default_rng(_SEED), []
    while len(examples) < count:
        size = rng.choice(list(SIZES), p=list(SIZES.values()))
        labels_of_mixture = rng.choice(labels, size, replace=False, p=weights / weights.sum())
        mixture = np.zeros(int(SECONDS * RATE), np.float32)
        for label in labels_of_mixture:
            source = by_label[label][rng.integers(len(by_label[label]))]
            mixture += _placed(library, source, rng) * 10 ** (rng.uniform(-SPREAD_DB, SPREAD_DB) / 20)
        sounding = np.flatnonzero(np.abs(mixture) > 1e-4)
        if size == 1 and rng.random() < 0.5 and len(sounding) > RATE // 10:
            mixture = mixture[sounding[0] : sounding[-1] + 1]
        examples.append(Example(tuple(labels_of_mixture), *patch_outputs(listening, mixture)))
        if len(examples) % 1000 == 0:
            log(f"{len(examples)} of {count} mixtures")
    return examples


def _placed(library: Library, source: LibrarySource, rng: np.random.Generator) -> Samples:
    """Return a source at `LEVEL` in a window of `SECONDS`: a random part, or a short one, once or several times."""
    frames, samples = int(SECONDS * RATE), library.read(source)
    if len(samples) > frames:
        first = rng.integers(len(samples) - frames)
        samples = samples[first : first + frames]
    window = np.zeros(frames, np.float32)
    if len(samples) < 3 * RATE and rng.random() < 0.6:
        at = int(rng.uniform(0, 1.5) * RATE)
        while at < frames:
            part = samples[: frames - at]
            window[at : at + len(part)] += part
            at += len(samples) + int(rng.uniform(0.2, 2.5) * RATE)
    else:
        at = rng.integers(frames - len(samples) + 1)
        window[at : at + len(samples)] = samples
    sounding = window[np.abs(window) > 1e-4]
    return window / np.sqrt(np.mean(np.square(sounding)) + 1e-12) * LEVEL if len(sounding) else window


class NamingHead(nn.Module):
    """The head with its fitted weights; `classes` give the statistics and sentence vectors."""

    def __init__(self, classes: Classes, features: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.from_numpy(classes.mean))
        self.register_buffer("spread", torch.from_numpy(classes.spread))
        self.register_buffer("vectors", 4 * torch.from_numpy(classes.vectors))
        self.audio = nn.Linear(features, RANK)
        self.text = nn.Linear(classes.vectors.shape[1], RANK, bias=False)
        self.own = nn.Parameter(torch.tensor([0.3, 0.7]))
        self.bias = nn.Parameter(torch.full((len(classes.names),), -3.0))
        nn.init.normal_(self.audio.weight, std=0.01)
        nn.init.normal_(self.text.weight, std=0.05)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, logits: Tensor, embedding: Tensor) -> Tensor:
        """Return log-odds (…, C) for logits (…, C) and ln(1 + pooled features) (…, E)."""
        standardised = (logits - self.mean) / self.spread
        features = self.dropout(torch.cat([0.5 * standardised, embedding], dim=-1))
        own = self.own[0] * logits + self.own[1] * standardised
        return own + self.audio(features) @ self.text(self.vectors).T + self.bias

    def save(self, path: Path) -> None:
        """Write the arrays of `flowsep_plugin.listening.scores.ListenerHead` to `path`, an .npz file."""
        weights = (self.audio.weight.T, self.audio.bias, self.text(self.vectors), self.own, self.bias)
        arrays = (weight.detach().numpy().astype(np.float16 if weight.ndim == 2 else np.float32) for weight in weights)
        np.savez(path, **dict(zip(ARRAYS, arrays, strict=True)))


@dataclass(frozen=True, slots=True)
class _Examples:
    """All examples as tensors: logits, embedding, which patches there are, members of each label, neutral classes."""

    logits: Tensor
    embedding: Tensor
    is_patch: Tensor
    members: Tensor
    neutral: Tensor

    @classmethod
    def of(cls, examples: Sequence[Example], members: Mapping[str, np.ndarray], general: np.ndarray) -> "_Examples":
        """Return the tensors.

        members : classes of each label, (C,) bool.     general : (C, C), whether class j is more general than i.
        """
        count, classes = len(examples), len(general)
        logits = np.zeros((count, PATCHES, classes), np.float32)
        embedding = np.zeros((count, PATCHES, examples[0].embedding.shape[1]), np.float32)
        is_patch, of_label = np.zeros((count, PATCHES), bool), np.zeros((count, max(SIZES), classes), bool)
        neutral = np.zeros((count, classes), bool)
        for place, example in enumerate(examples):
            length = min(PATCHES, len(example.logits))
            logits[place, :length] = np.maximum(example.logits[:length], LEAST_LOGIT)
            embedding[place, :length] = np.log1p(np.maximum(example.embedding[:length], 0))
            is_patch[place, :length] = True
            for row, label in enumerate(example.labels):
                of_label[place, row] = members[label]
                own = members[label]
                neutral[place] |= own | general[own].any(axis=0) | general[:, own].any(axis=1)
        return cls(*map(torch.from_numpy, (logits, embedding, is_patch, of_label, neutral)))


def fit_head(listening: Listening, examples: Sequence[Example], log: Callable[[str], None] = print) -> NamingHead:
    """Return the fitted head; the same examples give the same weights."""
    torch.manual_seed(_SEED)
    members = class_members(listening.captions, specific=False)
    data = _Examples.of(examples, members, more_general(tuple(listening.captions)))
    head = NamingHead(listening.classes, data.logits.shape[-1] + data.embedding.shape[-1])
    optimiser = torch.optim.AdamW(head.parameters(), RATE_OF_LEARNING, weight_decay=DECAY)
    for epoch in range(EPOCHS):
        for group in optimiser.param_groups:
            group["lr"] = RATE_OF_LEARNING * min(1.0, 2 * (1 - epoch / EPOCHS) + 0.02)
        losses = []
        for rows in torch.randperm(len(examples)).split(BATCH):
            loss = _loss(head, data, rows)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        log(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}")
    return head.eval()


def _loss(head: NamingHead, data: _Examples, rows: Tensor) -> Tensor:
    scores, is_patch = head(data.logits[rows], data.embedding[rows]), data.is_patch[rows]
    pooled = torch.logsumexp(scores.masked_fill(~is_patch[..., None], _MINUS), dim=1)
    pooled = pooled - is_patch.sum(dim=1).clamp(min=1).log()[:, None]
    members, neutral = data.members[rows], data.neutral[rows]
    is_label = members.any(dim=-1)
    right = torch.logsumexp(pooled[:, None].masked_fill(~members, _MINUS), dim=-1)
    wrong = torch.logsumexp(pooled.masked_fill(neutral, _MINUS), dim=-1)
    of_labels = functional.softplus(wrong[:, None] - right) + BINARY * functional.softplus(-right)
    of_others = BINARY * (functional.softplus(pooled) * ~neutral).sum()
    return ((of_labels * is_label).sum() + of_others) / len(rows)
