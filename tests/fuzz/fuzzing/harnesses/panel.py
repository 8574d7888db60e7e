"""Harnesses for files of the panel between two starts: workspace and batch. Damaged files are set aside, never lost."""

from collections.abc import Sequence
from pathlib import Path

from fuzzing.harness import Harness, Seed

_GOLDEN = Path(__file__).parents[3] / "golden" / "v0_1"


def read_workspace(folder: Path) -> None:
    """Load the workspace as the panel does on starting, and save it again as it is."""
    from flowsep_ui.studio.autosave import load, save

    saved = load(folder / "workspace.json")
    if saved is not None:
        save(folder / "again.json", saved.workspace, saved.results)
        assert load(folder / "again.json") is not None


def read_batch(folder: Path) -> None:
    """Load the batch as the panel does on starting, and save it again."""
    from flowsep_ui.studio.batch.batch_store import BatchWriter, load_batch

    clips = load_batch(folder / "workspace.batch.json")
    if clips:
        BatchWriter(folder / "again.json").save(clips)
        assert load_batch(folder / "again.json")


def _workspaces(folder: Path) -> Sequence[Seed]:
    from flowsep_ui.studio.autosave import load, save

    (folder / "workspace.json").write_bytes(old := (_GOLDEN / "workspace.json").read_bytes())
    saved = load(folder / "workspace.json")
    assert saved is not None
    save(folder / "new.json", saved.workspace, saved.results, closed=True)
    contents = (old, (folder / "new.json").read_bytes())
    return [Seed(name=f"workspace {n}", files={"workspace.json": content}) for n, content in enumerate(contents)]


def _batches(folder: Path) -> Sequence[Seed]:
    from flowsep_ui.studio.batch.batch_clips import BatchClip
    from flowsep_ui.studio.batch.batch_store import BatchWriter
    from flowsep_ui.studio.queries import QueryRow
    from flowsep_ui.studio.workspace import Take

    from flowsep_plugin.audio.span import Span

    clip = Path("/home/user/clips/yard.wav")
    take = Take("t1", 1, "d1", "clip 1", clip, Span(0, 1800, 8000), None, (QueryRow("a dog barking", 1),))
    clips = [
        BatchClip(key="1", name="yard.wav", path=clip, take=take, out=Path("/home/user/stems"), state="done", job="j1",
                  result={"files": []}, rows=({"query": "a dog barking", "found": True},), run_seconds=2.5),
        BatchClip(key="2", name="b.wav", path=clip, take=take, out=Path("/home/user/stems"), error="no", setting="out"),
    ]  # fmt: skip
    BatchWriter(folder / "workspace.batch.json").save(clips)
    return [Seed(name="batch", files={"workspace.batch.json": (folder / "workspace.batch.json").read_bytes()})]


HARNESSES = tuple(
    Harness(
        name=name, seeds=seeds, read=read, errors=(), changes=("*.json",), writes=("*.damaged", "again.json"), weight=4
    )
    for name, seeds, read in (("workspace", _workspaces, read_workspace), ("panel batch", _batches, read_batch))
)
