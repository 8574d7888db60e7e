"""`flowsep doctor`: checks the installation, the devices and a model."""

import json
from pathlib import Path
from typing import Annotated

import typer

from flowsep_plugin.errors import UsageError

from .options import ModelOptions, with_options
from .terminal import echo


@with_options
def doctor(
    *,
    model: ModelOptions,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout.")] = False,
    bundle: Annotated[
        Path | None, typer.Option(metavar="FILE.zip", help="Write a support archive, without audio, names and secrets.")
    ] = None,
    with_names: Annotated[
        bool,
        typer.Option(
            "--with-names",
            help="Include names of clips, queries and error messages in the archive: its reader sees what you work on.",
        ),
    ] = False,
) -> None:
    """Check what a separation needs: packages, devices, model; print what is missing and the command that installs it.

    The exit code is 0 where a separation would run, else the code that it would end with.
    """
    from flowsep_plugin.doctor import examine, verdict

    if with_names and bundle is None:
        raise UsageError("--with-names is for a support archive; add --bundle FILE.zip")
    if bundle is not None:
        from flowsep_plugin.jobs.worker.support import check_archive_path, write_support_archive

        check_archive_path(bundle)
    findings = list(examine(model.name, model.device))
    code = verdict(findings)
    if bundle is not None:
        write_support_archive(bundle, {"findings": [finding.as_json() for finding in findings]}, with_names=with_names)
    if as_json:
        echo(json.dumps({"findings": [finding.as_json() for finding in findings], "exit_code": code}))
        raise typer.Exit(code)
    marks = {"good": "ok  ", "missing": "-   ", "broken": "FAIL"}
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        echo(f"{marks[finding.state]} {finding.name:<{width}}  {finding.text}")
        if finding.remedy:
            echo(f"     {'':<{width}} -> {finding.remedy}")
    echo("ready" if code == 0 else "not ready: see FAIL above")
    raise typer.Exit(code)
