"""Checksums of objects, parts and trailers: verified, kept, returned, and never of a range."""

import base64
import hashlib
import os

import pytest
from botocore.exceptions import ClientError

from checksums import CHECKSUMS
from test_s3_chunked import TRAILER, UNSIGNED_TRAILER, BODY as CHUNKED_BODY, Upload

BODY = bytes(range(256)) * 8
PART = 5 << 20
# One part is large; bit-by-bit sums of it would take minutes, so the sums of parts come from the server's own tested ones.
LAST = b"the end"


def refused(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"]


@pytest.mark.parametrize("algorithm", CHECKSUMS)
def test_a_checksum_is_returned_when_it_is_asked_for(s3, bucket, algorithm):
    member, value = f"Checksum{algorithm}", CHECKSUMS[algorithm](BODY)
    put = s3.put_object(Bucket=bucket, Key="k", Body=BODY, **{member: value})
    assert (put[member], put["ChecksumType"]) == (value, "FULL_OBJECT")
    for call in (s3.get_object, s3.head_object):
        got = call(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
        assert (got[member], got["ChecksumType"]) == (value, "FULL_OBJECT")
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"][0]
    assert (listed["ChecksumAlgorithm"], listed["ChecksumType"]) == ([algorithm], "FULL_OBJECT")
    version = s3.list_object_versions(Bucket=bucket)["Versions"][0]
    assert (version["ChecksumAlgorithm"], version["ChecksumType"]) == ([algorithm], "FULL_OBJECT")


@pytest.mark.parametrize("algorithm", CHECKSUMS)
def test_no_checksum_of_the_whole_comes_with_a_range(s3, bucket, algorithm):
    """boto3 would hold it against the range, and fail."""
    s3.put_object(Bucket=bucket, Key="k", Body=BODY, **{f"Checksum{algorithm}": CHECKSUMS[algorithm](BODY)})
    for wanted, expected in (("bytes=0-9", BODY[:10]), ("bytes=-9", BODY[-9:]), ("bytes=0-", BODY)):
        got = s3.get_object(Bucket=bucket, Key="k", Range=wanted, ChecksumMode="ENABLED")
        assert got["Body"].read() == expected
        assert not [member for member in got if member.startswith("Checksum")]


@pytest.mark.parametrize("mode", [TRAILER, UNSIGNED_TRAILER])
@pytest.mark.parametrize("algorithm", CHECKSUMS)
def test_a_checksum_may_come_in_a_trailer(server, s3, bucket, algorithm, mode):
    value = TRAILERS[algorithm]
    header = f"x-amz-checksum-{algorithm.lower()}"
    reply = Upload(server, bucket, mode, trailer=(header, value)).send()
    assert reply.status == 200, reply.body
    assert reply.headers[header] == value
    got = s3.get_object(Bucket=bucket, Key="chunked", ChecksumMode="ENABLED")
    assert got["Body"].read() == CHUNKED_BODY and got[f"Checksum{algorithm}"] == value


@pytest.mark.parametrize("algorithm", CHECKSUMS)
def test_a_body_that_its_trailer_does_not_fit_is_not_stored(server, s3, bucket, algorithm):
    header = f"x-amz-checksum-{algorithm.lower()}"
    for value in (CHECKSUMS[algorithm](b"other"), "nonsense", ""):
        reply = Upload(server, bucket, UNSIGNED_TRAILER, trailer=(header, value)).send()
        assert reply.status == 400 and b"<Code>BadDigest</Code>" in reply.body
        tampered = Upload(server, bucket, UNSIGNED_TRAILER, trailer=(header, TRAILERS[algorithm]))
        parts = tampered.parts()
        parts[1] = parts[1].replace(b"b" * 10, b"c" * 10, 1)
        assert tampered.send(parts).status == 400
    assert refused(s3.head_object, Bucket=bucket, Key="chunked") == "404"


TRAILERS = {name: compute(CHUNKED_BODY) for name, compute in CHECKSUMS.items()}


def test_what_is_said_of_checksums_must_fit_together(s3, bucket, server):
    def put(**headers):
        client = server.client("s3")

        def add(request, **_):
            for name, value in headers.items():
                request.headers[name] = value

        client.meta.events.register("before-sign.s3.PutObject", add)
        return refused(client.put_object, Bucket=bucket, Key="k", Body=BODY, ChecksumCRC32=CHECKSUMS["CRC32"](BODY))

    assert put(**{"x-amz-checksum-sha1": CHECKSUMS["SHA1"](BODY)}) == "InvalidRequest"
    assert put(**{"x-amz-sdk-checksum-algorithm": "SHA256"}) == "InvalidRequest"
    assert put(**{"x-amz-trailer": "x-amz-checksum-crc32"}) == "InvalidRequest"
    assert refused(s3.head_object, Bucket=bucket, Key="k") == "404"


class TestMultipart:
    @pytest.fixture
    def begin(self, s3, bucket):
        def create(**parameters):
            made = s3.create_multipart_upload(Bucket=bucket, Key="big", **parameters)
            return made, {"Bucket": bucket, "Key": "big", "UploadId": made["UploadId"]}
        return create

    def parts(self, s3, upload, algorithm, *bodies):
        made = []
        for number, body in enumerate(bodies, 1):
            sum_of = f"Checksum{algorithm}"
            if algorithm in ("CRC32", "SHA1", "SHA256"):
                sent = s3.upload_part(**upload, PartNumber=number, Body=body, ChecksumAlgorithm=algorithm)
            else:
                sent = s3.upload_part(**upload, PartNumber=number, Body=body, **{sum_of: CHECKSUMS[algorithm](body)})
            made.append({"PartNumber": number, "ETag": sent["ETag"], sum_of: sent[sum_of]})
        return made

    @pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "SHA1", "SHA256"])
    def test_parts_have_a_checksum_of_checksums(self, s3, begin, algorithm):
        made, upload = begin(ChecksumAlgorithm=algorithm)
        assert (made["ChecksumAlgorithm"], made["ChecksumType"]) == (algorithm, "COMPOSITE")
        parts = self.parts(s3, upload, algorithm, LAST)
        assert parts[0][f"Checksum{algorithm}"] == CHECKSUMS[algorithm](LAST)
        listed = s3.list_parts(**upload)
        assert (listed["ChecksumAlgorithm"], listed["ChecksumType"]) == (algorithm, "COMPOSITE")
        assert listed["Parts"][0][f"Checksum{algorithm}"] == CHECKSUMS[algorithm](LAST)
        uploads = s3.list_multipart_uploads(Bucket=upload["Bucket"])["Uploads"]
        assert (uploads[0]["ChecksumAlgorithm"], uploads[0]["ChecksumType"]) == (algorithm, "COMPOSITE")
        done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        expected = CHECKSUMS[algorithm](base64.b64decode(CHECKSUMS[algorithm](LAST))) + "-1"
        assert (done[f"Checksum{algorithm}"], done["ChecksumType"]) == (expected, "COMPOSITE")
        got = s3.get_object(Bucket=upload["Bucket"], Key="big", ChecksumMode="ENABLED")
        assert (got["Body"].read(), got[f"Checksum{algorithm}"], got["ChecksumType"]) == (LAST, expected, "COMPOSITE")

    @pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME"])
    def test_or_one_of_the_whole_object(self, s3, begin, algorithm):
        made, upload = begin(ChecksumAlgorithm=algorithm, ChecksumType="FULL_OBJECT")
        assert made["ChecksumType"] == "FULL_OBJECT"
        parts = self.parts(s3, upload, algorithm, LAST)
        whole, member = CHECKSUMS[algorithm](LAST), f"Checksum{algorithm}"
        finish = {"MultipartUpload": {"Parts": parts}, "ChecksumType": "FULL_OBJECT", "MpuObjectSize": len(LAST)}
        assert refused(s3.complete_multipart_upload, **upload, **finish | {member: CHECKSUMS[algorithm](b"x")}) == "BadDigest"
        assert refused(s3.complete_multipart_upload, **upload, **finish | {"MpuObjectSize": 3}) == "BadDigest"
        assert refused(
            s3.complete_multipart_upload, **upload, **finish | {"ChecksumType": "COMPOSITE"}) == "InvalidRequest"
        assert refused(s3.complete_multipart_upload, **upload, **finish, ChecksumSHA1="x") == "InvalidRequest"
        assert refused(s3.head_object, Bucket=upload["Bucket"], Key="big") == "404"
        done = s3.complete_multipart_upload(**upload, **finish, **{member: whole})
        assert (done[member], done["ChecksumType"]) == (whole, "FULL_OBJECT")
        got = s3.head_object(Bucket=upload["Bucket"], Key="big", ChecksumMode="ENABLED")
        assert (got[member], got["ChecksumType"]) == (whole, "FULL_OBJECT")

    @pytest.mark.parametrize("algorithm, kind", [("SHA1", "FULL_OBJECT"), ("SHA256", "FULL_OBJECT"),
                                                 ("CRC64NVME", "COMPOSITE")])
    def test_kinds_that_an_algorithm_does_not_have_are_refused(self, s3, bucket, algorithm, kind):
        assert refused(s3.create_multipart_upload, Bucket=bucket, Key="big", ChecksumAlgorithm=algorithm,
                       ChecksumType=kind) == "InvalidRequest"

    def test_a_part_of_another_algorithm_is_refused(self, s3, begin):
        _, upload = begin(ChecksumAlgorithm="SHA256")
        assert refused(s3.upload_part, **upload, PartNumber=1, Body=LAST, ChecksumAlgorithm="CRC32") == "InvalidRequest"
        assert "Parts" not in s3.list_parts(**upload)

    def test_a_tampered_part_is_refused(self, s3, begin):
        _, upload = begin(ChecksumAlgorithm="SHA256")
        wrong = CHECKSUMS["SHA256"](b"other")
        assert refused(s3.upload_part, **upload, PartNumber=1, Body=LAST, ChecksumSHA256=wrong) in (
            "BadDigest", "XAmzContentSHA256Mismatch")
        assert "Parts" not in s3.list_parts(**upload)

    def test_parts_are_named_with_their_checksums(self, s3, begin):
        _, upload = begin(ChecksumAlgorithm="CRC32")
        part = self.parts(s3, upload, "CRC32", LAST)[0]
        for wrong in ({"ChecksumCRC32": CHECKSUMS["CRC32"](b"x")}, {"ChecksumSHA1": CHECKSUMS["SHA1"](LAST)}):
            assert refused(
                s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": [part | wrong]}) == "InvalidPart"
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]})

    def test_a_part_is_read_by_its_number(self, s3, begin):
        first = os.urandom(PART)
        _, upload = begin(ChecksumAlgorithm="SHA256")
        parts = self.parts(s3, upload, "SHA256", first, LAST)
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        where = {"Bucket": upload["Bucket"], "Key": "big"}
        for number, body in ((1, first), (2, LAST)):
            got = s3.get_object(**where, PartNumber=number)
            assert got["Body"].read() == body and got["PartsCount"] == 2
            assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
            head = s3.head_object(**where, PartNumber=number)
            assert (head["ContentLength"], head["PartsCount"]) == (len(body), 2)
        assert refused(s3.get_object, **where, PartNumber=3) == "InvalidPartNumber"
        assert refused(s3.get_object, **where, PartNumber=1, Range="bytes=0-1") == "InvalidRequest"
        # A copy is one piece.
        s3.copy_object(Bucket=upload["Bucket"], Key="copy", CopySource=where)
        whole = s3.get_object(Bucket=upload["Bucket"], Key="copy", PartNumber=1)
        assert whole["ContentLength"] == PART + len(LAST) and "PartsCount" not in whole
        assert refused(s3.get_object, Bucket=upload["Bucket"], Key="copy", PartNumber=2) == "InvalidPartNumber"


