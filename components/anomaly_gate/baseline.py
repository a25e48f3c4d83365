"""Selects the pushed version whose data a run's data is compared with.

No TensorFlow here: the version is part of the cache key, so it is selected
while the pipeline is being built.
"""

from __future__ import annotations

from pathlib import Path

from components.baseline_model.find import candidates
from components.pusher.versions import serving_directory
from modules.data_profile import verdict
from modules.export import metadata


def baseline_version(push_destination: str, data_digest: str) -> str:
    """The version that a run on data with `data_digest` is compared with.

    That is the one in production, as for models; versions that were pushed
    without a profile of their data are passed over. Each model name has a
    directory of its own, so the sample and real images are never compared.

    Where production has this very data, it is what that was compared with, so
    that a rerun with nothing changed gets the same answer; or production
    itself, where its data was accepted as the new normal.

    Args:
      push_destination: `<serving root>/<model name>`; it need not exist.
      data_digest: the digest of the images.

    Returns:
      The version's directory name, or "" if there is nothing to compare with.

    Raises:
      UserError: if the version's description or profile is damaged.
    """
    directory = serving_directory(push_destination)
    found = [v for v in candidates(directory) if _has_profile(directory, v)]
    if not found:
        return ""
    production = directory / str(found[0])
    made = verdict.read(production / verdict.STORED)
    own = metadata.read(production).lineage.data_digest == data_digest
    if own and not made.accepted:
        if not made.baseline:
            return ""
        if made.baseline.isdecimal() and int(made.baseline) in found:
            return made.baseline
    return str(found[0])


def _has_profile(directory: Path, version: int) -> bool:
    return (directory / str(version) / verdict.STORED / verdict.FILE).is_file()
