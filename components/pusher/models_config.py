"""`models.config`: which version of a model has which label.

TF Serving reads it every few seconds. It is beside the models in the serving
root, so that one mounted directory holds both. No TensorFlow here.
"""

from __future__ import annotations

import pathlib

from google.protobuf import text_format
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from modules.common.errors import UserError

FILE_NAME = "models.config"
STABLE = "stable"
"""The label of the version in production."""


def parse(text: str) -> ModelServerConfig:
    """A ModelServerConfig from its text form.

    Raises:
      google.protobuf.text_format.ParseError: if it is none.
    """
    return text_format.Parse(text, ModelServerConfig())


def load(serving_root: pathlib.Path) -> ModelServerConfig:
    """The file's content; nothing where there is no file.

    Raises:
      UserError: if the file is no ModelServerConfig.
    """
    path = serving_root / FILE_NAME
    try:
        return parse(path.read_text("utf-8"))
    except FileNotFoundError:
        return ModelServerConfig()
    except (OSError, UnicodeDecodeError, text_format.ParseError) as error:
        raise UserError(
            f"{path} cannot be read ({error}); expected a ModelServerConfig "
            "of TF Serving. Move it away to start afresh."
        ) from error


def stable(serving_root: pathlib.Path, model: str) -> int | None:
    """The version of `model` that is in production, where a label says so.

    Raises:
      UserError: if the file is no ModelServerConfig.
    """
    for config in load(serving_root).model_config_list.config:
        if config.name == model and STABLE in config.version_labels:
            return int(config.version_labels[STABLE])
    return None
