"""An agent of somebody's own: does what each stage of the default pipeline asks for."""

import os
import pathlib
import subprocess
import sys

environment = os.environ
brief = sys.stdin.read()
folder = pathlib.Path(environment["ORCHESTRATOR_FOLDER"])
role, key = environment["ORCHESTRATOR_ROLE"], environment["ORCHESTRATOR_KEY"]
assert key in brief

for name in filter(None, environment["ORCHESTRATOR_FILES"].split(",")):
    if name in {"01-questions.md", "10-conflict.md"}:
        continue
    verdict = environment.get("ORCHESTRATOR_PASSES")
    front = f"---\nverdict: {verdict}\n---\n" if verdict else ""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"{front}# {key}\n\nWritten by the {role}.\n", "utf-8")
if role == "developer":
    with pathlib.Path("work.txt").open("a", encoding="utf-8") as work:
        work.write(f"{key}\n")

git = ["git", "-c", f"user.name={role}", "-c", "user.email=agent@localhost"]
subprocess.run([*git, "add", "--all"], check=True)
subprocess.run([*git, "commit", "--quiet", "--message", f"{key}: {role}"], check=True)
