"""The head that engines of bundles share: the card, the opened graphs, the tokenizer."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Generic, Self, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from .base import NearestLabels
from .bundle import ModelBundle
from .card import ModelCard
from .graphs import GraphRunner
from .tokenizer import open_tokenizer, pad_ids

CardT = TypeVar("CardT", bound=ModelCard)


class BundleEngine(Generic[CardT]):
    """An opened bundle with its graphs on a device. A family's engine adds what `Engine` asks for.

    batch, bind : as for `GraphRunner`. Raises BundleError or ProviderError where a graph does not open.
    """

    BATCH: ClassVar[dict[str, int]]
    """Rows to a run, by device name; "" for any other device."""

    def __init__(
        self,
        bundle: ModelBundle,
        device: str = "auto",
        *,
        threads: int | None = None,
        batch: int | None = None,
        bind: bool | None = None,
    ) -> None:
        self.bundle = bundle
        self.graphs = GraphRunner(
            bundle, device, threads=threads, batch={"": batch} if batch else self.BATCH, bind=bind
        )
        self._tokenizer = open_tokenizer(bundle.folder, bundle.card.text)

    @classmethod
    def open(cls, folder: Path, device: str = "auto", *, threads: int | None = None) -> Self:
        """Open the bundle in `folder` on `device`. Raises BundleError, ProviderError, UsageError."""
        return cls(ModelBundle.open(folder), device, threads=threads)

    @property
    def card(self) -> CardT:
        """The bundle's card, of the family's own type."""
        return cast(CardT, self.bundle.card)

    @property
    def windows_at_once(self) -> int:
        """Number of windows that are computed together; a call with a multiple of them runs the same batches."""
        return self.graphs.batch

    @property
    def provider(self) -> str:
        """The device in use and why not a faster one, such as "CPU (cuda: no NVIDIA driver found)"."""
        return self.graphs.device.statement

    def nearest_labels(self, queries: Sequence[str]) -> tuple[NearestLabels, ...]:
        """Return nothing: the family has no labels; see `Engine.nearest_labels`."""
        return ()

    def close(self) -> None:
        """Release the sessions; see `Engine.close`."""
        self.graphs.close()

    def token_ids(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return token ids and their mask of 1 and 0, both (texts, longest)."""
        return pad_ids([self._tokenizer.ids(text, self.card.text.length) for text in texts], self._tokenizer.pad)
