"""Listing objects, versions and uploads: prefixes, delimiters, pages."""

import pytest
from botocore.exceptions import ClientError

KEYS = sorted(["a/1", "a/2", "a/b/3", "b", "c/4", "d", "e/5"])


@pytest.fixture
def filled(s3, bucket):
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    return bucket


def names(pages, member="Contents", key="Key"):
    return [item[key] for page in pages for item in page.get(member, [])]


@pytest.mark.parametrize("operation", ["list_objects_v2", "list_objects"])
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_all_keys_come_in_order_whatever_the_page_size(s3, filled, operation, size):
    pages = list(s3.get_paginator(operation).paginate(Bucket=filled, PaginationConfig={"PageSize": size}))
    assert names(pages) == KEYS
    assert len(pages) == -(-len(KEYS) // size)


@pytest.mark.parametrize("operation", ["list_objects_v2", "list_objects"])
@pytest.mark.parametrize("size", [1, 2, 1000])
def test_a_delimiter_rolls_keys_up(s3, filled, operation, size):
    paginate = s3.get_paginator(operation).paginate
    pages = list(paginate(Bucket=filled, Delimiter="/", PaginationConfig={"PageSize": size}))
    assert names(pages) == ["b", "d"]
    assert names(pages, "CommonPrefixes", "Prefix") == ["a/", "c/", "e/"]
    pages = list(paginate(Bucket=filled, Delimiter="/", Prefix="a/", PaginationConfig={"PageSize": size}))
    assert names(pages) == ["a/1", "a/2"] and names(pages, "CommonPrefixes", "Prefix") == ["a/b/"]


def test_listing_begins_after_a_key(s3, filled):
    assert names([s3.list_objects_v2(Bucket=filled, StartAfter="a/b/3")]) == ["b", "c/4", "d", "e/5"]
    assert names([s3.list_objects(Bucket=filled, Marker="a/b/3")]) == ["b", "c/4", "d", "e/5"]


def test_a_page_says_what_it_holds(s3, filled):
    page = s3.list_objects_v2(Bucket=filled, MaxKeys=2)
    assert (page["KeyCount"], page["MaxKeys"], page["IsTruncated"]) == (2, 2, True)
    entry = page["Contents"][0]
    assert (entry["Key"], entry["Size"]) == ("a/1", 3) and entry["ETag"] and entry["LastModified"]
    assert s3.list_objects_v2(Bucket=filled, Prefix="none")["KeyCount"] == 0


def test_a_token_that_was_not_issued_is_refused(s3, filled):
    with pytest.raises(ClientError) as caught:
        s3.list_objects_v2(Bucket=filled, ContinuationToken="nonsense!")
    assert caught.value.response["Error"]["Code"] == "InvalidArgument"


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_all_versions_and_markers_come_newest_first(s3, bucket, size):
    made = {}
    for key in ("x", "y"):
        made[key] = [s3.put_object(Bucket=bucket, Key=key, Body=b"%d" % n)["VersionId"] for n in range(3)]
        made[key].append(s3.delete_object(Bucket=bucket, Key=key)["VersionId"])
    pages = list(s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": size}))
    found = {key: [] for key in made}
    for page in pages:
        for version in page.get("Versions", []):
            found[version["Key"]].append(version["VersionId"])
    markers = {m["Key"]: m["VersionId"] for page in pages for m in page.get("DeleteMarkers", [])}
    assert found == {key: list(reversed(ids[:3])) for key, ids in made.items()}
    assert markers == {key: ids[3] for key, ids in made.items()}


def test_uploads_in_progress_are_listed(s3, bucket):
    made = {key: s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"] for key in ("m/1", "m/2", "n")}
    listed = s3.list_multipart_uploads(Bucket=bucket, Prefix="m/")["Uploads"]
    assert {u["Key"]: u["UploadId"] for u in listed} == {k: v for k, v in made.items() if k.startswith("m/")}
