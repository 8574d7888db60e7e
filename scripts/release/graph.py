"""Who needs what, for a bill of materials."""

from typing import Any

from scripts.lock.pins import Pin

OWN = ("flowsep-plugin", "flowsep-plugin-gpu")


def dependencies(bill: dict[str, Any], pins: tuple[Pin, ...]) -> list[dict[str, Any]]:
    """Return who needs what, by the references of `bill`: uv's "via" remarks, turned round."""
    references = {component["name"]: component["bom-ref"] for component in bill["components"]}
    references |= dict.fromkeys(OWN, bill["metadata"]["component"]["bom-ref"])
    needs: dict[str, set[str]] = {reference: set() for reference in references.values()}
    for pin in pins:
        for source in pin.sources:
            needs[references[source.split(" ")[0]]].add(references[pin.name])
    return [{"ref": reference, "dependsOn": sorted(needed)} for reference, needed in sorted(needs.items())]
