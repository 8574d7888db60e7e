"""Any ONNX network as an ear: embeddings of audio for a Fréchet distance, of audio and text for a CLAPScore.

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
    """A graph of one float input, (1, samples) at `rate`, and one output, (1, width) or (1, frames, width).

    Raises UsageError for a file that is not there, BundleError for another kind of graph.
    """

    def __init__(self, path: Path, rate: int, device: str = "cpu") -> None:
        self._session, self.rate, self._path = _open(path, device), rate, path
        ports = self._session.get_inputs()
        if len(ports) != 1 or ports[0].type != "tensor(float)" or len(ports[0].shape) != 2:
            raise BundleError(f"{path}: takes {_spelled(ports)}; an embedding takes one tensor(float) (1, samples)")
        self._input, self._frames = ports[0].name, ports[0].shape[1]

    def __call__(self, samples: Samples, rate: int) -> Doubles:
        """Embed mono `(frames,)` at `rate`: (width,), the mean over the graph's frames."""
        at_rate = resample(samples[None], rate, self.rate)
        if isinstance(self._frames, int):
            at_rate = np.resize(at_rate, (1, self._frames))  # a fixed input is filled by repeating
        return _vector(self._session, {self._input: at_rate}, self._path)


class TextEmbedding:
    """A graph of `input_ids` and `attention_mask`, int64 (1, tokens), with its tokenizer.json. Raises as above."""

    def __init__(self, path: Path, tokenizer: Path, device: str = "cpu") -> None:
        self._session, self._path = _open(path, device), path
        self._names = [port.name for port in self._session.get_inputs()]
        if not set(self._names) <= {"input_ids", "attention_mask"}:
            raise BundleError(f"{path}: takes {', '.join(self._names)}; a text graph takes input_ids, attention_mask")
        if not tokenizer.is_file():
            raise UsageError(f"{tokenizer}: there is no such tokenizer.json")
        self._tokenizer = open_tokenizer(
            tokenizer.parent, Text(kind="tokenizers", files=(tokenizer.name,), length=_LONGEST_TEXT, width=1)
        )

    def __call__(self, text: str) -> Doubles:
        """Embed `text`: (width,)."""
        ids, mask = pad_ids([self._tokenizer.ids(text, _LONGEST_TEXT)], self._tokenizer.pad)
        inputs = {"input_ids": ids, "attention_mask": mask}
        return _vector(self._session, {name: inputs[name] for name in self._names}, self._path)


@dataclass(frozen=True, slots=True)
class ClapScore:
    """The cosine of a sound's and a text's embedding, -1..1."""

    audio: AudioEmbedding
    text: TextEmbedding

    def __call__(self, samples: Samples, rate: int, text: str) -> float:
        """How well mono `(frames,)` fits `text`; 0 for silence."""
        heard, read = self.audio(samples, rate), self.text(text)
        if heard.shape != read.shape:
            raise BundleError(f"the audio graph gives {heard.shape[0]} numbers, the text graph {read.shape[0]}")
        length = float(np.linalg.norm(heard) * np.linalg.norm(read))
        return float(heard @ read) / length if length > 0 else 0.0


def _open(path: Path, device: str) -> Any:
    if not path.is_file():
        raise UsageError(f"{path}: there is no such ONNX file")
    return open_session(path, choose_device(device))


def _vector(session: Any, inputs: dict[str, Any], path: Path) -> Doubles:
    try:
        made = np.asarray(session.run(None, inputs)[0], np.float64)
    except Exception as error:
        raise BundleError(f"{path}: does not run as an embedding ({error})") from error
    return np.asarray(made.reshape(-1, made.shape[-1]).mean(axis=0))


def _spelled(ports: Any) -> str:
    return ", ".join(f"{port.name} {port.type} {port.shape}" for port in ports) or "nothing"
