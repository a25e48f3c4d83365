"""`cifar10 kubeflow schedule`: the real client against a made-up server."""

import pytest

from cli import main
from cli.kubeflow import options as kubeflow_options


@pytest.fixture
def schedule(host, file, capsys):
    """Runs the command: its exit code, output and errors."""

    def run(*arguments):
        where = ["--host", host, "--file", str(file)]
        with pytest.raises(SystemExit) as exit_info:
            main.main(["kubeflow", "schedule", *where, *arguments])
        out, err = capsys.readouterr()
        return exit_info.value.code or 0, out, err

    return run


def test_a_pipeline_is_scheduled_by_cron(api, host, schedule):
    assert schedule("--cron", "0 3 * * 0", "--param", "seed=2") == (
        0,
        f"{host}/#/recurringrun/details/r0\n",
        "",
    )
    run = api.recurring["r0"]
    assert run["display_name"] == "cifar10"
    assert run["experiment_id"] == "e"
    assert run["trigger"]["cron_schedule"]["cron"] == "0 0 3 * * 0"
    assert run["mode"] == "ENABLE"
    assert run["no_catchup"]
    assert run["runtime_config"]["parameters"]["seed"] == 2
    assert (
        run["pipeline_spec"]["pipeline_spec"]["pipelineInfo"]["name"]
        == "cifar10"
    )


def test_or_by_an_interval(api, schedule):
    root = "s3://bucket/path"
    assert schedule("--interval", "12h", "--pipeline-root", root)[0] == 0
    run = api.recurring["r0"]
    assert run["trigger"]["periodic_schedule"]["interval_second"] == 43_200
    assert run["runtime_config"]["pipeline_root"] == root


def test_a_scheduled_run_takes_the_images_as_they_are(api, schedule):
    schedule("--interval", "1d")
    run = api.recurring["r0"]
    assert run["runtime_config"]["parameters"] == {"data_digest": ""}
    tasks = run["pipeline_spec"]["pipeline_spec"]["root"]["dag"]["tasks"]
    assert not tasks["Transform"]["cachingOptions"]


def test_unless_it_is_told_which(api, schedule):
    digest = "1" * 64
    schedule("--interval", "1d", "--param", f"data_digest={digest}")
    run = api.recurring["r0"]
    assert run["runtime_config"]["parameters"] == {"data_digest": digest}
    tasks = run["pipeline_spec"]["pipeline_spec"]["root"]["dag"]["tasks"]
    assert tasks["Transform"]["cachingOptions"]["enableCache"]


def test_one_of_the_same_name_is_replaced_and_others_stay(api, schedule):
    schedule("--interval", "1d")
    schedule("--interval", "1d", "--name", "other")
    schedule("--interval", "2d")
    names = {id_: run["display_name"] for id_, run in api.recurring.items()}
    assert names == {"r1": "other", "r2": "cifar10"}


def test_what_was_scheduled_stays_where_the_new_is_refused(api, schedule):
    schedule("--interval", "1d")
    api.refusal = "the cron expression is wrong"
    code, _, error = schedule("--cron", "99 3 * * *")
    assert code == 1
    assert error.endswith("refused: the cron expression is wrong\n")
    assert api.recurring.keys() == {"r0"}


def test_a_schedule_is_disabled_by_its_name(api, schedule):
    schedule("--interval", "1d")
    assert schedule("--disable")[0] == 0
    assert api.recurring["r0"]["mode"] == "DISABLE"


def test_a_schedule_is_deleted_by_its_name(api, schedule):
    schedule("--interval", "1d")
    schedule("--interval", "1d", "--name", "other")
    assert schedule("--delete", "--name", "other")[0] == 0
    assert api.recurring.keys() == {"r0"}


@pytest.mark.parametrize("how", ["--disable", "--delete"])
@pytest.mark.parametrize("experiments", [{}, {"cifar10": "e"}])
def test_there_must_be_one_to_stop(api, schedule, how, experiments):
    api.experiments = dict(experiments)
    code, _, error = schedule(how)
    assert code == 1
    assert "found no recurring run 'cifar10'" in error
    assert error.count("\n") == 1
    assert api.experiments == experiments


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ([], 2, "one of --cron, --interval"),
        (["--interval", "1h", "--cron", "0 3 * * 0"], 2, "one of --cron"),
        (["--interval", "soon"], 2, "12h"),
        (["--interval", "0"], 2, "12h"),
        (["--cron", "0 3 * *"], 2, "five fields"),
        (["--interval", "1h", "--param", "seed=-1"], 1, "seed is -1"),
        (["--interval", "1h", "--pipeline-root", "/tmp"], 1, "minio://"),
    ],
)
def test_bad_arguments_are_one_line(api, schedule, arguments, code, told):
    found, _, error = schedule(*arguments)
    assert found == code
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert told in error
    assert not api.recurring


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("5m", 300), ("12h", 43_200), ("7d", 604_800)],
)
def test_intervals_have_units(text, seconds):
    assert kubeflow_options.parse_interval(text) == seconds


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("0 3 * * 0", "0 0 3 * * 0"),
        ("*/5  1-3 * JAN,FEB ?", "0 */5 1-3 * JAN,FEB ?"),
        ("30 0 3 * * 0", "30 0 3 * * 0"),
    ],
)
def test_kubeflow_wants_seconds_first(text, expression):
    assert kubeflow_options.parse_cron(text) == expression
