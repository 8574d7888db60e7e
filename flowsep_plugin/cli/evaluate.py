"""`flowsep evaluate`: measure a model on your own recordings or on published lists."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowsep_plugin.errors import MediaError, UsageError

from .config.defaults import thread_count
from .options import Json, ModelOptions, OldSeedCount, OptionGroup, Threads, option, with_options
from .reporters import clock
from .stopping import Stop, stoppable
from .terminal import echo

if TYPE_CHECKING:
    from flowsep_plugin.evaluate import MixtureSeparator, Trial
    from flowsep_plugin.evaluate.embeddings import AudioEmbedding, ClapScore
    from flowsep_plugin.separate import Separator

_MIXTURES, _ROWS, _LISTENERS = "Mixtures", "Rows of the table", "Listening models"


@dataclass(frozen=True, kw_only=True)
class MixtureOptions(OptionGroup):
    """Options of the mixtures: protocol, folder, number, length, rate and seed."""

    protocol: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            rich_help_panel=_MIXTURES,
            help="How mixtures are made: esc, dcase, music, speech or absent; or audiosep-list or dcase-list for a "
            "published list, which prescribes them.",
        ),
    ] = "esc"
    audio: Annotated[
        Path | None,
        option(
            "--audio",
            metavar="DIR",
            panel=_MIXTURES,
            help="Folder of the CSV's files.",
            default="the CSV's folder",
        ),
    ] = None
    limit: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            rich_help_panel=_MIXTURES,
            help=r"At most N mixtures, spread over the CSV; 1 or more. \[default: all]",
        ),
    ] = None
    seconds: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0.1, rich_help_panel=_MIXTURES, help="Longest mixture, 0.1 or more."),
    ] = 10.0
    rate: Annotated[
        int,
        typer.Option(
            metavar="HZ",
            min=8000,
            max=192_000,
            rich_help_panel=_MIXTURES,
            help="Sample rate, 8000 to 192000 Hz; published AudioSep results use 32000.",
        ),
    ] = 32_000
    seed: Annotated[int, typer.Option(metavar="N", rich_help_panel=_MIXTURES, help="Same seed, same mixtures.")] = 0

    def trials(self, table: Path) -> "list[Trial]":
        """Return the trials of a protocol on the sounds of `table`, or of a published list. Raises UsageError."""
        from flowsep_plugin import evaluate as core

        if self.protocol in core.PAIR_READERS:
            return core.listed_trials(core.PAIR_READERS[self.protocol](table, self.audio), limit=self.limit)
        if self.protocol not in core.PROTOCOLS:
            names = ", ".join([*core.PROTOCOLS, *core.PAIR_READERS])
            raise UsageError(f"no protocol is called {self.protocol!r}; choose one of {names}")
        sounds = core.read_sounds(table, self.audio)
        return core.draw_trials(self.protocol, sounds, seed=self.seed, limit=self.limit, seconds=self.seconds)


@dataclass(frozen=True, kw_only=True)
class ListeningOptions(OptionGroup):
    """ONNX graphs of the user that judge estimates by listening."""

    embedding: Annotated[
        Path | None,
        option("--embedding", metavar="ONNX", panel=_LISTENERS, help="Waveform to embedding, for a Fréchet distance."),
    ] = None
    embedding_rate: Annotated[
        int, typer.Option(metavar="HZ", min=1, rich_help_panel=_LISTENERS, help="Its sample rate, in Hz.")
    ] = 16_000
    clap_audio: Annotated[
        Path | None,
        option("--clap-audio", metavar="ONNX", panel=_LISTENERS, help="CLAP's audio graph, for a CLAPScore."),
    ] = None
    clap_text: Annotated[
        Path | None, option("--clap-text", metavar="ONNX", panel=_LISTENERS, help="CLAP's text graph.")
    ] = None
    clap_tokenizer: Annotated[
        Path | None, option("--clap-tokenizer", metavar="JSON", panel=_LISTENERS, help="CLAP's tokenizer.json.")
    ] = None
    clap_rate: Annotated[
        int, typer.Option(metavar="HZ", min=1, rich_help_panel=_LISTENERS, help="CLAP's sample rate, in Hz.")
    ] = 48_000

    def open(self) -> "tuple[AudioEmbedding | None, ClapScore | None]":
        """Open the graphs. Raises UsageError where some but not all of CLAP's files are named."""
        from flowsep_plugin.evaluate.embeddings import AudioEmbedding, ClapScore, TextEmbedding

        embedding = None if self.embedding is None else AudioEmbedding(self.embedding, self.embedding_rate)
        audio, text, tokenizer = self.clap_audio, self.clap_text, self.clap_tokenizer
        if audio is None or text is None or tokenizer is None:
            if audio or text or tokenizer:
                raise UsageError("a CLAPScore needs all of --clap-audio, --clap-text and --clap-tokenizer")
            return embedding, None
        return embedding, ClapScore(AudioEmbedding(audio, self.clap_rate), TextEmbedding(text, tokenizer))


