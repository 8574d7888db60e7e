"""AudioSep's side of the exporter: the published weights (base 4M, AudioSep-hive), graphs and bundle.

See `exporters.ExporterModule`.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from flowsep_export.networks.clap_text import ClapText
from flowsep_export.networks.resunet import ComplexMask, ResUNet30, published_name
from torch import Tensor, nn

from flowsep_plugin.audio.mel import MelSpec, mel_basis
from flowsep_plugin.audio.types import Floats
from flowsep_plugin.engine.audiosep import AudioSepCard, AudioSepSizes, graph_specs
from flowsep_plugin.errors import BundleError

from .bundle import export_bundle
from .checkpoint import check_all_used, empty, load_into, read_tensors
from .graphs import ExportSpec, export_spec
from .precision import ChainArrays, GraphChain, TimedGraph

CLAP = "query_encoder.model."
_DEAD = tuple(
    f"ss_model.{where}"
    for i in range(1, 7)
    for where in (f"base.decoder_block{i}.bn2.", f"film.decoder_block{i}->beta2.")
)
_UNUSED = (
    "ss_model.base.stft.",
    "ss_model.base.istft.",
    *_DEAD,
    *(f"{CLAP}{part}" for part in ("audio_", "text_transform.", "logit_scale_", "text_branch.embeddings.position_ids")),
    f"{CLAP}text_branch.embeddings.token_type_ids",
)

VOCABULARY = 50265
"""Tokens of RoBERTa-base."""

SOURCE = "https://github.com/Audio-AGI/AudioSep"


@dataclass(frozen=True, slots=True)
class Audiosep:
    """The two networks of a text query."""

    text: ClapText
    separator: ResUNet30


def load_audiosep(checkpoint: Path, clap: Path | None = None) -> Audiosep:
    """Read the published checkpoint; `clap` is LAION-CLAP's own file, for checkpoints without the text branch.

    Raises BundleError that names keys that are missing, unknown or of another shape.
    """
    tensors, what = read_tensors(checkpoint), checkpoint.name
    if clap is not None:
        what = f"{checkpoint.name} with {clap.name}"
        tensors = {k: v for k, v in tensors.items() if not k.startswith(CLAP)}
        tensors |= {CLAP + key: value for key, value in read_tensors(clap).items()}
    return audiosep_from(tensors, what)


def audiosep_from(tensors: Mapping[str, Tensor], what: str) -> Audiosep:
    """Build the networks from tensors by published name, (out, in, …) as stored; errors name `what`.

    Raises BundleError that names keys that are missing, unknown or of another shape.
    """
    parts = Audiosep(empty(ClapText), empty(ResUNet30))
    used = load_into(parts.separator, tensors, published_name, what)
    used |= load_into(parts.text, tensors, lambda key: CLAP + key, what)
    check_all_used(tensors, used, _UNUSED, what)
    return parts


def audiosep_graphs(sizes: AudioSepSizes | None = None, vocabulary: int = VOCABULARY) -> dict[str, ExportSpec]:
    """Return the graphs by name; those of the published models where no sizes are given."""
    example, other = {"batch": 2, "tokens": 12, "frames": 70}, {"batch": 1, "tokens": 7, "frames": 33}
    example, other = ({**trial, "vocabulary": vocabulary} for trial in (example, other))
    specs = graph_specs(sizes or AudioSepSizes())
    return {name: export_spec(spec, example=example, other=other) for name, spec in specs.items()}


def export_specs(card: AudioSepCard) -> dict[str, ExportSpec]:
    """Return the graphs that a bundle with this card has."""
    return audiosep_graphs(AudioSepSizes(card.stft.bins, card.text.width), vocabulary=100)


def graphs(model: Audiosep) -> Iterator[tuple[ExportSpec, nn.Module]]:
    """Yield every graph with the module that it is exported from."""
    specs = audiosep_graphs()
    yield specs["text"], model.text
    yield specs["mask"], ComplexMask(model.separator)


def card(name: str, version: str, source: str) -> dict[str, Any]:
    """Return the card's entries: the published front end, in windows of 10 s of which 2 s overlap."""
    return {
        "name": name,
        "version": version,
        "family": "audiosep",
        "licence": "MIT (code); the weights' licence is that of their publisher",
        "authors": ["Xubo Liu et al. (AudioSep)"],
        "description": "AudioSep as published, converted on this machine. 32 kHz, one channel at a time.",
        "trained_on": "AudioSet, VGGSound, AudioCaps, Clotho, WavCaps, by the paper",
        "source": source,
        "audio": {"rate": 32000, "window_frames": 320000, "overlap_frames": 64000},
        "stft": {"n_fft": 2048, "win_length": 2048, "hop": 320, "bins": 1025, "floor": 1e-5},
        "text": {"kind": "tokenizers", "files": ["tokenizer.json"], "length": 77, "width": 512},
        "presence": {"threshold_db": -20.0, "width_db": 6.0},
    }


