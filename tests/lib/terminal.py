"""A pseudo terminal with the program in it, as a person has it."""
import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

from lib.reeve import REEVE, Background

ECHO_FLAGS = 3  # of tcgetattr's answer


class Terminal:
    """A pseudo terminal with a program in it, whose only process it is."""

    def __init__(self, test, *arguments, cwd, width=80, height=24, program=REEVE, env=None):
        self.here, self.there = pty.openpty()
        fcntl.ioctl(self.there, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.said = b""
        environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
        environment.update({"TERM": "xterm", **(env or {})})
        self.process = subprocess.Popen([program, *map(str, arguments)], cwd=cwd, stdin=self.there,
                                        stdout=self.there, stderr=self.there, env=environment,
                                        start_new_session=True, preexec_fn=self.take)
        test.addCleanup(self.close)
        self.reader = Background(self.read)

    @staticmethod
    def take():
        """Its end becomes the terminal of the new session."""
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def read(self):
        with contextlib.suppress(OSError):
            while part := os.read(self.here, 4096):
                self.said += part

    def type(self, text):
        os.write(self.here, text)

    def shows_what_is_typed(self):
        return bool(termios.tcgetattr(self.there)[ECHO_FLAGS] & termios.ECHO)

    def text(self):
        """What was said, without the control sequences."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.said.decode(errors="replace"))

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.there)
        self.reader.finish()
        os.close(self.here)
