"""Options that several commands have, and that mean the same in all of them."""

from typing import Annotated

import typer

Queries = Annotated[list[str] | None, typer.Option("--query", "-q", help="A sound to take out; repeat for more.")]
Negative = Annotated[list[str] | None, typer.Option("--not", help="A sound that competes but stays in the rest.")]
Model = Annotated[str, typer.Option(metavar="NAME|FOLDER", help="See `flowsep models list`.")]
Device = Annotated[str, typer.Option(metavar="DEVICE", help="auto, cpu, cuda, tensorrt, coreml, directml")]
AllowCpu = Annotated[bool, typer.Option("--allow-cpu", help="Where the device fails, go on with the CPU and say so.")]
Draft = Annotated[bool, typer.Option("--draft", help="As fast as the model allows.")]
Steps = Annotated[int | None, typer.Option(metavar="N", help="Flow steps; default: the model's.")]
Seed = Annotated[int, typer.Option(metavar="S", help="Same seed, same stems.")]
Strength = Annotated[float, typer.Option(metavar="X", help="0.25..4: above 1 less bleed, more artefacts.")]
ReduceDb = Annotated[float | None, typer.Option(metavar="N", help="Turn the sound down by N dB, not out.")]
Gate = Annotated[float, typer.Option(metavar="X", help="0..1: how far stems close where silent.")]
Format = Annotated[str, typer.Option(metavar="wav24|wav32f|flac24", help="What stems are written as.")]
OldSeedCount = Annotated[
    int | None, typer.Option("--takes", hidden=True, callback=lambda count: _old_name(count, "--takes", "--seed-count"))
]
NoRest = Annotated[bool, typer.Option("--no-rest", help="Do not write the rest.")]


def _old_name(value: int | None, old: str, new: str) -> int | None:
    """Return `value`; warn on stderr that the option has another name now, where it is given."""
    if value is not None:
        typer.echo(f"{old} is now {new}; the old name goes with the next release", err=True)
    return value
