"""The programs of this machine are asked as every place's are."""

import os
from datetime import timedelta

import pytest

from adapters.process.programs import LocalPrograms
from tests.contracts.programs import ProgramsContract


class TestLocalPrograms(ProgramsContract):
    """This machine's."""

    @pytest.fixture
    def programs(self) -> LocalPrograms:
        """Asked as they are in service."""
        return LocalPrograms(os.environ)

    @pytest.fixture
    def hasty(self) -> LocalPrograms:
        """Asked with little patience."""
        return LocalPrograms(os.environ, patience=timedelta(seconds=0.5))
