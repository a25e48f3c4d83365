"""Which versions are loaded, and what a status request says of each.

Sources, in core/ if not said otherwise: aspired_versions_manager.cc and
availability_preserving_policy.cc (what is loaded and unloaded),
basic_manager.cc and loader_harness.cc (how), util/retrier.cc, and
servable_state_monitor.cc (the states).
"""

import dataclasses
import os
import pathlib
import threading
import time
from concurrent import futures

from tests.support.serving.double.servable import Servable
from tests.support.serving.double.status import Refused

REACHED = ("AVAILABLE", "END")


@dataclasses.dataclass
class Version:
    """A version that is managed; `loading` until its last attempt."""

    path: pathlib.Path
    aspired: bool = True
    loading: bool = True
    servable: Servable | None = None


@dataclasses.dataclass(frozen=True)
class State:
    """ServableState: what GetModelStatus says of a version."""

    name: str
    status: str = "OK"
    error: str = ""


CANCELLED = State("END", "CANCELLED", "Loading of servable cancelled")


class Manager:
    """The versions of all models.

    Args:
      retries: of a load, after the first failure.
      interval: seconds between them.
    """

    def __init__(self, retries, interval):
        self._retries, self._interval = retries, interval
        self._versions = {}
        # The state of a version stays known after it is unloaded: nothing
        # calls ForgetUnloadedServableStates.
        self._states = {}
        self._changed = threading.Condition(threading.RLock())
        # ServerCore::Options::num_initial_load_threads, in server_core.h.
        self._executor = futures.ThreadPoolExecutor(4 * (os.cpu_count() or 1))

    def aspire(self, model, paths):
        """ProcessAspiredVersionsRequest, then what the policy says.

        Args:
          model: its name.
          paths: the folder of each version that is to be served, by number.
        """
        with self._changed:
            for (name, number), version in self._versions.items():
                if name == model:
                    version.aspired = number in paths
            for number in sorted(paths, reverse=True):
                key = model, number
                if key not in self._versions:
                    self._versions[key] = Version(paths[number])
                    self._publish(key, State("START"))
                    self._executor.submit(self._load, key)
            self._unload(model)

    def models(self):
        """GetManagedServableNames."""
        with self._changed:
            return {name for name, _ in self._versions}

    def _unload(self, model):
        """AvailabilityPreservingPolicy: what serves last stays, for now."""
        mine = {n: v for (m, n), v in self._versions.items() if m == model}
        aspired = [v for v in mine.values() if v.aspired]
        spare = sorted(
            n for n, v in mine.items() if v.servable and not v.aspired
        )
        if aspired and not any(v.servable for v in aspired):
            spare = spare[:-1]
        for number in spare:
            self._publish((model, number), State("END"))
            del self._versions[model, number]
        for number, version in mine.items():  # FlushServables
            if not (version.aspired or version.loading or version.servable):
                del self._versions[model, number]

    def _load(self, key):
        """LoaderHarness::Load. What failed to the end is not tried again."""
        version = self._versions[key]
        if version.aspired:
            self._publish(key, State("LOADING"))
        for attempt in range(self._retries + 1):
            if not version.aspired:  # CancelLoadServableRetry
                break
            if attempt:
                time.sleep(self._interval)
            try:
                servable = Servable(version.path)
            except Exception as error:
                status = getattr(error, "status", "UNKNOWN")
                end = State("END", status, str(error))
            else:
                end = State("AVAILABLE")
                version.servable = servable
                break
        with self._changed:
            version.loading = False
            if version.aspired:
                self._publish(key, end)
            else:
                self._publish(key, CANCELLED)
                del self._versions[key]

    def _publish(self, key, state):
        with self._changed:
            self._states[key] = state
            self._changed.notify_all()

    def await_initial(self, models):
        """ConnectSourcesWithFastInitialLoad, in load_servables_fast.cc.

        Waits for ever until each model has a version that is loaded, or could
        not be; then for all other loads. Later ones run one after the other:
        --num_load_threads is 0.

        Raises:
          Refused: if one of those could not be loaded.
        """
        with self._changed:
            while not all(reached := [*map(self._reached, models)]):
                self._changed.wait()
            first, self._executor = (
                self._executor,
                futures.ThreadPoolExecutor(1),
            )
        first.shutdown()
        failed = [
            f"{{{{name: {model} version: {number}}}"
            f" due to error: {state.status}: {state.error}}}, "
            for model, (number, state) in zip(models, reached, strict=True)
            if state.name == "END"
        ]
        if failed:
            raise Refused(
                "UNKNOWN",
                f"{len(failed)} servable(s) did not become available: "
                f"{{{''.join(failed)}}}",
            )

    def _reached(self, model):
        """HasAnyServableInStreamReachedState: the newest that has, if any."""
        for number, state in self.states(model):
            if state.name in REACHED:
                return number, state
        return None

    def states(self, model):
        """GetVersionStates: of each version ever seen, the newest first."""
        with self._changed:
            return sorted(
                ((n, s) for (m, n), s in self._states.items() if m == model),
                key=lambda each: -each[0],
            )

    def servables(self, model):
        """The versions that answer requests, by number."""
        with self._changed:
            return {
                number: version.servable
                for (name, number), version in self._versions.items()
                if name == model and version.servable
            }
