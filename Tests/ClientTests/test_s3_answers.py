"""What the S3 port says of errors and of what it does not serve: never a silent success."""

import datetime
import re

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from penstock_server import ACCOUNT
from test_s3_requests import signed
from signed_http import send

BODY = b"0123456789"


def failure(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response


def refused(call, **parameters):
    reply = failure(call, **parameters)
    return reply["Error"]["Code"], reply["ResponseMetadata"]["HTTPStatusCode"]


def request(server, method, path, body=b"", headers=None):
    made = signed(server, method, path, body, headers)
    return send(server, method, made.url, made.headers, body)


def code(reply):
    return re.search(rb"<Code>(.*?)</Code>", reply.body).group(1).decode()


def test_errors_have_s3s_codes_and_status(s3, bucket, unique):
    s3.put_object(Bucket=bucket, Key="k", Body=BODY)
    upload = {"Bucket": bucket, "Key": "k", "UploadId": "unknown"}
    for expected, call, parameters in (
            (("NoSuchKey", 404), s3.get_object, {"Bucket": bucket, "Key": "nothing"}),
            (("NoSuchBucket", 404), s3.get_object, {"Bucket": unique("absent"), "Key": "k"}),
            (("NoSuchBucket", 404), s3.put_object, {"Bucket": unique("absent"), "Key": "k", "Body": b""}),
            (("NoSuchBucket", 404), s3.delete_objects, {"Bucket": unique("absent"), "Delete": {"Objects": [{"Key": "k"}]}}),
            (("NoSuchVersion", 404), s3.get_object, {"Bucket": bucket, "Key": "k", "VersionId": "unknown"}),
            (("NoSuchUpload", 404), s3.list_parts, upload), (("NoSuchUpload", 404), s3.abort_multipart_upload, upload),
            (("NoSuchUpload", 404), s3.upload_part, upload | {"PartNumber": 1, "Body": b""}),
            (("BucketNotEmpty", 409), s3.delete_bucket, {"Bucket": bucket}),
            (("InvalidBucketName", 400), s3.create_bucket, {"Bucket": "ab"}),
            (("InvalidArgument", 400), s3.list_objects_v2, {"Bucket": bucket, "MaxKeys": -1}),
            (("InvalidRange", 416), s3.get_object, {"Bucket": bucket, "Key": "k", "Range": "bytes=10-"}),
            (("InvalidStorageClass", 400), s3.put_object, {"Bucket": bucket, "Key": "n", "StorageClass": "GLACIER"}),
            (("AccessControlListNotSupported", 400), s3.put_object, {"Bucket": bucket, "Key": "n", "ACL": "public-read"}),
    ):
        assert refused(call, **parameters) == expected, call
    assert refused(s3.head_object, Bucket=bucket, Key="n") == ("404", 404)


def test_an_error_document_names_its_request_and_resource(server, bucket):
    reply = request(server, "GET", f"/{bucket}/a%26b")
    assert reply.status == 404 and reply.headers["content-type"] == "application/xml"
    assert b"<Key>a&amp;b</Key>" in reply.body and f"<Resource>/{bucket}/a%26b</Resource>".encode() in reply.body
    assert f"<RequestId>{reply.headers['x-amz-request-id']}</RequestId>".encode() in reply.body
    assert f"<HostId>{reply.headers['x-amz-id-2']}</HostId>".encode() in reply.body


def test_a_bucket_is_made_once_and_twice_in_the_first_region(s3, unique, server, new_server):
    name = unique("twice")
    assert s3.create_bucket(Bucket=name)["Location"] == f"/{name}"
    s3.create_bucket(Bucket=name)
    elsewhere = new_server({"region": "eu-central-1"}).start()
    client = elsewhere.client("s3", region="eu-central-1")
    made = {"Bucket": name, "CreateBucketConfiguration": {"LocationConstraint": "eu-central-1"}}
    client.create_bucket(**made)
    assert refused(client.create_bucket, **made) == ("BucketAlreadyOwnedByYou", 409)
    assert client.get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-central-1"
    # boto3 reads the right region from the error, and asks again there.
    assert elsewhere.client("s3", region="eu-west-1").list_objects_v2(Bucket=name)["KeyCount"] == 0


@pytest.mark.parametrize("call, parameters", [
    ("get_object_acl", {}), ("put_object_acl", {"ACL": "private"}), ("put_object_tagging", {"Tagging": {"TagSet": []}}),
    ("delete_object_tagging", {}), ("get_object_attributes", {"ObjectAttributes": ["ETag"]}), ("get_object_torrent", {}),
    ("restore_object", {}), ("get_object_retention", {}), ("get_object_legal_hold", {}),
    ("put_object", {"Body": b"", "Tagging": "a=b"}), ("put_object", {"Body": b"", "WebsiteRedirectLocation": "/x"}),
    ("put_object", {"Body": b"", "SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}),
    ("put_object", {"Body": b"", "ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": datetime.datetime(2030, 1, 1)}),
])
def test_what_is_not_served_of_an_object_says_so(s3, bucket, call, parameters):
    s3.put_object(Bucket=bucket, Key="k", Body=BODY)
    assert refused(getattr(s3, call), Bucket=bucket, Key="k", **parameters) == ("NotImplemented", 501)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == BODY


@pytest.mark.parametrize("call", [
    "get_bucket_acl", "get_bucket_policy", "get_bucket_cors", "get_bucket_encryption", "get_bucket_tagging",
    "get_bucket_lifecycle_configuration", "get_bucket_notification_configuration", "get_bucket_website",
    "get_bucket_logging", "get_bucket_replication", "get_public_access_block", "get_bucket_ownership_controls",
    "get_object_lock_configuration", "delete_bucket_policy", "delete_bucket_cors", "delete_bucket_tagging",
])
def test_what_is_not_served_of_a_bucket_says_so(s3, bucket, call):
    assert refused(getattr(s3, call), Bucket=bucket) == ("NotImplemented", 501)
    s3.head_bucket(Bucket=bucket)


@pytest.mark.parametrize("method, query, expected", [
    ("GET", "uploads", "InvalidArgument"), ("PUT", "versionId=x", "InvalidArgument"),
    ("PUT", "uploadId=x", "InvalidArgument"), ("PUT", "partNumber=1", "InvalidArgument"),
    ("PUT", "versioning", "InvalidArgument"), ("DELETE", "uploads", "InvalidArgument"),
    ("POST", "", "MethodNotAllowed"), ("PATCH", "", "MethodNotAllowed"), ("GET", "versionId=", "InvalidArgument"),
])
def test_a_request_for_something_else_is_not_taken_for_one_for_the_object(server, s3, bucket, method, query, expected):
    s3.put_object(Bucket=bucket, Key="k", Body=BODY)
    reply = request(server, method, f"/{bucket}/k?{query}", b"" if method in ("GET", "DELETE") else b"x")
    assert code(reply) == expected
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == BODY
    assert len(s3.list_object_versions(Bucket=bucket)["Versions"]) == 1


def test_objects_have_no_tags(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=BODY)
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    assert refused(s3.get_object_tagging, Bucket=bucket, Key="nothing") == ("NoSuchKey", 404)


def test_a_bucket_of_another_account_than_expected_is_refused(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=BODY, ExpectedBucketOwner=ACCOUNT)
    for call, more in ((s3.get_object, {}), (s3.put_object, {"Body": b""}), (s3.delete_object, {}),
                       (s3.copy_object, {"CopySource": f"{bucket}/k", "MetadataDirective": "REPLACE"})):
        assert refused(call, Bucket=bucket, Key="k", ExpectedBucketOwner="222222222222", **more) == ("AccessDenied", 403)
    assert s3.get_object(Bucket=bucket, Key="k", ExpectedBucketOwner=ACCOUNT)["Body"].read() == BODY


def test_a_presigned_address_chooses_headers_of_the_reply(server, bucket, s3):
    s3.put_object(Bucket=bucket, Key="k", Body=BODY, ContentType="text/a", CacheControl="no-store")
    chosen = {"ResponseContentType": "text/b", "ResponseContentDisposition": 'attachment; filename="ü b"',
              "ResponseCacheControl": "max-age=1", "ResponseContentLanguage": "de", "ResponseContentEncoding": "gzip",
              "ResponseExpires": datetime.datetime(2030, 1, 1)}
    signer = server.client("s3", config=Config(signature_version="s3v4"))
    url = signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"} | {
        k: v for k, v in chosen.items() if k != "ResponseContentDisposition"})
    reply = send(server, "GET", url, {})
    assert (reply.status, reply.body) == (200, BODY)
    headers = reply.headers
    assert (headers["content-type"], headers["cache-control"]) == ("text/b", "max-age=1")
    assert (headers["content-language"], headers["content-encoding"]) == ("de", "gzip")
    assert headers["expires"].startswith("Tue, 01 Jan 2030")
    got = s3.get_object(Bucket=bucket, Key="k", ResponseContentDisposition='attachment; filename="a b"')
    assert got["ContentDisposition"] == 'attachment; filename="a b"' and got["ContentType"] == "text/a"


@pytest.mark.parametrize("value", ["a\r\nInjected: 1", "a\nb"])
def test_no_header_of_a_reply_can_be_smuggled_in(server, s3, bucket, value):
    s3.put_object(Bucket=bucket, Key="k", Body=BODY)
    signer = server.client("s3", config=Config(signature_version="s3v4"))
    url = signer.generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "k", "ResponseContentType": value})
    reply = send(server, "GET", url, {})
    assert "injected" not in {name.lower() for name in reply.headers}


