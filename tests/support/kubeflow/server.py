"""As much of Kubeflow's API as a submission and a schedule need."""

import http.server
import json
import urllib.parse


class Server(http.server.BaseHTTPRequestHandler):
    """A made-up server; subclasses have the state of one test."""

    refusal: str
    states: list[str]
    posted: dict
    experiments: dict[str, str]
    recurring: dict[str, dict]

    @property
    def api(self):
        return type(self)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        kind = path.split("/")[3]
        wanted = self.wanted_name(query)
        if kind == "runs":
            self.answer(self.run(self.api.states.pop(0)))
        elif kind == "experiments":
            found = [
                {"experiment_id": id_, "display_name": name}
                for name, id_ in self.api.experiments.items()
                if name == wanted
            ]
            self.answer({"experiments": found})
        elif kind == "recurringruns":
            found = [
                {"recurring_run_id": id_, "display_name": run["display_name"]}
                for id_, run in self.api.recurring.items()
                if run["display_name"] == wanted
            ]
            self.answer({"recurringRuns": found})
        else:
            self.answer({})

    @staticmethod
    def wanted_name(query):
        """The name that the filter of a list asks for."""
        (text,) = urllib.parse.parse_qs(query).get("filter", ["{}"])
        for predicate in json.loads(text).get("predicates", ()):
            assert predicate["key"] == "display_name"
            return predicate["stringValue"]
        return None

    def do_POST(self):
        length = int(self.headers["Content-Length"] or 0)
        body = json.loads(self.rfile.read(length) or "{}")
        kind, *rest = self.path.partition("?")[0].split("/")[3:]
        if kind == "experiments":
            self.api.experiments[body["display_name"]] = "e"
            self.answer({"experiment_id": "e"})
        elif self.api.refusal:
            self.answer({"message": self.api.refusal}, status=400)
        elif kind == "recurringruns" and not rest:
            self.create_recurring(body)
        elif kind == "recurringruns":
            id_, _, operation = rest[0].partition(":")
            self.api.recurring[id_]["mode"] = operation.upper()
            self.answer({})
        else:
            self.api.posted = body
            self.answer(self.run("PENDING"))

    def create_recurring(self, body):
        id_ = f"r{len(self.api.recurring)}"
        self.api.posted = body
        self.api.recurring[id_] = body
        self.answer({"recurring_run_id": id_})

    def do_DELETE(self):
        del self.api.recurring[self.path.rpartition("/")[2]]
        self.answer({})

    def run(self, state):
        tasks = [
            {"display_name": "Transform", "state": state},
            {"display_name": "Transform-driver", "state": state},
        ]
        details = {"run_id": "r", "state": state}
        details["run_details"] = {"task_details": tasks}
        if state == "FAILED":
            details["error"] = {"message": "a step failed"}
        return details

    def answer(self, body, status=200):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_):
        pass
