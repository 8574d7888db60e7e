"""Controllers: each connects the studio model to one part of the window, the worker or a device."""
