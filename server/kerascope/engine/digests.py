"""Digests of contents, which are compared in place of the contents."""

from __future__ import annotations

try:
    # hashlib loads OpenSSL for its other functions, which every command would wait for.
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b


def digest(*parts: bytes) -> str:
    """A digest of several contents in their order, 32 hexadecimal digits."""
    total = blake2b(digest_size=16)
    for part in parts:
        total.update(len(part).to_bytes(8, "little") + part)
    return total.hexdigest()
