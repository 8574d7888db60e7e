"""The panel: a PyQt6 window over `flowsep_plugin.jobs` and `.timeline`. Inference runs in the worker only."""
