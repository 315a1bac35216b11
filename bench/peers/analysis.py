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
name, _, kind = task.rpartition("-") if "float" in task else (task, "", "")
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


def runs(there):
    """Where runs begin, and how long they are."""
    edges = numpy.flatnonzero(numpy.diff(numpy.concatenate(([0], there.view(numpy.int8), [0]))))
    return edges[::2], edges[1::2] - edges[::2]


def all_levels():
    """What roomtone's levels() measures without the true peak, as numpy and scipy do it best."""
    simple = levels()
    starts, lengths = runs(numpy.abs(samples) >= 1 - 2**-15)
    clipped = starts[lengths >= 3]
    starts, lengths = runs(samples == 0)
    zeros = starts[lengths >= 240]
    windows = samples[: len(samples) // 2400 * 2400].reshape(-1, 2400)
    powers = windows.var(axis=1)
    floor = numpy.percentile(powers[powers > 0], 10)
    bends = numpy.square(numpy.diff(samples, 2))
    bends = bends[: len(bends) // 120 * 120].reshape(-1, 120)
    jumps = bends.sum(axis=1), bends.max(axis=1)
    slow = samples.reshape(-1, 6).mean(axis=1)
    slow = scipy.signal.upfirdn(scipy.signal.firwin(33, 0.25, window="blackman"), slow, 1, 4)
    spectra = scipy.signal.spectrogram(slow, 2000, "hann", 2048, 1024)[2]
    hum = numpy.log(spectra[:330] + 1e-30).mean(axis=1)
    return simple, samples.argmax(), clipped, zeros, floor, powers.max(), jumps, hum


works = {
    "levels-all": all_levels,
    "spectrogram": spectrogram,
    "spectrogram-decibels": decibels,
    "welch": welch,
    "levels": levels,
}
work = works[name]


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


before = peak()
times = []
for turn in range(int(rounds) + 1):
    began, cpu = time.perf_counter(), time.process_time()
    work()
    if turn > 0:
        times.append((time.perf_counter() - began) * 1000)
        times.append((time.process_time() - cpu) * 1000)
print(json.dumps([peak() - before, *times]))
