"""Options that several commands share, each written once, in groups.

A command takes a group as one parameter, and `@with_options` puts every option of the group on the command line:

    @with_options
    def batch(source: Path, request: RequestOptions, model: ModelOptions) -> None: ...

An option that was not typed is None or False in its group, so that defaults are defined in the core alone.
"""

import functools
import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self, get_type_hints

import typer

from flowsep_plugin.errors import UsageError
from flowsep_plugin.render_settings import RENDER_SETTINGS, RenderSettings

from .config.completing import Completer, devices, models, one_of
from .config.defaults import default_of
from .terminal import echo

if TYPE_CHECKING:
    from flowsep_plugin.engine.base import Request

RENDERING, MODEL, FILES = "Rendering", "Model", "Files"
"""Headings of the help pages."""


def option(
    *names: str,
    help: str,
    default: object = None,
    metavar: str = "",
    panel: str | None = None,
    default_from: str | None = None,
    complete: Completer | None = None,
) -> Any:
    """Return the declaration of an option, for `Annotated`.

    default : what holds when the option is not typed, as text for the help.
    metavar : what stands for the value in the help; "" for a flag, which has none.
    default_from : setting that holds when the option is not typed; its environment variable is in the help.
    complete : completer for the shell; that of the values where `metavar` lists them, such as "euler|midpoint".
    """
    variable = f" [env: FLOWSEP_{default_from.rpartition('.')[2].upper()}]" if default_from else ""
    text = help + variable + ("" if default is None else f" [default: {default}]")
    if complete is None and _CHOICES.fullmatch(metavar):
        complete = one_of(metavar.split("|"))
    return typer.Option(
        *names, metavar=metavar, rich_help_panel=panel, help=text.replace("[", r"\["), autocompletion=complete
    )


_CHOICES = re.compile(r"[a-z0-9-]+(\|[a-z0-9-]+)+")
"""Form of a metavar that lists the values of an option."""


Json = Annotated[bool, option("--json", help="Print JSON on stdout, for programs.")]
Here = Annotated[bool, option("--here", help="Separate in this process, not in the background worker.")]
NoRest = Annotated[bool, option("--no-rest", panel=FILES, help="Do not write the rest.")]
Post = Annotated[
    Path | None,
    option("--post", metavar="CHAIN", panel=FILES,
           help="Also write each stem through this chain of effects (.json), as NAME [fx]; see `flowsep effects`."),
]  # fmt: skip
MuteSource = Annotated[bool, option("--mute-source", help="Mute the clips that were separated.")]
AllowCpu = Annotated[
    bool, option("--allow-cpu", panel=MODEL, help="If the device fails, continue on the CPU and report it.")
]
Absent = Annotated[
    str | None,
    option("--absent", metavar="write|leave-out", panel=FILES,
           help="Stems of sounds that are not found: write them, or leave them out; their share is in the rest then.",
           default="write; leave-out in sessions and DAWs"),
]  # fmt: skip
Threads = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        rich_help_panel=MODEL,
        help=r"CPU threads, 1 or more. \[env: FLOWSEP_THREADS] \[default: all cores]",
    ),
]
StemFolder = Annotated[
    Path | None,
    option("--out", "-o", metavar="DIR", panel=FILES, default_from="separation.out", default="the input's folder",
           help="Folder for the stems."),
]  # fmt: skip
OldSeedCount = Annotated[
    int | None, typer.Option("--takes", hidden=True, callback=lambda count: _old_name(count, "--takes", "--seed-count"))
]


class OptionGroup:
    """Base of the groups; a group is a dataclass whose fields are options or other groups."""

    @classmethod
    def parameters(cls) -> list[inspect.Parameter]:
        """Return the options as parameters of a command."""
        hints = get_type_hints(cls, include_extras=True)
        parameters: list[inspect.Parameter] = []
        for own in fields(cls):  # type: ignore[arg-type]
            hint = hints[own.name]
            parameters += hint.parameters() if _is_group(hint) else [_parameter(own.name, hint, own.default)]
        return parameters

    @classmethod
    def take_from(cls, values: dict[str, Any]) -> Self:
        """Build the group from its options in `values`, and remove them there."""
        hints = get_type_hints(cls, include_extras=True)
        return cls(**{
            own.name: hints[own.name].take_from(values) if _is_group(hints[own.name]) else values.pop(own.name)
            for own in fields(cls)  # type: ignore[arg-type]
        })  # fmt: skip

    def typed(self) -> dict[str, Any]:
        """Return the options that were typed: field -> value."""
        own = {own.name: getattr(self, own.name) for own in fields(self)}  # type: ignore[arg-type]
        return {name: value for name, value in own.items() if not (value is None or value is False)}

    def typed_options(self) -> list[str]:
        """Return the spellings, such as "--reduce-db", of the options that were typed."""
        spellings = {parameter.name: _spelling(parameter) for parameter in type(self).parameters()}
        return [spellings[name] for name in self.typed() if name in spellings]


