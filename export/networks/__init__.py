"""The torch networks: our own models, and the published ones under their state-dict names."""