def tokenizer_file(folder: Path, target: Path) -> Path:
    """Return `tokenizer.json` of RoBERTa-base: the one in `folder`, or one built in `target` from its two other files.

    Those are `vocab.json` and `merges.txt`. Raises BundleError that says where to get them.
    """
    whole, vocab, merges = (folder / name for name in ("tokenizer.json", "vocab.json", "merges.txt"))
    if whole.is_file():
        return whole
    if not (vocab.is_file() and merges.is_file()):
        raise BundleError(
            f"{folder} has neither tokenizer.json nor vocab.json with merges.txt; take them from "
            "FacebookAI/roberta-base (`huggingface-cli download FacebookAI/roberta-base tokenizer.json`)"
        )
    return roberta_tokenizer(vocab, merges, target / "tokenizer.json")


def roberta_tokenizer(vocab: Path, merges: Path, target: Path) -> Path:
    """Write RoBERTa's byte-level BPE, with `<s>` and `</s>` around the text, as one `tokenizer.json`."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    tokenizer = Tokenizer(models.BPE.from_file(str(vocab), str(merges), unk_token="<unk>"))  # nosec B106 # a word
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    ends = [("</s>", tokenizer.token_to_id("</s>")), ("<s>", tokenizer.token_to_id("<s>"))]
    tokenizer.post_processor = processors.RobertaProcessing(*ends, add_prefix_space=False)
    tokenizer.save(str(target))
    return target


def convert(
    checkpoint: Path,
    tokenizer: Path,
    folder: Path,
    *,
    part: Path | None = None,
    precision: str = "float32",
    name: str = "audiosep",
    report: Callable[[str], None] = lambda _: None,
) -> Path:
    """Write the bundle `name` of a published checkpoint into `folder`; return its card's path.

    tokenizer : RoBERTa's folder.     part : LAION-CLAP's file, for a checkpoint without the text branch.
    Raises BundleError where a file is missing or is not the model.
    """
    model = load_audiosep(checkpoint, part)
    with tempfile.TemporaryDirectory() as scratch:
        files = [tokenizer_file(tokenizer, Path(scratch))]
        entries = card(name, "1.0.0", SOURCE)
        return export_bundle(graphs(model), entries, files, folder, precision=precision, report=report)


def chain(card: AudioSepCard, steps: int, columns: int) -> GraphChain:
    """Return the way from text to condition to masked magnitudes of one second; `steps` and `columns` have no use."""
    rng, stft = np.random.default_rng(0), card.stft
    magnitude_shape = (1, card.rate // stft.hop + 1, stft.bins)
    start = {
        "input_ids": rng.integers(3, 100, (1, 12)),
        "attention_mask": np.ones((1, 12), np.int64),
        "magnitude": np.abs(rng.standard_normal(magnitude_shape, np.float32)),
    }

    def text(run: TimedGraph, arrays: ChainArrays) -> Floats:
        return run(input_ids=arrays["input_ids"], attention_mask=arrays["attention_mask"])

    def mask(run: TimedGraph, arrays: ChainArrays) -> Floats:
        return run(magnitude=arrays["magnitude"], condition=arrays["condition"])

    spec = MelSpec(card.rate, stft.n_fft, stft.hop, 64, 0.0, card.rate / 2)

    def log_mel(mask: Floats) -> Floats:
        masked = np.hypot(mask[:, 0], mask[:, 1]) * start["magnitude"]
        return np.log(np.maximum(masked @ mel_basis(spec).T, spec.floor))

    return GraphChain(
        start=start,
        links={"text": ("condition", text), "mask": ("mask", mask)},
        ends={"end to end: log-mel of what is left": ("mask", log_mel)},
    )


def parity_stages() -> tuple[Any, dict[str, Any]]:
    """Return the class of the reference arrays, and the stages that are compared with them."""
    from .reference import engine

    return engine.AudiosepReference, engine.AUDIOSEP
