"""A double of Kubeflow Pipelines' API, as far as this project asks it.

Each behaviour names the file of kubeflow/pipelines 2.17.0, below
backend/src/apiserver, that it was read in. Where the real server answers with
more, this one leaves it out.
"""

import email
import http.server
import json
import urllib.parse

from tests.support.kubeflow.pipeline_api import PipelineApi

CODES = {400: 3, 401: 16, 403: 7, 404: 5, 409: 6}
"""gRPC's code of each HTTP status: grpc-gateway v2, runtime/errors.go."""

NO_IDENTITY = (
    "Failed to authorize the request: Unauthenticated: Failed to check "
    "authorization. User identity is empty in the request header"
)
"""resource/resource_manager.go, `IsAuthorized`."""
NOT_ALLOWED = "User 'someone' is not authorized with reason: (request: …)"
"""The same, after Kubernetes' SubjectAccessReview."""


class Server(PipelineApi, http.server.BaseHTTPRequestHandler):
    """One installation; subclasses have the state of one test.

    Attributes:
      multi_user: whether it has users and namespaces of theirs.
      token: that a request has to bear, on a multi-user installation.
      namespace: where the token's user may create runs.
      login_page: whether a gateway before it asks for a login.
      refusal: the message that whatever is created is refused with.
      states: of the run, one for each time that it is asked for.
      workflow: the Argo workflow behind the run, once it is there.
      posted: the last run or recurring run that was created.
      runs: the names of all runs that were created.
    """

    multi_user: bool = False
    token: str = ""
    namespace: str = ""
    login_page: bool = False
    refusal: str
    states: list[str]
    history: list[str]
    workflow: dict
    posted: dict
    runs: list[str]
    experiments: dict[str, str]
    recurring: dict[str, dict]
    pipelines: dict[str, dict]
    headers_seen: list[dict[str, str]]

    @property
    def api(self):
        return type(self)

    def do_GET(self):
        path, query = self.route()
        if self.gateway() or self.health(path):
            return
        match path:
            case ["v1beta1", "runs", _]:
                self.answer(self.run_detail_v1())
            case ["v2beta1", "runs", _]:
                self.answer(self.run(self.api.states.pop(0)))
            case ["v2beta1", "experiments"]:
                self.list_experiments(query)
            case ["v2beta1", "recurringruns"]:
                self.list_recurring(query)
            case ["v2beta1", "pipelines"]:
                self.list_pipelines(query)
            case _:
                self.refuse(404, "Not Found")

    def do_POST(self):
        path, query = self.route()
        body = self.body()
        if self.gateway():
            return
        match path:
            case ["v2beta1", "experiments"]:
                self.create_experiment(body)
            case ["v2beta1", "pipelines", "upload_version"]:
                self.upload_version(query, body)
            case _ if self.api.refusal:
                self.refuse(400, self.api.refusal)
            case ["v2beta1", "pipelines"]:
                self.create_pipeline(body)
            case ["v2beta1", "runs"]:
                self.create_run(body)
            case ["v2beta1", "recurringruns"]:
                self.create_recurring(body)
            case ["v2beta1", "recurringruns", operation]:
                id_, _, mode = operation.partition(":")
                self.api.recurring[id_]["mode"] = mode.upper()
                self.answer({})

    def do_DELETE(self):
        del self.api.recurring[self.path.rpartition("/")[2]]
        self.answer({})

    def route(self):
        path, _, query = self.path.partition("?")
        query = {k: v[0] for k, v in urllib.parse.parse_qs(query).items()}
        return path.removeprefix("/apis/").split("/"), query

    def body(self):
        """JSON, or the file of a form."""
        content = self.rfile.read(int(self.headers["Content-Length"] or 0))
        kind = self.headers["Content-Type"]
        if kind == "application/json":
            return json.loads(content or "{}")
        form = email.message_from_bytes(
            f"Content-Type: {kind}\r\n\r\n".encode() + content
        )
        (part,) = form.get_payload()
        return part.get_payload(decode=True).decode()

    def gateway(self):
        """Istio with oauth2-proxy: no session, no API, but a page for people.

        Not in kubeflow/pipelines, but in kubeflow/manifests (common/dex,
        common/oauth2-proxy); the page comes with status 200 after a redirect.
        """
        self.api.headers_seen.append(dict(self.headers))
        if not self.api.login_page:
            return False
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Log in</title>")
        return True

    def health(self, path):
        """main.go, `newHealthzResponse`: needs no identity."""
        if path[1] != "healthz":
            return False
        body = {"commit_sha": "unknown", "tag_name": "2.17.0"}
        self.answer(body | {"multi_user": self.api.multi_user})
        return True

    def authorized(self, namespace, what):
        """resource/resource_manager.go, `IsAuthorized`, and its callers.

        server/experiment_server.go, `canAccessExperiment`, looks at the
        namespace first.
        """
        if not self.api.multi_user:
            return True
        if not namespace:
            message = f"{what} cannot have an empty namespace in multi-user "
            self.refuse(400, f"Invalid input error: {message}mode")
        elif self.headers["Authorization"] != f"Bearer {self.api.token}":
            self.refuse(401, NO_IDENTITY)
        elif namespace != self.api.namespace:
            self.refuse(403, NOT_ALLOWED)
        else:
            return True
        return False

    @staticmethod
    def wanted(query):
        """The name that the filter of a list asks for: filter/filter.go."""
        for predicate in json.loads(query.get("filter", "{}"))["predicates"]:
            assert predicate["key"] == "display_name"
            assert predicate["operation"] in (1, "EQUALS")
            return predicate["stringValue"]
        return None

    def list_experiments(self, query):
        if not self.authorized(query.get("namespace"), "An experiment"):
            return
        name = self.wanted(query)
        found = self.api.experiments.get(name)
        one = {"experiment_id": found, "display_name": name}
        # Without any, the list is left out: common/utils.go,
        # `CustomMarshaler`, does not emit what is empty.
        self.answer({"experiments": [one]} if found else {})

    def create_experiment(self, body):
        if self.authorized(body.get("namespace"), "An experiment"):
            id_ = self.api.experiments.setdefault(body["display_name"], "e")
            self.answer({"experiment_id": id_})

    def list_recurring(self, query):
        name = self.wanted(query)
        found = [
            {"recurring_run_id": id_, "display_name": run["display_name"]}
            for id_, run in self.api.recurring.items()
            if run["display_name"] == name
        ]
        self.answer({"recurringRuns": found} if found else {})

    def create_recurring(self, body):
        id_ = f"r{len(self.api.recurring)}"
        self.api.posted = body
        self.api.recurring[id_] = body
        self.answer({"recurring_run_id": id_})

    def create_run(self, body):
        self.api.posted = body
        self.api.runs.append(body["display_name"])
        self.answer(self.run("PENDING"))

    def run(self, state):
        """server/api_converter.go, `toApiRun`: tasks are Argo's nodes.

        `error` is only set where the run itself cannot be converted; a failed
        run has none. A task knows no message, and `Error` is `FAILED`
        (model/run.go, `ToV2`).
        """
        tasks = [
            {"display_name": "Transform", "state": state},
            {"display_name": "Transform-driver", "state": state},
        ]
        return {
            "run_id": "r",
            "state": state,
            "state_history": [{"state": each} for each in self.api.history],
            "run_details": {"task_details": tasks},
        }

    def run_detail_v1(self):
        """api/v1beta1/run.proto, `RunDetail`: Argo's workflow as text."""
        manifest = json.dumps(self.api.workflow)
        return {"run": {}, "pipeline_runtime": {"workflow_manifest": manifest}}

    def refuse(self, status, message):
        """grpc-gateway v2, runtime/errors.go: google.rpc.Status as JSON."""
        body = {"code": CODES[status], "message": message, "details": []}
        self.answer(body, status=status)

    def answer(self, body, status=200):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_):
        pass
