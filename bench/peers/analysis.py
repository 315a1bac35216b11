"""analysis.py TASK FILE ROUNDS: what bench/children/analysis.ts does, with numpy and scipy."""

import json
import resource
import sys
import time

import numpy
import scipy.signal

RATE = 48000
COLUMNS = 1000

task, file, rounds = sys.argv[1:]
name, _, kind = task.rpartition("-")
samples = numpy.fromfile(file, numpy.float32)
if kind == "float64":
    samples = samples.astype(numpy.float64)


def spectrogram():
    return scipy.signal.spectrogram(samples, RATE, "hann", 2048, 1536)[2]


def decibels():
    return 10 * numpy.log10(numpy.maximum(spectrogram(), 1e-20))


def welch():
    return scipy.signal.welch(samples, RATE, "hann", 2048, 1024)[1]


def levels():
    size = numpy.abs(samples)
    columns = samples[: len(samples) // COLUMNS * COLUMNS].reshape(COLUMNS, -1)
    return (
        size.max(),
        numpy.sqrt(numpy.mean(numpy.square(samples))),
        samples.mean(),
        numpy.count_nonzero(size >= 1 - 2**-15),
        columns.min(axis=1),
        columns.max(axis=1),
        numpy.sqrt(numpy.mean(numpy.square(columns), axis=1)),
    )


works = {
    "spectrogram": spectrogram,
    "spectrogram-decibels": decibels,
    "welch": welch,
    "": levels,
}
work = works[name]


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


before = peak()
times = []
for turn in range(int(rounds) + 1):
    began = time.perf_counter()
    work()
    if turn > 0:
        times.append((time.perf_counter() - began) * 1000)
print(json.dumps([peak() - before, *times]))
