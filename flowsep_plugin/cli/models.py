"""`flowsep models`: list, inspect, verify, install, add and remove models."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowsep_plugin.errors import BundleError, UsageError

from .app import fail
from .options import Json, option

if TYPE_CHECKING:
    from flowsep_plugin.engine.card import ModelCard

app = typer.Typer(no_args_is_help=True, help="List, inspect, verify, install, add and remove models.")


@app.command("list")
def list_models(as_json: Json = False) -> None:
    """List the installed models; * marks the default."""
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
        typer.echo("no default model is installed; add one with `flowsep models add FOLDER`, or name one with --model")
    typer.echo("  echo  built in, without weights: the stem is the clip; to try a setup")


@app.command()
def info(
    model: Annotated[str, typer.Argument(metavar="NAME|FOLDER")] = "default",
    as_json: Json = False,
) -> None:
    """Show a model's licence, authors, training data, parameters and size."""
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
    models: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME|FOLDER]…", help="Models to verify; without any, all installed ones."),
    ] = None,
) -> None:
    """Check every file of a model against its card, and open every graph."""
    from flowsep_plugin.engine import open_engine
    from flowsep_plugin.models import installed

    names = models or sorted(installed())
    if not names:
        raise UsageError("no model is installed; name a bundle's folder to verify")
    code = 0
    for model in names:
        try:
            engine = open_engine(model, "cpu")
        except BundleError as error:
            code = fail(error)
        else:
            typer.echo(f"{engine.card.name} {engine.card.version}: valid ({len(engine.card.graphs)} graphs)")
    if code:
        raise typer.Exit(code)


@app.command()
def add(
    folder: Annotated[Path, typer.Argument(metavar="PATH", help="A bundle's folder, which contains card.json.")],
    replace: Annotated[bool, option("--replace", help="Replace an installed model of the same name.")] = False,
) -> None:
    """Check a bundle and copy it to your models."""
    from flowsep_plugin.library import add_model

    target = add_model(folder, replace=replace)
    typer.echo(f"added: flowsep separate … --model {target.name}\n    {target}")


@app.command()
def install(
    name: Annotated[str, typer.Argument(metavar="NAME", help="flowsep-v2, flowsep-hive, audiosep or audiosep-hive.")],
    yes: Annotated[bool, option("--yes", help="Download without asking.")] = False,
    precision: Annotated[
        str, typer.Option(metavar="float16|float32", help="Storage of the weights; float16 is half as large.")
    ] = "float16",
    as_json: Json = False,
) -> None:
    """Download a published model, convert it and verify it on this machine. Needs torch: the extra `export`."""
    import importlib

    from flowsep_plugin.models import models_folder

    try:
        exporter = importlib.import_module("flowsep_export.install")
        importlib.import_module("torch")
    except ImportError as error:
        raise UsageError(
            f"converting {name} needs {error.name}: pip install 'flowsep-plugin[export]', or convert it with "
            "flowsep-export on another machine and copy the folder here with `flowsep models add`"
        ) from error
    model = exporter.find(name)
    size_bytes = sum(file.size or 0 for file in model.files)
    size = f"about {size_bytes / 1e9:.1f} GB" if size_bytes else "several GB (the publisher gives no size)"

    def agree(_: Any) -> bool:
        if not as_json:
            typer.echo(f"{name}: {size} to download from {model.files[0].url}\n  licence: {model.licence}")
        return yes or typer.confirm("Download and convert it?", err=as_json)

    def report(file: str, have: int, whole: int | None) -> None:
        if as_json:
            typer.echo(json.dumps({"file": file, "have": have, "whole": whole}))

    folder = models_folder()
    folder.mkdir(parents=True, exist_ok=True)
    bundle = exporter.install(model, folder, agree, report, precision=precision)
    typer.echo(json.dumps({"installed": str(bundle)}) if as_json else f"installed: {bundle}")


@app.command()
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    yes: Annotated[bool, option("--yes", "-y", help="Delete without asking.")] = False,
) -> None:
    """Delete one of your models from the disk."""
    from flowsep_plugin.library import remove_model

    if not yes:
        if not sys.stdin.isatty():
            raise UsageError(f"removing {name} deletes its folder; confirm with --yes")
        typer.confirm(f"Delete {name} and its folder?", abort=True)
    typer.echo(f"removed {remove_model(name)}")


def _facts(card: "ModelCard") -> dict[str, Any]:
    """Return the facts of a card that `info` prints: name -> value."""
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
