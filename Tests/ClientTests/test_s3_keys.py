"""Keys as bytes: their order, their pages, and what XML cannot hold."""

import uuid

import pytest

# In the order of their UTF-8: capitals before small letters, what Unicode calls equivalent apart, and characters outside
# the first plane behind all others, where UTF-16 has them before U+FF00.
KEYS = sorted([
    "%2F", "..", "../a", "/", "//", "/a", "A", "Z", "a", "a ", "a!", "a+", "a.b", "a/", "a//b", "a/b", "a/b/c", "a0", "b",
    "a\tb", "\x01\x02", "e\u0301", "\u00e9", "\uff00", "\U0001f600", "z&<>\"'", "z" * 1024,
], key=lambda key: key.encode())


def fill(s3, bucket):
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    return bucket


@pytest.fixture(scope="module")
def filled(s3):
    """A bucket with all the keys, which tests leave as it is."""
    name = f"keys-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    return fill(s3, name)


def expected(prefix, delimiter, after=""):
    """Keys and common prefixes of a listing, by the definition."""
    keys, prefixes = [], []
    for key in KEYS:
        if not key.startswith(prefix) or key.encode() <= after.encode():
            continue
        rest = key[len(prefix):]
        if delimiter and delimiter in rest:
            common = prefix + rest[:rest.index(delimiter) + len(delimiter)]
            if common not in prefixes:
                prefixes.append(common)
        else:
            keys.append(key)
    return keys, prefixes


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2", "list_object_versions"])
@pytest.mark.parametrize("prefix, delimiter", [
    ("", ""), ("", "/"), ("a", ""), ("a/", "/"), ("a", "/"), ("/", "/"), ("", "//"), ("", "a"), ("é", ""), ("nothing", "/"),
])
def test_pages_add_up_to_what_there_is(s3, filled, operation, prefix, delimiter, size):
    pages = list(s3.get_paginator(operation).paginate(
        Bucket=filled, Prefix=prefix, Delimiter=delimiter, PaginationConfig={"PageSize": size}))
    member = "Versions" if operation == "list_object_versions" else "Contents"
    found = [entry["Key"] for page in pages for entry in page.get(member, [])]
    prefixes = [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])]
    assert (found, prefixes) == expected(prefix, delimiter)
    for page in pages[:-1]:
        assert len(page.get(member, [])) + len(page.get("CommonPrefixes", [])) == size


def test_every_key_is_read_back_and_deleted_as_it_is(s3, bucket):
    fill(s3, bucket)
    for key in KEYS:
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    # XML has no way to write these characters, so that one key stays.
    rest = "\x01\x02"
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in KEYS if key != rest]})
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [rest]
    s3.delete_object(Bucket=bucket, Key=rest)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize("after", ["a", "a/", "a/b", "b", "zzz" * 400, "A\x00"])
def test_a_listing_begins_behind_what_it_is_told(s3, filled, after):
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=filled, StartAfter=after).get("Contents", [])] == (
        expected("", "", after)[0])
    assert [o["Key"] for o in s3.list_objects(Bucket=filled, Marker=after).get("Contents", [])] == (
        expected("", "", after)[0])


def test_a_page_of_nothing_is_the_last(s3, filled):
    for call, member in ((s3.list_objects, "Contents"), (s3.list_objects_v2, "Contents"),
                         (s3.list_object_versions, "Versions")):
        page = call(Bucket=filled, MaxKeys=0)
        assert page["IsTruncated"] is False and member not in page
    upload = {"Bucket": filled, "Key": "a"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    s3.upload_part(**upload, PartNumber=1, Body=b"x")
    assert s3.list_multipart_uploads(Bucket=filled, MaxUploads=0)["IsTruncated"] is False
    assert s3.list_parts(**upload, MaxParts=0)["IsTruncated"] is False


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_uploads_and_parts_come_in_pages(s3, bucket, size):
    uploads = []
    for key in ("a", "a", "b", "dir/c", "\u00e9"):
        uploads.append((key, s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]))
    pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, PaginationConfig={"PageSize": size})
    found = [(u["Key"], u["UploadId"]) for page in pages for u in page.get("Uploads", [])]
    assert sorted(found) == sorted(uploads) and [k for k, _ in found] == ["a", "a", "b", "dir/c", "\u00e9"]
    only = s3.list_multipart_uploads(Bucket=bucket, Prefix="dir/")["Uploads"]
    assert [u["Key"] for u in only] == ["dir/c"]
    key, upload = uploads[0]
    for number in (3, 1, 10_000, 2):
        s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=b"x" * number)
    pages = s3.get_paginator("list_parts").paginate(
        Bucket=bucket, Key=key, UploadId=upload, PaginationConfig={"PageSize": size})
    assert [(p["PartNumber"], p["Size"]) for page in pages for p in page["Parts"]] == [
        (n, n) for n in (1, 2, 3, 10_000)]


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_uploads_are_rolled_up_by_a_delimiter(s3, bucket, size):
    for key in ("a", "dir/1", "dir/1", "dir/2", "dir2/x", "e\u0301/x", "\u00e9/x", "\u00e9/y", "z"):
        s3.create_multipart_upload(Bucket=bucket, Key=key)

    def listed(**more):
        pages = list(s3.get_paginator("list_multipart_uploads").paginate(
            Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": size}, **more))
        for page in pages[:-1]:
            assert len(page.get("Uploads", [])) + len(page.get("CommonPrefixes", [])) == size
        return ([u["Key"] for page in pages for u in page.get("Uploads", [])],
                [p["Prefix"] for page in pages for p in page.get("CommonPrefixes", [])])

    assert listed() == (["a", "z"], ["dir/", "dir2/", "e\u0301/", "\u00e9/"])
    assert listed(Prefix="dir/") == (["dir/1", "dir/1", "dir/2"], [])
    assert listed(Prefix="d") == ([], ["dir/", "dir2/"])
