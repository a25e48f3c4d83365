"""Where the images come from, and what is left behind when they are bad."""

from __future__ import annotations

import contextlib
import functools
import http.server
import io
import subprocess
import sys
import tarfile
import threading

import pytest
from rich.console import Console

from components.image_example_gen import sample
from modules.common.errors import UserError
from pipeline.data import source as data_source
from pipeline.data.archive import file_digest
from pipeline.data.progress_bars import progress_bar
from pipeline.datasets.config import RemoteFile
from pipeline.presets import CIFAR10
from tests.support.image_sets import (
    DATASET,
    batch,
    write_archive,
    write_binary,
    write_folder,
    write_odd_archive,
)

NOWHERE = RemoteFile("http://127.0.0.1:9/cifar-10-binary.tar.gz", "0" * 32)


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def resolve(cache):
    return functools.partial(
        data_source.resolve,
        cache=cache,
        dataset=DATASET,
        remote=NOWHERE,
    )


@pytest.fixture
def resolve_cifar(resolve):
    return functools.partial(resolve, dataset=CIFAR10)


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A function that serves a file and gives its URL."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with contextlib.ExitStack() as stack:

        def serve(path, handler=http.server.SimpleHTTPRequestHandler):
            bound = functools.partial(handler, directory=path.parent)
            httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), bound)
            stack.callback(httpd.server_close)
            stack.callback(httpd.shutdown)
            threading.Thread(target=httpd.serve_forever, daemon=True).start()
            return f"http://127.0.0.1:{httpd.server_port}/{path.name}"

        yield serve


@pytest.fixture
def archive(tmp_path):
    source = write_binary(tmp_path / "source")
    return write_archive(tmp_path / "cifar-10-binary.tar.gz", source)


def left_in(directory):
    return (
        sorted(f.name for f in directory.iterdir())
        if directory.exists()
        else []
    )


def tree(directory):
    return {
        path: (path.stat().st_mtime_ns, path.is_dir() or path.read_bytes())
        for path in directory.rglob("*")
    }


def test_a_directory_is_used_where_it_is(tmp_path, cache, resolve):
    root = write_binary(tmp_path / "data" / "cifar-10-batches-bin")
    before = tree(tmp_path)
    source = resolve(str(root.parent))
    assert (source.uri, source.format) == (str(root), "binary")
    assert (source.train_count, source.test_count) == (30, 6)
    assert not source.sample
    assert tree(tmp_path) == before


def test_an_image_folder_is_used_where_it_is(tmp_path, resolve):
    root = write_folder(tmp_path / "data")
    before = tree(tmp_path)
    source = resolve(str(root))
    assert (source.uri, source.format) == (str(root), "image_folder")
    assert tree(tmp_path) == before


def test_an_archive_is_extracted_into_the_cache_once(tmp_path, cache, resolve):
    path = write_archive(
        tmp_path / "mine.tar.gz", write_binary(tmp_path / "source")
    )
    first = resolve(str(path))
    before = tree(cache)
    assert resolve(str(path)) == first
    assert tree(cache) == before
    assert first.uri == str(cache / left_in(cache)[0])


def test_an_archive_of_ones_own_images_is_to_be_extracted(tmp_path, resolve):
    images = write_folder(tmp_path / "mine")
    path = write_archive(tmp_path / "mine.tar.gz", images, folder="mine")
    with pytest.raises(UserError, match=r"of your own, extract it and give"):
        resolve(str(path))


def test_the_digest_is_of_the_content_not_of_the_place(tmp_path, resolve):
    one = write_binary(tmp_path / "one")
    two = write_binary(tmp_path / "two")
    assert resolve(str(one)).digest == resolve(str(two)).digest
    (two / "test_batch.bin").write_bytes(batch(seed=77).tobytes())
    assert resolve(str(one)).digest != resolve(str(two)).digest


def test_an_image_moved_to_another_class_changes_the_digest(tmp_path, resolve):
    root = write_folder(tmp_path / "data", per_class=2)
    before = resolve(str(root)).digest
    (root / "train/ant/0.png").rename(root / "train/bee/00.png")
    (root / "train/bee/0.png").rename(root / "train/ant/0.png")
    (root / "train/bee/00.png").rename(root / "train/bee/0.png")
    assert resolve(str(root)).digest != before


def test_auto_takes_the_cache_without_the_network(cache, resolve):
    root = write_binary(cache / "cifar-10-batches-bin")
    source = resolve("auto")
    assert source.uri == str(root)
    assert "cache" in source.description


def test_a_damaged_cache_says_that_it_is_the_cache(cache, resolve):
    root = write_binary(cache / "cifar-10-batches-bin")
    (root / "data_batch_1.bin").write_bytes(b"x")
    with pytest.raises(UserError, match=r"truncated.*the cache: remove"):
        resolve("auto")


def test_auto_downloads_checks_and_keeps_the_files(
    archive, cache, resolve, server
):
    remote = RemoteFile(server(archive), file_digest(archive, "md5"))
    source = resolve("auto", remote=remote)
    assert source.uri == str(cache / "cifar-10-batches-bin")
    assert not source.sample
    assert left_in(cache) == ["cifar-10-batches-bin"]
    assert resolve("auto").digest == source.digest


