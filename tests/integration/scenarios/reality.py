"""The world outside: processes of this machine, git as people use it, the command line."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil

from tests.integration.scenarios.world import REPO, World

SOURCE = Path(__file__).parents[3] / "src"


def data_of(world: World) -> Path:
    return world.container.settings().data_folder


def processes_of(world: World, run: str) -> list[psutil.Process]:
    """Whatever of the run is alive: agents and all that they started bear its name."""
    found = []
    for process in psutil.process_iter():
        try:
            told = process.environ()
            dead = process.status() == psutil.STATUS_ZOMBIE
        except psutil.Error:
            continue
        ours = told.get("ORCHESTRATOR_BRIEF", "").startswith(str(data_of(world)))
        if ours and told.get("ORCHESTRATOR_RUN") == run and not dead:
            found.append(process)
    return found


def brief_of(world: World, run: str) -> str:
    """The brief as the agent's file."""
    return (data_of(world) / "runs" / run / "brief.md").read_text("utf-8")


def git(where: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-c", "user.name=Somebody", "-c", "user.email=somebody@localhost", *arguments],
        cwd=where,
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"},
    ).stdout.strip()


def bare(world: World) -> Path:
    """Our repository."""
    return world.container.repositories().path(REPO)


def push(world: World, tmp_path: Path, branch: str, files: Mapping[str, str]) -> str:
    """Commit to the branch as a person does, in a clone of his own, and push."""
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--branch", branch, str(bare(world)), str(clone))
    for name, text in files.items():
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).write_text(text, "utf-8")
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "By hand")
    git(clone, "push", "--quiet")
    return git(clone, "rev-parse", "HEAD")


async def orchestrator(world: World, *arguments: str) -> str:
    """Run the command line against the same data, beside the running service."""
    data = data_of(world)
    config = data / "orchestrator.toml"
    config.write_text(
        f'data = "{data}"\n[database]\nurl = "sqlite:///{data}/orchestrator.db"\n'
        f'[[projects]]\ntracker_project = "DEMO"\nrepo = "{REPO}"\n',
        encoding="utf-8",
    )
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("orchestrator"),
        "--config",
        config,
        *arguments,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()
