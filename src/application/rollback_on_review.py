"""The reviewer asks for changes."""

from application.rollback_on_verdict import RollbackOnVerdict


class RollbackOnReview(RollbackOnVerdict):
    """Takes the item back to development, whose agent is pointed at the review."""
