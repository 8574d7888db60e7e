"""`flowsep effects`: the effects that a chain can have; and `--post`, which sends stems through one."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from flowsep_plugin.errors import UsageError
from flowsep_plugin.progress import ProgressCallback

from .options import Json, option
from .terminal import echo

if TYPE_CHECKING:
    from flowsep_plugin.effects import EffectChain, EffectHost, EffectInfo, ParameterInfo
    from flowsep_plugin.files import FileSeparation
    from flowsep_plugin.jobs.batch.run import BatchRunner

app = typer.Typer(no_args_is_help=True, help="List the effects that a chain for `--post` can have, and their values.")

_SHARE: Final = 0.1
"""Share of effects in the progress of a separation that has them."""

Folders = Annotated[
    list[Path] | None,
    option("--folder", metavar="DIR", help="Also look for plug-ins in this folder and below it; repeat for more."),
]


@app.command("list")
def list_effects(folder: Folders = None, as_json: Json = False) -> None:
    """List Pedalboard's own effects, and the plug-ins on this computer; loads none of them."""
    from flowsep_plugin.effects.catalog import builtin_effects, find_plugins
    from flowsep_plugin.effects.folders import standard_folders
    from flowsep_plugin.effects.scans import ScanCache

    plugins = find_plugins([*standard_folders(), *(folder or ())])
    reasons = {path: ScanCache.default().reason(path) for path in plugins}
    if as_json:
        own = [info.as_json() for info in builtin_effects()]
        files = [{"path": str(path), "problem": reasons[path]} for path in plugins]
        echo(json.dumps({"effects": own, "plugins": files}))
        return
    for line in _lines(builtin_effects()):
        echo(line)
    for path in plugins:
        echo(f"{path}{f'   ({reasons[path]})' if reasons[path] else ''}")


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="NAME|PATH", help="An effect of Pedalboard, or a plug-in's file.")],
    again: Annotated[
        bool, option("--again", help="Load the plug-in, though its values are known or it crashed the last time.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show the values of an effect with their ranges, and a chain with it.

    flowsep effects show Reverb
    """
    infos = _infos(name, again=again)
    if as_json:
        echo(json.dumps([info.as_json() for info in infos]))
        return
    for info in infos:
        for line in _details(info):
            echo(line)


def post_chain(path: Path | None) -> "EffectChain | None":
    """Return the chain of `--post`, None where it was not typed. Raises MediaError, UsageError."""
    if path is None:
        return None
    from flowsep_plugin.effects import EffectChain

    return EffectChain.load(path)


def with_post(runner: "BatchRunner", chain: "EffectChain | None") -> "BatchRunner":
    """Return `runner`, with `chain` on every stem where there is one."""
    if chain is None:
        return runner
    from flowsep_plugin.effects.runner import EffectRunner

    return EffectRunner(runner, chain)


def effect_host(chain: "EffectChain | None", stack: ExitStack) -> "EffectHost | None":
    """Return a host that can run `chain`, None without one; `stack` closes it.

    Raises UsageError without Pedalboard or for a chain that does not fit, EffectError for an effect that fails.
    """
    if chain is None:
        return None
    from flowsep_plugin.effects import EffectHost
    from flowsep_plugin.effects.stems import check_on_host

    host = stack.enter_context(EffectHost())
    check_on_host(chain, host)
    return host


def with_effects(
    host: "EffectHost | None",
    chain: "EffectChain | None",
    separation: "FileSeparation",
    report: ProgressCallback,
    *,
    overwrite: bool,
) -> Mapping[str, Any]:
    """Write the stems of `separation` through `chain` too, where there is one; returns the receipt's content."""
    if host is None or chain is None:
        return separation.record
    from flowsep_plugin.effects.stems import add_wet_stems

    return add_wet_stems(
        host, chain, separation.stems, separation.receipt, separation.record, overwrite=overwrite,
        progress=lambda own: report(replace(own, overall=1 - _SHARE + _SHARE * own.of_stage)),
    ).record  # fmt: skip


def before_effects(report: ProgressCallback, chain: "EffectChain | None") -> ProgressCallback:
    """Return the callback of a separation that effects follow, where there is a chain: its end is not the whole."""
    return report if chain is None else lambda own: report(replace(own, overall=(1 - _SHARE) * own.fraction))


def _infos(name: str, *, again: bool) -> "tuple[EffectInfo, ...]":
    from flowsep_plugin.effects.catalog import BUILTINS_BY_NAME, plugin_info
    from flowsep_plugin.effects.folders import SUFFIXES
    from flowsep_plugin.suggest import did_you_mean

    if Path(name).suffix.lower() in SUFFIXES:
        return plugin_info(name, again=again)
    if name not in BUILTINS_BY_NAME:
        hint = did_you_mean(name, BUILTINS_BY_NAME) or "; `flowsep effects list` lists them"
        raise UsageError(f"Pedalboard has no effect {name!r}, and it is not a .vst3 or .component{hint}")
    return (BUILTINS_BY_NAME[name],)


def _lines(infos: "tuple[EffectInfo, ...]") -> Iterator[str]:
    category = ""
    for info in infos:
        yield f"{info.category if info.category != category else '':<11} {info.name:<22} {info.summary}"
        category = info.category


def _details(info: "EffectInfo") -> Iterator[str]:
    version = f" {info.version}" if info.version else ""
    yield f"{info.name}: {info.summary or info.category} ({info.vendor}{version})"
    for parameter in info.parameters:
        default = f"default {_text(parameter.default)} {parameter.unit}".rstrip()
        yield f"  {parameter.name:<26} {_range(parameter):<34} {default}"
    slot: dict[str, Any] = {"effect": info.name, **({} if info.path is None else {"path": str(info.path)})}
    slot["parameters"] = {parameter.name: parameter.default for parameter in info.parameters[:1]}
    yield json.dumps({"format": "flowsep effects", "version": 1, "effects": [slot]})


def _range(parameter: "ParameterInfo") -> str:
    if parameter.kind == "number":
        return f"{parameter.low:g} to {parameter.high:g} {parameter.unit}".rstrip()
    if parameter.kind == "switch":
        return "true or false"
    return ", ".join(parameter.choices) if parameter.choices else parameter.kind


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else json.dumps(value)


def register(root: typer.Typer) -> None:
    """Add these commands to the root."""
    root.add_typer(app, name="effects")
