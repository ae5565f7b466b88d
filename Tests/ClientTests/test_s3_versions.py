"""Versions, delete markers, suspended versioning, conditions and copies."""

import base64
import datetime
import hashlib

import pytest
from botocore.exceptions import ClientError

from signed_http import send
from test_s3_requests import signed

PAST, FUTURE = datetime.datetime(2000, 1, 1), datetime.datetime(2035, 1, 1)


def failure(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response


def refused(call, **parameters):
    return failure(call, **parameters)["Error"]["Code"]


def put(s3, bucket, key, body, **more):
    return s3.put_object(Bucket=bucket, Key=key, Body=body, **more)


def body_of(s3, bucket, key, **more):
    return s3.get_object(Bucket=bucket, Key=key, **more)["Body"].read()


def test_a_delete_marker_says_that_it_is_one(s3, bucket):
    put(s3, bucket, "k", b"1")
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    for call, code in ((s3.get_object, "NoSuchKey"), (s3.head_object, "404")):
        reply = failure(call, Bucket=bucket, Key="k")
        headers = reply["ResponseMetadata"]["HTTPHeaders"]
        assert reply["Error"]["Code"] == code
        assert headers["x-amz-delete-marker"] == "true" and headers["x-amz-version-id"] == marker
        named = failure(call, Bucket=bucket, Key="k", VersionId=marker)
        assert named["ResponseMetadata"]["HTTPStatusCode"] == 405
        assert named["ResponseMetadata"]["HTTPHeaders"]["allow"] == "DELETE"
    copy = {"Bucket": bucket, "Key": "k"}
    assert refused(s3.copy_object, Bucket=bucket, Key="c", CopySource=copy) == "NoSuchKey"
    assert refused(s3.copy_object, Bucket=bucket, Key="c", CopySource=copy | {"VersionId": marker}) == "InvalidRequest"
    assert s3.delete_object(Bucket=bucket, Key="k", VersionId=marker)["DeleteMarker"] is True
    assert body_of(s3, bucket, "k") == b"1"


def test_suspended_versioning_replaces_the_null_version_and_keeps_the_others(s3, bucket):
    first = put(s3, bucket, "k", b"1")["VersionId"]
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Suspended"
    for body in (b"2", b"3"):
        assert put(s3, bucket, "k", body)["VersionId"] == "null"
    versions = s3.list_object_versions(Bucket=bucket)["Versions"]
    assert [(v["VersionId"], v["IsLatest"]) for v in versions] == [("null", True), (first, False)]
    assert body_of(s3, bucket, "k", VersionId="null") == b"3" and body_of(s3, bucket, "k", VersionId=first) == b"1"
    marker = s3.delete_object(Bucket=bucket, Key="k")
    assert (marker["DeleteMarker"], marker["VersionId"]) == (True, "null")
    listed = s3.list_object_versions(Bucket=bucket)
    assert [v["VersionId"] for v in listed["Versions"]] == [first]
    s3.delete_object(Bucket=bucket, Key="k", VersionId="null")
    assert body_of(s3, bucket, "k") == b"1"


def test_what_was_put_before_versioning_is_the_null_version(s3, unique):
    bucket = unique("late")
    s3.create_bucket(Bucket=bucket)
    assert "VersionId" not in put(s3, bucket, "k", b"old")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    newer = put(s3, bucket, "k", b"new")["VersionId"]
    listed = s3.list_object_versions(Bucket=bucket)["Versions"]
    assert [v["VersionId"] for v in listed] == [newer, "null"]
    assert body_of(s3, bucket, "k", VersionId="null") == b"old"
    assert refused(s3.get_object, Bucket=bucket, Key="k", VersionId="unknown") == "NoSuchVersion"


def test_versions_come_in_pages_with_markers_and_prefixes(s3, bucket):
    for key in ("a", "dir/1", "dir/2", "z"):
        for body in (b"1", b"2"):
            put(s3, bucket, key, body)
    s3.delete_object(Bucket=bucket, Key="a")
    for size in (1, 2, 3, 100):
        pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": size})
        found = [(v["Key"], v["VersionId"]) for page in pages
                 for v in page.get("Versions", []) + page.get("DeleteMarkers", [])]
        assert len(found) == len(set(found)) == 9, size
        pages = s3.get_paginator("list_object_versions").paginate(
            Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": size})
        prefixes = [p["Prefix"] for page in pages for p in page.get("CommonPrefixes", [])]
        assert prefixes == ["dir/"], size
    nothing = s3.list_object_versions(Bucket=bucket, MaxKeys=0)
    assert not nothing["IsTruncated"] and "Versions" not in nothing
    assert refused(s3.list_object_versions, Bucket=bucket, VersionIdMarker="x") == "InvalidArgument"


def test_many_are_deleted_at_once_each_for_itself(s3, bucket):
    one, two = put(s3, bucket, "a", b"1"), put(s3, bucket, "a", b"2")
    put(s3, bucket, "b", b"1")
    reply = s3.delete_objects(Bucket=bucket, Delete={"Objects": [
        {"Key": "a", "VersionId": one["VersionId"]}, {"Key": "a"}, {"Key": "b", "ETag": '"nope"'},
        {"Key": "b", "Size": 1}, {"Key": "k" * 1025}]})
    deleted = {(d["Key"], d.get("VersionId"), d.get("DeleteMarker")) for d in reply["Deleted"]}
    assert deleted == {("a", one["VersionId"], None), ("a", None, True)}
    errors = [(e["Key"][:1], e["Code"]) for e in reply["Errors"]]
    assert errors == [("b", "PreconditionFailed"), ("b", "NotImplemented"), ("k", "KeyTooLongError")]
    assert body_of(s3, bucket, "b") == b"1"
    assert body_of(s3, bucket, "a", VersionId=two["VersionId"]) == b"2"
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Quiet": True, "Objects": [{"Key": "a"}, {"Key": "b", "ETag": "x"}]})
    assert "Deleted" not in quiet and [e["Key"] for e in quiet["Errors"]] == ["b"]


@pytest.mark.parametrize("count", [0, 1001])
def test_no_more_than_a_thousand_are_deleted_at_once(s3, bucket, count):
    put(s3, bucket, "0", b"1")
    objects = [{"Key": str(n)} for n in range(count)]
    assert refused(s3.delete_objects, Bucket=bucket, Delete={"Objects": objects}) == "MalformedXML"
    assert body_of(s3, bucket, "0") == b"1"


def test_a_deletion_may_have_a_condition(s3, bucket):
    etag = put(s3, bucket, "k", b"1")["ETag"]
    assert refused(s3.delete_object, Bucket=bucket, Key="k", IfMatch='"nope"') == "PreconditionFailed"
    assert refused(s3.delete_object, Bucket=bucket, Key="nothing", IfMatch=etag) == "NoSuchKey"
    assert body_of(s3, bucket, "k") == b"1"
    assert s3.delete_object(Bucket=bucket, Key="k", IfMatch=etag)["DeleteMarker"] is True


@pytest.mark.parametrize("conditions, status", [
    # RFC 9110 and S3: an ETag that matches overrides a date that does not, both ways.
    ({"IfMatch": "etag", "IfUnmodifiedSince": PAST}, 200),
    ({"IfMatch": '"nope"', "IfUnmodifiedSince": FUTURE}, 412),
    ({"IfNoneMatch": "etag", "IfModifiedSince": PAST}, 304),
    ({"IfNoneMatch": '"nope"', "IfModifiedSince": FUTURE}, 200),
    ({"IfMatch": "etag", "IfNoneMatch": "etag"}, 304), ({"IfMatch": "*"}, 200), ({"IfNoneMatch": "*"}, 304),
    ({"IfUnmodifiedSince": PAST}, 412), ({"IfUnmodifiedSince": FUTURE}, 200), ({"IfModifiedSince": PAST}, 200),
])
def test_conditions_of_reads_have_s3s_precedence(s3, bucket, conditions, status):
    etag = put(s3, bucket, "k", b"1")["ETag"]
    conditions = {name: etag if value == "etag" else value for name, value in conditions.items()}
    for call in (s3.get_object, s3.head_object):
        if status == 200:
            call(Bucket=bucket, Key="k", **conditions)
        else:
            assert failure(call, Bucket=bucket, Key="k", **conditions)["ResponseMetadata"]["HTTPStatusCode"] == status


def test_conditions_of_writes_hold_for_every_way_to_write(s3, bucket):
    etag = put(s3, bucket, "k", b"1")["ETag"]
    source = {"Bucket": bucket, "Key": "k"}

    def completed(key, **conditions):
        upload = {"Bucket": bucket, "Key": key}
        upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
        part = s3.upload_part(**upload, PartNumber=1, Body=b"part")["ETag"]
        return s3.complete_multipart_upload(
            **upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]}, **conditions)

    def copied(key, **conditions):
        return s3.copy_object(Bucket=bucket, Key=key, CopySource=source, **conditions)

    def written(key, **conditions):
        return put(s3, bucket, key, b"2", **conditions)

    for number, write in enumerate((written, completed, copied)):
        assert refused(write, key="k", IfNoneMatch="*") == "PreconditionFailed"
        assert refused(write, key="k", IfMatch='"nope"') == "PreconditionFailed"
        assert refused(write, key=f"absent{number}", IfMatch=etag) == "NoSuchKey"
        assert body_of(s3, bucket, "k") == b"1"
        write(key=f"new{number}", IfNoneMatch="*")
        current = s3.head_object(Bucket=bucket, Key=f"new{number}")["ETag"]
        write(key=f"new{number}", IfMatch=current)
    # A delete marker is nothing.
    s3.delete_object(Bucket=bucket, Key="new0")
    written("new0", IfNoneMatch="*")


