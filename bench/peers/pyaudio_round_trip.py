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

ways = []
sent_at = {}
missed = overflows = underflows = 0
frame = clicks = 0


def process(data):
    global frame, clicks, missed
    answer = SILENCE
    if frame >= (2 + clicks) * PERIOD:
        loudness = 1 + clicks % 10
        clicks += 1
        missed += loudness in sent_at
        sent_at[loudness] = frame
        answer = array.array("f", [loudness / 16] + [0.0] * (block - 1)).tobytes()
    if data != SILENCE:
        for at, sample in enumerate(array.array("f", data)):
            if sample > 1 / 32:
                began = sent_at.pop(round(sample * 16), None)
                if began is not None:
                    ways.append(frame + at - began)
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
        # With `exception_on_underflow` PyAudio would close the stream at the first underflow.
        stream.write(process(stream.read(block, exception_on_overflow=False)))
    said = "no flag without an exception, which closes the stream"
stream.close()
manager.terminate()
print(json.dumps({"ways": ways, "missed": missed, "said": said}))