class RenderOptions(OptionGroup):
    """An option for every render setting."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    @classmethod
    def parameters(cls) -> list[inspect.Parameter]:
        """Return the options as parameters of a command."""
        return [
            _parameter(
                setting.name,
                Annotated[
                    setting.type | None,
                    option(
                        setting.option_name,
                        help=setting.option_help,
                        metavar="|".join(setting.values) or setting.unit.upper() or "X",
                        panel=RENDERING,
                    ),
                ],
                None,
            )
            for setting in RENDER_SETTINGS
        ]

    @classmethod
    def take_from(cls, values: dict[str, Any]) -> Self:
        """Build the group from its options in `values`, and remove them there."""
        return cls({setting.name: values.pop(setting.name) for setting in RENDER_SETTINGS})

    def typed(self) -> dict[str, Any]:
        """Return the options that were typed: setting -> value."""
        return {name: value for name, value in self._values.items() if value is not None}

    def settings(self) -> RenderSettings:
        """Return the render settings; raises UsageError for a value that is not allowed."""
        return RenderSettings(**self.typed())


@dataclass(frozen=True, kw_only=True)
class RequestOptions(OptionGroup):
    """Options of a request: queries, inference, rendering."""

    queries: Annotated[
        list[str] | None,
        option("--query", "-q", metavar="SOUND", help='A sound to take out, such as "a dog barking"; repeat for more.'),
    ] = None
    negative: Annotated[
        list[str] | None,
        option(
            "--not", metavar="SOUND", help="A sound to keep out of the stems; it stays in the rest. Repeat for more."
        ),
    ] = None
    at: Annotated[
        list[str] | None,
        option("--at", metavar='"SOUND: TIME-TIME, …"',
               help='Where a sound is, such as "dog: 1.5-2, 0:07-0:07.5": its stem is open there. Repeat for more.'),
    ] = None  # fmt: skip
    not_at: Annotated[
        list[str] | None,
        option("--not-at", metavar='"SOUND: TIME-TIME, …"',
               help="Where it is not: its stem is silent there. Repeat for more."),
    ] = None  # fmt: skip
    render: RenderOptions = field(default_factory=lambda: RenderOptions({}))
    stem_settings: Annotated[
        list[str] | None,
        option("--for", metavar='"SOUND: NAME=X, …"', panel=RENDERING,
               help='Rendering options of one sound, such as "rain: strength=2, reduce-db=12"; repeat for more.'),
    ] = None  # fmt: skip
    draft: Annotated[bool, option("--draft", panel=MODEL, help="Use as few flow steps as the model allows.")] = False
    steps: Annotated[
        int | None,
        option(
            "--steps", metavar="N", panel=MODEL, help="Flow steps, 1 to 200: more is slower.", default="the model's"
        ),
    ] = None
    solver: Annotated[
        str | None,
        option("--solver", metavar="euler|midpoint", panel=MODEL, help="Flow solver.", default="the model's"),
    ] = None
    seed: Annotated[
        int | None,
        option("--seed", metavar="N", panel=MODEL, help="Start of the noise: same seed, same stems.", default=0),
    ] = None
    seed_count: Annotated[
        int | None,
        option("--seed-count", metavar="N", panel=MODEL, default=1,
               help="Average over this many seeds, 1 to 16: steadier, and as many times slower."),
    ] = None  # fmt: skip

    def request(self, fallback: Sequence[str] = ()) -> "Request":
        """Return the request; `fallback` are its queries where none was typed. Raises UsageError."""
        from flowsep_plugin.engine.base import Request, render_by_query

        from .pointing import parse_hints
        from .stem_settings import parse_stem_settings

        typed, common = {"queries": fallback, **self.typed()}, self.render.settings()
        by_sound = parse_stem_settings(typed.pop("stem_settings", ()), common)
        pointed = typed.pop("at", ()), typed.pop("not_at", ())
        request = Request(**{**typed, "render": common})
        hints = parse_hints(*pointed, request.queries)
        return replace(request, stem_render=render_by_query(by_sound, request.queries), hints=hints)

    def sounds_with_settings(self) -> list[str]:
        """Return the sounds that `--for` names. Raises UsageError."""
        from .stem_settings import parse_stem_settings

        return list(parse_stem_settings(self.stem_settings or (), RenderSettings()))

    def typed_options(self) -> list[str]:
        """Return the spellings of the options that were typed, those of render settings too."""
        return [*super().typed_options(), *self.render.typed_options()]


@dataclass(frozen=True, kw_only=True)
class ModelOptions(OptionGroup):
    """Which model runs on which device."""

    model: Annotated[
        str | None,
        option("--model", "-m", metavar="NAME|FOLDER", panel=MODEL, default_from="separation.model", complete=models,
               help="An installed model or a bundle's folder; `flowsep models list` marks the default with *."),
    ] = None  # fmt: skip
    device_name: Annotated[
        str | None,
        option("--device", "-d", metavar="DEVICE", panel=MODEL, default_from="separation.device", default="auto",
               complete=devices, help="auto, cpu, cuda, tensorrt, coreml or directml."),
    ] = None  # fmt: skip

    @property
    def name(self) -> str:
        """The model's name or folder. Raises UsageError for a wrong setting or variable."""
        return self.model or str(default_of("separation.model"))

    @property
    def device(self) -> str:
        """The device's name. Raises UsageError for a wrong setting or variable."""
        return self.device_name or str(default_of("separation.device"))


