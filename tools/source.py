"""What the checkers share: the tree's files, their includes, and C++ text without what is not code."""

import hashlib
import re
import subprocess
from functools import cache
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
SRC = TOP / "src"
CPP = (".cpp", ".hpp")


def tracked(*suffixes):
    """The tree's files with one of these endings, new ones too, those git ignores not."""
    listed = subprocess.run(
        ["git", "-C", str(TOP), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True, text=True).stdout
    found = (TOP / name for name in listed.split("\0") if name.endswith(suffixes))
    return sorted(path for path in found if path.is_file())


def name(path):
    return str(Path(path).relative_to(TOP))


_NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]{0,16})\(.*?\)(?P=tag)"'
    r'|"(?:\\.|[^"\\\n])*"|(?<![0-9a-zA-Z_])\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)


def code_only(text):
    """The text with comments, strings and character literals blanked; lines and columns stay."""
    return _NOT_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def includes(text):
    """(line, "<" or '"', path) of each #include."""
    return [(text.count("\n", 0, found.start(2)) + 1, found[1], found[2])
            for found in _INCLUDE.finditer(text)]


@cache
def read(path):
    return path.read_text(encoding="utf-8")


@cache
def own_includes(path):
    """The project's headers that this file includes directly."""
    found = (SRC / target for _, kind, target in includes(read(path)) if kind == '"')
    return tuple(header for header in found if header.is_file())


def digest(path, *more):
    """A hash of the file, of every header of ours below it, and of the texts in `more`."""
    seen, waiting = set(), [path]
    while waiting:
        each = waiting.pop()
        if each not in seen:
            seen.add(each)
            waiting.extend(own_includes(each))
    result = hashlib.sha256()
    for each in sorted(seen):
        result.update(name(each).encode() + b"\0" + read(each).encode() + b"\0")
    for text in more:
        result.update(text.encode() + b"\0")
    return result.hexdigest()


class Stamps:
    """Remembers in build/<folder> what passed, by digest, so that it is not checked again."""

    def __init__(self, folder):
        self.folder = TOP / "build" / folder
        self.folder.mkdir(parents=True, exist_ok=True)

    def has(self, key):
        return (self.folder / key).exists()

    def put(self, key):
        (self.folder / key).touch()


def report(faults, checked):
    """Prints the faults ("file:line: words") and answers the exit code."""
    for fault in faults:
        print(fault)
    print(f"{checked}: " + (f"{len(faults)} faults" if faults else "good"))
    return 1 if faults else 0
