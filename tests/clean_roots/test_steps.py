import subprocess
from pathlib import Path

from tests.clean_roots.root import is_network
from tests.clean_roots.steps import SCENARIOS, chosen

PREREQUISITES = Path(__file__).parents[2] / "requirements/prerequisites.txt"


def test_the_readmes_line_is_what_is_installed():
    ours = f"debian: {[step.name for step in chosen([], 'make')][1]}"
    assert ours in PREREQUISITES.read_text().splitlines()


def test_what_is_missing_is_tried_before_it_is_installed():
    steps = list(chosen(list(SCENARIOS), "make"))
    names = [step.name for step in steps]
    install = names.index("apt install git make python3-venv")
    tried = [
        names.index(step.name) for step in steps if "more than" in step.name
    ]
    assert len(tried) == 2
    assert max(tried) < install


def test_every_step_is_a_command_that_bash_can_read():
    for step in chosen(list(SCENARIOS), "make PYTHON=/opt/bin/python3"):
        subprocess.run(["bash", "-n", "-c", step.command], check=True)


def test_a_root_is_told_of_the_network_and_nothing_else():
    assert is_network("PIP_INDEX_URL")
    assert is_network("https_proxy")
    assert not is_network("PIP_USER")
    assert not is_network("PYTHONPATH")
