"""Zip files whose bytes depend on their content only."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Mapping

_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def packed(files: Mapping[str, bytes], executable: Collection[str] = ()) -> bytes:
    """A zip of the files, by path, in the given order; the same bytes on every machine and day.

    `executable` are the paths of programs. What is compressed already, a wheel, is stored as it is.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in files.items():
            info = zipfile.ZipInfo(path, _LONG_AGO)
            info.external_attr = (0o755 if path in executable else 0o644) << 16
            info.create_system = 3
            info.compress_type = zipfile.ZIP_STORED if path.endswith(".whl") else zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return buffer.getvalue()
