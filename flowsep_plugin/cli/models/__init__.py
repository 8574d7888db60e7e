"""`flowsep models`: list, inspect, verify, install, add, remove, search and publish models."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowsep_plugin.cli.app import fail
from flowsep_plugin.cli.config.completing import models as complete_models
from flowsep_plugin.cli.config.defaults import default_of
from flowsep_plugin.cli.options import Json, option
from flowsep_plugin.cli.terminal import echo
from flowsep_plugin.errors import BundleError, UsageError
from flowsep_plugin.untrusted.printable import printable

from . import installing, publishing

if TYPE_CHECKING:
    from flowsep_plugin.engine.card import ModelCard

app = typer.Typer(no_args_is_help=True, help="List, inspect, verify, install, add, remove, search and publish models.")


@app.command("list")
def list_models(as_json: Json = False) -> None:
    """List the installed models; * marks the default."""
    from flowsep_plugin.library import shelf

    configured = default_of("separation.model")
    rows = [
        {
            "name": model.name,
            "default": model.is_default if configured == "default" else model.name == configured,
            "version": model.card.version if model.card else None,
            "licence": model.card.licence if model.card else None,
            "rate": model.card.rate if model.card else None,
            "folder": str(model.folder),
            "repository": _repository(model.folder),
            "trouble": model.trouble,
        }
        for model in shelf()
    ]
    if as_json:
        echo(json.dumps(rows))
        return
    for row in rows:
        mark = "*" if row["default"] else " "
        what = row["trouble"] or f"{row['version']}  {row['rate']} Hz  {row['licence']}"
        origin = f"  from {row['repository']}" if row["repository"] else ""
        echo(f"{mark} {row['name']}  {what}{origin}\n    {row['folder']}")
    if configured == "default" and not any(row["default"] for row in rows):
        echo("no default model is installed; add one with `flowsep models add FOLDER`, or name one with --model")
    echo(
        f"{'*' if configured == 'echo' else ' '} echo  built in, without weights: the stem is the clip; to try a setup"
    )


@app.command()
def info(
    model: Annotated[str, typer.Argument(metavar="NAME|FOLDER", autocompletion=complete_models)] = "default",
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
            **_origin(bundle.folder),
        }
    echo(json.dumps(facts, ensure_ascii=True) if as_json else printable("\n".join(_lines(facts))))


@app.command()
def verify(
    models: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME|FOLDER]…",
            help="Models to verify; without any, all installed ones.",
            autocompletion=complete_models,
        ),
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
            echo(f"{engine.card.name} {engine.card.version}: valid ({len(engine.card.graphs)} graphs)")
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
    echo(f"added: flowsep separate … --model {target.name}\n    {target}")


app.command()(installing.install)


@app.command()
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", autocompletion=complete_models)],
    yes: Annotated[bool, option("--yes", "-y", help="Delete without asking.")] = False,
) -> None:
    """Delete one of your models from the disk."""
    from flowsep_plugin.library import remove_model

    if not yes:
        if not sys.stdin.isatty():
            raise UsageError(f"removing {name} deletes its folder; confirm with --yes")
        typer.confirm(f"Delete {name} and its folder?", abort=True)
    echo(f"removed {remove_model(name)}")


for _command in (publishing.search, publishing.outdated, publishing.push):
    app.command()(_command)


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


def _repository(folder: Path) -> str | None:
    """Return the repository of the Hub that an installed model came from; None for other models."""
    from flowsep_plugin.models.provenance import read_provenance

    record = read_provenance(folder)
    return record.repository or None if record else None


def _origin(folder: Path) -> dict[str, Any]:
    """Return where an installed model came from, by its provenance; {} without one."""
    from flowsep_plugin.models.provenance import read_provenance

    record = read_provenance(folder)
    if record is None:
        return {}
    files = {name: " ".join(filter(None, (one.url, one.commit))) for name, one in record.files.items() if one.url}
    origin = {"repository": record.repository, "revision": record.revision, "commit": record.commit,
              "endpoint": record.endpoint, "page licence": record.licence, "installed": record.installed,
              "files": files}  # fmt: skip
    return {"provenance": {name: value for name, value in origin.items() if value}}


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
