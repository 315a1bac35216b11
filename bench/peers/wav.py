"""wav.py PROGRAM TASK FORMAT FILE FRAMES ROUNDS BLOCK: what bench/children/wav.ts does, in Python."""

import json
import resource
import sys
import time
import wave

program, task, sample_format, file = sys.argv[1:5]
frames, rounds, block_frames = map(int, sys.argv[5:8])

if program == "wave":
    block = bytes(range(256)) * (block_frames * 4 // 256)
else:
    import numpy
    import soundfile

    sines = 0.5 * numpy.sin(numpy.arange(block_frames * 2) * 0.05)
    full = 32767 if sample_format == "int16" else 1
    block = (sines * full).astype(sample_format).reshape(-1, 2)
    subtype = "PCM_16" if sample_format == "int16" else "FLOAT"


def counts():
    for at in range(0, frames, block_frames):
        yield min(block_frames, frames - at)


def wave_write():
    with wave.open(file, "wb") as out:
        out.setparams((2, 2, 44100, 0, "NONE", "not compressed"))
        for count in counts():
            out.writeframesraw(block[: count * 4])
        return frames


def wave_bytes():
    with wave.open(file, "rb") as source:
        done = 0
        while data := source.readframes(block_frames):
            done += len(data) // 4
        return done


def soundfile_write():
    with soundfile.SoundFile(file, "w", 44100, 2, subtype) as out:
        for count in counts():
            out.write(block[:count])
        return frames


def soundfile_read(dtype, copies):
    with soundfile.SoundFile(file) as source:
        target = numpy.empty((block_frames, 2), dtype)
        done = 0
        while len(data := source.read(out=target)):
            if copies:
                left, right = data[:, 0].copy(), data[:, 1].copy()
            done += len(data)
        return done


works = {
    ("wave", "write"): wave_write,
    ("wave", "bytes"): wave_bytes,
    ("soundfile", "write"): soundfile_write,
    ("soundfile", "bytes"): lambda: soundfile_read(sample_format, False),
    ("soundfile", "floats"): lambda: soundfile_read("float32", False),
    ("soundfile-copies", "floats"): lambda: soundfile_read("float32", True),
}
work = works[program, task]

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
times = []
for turn in range(rounds + 1):
    began = time.perf_counter()
    done = work()
    ms = (time.perf_counter() - began) * 1000
    if done != frames:
        sys.exit(f"{program} did {done} of {frames} frames")
    if turn > 0:
        times.append(ms)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([(peak - before) * 1024, *times]))
