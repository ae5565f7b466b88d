"""Objects of the embedded S3 endpoint, with boto3's defaults."""

import base64
import datetime
import hashlib
import os

import pytest
from botocore.exceptions import ClientError

from checksums import CHECKSUMS
from live_files import paths_below

BODY = bytes(range(256)) * 40


def code(call, **parameters):
    """The error code of a call that must be refused."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"]


def read(s3, bucket, key, **more):
    return s3.get_object(Bucket=bucket, Key=key, **more)["Body"].read()


def test_an_object_is_stored_and_read_with_its_metadata(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="dir/file.bin", Body=BODY, ContentType="text/x-own", CacheControl="no-store",
                        ContentDisposition="attachment", ContentEncoding="identity", ContentLanguage="de",
                        Metadata={"Owner": "me", "two": "2"})
    assert put["ETag"] == f'"{hashlib.md5(BODY).hexdigest()}"'
    got = s3.get_object(Bucket=bucket, Key="dir/file.bin")
    assert got["Body"].read() == BODY
    assert got["ContentType"] == "text/x-own" and got["CacheControl"] == "no-store"
    assert got["ContentDisposition"] == "attachment" and got["ContentLanguage"] == "de"
    assert got["Metadata"] == {"owner": "me", "two": "2"}
    assert (got["ContentLength"], got["ETag"], got["VersionId"]) == (len(BODY), put["ETag"], put["VersionId"])
    assert datetime.datetime.now(datetime.timezone.utc) - got["LastModified"] < datetime.timedelta(minutes=5)
    head = s3.head_object(Bucket=bucket, Key="dir/file.bin")
    assert head["Metadata"] == got["Metadata"] and head["ContentLength"] == len(BODY)


def test_an_empty_object_is_an_object(s3, bucket):
    s3.put_object(Bucket=bucket, Key="empty")
    assert read(s3, bucket, "empty") == b""


@pytest.mark.parametrize("algorithm", CHECKSUMS)
def test_checksums_are_checked_kept_and_returned(s3, bucket, algorithm):
    member, value = f"Checksum{algorithm}", CHECKSUMS[algorithm](BODY)
    put = s3.put_object(Bucket=bucket, Key="k", Body=BODY, **{member: value})
    assert put[member] == value
    assert s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")[member] == value
    wrong = CHECKSUMS[algorithm](b"other")
    assert code(s3.put_object, Bucket=bucket, Key="bad", Body=BODY, **{member: wrong}) == "BadDigest"


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums_that_boto3_computes_are_taken(s3, bucket, algorithm):
    put = s3.put_object(Bucket=bucket, Key="k", Body=BODY, ChecksumAlgorithm=algorithm)
    assert put[f"Checksum{algorithm}"] == CHECKSUMS[algorithm](BODY)


@pytest.mark.parametrize("parameters", [
    {"ChecksumSHA256": base64.b64encode(hashlib.sha256(b"other").digest()).decode()},
    {"ChecksumCRC32": "AAAAAA=="}, {"ContentMD5": base64.b64encode(hashlib.md5(b"other").digest()).decode()},
])
def test_a_body_that_is_not_what_the_checksum_says_is_refused(s3, bucket, parameters):
    assert code(s3.put_object, Bucket=bucket, Key="bad", Body=BODY, **parameters) in ("BadDigest", "InvalidRequest")
    assert code(s3.head_object, Bucket=bucket, Key="bad") == "404"


@pytest.mark.parametrize("value, expected", [
    ("bytes=0-9", BODY[:10]), ("bytes=10-", BODY[10:]), ("bytes=-7", BODY[-7:]), ("bytes=5-5", BODY[5:6]),
    (f"bytes=0-{len(BODY) + 99}", BODY),
])
def test_a_range_is_cut_out(s3, bucket, value, expected):
    s3.put_object(Bucket=bucket, Key="range", Body=BODY)
    got = s3.get_object(Bucket=bucket, Key="range", Range=value)
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert got["Body"].read() == expected and got["ContentRange"].endswith(f"/{len(BODY)}")


def test_a_range_behind_the_end_is_refused(s3, bucket):
    s3.put_object(Bucket=bucket, Key="range", Body=b"abc")
    assert code(s3.get_object, Bucket=bucket, Key="range", Range="bytes=3-") == "InvalidRange"


def test_conditions_are_kept(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["ETag"]
    past, future = (datetime.datetime(2000, 1, 1), datetime.datetime(2035, 1, 1))
    assert read(s3, bucket, "k", IfMatch=etag) == b"1"
    assert code(s3.get_object, Bucket=bucket, Key="k", IfMatch='"nope"') == "PreconditionFailed"
    assert code(s3.get_object, Bucket=bucket, Key="k", IfNoneMatch=etag) == "304"
    assert code(s3.get_object, Bucket=bucket, Key="k", IfUnmodifiedSince=past) == "PreconditionFailed"
    now = datetime.datetime.now(datetime.timezone.utc)
    assert code(s3.get_object, Bucket=bucket, Key="k", IfModifiedSince=now) == "304"
    assert read(s3, bucket, "k", IfModifiedSince=past, IfUnmodifiedSince=future) == b"1"
    assert code(s3.put_object, Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*") == "PreconditionFailed"
    assert code(s3.put_object, Bucket=bucket, Key="k", Body=b"2", IfMatch='"nope"') == "PreconditionFailed"
    s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch=etag)
    assert read(s3, bucket, "k") == b"2"


def test_what_is_not_there_is_named_so(s3, bucket, unique):
    assert code(s3.get_object, Bucket=bucket, Key="nothing") == "NoSuchKey"
    assert code(s3.head_object, Bucket=bucket, Key="nothing") == "404"
    assert code(s3.get_object, Bucket=unique("absent"), Key="k") == "NoSuchBucket"
    assert code(s3.head_bucket, Bucket=unique("absent")) == "404"
    s3.delete_object(Bucket=bucket, Key="nothing")


def test_versions_are_kept_and_deletion_is_a_marker(s3, bucket):
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
    second = s3.put_object(Bucket=bucket, Key="k", Body=b"2")["VersionId"]
    assert read(s3, bucket, "k") == b"2" and read(s3, bucket, "k", VersionId=first) == b"1"
    marker = s3.delete_object(Bucket=bucket, Key="k")
    assert marker["DeleteMarker"] is True
    assert code(s3.get_object, Bucket=bucket, Key="k") == "NoSuchKey"
    assert read(s3, bucket, "k", VersionId=second) == b"2"
    listed = s3.list_object_versions(Bucket=bucket)
    assert [v["VersionId"] for v in listed["Versions"]] == [second, first]
    assert [(m["VersionId"], m["IsLatest"]) for m in listed["DeleteMarkers"]] == [(marker["VersionId"], True)]
    s3.delete_object(Bucket=bucket, Key="k", VersionId=marker["VersionId"])
    assert read(s3, bucket, "k") == b"2"
    s3.delete_object(Bucket=bucket, Key="k", VersionId=second)
    assert read(s3, bucket, "k") == b"1"


def test_many_keys_are_deleted_in_one_call(s3, bucket):
    keys = [f"k{n}" for n in range(30)] + ["a&b<c>", "ünïcode ☃"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    reply = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in [*keys, "absent"]]})
    assert sorted(d["Key"] for d in reply["Deleted"]) == sorted([*keys, "absent"]) and "Errors" not in reply
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "absent"}], "Quiet": True})
    assert "Deleted" not in quiet


def test_an_object_is_copied_with_or_without_its_metadata(s3, bucket, unique):
    other = unique("other")
    s3.create_bucket(Bucket=other)
    first = {"Body": BODY, "Metadata": {"a": "1"}, "ContentType": "text/a"}
    version = s3.put_object(Bucket=bucket, Key="from ü", **first)["VersionId"]
    s3.put_object(Bucket=bucket, Key="from ü", Body=b"newer")
    source = {"Bucket": bucket, "Key": "from ü"}
    s3.copy_object(Bucket=other, Key="to", CopySource=source | {"VersionId": version})
    got = s3.get_object(Bucket=other, Key="to")
    assert (got["Body"].read(), got["Metadata"], got["ContentType"]) == (BODY, {"a": "1"}, "text/a")
    s3.copy_object(Bucket=other, Key="to", CopySource=source, MetadataDirective="REPLACE", Metadata={"b": "2"})
    got = s3.get_object(Bucket=other, Key="to")
    assert (got["Body"].read(), got["Metadata"]) == (b"newer", {"b": "2"})
    assert code(s3.copy_object, Bucket=other, Key="to", CopySource=source | {"Key": "nothing"}) == "NoSuchKey"


def test_encryption_headers_are_kept_and_returned(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="a", Body=b"x", ServerSideEncryption="AES256")
    assert put["ServerSideEncryption"] == "AES256"
    key = "arn:aws:kms:us-east-1:111111111111:key/01234567-89ab-cdef-0123-456789abcdef"
    s3.put_object(Bucket=bucket, Key="b", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    for got in (s3.head_object(Bucket=bucket, Key="b"), s3.get_object(Bucket=bucket, Key="b")):
        assert (got["ServerSideEncryption"], got["SSEKMSKeyId"]) == ("aws:kms", key)


ODD_KEYS = [
    "a//b", "a/", "/", "/leading", "..", "../up", "a/../b", "./x", "%2F", "a%20b", "a+b", "a b", "ü", "u\u0308",
    "☃/\U0001F600", "x?y=z&q", "#frag", "semi;colon", "quote'\"", "back\\slash", "tab\tx", "~!@$^*()_-=[]{}|:<>,.",
    "é" * 512, "k" * 1024,
]


def test_odd_keys_are_stored_as_they_are(s3, bucket, server):
    for number, key in enumerate(ODD_KEYS):
        s3.put_object(Bucket=bucket, Key=key, Body=str(number).encode())
    for number, key in enumerate(ODD_KEYS):
        assert read(s3, bucket, key) == str(number).encode(), key
    for listed in (s3.list_objects_v2(Bucket=bucket), s3.list_objects(Bucket=bucket)):
        assert sorted(o["Key"] for o in listed["Contents"]) == sorted(ODD_KEYS)
    for path in paths_below(server.data):
        assert "slash" not in path.name and "leading" not in path.name


def test_a_key_of_1025_bytes_is_too_long(s3, bucket):
    assert code(s3.put_object, Bucket=bucket, Key="k" * 1025, Body=b"x") == "KeyTooLongError"


def test_a_key_and_a_key_below_it_live_side_by_side(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    s3.put_object(Bucket=bucket, Key="a/b", Body=b"2")
    assert (read(s3, bucket, "a"), read(s3, bucket, "a/b")) == (b"1", b"2")


def test_buckets_are_made_listed_and_removed_when_empty(s3, unique):
    name = unique("made")
    s3.create_bucket(Bucket=name)
    assert name in [b["Name"] for b in s3.list_buckets()["Buckets"]]
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] in (None, "us-east-1")
    assert "Status" not in s3.get_bucket_versioning(Bucket=name)
    s3.put_object(Bucket=name, Key="k", Body=b"x")
    assert code(s3.delete_bucket, Bucket=name) == "BucketNotEmpty"
    s3.delete_object(Bucket=name, Key="k")
    s3.delete_bucket(Bucket=name)
    assert name not in [b["Name"] for b in s3.list_buckets()["Buckets"]]


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 9_000_000])
def test_bodies_of_any_size_come_back(s3, bucket, size):
    body = os.urandom(size)
    s3.put_object(Bucket=bucket, Key="big", Body=body)
    assert read(s3, bucket, "big") == body


def test_unserved_parts_of_s3_say_so(s3, bucket):
    assert code(s3.get_bucket_acl, Bucket=bucket) == "NotImplemented"
    rule = {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    assert code(s3.put_bucket_lifecycle_configuration, Bucket=bucket,
                LifecycleConfiguration={"Rules": [rule]}) == "NotImplemented"