def test_a_copy_has_the_checksum_that_is_asked_for(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=BODY, ChecksumAlgorithm="CRC32")
    same = s3.copy_object(Bucket=bucket, Key="b", CopySource={"Bucket": bucket, "Key": "a"})["CopyObjectResult"]
    assert same["ChecksumCRC32"] == CHECKSUMS["CRC32"](BODY)
    other = s3.copy_object(
        Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "a"}, ChecksumAlgorithm="SHA256")
    assert other["CopyObjectResult"]["ChecksumSHA256"] == CHECKSUMS["SHA256"](BODY)
    assert s3.head_object(Bucket=bucket, Key="c", ChecksumMode="ENABLED")["ChecksumSHA256"] == CHECKSUMS["SHA256"](BODY)


def test_content_md5_is_checked(s3, bucket):
    good = base64.b64encode(hashlib.md5(BODY).digest()).decode()
    s3.put_object(Bucket=bucket, Key="k", Body=BODY, ContentMD5=good)
    wrong = base64.b64encode(hashlib.md5(b"x").digest()).decode()
    assert refused(s3.put_object, Bucket=bucket, Key="bad", Body=BODY, ContentMD5=wrong) == "BadDigest"
    assert refused(s3.put_object, Bucket=bucket, Key="bad", Body=BODY, ContentMD5="nonsense") == "InvalidDigest"
    assert refused(s3.head_object, Bucket=bucket, Key="bad") == "404"
