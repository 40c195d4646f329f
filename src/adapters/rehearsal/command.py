"""How the agents of a rehearsal are called."""

import sys
from pathlib import Path

_HERE = Path(__file__).parent
_NOT_ROLES = {"command", "deeds", "plan", "texts_en", "texts_ru", "workplace", "__init__"}


def command(role: str) -> tuple[str, ...]:
    """Return the command line of the role's program; a role of your own has one, too.

    Isolated and without site-packages: such a Python is there in a third of the time.
    """
    own = _HERE / f"{role}.py"
    program = own if own.is_file() and role not in _NOT_ROLES else _HERE / "anyone.py"
    return sys.executable, "-I", "-S", str(program)
