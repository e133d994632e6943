"""Every primitive: its type, meaning, derivative and lowering, in one place each.

movement        broadcast_to reduce_sum reshape transpose reverse
slicing         slice pad concatenate dynamic_slice dynamic_update_slice
logic           comparisons, bits, where, cast, stop_gradient, identity
arithmetic      add to rsqrt, rounding, ordering
transcendental  exp log sin tanh erf pow ...
reduction       reduce_max reduce_min reduce_prod reduce_any reduce_all argmax argmin cumsum
contraction     dot
"""

from wengert.prims import arithmetic, contraction, logic, movement, reduction, slicing, transcendental

__all__ = ["arithmetic", "contraction", "logic", "movement", "reduction", "slicing", "transcendental"]
