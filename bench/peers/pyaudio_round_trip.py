"""The way of a click through PyAudio: python3 pyaudio_round_trip.py callback|read BLOCK CLICKS RATE

Prints a JSON object like children/round-trip.ts, and counts frames as children/click-counter.ts does.
"""

import array
import json
import sys
import time

import pyaudio

way, block, wanted, rate = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
PERIOD = rate // 2
SILENCE = bytes(4 * block)
CLICK = array.array("f", [0.5] + [0.0] * (block - 1)).tobytes()

ways = []
missed = overflows = underflows = 0
frame = 0
sent_at = None
next_at = PERIOD * 2


def process(data):
    global frame, sent_at, next_at, missed
    answer = SILENCE
    if frame >= next_at:
        missed += sent_at is not None
        sent_at = frame
        next_at += PERIOD
        answer = CLICK
    if sent_at is not None and data != SILENCE:
        for at, sample in enumerate(array.array("f", data)):
            if sample > 0.25:
                ways.append(frame + at - sent_at)
                sent_at = None
                break
    frame += block
    return answer


def callback(data, _frames, _time, status):
    global overflows, underflows
    overflows += bool(status & pyaudio.paInputOverflow)
    underflows += bool(status & pyaudio.paOutputUnderflow)
    return process(data), pyaudio.paContinue


manager = pyaudio.PyAudio()
stream = manager.open(
    format=pyaudio.paFloat32,
    channels=1,
    rate=rate,
    input=True,
    output=True,
    frames_per_buffer=block,
    stream_callback=callback if way == "callback" else None,
)
until = time.perf_counter() + wanted / 2 + 3
if way == "callback":
    time.sleep(until - time.perf_counter())
    said = f"{overflows} overflow flags, {underflows} underflow flags"
else:
    while time.perf_counter() < until:
        answer = process(stream.read(block, exception_on_overflow=False))
        try:
            stream.write(answer, exception_on_underflow=True)
        except OSError:
            # What was handed over is played all the same.
            underflows += 1
    said = f"no flag for input, {underflows} underflow exceptions"
stream.close()
manager.terminate()
print(json.dumps({"ways": ways, "missed": missed, "said": said}))
