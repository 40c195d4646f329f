"""The local forge's repositories: each project's is there before anything is done."""

from domain.errors import Invalid
from domain.identifiers import Branch, Repo
from entrypoints.container import Container
from entrypoints.sample import SAMPLE, SAMPLE_FILES


async def prepare_repositories(container: Container) -> None:
    """Copy each project's repository from its source, or make the sample; what is there stays.

    Invalid: a project has neither, and the remedy.
    """
    repositories = container.repositories()
    if container.settings().forge.kind != "local":
        return  # they are mirrored from the forge when they are first needed
    for project in container.settings().projects:
        repo = Repo(project.repo)
        if project.source is not None:
            await repositories.adopt(project.source, repo)
        elif project.repo == SAMPLE:
            await repositories.create(repo, SAMPLE_FILES, branch=Branch(project.base_branch))
        elif repo not in repositories.all():
            raise Invalid(
                "projects.repo",
                f"there is no repository {repositories.path(repo)}",
                "set projects.source to the one that shall be copied there",
            )
