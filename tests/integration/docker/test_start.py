"""How a container comes to be: its image, its user, what it is told, and what we survive."""

from pathlib import Path

import pytest

from adapters.docker.images import Pull
from adapters.docker.installation import kept_id
from domain.errors import ToolFailed
from domain.events import Liveness, Outcome
from tests.contracts.agent_runner import ONE, TWO, spec_for, started, until
from tests.integration.docker.theatre import USER, DockerTheatre, docker

pytestmark = pytest.mark.docker


async def test_an_image_that_is_not_there_is_a_run_that_did_not_start(
    theatre: DockerTheatre,
) -> None:
    await theatre.runner.ensure(ONE, theatre.spec("true", image="no-such-image:7"))
    seen = await theatre.runner.observe(ONE)
    assert (seen.liveness, seen.outcome) == (Liveness.GONE, Outcome.NOT_STARTED)
    assert "no-such-image:7" in seen.detail


async def test_one_that_cannot_be_fetched_now_is_tried_again(theatre: DockerTheatre) -> None:
    await theatre.runner.close()
    theatre.runner = theatre.make_runner(pull=Pull.MISSING)
    unreachable = "127.0.0.1:9/no-such-image"
    with pytest.raises(ToolFailed, match=r"127\.0\.0\.1:9"):
        await theatre.runner.ensure(ONE, theatre.spec("true", image=unreachable))
    assert (await theatre.runner.observe(ONE)).outcome is Outcome.LOST
    docker("tag", theatre.image, unreachable)
    try:
        await theatre.runner.ensure(ONE, theatre.spec("true", image=unreachable))
        assert (await theatre.runner.observe(ONE)).outcome is not Outcome.LOST
    finally:
        docker("rmi", unreachable)


async def test_an_agent_is_nobody_and_may_write_where_it_works(theatre: DockerTheatre) -> None:
    (theatre.workspace / "given").mkdir()
    seen = await theatre.play(ONE, "sh", "-c", "id -u; pwd; echo $HOME; date > given/it; ls ~ /tmp")
    assert seen.exit_code == 0
    assert (await theatre.printed(ONE)).startswith(f"{USER[0]}\n/workspace\n/home/agent\n")
    assert (theatre.workspace / "given" / "it").stat().st_uid == USER[0]


async def test_only_named_variables_are_handed_on(theatre: DockerTheatre) -> None:
    await theatre.runner.close()
    theatre.runner = theatre.make_runner(
        environment={"MODEL_KEY": "given", "PATH": "/ours", "OTHER": "kept"}, names=["MODEL_KEY"]
    )
    await theatre.play(ONE, "env")
    printed = (await theatre.printed(ONE)).splitlines()
    assert "MODEL_KEY=given" in printed
    assert "OTHER=kept" not in printed
    assert "PATH=/ours" not in printed


async def test_where_the_engine_finds_our_data_elsewhere_it_is_told(
    theatre: DockerTheatre, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    for name in ("work", "runs"):
        (elsewhere / name).mkdir(parents=True)
        (theatre.data / name).symlink_to(elsewhere / name)
    theatre.workspace = theatre.data / "work" / "repo"
    theatre.workspace.mkdir()
    await theatre.runner.close()
    theatre.runner = theatre.make_runner(data_on_engine=elsewhere)
    seen = await theatre.play(ONE, "sh", "-c", "cat > taken")
    assert seen.exit_code == 0, await theatre.printed(ONE)
    assert (elsewhere / "work" / "repo" / "taken").read_text() == "# the brief\n"


async def test_agents_of_another_installation_are_left_alone(
    theatre: DockerTheatre, tmp_path: Path, agent_image: str
) -> None:
    (tmp_path / "other").mkdir()
    other = DockerTheatre(tmp_path / "other", agent_image)
    try:
        await started(theatre, ONE)
        await started(other, ONE)
        assert await other.runner.live() == [ONE]
        await other.runner.stop(ONE)
        assert await other.runner.live() == []
        assert await theatre.runner.live() == [ONE]
    finally:
        await other.clear()


def test_the_installation_keeps_its_name(tmp_path: Path) -> None:
    names = iter(["first", "second"])
    for _ in range(2):
        assert kept_id(tmp_path / "data" / "installation", lambda: next(names)) == "first"


async def test_a_container_that_somebody_removed_is_lost_and_not_started_again(
    theatre: DockerTheatre,
) -> None:
    await started(theatre, ONE)
    docker("rm", "--force", theatre.container(ONE))
    await theatre.runner.ensure(ONE, spec_for(theatre, ONE))
    seen = await theatre.runner.observe(ONE)
    assert seen.liveness is Liveness.GONE
    assert seen.outcome in {Outcome.LOST, Outcome.EXITED}  # the engine may tell of its end first
    assert theatre.starts(ONE) == 1


async def test_nothing_is_left_of_the_container_of_a_run_that_ended(theatre: DockerTheatre) -> None:
    await theatre.play(ONE, "true")

    async def gone() -> bool:
        return theatre.left() == []

    await until(gone)
    assert (await theatre.runner.observe(ONE)).exit_code == 0


async def test_killed_while_we_end_a_run_whoever_comes_next_ends_it(
    theatre: DockerTheatre,
) -> None:
    await started(theatre, ONE)
    await started(theatre, TWO)
    await theatre.runner.close()  # and this is as far as we came:
    (theatre.data / "runs" / ONE / "outcome").write_text(f"{Outcome.TIMED_OUT}\n")
    theatre.runner = theatre.make_runner()
    assert await anext(theatre.runner.ends()) == ONE
    assert (await theatre.runner.observe(ONE)).outcome is Outcome.TIMED_OUT
    assert (await theatre.runner.observe(TWO)).liveness is Liveness.RUNNING