@pytest.mark.parametrize("value, expected", [
    ("bytes=0-0", b"0"), ("bytes=3-", b"3456789"), ("bytes=-3", b"789"), ("bytes=-99", BODY), ("bytes=8-99", b"89"),
    ("bytes=5-4", None), ("bytes=a-b", None), ("bytes=0-1,4-5", None), ("items=0-1", None), ("bytes=", None),
])
def test_ranges(s3, bucket, value, expected):
    s3.put_object(Bucket=bucket, Key="k", Body=BODY)
    got = s3.get_object(Bucket=bucket, Key="k", Range=value)
    assert got["Body"].read() == (BODY if expected is None else expected)
    assert got["ResponseMetadata"]["HTTPStatusCode"] == (200 if expected is None else 206)
    head = s3.head_object(Bucket=bucket, Key="k", Range=value)
    assert head["ContentLength"] == len(BODY if expected is None else expected)


def test_a_range_may_depend_on_what_the_client_has(s3, bucket, server):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=BODY)["ETag"]
    modified = request(server, "HEAD", f"/{bucket}/k").headers["last-modified"]
    for value, status in ((etag, 206), ('"other"', 200), (modified, 206), ("Tue, 14 Nov 2023 22:13:20 GMT", 200)):
        reply = request(server, "GET", f"/{bucket}/k", headers={"Range": "bytes=0-1", "If-Range": value})
        assert reply.status == status, value


def test_buckets_come_in_pages(s3, unique):
    prefix = unique("page")
    names = [f"{prefix}-{n}" for n in range(5)]
    for name in names:
        s3.create_bucket(Bucket=name)
    for size in (1, 2, 5):
        pages = list(s3.get_paginator("list_buckets").paginate(Prefix=prefix, PaginationConfig={"PageSize": size}))
        assert [b["Name"] for page in pages for b in page.get("Buckets", [])] == names
        assert len(pages) == -(-5 // size)
    assert s3.list_buckets(Prefix=prefix, BucketRegion="eu-west-1")["Buckets"] == []
    assert refused(s3.list_buckets, MaxBuckets=10_001)[0] == "InvalidArgument"
    assert refused(s3.list_buckets, ContinuationToken="nonsense")[0] == "InvalidArgument"