def test_a_download_with_a_wrong_checksum_leaves_nothing(
    archive, cache, resolve, server
):
    remote = RemoteFile(server(archive), "0" * 32)
    with pytest.raises(UserError, match="wrong checksum"):
        resolve("auto", remote=remote)
    assert not left_in(cache)


def test_a_download_that_breaks_off_leaves_nothing(
    archive, cache, resolve, server
):
    class Breaking(http.server.SimpleHTTPRequestHandler):
        def copyfile(self, source, outputfile):
            outputfile.write(source.read(100))

    remote = RemoteFile(server(archive, Breaking), file_digest(archive, "md5"))
    with pytest.raises(UserError, match="was cut off after"):
        resolve("auto", remote=remote)
    assert not left_in(cache)


def test_without_a_network_auto_is_the_sample_and_says_so(resolve_cifar):
    source = resolve_cifar("auto")
    assert source.sample
    assert "SAMPLE" in source.description
    assert "127.0.0.1:9 could not be reached" in source.description


def test_whoever_waits_is_told_for_whom(resolve_cifar):
    told = []
    resolve_cifar("auto", notice=told.append)
    assert told == ["asking 127.0.0.1:9 for cifar-10-binary.tar.gz …"]
    assert resolve_cifar("sample", notice=told.append)
    assert len(told) == 1


def test_a_host_that_refuses_the_file_counts_as_not_reached(
    tmp_path, resolve_cifar, server
):
    url = server(tmp_path / "absent.tar.gz")
    source = resolve_cifar("auto", remote=RemoteFile(url, "0" * 32))
    assert source.sample
    assert "HTTP 404" in source.description


def test_the_sample_is_drawn_once_and_its_digest_is_known(cache, resolve_cifar):
    source = resolve_cifar("sample")
    assert source.digest == sample.DIGEST
    before = tree(cache)
    assert resolve_cifar("sample") == source
    assert tree(cache) == before


def test_a_damaged_sample_is_drawn_again(cache, resolve_cifar):
    source = resolve_cifar("sample")
    (cache / left_in(cache)[0] / "test_batch.bin").write_bytes(b"damaged")
    assert resolve_cifar("sample") == source


def test_the_sample_stays_a_sample_when_given_as_a_path(resolve_cifar):
    path = resolve_cifar("sample").uri
    source = resolve_cifar(path)
    assert source.sample
    assert "SAMPLE" in source.description


def test_no_sample_is_passed_off_as_another_data_set(resolve):
    with pytest.raises(UserError, match=r"10 classes of 32x32.*has 3 cl"):
        resolve("sample")


def test_a_bar_is_shown_while_it_lasts(tmp_path, resolve):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80)
    with progress_bar(console) as progress:
        resolve(str(write_folder(tmp_path / "data")), progress=progress)
        assert not progress.tasks


def test_a_missing_path_is_an_error(tmp_path, cache, resolve):
    with pytest.raises(UserError, match="nowhere does not exist, expected"):
        resolve(str(tmp_path / "nowhere"))
    assert not cache.exists()


def test_the_official_name_demands_the_official_checksum(
    archive, cache, resolve
):
    with pytest.raises(UserError, match="wrong checksum"):
        resolve(str(archive))
    assert archive.exists()
    assert not left_in(cache)


def bad_archives(tmp_path):
    """(path, expected message) of archives that must not be used."""
    truncated = write_binary(tmp_path / "truncated")
    (truncated / "data_batch_2.bin").write_bytes(b"cut")
    label = write_binary(tmp_path / "label")
    (label / "test_batch.bin").write_bytes(b"\xff" * 6 * 49)
    text = tmp_path / "text.tar.gz"
    text.write_text("no archive")
    evil = tarfile.TarInfo("../evil.bin")
    return [
        (
            write_archive(tmp_path / "a.tar.gz", truncated),
            r"a\.tar\.gz/data_batch_2\.bin is truncated",
        ),
        (
            write_archive(tmp_path / "b.tar.gz", label),
            r"b\.tar\.gz/test_batch\.bin: image 0 has the label 255",
        ),
        (text, r"cannot be read as a \.tar\.gz"),
        (write_odd_archive(tmp_path / "c.tar.gz", evil), "leads out"),
    ]


@pytest.mark.parametrize("case", range(4))
def test_a_bad_archive_leaves_nothing_in_the_cache(
    tmp_path, cache, resolve, case
):
    path, message = bad_archives(tmp_path)[case]
    before = tree(tmp_path)
    with pytest.raises(UserError, match=message) as error:
        resolve(str(path))
    assert "\n" not in str(error.value)
    assert not left_in(cache)
    assert {k: v for k, v in tree(tmp_path).items() if k != cache} == before


def test_a_disk_error_is_one_line(tmp_path, resolve):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the cache should be")
    archive = write_archive(
        tmp_path / "mine.tar.gz", write_binary(tmp_path / "source")
    )
    with pytest.raises(UserError, match=r"blocked.* cannot be used"):
        resolve(str(archive), cache=blocked / "cache")


def test_looking_for_data_does_not_import_tensorflow():
    code = (
        "import sys, pipeline.data.source; print('tensorflow' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert done.stdout == "False\n"
