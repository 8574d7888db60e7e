"""Dock panels, one module each, and the widgets they are made of; `panel_table.PANELS` lists the docks."""
