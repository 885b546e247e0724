"""Numbers that stand for texts, by which an index finds what is equal."""

from _blake2 import blake2b  # hashlib takes milliseconds to import OpenSSL


def number_of(text: str) -> int:
    """Return 64 bits that stand for a text, the same on every machine."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
