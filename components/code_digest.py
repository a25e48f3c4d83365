"""Makes a component's code part of its cache key: an edit reruns it.

TFX's cache knows a component's inputs and execution properties, not the code
that it runs. So a digest of that code is passed as an execution property, which
Kubeflow compiles like any other. A component of this project gets it by
deriving its spec from `CodedSpec`; a stock one with user code, by
`custom_config`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tfx.types.component_spec import ComponentSpec, ExecutionParameter

from modules.common.digests import source_digest

NAME = "code_digest"
"""The execution property, or the key in a `custom_config`."""


class CodedSpec(ComponentSpec):
    """A spec with the digest of the component's code in `code_digest`.

    The code is the module `executor` in the component's folder, what it
    imports of this project, and `SOURCES`.

    Attributes:
      SOURCES: what the executor depends on without importing it: modules, or
        files and patterns of files; see `source_digest`.
    """

    SOURCES: ClassVar[tuple[str, ...]] = ()
    PARAMETERS: ClassVar[dict[str, Any]] = {}
    INPUTS: ClassVar[dict[str, Any]] = {}
    OUTPUTS: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        digest = {NAME: ExecutionParameter(type=str)}
        cls.PARAMETERS = {**cls.PARAMETERS, **digest}
        super().__init_subclass__(**kwargs)

    def __init__(self, **kwargs: Any) -> None:
        sources = executor_of(type(self)), *self.SOURCES
        super().__init__(**kwargs, **{NAME: source_digest(*sources)})


def executor_of(component: type) -> str:
    """The module `executor` beside the one that defines `component`."""
    package, _, _ = component.__module__.rpartition(".")
    return f"{package}.executor"


def with_code_digest(
    custom_config: Mapping[str, Any], *sources: str
) -> dict[str, Any]:
    """`custom_config` with the digest of `sources`, for stock components."""
    return {**custom_config, NAME: source_digest(*sources)}


def module_of(function: str) -> str:
    """The module of a function that a stock component takes by its name."""
    return function.rpartition(".")[0]
