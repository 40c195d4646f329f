"""Where a real agent's program is missing, that is said at once."""

from pathlib import Path

import pytest

from tests.integration.agents_real.programs import PLACES, programs_in


def test_missing_programs_are_named_and_no_test_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("node", *PLACES.values()):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch(0o755)
    found = programs_in(str(tmp_path))
    assert found.keys() == PLACES.keys()
    (tmp_path / "node").unlink()
    Path(found["codex"]).chmod(0o644)
    with pytest.raises(
        pytest.exit.Exception, match=r"missing: node, \S+/codex; `make test-agents`"
    ):
        programs_in(str(tmp_path))
