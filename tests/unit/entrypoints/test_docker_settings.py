"""Agents in containers as they are configured: what does not fit is told with its remedy."""

from pathlib import Path

import pytest

from domain.errors import Invalid
from domain.identifiers import Role, TaskKey
from entrypoints.container import build_container
from entrypoints.settings import load_settings
from entrypoints.wiring.runners import egress_policy_of

BASIS = """
[agents]
runner = "docker"
image = "agents"
[agents.docker.egress.keys."api.anthropic.com"]
secret = "ANTHROPIC_API_KEY"
header = "x-api-key"
"""


def written(tmp_path: Path, text: str) -> Path:
    """A configuration file with that in it."""
    file = tmp_path / "orchestrator.toml"
    file.write_text(f'data = "{tmp_path}"\n{text}')
    return file


def test_the_example_of_the_documentation_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-made-up")
    page = (Path(__file__).parents[3] / "docs" / "containers.md").read_text()
    example = page.partition("```toml\n")[2].partition("```")[0]
    settings = load_settings(written(tmp_path, example))
    container = build_container(settings)
    assert container.runner() is container.runners.docker_runner()
    policy = egress_policy_of(settings)
    assert policy.keys["api.anthropic.com"].value == "sk-made-up"
    assert "sk-made-up" not in repr(policy)
    assert "api.anthropic.com" in policy.allow
    assert container.agents().of(Role("tester")).image == "tester-with-browsers"
    assert container.agents().of(Role("developer")).image == ""
    assert container.projects().of(TaskKey("ET-1")).image == "enduro-trails-agent"


def test_a_key_that_is_not_set_is_missed_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from entrypoints.preflight import check_machine

    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    with pytest.raises(Invalid, match="ANTHROPIC_API_KEY: is not set"):
        check_machine(load_settings(written(tmp_path, BASIS)))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[agents]\nrunner = "docker"\n', r"agents\.image: is missing"),
        ('[agents]\nrunner = "docker"\nimage = "a"\n', r"agents\.docker\.egress\.allow: .*model"),
        (
            BASIS.replace("[agents]", '[agents]\npass_environment = ["ANTHROPIC_API_KEY"]'),
            r"agents\.pass_environment: ANTHROPIC_API_KEY is put in by the proxy",
        ),
        (BASIS + '[agents.docker]\nuser = "0:0"\n', r"agents\.docker\.user: root"),
        (BASIS + '[agents.docker]\nuser = "me"\n', r"agents\.docker\.user: "),
        (BASIS + "[agents.docker]\nmemory = 5\n", r"agents\.docker\.memory: there is no such key"),
        (BASIS + '[agents.docker]\npull = "always"\n', r"agents\.docker\.pull.*missing, never"),
        (
            BASIS + '[agents.docker.egress]\nallow = ["https://a.test"]\n',
            r"agents\.docker\.egress\.allow",
        ),
    ],
)
def test_what_does_not_fit_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(Invalid, match=told):
        load_settings(written(tmp_path, text))
