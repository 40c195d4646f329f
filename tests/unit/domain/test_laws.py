"""The laws of ``decide``, held against random events in a world that answers late or never.

The world tells the truth about one thing only: which agents are alive. Everything else may come
late, twice, for the wrong run, or make no sense at all.
"""

from hypothesis import settings

from domain.decision import Rules
from domain.messages import Locale
from domain.pipeline import DEFAULT_PIPELINE
from tests.unit.domain import given
from tests.unit.domain.acts_of_people import ActsOfPeople
from tests.unit.domain.acts_of_tools import ActsOfTools

LONG = settings(max_examples=120, stateful_step_count=45)


class TaskAtLarge(ActsOfPeople, ActsOfTools):
    """One task of the default pipeline; each rule is something that may happen to it."""


class TaskThatIsMerged(TaskAtLarge):
    """The same laws where we merge before the deployment."""

    project = given.MERGING
    changed_project = given.MERGING_LAST


class TaskOfAnotherPipeline(TaskAtLarge):
    """The same laws for other stages, files, verdicts and limits."""

    project = given.SECOND
    changed_project = Rules(pipeline=DEFAULT_PIPELINE, locale=Locale.EN)


class TaskOfAPatientProject(TaskAtLarge):
    """The same laws where a text is given time, and only items in Todo begin."""

    project = given.PATIENT
    changed_project = given.EN


TestLaws = TaskAtLarge.TestCase
TestLaws.settings = LONG
TestLawsOfMerging = TaskThatIsMerged.TestCase
TestLawsOfMerging.settings = LONG
TestLawsOfAnotherPipeline = TaskOfAnotherPipeline.TestCase
TestLawsOfAnotherPipeline.settings = LONG
TestLawsOfAPatientProject = TaskOfAPatientProject.TestCase
TestLawsOfAPatientProject.settings = LONG
