"""A batch on a real local Ray cluster of two nodes, one of which is lost on the way."""

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from job_makers import POCKET, spec, tone

from flowsep_plugin.jobs.batch.cluster import ClusterRunner
from flowsep_plugin.jobs.batch.manifest import folder_items
from flowsep_plugin.jobs.batch.report import rows
from flowsep_plugin.jobs.batch.run import BatchProgress, run_batch
from flowsep_plugin.jobs.batch.runners import LocalRunner
from flowsep_plugin.separate import Separator

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # Ray's own
    pytest.mark.slow,
]
CLOSE = 2.0**-16
"""-96 dBFS: Ray gives its processes one thread, which sums in another order, and random weights enlarge that."""
ray = pytest.importorskip("ray", reason="the extra 'cluster' is not installed")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ray.cluster_utils import Cluster

        ray_cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "object_store_memory": 100 << 20})
        second = ray_cluster.add_node(num_cpus=1, object_store_memory=100 << 20)
        ray_cluster.connect()
        yield ray_cluster, second
        ray.shutdown()
        ray_cluster.shutdown()


def test_a_lost_node_costs_nothing_and_the_report_is_the_same(cluster: Any, tmp_path: Path) -> None:
    ray_cluster, second = cluster
    clips = tmp_path / "clips"
    for number in range(6):
        tone(clips / f"{number}.wav", 2.0, rate=44_100, seed=number)
    (clips / "broken.wav").write_bytes(b"RIFF")
    failures = []

    def lose_a_node(progress: BatchProgress) -> None:
        if progress.done == 2 and not failures:
            failures.append(ray_cluster.remove_node(second, allow_graceful=False))

    def plain(outcomes: Any, out: Path) -> Any:
        report_rows = json.loads(json.dumps(list(rows(outcomes))).replace(str(out), "OUT"))
        return [row | {"seconds": None} for row in report_rows]

    def batch(name: str, runner: Any, tell: Any) -> Any:
        out = tmp_path / name
        items = folder_items(clips, spec(out, out, model=str(POCKET), steps=10))
        return plain(run_batch(items, runner, tell), out)

    over = batch("cluster", ClusterRunner("auto", tmp_path / "cluster"), lose_a_node)
    assert failures
    one_thread = LocalRunner(tmp_path / "alone", lambda model, device: Separator.open(model, device, threads=1))
    alone = batch("alone", one_thread, lambda progress: None)
    assert over == alone
    assert [row["state"] for row in over] == ["done"] * 6 + ["failed"]
    for path in (tmp_path / "alone").glob("*.wav"):
        one, two = sf.read(path, dtype="float64")[0], sf.read(tmp_path / "cluster" / path.name, dtype="float64")[0]
        assert np.abs(one - two).max() <= CLOSE
    assert not list((tmp_path / "cluster").glob(".flowsep-*[0-9a-f]"))


def test_a_node_without_the_folder_gets_the_clip_and_sends_the_stems_back(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips, out = tmp_path / "clips", tmp_path / "out"
    for number in range(3):
        tone(clips / f"{number}.wav", seed=number)
    runner = ClusterRunner("auto", out)
    started = runner._started
    monkeypatch.setattr(runner, "_started", lambda *arguments: dict.fromkeys(started(*arguments), False))
    outcomes = run_batch(folder_items(clips, spec(out, out)), runner, lambda progress: None)
    assert [outcome.error for outcome in outcomes] == [None] * 3
    assert len(list(out.glob("*.wav"))) == 6
