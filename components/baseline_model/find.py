"""Which pushed model is the one in production, seen from another model.

No TensorFlow here: the answer is part of the cache key, so it is asked while
the pipeline is being built.
"""

from __future__ import annotations

from components.pusher.versions import serving_directory, versions
from modules.evaluation import model_info


def production_version(push_destination: str, model_digest: str) -> str:
    """The newest version under `push_destination` that is another model.

    A model is never compared with itself: versions with its own digest are
    passed over. So a rerun with nothing changed gets the same answer, although
    its first run has pushed a version.

    Args:
      push_destination: `<serving root>/<model name>`; it need not exist.
      model_digest: the digest of the model that is to be compared.

    Returns:
      The version's directory name, or "" if there is no other model.

    Raises:
      UserError: if a version that would be compared with is not a model that
        this pipeline pushed. Passing over it could let a bad model through.
    """
    directory = serving_directory(push_destination)
    for version in versions(directory):
        model = model_info.read(directory / str(version))
        if model.model_digest != model_digest:
            return str(version)
    return ""
