"""Token states of texts, from the text encoder that bundles ship."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from flowsep_plugin.engine.tokenizer import WordPiece
from flowsep_plugin.onnx_runtime import ort


class TextEncoder:
    """The encoder of `folder` (`text.onnx`, `vocab.txt`), its states padded or cut to `tokens`."""

    def __init__(self, folder: Path, tokens: int):
        self._graph, self._words, self.tokens = folder / "text.onnx", WordPiece(folder / "vocab.txt"), tokens

    @cached_property
    def _session(self) -> ort.InferenceSession:
        """The ONNX session, opened on first use so that every worker process has its own."""
        options = ort.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = 1, 1
        return ort.InferenceSession(str(self._graph), options, providers=["CPUExecutionProvider"])

    def __call__(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Return states `(texts, tokens, width)` and a mask `(texts, tokens)` of 1/0, both float32."""
        rows = [self._words.ids(text, self.tokens) for text in texts]
        longest = max(len(row) for row in rows)
        ids = np.zeros((len(rows), longest), np.int64)
        mask = np.zeros_like(ids)
        for i, row in enumerate(rows):
            ids[i, : len(row)], mask[i, : len(row)] = row, 1
        (states,) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        pad = (0, self.tokens - longest)
        states = torch.nn.functional.pad(torch.from_numpy(states), (0, 0, *pad))
        return states, torch.nn.functional.pad(torch.from_numpy(mask).float(), pad)


class HashedText:
    """A stand-in for tests: each word is a fixed random vector, whatever is around it."""

    def __init__(self, tokens: int, width: int = 384):
        self.tokens, self.width = tokens, width

    def __call__(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Return states `(texts, tokens, width)` and a mask `(texts, tokens)` of 1/0, float32, like `TextEncoder`."""
        states = torch.zeros(len(texts), self.tokens, self.width)
        mask = torch.zeros(len(texts), self.tokens)
        for i, text in enumerate(texts):
            for j, word in enumerate(text.lower().split()[: self.tokens]):
                seed = int.from_bytes(word.encode()[:7], "big")
                states[i, j] = torch.randn(self.width, generator=torch.Generator().manual_seed(seed))
                mask[i, j] = 1
        return states, mask


def open_text(folder: str, tokens: int) -> TextEncoder | HashedText:
    """Return the encoder in `folder`, or the stand-in where the name is empty."""
    return TextEncoder(Path(folder), tokens) if folder else HashedText(tokens)
