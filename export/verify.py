"""Check that a bundle is whole and that its graphs fit its card and run: `flowsep-export verify`."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from flowsep_plugin.engine.bundle import ModelBundle
from flowsep_plugin.engine.card import CARD
from flowsep_plugin.engine.onnx_file import read_onnx_facts
from flowsep_plugin.errors import BundleError
from flowsep_plugin.onnx_runtime import ort

from .exporters import exporter_of
from .graphs import ExportSpec
from .parity import check_axes, check_names, session

_OPSETS = range(18, 24)


def verify(folder: Path) -> Iterator[str]:
    """Check one thing after the other, yielding a line for each. Raises BundleError at the first that is wrong."""
    bundle = ModelBundle.open(folder, verify=False)
    card = bundle.card
    yield f"{CARD}: {card.name} {card.version}, family {card.family}"
    for name, expected in bundle.named_files():
        bundle.check_file(name, expected)
        yield f"{name}: checksum"
    for name, spec in exporter_of(card.family).export_specs(card).items():
        if name in card.graphs:
            _check_graph(folder / card.graphs[name].file, spec)
            yield f"{card.graphs[name].file}: names, axes, a run"


def _check_graph(path: Path, declared: ExportSpec) -> None:
    """Raise BundleError unless the graph at `path` is as declared and gives finite numbers."""
    if (opset := read_onnx_facts(path).opset) not in _OPSETS:
        raise BundleError(f"{path.name} has opset {opset}, must be {_OPSETS.start} to {_OPSETS.stop - 1}")
    run = session(path)
    spec = with_its_ports(run, declared)
    check_names(run, spec, path.name)
    check_axes(run, spec, path.name)
    for output in run.run(None, spec.dummies()):
        if not np.isfinite(output).all():
            raise BundleError(f"{path.name} gives numbers that are not finite; export it again from sound weights")


def with_its_ports(run: ort.InferenceSession, spec: ExportSpec) -> ExportSpec:
    """Return the spec without the optional ports that this graph lacks."""
    names = {value.name for value in (*run.get_inputs(), *run.get_outputs())}
    inputs, outputs = (
        tuple(port for port in ports if not port.optional or port.name in names)
        for ports in (spec.inputs, spec.outputs)
    )
    return replace(spec, inputs=inputs, outputs=outputs)
