"""Matrix products by NumPy's BLAS (OpenBLAS on most systems), as a server (protocol.py).

    start                  {version}
    product m k n a b c    reads A and B from files of float32, writes the product to file c; without files, A and
                           B are random
    time repeats           {seconds}: the mean time of one product

Set OPENBLAS_NUM_THREADS and OMP_NUM_THREADS before starting it.
"""

import time

import numpy

from protocol import serve

operands = None


def start(question):
    return {"version": f"NumPy {numpy.__version__}", "threads": question["threads"]}


def product(question):
    global operands
    m, k, n = (question[name] for name in "mkn")
    if "a" in question:
        a = numpy.fromfile(question["a"], "<f4").reshape(m, k)
        b = numpy.fromfile(question["b"], "<f4").reshape(k, n)
    else:
        random = numpy.random.default_rng(1)
        a, b = random.random((m, k), dtype=numpy.float32), random.random((k, n), dtype=numpy.float32)
    operands = a, b, numpy.empty((m, n), numpy.float32)
    numpy.dot(a, b, out=operands[2])
    if "c" in question:
        operands[2].tofile(question["c"])
    return {}


def timed(question):
    a, b, c = operands
    start = time.perf_counter()
    for _ in range(question["repeats"]):
        numpy.dot(a, b, out=c)
    return {"seconds": (time.perf_counter() - start) / question["repeats"]}


serve({"start": start, "product": product, "time": timed})
