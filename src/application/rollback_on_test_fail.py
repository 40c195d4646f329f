"""The tester's verdict is the failing one."""

from application.rollback_on_verdict import RollbackOnVerdict


class RollbackOnTestFail(RollbackOnVerdict):
    """Takes the item back to development, whose agent is pointed at the test report."""
