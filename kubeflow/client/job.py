"""A job for Kubeflow Pipelines: a compiled file and how to run it."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from kubeflow.client.package import Package
from kubeflow.labels import labels


@dataclasses.dataclass(frozen=True, kw_only=True)
class Job:
    """A compiled pipeline with the values of one run.

    Attributes:
      package: the compiled file.
      arguments: values of the pipeline's parameters, over those compiled.
      pipeline_root: where artifacts go, or None for Kubeflow's own.
      experiment: the name of the experiment, or None for the pipeline's.
    """

    package: Package
    arguments: Mapping[str, Any]
    pipeline_root: str | None = None
    experiment: str | None = None

    @property
    def experiment_name(self) -> str:
        """The experiment that runs are listed under."""
        return self.experiment or self.package.name

    @property
    def caching(self) -> bool | None:
        """False where Kubeflow's cache would be wrong, None for as compiled.

        Kubeflow does not look at files: without a digest, it would take other
        images at the same place for the same.
        """
        return False if self._values.get("data_digest") == "" else None

    def on_current_images(self) -> Job:
        """The same for whatever images are there, unless it says which."""
        if "data_digest" not in self.package.kinds:
            return self
        arguments = {"data_digest": "", **self.arguments}
        return dataclasses.replace(self, arguments=arguments)

    def run_name(self, now: datetime.datetime) -> str:
        """Such as `cifar10 cpu seed 1 0123abcd 2026-11-25 19:05:38`."""
        values = self._values
        parts = [self.package.name, values.get("preset")]
        if "seed" in values:
            parts.append(f"seed {values['seed']}")
        parts += [self.package.commit[:8], f"{now:%Y-%m-%d %H:%M:%S}"]
        return " ".join(str(part) for part in parts if part)

    @contextlib.contextmanager
    def labelled_file(self) -> Iterator[Path]:
        """The file, with this run's values in the labels of the pods.

        Kubeflow has no labels for runs; those of pods are compiled.
        """
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / "pipeline.yaml"
            documents = list(
                yaml.safe_load_all(self.package.file.read_text("utf-8"))
            )
            for metadata in _pod_metadata(documents):
                metadata["labels"].update(
                    labels(self._values, self.package.commit)
                )
            file.write_text(yaml.safe_dump_all(documents), "utf-8")
            yield file

    @property
    def _values(self) -> Mapping[str, Any]:
        return {**self.package.defaults, **self.arguments}


def _pod_metadata(documents: list[Any]) -> Iterator[Any]:
    """What the platform document says of each step's pod."""
    for document in documents[1:]:
        kubernetes = document.get("platforms", {}).get("kubernetes", {})
        executors = kubernetes.get("deploymentSpec", {}).get("executors", {})
        for executor in executors.values():
            if "labels" in executor.get("podMetadata", {}):
                yield executor["podMetadata"]
