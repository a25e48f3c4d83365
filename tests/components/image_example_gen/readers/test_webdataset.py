"""WebDataset's shards: which members are one example, and damaged tar files."""

import io
import subprocess
import tarfile
import time

import pytest

from components.image_example_gen.readers import webdataset
from modules.common.errors import UserError
from tests.support.official import write_tar

BLOCK = tarfile.BLOCKSIZE


def keys(path):
    return [entry.key for entry in webdataset.entries(path).entries]


def refused(path, said):
    with pytest.raises(UserError, match=said) as error:
        webdataset.entries(path)
    assert str(error.value).startswith(str(path))
    assert str(error.value).isprintable()


@pytest.fixture
def shard(tmp_path):
    """Three examples, in blocks of a header and one of content."""
    members = (
        (f"{key}.{kind}", b"1") for key in "abc" for kind in ("png", "cls")
    )
    return write_tar(tmp_path / "train.tar", members)


def test_a_flipped_bit_of_a_header_loses_no_example_unnoticed(shard):
    good = shard.read_bytes()
    before = webdataset.entries(shard)
    unnoticed = 0
    for bit in range(0, BLOCK * 8, 3):
        bad = bytearray(good)
        bad[4 * BLOCK + bit // 8] ^= 1 << bit % 8
        shard.write_bytes(bad)
        try:
            assert webdataset.entries(shard) == before
            unnoticed += 1
        except UserError:
            pass
    assert unnoticed < 16  # In what pads the checksum itself.


@pytest.mark.parametrize("more", [0, 1, BLOCK - 1])
@pytest.mark.parametrize("blocks", range(12))
def test_a_shard_cut_at_or_within_a_block_is_refused(shard, blocks, more):
    shard.write_bytes(shard.read_bytes()[: blocks * BLOCK + more])
    refused(shard, "cut short|ends within|truncated|empty|unexpected end")


def test_a_shard_without_its_end_marker_is_refused(shard):
    good = shard.read_bytes()
    shard.write_bytes(good[: 12 * BLOCK])
    refused(shard, "cut short: its end marker is missing at byte 6,144")
    shard.write_bytes(good[: 13 * BLOCK])
    assert keys(shard) == ["a", "b", "c"]


def test_what_follows_an_end_marker_is_not_dropped_unnoticed(shard):
    good = shard.read_bytes()
    shard.write_bytes(good + good)
    refused(shard, "data after its end marker at byte 6,144: .* by tar -A")
    hole = good[: 4 * BLOCK] + bytes(BLOCK) + good[5 * BLOCK :]
    shard.write_bytes(hole)
    refused(shard, "data after its end marker at byte 2,048: a damaged")


def test_shards_that_tar_joins_are_read_whole(tmp_path, shard):
    other = [("d.png", b"1"), ("d.cls", b"0")]
    path = write_tar(tmp_path / "other.tar", other)
    subprocess.run(["tar", "-A", "-f", shard, path], check=True)
    assert keys(shard) == ["a", "b", "c", "d"]


def extended(kind, content):
    """An extended header about the member that follows."""
    info = tarfile.TarInfo("pax")
    info.type, info.size = kind, len(content)
    padding = bytes(-len(content) % BLOCK)
    return info.tobuf(tarfile.GNU_FORMAT) + content + padding


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        # CPython's CVE-2024-6232: hours.
        (extended(b"x", b"1" * (1 << 20)), "over 16,384 bytes of headers"),
        (extended(b"x", b"1" * 15_000), "a number of over 255 digits"),
        # Each keyword is a tail of the header: gigabytes.
        (extended(b"g", b"2 " * 7_000 + b"=") * 300, "over 16,384 bytes"),
        (
            extended(b"g", b"".join(b"9 k%03d=1\n" % i for i in range(101))),
            "over 100 keywords",
        ),
    ],
    ids=["large", "digits", "headers about headers", "keywords"],
)
def test_an_extended_header_costs_little(shard, headers, said):
    shard.write_bytes(headers + shard.read_bytes())
    start = time.process_time()
    refused(shard, said)
    assert time.process_time() - start < 5


def test_extended_headers_as_they_are_written_are_read(tmp_path):
    names = [f"{'folder/' * 40}{i:0240d}" for i in range(30)]
    path = tmp_path / "train.tar"
    with tarfile.open(path, "w", pax_headers={"comment": "x" * 1000}) as tar:
        for name in names:
            for kind in ("png", "cls"):
                info = tarfile.TarInfo(f"{name}.{kind}")
                info.size, info.mtime = 1, 1.5
                tar.addfile(info, io.BytesIO(b"1"))
    assert keys(path) == names


def test_a_size_beyond_the_end_of_the_file_is_refused(tmp_path):
    info = tarfile.TarInfo("notes.txt")
    info.size = 1 << 62
    path = tmp_path / "train.tar"
    path.write_bytes(info.tobuf(tarfile.GNU_FORMAT) + bytes(2 * BLOCK))
    refused(path, "it ends within 'notes.txt'")


@pytest.mark.parametrize(
    "key", ["0001", "./0001", "a/0001", "v1.0/0001", "./v1.0/b.c/0001"]
)
def test_a_key_is_the_folder_and_the_file_up_to_its_first_dot(tmp_path, key):
    members = [
        (f"{key}.jpg", b"1"),
        (f"{key}.cls", b"2"),
        (f"{key}.mask.png", b"1"),  # Of the kind `mask.png`.
        ("./._0001.jpg", b"1"),  # macOS's tar adds such files.
        ("v1.0/.cls", b"1"),
    ]
    path = write_tar(tmp_path / "train.tar", members)
    (entry,) = webdataset.entries(path).entries
    assert (entry.key, entry.label) == (key, 2)


def test_a_class_without_an_image_that_is_read_is_counted(tmp_path):
    members = [
        *((f"{key}.cls", b"1") for key in "abc"),
        ("a.png", b"1"),
        ("b.webp", b"1"),
        ("a.json", b"{}"),
    ]
    path = write_tar(tmp_path / "train.tar", members)
    listing = webdataset.entries(path)
    assert ([e.key for e in listing.entries], listing.left_out) == (["a"], 2)


@pytest.mark.parametrize("kind", ["png", "cls"])
def test_a_member_that_is_there_twice_is_refused(tmp_path, kind):
    members = [("a.png", b"1"), ("a.cls", b"1"), (f"a.{kind}", b"0")]
    path = write_tar(tmp_path / "train.tar", members)
    refused(path, "'a' has two (images|classes)")
