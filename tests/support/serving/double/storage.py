"""Which versions the configuration wants, by what lies in the folders.

Source: sources/storage_path/file_system_storage_path_source.cc.
"""


def poll(configs, local):
    """PollFileSystemForConfig: the folders of each model's wanted versions.

    Args:
      configs: the models.
      local: makes a path here of a `base_path`.

    Raises:
      OSError: if one model's folder is missing; then none is looked at.
    """
    return {
        config.name: _aspired(config, local(config.base_path))
        for config in configs
    }


def _aspired(config, base):
    policy = config.model_version_policy
    children = {
        number: base / name
        for name in sorted(path.name for path in base.iterdir())
        if (number := _number(name)) is not None
    }
    choice = policy.WhichOneof("policy_choice")
    if choice == "all":
        return children
    if choice == "specific":
        return _specific(policy.specific.versions, children, base)
    count = max(policy.latest.num_versions, 1)
    return {n: children[n] for n in sorted(children)[-count:]}


def _specific(wanted, children, base):
    """AspireSpecificVersionsFastPath, if all have their plain number."""
    plain = {number: base / str(number) for number in wanted}
    if all(path.exists() for path in plain.values()):
        return plain
    return {n: path for n, path in children.items() if n in plain}


def _number(name):
    """absl::SimpleAtoi<int64_t>; None if it is no such number."""
    try:
        number = int(name) if name.isascii() and "_" not in name else None
    except ValueError:
        return None
    return number if number is None or -(2**63) <= number < 2**63 else None
