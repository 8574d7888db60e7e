"""The panel: select, describe, hear, drop it back. PyQt6 over jobs and timeline of `flowsep_plugin`; no inference."""
