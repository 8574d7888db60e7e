"""The page of a model on the Hub, README.md with YAML metadata, from the bundle's card."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flowsep_plugin.engine.card import ModelCard
from flowsep_plugin.untrusted.printable import one_line

from .client import load_library
from .licences import licence_identifier
from .reference import HubReference
from .search import TAG

METRICS = {
    "sdr": "SDR (dB)", "sdri": "SDR improvement (dB)", "sdr_improvement": "SDR improvement (dB)",
    "sdri_open": "SDR improvement without gate (dB)", "sdri_gated": "SDR improvement (dB)",
    "si_sdr": "SI-SDR (dB)", "si_sdr_open": "SI-SDR without gate (dB)", "si_sdr_gated": "SI-SDR (dB)",
    "si_sdr_improvement": "SI-SDR improvement (dB)", "log_spectral_distance": "log-spectral distance (dB)",
}  # fmt: skip
"""Names in a card's `measured` that are metrics of separation, and their titles on the page."""

_ABSENT = "absent"


def model_page(card: ModelCard, repository: str) -> str:
    """Return the text of README.md for a bundle in `repository`. Raises ValueError where the Hub would refuse it."""
    library = load_library()
    data = library.ModelCardData(**_metadata(card), eval_results=list(_results(card, library)) or None)
    page = library.ModelCard(f"---\n{data.to_yaml()}\n---\n\n{_text(card, repository)}")
    library.ModelCard(str(page))  # raises where its own metadata cannot be read back
    return str(page)


def _metadata(card: ModelCard) -> dict[str, Any]:
    """Return the metadata but the results: licence, tags, task, language, metrics, base model."""
    identifier = licence_identifier(card.licence)
    licence = (
        {"license": identifier} if identifier else {"license": "other", "license_name": one_line(card.licence)[:100]}
    )
    names = sorted({name for _, _, name, _ in _measured(card)})
    return {
        **licence,
        "library_name": "flowsep-plugin",
        "pipeline_tag": "audio-to-audio",
        "language": "en",
        "tags": [TAG, "audio-source-separation", "text-queried-separation", "onnx", f"family:{card.family}"],
        "metrics": names or None,
        "base_model": _base_model(card.source),
        "model_name": card.name,
    }


def _results(card: ModelCard, library: Any) -> Iterator[Any]:
    """Yield an `EvalResult` for every figure."""
    for dataset, split, name, value in _measured(card):
        yield library.EvalResult(
            task_type="audio-to-audio",
            task_name="Text-queried sound separation",
            dataset_type=re.sub(r"[^a-z0-9]+", "-", f"{dataset} {split}".casefold()).strip("-"),
            dataset_name=f"{dataset}: {split}" if split else dataset,
            metric_type=name,
            metric_name=METRICS[name],
            metric_value=round(value, 2),
        )


def _measured(card: ModelCard) -> Iterator[tuple[str, str, str, float]]:
    """Yield (data set, condition, metric, value) of the card's `measured`, of this version where it has several.

    Figures of absent targets are left out: SDR means nothing there.
    """
    for path, figures in _leaves(card.measured, ()):
        versions = [part for part in path if re.fullmatch(r"\d+(\.\d+)+", part)]
        if (versions and card.version not in versions) or any(part.startswith(_ABSENT) for part in path):
            continue
        dataset, *condition = [part for part in path if part not in versions] or ["the maker's mixtures"]
        for name, value in figures.items():
            if name in METRICS and isinstance(value, (int, float)) and not isinstance(value, bool):
                yield one_line(dataset), one_line(", ".join(condition)), name, float(value)


def _leaves(node: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Yield every object of `measured` with its path."""
    yield path, node
    for name, value in node.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*path, str(name)))


def _base_model(source: str) -> str | None:
    """Return the repository that a converted model's `source` names on the Hub; None for other sources."""
    match = re.match(r"https://(?:huggingface\.co|hf\.co)/(?!spaces/|datasets/)([\w.-]+/[\w.-]+)", source)
    return HubReference.parse(match[1]).repository if match else None


def _text(card: ModelCard, repository: str) -> str:
    """Return the page's text under its metadata."""
    facts = {
        "Family": card.family,
        "Version": card.version,
        "Sample rate": f"{card.rate} Hz",
        "Licence of the weights": card.licence,
        "Authors": ", ".join(card.authors),
        "Trained on": card.trained_on,
        "Source": card.source,
        "Parameters and files": "`card.json` has every number of the model and the SHA-256 of every file",
    }
    rows = "\n".join(f"| {name} | {_cell(value)} |" for name, value in facts.items() if value)
    figures = "\n".join(
        f"| {_cell(dataset)} | {_cell(split)} | {METRICS[name]} | {value:.2f} |"
        for dataset, split, name, value in _measured(card)
    )
    table = (
        f"\n## Measured\n\n| data | condition | metric | value |\n|---|---|---|---:|\n{figures}\n" if figures else ""
    )
    return f"""# {one_line(card.name)}

{one_line(card.description) or "Text-queried sound separation."}

A model bundle (ONNX) for [flowsep-plugin](https://github.com/flowsep-plugin/flowsep-plugin): type a sound, get it as a
stem; stems and rest sum to the clip. It runs without torch.

```bash
pip install 'flowsep-plugin[hub]'
flowsep models install {repository}
flowsep separate field.wav -q "a dog barking" -m {one_line(card.name)}
```

| | |
|---|---|
{rows}
{table}"""


def _cell(text: str) -> str:
    return one_line(text).replace("|", "\\|")
