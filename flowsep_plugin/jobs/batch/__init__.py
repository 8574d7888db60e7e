"""Batches of files: manifests, runners (worker, this process, cluster), reports, and watched folders.

folder_items, manifest_items ─► run_batch(items, WorkerRunner() | LocalRunner(), progress) ─► outcomes ─► write_report
"""

from .manifest import BatchItem, folder_items, manifest_items
from .report import write_report
from .run import BatchProgress, BatchRunner, Outcome, run_batch
from .runners import LocalRunner, WorkerRunner

__all__ = [
    "BatchItem",
    "BatchProgress",
    "BatchRunner",
    "LocalRunner",
    "Outcome",
    "WorkerRunner",
    "folder_items",
    "manifest_items",
    "run_batch",
    "write_report",
]
