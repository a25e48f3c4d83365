"""Every data set of the package, fetched, extracted, cached or given."""

import dataclasses
import functools
import hashlib
import http.server
import threading

import pytest

from modules.common.errors import UserError
from pipeline.data import source as data_source
from pipeline.datasets import files
from pipeline.datasets.config import RemoteFile
from tests.support import made_images, official
from tests.support.image_sets import write_archive

NAMES = [n for n in files.names() if files.shipped(n).layout]


@pytest.fixture
def web(tmp_path, monkeypatch):
    """A directory whose files are on the web, and their address."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    root = tmp_path / "web"
    root.mkdir()
    handler = functools.partial(
        http.server.SimpleHTTPRequestHandler, directory=root
    )
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield root, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def published(web, dataset):
    """The data set, small, with its official names on the web."""
    root, address = web
    made = root / "made"
    official.write(made, dataset)
    names = [remote.name for remote in dataset.archives]
    if names[0].endswith(".tar.gz"):
        write_archive(root / names[0], made, folder=dataset.layout.directory)
    else:
        for name in names:
            (made / name).rename(root / name)
    remotes = tuple(
        RemoteFile(
            f"{address}/{name}",
            hashlib.md5((root / name).read_bytes()).hexdigest(),
        )
        for name in names
    )
    return dataclasses.replace(dataset, archives=remotes)


@pytest.mark.parametrize("name", NAMES)
def test_a_data_set_is_fetched_once_and_then_cached(tmp_path, web, name):
    dataset = published(web, files.shipped(name))
    cache = tmp_path / "cache"
    resolve = functools.partial(
        data_source.resolve, "auto", cache=cache, dataset=dataset
    )
    found = resolve()
    assert found.uri == str(cache / dataset.layout.directory)
    assert found.format == dataset.layout.format
    assert found.train_count == 2 * len(dataset.class_names)
    assert dataset.label in found.description
    assert not found.sample
    # The archive too, where the official files are one.
    for path in web[0].iterdir():
        if path.is_file():
            path.unlink()
    again = resolve()
    assert again.digest == found.digest
    assert "from the cache" in again.description


def test_a_wrong_checksum_leaves_nothing_behind(tmp_path, web):
    dataset = published(web, files.shipped("mnist"))
    spoiled = web[0] / dataset.archives[2].name
    spoiled.write_bytes(spoiled.read_bytes() + b"x")
    cache = tmp_path / "cache"
    with pytest.raises(UserError, match="wrong checksum"):
        data_source.resolve("auto", cache=cache, dataset=dataset)
    assert list(cache.iterdir()) == []


def test_no_sample_stands_for_another_data_set(tmp_path):
    nowhere = RemoteFile("http://127.0.0.1:9/x.mat", "0" * 32)
    svhn = dataclasses.replace(files.shipped("svhn"), archives=(nowhere,))
    with pytest.raises(UserError, match=r"no images of SVHN.*get http.*x\.mat"):
        data_source.resolve("auto", cache=tmp_path / "c", dataset=svhn)


def test_the_archive_may_be_given(tmp_path, web):
    dataset = published(web, files.shipped("stl10"))
    archive = web[0] / dataset.archives[0].name
    found = data_source.resolve(
        str(archive), cache=tmp_path / "cache", dataset=dataset
    )
    assert found.train_count == 20
    assert "20 images without labels, for the autoencoder" in found.description
    other = dataclasses.replace(
        dataset, archives=(RemoteFile(dataset.archives[0].url, "0" * 32),)
    )
    with pytest.raises(UserError, match="wrong checksum"):
        data_source.resolve(
            str(archive), cache=tmp_path / "other", dataset=other
        )


@pytest.mark.parametrize("name", ["mnist", "svhn", "stl10"])
def test_one_of_several_files_is_answered_with_their_folder(tmp_path, name):
    dataset = files.shipped(name)
    official.write(tmp_path / "made", dataset)
    file = tmp_path / "made" / dataset.layout.train[0]
    said = f"{file.name} is one of the . files of .*; give the folder .*/made."
    with pytest.raises(UserError, match=said):
        data_source.resolve(
            str(file), cache=tmp_path / "cache", dataset=dataset
        )
    other = files.shipped("cifar10")
    said = f"of the data set .*{name}.*/made, with --dataset .*{name}"
    with pytest.raises(UserError, match=said):
        data_source.resolve(str(file), cache=tmp_path / "cache", dataset=other)


def test_the_largest_official_file_may_be_extracted():
    stl10 = files.shipped("stl10").layout
    unlabelled = 100_000 * 3 * 96 * 96
    assert "unlabeled_X.bin" in stl10.names
    assert stl10.max_bytes >= unlabelled


def test_a_folder_has_no_images_without_labels(tmp_path):
    stl10 = files.shipped("stl10")
    root = made_images.write(
        tmp_path / "data", names=stl10.class_names, size=16, train=2, test=2
    )
    with pytest.raises(UserError, match=r"without .*unlabeled_X\.bin"):
        data_source.resolve(str(root), cache=tmp_path / "c", dataset=stl10)
    without = dataclasses.replace(stl10, layout=None)
    data_source.resolve(str(root), cache=tmp_path / "c", dataset=without)
