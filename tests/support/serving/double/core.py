"""The configuration: which models are served, and what their labels name.

Sources: model_servers/server_core.cc (configuration and labels),
model_servers/server.cc (polling), core/basic_manager.cc and core/manager.h
(looking a version up).
"""

import contextlib
import pathlib
import threading
import time

from google.protobuf import text_format

from components.pusher.models_config import parse
from serving.versions.models_config import MOUNT
from tests.support.serving.double import storage
from tests.support.serving.double.manager import Manager
from tests.support.serving.double.status import Refused


class ServerCore:
    """The models that a models.config names.

    Args:
      config_file: the models.config; its folder is what `/models` is inside.
      retries: of a load, after the first failure.
      retry_interval: seconds between them.
    """

    def __init__(self, config_file, retries=5, retry_interval=1.0):
        self._file = pathlib.Path(config_file)
        self._labels = {}
        self._configs = []
        self._lock = threading.RLock()
        self._manager = Manager(retries, retry_interval)

    def start(self, poll):
        """Loads what the configuration names, then follows it.

        No port opens before all first loads have ended, however long that
        takes; folders are polled meanwhile, the configuration is not.

        Args:
          poll: seconds between looks at the file and the folders.

        Raises:
          Refused: if the configuration, or a model's first version, is bad.
        """
        self.reload()
        _repeat(self.poll_folders, poll)
        self._manager.await_initial([each.name for each in self._configs])
        _repeat(self._poll_config, poll)

    def _poll_config(self):
        """PollFilesystemAndReloadConfig; what goes wrong is only logged."""
        with contextlib.suppress(Refused, OSError, text_format.ParseError):
            self.reload()

    def reload(self):
        """ServerCore::ReloadConfig: labels first, then versions.

        Where a label is refused, the versions are not even looked at.
        """
        server = parse(self._file.read_text())
        if not server.WhichOneof("config"):
            return  # "Taking no action for empty config."
        configs = server.model_config_list.config
        _validate(configs)
        with self._lock:
            self._labels = {
                config.name: {
                    label: self._allowed(config.name, label, version)
                    for label, version in config.version_labels.items()
                }
                for config in configs
            }
            self._configs = list(configs)
            # UnaspireServables, of the models that are no longer named.
            for name in self._manager.models() - {c.name for c in configs}:
                self._manager.aspire(name, {})

    def _allowed(self, model, label, version):
        """UpdateModelVersionLabelMap: a label moves to a loaded version only.

        With --allow_version_labels_for_unavailable_models, one that is new
        may be on any.
        """
        moves = self._labels.get(model, {}).get(label, version) != version
        state = dict(self._manager.states(model)).get(version)
        if moves and (state is None or state.name != "AVAILABLE"):
            raise Refused(
                "FAILED_PRECONDITION",
                f"Request to assign label to version {version} of model "
                f"{model}, which is not currently available for inference",
            )
        return version

    def poll_folders(self):
        """PollFileSystemAndInvokeCallback: one missing folder stops it."""
        with self._lock, contextlib.suppress(OSError):
            for name, paths in storage.poll(self._configs, self._local).items():
                self._manager.aspire(name, paths)

    def _local(self, base_path):
        """The folder that `base_path` is in the server's container."""
        relative = pathlib.PurePosixPath(base_path)
        if relative.is_relative_to(MOUNT):
            return self._file.parent / relative.relative_to(MOUNT)
        return pathlib.Path(base_path)

    def servable(self, spec):
        """ServableRequestFromModelSpec and GetUntypedServableHandle."""
        if not spec.name:
            raise Refused(
                "INVALID_ARGUMENT", "ModelSpec has no name specified."
            )
        choice = spec.WhichOneof("version_choice")
        with self._lock:
            loaded = self._manager.servables(spec.name)
            if choice == "version_label":
                number = self._labelled(spec.name, spec.version_label)
            elif choice == "version":
                number = spec.version.value
            else:
                number = max(loaded, default=None)
        if number not in loaded:
            request = (
                f"Specific({spec.name}, {number})"
                if choice
                else f"Latest({spec.name})"
            )
            raise Refused(
                "NOT_FOUND", f"Servable not found for request: {request}"
            )
        return number, loaded[number]

    def _labelled(self, model, label):
        """GetModelVersionForLabel: an unknown model has no labels either."""
        known = self._labels.get(model, {})
        if label not in known:
            raise Refused(
                "INVALID_ARGUMENT",
                f"Unrecognized servable version label: {label}",
            )
        return known[label]

    def states(self, model):
        """Each version that the server has ever seen, the newest first."""
        return self._manager.states(model)


def _validate(configs):
    """ValidateModelConfigList."""
    names = [config.name for config in configs]
    for config in configs:
        if names.count(config.name) > 1:
            raise Refused(
                "INVALID_ARGUMENT",
                f"Illegal to list model {config.name} multiple times in config "
                "list",
            )
        if not config.base_path.startswith("/"):
            raise Refused(
                "INVALID_ARGUMENT",
                f"Expected model {config.name} to have an absolute path or "
                f"URI; got base_path()={config.base_path}",
            )


def _repeat(action, seconds):
    """PeriodicFunction: at once, and again after each pause."""

    def run():
        while True:
            action()
            time.sleep(seconds)

    threading.Thread(target=run, daemon=True).start()
