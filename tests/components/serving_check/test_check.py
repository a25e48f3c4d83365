"""The check, as it is called by hand on a version that was pushed."""

import pytest
from tfx.utils import path_utils

from components.serving_check.check import check
from modules.common.errors import UserError


def test_a_pushed_model_can_be_checked_by_hand(blessing):
    report = check(path_utils.stamped_model_path(blessing.uri))
    assert report.problems == ()


def test_a_model_without_warm_up_requests_cannot(sound):
    with pytest.raises(UserError, match="expected a version"):
        check(path_utils.serving_model_dir(sound.uri))
