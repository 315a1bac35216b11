"""PyAudio's blocking read loop: python3 pyaudio_record.py FILE SECONDS RATE CHUNK"""

import sys
import wave

import pyaudio

path, seconds, rate, chunk = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
manager = pyaudio.PyAudio()
stream = manager.open(
    format=pyaudio.paInt16, channels=1, rate=rate, input=True, frames_per_buffer=chunk
)
chunks = []
left = round(seconds * rate)
while left > 0:
    count = min(chunk, left)
    # An overflow would end the take here; what is missing is counted afterwards.
    chunks.append(stream.read(count, exception_on_overflow=False))
    left -= count
stream.stop_stream()
stream.close()
width = manager.get_sample_size(pyaudio.paInt16)
manager.terminate()

with wave.open(path, "wb") as out:
    out.setnchannels(1)
    out.setsampwidth(width)
    out.setframerate(rate)
    out.writeframes(b"".join(chunks))
