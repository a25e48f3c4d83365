"""The part of `server` that keeps pipelines and their versions."""


class PipelineApi:
    """Answers about pipelines; the rest is `Server`'s."""

    def list_pipelines(self, query):
        found = self.api.pipelines.get(self.wanted(query))
        self.answer(
            {"pipelines": [{"pipeline_id": found["id"]}]} if found else {}
        )

    def create_pipeline(self, body):
        """server/pipeline_server.go: a pipeline without a version."""
        name = body["display_name"]
        assert name not in self.api.pipelines
        made = {"id": f"p{len(self.api.pipelines)}", "versions": {}}
        self.api.pipelines[name] = made | {"namespace": body.get("namespace")}
        self.answer({"pipeline_id": made["id"], "display_name": name})

    def upload_version(self, query, text):
        """server/pipeline_upload_server.go, `uploadPipelineVersion`.

        Its errors have a form of their own (`writeErrorToResponse`), and do not
        say what is wrong.
        """
        (pipeline,) = (
            each
            for each in self.api.pipelines.values()
            if each["id"] == query["pipelineid"]
        )
        name = query["name"]
        if name in pipeline["versions"]:
            error = {"error_message": "Failed to create a pipeline version"}
            self.answer(error | {"error_details": "…"}, status=409)
            return
        pipeline["versions"][name] = {"text": text, "query": query}
        ids = {"pipeline_id": pipeline["id"], "pipeline_version_id": name}
        self.answer(ids | {"display_name": name})
