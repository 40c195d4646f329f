"""Which repository an item belongs to."""

import pytest

from application.projects import Project, Projects
from domain.errors import NotFound
from domain.identifiers import Branch, Repo, TaskKey

TRAILS = Project(prefix="ET", repo=Repo("enduro-trails"), base=Branch("main"))
OTHER = Project(prefix="E", repo=Repo("other"), base=Branch("trunk"))


def test_a_key_belongs_to_the_project_that_it_begins_with() -> None:
    projects = Projects([TRAILS, OTHER])
    assert projects.of(TaskKey("ET-7")) is TRAILS
    assert projects.of(TaskKey("E-7")) is OTHER


@pytest.mark.parametrize("key", ["X-1", "ETX-1", "et-7", "ET"])
def test_a_key_of_nobody_is_refused_with_those_there_are(key: str) -> None:
    with pytest.raises(NotFound, match="configured: E, ET"):
        Projects([TRAILS, OTHER]).of(TaskKey(key))


def test_without_any_project_it_says_so() -> None:
    with pytest.raises(NotFound, match="configured: none"):
        Projects([]).of(TaskKey("ET-7"))
