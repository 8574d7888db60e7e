"""Training of the matcher, which tells whether a text names the sound that the listener detects.

It is a low-rank product of text and listener features. Zero-shot matching (`engine.flowsep.zero_shot`) has only the
names of 521 classes; the matcher learns the words of our labels, each in twenty wordings, and the listener's output for
them *after separation*: on the subsets of components of training mixtures, with the best subset of every source.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from flowsep_training.data.folds import FIT, TRAIN
from flowsep_training.data.mixtures import MixtureConfig, TrainingMixer
from flowsep_training.data.sources import Library
from flowsep_training.evaluation.samples import analyser_of
from flowsep_training.queries.captions import LabelledSound, Phrasebook, may_be_meant
from flowsep_training.queries.text import HashedText, TextEncoder, open_text
from torch import Tensor, nn
from torch.nn import functional

from flowsep_plugin.audio.mel import log_mel_of_channels
from flowsep_plugin.engine.flowsep.choice import energy_of, proper_subsets
from flowsep_plugin.engine.flowsep.engine import FlowSepEngine
from flowsep_plugin.engine.flowsep.matcher import Matcher, audio_features, text_features
from flowsep_plugin.engine.flowsep.zero_shot import Classes, sentence_vectors

from .components import source_shares

SEED = 91_000
STEPS = 2000
MIXTURES = MixtureConfig(
    snr_db=16.0, most_sources=3, mix_of_three=0.25, mix_of_four=0.0, speed=0.6, speed_octaves=0.35, reverb=0.25,
    equalise=0.5, band_limit=0.2, label_powers={"environment": 0.5, "music": 0.4},
    kinds={
        "environment+environment": 0.66, "speech+environment": 0.12, "environment+music": 0.1, "speech+music": 0.04,
        "music+music": 0.08,
    },
)  # fmt: skip
TEXTS_PER_LABEL = 24
_CREDIT_DB = 1.5
"""Softness of the credit of subsets: those within about so many decibels of the best share it."""

_RATE = 2e-3
_PRESENCE_WEIGHT = 2.0
_ACCURACY_TEXTS, _ACCURACY_ABSENT = 6, 4
"""Wordings per source that `accuracy` averages over, and absent labels per source."""


@dataclass(frozen=True)
class MatcherSamples:
    """Listener features of M mixtures and their subsets, and the right answers.

    audio : (M, 1 + S, features), the mixture's first.     source : (N,) index of its mixture, for N sources.
    label : (N,) index in `labels`.     error_db : (N, S) of each subset as this source's stem.
    """

    audio: Tensor
    source: Tensor
    label: Tensor
    error_db: Tensor
    labels: tuple[str, ...]


def collect(
    engine: FlowSepEngine, library: Library, split: str, count: int, log: Callable[[str], None] = print
) -> MatcherSamples:
    """Separate `count` mixtures of a split and listen to them. Raises BundleError where there are no components."""
    analyser, mixer = analyser_of(engine), TrainingMixer(library, split, MIXTURES)
    labels = tuple(mixer.phrasebook.captions)
    audio, source, label, errors = [], [], [], []
    for number in range(count):
        mixture = mixer.mixture(SEED, number)
        windows = mixture.samples[None, None]
        mel = log_mel_of_channels(windows, engine.card.mel, engine.card.window_mel_frames)
        masks, hearing = analyser.hear(windows, mel[:, None], engine.encode(mel))
        masks = masks.astype(np.float32) / 255
        features = audio_features(hearing.logits, hearing.embedding, analyser.classes)
        audio.append(features[0].astype(np.float16))
        shares = source_shares(mixture, mel.shape[1])[1].numpy()
        source_errors = subset_errors_db(masks[0], shares, energy_of(mel, analyser.widths)[0])
        source += [number] * len(mixture.sounds)
        label += [labels.index(sound.label) for sound in mixture.sounds]
        errors += list(source_errors)
        if number % 100 == 99:
            log(f"listened to {number + 1} of {count} mixtures")
    return MatcherSamples(
        torch.from_numpy(np.stack(audio)), torch.tensor(source), torch.tensor(label),
        torch.from_numpy(np.stack(errors)), labels,
    )  # fmt: skip


def subset_errors_db(masks: np.ndarray, shares: np.ndarray, energy: np.ndarray) -> np.ndarray:
    """Return the error of every subset of K components as the stem of every source, dB re the source, (sources, S).

    masks : (K, frames, bands).     shares : (sources, frames, bands).     energy : (frames, bands), summing to 1.
    """
    flat, weights = masks.reshape(len(masks), -1), energy.reshape(-1)
    members = proper_subsets(len(masks))
    squares = np.einsum("sk,kl,sl->s", members, (flat * weights) @ flat.T, members)
    truth = shares.reshape(len(shares), -1) * weights
    own, cross = truth.sum(1, keepdims=True), truth @ flat.T @ members.T
    return (10 * np.log10((own - 2 * cross + squares) / np.maximum(own, 1e-6) + 0.01)).astype(np.float32)


class MatcherNet(nn.Module):
    """Projects audio and text features to `rank` numbers each; their scaled cosine is the log-odds of a match."""

    def __init__(self, audio: int, text: int, rank: int = 96, dropout: float = 0.3):
        super().__init__()
        self.audio, self.text = nn.Linear(audio, rank), nn.Linear(text, rank)
        self.scale, self.bias = nn.Parameter(torch.tensor(4.0)), nn.Parameter(torch.tensor(-2.0))
        self.dropout = nn.Dropout(dropout)

    def forward(self, audio: Tensor, text: Tensor) -> Tensor:
        """Return log-odds (..., audios, texts) of audio (..., audios, features) and texts (..., texts, features)."""
        a = functional.normalize(self.audio(self.dropout(audio)), dim=-1)
        t = functional.normalize(self.text(self.dropout(text)), dim=-1)
        return self.scale * a @ t.transpose(-1, -2) + self.bias


def label_texts(
    book: Phrasebook, labels: Sequence[str], encode: TextEncoder | HashedText, classes: Classes, seed: int = SEED
) -> Tensor:
    """Return text features of `TEXTS_PER_LABEL` wordings of every label, (labels, wordings, features)."""
    rng, rows = np.random.default_rng(seed), []
    for label in labels:
        captions = book.captions[label]
        texts = [
            book.describe(rng, [LabelledSound(label, captions[rng.integers(len(captions))], "")], [])
            if i
            else captions[0]
            for i in range(TEXTS_PER_LABEL)
        ]
        states, mask = encode(texts)
        rows.append(text_features(sentence_vectors(states.numpy(), mask.numpy()), classes))
    return torch.from_numpy(np.stack(rows)).float()


def train_matcher(
    samples: MatcherSamples, texts: Tensor, steps: int, log: Callable[[str], None] = print, seed: int = 1,
    batch: int = 96, decay: float = 0.05, rank: int = 96, dropout: float = 0.5,
) -> MatcherNet:  # fmt: skip
    """Learn which subset a text names, which text names a subset, and which texts name a sound of a mixture.

    texts : (labels, wordings, features), from `label_texts`.     decay : weight decay.     rank : as in `MatcherNet`.
    """
    torch.manual_seed(seed)
    net = MatcherNet(samples.audio.shape[-1], texts.shape[-1], rank, dropout)
    optimiser = torch.optim.AdamW(net.parameters(), _RATE, weight_decay=decay)
    generator = torch.Generator().manual_seed(seed)
    alike = torch.tensor([[may_be_meant(a, b) for b in samples.labels] for a in samples.labels])
    holds = torch.zeros(len(samples.audio), len(samples.labels), dtype=torch.bool)
    holds[samples.source, samples.label] = True
    credit = torch.softmax(-samples.error_db / _CREDIT_DB, dim=1)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = _RATE * (1 - step / steps)
        rows = torch.randint(len(samples.source), (batch,), generator=generator)
        sources, labels = samples.source[rows], samples.label[rows]
        audio = samples.audio[sources].float()
        text = texts[labels, torch.randint(texts.shape[1], (batch,), generator=generator)]
        choice = _choice_loss(net, audio, text, credit[rows])
        best = audio[torch.arange(batch), 1 + samples.error_db[rows].argmin(1)]
        names = _names_loss(net(best, text), alike[labels][:, labels])
        present, near = holds[sources][:, labels], (holds[sources].float() @ alike.float())[:, labels] > 0
        presence = _presence_loss(net(audio[:, 0], text), present, (present | ~near).float())
        optimiser.zero_grad()
        (choice + names + _PRESENCE_WEIGHT * presence).backward()
        optimiser.step()
        if step % 200 == 0 or step == steps - 1:
            log(f"matcher {step}: choice {choice.item():.3f} names {names.item():.3f} presence {presence.item():.3f}")
    return net.eval().requires_grad_(False)


def _choice_loss(net: MatcherNet, audio: Tensor, text: Tensor, credit: Tensor) -> Tensor:
    """Return the cross-entropy between credit `(B, S)` and scores of subsets, contrasted with their complements'."""
    logits = net(audio, text[:, None])[..., 0]
    contrast = logits[:, 1:] - logits[:, 1:].flip(1)
    return functional.cross_entropy(logits[:, 1:] + 0.5 * contrast, credit)


