"""The board keeps to the contract of every tracker."""

from tests.contracts.issue_tracker import (
    IssueTrackerContract,
    LostAnswerContract,
    RememberedMoveContract,
)


class TestBoardTracker(IssueTrackerContract, RememberedMoveContract, LostAnswerContract):
    """The embedded board."""
