"""Embeddings by ONNX graphs: of audio for a Fréchet distance, of audio and text for a CLAPScore.

The user supplies the graphs; nothing is downloaded.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from flowsep_plugin.audio.resample import resample
from flowsep_plugin.audio.types import Doubles, Samples
from flowsep_plugin.engine.card import Text
from flowsep_plugin.engine.providers import choose_device, open_session
from flowsep_plugin.engine.tokenizer import open_tokenizer, pad_ids
from flowsep_plugin.errors import BundleError, UsageError

_LONGEST_TEXT = 77


class AudioEmbedding:
    """A graph with one float input (1, samples) at `rate` and one output (1, width) or (1, frames, width).

    Raises UsageError for a missing file, BundleError for a graph with other ports.
    """

    def __init__(self, path: Path, rate: int, device: str = "cpu") -> None:
        self._session, self.rate, self._path = _open(path, device), rate, path
        ports = self._session.get_inputs()
        if len(ports) != 1 or ports[0].type != "tensor(float)" or len(ports[0].shape) != 2:
            raise BundleError(f"{path}: takes {_spelled(ports)}; an embedding takes one tensor(float) (1, samples)")
        self._input, self._frames = ports[0].name, ports[0].shape[1]

    def __call__(self, samples: Samples, rate: int) -> Doubles:
        """Return the embedding (width,) of mono `samples` (frames,) at `rate`: the mean over the graph's frames.

        Raises BundleError where the graph fails.
        """
        at_rate = resample(samples[None], rate, self.rate)
        if isinstance(self._frames, int):
            at_rate = np.resize(at_rate, (1, self._frames))  # a fixed input is filled by repeating
        return _vector(self._session, {self._input: at_rate}, self._path)


class TextEmbedding:
    """A graph with inputs `input_ids` and `attention_mask`, int64 (1, tokens), and its tokenizer.json.

    Raises UsageError for a missing file, BundleError for a graph with other ports.
    """

    def __init__(self, path: Path, tokenizer: Path, device: str = "cpu") -> None:
        self._session, self._path = _open(path, device), path
        self._names = [port.name for port in self._session.get_inputs()]
        if not set(self._names) <= {"input_ids", "attention_mask"}:
            raise BundleError(f"{path}: takes {', '.join(self._names)}; a text graph takes input_ids, attention_mask")
        if not tokenizer.is_file():
            raise UsageError(f"{tokenizer}: no such file; name a tokenizer.json")
        self._tokenizer = open_tokenizer(
            tokenizer.parent, Text(kind="tokenizers", files=(tokenizer.name,), length=_LONGEST_TEXT, width=1)
        )

    def __call__(self, text: str) -> Doubles:
        """Return the embedding (width,) of `text`. Raises BundleError where the graph fails."""
        ids, mask = pad_ids([self._tokenizer.ids(text, _LONGEST_TEXT)], self._tokenizer.pad)
        inputs = {"input_ids": ids, "attention_mask": mask}
        return _vector(self._session, {name: inputs[name] for name in self._names}, self._path)


@dataclass(frozen=True, slots=True)
class ClapScore:
    """CLAPScore: the cosine of the embeddings of a sound and a text, -1..1."""

    audio: AudioEmbedding
    text: TextEmbedding

    def __call__(self, samples: Samples, rate: int, text: str) -> float:
        """Return the score of mono `samples` (frames,) at `rate` for `text`; 0 for silence.

        Raises BundleError where a graph fails, or the two embeddings differ in width.
        """
        sound, words = self.audio(samples, rate), self.text(text)
        if sound.shape != words.shape:
            sizes = f"the audio graph gives {sound.shape[0]} numbers, the text graph {words.shape[0]}"
            raise BundleError(f"{sizes}; use two graphs of one model")
        length = float(np.linalg.norm(sound) * np.linalg.norm(words))
        return float(sound @ words) / length if length > 0 else 0.0


def _open(path: Path, device: str) -> Any:
    if not path.is_file():
        raise UsageError(f"{path}: no such file; name an ONNX graph")
    return open_session(path, choose_device(device))


def _vector(session: Any, inputs: dict[str, Any], path: Path) -> Doubles:
    try:
        output = np.asarray(session.run(None, inputs)[0], np.float64)
    except Exception as error:
        raise BundleError(f"{path}: does not run as an embedding ({error})") from error
    return np.asarray(output.reshape(-1, output.shape[-1]).mean(axis=0))


def _spelled(ports: Any) -> str:
    return ", ".join(f"{port.name} {port.type} {port.shape}" for port in ports) or "nothing"