def _names_loss(scores: Tensor, alike: Tensor) -> Tensor:
    """Return the cross-entropy over the texts of a batch, scores `(B, B)`, without other texts for a like sound."""
    own = torch.eye(len(scores), dtype=torch.bool)
    return functional.cross_entropy(scores.masked_fill(alike & ~own, -1e4), torch.arange(len(scores)))


def _presence_loss(scores: Tensor, present: Tensor, weights: Tensor) -> Tensor:
    """Return the mean cross-entropy of the presence of sounds in mixtures; all arguments are (mixtures, texts)."""
    loss = functional.binary_cross_entropy_with_logits(scores, present.float(), weights, reduction="sum")
    return loss / weights.sum()


@torch.no_grad()
def accuracy(score: Callable[[Tensor, Tensor], Tensor], samples: MatcherSamples, texts: Tensor) -> dict[str, float]:
    """Return how well `score` chooses: mean loss against the best subset, dB, and the AUC of presence in mixtures.

    score : from audio (M, 1 + S, features) and texts (n, features) to (M, 1 + S, n).
    texts : (labels, wordings, features).
    """
    losses, present, absent = [], [], []
    rng = np.random.default_rng(5)
    for i in range(len(samples.source)):
        audio = samples.audio[samples.source[i]].float()
        label = int(samples.label[i])
        values = score(audio[None], texts[label, :_ACCURACY_TEXTS])[0]
        values = values[1:] - values[1:].flip(0) + values[1:]
        choice_db = samples.error_db[i][values.argmax(0)].mean().item()
        losses.append(choice_db - samples.error_db[i].min().item())
        present.append(score(audio[None, :1], texts[label, :1]).item())
        own = {int(other) for other in samples.label[samples.source == samples.source[i]]}
        others = [o for o in rng.integers(len(samples.labels), size=_ACCURACY_ABSENT).tolist() if o not in own]
        absent += [score(audio[None, :1], texts[other, :1]).item() for other in others]
    ranks = np.argsort(np.argsort(np.array(present + absent)))[: len(present)]
    auc = (ranks.sum() - len(present) * (len(present) - 1) / 2) / (len(present) * len(absent))
    return {"loss_db": float(np.mean(losses)), "auc": float(auc)}


def as_matcher(net: MatcherNet) -> Matcher:
    """Return the weights of `net` as the matcher that the engine runs."""
    return Matcher(**{name.replace(".", "_"): value.numpy() for name, value in net.state_dict().items()})


def match_bundle(
    bundle: Path, text: str, library: Library, count: int, log: Callable[[str], None] = print, threads: int = 1
) -> Matcher:
    """Return a matcher trained on `count` training mixtures that `bundle` separates; log its accuracy, on `FIT`, too.

    Raises BundleError where the bundle has no components.
    """
    engine = FlowSepEngine.open(bundle, "cpu", threads=threads)
    counts = {TRAIN: count, FIT: count // 8}
    samples = {split: collect(engine, library, split, number, log) for split, number in counts.items()}
    book, encoder = TrainingMixer(library, TRAIN, MIXTURES).phrasebook, open_text(text, engine.card.text.length)
    texts = label_texts(book, samples[TRAIN].labels, encoder, analyser_of(engine).classes)
    net = train_matcher(samples[TRAIN], texts, STEPS, log)
    for split, rows in samples.items():
        log(f"matcher on {split}: {accuracy(net, rows, texts)}")
    return as_matcher(net)
