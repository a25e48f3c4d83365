"""Where a run's images come from: found, fetched or drawn, and checked.

This runs before the pipeline is built, so that bad data is one clear line
instead of a failure in the middle of a run. No TensorFlow.
"""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

from rich.progress import Progress

from components.image_example_gen import formats, sample
from components.image_example_gen.formats import DataFormat
from components.image_example_gen.image_set import ImageSpec
from modules.common.atomic import new_directory, sweep
from modules.common.errors import UserError
from modules.common.home import expanded
from pipeline.data.access import accessible
from pipeline.data.archive import extract_batches, file_digest, require_md5
from pipeline.data.digest import files_digest
from pipeline.data.download import UnreachableError, downloaded
from pipeline.data.expected import (
    perhaps_own,
    require_of_sample,
    require_unlabelled,
    require_whole,
)
from pipeline.data.progress_bars import bar
from pipeline.datasets.config import DatasetConfig, RemoteFile

_SAMPLE_NOTICE = "the built-in SAMPLE of small drawings, not CIFAR-10 ({})"


@dataclasses.dataclass(frozen=True)
class DataSource:
    """A checked data set on the local disk.

    Attributes:
      uri: the directory that holds it.
      format: how it is laid out there.
      digest: of the names and contents of all its files.
      sample: whether it is the built-in sample, not real images.
      description: one line for the console; loud for a sample.
      train_count: images in the train split, before any cap.
      test_count: images in the test split.
    """

    uri: str
    format: DataFormat
    digest: str
    sample: bool
    description: str
    train_count: int
    test_count: int


def resolve(
    data: str,
    *,
    cache: Path,
    dataset: DatasetConfig,
    progress: Progress | None = None,
    remote: RemoteFile | None = None,
    notice: Callable[[str], None] = lambda message: None,
) -> DataSource:
    """Finds the data set, fetches it if need be, and checks all of it.

    Args:
      data: `auto` (the cache, else a download, else the sample), `sample`, or
        a path: the official .tar.gz, the directory of the official files or
        its parent, an image folder, or a folder of shards. A path is read,
        never changed.
      cache: the directory for extracted, downloaded and drawn data.
      dataset: what the images are expected to be.
      progress: where long steps show a bar; none is shown without it.
      remote: what `auto` downloads; the data set's archives without it.
      notice: is told what may take a while without any sign.

    Raises:
      UserError: if there is no usable data; nothing half-written is left.
    """
    sweep(cache)
    resolver = _Resolver(
        cache,
        dataset,
        (remote,) if remote else dataset.archives,
        progress or Progress(disable=True),
    )
    with accessible(cache):
        if data == "auto":
            return resolver.auto(notice)
        if data == "sample":
            return resolver.draw_sample("as asked")
        return resolver.explicit(expanded(data).absolute())


