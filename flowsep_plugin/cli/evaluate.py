"""`flowsep evaluate`: how well a model separates, on your own recordings or on published lists."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowsep_plugin.errors import MediaError, UsageError

from .options import OldSeedCount
from .reporters import clock
from .stopping import Stop, stoppable

if TYPE_CHECKING:
    from flowsep_plugin.evaluate import Answer, Trial
    from flowsep_plugin.evaluate.embeddings import AudioEmbedding, ClapScore
    from flowsep_plugin.separate import Separator

_MIXTURES, _ROWS, _EARS = "Mixtures", "Rows", "Listening models"


def evaluate(
    table: Annotated[Path, typer.Argument(metavar="CSV", help="path,label,caption,domain; or a published list.")],
    protocol: Annotated[
        str,
        typer.Option(
            metavar="esc|dcase|music|speech|absent|audiosep-list|dcase-list",
            rich_help_panel=_MIXTURES,
            help="What is mixed with what; the lists prescribe it themselves.",
        ),
    ] = "esc",
    audio: Annotated[
        Path | None, typer.Option(metavar="DIR", rich_help_panel=_MIXTURES, help="Folder that paths are relative to.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, rich_help_panel=_MIXTURES, help="At most N mixtures, spread out.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.1, rich_help_panel=_MIXTURES, help="Longest mixture.")] = 10.0,
    rate: Annotated[
        int, typer.Option(metavar="HZ", min=8000, max=192_000, rich_help_panel=_MIXTURES, help="AudioSep's is 32000.")
    ] = 32_000,
    seed: Annotated[int, typer.Option(rich_help_panel=_MIXTURES, help="Same seed, same mixtures.")] = 0,
    model: Annotated[str, typer.Option(metavar="NAME|FOLDER", rich_help_panel=_ROWS)] = "default",
    device: Annotated[str, typer.Option(metavar="DEVICE", rich_help_panel=_ROWS)] = "auto",
    threads: Annotated[int | None, typer.Option(metavar="N", min=1, rich_help_panel=_ROWS)] = None,
    steps: Annotated[
        list[int] | None,
        typer.Option(metavar="N", rich_help_panel=_ROWS, help="A row of the model at N steps; repeat."),
    ] = None,
    seed_count: Annotated[int, typer.Option(metavar="N", rich_help_panel=_ROWS, help="Average N seeds.")] = 1,
    takes: OldSeedCount = None,
    no_oracles: Annotated[bool, typer.Option("--no-oracles", rich_help_panel=_ROWS, help="Leave them out.")] = False,
    embedding: Annotated[
        Path | None,
        typer.Option(metavar="ONNX", rich_help_panel=_EARS, help="Waveform to embedding, for a Fréchet distance."),
    ] = None,
    embedding_rate: Annotated[int, typer.Option(metavar="HZ", min=1, rich_help_panel=_EARS)] = 16_000,
    clap_audio: Annotated[Path | None, typer.Option(metavar="ONNX", rich_help_panel=_EARS, help="CLAPScore")] = None,
    clap_text: Annotated[Path | None, typer.Option(metavar="ONNX", rich_help_panel=_EARS)] = None,
    clap_tokenizer: Annotated[Path | None, typer.Option(metavar="JSON", rich_help_panel=_EARS)] = None,
    clap_rate: Annotated[int, typer.Option(metavar="HZ", min=1, rich_help_panel=_EARS)] = 48_000,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also write results.md and results.json there.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout instead of Markdown.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
) -> None:
    """Measure SDR, SDRi, SI-SDR and more as published results are, beside the mixture and two oracles."""
    from flowsep_plugin import evaluate as core
    from flowsep_plugin.separate import Separator

    trials = _trials(table, protocol, audio, seed=seed, limit=limit, seconds=seconds)
    ears = _ears(embedding, embedding_rate, (clap_audio, clap_text, clap_tokenizer), clap_rate)
    separator = Separator.open(model, device, threads=threads)
    seed_count = seed_count if takes is None else takes
    rows = _rows(separator, steps or [separator.engine.card.flow.steps], seed_count, oracles=not no_oracles)
    with stoppable(_say) as stop:
        measured = core.measure(
            trials, rows, rate=rate, embedding=ears[0], clap=ears[1], report=_progress(stop, quiet=quiet or as_json)
        )
    card = separator.engine.card
    about = {
        "protocol": protocol, "table": table.name, "mixtures": len(trials), "rate": rate, "seed": seed,
        "model": f"{card.name} {card.version}", "provider": separator.engine.provider, "takes": seed_count,
    }  # fmt: skip
    page = core.markdown(measured, about, absent=protocol == "absent")
    record = core.as_json(measured, about)
    if out is not None:
        _write(out, {"results.md": page, "results.json": json.dumps(record, indent=1, ensure_ascii=False) + "\n"})
    typer.echo(json.dumps(record) if as_json else page, nl=as_json)


def _trials(table: Path, protocol: str, audio: Path | None, **drawing: Any) -> "list[Trial]":
    """Trials of a protocol on the user's sounds, or of a published list."""
    from flowsep_plugin import evaluate as core

    if protocol in core.PAIR_READERS:
        return core.listed_trials(core.PAIR_READERS[protocol](table, audio), limit=drawing["limit"])
    if protocol not in core.PROTOCOLS:
        raise UsageError(f"protocol {protocol!r} is none of {', '.join([*core.PROTOCOLS, *core.PAIR_READERS])}")
    return core.draw_trials(protocol, core.read_sounds(table, audio), **drawing)


def _rows(separator: "Separator", steps: list[int], seed_count: int, *, oracles: bool) -> "dict[str, Answer]":
    """The mixture, the model at every number of steps, the oracles."""
    from flowsep_plugin import evaluate as core

    rows: dict[str, Answer] = {"unprocessed": core.unprocessed}
    for count in dict.fromkeys(steps):
        name = f"{separator.engine.card.name}, {count} step{'s' if count > 1 else ''}"
        rows[name] = core.Model(separator, {"steps": count, "seed_count": seed_count})
    if oracles:
        rows["oracle mel mask"] = core.OracleMel(separator.engine)
        rows["oracle STFT mask"] = core.oracle_stft
    return rows


def _ears(
    embedding: Path | None, rate: int, clap: tuple[Path | None, Path | None, Path | None], clap_rate: int
) -> "tuple[AudioEmbedding | None, ClapScore | None]":
    """What the user supplied to listen with."""
    from flowsep_plugin.evaluate.embeddings import AudioEmbedding, ClapScore, TextEmbedding

    ear = None if embedding is None else AudioEmbedding(embedding, rate)
    audio, text, tokenizer = clap
    if audio is None or text is None or tokenizer is None:
        if any(clap):
            raise UsageError("a CLAPScore needs --clap-audio, --clap-text and --clap-tokenizer, all three")
        return ear, None
    return ear, ClapScore(AudioEmbedding(audio, clap_rate), TextEmbedding(text, tokenizer))


def _progress(stop: Stop, *, quiet: bool) -> Callable[[int, int], None]:
    """Lines on stderr every few seconds; stops where the user asks to."""
    began = said = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal said
        stop.check()
        now = time.monotonic()
        if not quiet and (now - said > 5 or done == total):
            said = now
            _say(f"{done} of {total} mixtures, {clock((now - began) / done * (total - done))} left")

    return report


def _say(line: str) -> None:
    typer.echo(line, err=True)


def _write(folder: Path, pages: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise MediaError(
            f"{folder}: results cannot be written there ({error.strerror}); choose another --out"
        ) from error
