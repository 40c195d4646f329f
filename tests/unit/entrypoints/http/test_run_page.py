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


async def test_a_log_says_whose_it_is_and_how_the_run_stands() -> None:
    behind = Behind()
    task = behind.add_task()
    run = await behind.add_run(task, "one\n")
    async with behind.client() as client:
        live, ended = [
            (await client.get(f"/runs/{name}")).text.partition("<pre>")[0]
            for name in (run, f"{task.key}-2")
        ]
    assert f'<a href="/items/{task.key}">{task.key}</a>\n· analyst ·\nstill running' in live
    assert "· analyst ·\nexited, exit code 0" in ended


async def test_of_a_log_that_is_no_longer_kept_the_page_and_the_api_say_so() -> None:
    behind = Behind()
    task = behind.add_task()
    await behind.add_run(task, "one\n")  # of its second run the runner knows nothing
    async with behind.client() as client:
        page = (await client.get(f"/runs/{task.key}-2")).text
        answer = await client.get(f"/api/runs/{task.key}-2/log")
        stream = await client.get(
            f"/api/runs/{task.key}-2/log", headers={"Accept": "text/event-stream"}
        )
    assert "This log is no longer kept." in page
    for told in (answer, stream):
        assert told.status_code == 404
        assert told.json()["detail"] == f"the log of {task.key}-2 is no longer kept"


async def test_the_end_of_a_log_is_kept_in_view_while_it_grows() -> None:
    """By what has the focus: with a fragment in its address, Chromium does not reload a page."""
    behind = Behind()
    run = await behind.add_run(behind.add_task(), "one\n")
    async with behind.client() as client:
        page = (await client.get(f"/runs/{run}")).text
        assert " autofocus" not in page
        address = f"/runs/{run}?cursor=0&amp;form=transcript&amp;end=1"
        assert f'href="{address}"' in page
        page = (await client.get(address.replace("&amp;", "&"))).text
    assert " autofocus>" in page.partition("</pre>")[2]
    assert 'http-equiv="refresh"' in page


async def test_a_run_that_has_not_begun_has_a_page() -> None:
    behind = Behind()
    task = behind.add_task()
    behind.add_waiting_run(task)
    async with behind.client() as client:
        page = await client.get(f"/runs/{task.key}-1")
    assert page.status_code == 200
    assert "The agent has printed nothing yet." in page.text
    assert 'http-equiv="refresh"' in page.text


async def test_a_long_log_comes_in_parts() -> None:
    behind = Behind()
    run = await behind.add_run(behind.add_task(), "x" * 600_000 + "last of all")
    async with behind.client() as client:
        first = (await client.get(f"/runs/{run}")).text
        assert "last of all" not in first
        assert 'http-equiv="refresh"' not in first
        _, _, address = first.partition('class="button" href="')
        second = (await client.get(address.partition('"')[0])).text
    assert "last of all" in second
    assert 'http-equiv="refresh"' in second
