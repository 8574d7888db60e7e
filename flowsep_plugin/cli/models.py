"""`flowsep models`: what is installed, what is in it, whether it is whole; adding and removing."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowsep_plugin.errors import BundleError, UsageError

from .app import fail

if TYPE_CHECKING:
    from flowsep_plugin.engine.card import ModelCard

app = typer.Typer(no_args_is_help=True, help="List, inspect, verify, install, add and remove models.")

AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout.")]


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """Show every installed model."""
    from flowsep_plugin.library import shelf

    rows = [
        {
            "name": model.name,
            "default": model.is_default,
            "version": model.card.version if model.card else None,
            "licence": model.card.licence if model.card else None,
            "rate": model.card.rate if model.card else None,
            "folder": str(model.folder),
            "trouble": model.trouble,
        }
        for model in shelf()
    ]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for row in rows:
        mark = "*" if row["default"] else " "
        what = row["trouble"] or f"{row['version']}  {row['rate']} Hz  {row['licence']}"
        typer.echo(f"{mark} {row['name']}  {what}\n    {row['folder']}")
    if not any(row["default"] for row in rows):
        typer.echo("no default model is installed: add one with `flowsep models add FOLDER`, or name one with --model")
    typer.echo("  echo  built in, weightless: the stem is the clip; for trying a set-up")


@app.command()
def info(
    model: Annotated[str, typer.Argument(metavar="NAME|FOLDER")] = "default",
    as_json: AsJson = False,
) -> None:
    """Show what a model is: licence, authors, training data, numbers, size."""
    from flowsep_plugin.engine.bundle import ModelBundle
    from flowsep_plugin.engine.echo import ECHO_CARD
    from flowsep_plugin.models import find_model

    if model == "echo":
        facts = {**_facts(ECHO_CARD), "folder": None}
    else:
        bundle = ModelBundle.open(find_model(model), verify=False)
        facts = {
            **_facts(bundle.card),
            "folder": str(bundle.folder),
            "size_mb": round(bundle.size / 1e6, 1),
            "sha256": bundle.digest,
        }
    typer.echo(json.dumps(facts, ensure_ascii=True) if as_json else "\n".join(_lines(facts)))


@app.command()
def verify(
    models: Annotated[list[str] | None, typer.Argument(metavar="[NAME|FOLDER]…", help="[every installed one]")] = None,
) -> None:
    """Check every file of a model against its card, and every graph by opening it."""
    from flowsep_plugin.engine import open_engine
    from flowsep_plugin.models import installed

    wanted = models or sorted(installed())
    if not wanted:
        raise UsageError("no model is installed to be verified; name a bundle's folder")
    code = 0
    for model in wanted:
        try:
            engine = open_engine(model, "cpu")
        except BundleError as error:
            code = fail(error)
        else:
            typer.echo(f"{engine.card.name} {engine.card.version}: whole ({len(engine.card.graphs)} graphs)")
    if code:
        raise typer.Exit(code)


@app.command()
def add(
    folder: Annotated[Path, typer.Argument(metavar="PATH", help="A bundle's folder (card.json in it).")],
    replace: Annotated[bool, typer.Option("--replace", help="Where one of that name is installed.")] = False,
) -> None:
    """Copy a bundle to your models, after checking it."""
    from flowsep_plugin.library import add_model

    target = add_model(folder, replace=replace)
    typer.echo(f"added: flowsep separate … --model {target.name}\n    {target}")


@app.command()
def install(
    name: Annotated[str, typer.Argument(metavar="NAME", help="flowsep-v2, flowsep-hive, audiosep or audiosep-hive.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before downloading.")] = False,
    precision: Annotated[str, typer.Option(help="float32 or float16: how weights are stored.")] = "float16",
    as_json: AsJson = False,
) -> None:
    """Download a published model, convert it on this machine, verify it. Needs the extra `export` (torch)."""
    import importlib

    from flowsep_plugin.models import models_folder

    try:
        exporter = importlib.import_module("flowsep_export.install")
        importlib.import_module("torch")
    except ImportError as error:
        raise UsageError(
            f"converting {name} needs {error.name}: pip install 'flowsep-plugin[export]', or convert elsewhere with "
            "flowsep-export and bring the folder with `flowsep models add`"
        ) from error
    model = exporter.find(name)
    known = sum(file.size or 0 for file in model.files)
    size = f"about {known / 1e9:.1f} GB" if known else "some gigabytes (the publisher names no size)"

    def agree(_: Any) -> bool:
        if not as_json:
            typer.echo(f"{name}: {size} to download from {model.files[0].url}\n  licence: {model.licence}")
        return yes or typer.confirm("Download and convert it?", err=as_json)

    def report(file: str, have: int, whole: int | None) -> None:
        if as_json:
            typer.echo(json.dumps({"file": file, "have": have, "whole": whole}))

    folder = models_folder()
    folder.mkdir(parents=True, exist_ok=True)
    made = exporter.install(model, folder, agree, report, precision=precision)
    typer.echo(json.dumps({"installed": str(made)}) if as_json else f"installed: {made}")


@app.command()
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete one of your models from the disk."""
    from flowsep_plugin.library import remove_model

    if not yes:
        if not sys.stdin.isatty():
            raise UsageError(f"removing {name} deletes its folder; say so with --yes")
        typer.confirm(f"Delete {name} and its folder?", abort=True)
    typer.echo(f"removed {remove_model(name)}")


def _facts(card: "ModelCard") -> dict[str, Any]:
    """What people want to know of a card."""
    return {
        "name": card.name,
        "version": card.version,
        "family": card.family,
        "licence": card.licence,
        "authors": list(card.authors),
        "description": card.description,
        "trained_on": card.trained_on,
        "source": card.source,
        "rate": card.rate,
        "window_seconds": round(card.window_frames / card.rate, 2),
        "steps": card.steps,
        "draft_steps": card.draft_steps,
        "solver": card.solver,
        "modes": ["mask", *(["generated", "hybrid"] if "vocoder" in card.graphs else [])],
        "measured": dict(card.measured),
    }


def _lines(facts: dict[str, Any], indent: str = "") -> Iterator[str]:
    width = max(map(len, facts), default=0)
    for name, value in facts.items():
        if value in ("", [], {}, None):
            continue
        if isinstance(value, dict):
            yield f"{indent}{name}"
            yield from _lines(value, indent + "  ")
        else:
            yield f"{indent}{name:<{width}}  {', '.join(map(str, value)) if isinstance(value, list) else value}"
