"""What tidy and check-headers share: how each source is compiled, taken from a build folder."""

import json
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import source

KEPT_APART = ("-c", "-o", "-MF", "-MT", "-MQ")


def commands(folder):
    """{source file: (its compiler flags, working folder)} of this build folder."""
    database = source.TOP / folder / "compile_commands.json"
    if not database.exists():
        sys.exit(f"error: there is no {source.name(database)}; run: cmake --preset {Path(folder).name}")
    found = {}
    for entry in json.loads(database.read_text()):
        words = shlex.split(entry["command"])
        start = next(i for i, word in enumerate(words) if "clang" in os.path.basename(word)) + 1
        found[Path(entry["file"])] = (flags(words[start:]), entry["directory"])
    return found


def flags(words):
    """The words that say how to compile, less those that say what and whereto, and less those that
    bring precompiled headers: here each file shows that it includes what it needs."""
    kept, skip, words = [], False, [word for word in words if word != "-Winvalid-pch"]
    while "-Xclang" in words:
        at = words.index("-Xclang")
        del words[at:at + 2]
    for word in words:
        if skip or word in KEPT_APART:
            skip = not skip and word != "-c"
        elif word.startswith("-M") or not word.startswith("-"):
            continue
        else:
            kept.append(word)
    return kept


def in_parallel(jobs, work, total_word):
    """Runs work(job) for all, cores at once; shows progress; answers the joined faults."""
    faults, done = [], 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for output in pool.map(work, jobs):
            done += 1
            if output:
                faults.append(output)
            if done % 10 == 0 or output:
                print(f"{total_word} {done}/{len(jobs)}, {len(faults)} with faults", flush=True)
    return faults


def run(words, folder, text=None):
    """The output of a command that failed, or "" for one that did not."""
    ended = subprocess.run(words, cwd=folder, input=text, text=True, check=False,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return ended.stdout if ended.returncode else ""
