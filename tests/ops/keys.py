"""Random keys, of every kind that `x[key]` takes, that fit a shape."""


def random_key(rng, shape):
    """A key for an array of this shape: entries for some of its axes, in random company."""
    entries, axis = [], 0
    dots = rng.integers(0, len(shape) + 2)
    while axis < len(shape):
        if len(entries) == dots:
            entries.append(Ellipsis)
            axis += int(rng.integers(0, len(shape) - axis + 1))
            dots = None
            continue
        if rng.random() < 0.1:
            entries.append(None)
        if rng.random() < 0.1:
            break
        entry, width = random_entry(rng, shape[axis:])
        entries.append(entry)
        axis += width
    return entries[0] if len(entries) == 1 and rng.random() < 0.5 else tuple(entries)


def random_entry(rng, shape):
    """(one entry, how many axes it is for)"""
    n = shape[0]
    kind = rng.choice(["int", "slice", "slice", "array", "array", "list", "mask", "wide mask", "lone"])
    if kind == "int" and n:
        return int(rng.integers(-n, n)), 1
    if kind == "array" and n:
        choices = [(), (1,), (3,), (2, 3), (2, 1), (0,)]
        lengths = choices[rng.integers(0, 6 if rng.random() < 0.2 else 4)]
        dtype = rng.choice(["int64", "int32", "int8"])
        return rng.integers(-n, n, lengths).astype(dtype), 1
    if kind == "list" and n:
        return [int(k) for k in rng.integers(-n, n, 3)], 1
    if kind == "mask":
        return rng.random(n) < 0.5, 1
    if kind == "wide mask" and len(shape) > 1:
        return rng.random(shape[:2]) < 0.5, 2
    if kind == "lone" and rng.random() < 0.3:
        return bool(rng.random() < 0.7), 0
    ends = [None if rng.random() < 0.4 else int(rng.integers(-n - 2, n + 3)) for _ in range(2)]
    return slice(*ends, rng.choice([None, 1, 2, 3, -1, -2, -5])), 1


def random_shape(rng):
    """Up to four axes, of which some may be of length 0 or 1."""
    return tuple(
        int(n) for n in rng.choice([0, 1, 2, 3, 4, 5], rng.integers(1, 5), p=[0.04, 0.16, 0.2, 0.2, 0.2, 0.2])
    )
