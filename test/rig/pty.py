# pty.py COLUMNS ROWS STEPS COMMAND...
# Runs a command in a terminal of that size and prints all that it writes; ends with its exit code, or 128 and
# the number of the signal that ended it. STEPS is JSON: [text, "send" | "resize" | "signal", value]..., each done when
# the text was written after the step before. A terminal that is still busy after 20 seconds is closed: exit code 99.
import fcntl
import json
import os
import select
import signal
import struct
import sys
import termios
import time

columns, rows, steps = int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
master, slave = os.openpty()


def resize(columns, rows):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


resize(columns, rows)
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for number in (0, 1, 2):
        os.dup2(slave, number)
    os.execvp(sys.argv[4], sys.argv[4:])
os.close(slave)
written = b""
seen = 0
deadline = time.monotonic() + 20
while time.monotonic() < deadline:
    if select.select([master], [], [], 0.05)[0]:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        written += part
    if steps and steps[0][0].encode() in written[seen:]:
        _, action, value = steps.pop(0)
        seen = len(written)
        if action == "send":
            os.write(master, value.encode())
        elif action == "signal":
            os.kill(child, getattr(signal, value))
        else:
            resize(*value)
            os.kill(child, signal.SIGWINCH)
else:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    sys.stdout.buffer.write(written)
    sys.exit(99)
_, status = os.waitpid(child, 0)
sys.stdout.buffer.write(written)
sys.stdout.buffer.flush()
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