def test_a_copy_has_conditions_on_its_source(s3, bucket):
    etag = put(s3, bucket, "k", b"1")["ETag"]

    def copy(**conditions):
        return s3.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "k"}, **conditions)

    now = datetime.datetime.now(datetime.timezone.utc)
    for conditions in ({"CopySourceIfMatch": '"nope"'}, {"CopySourceIfNoneMatch": etag},
                       {"CopySourceIfModifiedSince": now}, {"CopySourceIfUnmodifiedSince": PAST}):
        assert refused(copy, **conditions) == "PreconditionFailed", conditions
    copy(CopySourceIfMatch=etag, CopySourceIfUnmodifiedSince=PAST)
    copy(CopySourceIfNoneMatch='"nope"', CopySourceIfModifiedSince=PAST)


def test_an_object_is_copied_onto_itself_only_to_change_something(s3, bucket):
    version = put(s3, bucket, "k", b"1", Metadata={"a": "1"}, ContentType="text/a")["VersionId"]
    source = {"Bucket": bucket, "Key": "k"}
    assert refused(s3.copy_object, Bucket=bucket, Key="k", CopySource=source) == "InvalidRequest"
    replaced = s3.copy_object(Bucket=bucket, Key="k", CopySource=source, MetadataDirective="REPLACE",
                              Metadata={"b": "2"}, ContentType="text/b")
    assert replaced["CopySourceVersionId"] == version
    head = s3.head_object(Bucket=bucket, Key="k")
    assert (head["Metadata"], head["ContentType"], head["VersionId"]) == ({"b": "2"}, "text/b", replaced["VersionId"])
    s3.copy_object(Bucket=bucket, Key="k", CopySource=source | {"VersionId": version})
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"a": "1"}
    assert refused(s3.copy_object, Bucket=bucket, Key="k", CopySource=source, MetadataDirective="OTHER") == (
        "InvalidArgument")


@pytest.mark.parametrize("header, value, code", [
    ("Content-MD5", base64.b64encode(hashlib.md5(b"other").digest()).decode(), "BadDigest"),
    ("Content-MD5", "nonsense", "InvalidDigest"), ("x-amz-checksum-crc32", "AAAAAA==", "BadDigest"),
    ("x-amz-checksum-sha256", base64.b64encode(hashlib.sha256(b"other").digest()).decode(), "BadDigest"),
])
def test_a_tampered_list_of_deletions_deletes_nothing(server, s3, bucket, header, value, code):
    put(s3, bucket, "k", b"1")
    body = b"<Delete><Object><Key>k</Key></Object></Delete>"
    request = signed(server, "POST", f"/{bucket}?delete", body, {header: value})
    reply = send(server, "POST", request.url, request.headers, body)
    assert reply.status == 400 and f"<Code>{code}</Code>".encode() in reply.body
    assert body_of(s3, bucket, "k") == b"1"
