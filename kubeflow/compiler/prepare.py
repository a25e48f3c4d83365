"""From the command line's request to the parameters of a compiled file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from kubeflow.parameters import SAMPLE, Parameters
from pipeline.data import source as data_source
from pipeline.data.source import DataSource
from pipeline.request import Request, configure


def prepare(
    request: Request, data_uri: str | None, serving: Path
) -> tuple[Parameters, DataSource]:
    """The defaults of a run, and the images as the steps see them.

    Args:
      request: what to run; its data are read here.
      data_uri: where the steps find the same images, or None for where they
        are here. The steps generate the sample themselves.
      serving: where the steps push models.

    Raises:
      UserError: if the data or the request is not usable.
    """
    config = configure(request, sample=False)
    source = data_source.resolve(
        request.data,
        cache=request.cache,
        dataset=config.dataset,
    )
    config = configure(request, sample=source.sample)
    if data_uri is None:
        data_uri = SAMPLE if source.sample else source.uri
    parameters = Parameters(
        dataset=config.dataset,
        preset=config.preset,
        seed=request.seed,
        accept_data=request.accept_data,
        tune=request.tune,
        overrides=request.overrides,
        data_uri=data_uri,
        data_digest=source.digest,
        push_destination=str(serving),
    )
    return parameters, dataclasses.replace(source, uri=data_uri)
