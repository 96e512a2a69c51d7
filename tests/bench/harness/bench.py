"""What a row is given: its sizes, a folder of its own, and starters. All it started ends with it,
by pid, also when it fails."""
import contextlib
import pathlib
import shutil
import tempfile
import time

from bench.harness import build
from lib.reeve import Manager, Process, free_port, wait_for


class Bench:
    """A context manager, one for each row."""

    def __init__(self, row, is_quick, progress):
        self.row = row
        self.is_quick = is_quick
        self.say = progress
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        build.SCRATCH.mkdir(parents=True, exist_ok=True)
        name = self.row.replace("/", "-")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=build.SCRATCH))
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        return self

    def __exit__(self, *raised):
        self._stack.close()

    def size(self, number):
        """The number, or a tenth of it in a quick run."""
        return number // 10 if self.is_quick else number

    def pairs(self, *measures):
        """Runs the measures in turn, again and again: five rounds, three where one takes over 10 s,
        one in a quick run. Answers a tuple of their figures for each round."""
        rounds = []
        wanted = 1 if self.is_quick else 5
        while len(rounds) < wanted:
            begun = time.monotonic()
            rounds.append(tuple(measure() for measure in measures))
            self.say(f"{self.row}: {len(rounds)} of {wanted}")
            if time.monotonic() - begun > 10:
                wanted = min(wanted, 3)
        return rounds

    def manager(self, name, *options, env=None):
        """A manager that answers, with a data folder of that name."""
        manager = Manager(self.folder / name, *options, env=env)
        self._stack.callback(manager.close)
        return manager.start()

    def process(self, *arguments, **keywords):
        """A program in the background; its output goes to a file of its name."""
        log = self.folder / f"{pathlib.Path(arguments[0]).name}.log"
        process = Process(arguments, log, **keywords)
        self._stack.callback(lambda: process.is_running() and process.kill())
        return process

    def own(self, thing):
        """Calls its close() when the row ends."""
        self._stack.callback(thing.close)
        return thing


__all__ = ["Bench", "free_port", "wait_for"]
