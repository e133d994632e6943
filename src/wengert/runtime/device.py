"""Devices by name. Tensors live in the memory of the processor."""

from __future__ import annotations

from wengert.base.errors import ValueRangeError

DEFAULT = "cpu"
DEVICES = (DEFAULT,)


def require_device(name: str, device: object) -> str:
    """The device; the default one for None.

    Raises:
        ValueRangeError: there is no such device.
    """
    if device is None:
        return DEFAULT
    if device not in DEVICES:
        raise ValueRangeError(f"{name}: the device must be one of {', '.join(DEVICES)}; got {device!r}.")
    return str(device)
