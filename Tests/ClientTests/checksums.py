"""The checksums of S3, computed by hand."""

import base64
import hashlib


def reflected_crc(body, width, polynomial):
    """A CRC that begins and ends inverted, bit by bit: botocore computes some only with an extension in C."""
    ones = (1 << width) - 1
    value = ones
    for byte in body:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
    return base64.b64encode((value ^ ones).to_bytes(width // 8, "big")).decode()


CHECKSUMS = {
    "CRC32": lambda body: reflected_crc(body, 32, 0xEDB88320),
    "CRC32C": lambda body: reflected_crc(body, 32, 0x82F63B78),
    "CRC64NVME": lambda body: reflected_crc(body, 64, 0x9A6C9329AC4BC9B5),
    "SHA1": lambda body: base64.b64encode(hashlib.sha1(body).digest()).decode(),
    "SHA256": lambda body: base64.b64encode(hashlib.sha256(body).digest()).decode(),
}
