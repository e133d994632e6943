"""What differs between machines, as far as emission needs to know."""

from dataclasses import dataclass
from typing import Literal

from wengert.base.dtypes import is_byte


@dataclass(frozen=True)
class Target:
    """A machine to emit for.

    vector_bytes: width of a vector register. registers: how many there are.
    features: LLVM's feature string; cpu, triple: LLVM's names. fma: whether x * y + z is one instruction.
    half: whether float16 is converted to and from float32 by instructions.
    bf16: whether there are products of pairs of bfloat16 added to float32, and conversions.
    quads: which products of four 8-bit integers added to int32 there are: of factors with the same sign (both int8 or
    both uint8: AArch64), or with mixed ones (uint8 times int8: x86).
    """

    triple: str
    cpu: str
    features: str
    vector_bytes: int
    registers: int
    fma: bool = True
    half: bool = False
    bf16: bool = False
    quads: Literal["", "same", "mixed"] = ""

    @property
    def ldexp(self) -> bool:
        """Whether x * 2**n is an instruction (AVX-512's), and no call of a library."""
        return self.vector_bytes >= 64

    def masks(self, size: int) -> bool:
        """Whether a vector of elements of `size` bytes can be loaded and stored in part by one instruction."""
        return self.vector_bytes >= 64 or (self.vector_bytes == 32 and size >= 4)

    def term_bits(self, dtype: str) -> int:
        """Bits of a term of the words of this dtype that there are products of; 0 if there are none.

        Every x86 multiplies pairs of 16-bit integers.
        """
        if dtype == "bfloat16":
            return 16 if self.bf16 else 0
        if not is_byte(dtype):
            return 0
        return 8 if self.quads else 16 if self.triple.startswith("x86_64") else 0

    def offsets(self, a: str, b: str) -> bool:
        """Whether a must take on or lose its sign before there is a product of words of a and b."""
        return is_byte(a) and bool(self.quads) and (a == b) != (self.quads == "same")

    def lanes(self, size: int) -> int:
        """Elements of `size` bytes in one vector."""
        return max(1, self.vector_bytes // size)


def x86_level(features: dict[str, bool]) -> tuple[int, int]:
    """(vector_bytes, registers) of the widest x86 vectors that the CPU and the operating system both have."""
    if (
        features.get("avx512f")
        and features.get("avx512vl")
        and features.get("avx512dq")
        and features.get("avx512bw")
    ):
        return 64, 32
    if features.get("avx2") and features.get("fma"):
        return 32, 16
    return 16, 16
