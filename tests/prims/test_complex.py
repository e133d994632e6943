"""Functions of complex numbers: derivatives by the real and the imaginary parts, against central differences."""

import numpy as np
import pytest

import wengert as wg
from wengert.ir.graph import Graph
from wengert.ir.node import graph_input
from wengert.ir.types import TensorType
from wengert.ops.check import check_graph
from wengert.prims import decompositions as d
from wengert.prims import eigenvalues, exponential, fourier, lapack, parts
from wengert.prims.control import items_of
from wengert.prims.matrices import adjoint, hermitian

RNG = np.random.default_rng(3)
UNIT = np.eye(3)
WEIGHT = RNG.normal(size=(3, 3)) + 1j * RNG.normal(size=(3, 3))


def measured(z):
    """The size of elements, which does not depend on by what unit number a vector is multiplied."""
    return wg.real(z * wg.conj(z))


def of_pairs(usv):
    """What both vectors of each pair give, which turn together."""
    u, s, vh = items_of(usv, 3)
    return (u * np.arange(1.0, s.shape[-1] + 1)) @ vh


FUNCTIONS = {
    "solve": lambda z: lapack.solve(z + 4 * UNIT, z @ z),
    "inv": lapack.inv,
    "det": lapack.det,
    "cofactor": lambda z: lapack.cofactor(z + 4 * UNIT),
    "slogdet": lambda z: items_of(lapack.slogdet(z), 2)[1],
    "slogdet, sign": lambda z: items_of(lapack.slogdet(z), 1)[0],
    "cholesky": lambda z: lapack.cholesky(hermitian(z) + 9 * UNIT),
    "pinv": lambda z: lapack.pinv(z, np.full((), 1e-12)),
    "eigh, values": lambda z: items_of(d.eigh(z), 2)[0],
    "eigh, vectors": lambda z: measured(WEIGHT @ items_of(d.eigh(z), 2)[1]),
    "eigvalsh": d.eigvalsh,
    "qr, Q": lambda z: items_of(d.qr(z, complete=False), 2)[0],
    "qr, R": lambda z: items_of(d.qr(z, complete=False), 2)[1],
    "svd, values": lambda z: items_of(d.svd(z, full=False), 3)[1],
    "svd, left": lambda z: measured(items_of(d.svd(z, full=False), 3)[0]),
    "svd, right": lambda z: measured(items_of(d.svd(z, full=False), 3)[2]),
    "svd, both": lambda z: of_pairs(d.svd(z, full=False)),
    "eig, values": lambda z: items_of(eigenvalues.eig(z), 2)[0],
    "eig, vectors": lambda z: measured(items_of(eigenvalues.eig(z), 2)[1]),
    "eig, of real ones": lambda z: measured(items_of(eigenvalues.eig(wg.real(z)), 2)[1]),
    "eigvals": lambda z: eigenvalues.eigvals(wg.real(z) * wg.imag(z)),
    "expm": exponential.expm,
    "adjoint": lambda z: adjoint(z) @ z,
    "fft": lambda z: fourier.fft(z, axes=(0, 1), inverse=False, norm="ortho"),
    "ifft": lambda z: fourier.fft(z * z, axes=(1,), inverse=True, norm="backward"),
    "rfft": lambda z: fourier.rfft(wg.real(z) * wg.imag(z), axis=1, norm="forward"),
    "irfft, even": lambda z: fourier.irfft(z, axis=1, length=4, norm="backward"),
    "irfft, odd": lambda z: fourier.irfft(z * z, axis=0, length=5, norm="ortho"),
}
TALL = ("pinv", "qr, Q", "qr, R", "svd, values", "svd, left", "svd, right", "svd, both")


@pytest.mark.parametrize(
    ("name", "shape"),
    [(n, (3, 3)) for n in FUNCTIONS] + [(n, (4, 3)) for n in TALL] + [("svd, both", (2, 3))],
)
def test_derivatives(name, shape):
    """Forward, reverse, symbolic and numeric agree, to second order."""
    x, y = (graph_input(TensorType(shape, "float64"), n) for n in "xy")
    out = FUNCTIONS[name](parts.join(x, y))
    points = [[RNG.normal(size=shape) for _ in range(2)] for _ in range(2)]
    for part in (wg.real(out), wg.imag(out)) if out.dtype == "complex128" else (out,):
        report = check_graph(Graph((x, y), (part,)), points)
        assert report, report
