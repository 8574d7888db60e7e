"""How often the `Listener` names what is there: single recordings, and mixtures of two, of a library's held-out splits.

A heard sound is right if its class is one of those that the label means (naming.yaml), or more specific than
one. More general ones are wrong, "Animal" for a dog. Labels that no class means are left out.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from flowsep_export.parity import session
from flowsep_training.data.folds import FIT, JUDGE, VALID
from flowsep_training.data.sources import RATE, Library, LibrarySource

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.types import Samples
from flowsep_plugin.engine.flowsep.zero_shot import Classes
from flowsep_plugin.listening import ClassCaption, Heard, Listener, caption_of, caption_table
from flowsep_plugin.listening.patches import patch_blocks

CLASSES_FILE = Path(__file__).parent / "naming.yaml"
SPLITS = {"other recordings of known libraries": VALID, "unseen libraries": JUDGE, "libraries of decisions": FIT}
DOMAINS = ("environment", "music", "speech")
AMONG_OF_ONE, AMONG_OF_TWO = 3, 5
LONGEST_SECONDS, PAIR_SECONDS = 20, 10
_SEED = 5
_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Listening:
    """A listener's network without what follows it: `outputs` of patches, with its classes and their captions."""

    outputs: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
    classes: Classes
    captions: Sequence[ClassCaption]

    @classmethod
    def open(cls, folder: Path) -> "Listening":
        """Open the `listen` graph of the bundle in `folder`, on one core."""
        graph, classes = session(folder / "listen.onnx", threads=1), Classes.load(folder)

        def outputs(log_mels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            logits, embedding = graph.run(["logits", "embedding"], {"patches": log_mels[:, None]})
            return logits, embedding

        return cls(outputs, classes, tuple(caption_of(name) for name in classes.names))


def patch_outputs(listening: Listening, samples: Samples) -> tuple[np.ndarray, np.ndarray]:
    """Return logits and pooled features of the audible patches of `samples` (frames,) at `sources.RATE`."""
    parts = [listening.outputs(block.log_mels[~block.silent])
             for block in patch_blocks(AudioClip(samples[None], RATE), 0) if not block.silent.all()]  # fmt: skip
    logits, embedding = zip(*parts, strict=True)
    return np.concatenate(logits), np.concatenate(embedding)


def class_members(captions: Sequence[ClassCaption], *, specific: bool) -> dict[str, np.ndarray]:
    """Return for each label the classes that it means, (C,) bool; with `specific` also those more specific than one."""
    table: Mapping[str, Sequence[str]] = yaml.safe_load(CLASSES_FILE.read_text(encoding="utf-8"))
    return {
        label: np.array([
            caption.class_name in names or (specific and not set(names).isdisjoint(caption.more_general))
            for caption in captions
        ])
        for label, names in table.items()
    }  # fmt: skip


def right_classes() -> dict[str, frozenset[str]]:
    """Return for each label the names of the classes that are right for it."""
    captions = tuple(caption_table().values())
    return {
        label: frozenset(caption.class_name for caption, is_member in zip(captions, members, strict=True) if is_member)
        for label, members in class_members(captions, specific=True).items()
    }


def draw_recordings(
    library: Library, split: str, count: int, right: Mapping[str, frozenset[str]]
) -> list[LibrarySource]:
    """Return up to `count` sources, one of each recording, label by label in turn, of labels that classes mean."""
    rng = np.random.default_rng(_SEED)
    by_label = {}
    for label, sources in library.by_label(split, DOMAINS).items():
        first = {source.recording_id: source for source in reversed(sources)}
        if label in right:
            by_label[label] = [list(first.values())[place] for place in rng.permutation(len(first))]
    turns = max(map(len, by_label.values()), default=0)
    samples = [sources[turn] for turn in range(turns) for sources in by_label.values() if turn < len(sources)]
    return samples[:count]


def draw_pairs(
    sources: Sequence[LibrarySource], count: int, right: Mapping[str, frozenset[str]]
) -> list[tuple[LibrarySource, LibrarySource]]:
    """Return `count` pairs of sources whose labels have no class in common, at random."""
    rng, pairs = np.random.default_rng(_SEED + 1), []
    while len(pairs) < count:
        one, other = (sources[place] for place in rng.choice(len(sources), 2, replace=False))
        if right[one.label].isdisjoint(right[other.label]):
            pairs.append((one, other))
    return pairs


def mix(library: Library, pair: Sequence[LibrarySource]) -> Samples:
    """Return a mixture `(frames,)` of 10 s at 0 dB; short sounds are repeated, a second apart."""
    mixture = np.zeros(PAIR_SECONDS * RATE, np.float32)
    for source in pair:
        samples = library.read(source)[: len(mixture)]
        pause = RATE if len(samples) < 2 * RATE else 0
        repeated = np.resize(np.concatenate([samples, np.zeros(pause, np.float32)]), len(mixture))
        sounding = repeated[np.abs(repeated) > 1e-4]
        mixture += repeated * np.float32(_LEVEL / np.sqrt(np.mean(np.square(sounding)) + 1e-12))
    return mixture


@dataclass(frozen=True, slots=True)
class NamingReport:
    """Shares of one split: `first`, `among` three of single recordings; `both` and `each` among five of mixtures.

    labels : label -> (among three, recordings).     sure : certainty -> (right, sounds) of single recordings.
    """

    recordings: int
    first: float
    among: float
    pairs: int
    both: float
    each: float
    labels: dict[str, tuple[int, int]]
    sure: dict[str, tuple[int, int]]


def measure(listener: Listener, library: Library, split: str, count: int = 300) -> NamingReport:
    """Listen to `count` recordings of a split and to as many mixtures of two."""
    right = right_classes()
    sources = draw_recordings(library, split, count, right)
    labels, sure = defaultdict(lambda: [0, 0]), defaultdict(lambda: [0, 0])
    first = 0
    for source in sources:
        result = _listen(listener, library.read(source)[: LONGEST_SECONDS * RATE])
        names = _names(result, AMONG_OF_ONE)
        first += bool(set(names[:1]) & right[source.label])
        labels[source.label][0] += bool(set(names) & right[source.label])
        labels[source.label][1] += 1
        for sound in result:
            sure[sound.certainty][0] += sound.class_name in right[source.label]
            sure[sound.certainty][1] += 1
    pairs = draw_pairs(sources, count, right)
    hits = []
    for pair in pairs:
        names = _names(_listen(listener, mix(library, pair)), AMONG_OF_TWO)
        hits.append([bool(set(names) & right[source.label]) for source in pair])
    return NamingReport(
        recordings=len(sources), first=first / len(sources),
        among=sum(hit for hit, _ in labels.values()) / len(sources),
        pairs=len(pairs), both=float(np.mean(np.all(hits, axis=1))), each=float(np.mean(hits)),
        labels={label: (hit, of) for label, (hit, of) in sorted(labels.items())},
        sure={word: (hit, of) for word, (hit, of) in sure.items()},
    )  # fmt: skip


def tables(reports: Mapping[str, NamingReport]) -> str:
    """Return the Markdown tables of the reports, by name of their split."""
    lines = [
        "| recordings of | number | first | among three | mixtures | both among five | each |",
        "|---|" + "---:|" * 6,
    ]
    for name, own in reports.items():
        single, pair = f"{own.first:.0%} | {own.among:.0%}", f"{own.both:.0%} | {own.each:.0%}"
        lines.append(f"| {name} | {own.recordings} | {single} | {own.pairs} | {pair} |")
    lines += ["", "| said | right | sounds |", "|---|---:|---:|"]
    for word in ("sure", "likely", "maybe"):
        counts = [own.sure.get(word, (0, 0)) for own in reports.values()]
        hits, total = (sum(column) for column in zip(*counts, strict=True))
        lines.append(f"| {word} | {hits / max(1, total):.0%} | {total} |")
    for name, own in reports.items():
        right = ", ".join(f"{label} {hit}/{of}" for label, (hit, of) in own.labels.items())
        lines += ["", f"By label, {name}, among three: {right}."]
    return "\n".join(lines)


def _listen(listener: Listener, samples: Samples) -> Heard:
    return listener.listen(AudioClip(samples[None], RATE))


def _names(result: Heard, count: int) -> list[str]:
    return [sound.class_name for sound in result.sounds[:count]]
