"""A job worker, as a user of CodePipeline writes one."""

from botocore.config import Config

from eventually import eventually


def job_store(server, data):
    """An S3 client with a job's own credentials."""
    credentials = data["artifactCredentials"]
    return server.client(
        "s3", credentials["accessKeyId"], credentials["secretAccessKey"], credentials["sessionToken"],
        config=Config(retries={"total_max_attempts": 1}))


def place(artifact):
    """Where an artifact is, as parameters of S3 calls."""
    where = artifact["location"]["s3Location"]
    return {"Bucket": where["bucketName"], "Key": where["objectKey"]}


class Worker:
    """Takes the jobs of one custom action type."""

    def __init__(self, server, category, provider, client=None, query=None):
        self.server = server
        self.type = {"category": category, "owner": "Custom", "provider": provider, "version": "1"}
        self.client = client or server.client("codepipeline")
        self.query = query

    def poll(self, count=1):
        more = {"queryParam": self.query} if self.query else {}
        return self.client.poll_for_jobs(actionTypeId=self.type, maxBatchSize=count, **more)["jobs"]

    def next_job(self, timeout=20.0):
        """The next job offered, not acknowledged yet."""
        return eventually(self.poll, f"a job for {self.type['provider']}", timeout)[0]

    def take(self, timeout=20.0):
        """The next job, acknowledged."""
        job = self.next_job(timeout)
        assert self.client.acknowledge_job(jobId=job["id"], nonce=job["nonce"])["status"] == "InProgress"
        return job

    def inputs(self, job):
        """The bytes of the input artifacts, by name."""
        store = job_store(self.server, job["data"])
        return {a["name"]: store.get_object(**place(a))["Body"].read() for a in job["data"]["inputArtifacts"]}

    def upload(self, job, outputs):
        """Stores output artifacts, bytes by name, as the job."""
        store = job_store(self.server, job["data"])
        for artifact in job["data"]["outputArtifacts"]:
            store.put_object(Body=outputs[artifact["name"]], **place(artifact))

    def succeed(self, job, outputs=None, **result):
        """Uploads the outputs and reports success."""
        if outputs:
            self.upload(job, outputs)
        self.client.put_job_success_result(jobId=job["id"], **result)

    def fail(self, job, message="it broke", kind="JobFailed"):
        self.client.put_job_failure_result(jobId=job["id"], failureDetails={"type": kind, "message": message})

    def source(self, revision, content=b"source", timeout=20.0):
        """Does the next job of a source action: one artifact and its revision."""
        job = self.take(timeout)
        name = job["data"]["outputArtifacts"][0]["name"]
        self.succeed(job, {name: content}, currentRevision={"revision": revision, "changeIdentifier": f"c-{revision}"})
        return job
