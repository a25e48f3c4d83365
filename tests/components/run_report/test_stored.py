"""A report as data: the page can be made again from it."""

import dataclasses
import math

import pytest

from components.run_report import page, stored
from modules.common.errors import UserError
from tests.support.components import made


def test_a_report_reads_as_it_was_written(tmp_path):
    stored.write(tmp_path, made.REPORT)
    found = stored.read(tmp_path)
    assert found == made.REPORT
    assert page.render(found) == page.render(made.REPORT)


def test_figures_that_are_not_finite_come_back(tmp_path):
    classes = (
        dataclasses.replace(made.RESULT.classes[0], auc=math.nan),
        *made.RESULT.classes[1:],
    )
    stored.write(tmp_path, made.report(classes=classes))
    assert math.isnan(stored.read(tmp_path).result.classes[0].auc)


@pytest.mark.parametrize("text", [None, "", "{}", '{"result": 1}'])
def test_one_that_is_gone_or_damaged_is_one_line(tmp_path, text):
    if text is not None:
        (tmp_path / stored.FILE).write_text(text)
    with pytest.raises(UserError, match=r"report\.json cannot be read") as e:
        stored.read(tmp_path)
    assert "\n" not in str(e.value)
