"""Extraction: the six batch files and nothing else, or nothing at all."""

from __future__ import annotations

import gzip
import io
import pickle
import tarfile
import time
import zipfile

import pytest

from components.image_example_gen.binary import FILES
from modules.common.errors import UserError
from pipeline.data.archive import (
    MAX_OTHER_BYTES,
    extract_batches,
    file_digest,
    require_md5,
)
from tests.support.image_sets import (
    RECORD_BYTES,
    write_archive,
    write_binary,
    write_odd_archive,
)

MAX_BYTES = 10 * RECORD_BYTES


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
    extract_batches(archive, target, MAX_BYTES)
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
        extract_batches(archive, target, MAX_BYTES)
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
        extract_batches(path, target, MAX_BYTES)
    assert not list(target.iterdir())


def test_a_file_that_is_no_archive_is_refused(tmp_path, target):
    path = tmp_path / "a.tar.gz"
    path.write_text("<html>404</html>")
    with pytest.raises(UserError, match=r"cannot be read as a \.tar\.gz"):
        extract_batches(path, target, MAX_BYTES)


def test_an_archive_cut_short_is_refused(tmp_path, source, target):
    path = write_archive(tmp_path / "a.tar.gz", source)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UserError, match=r"cannot be read as a \.tar\.gz"):
        extract_batches(path, target, MAX_BYTES)


def test_headers_about_headers_are_refused(tmp_path, target):
    info = member("x", tarfile.GNUTYPE_LONGNAME)
    info.size = 2
    pair = info.tobuf(tarfile.GNU_FORMAT) + b"a".ljust(512, b"\0")
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(pair * 600))
    with pytest.raises(UserError, match=r"cannot be read as a \.tar\.gz"):
        extract_batches(path, target, MAX_BYTES)


def test_an_archive_without_a_batch_is_refused(tmp_path, source, target):
    (source / "test_batch.bin").unlink()
    path = write_archive(tmp_path / "a.tar.gz", source)
    with pytest.raises(UserError, match=r"lacks test_batch\.bin"):
        extract_batches(path, target, MAX_BYTES)
    assert not list(target.iterdir())


def test_the_python_version_of_cifar_10_is_recognized(tmp_path, target):
    odd = member("cifar-10-batches-py/data_batch_1")
    path = write_odd_archive(tmp_path / "a.tar.gz", odd)
    with pytest.raises(UserError, match="is the Python version"):
        extract_batches(path, target, MAX_BYTES)


def test_a_flipped_bit_anywhere_in_the_data_is_found(tmp_path, source, target):
    path = write_archive(tmp_path / "a.tar.gz", source)
    good = path.read_bytes()
    # After the header, whose time and name no checksum covers.
    for position in range(32, len(good), max(1, len(good) // 60)):
        bad = bytearray(good)
        bad[position] ^= 1 << position % 8
        path.write_bytes(bad)
        with pytest.raises(UserError):
            extract_batches(path, target, MAX_BYTES)
        assert not list(target.iterdir())


def write_members(path, members):
    """A .tar.gz of (TarInfo, content)."""
    with tarfile.open(path, "w:gz") as tar:
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def refusal(path, target):
    """The complaint about an archive, of which nothing is written."""
    with pytest.raises(UserError) as error:
        extract_batches(path, target, MAX_BYTES)
    assert not list(target.iterdir())
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)
    return str(error.value)


def test_a_batch_larger_than_it_can_be_is_refused(tmp_path, target):
    large = (member("data_batch_1.bin"), bytes(MAX_BYTES + 1))
    path = write_members(tmp_path / "a.tar.gz", [large])
    assert f"has {MAX_BYTES + 1:,} bytes" in refusal(path, target)


def test_other_members_are_bounded_too(tmp_path, target):
    readme = member("readme.html"), bytes(MAX_OTHER_BYTES + 1)
    path = write_members(tmp_path / "a.tar.gz", [readme])
    assert "of what is no batch" in refusal(path, target)


def test_what_follows_the_end_of_the_tar_is_bounded(tmp_path, source, target):
    path = write_archive(tmp_path / "a.tar.gz", source)
    content = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(content + bytes(64 << 20), 1))
    assert "unpacks to more than" in refusal(path, target)


