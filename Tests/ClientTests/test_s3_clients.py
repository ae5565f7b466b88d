"""The S3 port with the programs that people use: two generations of the AWS CLI, s3cmd and rclone, as they come."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from penstock_server import REGION, environment

TOOLS = Path(sys.executable).parent
BIG = 20 << 20


def content(size):
    """Bytes that do not compress, the same each time."""
    return hashlib.shake_128(str(size).encode()).digest(size)


@pytest.fixture
def tree(tmp_path):
    """A folder with names and sizes of all sorts: one of them goes up in parts."""
    folder = tmp_path / "tree"
    files = {"plain.txt": b"hello", "empty": b"", "with space & more.txt": b"odd", "dir/ünï.bin": content(70_000),
             "dir/deep/100%.txt": b"percent", "big.bin": content(BIG)}
    for name, body in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return folder, files


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def run(command, check=True, variables=None):
    result = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=120, env=environment(variables))
    if check and result.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {result.returncode}\n{result.stdout}{result.stderr}")
    return result


def objects(s3, bucket, prefix=""):
    """Keys and bytes of a bucket, seen by boto3."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    return {key[len(prefix):]: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


class TestAWSCommandLine:
    """The one of requirements.txt, which sends checksums in trailers, and Debian's, which does not."""

    @pytest.fixture(params=[TOOLS / "aws", Path("/usr/bin/aws")], ids=["pip", "debian"])
    def aws(self, request, server, tmp_path):
        assert request.param.exists(), f"{request.param} is missing: scripts/setup tests"
        config = tmp_path / "aws-config"
        # Left alone, version 1 of the CLI presigns with Signature Version 2.
        config.write_text("[default]\ns3 =\n    addressing_style = path\n    signature_version = s3v4\n")
        variables = {
            "AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key,
            "AWS_DEFAULT_REGION": REGION, "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1", "AWS_CONFIG_FILE": str(config),
        }
        return lambda *arguments, check=True: run(
            [request.param, "--endpoint-url", server.s3, *arguments], check, variables)

    def test_a_folder_goes_there_and_back(self, aws, s3, bucket, tree, tmp_path):
        folder, files = tree
        aws("s3", "sync", folder, f"s3://{bucket}/up")
        assert objects(s3, bucket, "up/") == files
        assert s3.head_object(Bucket=bucket, Key="up/big.bin")["ETag"].endswith('-3"')
        assert aws("s3", "sync", folder, f"s3://{bucket}/up").stdout == ""
        aws("s3", "sync", f"s3://{bucket}/up", tmp_path / "down")
        assert contents(tmp_path / "down") == files
        # Within the store: large objects are copied in parts, for which their tags are asked.
        aws("s3", "cp", "--recursive", f"s3://{bucket}/up", f"s3://{bucket}/copy")
        assert objects(s3, bucket, "copy/") == files
        aws("s3", "mv", f"s3://{bucket}/copy/plain.txt", f"s3://{bucket}/moved.txt")
        assert objects(s3, bucket, "moved") == {".txt": b"hello"}
        listing = aws("s3", "ls", "--recursive", f"s3://{bucket}/up/dir/").stdout
        assert "up/dir/ünï.bin" in listing and "up/dir/deep/100%.txt" in listing
        (folder / "plain.txt").unlink()
        aws("s3", "sync", "--delete", folder, f"s3://{bucket}/up")
        assert "plain.txt" not in objects(s3, bucket, "up/")
        aws("s3", "rm", "--recursive", f"s3://{bucket}/")
        assert objects(s3, bucket) == {}

    def test_a_bucket_goes_with_its_unfinished_uploads(self, aws, s3, unique):
        bucket = unique("left")
        aws("s3", "mb", f"s3://{bucket}")
        s3.put_object(Bucket=bucket, Key="k", Body=b"x")
        upload = s3.create_multipart_upload(Bucket=bucket, Key="big")["UploadId"]
        s3.upload_part(Bucket=bucket, Key="big", UploadId=upload, PartNumber=1, Body=b"x")
        aws("s3", "rb", "--force", f"s3://{bucket}")
        assert bucket not in [made["Name"] for made in s3.list_buckets()["Buckets"]]

    def test_errors_are_told(self, aws, bucket):
        missing = aws("s3api", "get-object", "--bucket", bucket, "--key", "nothing", "/dev/null", check=False)
        assert missing.returncode != 0 and "NoSuchKey" in missing.stderr
        bad = aws("s3api", "put-object", "--bucket", bucket, "--key", "k", "--content-md5", "AAAAAAAAAAAAAAAAAAAAAA==",
                  "--body", "/etc/hostname", check=False)
        assert bad.returncode != 0 and "BadDigest" in bad.stderr

    def test_presigned_addresses_serve(self, aws, s3, bucket):
        import urllib.request
        s3.put_object(Bucket=bucket, Key="a b/ü", Body=b"presigned")
        url = aws("s3", "presign", f"s3://{bucket}/a b/ü", "--expires-in", "60").stdout.strip()
        with urllib.request.urlopen(url, timeout=20) as reply:
            assert reply.read() == b"presigned"


