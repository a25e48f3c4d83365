"""Which versions are loaded, and which one each label names.

Sources: model_servers/server_core.cc (configuration and labels),
sources/storage_path/file_system_storage_path_source.cc (which versions are
wanted), core/loader_harness.cc and util/retrier.cc (loading),
core/basic_manager.cc and core/manager.h (looking one up).
"""

import contextlib
import dataclasses
import pathlib
import threading
import time

from google.protobuf import text_format

from components.pusher.models_config import parse
from serving.versions.models_config import MOUNT
from tests.support.serving.double.servable import Servable
from tests.support.serving.double.status import Refused


@dataclasses.dataclass
class Version:
    """A version that is wanted: its state as GetModelStatus names it."""

    path: pathlib.Path
    state: str = "LOADING"
    error: str = ""
    servable: Servable | None = None


class ServerCore:
    """The models that a models.config names.

    Args:
      config_file: the models.config; its folder is what `/models` is inside.
      retries: of a load, after the first failure.
      retry_interval: seconds between them.
    """

    def __init__(self, config_file, retries=5, retry_interval=1.0):
        self._file = pathlib.Path(config_file)
        self._retries, self._interval = retries, retry_interval
        self._labels = {}
        self._sources = []
        self._versions = {}
        self._lock = threading.RLock()

    def start(self, poll):
        """Loads what the configuration names, then follows it.

        Like ConnectSourcesWithFastInitialLoad in core/load_servables_fast.cc:
        no port opens before all first loads have ended, and it fails where a
        model's first version to end did not become available.
        """
        self.reload()
        for thread in self._poll_files():
            thread.join()
        for config in self._sources:
            states = {
                number: each.state
                for (name, number), each in self._versions.items()
                if name == config.name
            }
            if "AVAILABLE" not in states.values():
                raise Refused(
                    "UNKNOWN",
                    f"servable(s) did not become available: {config.name}",
                )
        threading.Thread(target=self._follow, args=[poll], daemon=True).start()

    def _follow(self, poll):
        while True:
            time.sleep(poll)
            # As PollFilesystemAndReloadConfig in model_servers/server.cc does.
            with contextlib.suppress(Refused, OSError, text_format.ParseError):
                self.reload()
            self._poll_files()

    def reload(self):
        """ServerCore::ReloadConfig: labels first, then versions.

        Where a label is refused, the versions are not even looked at.
        """
        configs = parse(self._file.read_text()).model_config_list.config
        names = [config.name for config in configs]
        for name in names:
            if names.count(name) > 1:
                raise Refused(
                    "INVALID_ARGUMENT",
                    f"Illegal to list model {name} multiple times in config "
                    "list",
                )
        with self._lock:
            self._labels = {
                config.name: {
                    label: self._allowed(config.name, label, version)
                    for label, version in config.version_labels.items()
                }
                for config in configs
            }
            self._sources = list(configs)

    def _allowed(self, model, label, version):
        """UpdateModelVersionLabelMap: a label moves to a loaded version only.

        With --allow_version_labels_for_unavailable_models, one that is new
        may be on any.
        """
        moves = self._labels.get(model, {}).get(label, version) != version
        found = self._versions.get((model, version))
        if moves and (found is None or found.state != "AVAILABLE"):
            raise Refused(
                "FAILED_PRECONDITION",
                f"Request to assign label to version {version} of model "
                f"{model}, which is not currently available for inference",
            )
        return version

    def _poll_files(self):
        """PollFileSystemForConfig: one missing folder stops all of it."""
        wanted = {}
        for config in self._sources:
            base = self._local(config.base_path)
            if not base.exists():
                return []
            for number, path in _aspired(config, base).items():
                wanted[config.name, number] = path
        threads = []
        with self._lock:
            for key in [k for k in self._versions if k not in wanted]:
                del self._versions[key]
            for key, path in wanted.items():
                if key not in self._versions:
                    self._versions[key] = Version(path)
                    threads.append(
                        threading.Thread(
                            target=self._load,
                            args=[self._versions[key]],
                            daemon=True,
                        )
                    )
        for thread in threads:
            thread.start()
        return threads

    def _local(self, base_path):
        """The folder that `base_path` is in the server's container."""
        relative = pathlib.PurePosixPath(base_path)
        if relative.is_relative_to(MOUNT):
            return self._file.parent / relative.relative_to(MOUNT)
        return pathlib.Path(base_path)

    def _load(self, version):
        """util/retrier.cc. What failed to the end is not tried again."""
        for attempt in range(self._retries + 1):
            if attempt:
                time.sleep(self._interval)
            try:
                version.servable = Servable(version.path)
            except Exception as error:
                version.error = str(error)
            else:
                version.state, version.error = "AVAILABLE", ""
                return
        version.state = "END"

    def servable(self, spec):
        """ServableRequestFromModelSpec and GetUntypedServableHandle."""
        if not spec.name:
            raise Refused(
                "INVALID_ARGUMENT", "ModelSpec has no name specified."
            )
        choice = spec.WhichOneof("version_choice")
        with self._lock:
            if choice == "version_label":
                number = self._labelled(spec.name, spec.version_label)
            elif choice == "version":
                number = spec.version.value
            else:
                number = max(self._available(spec.name), default=None)
            found = self._available(spec.name).get(number)
        if found is None:
            request = (
                f"Specific({spec.name}, {number})"
                if choice
                else f"Latest({spec.name})"
            )
            raise Refused(
                "NOT_FOUND", f"Servable not found for request: {request}"
            )
        return number, found

    def _labelled(self, model, label):
        """GetModelVersionForLabel: an unknown model has no labels either."""
        known = self._labels.get(model, {})
        if label not in known:
            raise Refused(
                "INVALID_ARGUMENT",
                f"Unrecognized servable version label: {label}",
            )
        return known[label]

    def _available(self, model):
        return {
            number: version.servable
            for (name, number), version in self._versions.items()
            if name == model and version.state == "AVAILABLE"
        }

    def versions(self, model):
        """Each wanted version and its state, the newest first."""
        with self._lock:
            return sorted(
                (
                    (number, version)
                    for (name, number), version in self._versions.items()
                    if name == model
                ),
                reverse=True,
            )


def _aspired(config, base):
    """The versions that the policy wants, by number, and their folders."""
    children = {}
    for child in base.iterdir():
        if (number := _number(child.name)) is not None:
            children[number] = child
    policy = config.model_version_policy
    choice = policy.WhichOneof("policy_choice")
    if choice == "all":
        return children
    if choice == "specific":
        return {
            n: p for n, p in children.items() if n in policy.specific.versions
        }
    count = max(policy.latest.num_versions, 1)
    return {n: children[n] for n in sorted(children)[-count:]}


def _number(name):
    """absl::SimpleAtoi<int64_t>; None if it is no such number."""
    try:
        number = int(name) if name.isascii() and "_" not in name else None
    except ValueError:
        return None
    return number if number is None or -(2**63) <= number < 2**63 else None
