"""The published AudioSep (base 4M, AudioSep-hive): its weights, its graphs, its bundle."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowsep_export.networks.clap_text import ClapText
from flowsep_export.networks.resunet import ComplexMask, ResUNet30, published_name
from torch import Tensor, nn

from flowsep_plugin.errors import BundleError

from .bundle import write_bundle
from .checkpoint import check_all_used, load_into, read_tensors
from .flowsep import empty
from .graphs import AudiosepSizes, GraphSpec, audiosep_graphs
from .storage import Precision, stored_as
from .to_onnx import export, save

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

SIZES = AudiosepSizes()


@dataclass(frozen=True, slots=True)
class Audiosep:
    """The two networks of a text query."""

    text: ClapText
    separator: ResUNet30


def load_audiosep(checkpoint: Path, clap: Path | None = None) -> Audiosep:
    """Read the published checkpoint; `clap` (LAION-CLAP's own file) is needed only where the text branch is not inside.

    Raises BundleError that names missing, unexpected and wrongly shaped keys.
    """
    tensors, what = read_tensors(checkpoint), checkpoint.name
    if clap is not None:
        what = f"{checkpoint.name} with {clap.name}"
        tensors = {k: v for k, v in tensors.items() if not k.startswith(CLAP)}
        tensors |= {CLAP + key: value for key, value in read_tensors(clap).items()}
    return audiosep_from(tensors, what)


def audiosep_from(tensors: Mapping[str, Tensor], what: str) -> Audiosep:
    """`load_audiosep` on tensors that are read already."""
    parts = Audiosep(empty(ClapText), empty(ResUNet30))
    used = load_into(parts.separator, tensors, published_name, what)
    used |= load_into(parts.text, tensors, lambda key: CLAP + key, what)
    check_all_used(tensors, used, _UNUSED, what)
    return parts


def graphs(model: Audiosep) -> Iterator[tuple[GraphSpec, nn.Module]]:
    """Every graph with the module that it is exported from."""
    specs = audiosep_graphs(SIZES)
    yield specs["text"], model.text
    yield specs["mask"], ComplexMask(model.separator)


def card(name: str, version: str, source: str) -> dict[str, Any]:
    """The card's numbers: the published front end, in windows of 10 s of which 2 s overlap."""
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
    """`tokenizer.json` of RoBERTa-base: the user's own, or built into `target` from `vocab.json` and `merges.txt`.

    Raises BundleError with the way to get one.
    """
    whole, vocab, merges = (folder / name for name in ("tokenizer.json", "vocab.json", "merges.txt"))
    if whole.is_file():
        return whole
    if not (vocab.is_file() and merges.is_file()):
        raise BundleError(
            f"{folder} holds neither tokenizer.json nor vocab.json with merges.txt; take them from "
            "FacebookAI/roberta-base (`huggingface-cli download FacebookAI/roberta-base tokenizer.json`)"
        )
    return roberta_tokenizer(vocab, merges, target / "tokenizer.json")


def roberta_tokenizer(vocab: Path, merges: Path, target: Path) -> Path:
    """Write RoBERTa's byte-level BPE, with `<s>` and `</s>` around the text, as one `tokenizer.json`."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    tokenizer = Tokenizer(models.BPE.from_file(str(vocab), str(merges), unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    ends = [("</s>", tokenizer.token_to_id("</s>")), ("<s>", tokenizer.token_to_id("<s>"))]
    tokenizer.post_processor = processors.RobertaProcessing(*ends, add_prefix_space=False)
    tokenizer.save(str(target))
    return target


def export_audiosep(
    model: Audiosep,
    tokenizer: Path,
    folder: Path,
    precision: Precision = "float32",
    name: str = "audiosep",
    source: str = "https://github.com/Audio-AGI/AudioSep",
    report: Callable[[str], None] = lambda _: None,
) -> Path:
    """Export, prove and pack both graphs into `folder`; return the card's path."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        tokenizer_json = tokenizer_file(tokenizer, Path(scratch))
        files = {}
        for spec, module in graphs(model):
            path = Path(scratch) / f"{spec.name}.onnx"
            whole = export(module, spec, path)
            if precision != "float32":
                save(stored_as(whole, precision), path)
            files[spec.name] = path
            report(f"{spec.name}: {path.stat().st_size / 1e6:.0f} MB, the graph equals the network")
        return write_bundle(folder, card(name, "1.0.0", source), files, [tokenizer_json])
