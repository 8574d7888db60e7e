"""The graphs of FlowSep bundles as they are exported: published ones and our own differ in their optional ports."""

from flowsep_export.graphs import ExportSpec, export_spec

from flowsep_plugin.engine.flowsep.graphs import FlowSepSizes, graph_specs, listen_spec

_EXAMPLE, _OTHER = {"batch": 2, "columns": 64, "tokens": 12}, {"batch": 1, "columns": 40, "tokens": 7}


def flowsep_graphs(
    sizes: FlowSepSizes,
    *,
    logvar: bool = False,
    step: bool = True,
    mask_logits: bool = False,
    vocabulary: int = 30522,
) -> dict[str, ExportSpec]:
    """Return every graph by name.

    logvar, step : whether `encode` and `velocity` have these ports.     vocabulary : tokens of the text encoder.
    mask_logits : whether the velocity graph gives mask logits and the target's presence, as our own networks do.
    """
    ports = {"logvar": logvar, "step": step, "odds": mask_logits, "presence": mask_logits}
    without = [name for name, present in ports.items() if not present]
    example, other = ({**trial, "vocabulary": vocabulary} for trial in (_EXAMPLE, _OTHER))
    return {
        name: export_spec(spec, example=example, other=other, without=without)
        for name, spec in graph_specs(sizes).items()
    }


def listen_graph() -> ExportSpec:
    """Return the graph `listen`, YAMNet, on three patches and on one."""
    return export_spec(listen_spec(), example={"batch": 3}, other={"batch": 1})
