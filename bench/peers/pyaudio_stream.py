"""PyAudio in the comparison of streams: python3 pyaudio_stream.py TASK read|callback

TASK is the JSON that children/stream-task.ts describes. Raw frames go to the task's file in pieces of
64 KiB, and what PyAudio said of losses to the same name with ".json".
"""

import json
import os
import sys
import threading
import time

import pyaudio

BEGAN = time.perf_counter()
task = json.loads(sys.argv[1])
out = open(task["file"], "wb", buffering=65536)
flags = 0
told = "no flag without an exception"


def now():
    return time.perf_counter() - BEGAN


def end():
    """Not in the main thread alone, because a read of a dead stream never returns."""
    out.flush()
    with open(task["file"] + ".json", "w", encoding="utf8") as report:
        json.dump(told if sys.argv[2] == "read" else f"{flags} overflow flags", report)
    os._exit(0)


def callback(data, _frames, _time, status):
    global flags
    flags += bool(status & pyaudio.paInputOverflow)
    out.write(data)
    return None, pyaudio.paContinue


manager = pyaudio.PyAudio()
stream = manager.open(
    format=pyaudio.paFloat32,
    channels=task["channels"],
    rate=task["rate"],
    input=True,
    frames_per_buffer=task["block"],
    stream_callback=callback if sys.argv[2] == "callback" else None,
)
limit = threading.Timer(task["seconds"] + 1 - now(), end)
limit.daemon = True
limit.start()
held = task["holdFor"] == 0
while now() < task["seconds"]:
    if sys.argv[2] == "read":
        out.write(stream.read(task["block"], exception_on_overflow=False))
    else:
        time.sleep(0.05)
    if not held and now() >= task["holdAt"]:
        held = True
        time.sleep(task["holdFor"])
limit.cancel()
end()
