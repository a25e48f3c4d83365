"""What `cifar10 label`, `promote` and `rollback` may do.

Forward is `promote`, back is `rollback`: neither goes the other way by
mistake. `label` puts a label anywhere.
"""

from __future__ import annotations

from pathlib import Path

from components.pusher.models_config import STABLE
from components.pusher.versions import versions
from modules.common.errors import UserError
from serving.versions import labels
from serving.versions.labels import CANARY, PREVIOUS, AwaitLoaded, Moved


def model_of(serving_root: Path, version: int | None) -> str:
    """The one model that has `version`, or that has any where that is None.

    Raises:
      UserError: if none has, or several have.
    """
    names = labels.models(serving_root)
    having = [
        n
        for n in names
        if version is None or version in versions(serving_root / n)
    ]
    if len(having) == 1:
        return having[0]
    what = "versions" if version is None else f"a version {version}"
    if having:
        raise UserError(
            f"{' and '.join(having)} have {what}; say which model is meant "
            "with --model-name."
        )
    raise UserError(
        f"no model in {serving_root} has {what}; `cifar10 models` lists what "
        "was pushed."
    )


def label(
    serving_root: Path,
    model: str,
    version: int,
    name: str,
    await_loaded: AwaitLoaded,
) -> list[Moved]:
    """Puts one label on a version.

    Raises:
      UserError: see `labels.assign`.
    """
    return labels.assign(serving_root, model, {name: version}, await_loaded)


def promote(
    serving_root: Path,
    model: str,
    version: int | None,
    await_loaded: AwaitLoaded,
) -> list[Moved]:
    """Makes `version`, or the canary, the stable one.

    Raises:
      UserError: if it is that already, or older; see also `labels.assign`.
    """
    on = labels.read(serving_root).get(model, {})
    target = on.get(CANARY) if version is None else version
    stable = on.get(STABLE)
    if target is None:
        raise UserError(
            f"{model} has no {CANARY}; name the version to promote, or give "
            f"it the label first: `cifar10 label VERSION {CANARY}`."
        )
    if target == stable:
        raise UserError(
            f"version {target} of {model} is {STABLE} already; "
            "`cifar10 models` lists the versions and their labels."
        )
    if stable is not None and target < stable:
        raise UserError(
            f"version {target} of {model} is older than {stable}, which is "
            f"{STABLE}; `cifar10 rollback {target}` goes back to it."
        )
    return labels.assign(serving_root, model, {STABLE: target}, await_loaded)


def rollback(
    serving_root: Path,
    model: str,
    version: int | None,
    await_loaded: AwaitLoaded,
) -> list[Moved]:
    """Makes `version`, or the one before, the stable one again.

    A canary that is the version gone back from goes back with it.

    Raises:
      UserError: if nothing is stable, or the version is not an older one; see
        also `labels.assign`.
    """
    on = labels.read(serving_root).get(model, {})
    stable = on.get(STABLE)
    target = on.get(PREVIOUS) if version is None else version
    if stable is None or target is None:
        raise UserError(
            f"there is nothing to go back from or to: {model} has no "
            f"{STABLE if stable is None else PREVIOUS} version; name one: "
            f"`cifar10 label VERSION {STABLE}`."
        )
    if target >= stable:
        raise UserError(
            f"version {target} of {model} is not older than {stable}, which "
            f"is {STABLE}; `cifar10 promote {target}` goes forward."
        )
    wanted = {STABLE: target}
    if on.get(CANARY) == stable:
        wanted[CANARY] = target
    return labels.assign(serving_root, model, wanted, await_loaded)