@with_options
def evaluate(
    *,
    table: Annotated[
        Path,
        typer.Argument(metavar="CSV", help="Sounds: path,label,caption,domain; or a published list."),
    ],
    mixtures: MixtureOptions,
    model: ModelOptions,
    threads: Threads = None,
    steps: Annotated[
        list[int] | None,
        option("--steps", metavar="N", panel=_ROWS, help="A row with N flow steps, 1 to 200; repeat for more.",
               default="the model's"),
    ] = None,
    seed_count: Annotated[
        int, typer.Option(metavar="N", rich_help_panel=_ROWS, help="Seeds that the model averages over, 1 to 16.")
    ] = 1,
    takes: OldSeedCount = None,
    no_oracles: Annotated[bool, option("--no-oracles", panel=_ROWS, help="Omit the rows of perfect masks.")] = False,
    listening: ListeningOptions,
    out: Annotated[
        Path | None, option("--out", "-o", metavar="DIR", help="Also write results.md and results.json to this folder.")
    ] = None,
    as_json: Json = False,
    quiet: Annotated[bool, option("--quiet", help="Print no progress.")] = False,
) -> None:  # fmt: skip
    """Measure a model's SDR, SDRi, SI-SDR and more as published results do, next to the mixture and two oracles."""
    from flowsep_plugin import evaluate as core
    from flowsep_plugin.separate import Separator

    trials = mixtures.trials(table)
    embedding, clap = listening.open()
    separator = Separator.open(model.name, model.device, threads=thread_count(threads))
    seed_count = seed_count if takes is None else takes
    rows = _rows(separator, steps or [separator.engine.card.steps], seed_count, oracles=not no_oracles)
    with stoppable(_note) as stop:
        progress = _progress(stop, quiet=quiet or as_json)
        results = core.measure(trials, rows, rate=mixtures.rate, embedding=embedding, clap=clap, report=progress)
    card = separator.engine.card
    about = {
        "protocol": mixtures.protocol, "table": table.name, "mixtures": len(trials), "rate": mixtures.rate,
        "seed": mixtures.seed, "model": f"{card.name} {card.version}", "provider": separator.engine.provider,
        "takes": seed_count,
    }  # fmt: skip
    page = core.markdown(results, about, absent=mixtures.protocol == "absent")
    record = core.as_json(results, about)
    if out is not None:
        _write(out, {"results.md": page, "results.json": json.dumps(record, indent=1, ensure_ascii=False) + "\n"})
    echo(json.dumps(record) if as_json else page, nl=as_json)


def _rows(separator: "Separator", steps: list[int], seed_count: int, *, oracles: bool) -> "dict[str, MixtureSeparator]":
    """Return the table's rows: the mixture, the model at every number of steps, and the oracles unless omitted."""
    from flowsep_plugin import evaluate as core

    rows: dict[str, MixtureSeparator] = {"unprocessed": core.unprocessed}
    for count in dict.fromkeys(steps):
        name = f"{separator.engine.card.name}, {count} step{'s' if count > 1 else ''}"
        rows[name] = core.ModelSeparator(separator, {"steps": count, "seed_count": seed_count})
    if oracles:
        rows["oracle mel mask"] = core.OracleMel(separator.engine)
        rows["oracle STFT mask"] = core.oracle_stft
    return rows


def _progress(stop: Stop, *, quiet: bool) -> Callable[[int, int], None]:
    """Return a progress callback that prints a line every few seconds and raises Cancelled after Ctrl-C."""
    start_s = printed_s = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal printed_s
        stop.check()
        now_s = time.monotonic()
        if not quiet and (now_s - printed_s > 5 or done == total):
            printed_s = now_s
            _note(f"{done} of {total} mixtures, {clock((now_s - start_s) / done * (total - done))} left")

    return report


def _note(line: str) -> None:
    echo(line, err=True)


def _write(folder: Path, pages: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise MediaError(f"{folder}: the results cannot be written ({error.strerror}); choose another --out") from error
