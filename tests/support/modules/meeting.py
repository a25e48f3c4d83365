"""The autoencoder's study, whose first trials wait for a second worker."""

import dataclasses
import json
import sys
from types import SimpleNamespace

from modules.autoencoder import tuner
from modules.hparams import AutoencoderParams
from modules.tuning import search
from tests.support.modules import fake


def study(inputs):
    real = tuner.study(inputs)

    def train(params, directory, callbacks):
        fake.note(directory)
        fake.make("meet", directory)
        real.train(params, directory, callbacks)

    return dataclasses.replace(real, train=train)


def chief(arguments):
    """Leads the search that `arguments`, the JSON of `FnArgs`, describe."""
    fn_args = SimpleNamespace(**json.loads(arguments))
    name = "tests.support.modules.meeting"
    search.plan(name, AutoencoderParams, fn_args).tuner.search()


if __name__ == "__main__":
    chief(sys.argv[1])
