"""What an agent prints, in a browser."""

from tests.unit.entrypoints.http.front import Behind


async def test_a_log_reloads_while_the_agent_is_at_work() -> None:
    behind = Behind()
    run = await behind.add_run(behind.add_task(), "\x1b[31mred\x1b[0m\n\x07bell\n")
    async with behind.client() as client:
        at_work = (await client.get(f"/runs/{run}")).text
        behind.runner.finish(run)
        ended = (await client.get(f"/runs/{run}")).text
    assert 'http-equiv="refresh"' in at_work
    assert 'http-equiv="refresh"' not in ended
    assert "red\nbell\n</pre>" in ended


async def test_a_long_log_comes_in_parts() -> None:
    behind = Behind()
    run = await behind.add_run(behind.add_task(), "x" * 600_000 + "the end")
    async with behind.client() as client:
        first = (await client.get(f"/runs/{run}")).text
        assert "the end" not in first
        assert 'http-equiv="refresh"' not in first
        _, _, address = first.partition('class="button" href="')
        second = (await client.get(address.partition('"')[0])).text
    assert "the end" in second
    assert 'http-equiv="refresh"' in second
