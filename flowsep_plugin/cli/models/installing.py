"""`flowsep models install`: ready-made bundles from the Hub, published checkpoints by conversion."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowsep_plugin.cli.options import Json, option
from flowsep_plugin.cli.terminal import echo
from flowsep_plugin.errors import UsageError
from flowsep_plugin.untrusted.printable import one_line
from flowsep_plugin.untrusted.regular_file import is_folder

from .downloads import download_report, size_text

if TYPE_CHECKING:
    from flowsep_plugin.hub import RemoteBundle

Yes = Annotated[bool, option("--yes", "-y", help="Download without asking.")]
Offline = Annotated[bool, option("--offline", help="Use the cache of earlier downloads alone.")]


def install(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME|ORG/NAME",
            help="flowsep-v2, flowsep-hive, audiosep or audiosep-hive; or a model on the Hugging Face Hub, "
            "org/name[/folder][@revision].",
        ),
    ],
    yes: Yes = False,
    precision: Annotated[
        str,
        typer.Option(
            metavar="float16|float32", help="Storage of a converted model's weights; float16 is half as large."
        ),
    ] = "float16",
    install_name: Annotated[
        str | None, option("--name", metavar="NAME", help="Name of the installed model.", default="its card's")
    ] = None,
    replace: Annotated[bool, option("--replace", help="Replace another model of the same name.")] = False,
    offline: Offline = False,
    show: Annotated[bool, option("--show", help="Show what would be downloaded, and stop.")] = False,
    as_json: Json = False,
) -> None:
    """Install a model: a bundle from the Hub, ready to run, or a published checkpoint that is converted here.

    flowsep models install org/name
    """
    if "/" not in name:
        if show or offline or install_name is not None or replace:
            raise UsageError(f"{name} is converted from a checkpoint; --name, --replace, --offline and --show are for "
                             "models of the Hub, org/name")  # fmt: skip
        convert(name, yes=yes, precision=precision, as_json=as_json)
        return
    if is_folder(Path(name)):
        raise UsageError(f"{name} is a folder here: flowsep models add {name}")
    from flowsep_plugin.library import published_in

    converted = published_in(name.partition("@")[0])
    if converted is not None:
        if not as_json:
            echo(f"{name} holds a checkpoint, which is converted: flowsep models install {converted}")
        convert(converted, yes=yes, precision=precision, as_json=as_json)
        return
    _install_bundle(
        name, yes=yes, install_name=install_name, replace=replace, offline=offline, show=show, as_json=as_json
    )


def convert(name: str, *, yes: bool, precision: str, as_json: bool) -> None:
    """Download a published checkpoint, convert it and verify it. Needs torch: the extra `export`."""
    import importlib

    from flowsep_plugin.library import is_offline
    from flowsep_plugin.models import models_folder
    from flowsep_plugin.version import install_command

    try:
        exporter = importlib.import_module("flowsep_export.install")
        importlib.import_module("torch")
    except ImportError as error:
        raise UsageError(
            f"converting {name} needs {error.name}: {install_command('export')}, or convert it with "
            "flowsep-export on another machine and copy the folder here with `flowsep models add`"
        ) from error
    model = exporter.find(name)
    if is_offline():
        raise UsageError(
            f"{name} is downloaded, and flowsep is offline; unset FLOWSEP_OFFLINE and HF_HUB_OFFLINE first"
        )
    size_bytes = sum(file.size or 0 for file in model.files)
    size = f"about {size_bytes / 1e9:.1f} GB" if size_bytes else "several GB (the publisher gives no size)"

    def agree(_: Any) -> bool:
        if not as_json:
            echo(f"{name}: {size} to download from {model.files[0].url}\n  licence: {model.licence}")
        return yes or typer.confirm("Download and convert it?", err=as_json)

    folder = models_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with download_report(as_json=as_json) as report:
        bundle = exporter.install(model, folder, agree, report, precision=precision)
    echo(json.dumps({"installed": str(bundle)}) if as_json else f"installed: {bundle}")


def _install_bundle(
    name: str, *, yes: bool, install_name: str | None, replace: bool, offline: bool, show: bool, as_json: bool
) -> None:
    """Install a ready-made bundle of the Hub, after its size and licence were agreed to."""
    from flowsep_plugin import hub

    reference = hub.HubReference.parse(name)
    if show:
        bundle = hub.look_up(reference, hub.HubClient(offline=offline))
        echo(json.dumps(_facts(bundle), ensure_ascii=True) if as_json else _describe(bundle))
        return

    def agree(bundle: "RemoteBundle") -> bool:
        if not as_json:
            echo(_describe(bundle))
        if yes:
            return True
        if not sys.stdin.isatty() and as_json:
            raise UsageError(f"{name} is downloaded after a yes; confirm with --yes")
        return typer.confirm("Install it?", err=as_json)

    with download_report(as_json=as_json) as report:
        folder = hub.install_model(
            reference,
            agree=agree,
            report=lambda progress: report(progress.file, progress.have, progress.total, progress.eta_seconds),
            name=install_name,
            replace=replace,
            offline=offline,
        )
    echo(json.dumps({"installed": str(folder)}) if as_json else f"installed: {folder}\n"
         f"  flowsep separate … --model {folder.name}")  # fmt: skip


def _facts(bundle: "RemoteBundle") -> dict[str, Any]:
    """Return what `--show` prints for programs."""
    return {
        "repository": bundle.reference.repository, "commit": bundle.reference.revision,
        "folder": bundle.reference.folder, "name": bundle.card.name, "version": bundle.card.version,
        "licence": bundle.licences, "size": bundle.size, "missing": bundle.missing, "files": dict(bundle.sizes),
        "source": f"{bundle.endpoint}/{bundle.reference.repository}",
    }  # fmt: skip


def _describe(bundle: "RemoteBundle") -> str:
    """Return what the user agrees to: name, source and commit, size, licence, authors, training data."""
    card, reference = bundle.card, bundle.reference
    have = bundle.size - bundle.missing
    size = f"{size_text(bundle.missing)} to download, {len(bundle.sizes)} files"
    lines = [
        f"{one_line(card.name)} {one_line(card.version)} from {bundle.endpoint}/{reference.repository}",
        f"  commit:  {reference.revision}",
        f"  size:    {size}" + (f"; {size_text(have)} are in the cache" if have else ""),
        f"  licence: {bundle.licences}",
    ]
    lines += [f"  authors: {one_line(', '.join(card.authors))}"] if card.authors else []
    lines += [f"  trained on: {one_line(card.trained_on)}"] if card.trained_on else []
    return "\n".join(lines)
