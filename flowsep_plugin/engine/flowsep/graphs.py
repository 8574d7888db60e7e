"""The graphs of a FlowSep bundle, as docs/bundle-format.md describes them."""

from dataclasses import dataclass

from flowsep_plugin.engine.graph_spec import TOKENS, GraphSpec, Port

CLASSES, PATCH_FRAMES, PATCH_BANDS, EMBEDDING = 521, 96, 64, 1024
"""The listener, YAMNet: classes of AudioSet, its patches of 0.96 s, width of its pooled features."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSepSizes:
    """The sizes that the graphs of a bundle agree on, under the card's names; by default those of flowsep-base.

    components : masks of the component separator; None where the bundle has none.
    """

    channels: int = 8
    rows: int = 32
    bands: int = 128
    time_stride: int = 4
    generations: int = 2
    text_width: int = 384
    components: int | None = None


def graph_specs(s: FlowSepSizes) -> dict[str, GraphSpec]:
    """Return every graph by name, with its optional ports; those that a bundle may lack are marked optional."""
    frames = f"{s.time_stride}*columns"
    state = ("batch", s.generations * s.channels, "columns", s.rows)
    code = ("batch", s.channels, "columns", s.rows)
    mel = Port("mel", ("batch", 1, frames, s.bands), values="mel")
    specs = [
        GraphSpec("text", TOKENS, (Port("states", ("batch", "tokens", s.text_width)),)),
        GraphSpec("encode", (mel,), (Port("mean", code), Port("logvar", code, optional=True))),
        GraphSpec(
            "velocity",
            (
                Port("latent", state),
                Port("mixture", code),
                Port("time", ("batch",), values="unit"),
                Port("text", ("batch", "tokens", s.text_width)),
                Port("text_mask", ("batch", "tokens"), values="mask"),
                Port("step", ("batch",), values="unit", optional=True),
            ),
            (
                Port("velocity", state),
                Port("odds", ("batch", frames, s.bands), optional=True),
                Port("presence", ("batch", "columns"), optional=True),
            ),
        ),
        GraphSpec("decode", (Port("latent", code),), (mel,)),
        GraphSpec(
            "vocoder",
            (Port("mel", ("batch", s.bands, "columns"), values="mel"),),
            (Port("waveform", ("batch", "samples")),),
            optional=True,
        ),
        listen_spec(optional=s.components is None),
    ]
    if s.components is not None:
        specs.append(
            GraphSpec(
                "components",
                (Port("mixture", code), mel),
                (Port("logits", ("batch", s.components, frames, s.bands)),),
            )
        )
    return {spec.name: spec for spec in specs}


def listen_spec(*, optional: bool = False) -> GraphSpec:
    """Return the graph `listen`: YAMNet's patches to class logits and pooled features."""
    return GraphSpec(
        "listen",
        (Port("patches", ("batch", 1, PATCH_FRAMES, PATCH_BANDS), values="mel"),),
        (Port("logits", ("batch", CLASSES)), Port("embedding", ("batch", EMBEDDING))),
        optional,
    )
