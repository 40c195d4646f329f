"""The local forge's repositories: each project's is there before anything is done."""

from domain.errors import Invalid
from domain.identifiers import Branch, Repo
from entrypoints.container import Container
from entrypoints.sample import SAMPLE, SAMPLE_FILES
from ports.examination import Finding, Verdict


async def prepare_repositories(container: Container) -> None:
    """Copy each project's repository from its source, or make the sample; what is there stays.

    Invalid: a project has neither, and the remedy.
    """
    if container.settings().forge.kind != "local":
        return  # they are mirrored from the forge when they are first needed
    for lacking in lacking_repositories(container):
        raise Invalid("projects.repo", lacking.text, lacking.remedy)
    repositories = container.repositories()
    for project in container.settings().projects:
        repo = Repo(project.repo)
        if project.source is not None:
            await repositories.adopt(project.source, repo)
        elif project.repo == SAMPLE:
            await repositories.create(repo, SAMPLE_FILES, branch=Branch(project.base_branch))


def lacking_repositories(container: Container) -> list[Finding]:
    """Return which repositories of the local forge are not there and have no source."""
    settings, repositories = container.settings(), container.repositories()
    if settings.forge.kind != "local":
        return []
    there = {*repositories.all(), SAMPLE}
    return [
        Finding(
            subject="repository",
            verdict=Verdict.FAILED,
            text=f"there is no repository {repositories.path(Repo(project.repo))}",
            remedy="set projects.source to the one that shall be copied there",
        )
        for project in settings.projects
        if project.source is None and project.repo not in there
    ]
