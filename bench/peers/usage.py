"""Runs a program and writes down what it used: python3 usage.py REPORT PERIOD OTHER_PID PROGRAM [ARG...]

The report is one JSON object: `began` is when it was started, in seconds of the monotonic clock, `cpu` is what the kernel charges the whole program with (wait4), and
`samples` has, at each period, the seconds since its start, its CPU seconds and those of another
process (a sound server that works for it; 0 for none), so that a start can be told from a steady
run. `peak` is the most memory that was resident, in bytes.
"""

import json
import os
import signal
import sys
import time

report, period, other = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
program = sys.argv[4:]


def cpu_seconds(pid):
    """CPU time of a process with all its threads, by its CPU clock (see clock_getcpuclockid)."""
    return time.clock_gettime((~pid << 3) | 2) if pid else 0.0


def peak_bytes(pid):
    """The high-water mark of a running process: unlike ru_maxrss it begins at its own exec."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


began = time.monotonic()
pid = os.posix_spawnp(program[0], program, os.environ)
signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGKILL))

samples = []
peak = 0
while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
    samples.append([time.monotonic() - began, cpu_seconds(pid), cpu_seconds(other)])
    peak = max(peak, peak_bytes(pid))
    time.sleep(period)
_, status, usage = os.wait4(pid, 0)

with open(report, "w", encoding="ascii") as out:
    json.dump(
        {
            "began": began,
            "cpu": usage.ru_utime + usage.ru_stime,
            "peak": peak,
            "seconds": time.monotonic() - began,
            "samples": samples,
        },
        out,
    )
sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)
