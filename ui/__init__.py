"""The panel: select, describe, hear, drop it back. PyQt6 over `flowsep_plugin`'s jobs and timeline; no inference here."""
