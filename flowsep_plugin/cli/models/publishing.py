"""`flowsep models search`, `outdated` and `push`: the Hugging Face Hub."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from flowsep_plugin.cli.config.completing import models as complete_models
from flowsep_plugin.cli.options import Json, option
from flowsep_plugin.cli.terminal import echo
from flowsep_plugin.cli.ways_out import message_of
from flowsep_plugin.errors import Cancelled, FlowsepError, UsageError

from .downloads import size_text


def search(
    words: Annotated[list[str] | None, typer.Argument(metavar="[WORDS]…", help="Parts of a model's name.")] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=1000, help="At most N models, 1 to 1000.")] = 20,
    as_json: Json = False,
) -> None:
    """Search the Hugging Face Hub for models of flowsep. Sends the words to the Hub."""
    from dataclasses import asdict

    from flowsep_plugin.hub import search_models

    hits = search_models(" ".join(words or ()), limit=limit)
    if as_json:
        echo(json.dumps([asdict(hit) for hit in hits]))
        return
    for hit in hits:
        size = "size unknown" if hit.size is None else size_text(hit.size)
        gated = "  gated: ask for access first" if hit.is_gated else ""
        echo(f"{hit.repository}  {size}  {hit.licence or 'no licence named'}{gated}")
    if not hits:
        echo("no model of that name is tagged flowsep on the Hub")


def outdated(as_json: Json = False) -> None:
    """List installed models of the Hub whose repository has a newer commit. Asks the Hub about each of them."""
    from flowsep_plugin.hub import HubClient, HubReference
    from flowsep_plugin.library import shelf
    from flowsep_plugin.models.provenance import read_provenance

    client, rows = HubClient(), []
    for model in shelf():
        record = read_provenance(model.folder)
        if record is None or not record.repository:
            continue
        reference = HubReference(record.repository, record.folder, record.revision or "main")
        row = {"name": model.name, "repository": record.repository, "installed": record.commit}
        try:
            rows.append({**row, "newest": client.info(reference).sha})
        except FlowsepError as error:
            echo(f"{model.name}: {message_of(error)}", err=True)
    new = [row for row in rows if row["newest"] != row["installed"]]
    if as_json:
        echo(json.dumps(new))
        return
    for row in new:
        echo(f"{row['name']}: {row['installed'][:12]} is installed, {row['repository']} has {row['newest'][:12]}\n"
             f"  flowsep models install {row['repository']}")  # fmt: skip
    if not new:
        echo(f"{len(rows)} models of the Hub are installed, all of them up to date")


def push(
    model: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FOLDER", help="An installed model, or a bundle's folder.", autocompletion=complete_models
        ),
    ],
    repository: Annotated[str, typer.Argument(metavar="ORG/NAME", help="Repository of yours, created if needed.")],
    dry_run: Annotated[
        bool, option("--dry-run", help="Write the repository's files to --out, and send nothing.")
    ] = False,
    out: Annotated[
        Path | None,
        option("--out", "-o", metavar="DIR", help="Empty folder for the repository's files.", default="ORG-NAME"),
    ] = None,
    private: Annotated[bool, option("--private", help="Create a private repository.")] = False,
    message: Annotated[str, typer.Option(metavar="TEXT", help="Message of the commit.")] = "",
    yes: Annotated[bool, option("--yes", "-y", help="Upload without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Publish a bundle on the Hugging Face Hub: its files, and a page with metadata from its card."""
    from flowsep_plugin import hub
    from flowsep_plugin.engine.bundle import ModelBundle
    from flowsep_plugin.models import find_model

    reference = hub.HubReference.parse(repository)
    bundle = ModelBundle.open(find_model(model))
    if dry_run:
        folder = out or Path(reference.repository.replace("/", "-"))
        files = hub.prepare_repository(bundle, reference, folder)
        _show_files(files, folder, as_json=as_json)
        return
    client = hub.HubClient()
    with tempfile.TemporaryDirectory(prefix="flowsep-push-") as scratch:
        folder = Path(scratch) / "repository"
        files = hub.prepare_repository(bundle, reference, folder)
        _show_files(files, folder, as_json=False)
        echo(f"to {client.endpoint}/{reference.repository}, {'private' if private else 'visible to everybody'}; "
             f"licence: {bundle.card.licence}", err=as_json)  # fmt: skip
        if not yes:
            if not sys.stdin.isatty():
                raise UsageError(f"publishing on {client.endpoint} needs a yes; confirm with --yes")
            if not typer.confirm("Upload it?", err=as_json):
                raise Cancelled("nothing was uploaded")
        address = hub.upload_repository(folder, reference, client, private=private, message=message)
    echo(json.dumps({"commit": address}) if as_json else f"published: {address}")


def _show_files(files: list[Path], folder: Path, *, as_json: bool) -> None:
    sizes = {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}
    if as_json:
        echo(json.dumps({"folder": str(folder), "files": sizes}))
        return
    echo("\n".join(f"  {name}  {size_text(size)}" for name, size in sizes.items()))
    echo(f"{len(sizes)} files, {size_text(sum(sizes.values()))} in {folder}")
