"""Uploads a compiled pipeline: one version of it for each commit."""

from __future__ import annotations

import json
from typing import Any

import kfp
import kfp_server_api
from rich.console import Console

from kubeflow.client import connection as clients
from kubeflow.client.connection import Access
from kubeflow.client.package import Package
from modules.common.errors import UserError

_CONFLICT = 409


def upload(
    package: Package, *, access: Access, version: str | None, screen: Console
) -> None:
    """Uploads the pipeline as a new version, and prints its link.

    Args:
      package: the compiled file; its name is the pipeline's, which is created
        with the first version.
      access: to Kubeflow Pipelines.
      version: its name, or None for the commit that it was compiled from.
      screen: where to print.

    Raises:
      UserError: if there is a version of that name, the commit is not known
        and no name is given, or the host cannot be reached or refuses.
    """
    name = version or package.commit[:12] + package.commit[40:]
    if not name:
        raise UserError(
            f"{package.file} does not say which commit it was compiled from, "
            "expected a name for the version: give --version."
        )
    with clients.connection(access) as client:
        with clients.quiet():
            pipeline_id = _pipeline(client, package.name)
            uploaded = _version(client, package, pipeline_id, name)
        link = f"pipelines/details/{pipeline_id}/version/"
        screen.print(
            access.link(link + uploaded.pipeline_version_id),
            soft_wrap=True,
            highlight=False,
        )


def _pipeline(client: kfp.Client, name: str) -> str:
    """The ID of the pipeline of that name, created if there is none.

    `upload_pipeline` would call the first version as the pipeline is called.
    """
    namespace = client.get_user_namespace() or None
    predicate = {"key": "display_name", "operation": "EQUALS"}
    # The SDK's `get_pipeline_id` asks for shared pipelines only.
    found = client.list_pipelines(
        namespace=namespace,
        filter=json.dumps({"predicates": [{**predicate, "stringValue": name}]}),
    )
    for pipeline in found.pipelines or ():
        return str(pipeline.pipeline_id)
    created = client._pipelines_api.pipeline_service_create_pipeline(
        kfp_server_api.V2beta1Pipeline(display_name=name, namespace=namespace)
    )
    return str(created.pipeline_id)


def _version(
    client: kfp.Client, package: Package, pipeline_id: str, name: str
) -> Any:
    try:
        return client.upload_pipeline_version(
            str(package.file),
            pipeline_version_name=name,
            pipeline_id=pipeline_id,
            description=package.description or None,
        )
    except kfp_server_api.ApiException as error:
        if error.status != _CONFLICT:
            raise
        raise UserError(
            f"found a version {name!r} of the pipeline {package.name} already, "
            "expected a new one: commit what has changed and compile again, or "
            "give another name with --version."
        ) from error
