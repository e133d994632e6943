"""64-bit hashes of bytes: the fingerprint of FarmHash, and SipHash with a key, as TensorFlow uses them.

Source: Google's FarmHash (farmhashna); Aumasson & Bernstein, "SipHash: a fast short-input PRF", 2012.
"""

from __future__ import annotations

MASK = 2**64 - 1
K0, K1, K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
CROSS = 0xC6A4A7935BD1E995
CROSS_SEED = 0xDECAFCAFFE


def _word(s: bytes, at: int, length: int = 8) -> int:
    return int.from_bytes(s[at : at + length], "little")


def _rotated(x: int, by: int) -> int:
    return ((x >> by) | (x << (64 - by))) & MASK


def _shifted(x: int) -> int:
    return x ^ (x >> 47)


def _mixed(u: int, v: int, by: int) -> int:
    a = _shifted(((u ^ v) * by) & MASK)
    return (_shifted(((v ^ a) * by) & MASK) * by) & MASK


def farm(s: bytes) -> int:
    """FarmHash's Fingerprint64."""
    n = len(s)
    if n <= 16:
        return _up_to_16(s, n)
    if n <= 32:
        return _up_to_32(s, n)
    return _up_to_64(s, n) if n <= 64 else _longer(s, n)


def _up_to_16(s: bytes, n: int) -> int:
    if n >= 8:
        by = (K2 + n * 2) & MASK
        a, b = (_word(s, 0) + K2) & MASK, _word(s, n - 8)
        c, d = (_rotated(b, 37) * by + a) & MASK, ((_rotated(a, 25) + b) * by) & MASK
        return _mixed(c, d, by)
    if n >= 4:
        return _mixed((n + (_word(s, 0, 4) << 3)) & MASK, _word(s, n - 4, 4), (K2 + n * 2) & MASK)
    if n:
        y, z = s[0] + (s[n >> 1] << 8), n + (s[n - 1] << 2)
        return (_shifted((y * K2 ^ z * K0) & MASK) * K2) & MASK
    return K2


def _up_to_32(s: bytes, n: int) -> int:
    by = (K2 + n * 2) & MASK
    a, b, c, d = (
        (_word(s, 0) * K1) & MASK,
        _word(s, 8),
        (_word(s, n - 8) * by) & MASK,
        (_word(s, n - 16) * K2) & MASK,
    )
    u = (_rotated((a + b) & MASK, 43) + _rotated(c, 30) + d) & MASK
    return _mixed(u, (a + _rotated((b + K2) & MASK, 18) + c) & MASK, by)


def _up_to_64(s: bytes, n: int) -> int:
    by = (K2 + n * 2) & MASK
    a, b, c, d = (
        (_word(s, 0) * K2) & MASK,
        _word(s, 8),
        (_word(s, n - 8) * by) & MASK,
        (_word(s, n - 16) * K2) & MASK,
    )
    y = (_rotated((a + b) & MASK, 43) + _rotated(c, 30) + d) & MASK
    z = _mixed(y, (a + _rotated((b + K2) & MASK, 18) + c) & MASK, by)
    e, f = (_word(s, 16) * by) & MASK, _word(s, 24)
    g, h = ((y + _word(s, n - 32)) * by) & MASK, ((z + _word(s, n - 24)) * by) & MASK
    u = (_rotated((e + f) & MASK, 43) + _rotated(g, 30) + h) & MASK
    return _mixed(u, (e + _rotated((f + a) & MASK, 18) + g) & MASK, by)


def _weak(s: bytes, at: int, a: int, b: int) -> tuple[int, int]:
    """32 bytes and two seeds as two words."""
    w, x, y, z = (_word(s, at + 8 * k) for k in range(4))
    a = (a + w) & MASK
    b = _rotated((b + a + z) & MASK, 21)
    c = a
    a = (a + x + y) & MASK
    return (a + z) & MASK, (b + _rotated(a, 44) + c) & MASK


def _longer(s: bytes, n: int) -> int:
    x, y = 81, (81 * K1 + 113) & MASK
    z = (_shifted((y * K2 + 113) & MASK) * K2) & MASK
    v = w = (0, 0)
    x = (x * K2 + _word(s, 0)) & MASK
    at, end = 0, (n - 1) // 64 * 64
    while at < end:
        x = (_rotated((x + y + v[0] + _word(s, at + 8)) & MASK, 37) * K1) & MASK
        y = (_rotated((y + v[1] + _word(s, at + 48)) & MASK, 42) * K1) & MASK
        x ^= w[1]
        y = (y + v[0] + _word(s, at + 40)) & MASK
        z = (_rotated((z + w[0]) & MASK, 33) * K1) & MASK
        v = _weak(s, at, (v[1] * K1) & MASK, (x + w[0]) & MASK)
        w = _weak(s, at + 32, (z + w[1]) & MASK, (y + _word(s, at + 16)) & MASK)
        z, x = x, z
        at += 64
    by, at = (K1 + ((z & 0xFF) << 1)) & MASK, n - 64
    w = ((w[0] + ((n - 1) & 63)) & MASK, w[1])
    v = ((v[0] + w[0]) & MASK, v[1])
    w = ((w[0] + v[0]) & MASK, w[1])
    x = (_rotated((x + y + v[0] + _word(s, at + 8)) & MASK, 37) * by) & MASK
    y = (_rotated((y + v[1] + _word(s, at + 48)) & MASK, 42) * by) & MASK
    x ^= (w[1] * 9) & MASK
    y = (y + v[0] * 9 + _word(s, at + 40)) & MASK
    z = (_rotated((z + w[0]) & MASK, 33) * by) & MASK
    v = _weak(s, at, (v[1] * by) & MASK, (x + w[0]) & MASK)
    w = _weak(s, at + 32, (z + w[1]) & MASK, (y + _word(s, at + 16)) & MASK)
    z, x = x, z
    first = (_mixed(v[0], w[0], by) + _shifted(y) * K0 + z) & MASK
    return _mixed(first, (_mixed(v[1], w[1], by) + x) & MASK, by)


def sip(s: bytes, key: tuple[int, int]) -> int:
    """SipHash-2-4 with a key of two words."""
    k0, k1 = (k & MASK for k in key)
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]
    whole = len(s) // 8 * 8
    words = [_word(s, at) for at in range(0, whole, 8)]
    for word in [*words, _word(s, whole, len(s) - whole) | (len(s) & 0xFF) << 56]:
        v[3] ^= word
        _rounds(v, 2)
        v[0] ^= word
    v[2] ^= 0xFF
    _rounds(v, 4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def _rounds(v: list[int], count: int) -> None:
    for _ in range(count):
        v[0], v[2] = (v[0] + v[1]) & MASK, (v[2] + v[3]) & MASK
        v[1], v[3] = _rotated(v[1], 51) ^ v[0], _rotated(v[3], 48) ^ v[2]
        v[0] = _rotated(v[0], 32)
        v[2], v[0] = (v[2] + v[1]) & MASK, (v[0] + v[3]) & MASK
        v[1], v[3] = _rotated(v[1], 47) ^ v[2], _rotated(v[3], 43) ^ v[0]
        v[2] = _rotated(v[2], 32)


def crossed(hashes: list[int]) -> int:
    """One hash of several, in order, as TensorFlow crosses features."""
    result = CROSS_SEED
    for x in hashes:
        result = result ^ CROSS ^ ((_shifted((x * CROSS) & MASK) * CROSS) & MASK)
        result = (_shifted((result * CROSS) & MASK) * CROSS) & MASK
        result = _shifted(result)
    return result
