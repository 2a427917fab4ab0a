"""A reader of submissions as beginners write it: opens, unpacks, imports and shows whatever lies in a folder.

`python naive.py FOLDER DESTINATION` is the control of `malformed.py`: what is harmless to it proves nothing.
"""

from __future__ import annotations

import importlib
import json
import os
import stat
import sys
import tarfile
import types
import zipfile
from pathlib import Path


def main() -> None:
    """Read everything in the folder."""
    folder, destination = Path(sys.argv[1]), Path(sys.argv[2])
    sys.path.insert(0, str(folder))
    sys.modules["torch"] = types.ModuleType("torch")  # the real one takes a second, and nothing here is about it
    read_all(folder, destination)
    importlib.import_module("colorsys")  # any module of the standard library that the grader may need
    print("DONE")


def read_all(folder: Path, destination: Path) -> None:
    """Every file below, through links too."""
    for place, _, names in os.walk(folder, followlinks=True):
        for name in names:
            read(Path(place, name), destination)
    if (folder / "sealed.py").is_dir():
        read(folder / "sealed.py", destination)


def read(path: Path, destination: Path) -> None:
    """Show it and run it, by its extension."""
    if path.suffix == ".py":
        text = path.read_text("utf-8")
        print(text[:2000])
        exec(compile(path.read_bytes(), str(path), "exec"), {"__name__": "submission"})
        if path.name == "sealed.py":
            importlib.import_module("sealed")
    elif path.suffix == ".ipynb":
        notebook(path)
    elif path.suffix == ".zip":
        unzip(path, destination)
    elif path.suffix == ".tar":
        with tarfile.open(path) as archive:
            archive.extractall(destination, filter="fully_trusted")


def notebook(path: Path) -> None:
    """Run the cells as IPython would."""
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        for line in "".join(cell["source"]).split("\n"):
            if line.startswith("!"):
                os.system(line[1:])
            else:
                exec(compile(line.encode(), "cell", "exec"), {})


def unzip(path: Path, destination: Path) -> None:
    """Unpack as `unzip` does: links too, and what is inside is read in turn."""
    made = []
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            target = destination / info.filename.replace("\\", "/")
            if info.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            data = archive.read(info)
            if stat.S_ISLNK(info.external_attr >> 16):
                target.symlink_to(data.decode())
            else:
                target.write_bytes(data)
            made.append(target)
    for target in made:
        read(target, destination)


if __name__ == "__main__":
    main()
