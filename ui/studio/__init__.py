"""The panel's values and pure functions, without Qt: workspace, queries, takes, results, placement, autosave."""
