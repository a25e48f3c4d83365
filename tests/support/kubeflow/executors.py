"""What the tests' steps run, in place of the pipeline's executors."""

import atexit
import json
import pathlib
import sys
import threading
import time

from tfx.components.evaluator import executor as evaluator
from tfx.dsl.components.base.base_executor import BaseExecutor

from modules.common.errors import UserError


class Copy(BaseExecutor):
    """Copies `model/model.txt` to `blessing/`, and says what it was given."""

    def Do(self, input_dict, output_dict, exec_properties):
        (model,) = input_dict["model"]
        (blessing,) = output_dict["blessing"]
        text = pathlib.Path(model.uri, "model.txt").read_text()
        pathlib.Path(blessing.uri, "copy.txt").write_text(text)
        blessing.set_int_custom_property("blessed", 1)
        blessing.set_string_custom_property("current_model", model.uri)
        blessing.set_string_custom_property("elsewhere", "/elsewhere")
        given = {
            "inputs": {k: v[0].type_name for k, v in input_dict.items()},
            "outputs": {k: v[0].type_name for k, v in output_dict.items()},
            "properties": exec_properties,
        }
        pathlib.Path(blessing.uri, "given.json").write_text(json.dumps(given))


class Read(BaseExecutor):
    """Writes down the properties that came with the inputs."""

    def Do(self, input_dict, output_dict, exec_properties):
        (examples,) = input_dict["examples"]
        (blessing,) = input_dict["blessing"]
        found = {
            "split_names": examples.split_names,
            "span": examples.span,
            "blessed": blessing.get_int_custom_property("blessed"),
            "pushed": blessing.get_string_custom_property("pushed_destination"),
        }
        (run,) = output_dict["run"]
        pathlib.Path(run.uri, "found.json").write_text(json.dumps(found))


class Bless(evaluator.Executor):
    """Names the model by its integer ID, as the stock Evaluator does."""

    def Do(self, input_dict, output_dict, exec_properties):
        output_dict["blessing"][0].set_int_custom_property(
            "current_model_id", input_dict["model"][0].id
        )


class Show(BaseExecutor):
    """Puts out what the UI shows, as RunReport does."""

    def Do(self, input_dict, output_dict, exec_properties):
        (report,) = output_dict["report"]
        (metrics,) = output_dict["metrics"]
        (matrix,) = output_dict["confusion_matrix"]
        pathlib.Path(report.uri, report.FILE).write_text("<!doctype html>")
        metrics.set_float_custom_property("accuracy", 0.875)
        metrics.set_float_custom_property("test_images", 10_000)
        matrix.set_json_value_custom_property(
            matrix.MATRIX, {"rows": [{"row": [1, 2]}]}
        )


class Fail(BaseExecutor):
    """Fails in the way that the property `how` names, and goes on talking."""

    def Do(self, input_dict, output_dict, exec_properties):
        pathlib.Path(output_dict["run"][0].uri, "half.txt").write_text("half")
        if exec_properties["how"] == "user error":
            raise UserError("found 3 images, expected 4.")
        if exec_properties["how"] == "exit":
            sys.exit(0)
        atexit.register(print, "said at exit")
        threading.Thread(target=time.sleep, args=(600,)).start()
        raise RuntimeError("first line\nsecond line")
