"""Painting of the timeline view: colours, rasters, rows and overlays."""
