"""Write a bundle folder: graphs, tokenizer files and a card that names and checksums them (`docs/bundle-format.md`)."""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx

from flowsep_plugin.errors import BundleError

from .to_onnx import save

FORMAT = 1
CARD = "card.json"
_NEEDED = {
    "flowsep": ("name", "version", "licence", "audio", "mel", "latent", "text", "flow", "mask", "presence"),
    "audiosep": ("name", "version", "licence", "audio", "stft", "text"),
}


def sha256(path: Path) -> str:
    """The file's checksum in hex, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def write_bundle(
    folder: Path, card: Mapping[str, Any], graphs: Mapping[str, onnx.ModelProto | Path], files: Sequence[Path] = ()
) -> Path:
    """Write `folder` and return its `card.json`.

    card : the numbers and texts of the card, without `graphs` and `files`; those are made here.
    graphs : by the names of the format; a path is copied, with its `.data` file where there is one.
    files : tokenizer files and whatever else rides along.
    Raises BundleError where the card lacks a section that its family needs.
    """
    check_card(card)
    folder.mkdir(parents=True, exist_ok=True)
    extra = {path.name: sha256(_copied(path, folder)) for path in files}
    entries: dict[str, dict[str, Any]] = {}
    for name, graph in graphs.items():
        written = _write_graph(graph, folder / f"{name}.onnx")
        entries[name] = {"file": written[0].name, "sha256": sha256(written[0]), "opset": opset(written[0])}
        if len(written) > 1:
            entries[name]["data"] = [path.name for path in written[1:]]
            extra |= {path.name: sha256(path) for path in written[1:]}
    numbers = {name: value for name, value in card.items() if name != "measured"}
    measured = card.get("measured", {})
    whole = {"format": FORMAT, **numbers, "graphs": entries, "files": extra, "measured": measured}
    path = folder / CARD
    path.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def check_card(card: Mapping[str, Any]) -> None:
    """Raise BundleError unless the card has what its family needs."""
    family = card.get("family")
    if family not in _NEEDED:
        raise BundleError(f"the card's family is {family!r}; there are {sorted(_NEEDED)}")
    missing = [name for name in _NEEDED[family] if name not in card]
    if missing:
        raise BundleError(f"the card lacks {missing}; docs/bundle-format.md says what goes there")


def opset(path: Path) -> int:
    """The graph's ONNX opset."""
    model = onnx.load(path, load_external_data=False)
    return next(int(entry.version) for entry in model.opset_import if entry.domain in ("", "ai.onnx"))


def _write_graph(graph: onnx.ModelProto | Path, target: Path) -> list[Path]:
    if isinstance(graph, onnx.ModelProto):
        return save(graph, target)
    data = graph.with_name(graph.name + ".data")
    if data.exists():  # the graph names its data file, so both keep their names
        target = target.with_name(graph.name)
        return [_copied(graph, target.parent), _copied(data, target.parent)]
    if graph.resolve() != target.resolve():
        shutil.copyfile(graph, target)
    return [target]


def _copied(path: Path, folder: Path) -> Path:
    target = folder / path.name
    if path.resolve() != target.resolve():
        shutil.copyfile(path, target)
    return target
