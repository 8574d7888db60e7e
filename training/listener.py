"""What matches a text to the listener's classes: phrases, their vectors, and how logits are usually distributed."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
import yaml

from flowsep_plugin.audio.types import Floats
from flowsep_plugin.engine.zero_shot import VECTORS, mean_vectors, sentence_vectors

from .text import HashedText, TextEncoder

_LEAST_SPREAD = 0.1


def class_phrases() -> dict[str, list[str]]:
    """Return what users may call each of AudioSet's classes, by display name, in YAMNet's order."""
    text = files(__package__).joinpath("listener_classes.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def class_vectors(encoder: TextEncoder | HashedText, phrases: Mapping[str, Sequence[str]]) -> Floats:
    """Return one vector of length 1 a class, `(classes, width)`: the mean of its phrases' sentence vectors."""
    rows = [encoder(wordings) for wordings in phrases.values()]
    sentences = np.concatenate([sentence_vectors(states.numpy(), mask.numpy()) for states, mask in rows])
    return mean_vectors(sentences, [len(wordings) for wordings in phrases.values()])


def logit_statistics(logits: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of every class over `logits` `(n, classes)` of everyday mixtures."""
    return logits.mean(axis=0), np.maximum(logits.std(axis=0), _LEAST_SPREAD)


def write_classes(folder: Path, vectors: Floats, logits: Floats) -> Path:
    """Write `classes.npz`: `vectors` (classes, width) as float16, mean and spread of `logits` (n, classes)."""
    mean, spread = logit_statistics(logits)
    path = folder / VECTORS
    np.savez(path, vectors=vectors.astype(np.float16), mean=mean.astype(np.float32), spread=spread.astype(np.float32))
    return path
