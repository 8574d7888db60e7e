"""A loaded listener: `Listener.open().listen(source)` answers "what is in here?" for audio of any length."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self, TypeAlias

import numpy as np

from flowsep_plugin.audio.clip import Source
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Doubles, Floats
from flowsep_plugin.engine.base import NearestLabels
from flowsep_plugin.engine.bundle import ModelBundle
from flowsep_plugin.engine.devices import check_device
from flowsep_plugin.engine.flowsep.listener import GRAPH
from flowsep_plugin.engine.flowsep.zero_shot import NAMES, VECTORS, sentence_vectors
from flowsep_plugin.engine.graphs import GraphRunner
from flowsep_plugin.engine.tokenizer import open_tokenizer, pad_ids
from flowsep_plugin.errors import BundleError, UsageError
from flowsep_plugin.languages import english_of
from flowsep_plugin.media import open_media
from flowsep_plugin.models import find_model
from flowsep_plugin.progress import ProgressCallback, ProgressMeter, ignore

from .captions import ClassCaption, caption_of
from .events import LEAST_SCORE, ClassRuns, EventTracker
from .patches import patch_blocks, patch_range
from .results import Heard, HeardSound
from .scores import ClassScorer
from .sounds import choose_classes, heard_sound

Listenable: TypeAlias = Source | str | os.PathLike[str]
"""A source of audio, such as an `AudioClip` or an open file; or the path of an audio file or a video."""

_TEXT = "text"
_BATCH = {"cpu": 16, "": 64}
_SAME_SOUND = 0.6
"""A class means what a query means where its weight is at least this share of the likeliest class's."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Places where the sound of a query was heard.

    query : as typed.     sound : spans, level and how sure, with `query` as its caption; None where it is not heard.
    nearest : the classes that the query was taken for, the nearest first; with `is_far`, doubtful ones.
    """

    query: str
    sound: HeardSound | None
    nearest: NearestLabels


class Listener:
    """The listener of a model. Not thread-safe: use one per thread.

    >>> with Listener.open() as listener:                                                # doctest: +SKIP
    ...     [sound.caption for sound in listener.listen("street.wav")]
    ['a dog barking', 'a person speaking']
    """

    def __init__(self, bundle: ModelBundle, device: str = "auto", *, threads: int | None = None) -> None:
        if GRAPH not in bundle.card.graphs or not {NAMES, VECTORS} <= bundle.card.files.keys():
            raise BundleError(
                f"the model {bundle.card.name} cannot listen, as it has no {GRAPH!r} graph; use flowsep-base",
                setting="model",
            )
        self.bundle, self._device, self._threads = bundle, device, threads
        self._scorer = ClassScorer.load(bundle)
        self._classes = self._scorer.classes
        self._captions = tuple(caption_of(name) for name in self._classes.names)
        self._likeness = self._classes.vectors @ self._classes.vectors.T
        self._graphs = self._open(GRAPH)
        self._text: GraphRunner | None = None
        self._places = [self._graphs.output_index(GRAPH, name) or 0 for name in ("logits", "embedding")]

    @classmethod
    def open(cls, model: str | Path = "default", device: str = "auto", *, threads: int | None = None) -> Self:
        """Load the listener of a model by name ("default", an installed one) or folder.

        device : as for `Separator.open`.     threads : CPU cores; None takes all.
        Raises BundleError for a model that is unknown, damaged or cannot listen, UsageError for an unknown device,
        ProviderError for a device that this machine does not have.
        """
        check_device(device)
        if model == "echo":
            raise BundleError("the model echo cannot listen; use flowsep-base", setting="model")
        return cls(ModelBundle.open(find_model(model)), device, threads=threads)

    def close(self) -> None:
        """Release the graphs with their memory. Idempotent; later calls raise EngineError."""
        self._graphs.close()
        if self._text is not None:
            self._text.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def provider(self) -> str:
        """The device in use and why not a faster one."""
        return self._graphs.device.statement

    def listen(
        self,
        source: Listenable,
        *,
        top: int | None = None,
        least_sure: float = 0.0,
        start: int | None = None,
        progress: ProgressCallback = ignore,
    ) -> Heard:
        """Return the sounds of `source`, the surest first, each under one caption; reads it block by block.

        top : at most so many sounds.     least_sure : those of less chance are left out, 0..1.
        start : timeline frame of the source's first, by default that of a clip, and 0 of a file.
        progress : called with `Progress` of the stage "listen"; may raise Cancelled.
        Raises MediaError for audio that cannot be read, Cancelled where `progress` does, EngineError where inference
        fails.
        """
        if top is not None and top < 1:
            raise UsageError(f"top must be 1 or more; got {top}", setting="top")
        with _open_audio(source, start) as audio:
            runs, is_heard = self._track(audio, len(self._captions), lambda scores: scores, progress)
            scores = np.array([each.score for each in runs])
            selection = choose_classes(self._captions, scores, self._likeness, least=LEAST_SCORE, count=top)
            sounds = [heard_sound(self._captions[index], runs[index], audio.span) for index in selection]
            sounds = [sound for sound in sounds if sound.spans and sound.sure >= least_sure]
            return Heard(tuple(sounds), audio.span.seconds, is_silent=not is_heard)

    def label(self, source: Listenable, *, top: int = 3) -> Heard:
        """Return the `top` nearest captions of a short example, however unsure; a silent one has none.

        Raises as `listen`.
        """
        with _open_audio(source, None) as audio:
            runs, is_heard = self._track(audio, len(self._captions), lambda scores: scores, ignore)
            if not is_heard:
                return Heard((), audio.span.seconds, is_silent=True)
            scores = np.array([each.score for each in runs])
            selection = choose_classes(self._captions, scores, self._likeness, least=-np.inf, count=top)
            whole = [replace(heard_sound(self._captions[index], runs[index], audio.span), spans=(audio.span,))
                     for index in selection]  # fmt: skip
            return Heard(tuple(whole), audio.span.seconds)

    def find(
        self, source: Listenable, queries: Sequence[str], *, progress: ProgressCallback = ignore
    ) -> tuple[SearchResult, ...]:
        """Return for each of `queries` where its sound is heard in `source`; arguments and errors as for `listen`.

        A query, in English or as `languages.understand` knows it, is matched to the classes by its sentence vector, and
        heard where one of the nearest is. Raises UsageError where there is no query.
        """
        weights, nearest = self._weights(queries)
        members = weights >= _SAME_SOUND * weights.max(axis=-1, keepdims=True)

        def of_queries(scores: Floats) -> Floats:
            return np.stack([scores[:, own].max(axis=-1) for own in members], axis=-1)

        with _open_audio(source, None) as audio:
            tracked, _ = self._track(audio, len(queries), of_queries, progress)
            sounds = [
                heard_sound(ClassCaption(labels.labels[0], query, query), runs, audio.span)
                if runs.score >= LEAST_SCORE and runs.runs and not labels.is_far
                else None
                for query, runs, labels in zip(queries, tracked, nearest, strict=True)
            ]  # fmt: skip
        return tuple(map(SearchResult, queries, sounds, nearest))

    def nearest_labels(self, queries: Sequence[str]) -> tuple[NearestLabels, ...]:
        """Return the class names nearest to each query, and whether it is far from all. Raises as `find`."""
        return self._weights(queries)[1]

    def _open(self, graph: str) -> GraphRunner:
        """Open one graph of the bundle; the others would take memory and seconds."""
        card = replace(self.bundle.card, graphs={graph: self.bundle.card.graphs[graph]})
        return GraphRunner(replace(self.bundle, card=card), self._device, threads=self._threads, batch=_BATCH)

    def _weights(self, queries: Sequence[str]) -> tuple[Floats, tuple[NearestLabels, ...]]:
        """Return the class weights (Q, C) of the queries, and their nearest classes."""
        if not queries or not all(query.strip() for query in queries):
            raise UsageError('there is nothing to find; name a sound, such as "a siren"', setting="find")
        if self._text is None:
            self._text = self._open(_TEXT)
        text = self.bundle.card.text
        tokenizer = open_tokenizer(self.bundle.folder, text)
        ids, mask = pad_ids([tokenizer.ids(english_of(query), text.length) for query in queries], tokenizer.pad)
        states = self._text.run(_TEXT, {"input_ids": ids, "attention_mask": mask})[0]
        sentences = sentence_vectors(states, mask.astype(np.float32))
        return self._classes.weights(sentences), self._classes.nearest(sentences)

    def _track(
        self, audio: "_Audio", columns: int, select: Callable[[Floats], Floats], progress: ProgressCallback
    ) -> tuple[list[ClassRuns], bool]:
        """Return runs and score of each column that `select` makes of the scores, and whether anything is audible."""
        meter = ProgressMeter(progress, "listen", len(patch_range(audio.source, audio.span.start)))
        tracker, is_heard = EventTracker(columns), False
        for block in patch_blocks(audio.source, audio.span.start):
            audible = np.flatnonzero(~block.silent)
            scores: Doubles = np.full((len(block.silent), columns), -np.inf)
            if len(audible):
                scores[audible] = select(self._scores(block.log_mels[audible]))
                is_heard = True
            tracker.push(block.first, scores, block.rms, block.silent)
            meter.tick(len(block.silent))
        return tracker.finish(), is_heard

    def _scores(self, log_mels: Floats) -> Floats:
        """Return log-odds (n, C) of the classes in patches (n, frames, bands)."""
        parts = [self._graphs.run(GRAPH, {"patches": part[:, None]}) for part in self._graphs.batches(log_mels)]
        return np.concatenate([self._scorer(*(outputs[place] for place in self._places)) for outputs in parts])


@dataclass(frozen=True, slots=True)
class _Audio:
    """An opened source and its span on the timeline."""

    source: Source
    span: Span


@contextmanager
def _open_audio(source: Listenable, start: int | None) -> Iterator[_Audio]:
    """Open a file, or take a source as it is."""
    with ExitStack() as stack:
        if isinstance(source, (str, os.PathLike)):
            source = stack.enter_context(open_media(Path(source)))
        first = getattr(source, "start", 0) if start is None else start
        yield _Audio(source, Span(first, source.frames, source.rate))
