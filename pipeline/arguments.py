"""The configuration as component arguments.

`pipeline.py` wires the components; this module converts a `RunConfig` into the
plain values that they take.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from tensorflow_model_analysis.proto.config_pb2 import EvalConfig

from components.anomaly_gate import baseline as data_baseline
from components.baseline_model.find import baseline_version
from components.run_report.settings import Settings
from modules.caps import Limit
from modules.evaluation import configs as eval_configs
from modules.export.metadata import ModelDescription, ModelLineage
from pipeline import lineage
from pipeline.configs import MODELS, Model, RunConfig
from pipeline.data.source import DataSource


@dataclasses.dataclass(frozen=True, kw_only=True)
class Arguments:
    """Arguments of the components of one run.

    Attributes:
      config: the run's configuration.
      source: the images, at a path that ImageExampleGen can read.
      serving: where models are pushed, as Pusher and BaselineModel see it.
      searches: where the Tuners' searches outlive them, as they see it.
      checkpoints: where those of killed trainings are, as the Trainers see it.
    """

    config: RunConfig
    source: DataSource
    serving: Path
    searches: Path | None = None
    checkpoints: Path | None = None

    @property
    def _lineage(self) -> lineage.Lineage:
        return lineage.lineage(self.config, self.source.digest)

    @property
    def _limits(self) -> tuple[Limit, ...]:
        return self.config.sampling.limits(self.config.dataset.class_names)

    def example_gen(self) -> dict[str, Any]:
        """ImageExampleGen's arguments."""
        return {
            "data_uri": self.source.uri,
            "data_format": self.source.format,
            "data_digest": self.source.digest,
            "spec": self.config.dataset.spec,
        }

    @property
    def unlabelled(self) -> tuple[str, ...]:
        """The split of images without labels, where there is one."""
        return self.config.dataset.unlabelled

    def schema(self) -> dict[str, Any]:
        """SchemaImporter's arguments."""
        return {
            "num_classes": len(self.config.dataset.class_names),
            "min_examples": self.config.dataset.min_examples,
        }

    def anomaly_gate(self) -> dict[str, Any]:
        """AnomalyGate's arguments."""
        return {
            "push_destination": self.push_destination,
            "data_digest": self.source.digest,
            "baseline_version": data_baseline.baseline_version(
                self.push_destination, self.source.digest
            ),
            "class_names": list(self.config.dataset.class_names),
            "grey": self.config.dataset.grey,
            "accept_data": self.config.accept_data,
        }

    def transform(self) -> dict[str, Any]:
        """The `custom_config` of Transform's `preprocessing_fn`."""
        return {
            "limits": list(self._limits),
            "holdout_fraction": self.config.sampling.holdout_fraction,
            "seed": self.config.seed,
            "image_size": self.config.dataset.image_size,
        }

    def autoencoder_tuner(self) -> dict[str, Any]:
        """The `custom_config` of the autoencoder's `tuner_fn`."""
        hparams = self.config.autoencoder.to_dict()
        return self._tuner("autoencoder", hparams)

    def classifier_tuner(self) -> dict[str, Any]:
        """The `custom_config` of the classifier's `tuner_fn`."""
        hparams = self.config.classifier.to_dict()
        return self._tuner("classifier", hparams)

    def _tuner(self, model: Model, hparams: dict[str, Any]) -> dict[str, Any]:
        """What a Tuner needs; nothing that it does not, for its cache."""
        given = {"hparams": hparams, "origin": self.config.origins[model]}
        if not self.config.tune.tunes(model):
            return {**given, "search": None}
        searches = str(self.searches) if self.searches else None
        return {
            **given,
            "search": {
                "config": dataclasses.asdict(self.config.tune.search),
                "key": self._lineage.searches[model],
                "directory": searches,
            },
            "seed": self.config.seed,
            "image_size": self.config.dataset.image_size,
            "num_classes": len(self.config.dataset.class_names),
        }

    def autoencoder_trainer(self) -> dict[str, Any]:
        """The `custom_config` of the autoencoder's `run_fn`."""
        return {
            "hparams": self.config.autoencoder.to_dict(),
            "seed": self.config.seed,
            "image_size": self.config.dataset.image_size,
            "metadata": self._description(self._lineage.autoencoder),
            "checkpoints": str(self.checkpoints) if self.checkpoints else None,
        }

    def classifier_trainer(self) -> dict[str, Any]:
        """The `custom_config` of the classifier's `run_fn`."""
        return {
            "hparams": self.config.classifier.to_dict(),
            "seed": self.config.seed,
            "image_size": self.config.dataset.image_size,
            "metadata": self._description(self._lineage.classifier),
            "checkpoints": str(self.checkpoints) if self.checkpoints else None,
        }

    def _description(self, model_digest: str) -> dict[str, Any]:
        """What a Trainer writes into `assets.extra/model.json`."""
        names = self.config.dataset.class_names
        return ModelDescription(
            model_name=self.config.model_name,
            class_names=names,
            image_size=self.config.dataset.image_size,
            resize=self.config.dataset.resize,
            caps={
                name: limit
                for name, limit in zip(names, self._limits, strict=True)
                if limit is not None
            },
            lineage=ModelLineage(
                model_digest=model_digest,
                data_digest=self.source.digest,
                seed=self.config.seed,
                sample=self.config.sample,
            ),
        ).to_dict()

    def autoencoder_evaluator(self) -> EvalConfig:
        """The reconstruction's metrics and gate."""
        gates = self.config.gates
        return eval_configs.autoencoder_eval_config(
            min_psnr=gates.min_psnr, min_ssim=gates.min_ssim
        )

    def classifier_evaluator(self) -> EvalConfig:
        """The classifier's metrics and gate."""
        gates = self.config.gates
        return eval_configs.classifier_eval_config(
            self.config.dataset.class_names,
            min_accuracy=gates.min_accuracy,
            min_recall=gates.min_recall,
            max_accuracy_drop=gates.max_accuracy_drop,
        )

    @property
    def push_destination(self) -> str:
        """The directory of the model's versions."""
        return str(self.serving / self.config.model_name)

    def baseline_model(self) -> dict[str, Any]:
        """BaselineModel's arguments."""
        digest = self._lineage.classifier
        return {
            "push_destination": self.push_destination,
            "model_digest": digest,
            "baseline_version": baseline_version(self.push_destination, digest),
        }

    def pusher(self) -> dict[str, Any]:
        """Pusher's arguments."""
        return {
            "push_destination": self.push_destination,
        }

    def run_report(self) -> dict[str, Any]:
        """RunReport's arguments."""
        config = self.config
        settings = Settings(
            preset=config.preset,
            gates=dataclasses.asdict(config.gates),
            hyperparameters={m: config.hparams(m).to_dict() for m in MODELS},
            origins={m: config.hparam_origins(m) for m in MODELS},
            searched=tuple(m for m in MODELS if config.tune.tunes(m)),
        )
        return {
            "settings": settings.to_json(),
        }
