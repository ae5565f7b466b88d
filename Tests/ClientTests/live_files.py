"""The files of a server that works on: what it removes meanwhile is passed over."""

import contextlib
import os
import stat
from pathlib import Path


def paths_below(folder):
    """Every path below the folder, but those that are gone by the time they are looked at."""
    # Unlike Path.rglob it goes on where a folder is gone.
    for parent, folders, files in os.walk(folder):
        for name in folders + files:
            yield Path(parent) / name


def files_below(folder):
    """Each regular file below the folder, with its bytes."""
    for path in paths_below(folder):
        with contextlib.suppress(FileNotFoundError):
            if stat.S_ISREG(path.lstat().st_mode):
                yield path, path.read_bytes()
