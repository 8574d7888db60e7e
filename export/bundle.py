"""Write a bundle folder: graphs, tokenizer files and a card that names and checksums them (`docs/bundle-format.md`)."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import onnx
from torch import nn

from flowsep_plugin.checksum import sha256
from flowsep_plugin.engine.card import CARD, FORMAT
from flowsep_plugin.engine.families import parse_card
from flowsep_plugin.engine.onnx_file import read_onnx_facts

from .graphs import ExportSpec
from .storage import Precision, stored_as
from .to_onnx import export, save


def export_bundle(
    graphs: Iterable[tuple[ExportSpec, nn.Module]],
    card: Mapping[str, Any],
    files: Sequence[Path],
    folder: Path,
    *,
    precision: str = "float32",
    report: Callable[[str], None] = lambda _: None,
) -> Path:
    """Export, prove and pack graphs with their networks into `folder`; return the card's path.

    Every graph is compared with its network in float32 before its weights are stored at `precision`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        exported = {}
        for spec, module in graphs:
            path = Path(scratch) / f"{spec.name}.onnx"
            model = export(module, spec, path)
            if precision != "float32":
                save(stored_as(model, cast(Precision, precision)), path)
            exported[spec.name] = path
            report(f"{spec.name}: {path.stat().st_size / 1e6:.0f} MB, the graph equals the network")
        return write_bundle(folder, card, exported, files)


def write_bundle(
    folder: Path, card: Mapping[str, Any], graphs: Mapping[str, onnx.ModelProto | Path], files: Sequence[Path] = ()
) -> Path:
    """Write `folder` and return its `card.json`.

    card : the card's entries without `format`, `graphs` and `files`, which are added here.
    graphs : by the names of the format; a path is copied, with its `.data` file where there is one.
    files : tokenizer files and whatever else belongs to the bundle.
    Raises BundleError, before anything is written, where an entry is missing or wrong.
    """
    parse_card({"format": FORMAT, **card})
    folder.mkdir(parents=True, exist_ok=True)
    checksums = {path.name: sha256(_copied(path, folder)) for path in files}
    entries: dict[str, dict[str, Any]] = {}
    for name, graph in graphs.items():
        target, *data = _write_graph(graph, folder / f"{name}.onnx")
        entries[name] = {"file": target.name, "sha256": sha256(target), "opset": read_onnx_facts(target).opset}
        if data:
            entries[name]["data"] = [path.name for path in data]
            checksums |= {path.name: sha256(path) for path in data}
    numbers = {name: value for name, value in card.items() if name != "measured"}
    content = {"format": FORMAT, **numbers, "graphs": entries, "files": checksums, "measured": card.get("measured", {})}
    path = folder / CARD
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def _write_graph(graph: onnx.ModelProto | Path, target: Path) -> list[Path]:
    """Write or copy a graph; return its path, then that of its data file if it has one."""
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
