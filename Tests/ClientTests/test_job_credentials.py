"""A job's credentials reach the keys of that job and nothing else, and end with it."""

import pytest

from declarations import action, create_action_type, pipeline
from worker import Worker, job_store, place

DENIED = {"AccessDenied", "403"}
DEAD = {"InvalidAccessKeyId", "InvalidToken", "ExpiredToken", "AccessDenied", "403"}


@pytest.fixture
def building(server, codepipeline, unique):
    """A worker and its acknowledged build job with one input and one output."""
    provider, name = unique("c"), unique("cred")
    for category in ("Source", "Build"):
        create_action_type(codepipeline, category, provider)
    codepipeline.create_pipeline(pipeline=pipeline(
        name, ("Source", [action("Fetch", "Source", "Custom", provider, outputs=["Source"])]),
        ("Build", [action("Compile", "Build", "Custom", provider, {}, ["Source"], ["Built"]),
                   action("Other", "Build", "Custom", provider, {}, ["Source"], ["Second"])])))
    Worker(server, "Source", provider).source("1", b"the source")
    worker = Worker(server, "Build", provider)
    yield worker, worker.take(), worker.take()
    codepipeline.delete_pipeline(name=name)


def code_of(error_of, call, **parameters):
    return error_of(call, **parameters)[0]


def test_inputs_are_read_and_outputs_written(building):
    worker, job, _ = building
    assert worker.inputs(job) == {"Source": b"the source"}
    worker.upload(job, {a["name"]: b"result" for a in job["data"]["outputArtifacts"]})


def test_an_output_may_be_uploaded_in_parts(server, building):
    _, job, _ = building
    store, where = job_store(server, job["data"]), place(job["data"]["outputArtifacts"][0])
    upload = store.create_multipart_upload(**where)["UploadId"]
    part = store.upload_part(**where, UploadId=upload, PartNumber=1, Body=b"part")
    store.complete_multipart_upload(
        **where, UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})


def test_everything_else_is_denied(server, s3, building, bucket, error_of):
    _, job, other = building
    store = job_store(server, job["data"])
    read, written = place(job["data"]["inputArtifacts"][0]), place(job["data"]["outputArtifacts"][0])
    foreign = place(other["data"]["outputArtifacts"][0])
    s3.put_object(Bucket=bucket, Key="secret", Body=b"x")
    s3.put_object(Bucket=read["Bucket"], Key="another/key", Body=b"x")
    refused = [
        (store.list_buckets, {}), (store.list_objects_v2, {"Bucket": read["Bucket"]}),
        (store.list_object_versions, {"Bucket": read["Bucket"]}),
        (store.list_multipart_uploads, {"Bucket": read["Bucket"]}),
        (store.get_object, {"Bucket": bucket, "Key": "secret"}),
        (store.get_object, {"Bucket": read["Bucket"], "Key": "another/key"}),
        (store.put_object, {"Bucket": read["Bucket"], "Key": "another/key", "Body": b"y"}),
        (store.put_object, {**read, "Body": b"forged"}), (store.put_object, {**foreign, "Body": b"forged"}),
        (store.delete_object, read), (store.delete_object, written),
        (store.delete_objects, {"Bucket": read["Bucket"], "Delete": {"Objects": [{"Key": read["Key"]}]}}),
        (store.copy_object, {**written, "CopySource": {"Bucket": bucket, "Key": "secret"}}),
        (store.copy_object, {"Bucket": bucket, "Key": "stolen", "CopySource": read}),
        (store.create_bucket, {"Bucket": "made-by-a-job"}), (store.delete_bucket, {"Bucket": read["Bucket"]}),
        (store.put_bucket_versioning, {"Bucket": read["Bucket"], "VersioningConfiguration": {"Status": "Suspended"}}),
        (store.create_multipart_upload, foreign),
    ]
    for call, parameters in refused:
        code = code_of(error_of, call, **parameters)
        answered = code in DENIED or (call == store.delete_objects)
        assert answered, f"{call.__name__} {parameters}: {code}"
    assert s3.get_object(**read)["Body"].read() == b"the source"


def test_parts_of_another_job_are_out_of_reach(server, building, bucket, s3, error_of):
    _, job, other = building
    where, foreign = place(job["data"]["outputArtifacts"][0]), place(other["data"]["outputArtifacts"][0])
    mine, theirs = job_store(server, job["data"]), job_store(server, other["data"])
    upload = theirs.create_multipart_upload(**foreign)["UploadId"]
    s3.put_object(Bucket=bucket, Key="secret", Body=b"x" * 100)
    assert code_of(error_of, mine.upload_part, **foreign, UploadId=upload, PartNumber=1, Body=b"x") in DENIED
    assert code_of(error_of, mine.list_parts, **foreign, UploadId=upload) in DENIED
    assert code_of(error_of, mine.abort_multipart_upload, **foreign, UploadId=upload) in DENIED
    code = code_of(error_of, mine.upload_part, **where, UploadId=upload, PartNumber=1, Body=b"x")
    assert code in DENIED | {"NoSuchUpload"}
    own = mine.create_multipart_upload(**where)["UploadId"]
    assert code_of(error_of, mine.upload_part_copy, **where, UploadId=own, PartNumber=1,
                   CopySource={"Bucket": bucket, "Key": "secret"}) in DENIED


def test_they_do_not_open_the_api(server, building):
    _, job, _ = building
    credentials = job["data"]["artifactCredentials"]
    client = server.client("codepipeline", credentials["accessKeyId"], credentials["secretAccessKey"],
                           credentials["sessionToken"])
    with pytest.raises(client.exceptions.ClientError) as refusal:
        client.list_pipelines()
    assert refusal.value.response["Error"]["Code"] in ("UnrecognizedClientException", "AccessDeniedException")


def test_without_or_with_another_token_they_are_nothing(server, building, error_of):
    _, job, other = building
    credentials = job["data"]["artifactCredentials"]
    for token in (None, "nonsense", other["data"]["artifactCredentials"]["sessionToken"]):
        store = server.client("s3", credentials["accessKeyId"], credentials["secretAccessKey"], token)
        assert code_of(error_of, store.get_object, **place(job["data"]["inputArtifacts"][0])) in DEAD


def test_they_end_with_the_job(server, building, error_of):
    worker, job, _ = building
    store = job_store(server, job["data"])
    where = place(job["data"]["inputArtifacts"][0])
    assert store.get_object(**where)["Body"].read() == b"the source"
    worker.succeed(job)
    assert code_of(error_of, store.get_object, **where) in DEAD
    assert code_of(error_of, store.put_object, **place(job["data"]["outputArtifacts"][0]), Body=b"late") in DEAD


def test_they_survive_a_restart_while_the_job_runs(quick_server):
    client = quick_server.client("codepipeline")
    create_action_type(client, "Source", "Restart")
    from declarations import gate_pipeline
    client.create_pipeline(pipeline=gate_pipeline("p", "Restart"))
    worker = Worker(quick_server, "Source", "Restart", client)
    job = worker.take()
    quick_server.kill()
    quick_server.start()
    worker = Worker(quick_server, "Source", "Restart")
    worker.succeed(job, {"Source": b"after the restart"})
