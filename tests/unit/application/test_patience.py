"""How long we go on with what does not work."""

from datetime import timedelta
from random import Random

import pytest

from application.patience import Patience

SECOND = timedelta(seconds=1)
PATIENCE = Patience(first=SECOND, longest=timedelta(seconds=60))


@pytest.mark.parametrize(
    ("attempts", "longest"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (10_000, 60)]
)
def test_each_pause_is_twice_as_long_up_to_a_limit_less_up_to_half(
    attempts: int, longest: int
) -> None:
    pauses = [PATIENCE.pause(attempts, Random(seed)) for seed in range(200)]
    assert max(pauses) <= longest * SECOND
    assert min(pauses) >= longest * SECOND / 2
    assert len(set(pauses)) > 100  # so that many who failed together do not return together


def test_a_weekend_is_not_yet_the_end() -> None:
    assert Patience().give_up_after >= timedelta(days=3)
