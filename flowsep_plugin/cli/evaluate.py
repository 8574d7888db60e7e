"""`flowsep evaluate`."""


def evaluate() -> None:
    """Measure."""
