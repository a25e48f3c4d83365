"""Extraction: the six batch files and nothing else, or nothing at all."""

from __future__ import annotations

import gzip
import tarfile

import pytest

from components.image_example_gen.binary import FILES
from modules.common.errors import UserError
from pipeline.data.archive import extract_batches, file_digest, require_md5
from tests.support.image_sets import (
    write_archive,
    write_binary,
    write_odd_archive,
)


@pytest.fixture
def source(tmp_path):
    return write_binary(tmp_path / "source")


@pytest.fixture
def target(tmp_path):
    directory = tmp_path / "target"
    directory.mkdir()
    return directory


def member(name, kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.mark.parametrize("folder", ["cifar-10-batches-bin", ".", "a/b"])
def test_the_batch_files_are_extracted_and_nothing_else(
    tmp_path, source, target, folder
):
    (source / "readme.html").write_text("hello")
    archive = write_archive(tmp_path / "a.tar.gz", source, folder=folder)
    extract_batches(archive, target)
    assert sorted(f.name for f in target.iterdir()) == sorted(FILES)
    for name in FILES:
        assert (target / name).read_bytes() == (source / name).read_bytes()


@pytest.mark.parametrize(
    ("odd", "problem"),
    [
        (member("../data_batch_1.bin"), "leads out"),
        (member("a/../../data_batch_1.bin"), "leads out"),
        (member("/tmp/data_batch_1.bin"), "leads out"),
        (member("data_batch_1.bin", tarfile.SYMTYPE, "/etc/passwd"), "a link"),
        (member("data_batch_1.bin", tarfile.LNKTYPE, "x"), "a link"),
        (member("data_batch_1.bin", tarfile.FIFOTYPE), "a device"),
    ],
)
def test_an_unsafe_member_is_named_and_nothing_extracted(
    tmp_path, target, odd, problem
):
    archive = write_odd_archive(tmp_path / "a.tar.gz", odd)
    with pytest.raises(UserError, match=problem) as error:
        extract_batches(archive, target)
    assert odd.name in str(error.value)
    assert not list(target.iterdir())
    assert sorted(f.name for f in tmp_path.iterdir()) == ["a.tar.gz", "target"]


def test_an_unsafe_member_after_good_ones_spoils_the_archive(
    tmp_path, source, target
):
    path = write_archive(tmp_path / "a.tar.gz", source)
    with gzip.open(path) as file:
        content = file.read()
    plain = tmp_path / "a.tar"
    plain.write_bytes(content)
    with tarfile.open(plain, "a") as tar:
        tar.addfile(member("../evil"))
    path.write_bytes(gzip.compress(plain.read_bytes()))
    with pytest.raises(UserError, match="unsafe"):
        extract_batches(path, target)
    assert not list(target.iterdir())


def test_a_file_that_is_no_archive_is_refused(tmp_path, target):
    path = tmp_path / "a.tar.gz"
    path.write_text("<html>404</html>")
    with pytest.raises(UserError, match=r"cannot be read as a \.tar\.gz"):
        extract_batches(path, target)


def test_an_archive_cut_short_is_refused(tmp_path, source, target):
    path = write_archive(tmp_path / "a.tar.gz", source)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UserError, match=r"cannot be read as a \.tar\.gz"):
        extract_batches(path, target)


def test_an_archive_without_a_batch_is_refused(tmp_path, source, target):
    (source / "test_batch.bin").unlink()
    path = write_archive(tmp_path / "a.tar.gz", source)
    with pytest.raises(UserError, match=r"lacks test_batch\.bin"):
        extract_batches(path, target)
    assert not list(target.iterdir())


def test_the_python_version_of_cifar_10_is_recognized(tmp_path, target):
    odd = member("cifar-10-batches-py/data_batch_1")
    path = write_odd_archive(tmp_path / "a.tar.gz", odd)
    with pytest.raises(UserError, match="is the Python version"):
        extract_batches(path, target)


def test_a_checksum_is_compared(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"content")
    require_md5(path, file_digest(path, "md5"))
    with pytest.raises(UserError, match="wrong checksum: found md5 9a0364b9"):
        require_md5(path, "0" * 32)
