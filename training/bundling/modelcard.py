"""The model card and the credits, from the library's table and the JSON files of `evaluate` and `judge`."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from flowsep_training.data.folds import HELD_OUT, TRAIN, VALID
from flowsep_training.data.sources import RATE, Library, LibrarySource

JudgedResults = Mapping[str, Mapping[str, Mapping[str, Mapping[str, float]]]]
"""What `judge` measures: split -> protocol -> bundle -> figure -> value."""
CardFacts = Mapping[str, Any]
"""`results` and `labels` of `judge`, and `texts` of model-card.yaml."""

HERE = Path(__file__).parent
LICENCE_KINDS = {
    "CC BY-SA": ("CC-BY-SA",), "CC BY": ("CC-BY",), "GPL": ("GPL",),
    "CC0, public domain": ("CC0", "PD", "ublic", "Unlicense"), "MIT, BSD": ("MIT", "BSD"),
}  # fmt: skip
"""Kind of licence -> words in the texts of such licences. Of several kinds the strictest comes first."""
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
    """Return a Markdown table of the hours by domain and split."""
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
    return "\n".join(lines)


def licence_table(library: Library) -> str:
    """Return a Markdown table of the training hours by licence, as the sources write it."""
    by_licence = defaultdict(list)
    for source in (source for source in library.sources if source.split == TRAIN):
        by_licence[source.licence].append(source)
    rows = [f"| {licence} | {hours(own):.2f} |" for licence, own in sorted(by_licence.items())]
    return "\n".join(["| licence | training h |", "|---|---|", *rows])


def licence_line(library: Library) -> str:
    """Return the kinds of licences with their training hours in one line, the most hours first."""
    by_kind: dict[str, float] = defaultdict(float)
    for source in (source for source in library.sources if source.split == TRAIN):
        by_kind[licence_kind(source.licence)] += source.frames / RATE / 3600
    ordered = sorted(by_kind.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{kind} ({length:.1f} h)" for kind, length in ordered)


def licence_kind(licence: str) -> str:
    """Return the kind of a licence: the first in `LICENCE_KINDS` with a word that its text has, else "others"."""
    return next((kind for kind, words in LICENCE_KINDS.items() if any(word in licence for word in words)), "others")


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


def judged_table(results: JudgedResults) -> str:
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


def summary_table(results: JudgedResults, name: str) -> str:
    """Return a Markdown table of the bundle `name`: a row for each protocol with a target, columns for each split."""
    splits = list(results)
    columns = "".join(
        f" {'unseen' if 'unseen' in split else 'known'}: SDRi dB | SI-SDR dB | worse |" for split in splits
    )
    lines = [f"| protocol |{columns}", "|---|" + "---:|" * 3 * len(splits)]
    for protocol in results[splits[0]]:
        if not protocol.startswith("absent"):
            rows = (results[split][protocol][name] for split in splits)
            cells = (f" {r['sdri_open']:.1f} | {r['si_sdr_open']:.1f} | {100 * r['worse_open']:.0f} % |" for r in rows)
            lines.append(f"| {protocol} |{''.join(cells)}")
    return "\n".join(lines)


def absent_table(results: JudgedResults, name: str) -> str:
    """Return a Markdown table of what the bundle `name` reports of absent sounds: "found" or more, and "found"."""
    lines = ["| query | libraries | found or may be there | found |", "|---|---|---:|---:|"]
    for protocol in (protocol for protocol in next(iter(results.values())) if protocol.startswith("absent")):
        for split, protocols in results.items():
            r = protocols[protocol][name]
            lines.append(f"| {protocol} | {split} | {100 * r['found']:.0f} % | {100 * r['sure']:.0f} % |")
    return "\n".join(lines)


def model_card(library: Library, facts: CardFacts) -> str:
    """Return the card's Markdown, `model-card.md.in` filled in: what it is, data, the figures that matter, limits."""
    texts, results = facts["texts"], facts["results"]
    return _filled(
        "model-card.md.in", texts, data=data_table(library), licences=licence_line(library),
        summary=summary_table(results, texts["version"]), absent=absent_table(results, texts["version"]),
    )  # fmt: skip


def model_details(library: Library, facts: CardFacts) -> str:
    """Return the Markdown of the page behind the card, `model-details.md.in` filled in: all figures."""
    return _filled(
        "model-details.md.in", facts["texts"], licence_hours=licence_table(library),
        results=judged_table(facts["results"]), labels=labels_table(facts["labels"]["unseen libraries"]),
    )  # fmt: skip


def write_pages(library: Library, facts: CardFacts, out: Path) -> None:
    """Write the card to `out`, and its details to `details.md` in a folder of the same name beside it."""
    details = out.with_suffix("") / "details.md"
    details.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(model_card(library, facts), encoding="utf-8")
    details.write_text(model_details(library, facts), encoding="utf-8")


def _filled(template: str, texts: Mapping[str, Any], **tables: str) -> str:
    """Return a template of this folder with its `{{names}}` replaced by `tables` and `texts`."""
    text = (HERE / template).read_text(encoding="utf-8")
    for name, value in {**tables, **texts}.items():
        text = text.replace("{{" + name + "}}", str(value).strip("\n"))
    return text


def read_facts(path: Path) -> dict[str, Any]:
    """Read a JSON file that `evaluate` or `judge` wrote."""
    return json.loads(path.read_text(encoding="utf-8"))


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")
