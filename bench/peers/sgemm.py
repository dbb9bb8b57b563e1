"""sgemm of NumPy's BLAS (OpenBLAS on most systems), as a server for interleaved measurements.

Reads lines `m k n repeats` and answers each with the seconds of one product, the mean of the repeats. Set
OPENBLAS_NUM_THREADS and OMP_NUM_THREADS before starting it.
"""

import sys
import time

import numpy

print(f"NumPy {numpy.__version__}", flush=True)
operands = {}
for line in sys.stdin:
    m, k, n, repeats = (int(word) for word in line.split())
    if (m, k, n) not in operands:
        random = numpy.random.default_rng(1)
        a = random.random((m, k), dtype=numpy.float32)
        b = random.random((k, n), dtype=numpy.float32)
        operands[m, k, n] = a, b, numpy.empty((m, n), numpy.float32)
    a, b, c = operands[m, k, n]
    start = time.perf_counter()
    for _ in range(repeats):
        numpy.dot(a, b, out=c)
    print((time.perf_counter() - start) / repeats, flush=True)
