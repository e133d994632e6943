"""Register tiles: they fit, they cover, and good ones win."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wengert.compiler.tiling import Extent, Registers, choose_tile, columns_of, rows_of

extents = st.integers(0, 300)
MACHINES = [Registers(*x) for x in ((32, 16, 4), (32, 8, 8), (16, 8, 4), (15, 4, 4), (15, 2, 8))]


@given(
    extents,
    st.booleans(),
    st.sampled_from([1, 3, 7]),
    extents,
    st.booleans(),
    extents,
    st.sampled_from(MACHINES),
)
def test_tiles_fit_in_the_registers(m, m_static, unit, n, n_static, k, registers):
    _, tiling = choose_tile(Extent(m, m_static), Extent(n, n_static), k, registers, unit)
    vectors = max(c.vectors for c in tiling.columns)
    assert tiling.rows[0] * unit * vectors + vectors + 1 <= registers.count


@given(extents, st.integers(1, 14))
def test_rows_cover_any_extent(extent, rows):
    for sizes in (rows_of(extent, rows), rows_of(None, rows)):
        left = extent
        while left:
            left -= next(size for size in sizes if size <= left)


@given(extents, st.integers(1, 4), st.sampled_from([4, 8, 16]))
def test_columns_cover_a_known_extent(extent, vectors, lanes):
    widths = columns_of(extent, vectors, lanes)
    assert extent % widths[0].count in (0, widths[-1].count)
    for c in widths:
        assert c.masked == (c.count % lanes != 0)
        assert (c.vectors - 1) * lanes < c.count <= c.vectors * lanes


def test_rows_of_a_batch_end_with_single_ones():
    assert rows_of(None, 8) == (8, 3, 1)
    assert rows_of(None, 1) == (1,)


@pytest.mark.parametrize(("lanes", "registers"), [(16, 32), (8, 16)])
def test_big_products_run_near_the_peak(lanes, registers):
    size = Extent(1024, True)
    cycles, _ = choose_tile(size, size, 1024, Registers(registers, lanes, 4))
    assert 1024**3 / (2 * lanes) / cycles > 0.9
