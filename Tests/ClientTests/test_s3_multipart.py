"""Uploads in parts: every order, every mistake."""

import concurrent.futures
import hashlib
import os
import threading

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

PART = 5 << 20


def code(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"]


@pytest.fixture
def upload(s3, bucket):
    """An upload in progress: the parameters that name it."""
    made = s3.create_multipart_upload(Bucket=bucket, Key="big", ContentType="text/own", Metadata={"a": "1"})
    return {"Bucket": bucket, "Key": "big", "UploadId": made["UploadId"]}


def put(s3, upload, number, body):
    return {"PartNumber": number, "ETag": s3.upload_part(**upload, PartNumber=number, Body=body)["ETag"]}


def finish(s3, upload, *parts):
    return s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": list(parts)})


def test_parts_sent_out_of_order_make_one_object(s3, upload):
    first, second = os.urandom(PART), b"the end"
    two, one = put(s3, upload, 2, second), put(s3, upload, 1, first)
    assert [p["PartNumber"] for p in s3.list_parts(**upload)["Parts"]] == [1, 2]
    done = finish(s3, upload, one, two)
    digests = hashlib.md5(first).digest() + hashlib.md5(second).digest()
    assert done["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-2"'
    got = s3.get_object(Bucket=upload["Bucket"], Key="big")
    assert (got["Body"].read(), got["ContentType"], got["Metadata"]) == (first + second, "text/own", {"a": "1"})


def test_the_last_of_two_parts_with_one_number_counts(s3, upload):
    put(s3, upload, 1, b"first")
    finish(s3, upload, put(s3, upload, 1, b"second"))
    assert s3.get_object(Bucket=upload["Bucket"], Key="big")["Body"].read() == b"second"


def test_a_part_too_small_refuses_the_whole(s3, upload):
    parts = put(s3, upload, 1, b"small"), put(s3, upload, 2, b"small")
    assert code(finish_call(s3), upload=upload, parts=parts) == "EntityTooSmall"


def finish_call(s3):
    return lambda upload, parts: finish(s3, upload, *parts)


def test_parts_must_be_there_and_in_order(s3, upload):
    one, two = put(s3, upload, 1, b"x" * PART), put(s3, upload, 2, b"y")
    assert code(finish_call(s3), upload=upload, parts=[two, one]) == "InvalidPartOrder"
    assert code(finish_call(s3), upload=upload, parts=[one | {"ETag": '"nope"'}]) == "InvalidPart"
    assert code(finish_call(s3), upload=upload, parts=[one, two | {"PartNumber": 3}]) == "InvalidPart"
    finish(s3, upload, one, two)


@pytest.mark.parametrize("number", [0, 10_001])
def test_part_numbers_have_bounds(s3, upload, number):
    assert code(s3.upload_part, **upload, PartNumber=number, Body=b"x") == "InvalidArgument"


def test_an_aborted_upload_is_gone(s3, upload):
    put(s3, upload, 1, b"x")
    s3.abort_multipart_upload(**upload)
    assert code(s3.upload_part, **upload, PartNumber=2, Body=b"x") == "NoSuchUpload"
    assert code(s3.list_parts, **upload) == "NoSuchUpload"
    assert code(s3.head_object, Bucket=upload["Bucket"], Key="big") == "404"


def result(reply):
    """What a reply says, but for what every reply says differently."""
    return {name: value for name, value in reply.items() if name != "ResponseMetadata"}


def test_an_upload_is_completed_once(s3, upload):
    part = put(s3, upload, 1, b"x")
    finish(s3, upload, part)
    assert len(s3.list_object_versions(Bucket=upload["Bucket"])["Versions"]) == 1
    assert code(finish_call(s3), upload=upload | {"UploadId": "unknown"}, parts=[part]) == "NoSuchUpload"


def test_a_completion_whose_reply_was_lost_is_answered_again(s3, bucket):
    upload = {"Bucket": bucket, "Key": "big"}
    begun = s3.create_multipart_upload(**upload, ChecksumAlgorithm="CRC32", ServerSideEncryption="AES256")
    upload["UploadId"] = begun["UploadId"]
    sent = s3.upload_part(**upload, PartNumber=1, Body=b"x", ChecksumAlgorithm="CRC32")
    part = {"PartNumber": 1, "ETag": sent["ETag"], "ChecksumCRC32": sent["ChecksumCRC32"]}
    # The condition held for the first, and is not looked at again.
    send = lambda: s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]}, IfNoneMatch="*")
    first = send()
    assert result(send()) == result(first) and {"VersionId", "ChecksumCRC32", "ServerSideEncryption"} <= first.keys()
    assert len(s3.list_object_versions(Bucket=bucket)["Versions"]) == 1
    other = {"PartNumber": 1, "ETag": '"00000000000000000000000000000000"'}
    assert code(finish_call(s3), upload=upload, parts=[other]) == "NoSuchUpload"
    assert code(finish_call(s3), upload=upload, parts=[part, part | {"PartNumber": 2}]) == "NoSuchUpload"
    assert code(finish_call(s3), upload=upload | {"Key": "other"}, parts=[part]) == "NoSuchUpload"
    assert code(s3.list_parts, **upload) == code(s3.abort_multipart_upload, **upload) == "NoSuchUpload"
    # Newer versions and markers leave it where it is.
    s3.put_object(Bucket=bucket, Key="big", Body=b"newer")
    s3.delete_object(Bucket=bucket, Key="big")
    assert result(send()) == result(first)
    s3.delete_object(Bucket=bucket, Key="big", VersionId=first["VersionId"])
    assert code(finish_call(s3), upload=upload, parts=[part]) == "NoSuchUpload"


