"""Milliseconds to PyAudio's open stream or first frames: python3 pyaudio_first_frame.py open|read N

Prints a JSON list: the first is the first time in this process, the others are repetitions.
"""

import json
import sys
import time

import pyaudio

what, repeats = sys.argv[1], int(sys.argv[2])
times = []
for _ in range(1 + repeats):
    began = time.perf_counter()
    manager = pyaudio.PyAudio()
    stream = manager.open(
        format=pyaudio.paInt16, channels=1, rate=44100, input=True, frames_per_buffer=64
    )
    if what == "read":
        stream.read(64, exception_on_overflow=False)
    times.append((time.perf_counter() - began) * 1000)
    stream.close()
    manager.terminate()
print(json.dumps(times))
