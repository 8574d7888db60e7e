"""The time to go of a batch is told by what was done, not by what failed at once."""

from pathlib import Path

from job_makers import spec, tone

from flowsep_plugin.jobs.batch.manifest import BatchItem
from flowsep_plugin.jobs.batch.run import run_batch
from flowsep_plugin.jobs.job import JobError


class Scripted:
    """A runner that fails its first job and does the others."""

    def run(self, specs):
        yield 0, JobError("MediaError", "not audio", 3)
        for place in range(1, len(specs)):
            yield place, {"stems": []}


def test_a_failure_alone_gives_no_time_to_go(tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_bytes(b"no audio")
    clips = [tmp_path / "bad.wav", tone(tmp_path / "a.wav"), tone(tmp_path / "b.wav")]
    reports = []
    run_batch([BatchItem(clip.name, spec(clip, tmp_path / "out")) for clip in clips], Scripted(), reports.append)
    assert [progress.eta_seconds is None for progress in reports] == [True, True, False, False]
    assert reports[-1].eta_seconds == 0
