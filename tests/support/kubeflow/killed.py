"""Executors that are killed half-way: no handler runs, nothing is tidied."""

import os
import signal
from unittest import mock

from components.image_example_gen import executor as example_gen
from components.pusher import executor as pusher
from components.pusher import push


def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def cancel(*_):
    """What Argo sends first where a run is cancelled; see `pod`."""
    os.kill(os.getpid(), signal.SIGTERM)


class ExampleGen(example_gen.Executor):
    """Is killed after half of the records of a file."""

    def Do(self, input_dict, output_dict, exec_properties):
        serialize = example_gen.serialize

        def half(images):
            records = list(serialize(images))
            yield from records[: len(records) // 2]
            kill()

        with mock.patch.object(example_gen, "serialize", half):
            super().Do(input_dict, output_dict, exec_properties)


class PusherBefore(pusher.Executor):
    """Is killed when all files are copied, and no server sees them yet."""

    def Do(self, input_dict, output_dict, exec_properties):
        with mock.patch.object(push, "_flush", kill):
            super().Do(input_dict, output_dict, exec_properties)


class PusherCancelled(pusher.Executor):
    """Is cancelled when all files are copied, and no server sees them yet."""

    def Do(self, input_dict, output_dict, exec_properties):
        with mock.patch.object(push, "_flush", cancel):
            super().Do(input_dict, output_dict, exec_properties)


class PusherAfter(pusher.Executor):
    """Is killed when servers see the version, but Kubeflow was not told."""

    def Do(self, input_dict, output_dict, exec_properties):
        with mock.patch.object(pusher, "_record", kill):
            super().Do(input_dict, output_dict, exec_properties)