@dataclass(frozen=True, kw_only=True)
class FileOptions(OptionGroup):
    """How stems and rest are written."""

    format: Annotated[
        str | None,
        option("--format", metavar="wav24|wav32f|flac24", panel=FILES, default="wav24",
               help="Format of the stems: WAV with 24 bits or 32-bit float, or FLAC with 24 bits. Typed, it is kept; "
               "else clips that pass full scale get 32-bit float files."),
    ] = None  # fmt: skip
    no_rest: NoRest = False
    absent: Absent = None

    @property
    def format_name(self) -> Any:
        """The format's name; `FileRequest` checks it."""
        return self.format or "wav24"

    def clipping_remark(self) -> str | None:
        """Return what a typed format does to clips that pass full scale; None where it does nothing."""
        if self.format not in ("wav24", "flac24"):
            return None
        return (
            f"--format {self.format} is kept: stems of clips that pass full scale are clipped and do not sum to them; "
            "leave it out to have 32-bit float files for those"
        )


@dataclass(frozen=True, kw_only=True)
class VideoOptions(OptionGroup):
    """Which sound of a video is separated, and what is put back into a copy of it."""

    stream: Annotated[
        str | None,
        option("--stream", metavar="N|LANG", panel=FILES, default="the file's own",
               help="Sound stream of a video: its number, from 1, or its language, such as eng."),
    ] = None  # fmt: skip
    mux: Annotated[
        str | None,
        option("--mux", metavar="stems|rest|all", panel=FILES,
               help="Also write a copy of the video with these as new sound tracks; the picture is not touched."),
    ] = None  # fmt: skip
    mux_replace: Annotated[
        bool, option("--mux-replace", panel=FILES, help="With --mux: the new tracks replace the sound.")
    ] = False

    def fields(self) -> dict[str, Any]:
        """Return the fields of `FileRequest` that these options set."""
        return {"stream": self.stream, "mux": self.mux, "mux_replace": self.mux_replace}


def absent_policy(typed: str | None, default: str) -> Any:
    """Return the typed policy for absent sounds under its name in the core, or `default`; raises UsageError."""
    from flowsep_plugin.files import ABSENT_POLICIES

    name = (typed or default).replace("-", "_")
    if name not in ABSENT_POLICIES:
        raise UsageError(f"--absent must be write or leave-out; got {typed!r}")
    return name


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """Return `command` with every parameter that is an option group replaced by the group's options."""
    signature = inspect.signature(command, eval_str=True)
    groups = {own.name: own.annotation for own in signature.parameters.values() if _is_group(own.annotation)}
    parameters: list[inspect.Parameter] = []
    for own in signature.parameters.values():
        expanded = groups[own.name].parameters() if own.name in groups else [own]
        parameters += [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in expanded]

    @functools.wraps(command)
    def run(**values: Any) -> None:
        command(**{name: group.take_from(values) for name, group in groups.items()}, **values)

    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {own.name: own.annotation for own in parameters}
    return run


def _is_group(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, OptionGroup)


def _parameter(name: str, hint: Any, default: Any) -> inspect.Parameter:
    default = inspect.Parameter.empty if default is MISSING else default
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint)


def _spelling(parameter: inspect.Parameter) -> str:
    """Return the long name of an option, such as "--query"."""
    (declaration,) = parameter.annotation.__metadata__
    return str(declaration.default)


def _old_name(value: int | None, old: str, new: str) -> int | None:
    """Return `value`; warn on stderr that the option has another name now, where it is typed."""
    if value is not None:
        echo(f"{old} is now {new}; the old name will be removed in the next release", err=True)
    return value
