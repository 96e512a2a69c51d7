"""The programs that are measured and those that measure, in the release preset."""
import os
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(__file__).parents[3]
RELEASE = SOURCE / "build" / "release"
SCRATCH = SOURCE / "build" / "bench"

REEVE = RELEASE / "reeve"
REEVE_BENCH = RELEASE / "reeve-bench"
BARE_PUSH = RELEASE / "bench" / "bare_push"
BARE_FILES = RELEASE / "bench" / "bare_files"
BARE_EPOLL_HTTP = RELEASE / "bench" / "bare_epoll_http"
COUNT_SYNC = RELEASE / "bench" / "count_sync.so"

TARGETS = ["reeve", "reeve-bench", "bare_push", "bare_files", "bare_epoll_http", "count_sync"]


def build_release():
    """Builds what the rows run; its words go to standard error."""
    for command in (["cmake", "--preset", "release"],
                    ["cmake", "--build", "--preset", "release", "--target", *TARGETS]):
        done = subprocess.run(command, cwd=SOURCE, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            sys.exit(f"{done.stdout}\n{' '.join(command)} failed")
    os.environ["REEVE_BIN"] = str(REEVE)  # lib.reeve starts this one
