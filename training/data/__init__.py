"""The library of dry sources and the mixtures drawn from it."""
