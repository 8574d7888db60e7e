"""What matches a text to the listener's classes: phrases, their vectors, and how logits are usually distributed."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
import yaml
from flowsep_export.listener import export_listener
from flowsep_export.parity import session
from flowsep_training.data.mixtures import Mixer, Recipe
from flowsep_training.data.sources import RATE, Library
from flowsep_training.queries.text import HashedText, TextEncoder, open_text

from flowsep_plugin.audio import yamnet
from flowsep_plugin.audio.resample import resample
from flowsep_plugin.audio.types import Floats
from flowsep_plugin.engine.flowsep.zero_shot import LEAST_LOGIT, VECTORS, mean_vectors, sentence_vectors

_LEAST_SPREAD = 0.1
_SEED, _TOKENS = 66_000, 24


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
    logits = np.maximum(logits, LEAST_LOGIT)
    return logits.mean(axis=0), np.maximum(logits.std(axis=0), _LEAST_SPREAD)


def write_classes(folder: Path, vectors: Floats, logits: Floats) -> Path:
    """Write `classes.npz`: `vectors` (classes, width) as float16, mean and spread of `logits` (n, classes)."""
    mean, spread = logit_statistics(logits)
    path = folder / VECTORS
    np.savez(path, vectors=vectors.astype(np.float16), mean=mean.astype(np.float32), spread=spread.astype(np.float32))
    return path


def make_listener(wheel: Path, text: str, library: Library, folder: Path, scenes: int = 300) -> None:
    """Write all of the listener's files of a bundle to `folder`: `listen.onnx`, `classes.txt`, `classes.npz`.

    text : folder of the bundle's text encoder.     scenes : how many training mixtures say how logits are distributed.
    Raises BundleError where the wheel is not what it should be.
    """
    export_listener(wheel, folder)
    mixer = Mixer(library, "train", Recipe())
    rows = [mixer.scene(_SEED, number).sources.sum(0) for number in range(scenes)]
    encoder = open_text(text, _TOKENS)
    write_classes(folder, class_vectors(encoder, class_phrases()), mixture_logits(folder / "listen.onnx", rows))


def mixture_logits(graph: Path, waveforms: Sequence[Floats]) -> Floats:
    """Return the listener's logits `(n, classes)` of all patches of waveforms (frames,) at `sources.RATE`."""
    listen = session(graph, threads=1)
    found = []
    for samples in waveforms:
        at_rate = resample(samples[None], RATE, yamnet.RATE)
        spectrum = yamnet.magnitudes(at_rate, at_rate.shape[-1] // yamnet.HOP)[0]
        log_mel = yamnet.log_mel(spectrum @ yamnet.mel_basis())
        patches = yamnet.patches(log_mel, max(1, len(log_mel) // yamnet.PATCH_FRAMES))
        found.append(listen.run(["logits"], {"patches": patches[:, None]})[0])
    return np.concatenate(found)
