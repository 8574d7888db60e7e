"""Fitting, calibration and measurement of bundles on held-out sound libraries."""
