"""`flowsep listen`: what is in audio files, videos and the clips of sessions."""

import json
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowsep_plugin.cli.app import fail
from flowsep_plugin.cli.config.defaults import thread_count
from flowsep_plugin.cli.options import FILES, ModelOptions, Threads, option, with_options
from flowsep_plugin.cli.reporters import Reporter, choose_reporter
from flowsep_plugin.cli.stopping import Stop, stoppable
from flowsep_plugin.cli.terminal import echo
from flowsep_plugin.cli.ways_out import message_of
from flowsep_plugin.errors import FlowsepError, MediaError, SessionError, UsageError

from .text import clip_lines, file_lines

if TYPE_CHECKING:
    from flowsep_plugin.listening import Listener


_MOST, _LEAST_SURE = 10, 0.1
"""Sounds that are listed where `--top` is not typed: one in twenty of less chance is there."""


@dataclass(frozen=True, slots=True)
class _Limits:
    """The sounds of each file or clip to list: how many at most, and the least chance of each, 0..1."""

    top: int
    least_sure: float


@with_options
def listen(
    *,
    inputs: Annotated[list[Path], typer.Argument(metavar="CLIP|SESSION…", help="Audio files, videos, sessions.")],
    top: Annotated[
        int | None,
        option("--top", metavar="N", default="10, without those of little chance",
               help="Most sounds of each file or clip."),
    ] = None,
    model: ModelOptions,
    threads: Threads = None,
    stream: Annotated[
        str | None,
        option("--stream", metavar="N|LANG", panel=FILES, default="the file's own",
               help="Sound stream of a video: its number, from 1, or its language, such as eng."),
    ] = None,
    as_json: Annotated[bool, option("--json", help="Print one JSON object a file on stdout, for programs.")] = False,
    quiet: Annotated[bool, option("--quiet", help="Print no progress.")] = False,
) -> None:  # fmt: skip
    """List the sounds of clips: what, when, how loud, how sure. What it prints can be typed as a query.

    flowsep listen field.wav --top 5
    """
    from flowsep_plugin.listening import Listener

    code, limits = 0, _Limits(_MOST, _LEAST_SURE) if top is None else _Limits(top, 0.0)
    with choose_reporter(as_json=False, quiet=quiet or as_json) as reporter, ExitStack() as stack:
        stop = stack.enter_context(stoppable(reporter.note))
        listener = stack.enter_context(Listener.open(model.name, model.device, threads=thread_count(threads)))
        for number, path in enumerate(inputs, start=1):
            stop.check()
            reporter.begin(path, number, len(inputs))
            try:
                lines, record = _listen(listener, path, limits, stream, reporter, stop)
            except (MediaError, SessionError, UsageError) as error:
                code = code or _failed(path, error, is_only=len(inputs) == 1, as_json=as_json)
                continue
            echo("\n".join([json.dumps(record)] if as_json else lines))
    if code:
        raise typer.Exit(code)


def _listen(
    listener: "Listener", path: Path, limits: "_Limits", stream: str | None, reporter: Reporter, stop: Stop
) -> tuple[list[str], dict[str, Any]]:
    """Return what is heard in one input, as lines and as a JSON object."""
    from flowsep_plugin.media import open_media
    from flowsep_plugin.timeline import session_suffixes

    progress = stop.before(reporter.progress)
    if path.suffix.lower() in session_suffixes(lists=False):
        if stream is not None:
            raise UsageError(f"{path.name} is a session, whose clips name their streams; choose none", setting="stream")
        return _listen_to_session(listener, path, limits, progress)
    with open_media(path, stream=stream) as source:
        result = listener.listen(source, top=limits.top, least_sure=limits.least_sure, progress=progress)
    return list(file_lines(path.name, result)), {"input": str(path), **result.as_json()}


def _listen_to_session(
    listener: "Listener", path: Path, limits: "_Limits", progress: Any
) -> tuple[list[str], dict[str, Any]]:
    from flowsep_plugin.hosts.session_listening import listen_to_session
    from flowsep_plugin.timeline import read_session

    timeline = read_session(path)
    lines, clips = [f"{timeline.name}"], []
    arguments = {"top": limits.top, "least_sure": limits.least_sure, "progress": progress}
    for clip in listen_to_session(listener, timeline, path.absolute(), **arguments):
        lines += clip_lines(clip)
        record = {"why_not": clip.why_not, "sounds": []} if clip.result is None else clip.result.as_json()
        for sound, plain in zip(clip.result or (), record["sounds"], strict=True):
            plain["session_seconds"] = [[round(edge, 6) for edge in clip.seconds_of(span)] for span in sound.spans]
        clips.append({"track": clip.track.name, "id": clip.clip.id, "name": clip.clip.name, **record})
    return lines, {"input": str(path), "clips": clips}


def _failed(path: Path, error: FlowsepError, *, is_only: bool, as_json: bool) -> int:
    """Report an input that cannot be listened to; return its exit code. Raises the error of the only input."""
    if as_json:
        kind = type(error).__name__
        echo(
            json.dumps({"input": str(path), "error": kind, "message": message_of(error), "exit_code": error.exit_code})
        )
    if is_only:
        raise error
    return fail(error)


def register(app: typer.Typer) -> None:
    """Add `flowsep listen` to the root."""
    app.command("listen")(listen)
