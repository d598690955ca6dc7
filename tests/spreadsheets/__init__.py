"""What people upload, and what must come of it: each case a file built here, run through the doors that staff use."""

import pytest

pytest.register_assert_rewrite("tests.spreadsheets.verdicts", "tests.spreadsheets.doors")