@dataclasses.dataclass(frozen=True)
class _Resolver:
    cache: Path
    dataset: DatasetConfig
    remotes: tuple[RemoteFile, ...]
    progress: Progress

    @property
    def spec(self) -> ImageSpec:
        return self.dataset.spec

    def auto(self, notice: Callable[[str], None]) -> DataSource:
        """The cache, else a download, else the sample."""
        label, stored = self.dataset.label, self.dataset.stored
        cached = self.cache / stored.directory
        if cached.exists():
            return self._cached(cached, f"{label} from the cache, {cached}")
        if not self.remotes:
            raise UserError(
                f"the images of {label} are in no place that is known; give "
                "their path as data."
            )
        host = self.remotes[0].host
        notice(f"asking {host} for {self.remotes[0].name} …")
        try:
            origin = f"{label} from {host}, now in {cached}"
            return self._downloaded(cached, origin)
        except UnreachableError as error:
            why = f"because {host} could not be reached: {error}"
            if self.dataset.name == sample.DATASET:
                return self.draw_sample(why)
            names = ", ".join(remote.url for remote in self.remotes)
            raise UserError(
                f"there are no images of {label}, {why}; get {names} and give "
                "the path as data."
            ) from error

    def _downloaded(self, cached: Path, origin: str) -> DataSource:
        """Fetches an archive, or all of several files, into the cache."""
        if len(self.remotes) == 1:
            (remote,) = self.remotes
            with downloaded(remote, self.cache, self.progress) as archive:
                return self._extracted(archive, cached, origin)
        with new_directory(cached) as staging:
            for remote in self.remotes:
                with downloaded(remote, self.cache, self.progress) as file:
                    shutil.move(file, staging / remote.name)
            found = self._inspect(staging, origin)
        return dataclasses.replace(found, uri=str(cached))

    def explicit(self, path: Path) -> DataSource:
        """A path of the user's."""
        if not path.exists():
            raise UserError(
                f"{path} does not exist, expected 'auto', 'sample', or the "
                "path of an archive, its extracted directory or an image "
                "folder; check the data argument."
            )
        if path.is_dir():
            return self._inspect(path, f"images of {path}")
        if not path.is_file():
            raise UserError(
                f"{path} is a pipe, a device or a socket, expected a .tar.gz "
                "archive or a directory; check the data argument."
            )
        require_whole(path, self.dataset)
        if official := [r for r in self.remotes if r.name == path.name]:
            require_md5(path, official[0].md5)
            target = self.cache / self.dataset.stored.directory
        else:
            digest = file_digest(path, "sha256")
            target = self.cache / f"archive-{digest[:16]}"
        return self._extracted(path, target, f"images of {path}")

    def draw_sample(self, origin: str) -> DataSource:
        """The built-in sample, drawn unless the cache has it."""
        require_of_sample(self.dataset.name, self.spec)
        target = self.cache / f"sample-{sample.DIGEST[:12]}"
        if target.exists():
            with contextlib.suppress(UserError):
                found = self._inspect(target, origin, is_sample=True)
                if found.digest == sample.DIGEST:
                    return found
            shutil.rmtree(target)  # damaged
        with new_directory(target) as staging:
            sample.write(staging)
        return self._inspect(target, origin, is_sample=True)

    def _extracted(
        self, archive: Path, target: Path, origin: str
    ) -> DataSource:
        """What an archive holds, checked before it enters the cache."""
        if target.exists():
            return self._cached(target, origin)
        with new_directory(target) as staging:
            with (
                bar(self.progress, "Extracting the archive"),
                perhaps_own(archive, self.remotes),
            ):
                stored = self.dataset.stored
                extract_batches(
                    archive, staging, stored.max_bytes, stored.names
                )
            try:
                found = self._inspect(staging, origin)
            except UserError as error:
                message = str(error).replace(str(staging), str(archive))
                raise UserError(message) from error
        return dataclasses.replace(found, uri=str(target))

    def _cached(self, directory: Path, origin: str) -> DataSource:
        try:
            return self._inspect(directory, origin)
        except UserError as error:
            raise UserError(
                f"{error} (This is the cache: remove {directory} and run "
                "again.)"
            ) from error

    def _inspect(
        self, path: Path, origin: str, *, is_sample: bool = False
    ) -> DataSource:
        """Checks every image of a directory and takes its digest."""
        root, data_format = formats.detect(path, self.dataset.layout)
        images = formats.open_image_set(root, data_format, self.spec)
        counts = images.counts()
        require_unlabelled(root, self.dataset, counts)
        with bar(self.progress, "Checking the images") as on_progress:
            images.check(on_progress)
        if remarks := images.remarks():
            origin = f"{origin} ({'; '.join(remarks)})"
        digest = files_digest(root, images.files())
        is_sample = is_sample or digest == sample.DIGEST
        return DataSource(
            uri=str(root),
            format=data_format,
            digest=digest,
            sample=is_sample,
            description=_SAMPLE_NOTICE.format(origin) if is_sample else origin,
            train_count=counts["train"],
            test_count=counts["test"],
        )
