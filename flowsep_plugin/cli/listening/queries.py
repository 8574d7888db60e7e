"""`--found [N]`: what is heard in a file becomes its queries."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from flowsep_plugin.audio.span import Span
from flowsep_plugin.cli.options import RequestOptions, option
from flowsep_plugin.errors import UsageError
from flowsep_plugin.progress import ProgressCallback

if TYPE_CHECKING:
    from flowsep_plugin.engine.base import Request
    from flowsep_plugin.listening import Listener

FoundCount = Annotated[
    int | None,
    option("--found", metavar="[N]", help="Separate the first N sounds that `flowsep listen` is sure of, 3 if no N is "
           "typed, instead of typed ones."),
]  # fmt: skip
DEFAULT_COUNT = "3"
MOST = 16


def with_count(line: list[str]) -> list[str]:
    """Return the command line with a number after every `--found` that has none; typer has no optional values."""
    counted: list[str] = []
    for place, word in enumerate(line):
        counted.append(word)
        following = line[place + 1] if place + 1 < len(line) else ""
        if word == "--":
            return counted + line[place + 1 :]
        if word == "--found" and not following.lstrip("-").isdecimal():
            counted.append(DEFAULT_COUNT)
    return counted


def check_found(count: int | None, request: RequestOptions) -> None:
    """Raise UsageError for a count that is not allowed, or for typed queries beside it."""
    if count is None:
        return
    if not 1 <= count <= MOST:
        raise UsageError(f"--found takes a number of sounds from 1 to {MOST}; got {count}")
    typed = [name for name in ("--query", "--for", "--at", "--not-at") if name in request.typed_options()]
    if typed:
        raise UsageError(f"--found and {typed[0]} cannot be combined; drop one")


def heard_queries(
    listener: "Listener", path: Path, count: int, progress: ProgressCallback, *,
    span: Span | None = None, stream: str | None = None, channels: tuple[int, ...] | None = None,
) -> tuple[str, ...]:  # fmt: skip
    """Return the captions of the first `count` sounds that are heard surely in a file, or in its `span`.

    Raises UsageError where there are none, and as `Listener.listen`.
    """
    from flowsep_plugin.listening.part import SourcePart
    from flowsep_plugin.media import open_media

    with open_media(path, stream=stream) as source:
        part = SourcePart(source, span or Span(0, source.frames, source.rate), channels)
        result = listener.listen(part, progress=progress)
    queries = result.queries(count)
    if not queries:
        doubtful = ", ".join(result.captions[:3])
        raise UsageError(
            f"{path.name}: nothing is heard"
            + (" in it, it is silent" if result.is_silent else f" surely, only perhaps {doubtful}" if doubtful else "")
            + "; name a sound",
            setting="queries",
        )
    return queries


def with_heard(request: "Request", queries: tuple[str, ...]) -> "Request":
    """Return the request with the heard `queries`; one that is also kept out by `--not` is left out."""
    from flowsep_plugin.queries import query_key

    kept_out = {query_key(query) for query in request.negative}
    queries_of_file = [query for query in queries if query_key(query) not in kept_out]
    if not queries_of_file:
        raise UsageError("all that is heard is also kept out; name a sound", setting="queries")
    return request.with_queries(queries_of_file)
