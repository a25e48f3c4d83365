import ast
import re
import sys
from pathlib import Path

import pytest

from requirements import host

REPOSITORY = Path(__file__).parents[2]
REQUIREMENTS = REPOSITORY / "requirements"


@pytest.mark.parametrize("file", ["host.py", "plan.py", "set_up.py"])
def test_an_old_python_can_read_the_set_up(file):
    source = (REQUIREMENTS / file).read_text()
    ast.parse(source, feature_version=(3, 6))


@pytest.mark.parametrize(
    ("library", "lock", "newest"),
    [
        ("glibc 2.41", "glibc239.txt", "3.13"),
        ("glibc 2.39", "glibc239.txt", "3.13"),
        ("glibc 2.38", "glibc236.txt", "3.11"),
        ("glibc 2.36", "glibc236.txt", "3.11"),
    ],
)
def test_the_lock_suits_the_c_library(library, lock, newest):
    name, versions = host.choose_lock("Linux", "x86_64", library)
    assert (name, versions[0]) == (lock, newest)
    assert (REQUIREMENTS / name).exists()


@pytest.mark.parametrize(
    ("system", "machine", "library"),
    [
        ("Linux", "x86_64", "glibc 2.35"),
        ("Linux", "x86_64", ""),
        ("Linux", "aarch64", "glibc 2.41"),
        ("Darwin", "arm64", ""),
        ("Darwin", "x86_64", ""),
    ],
)
def test_another_platform_is_sent_to_the_image(system, machine, library):
    with pytest.raises(host.Missing, match=r"use the container image") as no:
        host.choose_lock(system, machine, library)
    text = str(no.value)
    assert machine in text
    assert "\n" not in text
    section = re.search('README.md, "(.*)"', text).group(1)
    assert f"**{section}**" in (REPOSITORY / "README.md").read_text()


@pytest.mark.parametrize(
    ("os_release", "manager"),
    [
        ("ID=debian\nVERSION_ID=13", "apt install"),
        ('ID=ubuntu\nID_LIKE=debian\nVERSION="24.04"', "apt install"),
        ("ID=linuxmint\nID_LIKE='ubuntu debian'", "apt install"),
        ("ID=fedora", "dnf install"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"', "dnf install"),
        ('ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"', "zypper install"),
        ("ID=arch", "pacman -S"),
    ],
)
def test_what_is_missing_is_named_in_the_distributions_words(
    os_release, manager
):
    command = host.command_for(
        os_release, (REQUIREMENTS / "prerequisites.txt").read_text()
    )
    assert command.removeprefix("sudo ").startswith(f"{manager} git make ")


def test_an_unknown_distribution_has_no_command():
    assert host.command_for("ID=plan9\n", "debian: apt install git") == ""


def test_the_readme_lists_what_the_set_up_asks_for():
    lines = (REQUIREMENTS / "prerequisites.txt").read_text().splitlines()
    ours = dict(line.split(": ") for line in lines if line[0] != "#")
    readme = (REPOSITORY / "README.md").read_text()
    listed = re.findall(r"^sudo ([^#\n]+?) +#", readme, re.MULTILINE)
    assert listed == [ours["debian"], ours["fedora"]]


def test_a_python_says_what_it_is():
    found = host.probe(sys.executable)
    assert found.path == sys.executable
    assert found.minor == ".".join(map(str, sys.version_info[:2]))
    assert found.fits([found.minor])
    assert not found.fits(["2.7"])


@pytest.mark.parametrize("name", ["no-such-python", "false", "/dev/null"])
def test_what_does_not_run_is_no_python(name):
    assert host.probe(name) is None


def test_a_python_that_lacks_a_module_fits_nothing():
    built = host.Interpreter("python3", "3.13.5", lacks=("bz2", "ctypes"))
    assert not built.fits(["3.13"])
    assert str(built) == "python3 (3.13.5 without bz2, ctypes)"


def test_other_pythons_than_the_wheels_fit_nothing():
    assert not host.Interpreter("p", "3.13.5", standard=False).fits(["3.13"])


@pytest.fixture
def pip(monkeypatch, tmp_path):
    """A pip that is configured by a file; returns a function to write it."""
    for name in ("PIP_INDEX_URL", "PIP_CERT", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    return (tmp_path / "pip.conf").write_text


def test_uv_asks_the_index_that_pip_is_configured_for(pip):
    pip("[global]\nindex-url = http://127.0.0.1/simple\ncert = /ca.pem\n")
    assert host.index_settings() == {
        "UV_DEFAULT_INDEX": "http://127.0.0.1/simple",
        "SSL_CERT_FILE": "/ca.pem",
    }


def test_the_environment_is_before_pips_file(pip, monkeypatch):
    pip("[global]\nindex-url = http://127.0.0.1/file\ncert = /file.pem\n")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1/variable")
    monkeypatch.setenv("SSL_CERT_FILE", "/mine.pem")
    assert host.index_settings() == {
        "UV_DEFAULT_INDEX": "http://127.0.0.1/variable"
    }


@pytest.mark.parametrize("variable", ["UV_DEFAULT_INDEX", "UV_INDEX_URL"])
def test_what_is_said_to_uv_itself_stays(pip, monkeypatch, variable):
    pip("[global]\nindex-url = http://127.0.0.1/simple\ncert = /ca.pem\n")
    monkeypatch.setenv(variable, "http://127.0.0.1/mine")
    assert "UV_DEFAULT_INDEX" not in host.index_settings()
