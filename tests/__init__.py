"""Tests of sitegen."""

import pytest

pytest.register_assert_rewrite("tests.support")  # before any of them is imported
