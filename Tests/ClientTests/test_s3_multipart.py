"""Uploads in parts: every order, every mistake."""

import hashlib
import os

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


def test_an_upload_is_completed_once(s3, upload):
    part = put(s3, upload, 1, b"x")
    finish(s3, upload, part)
    assert len(s3.list_object_versions(Bucket=upload["Bucket"])["Versions"]) == 1
    with pytest.raises(ClientError) as caught:
        finish(s3, {**upload, "UploadId": "unknown"}, part)
    assert caught.value.response["Error"]["Code"] == "NoSuchUpload"


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
