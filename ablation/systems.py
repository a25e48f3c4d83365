"""A system: what the ablation trains and measures, and the shared networks.

There are two kinds of node 2. `whitening` is the pipeline's own: as high and
wide as the image, with a larger latent size. The bottleneck compresses 3,072
values to 1,536.
"""

from __future__ import annotations

import dataclasses
from dataclasses import replace

from modules.hparams import AutoencoderParams, ClassifierParams


@dataclasses.dataclass(frozen=True, kw_only=True)
class System:
    """One row of a table.

    Attributes:
      name: on the command line and in file names.
      title: in the table.
      autoencoder: the network up to node 3; its epochs follow from `share`.
      share: the autoencoder's share of the compute budget.
      classifier: the network on node 2, trained for the rest of the budget;
        None for an autoencoder alone.
      baseline: the system that this one is compared with, seed by seed.
      few_labels: whether it is also run on a fraction of the labels.
    """

    name: str
    title: str
    autoencoder: AutoencoderParams
    share: float
    classifier: ClassifierParams | None
    baseline: str | None = None
    few_labels: bool = False

    @property
    def pretrained(self) -> bool:
        """Whether the system uses what an autoencoder has learned."""
        mode = self.classifier and self.classifier.encoder
        return mode not in ("random", "image")


WHITENING = AutoencoderParams()
BOTTLENECK = AutoencoderParams(
    architecture="bottleneck", widths=(24, 48), learning_rate=5e-3
)
AUGMENTED = replace(BOTTLENECK, augment=True)
WHITENING_SHARE, BOTTLENECK_SHARE = 0.03, 0.4

CNN = ClassifierParams(widths=(24, 48, 48), batch_size=250, learning_rate=0.5)
SMALL_CNN = replace(CNN, widths=(64, 128))  # Node 2 is small already.
DENSE = replace(CNN, head="dense", widths=(512, 64))
JOINT_WEIGHT = 1.0
