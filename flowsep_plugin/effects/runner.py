"""A runner of jobs that sends the stems of each through a chain of effects, once they are there."""

import contextlib
import json
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.jobs.batch.run import BatchRunner
from flowsep_plugin.jobs.batch.runners import ResultOrError
from flowsep_plugin.jobs.job import JobError
from flowsep_plugin.jobs.spec import JobSpec

from .chain import EffectChain
from .host import EffectHost
from .stems import RECEIPT_KEY, WET_MARK, add_wet_stems, check_on_host


class EffectRunner:
    """Runs jobs with `runner`; their results have `wet`: paths of the stems with effects, None where there is no stem.

    The chain is in a receipt of its own, `NAME [fx].json`: the queue knows a finished job by its unchanged files. Wet
    stems that an earlier run of the same job has written through the same chain are taken as they are.
    """

    def __init__(self, runner: BatchRunner, chain: EffectChain) -> None:
        self._runner, self._chain = runner, chain

    def run(self, specs: Sequence[JobSpec]) -> Generator[tuple[int, ResultOrError], None, None]:
        """See `BatchRunner.run`. Raises UsageError, EffectError before the first job where the chain cannot be used."""
        with EffectHost() as host:
            check_on_host(self._chain, host)
            with contextlib.closing(self._runner.run(specs)) as running:
                for index, result in running:
                    yield index, self._ended(host, specs[index], result)

    def _ended(self, host: EffectHost, spec: JobSpec, result: ResultOrError) -> ResultOrError:
        if isinstance(result, JobError) or not result["receipt"]:
            return result
        try:
            return self._with_wet(host, spec, result)
        except FlowsepError as error:
            return JobError.of(error)

    def _with_wet(self, host: EffectHost, spec: JobSpec, result: Mapping[str, Any]) -> Mapping[str, Any]:
        dry_receipt = Path(result["receipt"])
        receipt = dry_receipt.with_name(f"{dry_receipt.stem}{WET_MARK}{dry_receipt.suffix}")
        stems = [None if name is None else Path(name) for name in result["stems"]]
        earlier = self._earlier(receipt, stems)
        if earlier is not None:
            return {**result, **earlier}
        wet = add_wet_stems(host, self._chain, stems, receipt, result["record"], overwrite=spec.files.overwrite)
        return {**result, "record": wet.record, "wet": [None if path is None else str(path) for path in wet.files]}

    def _earlier(self, receipt: Path, stems: Sequence[Path | None]) -> Mapping[str, Any] | None:
        """Return receipt and wet stems of an earlier run through this chain, None where there are none."""
        try:
            record = json.loads(receipt.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if record.get(RECEIPT_KEY) != self._chain.as_json():
            return None
        wet = [
            None if dry is None else dry.with_name(stem["wet"])
            for dry, stem in zip(stems, record["stems"], strict=True)
        ]
        if not all(path is None or path.is_file() for path in wet):
            return None
        return {"record": record, "wet": [None if path is None else str(path) for path in wet]}