class TestS3cmd:
    @pytest.fixture
    def s3cmd(self, server, tmp_path):
        host = server.s3.split("//")[1]
        config = tmp_path / "s3cfg"
        config.write_text("\n".join([
            "[default]", f"access_key = {server.access_key}", f"secret_key = {server.secret_key}",
            f"host_base = {host}", f"host_bucket = {host}", "use_https = False", f"bucket_location = {REGION}",
            "multipart_chunk_size_mb = 5", "human_readable_sizes = False", ""]))
        return lambda *arguments, check=True: run(
            [TOOLS / "s3cmd", "-c", config, "--no-progress", *arguments], check, {"LC_ALL": "C.UTF-8"})

    def test_a_folder_goes_there_and_back(self, s3cmd, s3, unique, tree, tmp_path):
        folder, files = tree
        bucket = unique("s3cmd")
        s3cmd("mb", f"s3://{bucket}")
        assert f"s3://{bucket}" in s3cmd("ls").stdout
        s3cmd("sync", f"{folder}/", f"s3://{bucket}/up/")
        assert objects(s3, bucket, "up/") == files
        assert s3.head_object(Bucket=bucket, Key="up/big.bin")["ETag"].endswith('-4"')
        (tmp_path / "down").mkdir()
        s3cmd("sync", f"s3://{bucket}/up/", f"{tmp_path}/down/")
        assert contents(tmp_path / "down") == files
        s3cmd("cp", "--recursive", f"s3://{bucket}/up/", f"s3://{bucket}/copy/")
        assert objects(s3, bucket, "copy/") == files
        s3cmd("mv", f"s3://{bucket}/copy/plain.txt", f"s3://{bucket}/moved.txt")
        assert objects(s3, bucket, "moved") == {".txt": b"hello"}
        assert "up/dir/ünï.bin" in s3cmd("ls", "--recursive", f"s3://{bucket}/up/").stdout
        s3cmd("del", "--recursive", "--force", f"s3://{bucket}/")
        assert objects(s3, bucket) == {}
        s3cmd("rb", f"s3://{bucket}")

    def test_metadata_and_types_are_kept(self, s3cmd, s3, bucket, tree):
        folder, _ = tree
        s3cmd("put", "--add-header=x-amz-meta-a:1", "--mime-type=text/own", folder / "plain.txt", f"s3://{bucket}/k")
        head = s3.head_object(Bucket=bucket, Key="k")
        assert head["ContentType"].startswith("text/own") and head["Metadata"]["a"] == "1"
        s3cmd("modify", "--add-header=x-amz-meta-b:2", f"s3://{bucket}/k")
        assert s3.head_object(Bucket=bucket, Key="k")["Metadata"]["b"] == "2"

    def test_errors_are_told(self, s3cmd, bucket):
        missing = s3cmd("get", f"s3://{bucket}/nothing", "/tmp/nothing-at-all", check=False)
        assert missing.returncode != 0 and "does not exist" in missing.stderr


class TestRclone:
    @pytest.fixture
    def rclone(self, server, tmp_path):
        config = tmp_path / "rclone.conf"
        config.write_text("\n".join([
            "[store]", "type = s3", "provider = Other", f"endpoint = {server.s3}", f"region = {REGION}",
            f"access_key_id = {server.access_key}", f"secret_access_key = {server.secret_key}",
            "force_path_style = true", "chunk_size = 5M", "upload_cutoff = 5M", ""]))
        def command(*arguments, check=True):
            result = run([TOOLS / "rclone", "--config", config, "--retries", "1", *arguments], check)
            # What Go's HTTP client says of bytes that belong to no reply.
            assert "Unsolicited response" not in result.stderr
            return result

        return command

    def test_a_folder_goes_there_and_back(self, rclone, s3, unique, tree, tmp_path):
        folder, files = tree
        bucket = unique("rclone")
        rclone("mkdir", f"store:{bucket}")
        rclone("copy", folder, f"store:{bucket}/up")
        assert objects(s3, bucket, "up/") == files
        assert s3.head_object(Bucket=bucket, Key="up/big.bin")["ETag"].endswith('-4"')
        rclone("check", "--download", folder, f"store:{bucket}/up")
        rclone("check", folder, f"store:{bucket}/up")
        assert "0 B / 0 B" in rclone("copy", "-v", "--stats-log-level", "NOTICE", folder, f"store:{bucket}/up").stderr
        rclone("copy", f"store:{bucket}/up", tmp_path / "down")
        assert contents(tmp_path / "down") == files
        rclone("copy", f"store:{bucket}/up", f"store:{bucket}/copy")
        assert objects(s3, bucket, "copy/") == files
        rclone("moveto", f"store:{bucket}/copy/plain.txt", f"store:{bucket}/moved.txt")
        assert objects(s3, bucket, "moved") == {".txt": b"hello"}
        assert "up/dir/deep/100%.txt" in rclone("lsf", "-R", f"store:{bucket}").stdout
        assert rclone("cat", "--offset", "1", "--count", "3", f"store:{bucket}/up/plain.txt").stdout == "ell"
        rclone("cleanup", f"store:{bucket}")
        rclone("purge", f"store:{bucket}")
        assert bucket not in [b["Name"] for b in s3.list_buckets()["Buckets"]]

    def test_a_stream_of_unknown_length_goes_up(self, server, rclone, s3, bucket, tmp_path):
        body = content(12 << 20)
        config = tmp_path / "rclone.conf"
        subprocess.run([TOOLS / "rclone", "--config", config, "rcat", f"store:{bucket}/stream"], input=body, check=True,
                       timeout=120, env=environment())
        assert s3.get_object(Bucket=bucket, Key="stream")["Body"].read() == body

    def test_versions_are_seen(self, rclone, s3, bucket):
        for body in (b"1", b"2"):
            s3.put_object(Bucket=bucket, Key="k", Body=body)
        s3.delete_object(Bucket=bucket, Key="k")
        listed = rclone("lsf", "--s3-versions", f"store:{bucket}").stdout.split()
        assert len(listed) == 2 and all(name.startswith("k-v") for name in listed)
        rclone("backend", "versioning", f"store:{bucket}", "Suspended")
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Suspended"

    def test_errors_are_told(self, rclone, bucket):
        missing = rclone("lsf", f"store:{bucket}-absent", check=False)
        assert missing.returncode != 0 and "not found" in missing.stderr
