"""How the end of a run is called, wherever it is told."""

from domain.identifiers import RunId


def exit_key(run: RunId) -> str:
    """Return the name of the end of a run: decided once, however often it is told."""
    return f"exit:{run}"
