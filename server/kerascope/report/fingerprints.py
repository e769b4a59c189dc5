"""Names of findings by which a service knows them again from one run to the next."""

from __future__ import annotations

import hashlib


class Fingerprints:
    """Names for findings that stay when lines are put in above them, so that a finding is not taken for a new one.

    A finding is known by its file, its code and the text of its line; equal ones are counted.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str, str], int] = {}

    def of(self, path: str, code: str, line: str) -> str:
        """The fingerprint of the next finding of ``code`` on a line of this text in this file."""
        key = (path, code, line.strip())
        count = self._seen.get(key, 0)
        self._seen[key] = count + 1
        return hashlib.sha256("\0".join([*key, str(count)]).encode("utf-8", "surrogatepass")).hexdigest()[:32]
