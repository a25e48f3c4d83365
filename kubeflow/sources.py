"""The images of a run on Kubeflow: pinned by its parameters, or as found.

A step sees the images' directory as it is while the step runs. Only
ImageExampleGen has to read it, unless the digest is left empty: then each step
that depends on the data looks for itself.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from components.image_example_gen import sample
from kubeflow.parameters import Parameters
from modules.common.errors import UserError
from pipeline.data import source as data_source
from pipeline.data.source import DataSource
from pipeline.request import configure


def stated(parameters: Parameters) -> DataSource:
    """The data with the digest of the parameters, unread.

    The layout and the counts are not known; only ImageExampleGen asks.
    """
    return DataSource(
        uri=parameters.data_uri,
        format="binary",
        digest=parameters.data_digest,
        sample=parameters.data_digest == sample.DIGEST,
        description=f"images of {parameters.data_uri}",
        train_count=0,
        test_count=0,
    )


def read(parameters: Parameters) -> DataSource:
    """The data that is at the parameters' place now, all of it checked.

    Raises:
      UserError: if there is none that is usable, or it has another digest.
    """
    dataset = configure(parameters, sample=False).dataset
    found = data_source.resolve(
        parameters.data_uri,
        cache=Path(tempfile.mkdtemp(prefix="cifar10-")),
        dataset=dataset,
    )
    if parameters.data_digest not in ("", found.digest):
        raise UserError(
            f"the images at {parameters.data_uri} have the digest "
            f"{found.digest}, expected {parameters.data_digest}: they are not "
            "those that the run is for; start it with the parameter "
            "data_digest set to theirs."
        )
    return found
