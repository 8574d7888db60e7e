"""The families that published checkpoints are converted to: one row here, one module each, torch loaded when used.

A new exporter is a module with the functions of `ExporterModule` and a row in `EXPORTERS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from flowsep_plugin.errors import BundleError

if TYPE_CHECKING:
    from .graphs import ExportSpec
    from .precision import GraphChain


class ExporterModule(Protocol):
    """Functions of a family's export module."""

    def convert(
        self,
        checkpoint: Path,
        tokenizer: Path,
        folder: Path,
        *,
        part: Path | None = None,
        precision: str = "float32",
        name: str,
        report: Callable[[str], None] = lambda _: None,
    ) -> Path:
        """Write the bundle `name` into `folder` and return its card; `tokenizer` is a folder, `part` as in the row.

        Raises BundleError where a file is missing or is not the model.
        """
        ...

    def export_specs(self, card: Any) -> "Mapping[str, ExportSpec]":
        """Return the graphs that a bundle with this card has, optional ports included."""
        ...

    def chain(self, card: Any, steps: int, columns: int) -> "GraphChain":
        """Return the graphs in order of use, for measuring what storage costs."""
        ...

    def parity_stages(self) -> tuple[Any, dict[str, Any]]:
        """Return the class of the family's reference arrays, and the stages that are compared with them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporter:
    """A row: `module` by its dotted name, and the texts of the family's command."""

    module: str
    help: str
    bundle_name: str
    tokenizer: str
    part: str
    part_help: str

    def load(self) -> ExporterModule:
        """Import the module, and torch with it."""
        return cast(ExporterModule, import_module(self.module))


EXPORTERS = {
    "flowsep": Exporter(
        module="flowsep_export.flowsep",
        help="Convert FlowSep's v2_100k.ckpt, or a file with the same keys.",
        bundle_name="flowsep-v2",
        tokenizer="Folder with FLAN-T5's tokenizer.json.",
        part="vocoder",
        part_help="A vocoder file that replaces the one in the checkpoint.",
    ),
    "audiosep": Exporter(
        module="flowsep_export.audiosep",
        help="Convert AudioSep's audiosep_base_4M_steps.ckpt, or a file with the same keys.",
        bundle_name="audiosep",
        tokenizer="Folder with RoBERTa's tokenizer.json, or with its vocab.json and merges.txt.",
        part="clap",
        part_help="LAION-CLAP's file, for a checkpoint without the text branch.",
    ),
}
"""Family -> its exporter; each is a command of `flowsep-export`."""


def exporter_of(family: str) -> ExporterModule:
    """Load the exporter of a family. Raises BundleError that lists the families with one."""
    if family not in EXPORTERS:
        raise BundleError(f"family {family!r} has no exporter; there are {', '.join(EXPORTERS)}")
    return EXPORTERS[family].load()
