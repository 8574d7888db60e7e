"""The matcher: does a text mean what the listener hears? A low-rank product of the two, learned on training mixtures.

The listener's classes by their names (`flowsep.zero_shot`) know 521 words. The matcher learns the words of our labels,
each in twenty wordings, and what the listener says about them *after separation*: it sees the subsets of components of
training mixtures and which of them is best for which source.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from flowsep_training.data.folds import FIT, TRAIN
from flowsep_training.data.mixtures import Mixer, Recipe
from flowsep_training.data.sources import Library
from flowsep_training.evaluation.samples import analyser_of
from flowsep_training.queries.captions import Phrasebook, Thing, may_be_meant
from flowsep_training.queries.text import HashedText, TextEncoder, open_text
from torch import Tensor, nn
from torch.nn import functional

from flowsep_plugin.audio.mel import log_mel_of_channels
from flowsep_plugin.engine.flowsep.choice import energy_of, proper_subsets
from flowsep_plugin.engine.flowsep.engine import FlowSepEngine
from flowsep_plugin.engine.flowsep.matcher import Matcher, audio_features, text_features
from flowsep_plugin.engine.flowsep.zero_shot import sentence_vectors

from .components import source_shares

SEED = 91_000
STEPS = 2000
SCENES = Recipe(
    snr_db=16.0, most_sources=3, mix_of_three=0.25, mix_of_four=0.0, speed=0.6, speed_octaves=0.35, reverb=0.25,
    equalise=0.5, band_limit=0.2, label_powers={"environment": 0.5, "music": 0.4},
    kinds={
        "environment+environment": 0.66, "speech+environment": 0.12, "environment+music": 0.1, "speech+music": 0.04,
        "music+music": 0.08,
    },
)  # fmt: skip
TEXTS_A_LABEL = 24
_GOOD_DB = 1.5
"""Subsets within so many decibels of the best one share its credit."""


@dataclass(frozen=True)
class Heard:
    """What the listener says about M mixtures, and what is right.

    audio : (M, 1 + S, features), the mixture's first.     source : (N,) place of its mixture, for N sources.
    label : (N,) place in `labels`.     error_db : (N, S) of each subset as this source's stem.
    """

    audio: Tensor
    source: Tensor
    label: Tensor
    error_db: Tensor
    labels: tuple[str, ...]


def collect(
    engine: FlowSepEngine, library: Library, split: str, count: int, log: Callable[[str], None] = print
) -> Heard:
    """Separate, listen and judge `count` scenes of a split."""
    analyser, mixer = analyser_of(engine), Mixer(library, split, SCENES)
    labels = tuple(mixer.phrasebook.captions)
    audio, source, label, errors = [], [], [], []
    for number in range(count):
        scene = mixer.scene(SEED, number)
        windows = scene.sources.sum(0)[None, None]
        mel = log_mel_of_channels(windows, engine.card.mel, engine.card.window_mel_frames)
        masks, hearing = analyser.hear(windows, mel[:, None], engine.encode(mel))
        masks = masks.astype(np.float32) / 255
        features = audio_features(hearing.logits, hearing.embedding, analyser.classes)
        audio.append(features[0].astype(np.float16))
        shares = source_shares(scene, mel.shape[1])[1].numpy()
        found = subset_errors_db(masks[0], shares, energy_of(mel, analyser.widths)[0])
        for place, thing in enumerate(scene.things):
            source.append(number), label.append(labels.index(thing.label)), errors.append(found[place])
        if number % 100 == 99:
            log(f"{number + 1} of {count} scenes heard")
    return Heard(
        torch.from_numpy(np.stack(audio)), torch.tensor(source), torch.tensor(label),
        torch.from_numpy(np.stack(errors)), labels,
    )  # fmt: skip


def subset_errors_db(masks: np.ndarray, shares: np.ndarray, energy: np.ndarray) -> np.ndarray:
    """Error of every subset of K components as the stem of every source, re the source, dB, (sources, S).

    masks : (K, frames, bands).     shares : (sources, frames, bands).     energy : (frames, bands), summing to 1.
    """
    flat, weights = masks.reshape(len(masks), -1), energy.reshape(-1)
    members = proper_subsets(len(masks))
    squares = np.einsum("sk,kl,sl->s", members, (flat * weights) @ flat.T, members)
    truth = shares.reshape(len(shares), -1) * weights
    own, cross = truth.sum(1, keepdims=True), truth @ flat.T @ members.T
    return (10 * np.log10((own - 2 * cross + squares) / np.maximum(own, 1e-6) + 0.01)).astype(np.float32)


class MatcherNet(nn.Module):
    """Audio features and text features to `rank` numbers each; a scaled product is the log-odds that they match."""

    def __init__(self, audio: int, text: int, rank: int = 96, dropout: float = 0.3):
        super().__init__()
        self.audio, self.text = nn.Linear(audio, rank), nn.Linear(text, rank)
        self.scale, self.bias = nn.Parameter(torch.tensor(4.0)), nn.Parameter(torch.tensor(-2.0))
        self.dropout = nn.Dropout(dropout)

    def forward(self, audio: Tensor, text: Tensor) -> Tensor:
        """Log-odds (..., audios, texts) of audio (..., audios, features) and texts (..., texts, features)."""
        a = functional.normalize(self.audio(self.dropout(audio)), dim=-1)
        t = functional.normalize(self.text(self.dropout(text)), dim=-1)
        return self.scale * a @ t.transpose(-1, -2) + self.bias


def label_texts(
    book: Phrasebook, labels: Sequence[str], encode: TextEncoder | HashedText, classes: object, seed: int = SEED
) -> Tensor:
    """Text features of `TEXTS_A_LABEL` wordings of every label, (labels, wordings, features)."""
    rng, rows = np.random.default_rng(seed), []
    for label in labels:
        captions = book.captions[label]
        texts = [
            book.describe(rng, [Thing(label, captions[rng.integers(len(captions))], "")], []) if i else captions[0]
            for i in range(TEXTS_A_LABEL)
        ]
        states, mask = encode(texts)
        rows.append(text_features(sentence_vectors(states.numpy(), mask.numpy()), classes))
    return torch.from_numpy(np.stack(rows)).float()


def train_matcher(
    heard: Heard, texts: Tensor, steps: int, log: Callable[[str], None] = print, seed: int = 1, batch: int = 96,
    decay: float = 0.05, rank: int = 96, dropout: float = 0.5,
) -> MatcherNet:  # fmt: skip
    """Learn which subset a text means (cross-entropy over subsets) and which texts a mixture holds (over labels)."""
    torch.manual_seed(seed)
    net = MatcherNet(heard.audio.shape[-1], texts.shape[-1], rank, dropout)
    optimiser = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=decay)
    generator = torch.Generator().manual_seed(seed)
    alike = torch.tensor([[may_be_meant(a, b) for b in heard.labels] for a in heard.labels])
    holds = torch.zeros(len(heard.audio), len(heard.labels), dtype=torch.bool)
    holds[heard.source, heard.label] = True
    credit = torch.softmax(-heard.error_db / _GOOD_DB, dim=1)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * (1 - step / steps)
        rows = torch.randint(len(heard.source), (batch,), generator=generator)
        audio = heard.audio[heard.source[rows]].float()
        wording = torch.randint(texts.shape[1], (batch,), generator=generator)
        text = texts[heard.label[rows], wording]
        logits = net(audio, text[:, None])[..., 0]
        contrast = logits[:, 1:] - logits[:, 1:].flip(1)
        choice = functional.cross_entropy(logits[:, 1:] + 0.5 * contrast, credit[rows])
        best = heard.error_db[rows].argmin(1)
        chosen = audio[torch.arange(batch), 1 + best]
        table = net(chosen, text)
        known = alike[heard.label[rows]][:, heard.label[rows]]
        table = table.masked_fill(known & ~torch.eye(batch, dtype=torch.bool), -1e4)
        names = functional.cross_entropy(table, torch.arange(batch))
        whole = net(audio[:, 0], text)
        present = holds[heard.source[rows]][:, heard.label[rows]]
        near = (holds[heard.source[rows]].float() @ alike.float())[:, heard.label[rows]] > 0
        weights = (present | ~near).float()
        presence = (
            functional.binary_cross_entropy_with_logits(whole, present.float(), weights, reduction="sum")
            / weights.sum()
        )
        loss = choice + names + 2 * presence
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 200 == 0 or step == steps - 1:
            log(f"matcher {step}: choice {choice.item():.3f} names {names.item():.3f} presence {presence.item():.3f}")
    return net.eval().requires_grad_(False)


@torch.no_grad()
def accuracy(score: Callable[[Tensor, Tensor], Tensor], heard: Heard, texts: Tensor) -> dict[str, float]:
    """How well scores (M, 1 + S, texts) choose: loss against the best subset, dB, and AUC of presence in mixtures."""
    losses, own, other = [], [], []
    rng = np.random.default_rng(5)
    for i in range(len(heard.source)):
        audio = heard.audio[heard.source[i]].float()
        label = int(heard.label[i])
        values = score(audio[None], texts[label, :6])[0]
        values = values[1:] - values[1:].flip(0) + values[1:]
        picked = heard.error_db[i][values.argmax(0)].mean().item()
        losses.append(picked - heard.error_db[i].min().item())
        own.append(score(audio[None, :1], texts[label, :1]).item())
        there = {int(l) for l in heard.label[heard.source == heard.source[i]]}
        strange = [l for l in rng.integers(len(heard.labels), size=4).tolist() if l not in there]
        other += [score(audio[None, :1], texts[l, :1]).item() for l in strange]
    ranks = np.argsort(np.argsort(np.array(own + other)))[: len(own)]
    auc = (ranks.sum() - len(own) * (len(own) - 1) / 2) / (len(own) * len(other))
    return {"loss_db": float(np.mean(losses)), "auc": float(auc)}


def as_matcher(net: MatcherNet) -> Matcher:
    """The network as the run time has it."""
    return Matcher(**{name.replace(".", "_"): value.numpy() for name, value in net.state_dict().items()})


def match_bundle(
    bundle: Path, text: str, library: Library, scenes: int, log: Callable[[str], None] = print, threads: int = 1
) -> Matcher:
    """Teach a matcher on training scenes as `bundle` separates and hears them; say how it does on the `FIT` fold."""
    engine = FlowSepEngine.open(bundle, "cpu", threads=threads)
    heard = {
        split: collect(engine, library, split, count, log) for split, count in ((TRAIN, scenes), (FIT, scenes // 8))
    }
    book, encoder = Mixer(library, TRAIN, SCENES).phrasebook, open_text(text, engine.card.text.length)
    texts = label_texts(book, heard[TRAIN].labels, encoder, analyser_of(engine).classes)
    net = train_matcher(heard[TRAIN], texts, STEPS, log)
    for split, rows in heard.items():
        log(f"matcher on {split}: {accuracy(net, rows, texts)}")
    return as_matcher(net)
