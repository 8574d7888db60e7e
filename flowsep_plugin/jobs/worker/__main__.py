"""Runs the worker: `python -m flowsep_plugin.jobs.worker`."""

import sys

from .process import main

sys.exit(main())
