"""Calls that cannot be well-formed: none is accepted, eagerly, interpreted or compiled, and the error tells why."""

import time

import pytest

import wengert as wg
from tests.reliability.ill_formed import KINDS, ill_formed

CALLS = 2_000
TYPES = (
    wg.errors.ShapeError,
    wg.errors.DTypeError,
    wg.errors.ValueRangeError,
    IndexError,
    ValueError,
    TypeError,
    MemoryError,
)
SECONDS = 5


def run(how, call):
    if how == "eager":
        call.function(*map(wg.asarray, call.arrays))
    else:
        wg.function(lambda *arrays: call.function(*arrays), compiled=how == "compiled")(*call.arrays)


def fault(how, call):
    """What is wrong with how a call ends; nothing if it is refused as it must be."""
    start = time.process_time()
    try:
        run(how, call)
    except (wg.errors.WengertError, MemoryError) as e:
        message = str(e)
        if not isinstance(e, TYPES):
            return f"of type {type(e).__name__}"
        if not any(name.replace("_", "") in message.replace("_", "") for name in (call.name, *call.steps)):
            return f"does not name the operation: {message}"
        if not any(q in message.replace(", ", ",") or q in message for q in call.quoted):
            return f"does not quote any of {call.quoted}: {message}"
    except Exception as e:
        return f"of a foreign type: {type(e).__name__}: {e}"
    else:
        return "accepted"
    seconds = time.process_time() - start
    return f"took {seconds:.1f} s" if seconds > SECONDS else ""


@pytest.mark.parametrize("how", ["eager", "interpreted", "compiled"])
def test_what_cannot_be_well_formed_is_refused(how, effort):
    faults = {}
    for number in range(CALLS * effort):
        call = ill_formed(number)
        found = fault(how, call)
        if found:
            faults.setdefault(KINDS[number % len(KINDS)].__name__, f"{number}: {call}: {found}")
    assert faults == {}