def test_a_large_extended_header_is_not_read(tmp_path, target):
    info = member("data_batch_1.bin")
    info.pax_headers = {"comment": "x" * (5 << 20)}
    path = write_members(tmp_path / "a.tar.gz", [(info, b"")])
    assert "over 16,384 bytes of headers" in refusal(path, target)


def test_an_extended_header_cannot_take_hours(tmp_path, target):
    info = member("pax", tarfile.XHDTYPE)
    info.size = 1 << 20  # Of digits: CPython's CVE-2024-6232.
    path = tmp_path / "a.tar.gz"
    content = info.tobuf(tarfile.GNU_FORMAT) + b"1" * info.size
    path.write_bytes(gzip.compress(content + member("x").tobuf()))
    start = time.process_time()
    assert "over 16,384 bytes of headers" in refusal(path, target)
    assert time.process_time() - start < 5


def test_keywords_for_all_members_are_few(tmp_path, target):
    path = tmp_path / "a.tar.gz"
    keywords = {f"k{i}": "x" for i in range(101)}
    with tarfile.open(path, "w:gz", pax_headers=keywords) as tar:
        tar.addfile(member("readme.html"))
    assert "over 100 keywords in a header" in refusal(path, target)


def test_a_size_that_leads_far_beyond_the_end_is_refused(tmp_path, target):
    info = member("readme.html")
    info.size = 1 << 40
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(info.tobuf() + bytes(1 << 20)))
    assert "expected at most" in refusal(path, target)


def test_a_sparse_member_is_refused(tmp_path, target):
    info = member("data_batch_1.bin", tarfile.GNUTYPE_SPARSE)
    content = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    content[483:495] = b"00000000100\0"  # The real size, octal.
    content[148:156] = b" " * 8
    content[148:156] = b"%06o\0 " % sum(content)
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(bytes(content) + bytes(10_240)))
    assert "a sparse file" in refusal(path, target)


def test_a_second_member_for_a_batch_is_refused(tmp_path, source, target):
    twice = [
        (member(f"{folder}/{name}"), (source / name).read_bytes())
        for folder in ("a", "b")
        for name in FILES
    ]
    path = write_members(tmp_path / "a.tar.gz", twice)
    said = refusal(path, target)
    assert "'b/data_batch_1.bin' is the second of that name" in said


def test_too_many_members_are_refused_in_time(tmp_path, target):
    path = tmp_path / "a.tar.gz"
    one = b"".join(member(f"f{i:03}").tobuf() for i in range(1_000))
    path.write_bytes(gzip.compress(one * 100 + bytes(10_240), 1))
    start = time.perf_counter()
    assert "comes after 1,000 others" in refusal(path, target)
    assert time.perf_counter() - start < 5


def packed(kind, source, path):
    """An archive of another kind."""
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(source / FILES[0], FILES[0])
    elif kind == "pickle":
        path.write_bytes(pickle.dumps({"data": b"", "labels": []}))
    else:
        with tarfile.open(path, f"w:{kind}") as tar:
            tar.add(source, "cifar-10-batches-bin")
    return path


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("", "a plain .tar archive"),
        ("xz", "compressed by xz"),
        ("bz2", "compressed by bzip2"),
        ("zip", "a .zip archive"),
        ("pickle", "a Python pickle"),
    ],
)
def test_an_archive_of_another_kind_is_named_for_what_it_is(
    tmp_path, source, target, kind, named
):
    path = packed(kind, source, tmp_path / "a.tar.gz")
    assert f"it is {named}" in refusal(path, target)


@pytest.mark.parametrize(
    ("names", "named"),
    [
        (["train.bin", "test.bin", "fine_label_names.txt"], "CIFAR-100"),
        (["train", "test", "meta"], "the Python version of CIFAR-100"),
        (["data_batch_1.mat"], "the Matlab version of CIFAR-10"),
    ],
)
def test_another_data_set_is_named_for_what_it_is(
    tmp_path, target, names, named
):
    members = [(member(f"folder/{name}"), b"x") for name in names]
    path = write_members(tmp_path / "a.tar.gz", members)
    assert named in refusal(path, target)


def test_a_checksum_is_compared(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"content")
    require_md5(path, file_digest(path, "md5"))
    with pytest.raises(UserError, match="wrong checksum: found md5 9a0364b9"):
        require_md5(path, "0" * 32)
