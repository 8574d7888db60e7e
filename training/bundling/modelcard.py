"""The model card and the credits, from the library's table and the JSON files of `evaluate` and `judge`."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from flowsep_training.data.folds import HELD_OUT, TRAIN, VALID
from flowsep_training.data.sources import RATE, Library, LibrarySource

HERE = Path(__file__).parent
NEEDS_CREDIT = ("CC-BY", "GPL", "Free Art")


def hours(sources: Iterable[LibrarySource]) -> float:
    """Return the total length of `sources` in hours."""
    return sum(source.frames for source in sources) / RATE / 3600


def credits(library: Library) -> str:
    """Return Markdown with every author, licence and source; those whose licence asks for credit come first."""
    links_of: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    counts: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for source in library.sources:
        if source.split in HELD_OUT:
            continue
        key = (source.author or "author not named by the source", source.licence, source.source)
        counts[key].add(source.recording_id)
        if source.source_url:
            links_of[key].add(source.source_url)
    lines = ["# Credits", "", "The weights were trained on recordings by these people. Thank you.", ""]
    for title, asks_for_credit in (
        ("Licences that ask for credit", True),
        ("Public domain, CC0, MIT and others", False),
    ):
        lines += [f"## {title}", "", "| author | licence | source | recordings | where |", "|---|---|---|---|---|"]
        for key in sorted(counts):
            if any(word in key[1] for word in NEEDS_CREDIT) == asks_for_credit:
                links = sorted(links_of[key])
                where = " ".join(f"<{link}>" for link in links[:3]) + (
                    f" and {len(links) - 3} more" if links[3:] else ""
                )
                lines.append(f"| {_cell(key[0])} | {_cell(key[1])} | {_cell(key[2])} | {len(counts[key])} | {where} |")
        lines.append("")
    return "\n".join(lines)


def data_table(library: Library) -> str:
    """Return Markdown tables of the hours by domain and split, and by licence."""
    lines = [
        "| domain | training h | other recordings h | held-out libraries h | training recordings | labels |",
        "|---|---|---|---|---|---|",
    ]
    for domain in ("environment", "speech", "music", "noise"):
        own = [s for s in library.sources if s.domain == domain]
        train, valid = ([s for s in own if s.split == split] for split in (TRAIN, VALID))
        held_out = [s for s in own if s.split in HELD_OUT]
        lines.append(
            f"| {domain} | {hours(train):.2f} | {hours(valid):.2f} | {hours(held_out):.2f} |"
            f" {len({s.recording_id for s in train})} | {len({s.label for s in train})} |"
        )
    lines += ["", "| licence | training h |", "|---|---|"]
    by_licence = defaultdict(list)
    for source in (source for source in library.sources if source.split == TRAIN):
        by_licence[source.licence].append(source)
    lines += [f"| {licence} | {hours(own):.2f} |" for licence, own in sorted(by_licence.items())]
    return "\n".join(lines)


def results_table(measured: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """Return a Markdown table with one row per protocol and system; of absent targets, the stem's median level."""
    lines = [
        "| protocol | system | SDRi dB (± 95 %) | SI-SDR dB | worse than the mixture | n |",
        "|---|---|---|---|---|---|",
    ]
    for protocol, systems in measured.items():
        for system, r in systems.items():
            if protocol.startswith("absent"):
                lines.append(
                    f"| {protocol} | {system} | stem at {r['leak_db']:.1f} dB re mix | | | {r['trials']:.0f} |"
                )
                continue
            lines.append(
                f"| {protocol} | {system} | {r['sdri']:.1f} ± {r['sdri_half_interval']:.1f} | {r['si_sdr']:.1f} |"
                f" {100 * r['worse']:.0f} % | {r['trials']:.0f} |"
            )
    return "\n".join(lines)


def judged_table(results: Mapping[str, Mapping[str, Mapping[str, Mapping[str, float]]]]) -> str:
    """Return a Markdown table of `judge`'s results: one row per split, protocol and bundle."""
    lines = [
        "| libraries | protocol | bundle | SDRi dB (± 95 %) | median | SI-SDR dB | worse | found / sure | n |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for split, protocols in results.items():
        for protocol, bundles in protocols.items():
            for name, r in bundles.items():
                reports = f"{100 * r['found']:.0f} / {100 * r['sure']:.0f} % | {r['trials']:.0f} |"
                if protocol.startswith("absent"):
                    lines.append(
                        f"| {split} | {protocol} | {name} | stem at {r['leak_db']:.1f} dB re mix | | | | {reports}"
                    )
                    continue
                lines.append(
                    f"| {split} | {protocol} | {name} | {r['sdri_open']:.1f} ± {r['interval']:.1f} |"
                    f" {r['median_open']:.1f} | {r['si_sdr_open']:.1f} | {100 * r['worse_open']:.0f} % | {reports}"
                )
    return "\n".join(lines)


def labels_table(labels: Mapping[str, Sequence[float]]) -> str:
    """Return a Markdown table of the mean SDRi per label, in the order of `labels`."""
    lines = ["| label | SDRi dB | n |", "|---|---|---|"]
    return "\n".join(lines + [f"| {label} | {value[0]:.1f} | {value[1]:.0f} |" for label, value in labels.items()])


def model_card(library: Library, facts: Mapping[str, Any]) -> str:
    """Return the card's Markdown: `training/bundling/model-card.md.in` with its tables and texts filled in."""
    text = (HERE / "model-card.md.in").read_text(encoding="utf-8")
    values = {
        "data": data_table(library),
        "results": judged_table(facts["results"]),
        "labels": labels_table(facts["labels"]["unseen libraries"]),
        "credits": credits(library).replace("# Credits\n", "## Credits\n", 1).replace("\n## L", "\n### L")
        .replace("\n## P", "\n### P"),
        **{name: str(value) for name, value in facts["texts"].items()},
    }  # fmt: skip
    for name, value in values.items():
        text = text.replace("{{" + name + "}}", value)
    return text


def read_facts(path: Path) -> dict[str, Any]:
    """Read a JSON file that `evaluate` or `judge` wrote."""
    return json.loads(path.read_text(encoding="utf-8"))


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")
