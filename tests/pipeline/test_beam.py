"""Beam's arguments: a runner that needs no download, and where code is."""

from pathlib import Path

from pipeline import beam


def test_no_place_downloads_a_runner():
    for arguments in (beam.local_arguments(), beam.container_arguments("a:1")):
        assert "--runner=FnApiRunner" in arguments


def test_nothing_is_packaged_for_the_workers():
    (setup,) = (
        each.partition("=")[2]
        for each in beam.local_arguments()
        if each.startswith("--setup_file=")
    )
    assert Path(setup).is_file()
    assert "--sdk_container_image=a:1" in beam.container_arguments("a:1")


def test_the_number_of_workers_is_set_once():
    local = " ".join(beam.local_arguments())
    assert local.count("--direct_num_workers") == 1
    # Each step adds its own: as many as it asks processors.
    assert "workers" not in " ".join(beam.container_arguments("a:1"))