def test_where_no_versions_are_kept_a_completion_is_answered_again_until_the_next_put(s3, unique):
    bucket = unique("single")
    s3.create_bucket(Bucket=bucket)
    upload = {"Bucket": bucket, "Key": "big"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    part = put(s3, upload, 1, b"x")
    assert result(finish(s3, upload, part)) == result(finish(s3, upload, part))
    s3.put_object(Bucket=bucket, Key="big", Body=b"newer")
    assert code(finish_call(s3), upload=upload, parts=[part]) == "NoSuchUpload"
    assert s3.get_object(Bucket=bucket, Key="big")["Body"].read() == b"newer"


def test_completions_sent_at_once_have_one_result(s3, upload):
    parts = [put(s3, upload, number, os.urandom(PART)) for number in (1, 2)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        replies = [reply.result() for reply in [pool.submit(finish, s3, upload, *parts) for _ in range(8)]]
    assert all(result(reply) == result(replies[0]) for reply in replies)
    versions = s3.list_object_versions(Bucket=upload["Bucket"])["Versions"]
    assert [version["VersionId"] for version in versions] == [replies[0]["VersionId"]]


def test_an_unfinished_upload_does_not_hold_its_bucket(s3, upload):
    part = put(s3, upload, 1, b"x")
    s3.put_object(Bucket=upload["Bucket"], Key="k", Body=b"x")
    assert code(s3.delete_bucket, Bucket=upload["Bucket"]) == "BucketNotEmpty"
    assert len(s3.list_parts(**upload)["Parts"]) == 1
    for version in s3.list_object_versions(Bucket=upload["Bucket"])["Versions"]:
        s3.delete_object(Bucket=upload["Bucket"], Key="k", VersionId=version["VersionId"])
    s3.delete_bucket(Bucket=upload["Bucket"])
    assert code(s3.upload_part, **upload, PartNumber=2, Body=b"x") == "NoSuchUpload"
    assert code(finish_call(s3), upload=upload, parts=[part]) == "NoSuchBucket"
    assert code(s3.create_multipart_upload, Bucket=upload["Bucket"], Key="big") == "NoSuchBucket"
    s3.create_bucket(Bucket=upload["Bucket"])
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=upload["Bucket"])
    s3.delete_bucket(Bucket=upload["Bucket"])


def test_requests_that_meet_the_end_of_their_bucket_are_told_so(s3, upload):
    begun = threading.Barrier(5)

    def send_parts(number):
        put(s3, upload, number, b"x")
        begun.wait(30)
        # More than there is time for: one of them comes too late.
        for _ in range(1000):
            put(s3, upload, number, b"x" * 100_000)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        sending = [pool.submit(send_parts, number) for number in range(1, 5)]
        begun.wait(30)
        s3.delete_bucket(Bucket=upload["Bucket"])
    for sent in sending:
        assert sent.exception().response["Error"]["Code"] == "NoSuchUpload"


def test_a_part_may_be_copied_from_a_range(s3, bucket, upload):
    body = os.urandom(PART + 100)
    s3.put_object(Bucket=bucket, Key="source", Body=body)
    copied = s3.upload_part_copy(**upload, PartNumber=1, CopySource={"Bucket": bucket, "Key": "source"},
                                 CopySourceRange=f"bytes=0-{PART - 1}")
    one = {"PartNumber": 1, "ETag": copied["CopyPartResult"]["ETag"]}
    finish(s3, upload, one, put(s3, upload, 2, b"tail"))
    assert s3.get_object(Bucket=bucket, Key="big")["Body"].read() == body[:PART] + b"tail"


def test_boto3_transfers_large_files_in_parts(s3, bucket, tmp_path):
    body = os.urandom(3 * PART + 17)
    (tmp_path / "up").write_bytes(body)
    settings = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=4)
    s3.upload_file(str(tmp_path / "up"), bucket, "file", Config=settings)
    assert s3.head_object(Bucket=bucket, Key="file")["ETag"].endswith('-4"')
    s3.download_file(bucket, "file", str(tmp_path / "down"), Config=settings)
    assert (tmp_path / "down").read_bytes() == body
