import re

import pytest

from tests.transforms.passes import after
from tests.transforms.rules.rows import ROWS
from wengert.transforms.simplify import SIMPLIFY, simplify

INPUTS = {
    "x": "f32[n,3]",
    "y": "f32[n,3]",
    "s": "f32[]",
    "i": "i32[n,3]",
    "u": "u8[3]",
    "u2": "f32[3]",
    "c": "b1[n,3]",
    "r": "f32[3,1,2]",
    "v": "f32[10]",
}
HEAD = f"graph({', '.join(f'%{name}: {t}' for name, t in INPUTS.items())}) {{"


def graph_text(steps):
    """`type step; type step` written out as a graph that returns the last."""
    lines, last = [], steps
    for step in steps.split("; ") if "(" in steps else []:
        type_, call = re.fullmatch(r"(\S+) (.*)", step).groups()
        lines.append((type_, call))
        last = f"%{len(lines) - 1}"
    return written_out(lines, last)


def written_out(lines, last):
    out, number, names = [HEAD], 0, {}

    def emit(type_, body):
        nonlocal number
        out.append(f"  %{number}: {type_} = {body}")
        number += 1
        return f"%{number - 1}"

    def repeated(value, type_):
        one = emit(type_[: type_.index("[")] + "[]", f"const {value}")
        shape = type_[type_.index("[") + 1 : -1]
        return emit(
            type_, f"broadcast_to({one}, shape=({shape.replace(',', ', ')}{'' if ',' in shape else ','}))"
        )

    for k, (type_, call) in enumerate(lines):
        name, args = re.fullmatch(r"(\w+)\((.*)\)", call).groups()
        if name == "full":
            names[f"%{k}"] = repeated(args, type_)
            continue
        parts = re.split(r", (?=[^()]*(?:\(|$))", args)
        for j, part in enumerate(parts):
            if re.fullmatch(r"%\d+", part):
                parts[j] = names[part]
            elif re.fullmatch(r"-?\d[\d.]*|True|False", part):
                parts[j] = repeated(
                    part, type_ if part not in ("True", "False") else type_.replace("f32", "b1")
                )
        names[f"%{k}"] = emit(type_, f"{name}({', '.join(parts)})")
    return "\n".join([*out, f"  return {names.get(last, last)}", "}"])


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_rule(row):
    """The rule fires, gives what the row says, and changes no result by more than the row says."""
    trace = []
    got = after(lambda g: simplify(g, trace), graph_text(row.before), row.ulps)
    assert got == graph_text(row.after)
    assert row.rule in trace


def test_every_rule_has_a_row():
    assert {r.rule for r in ROWS} == {r.name for r in SIMPLIFY} - {"fold_constants"}


@pytest.mark.parametrize(
    "steps",
    [
        "f32[n,3] add(%x, 0.0)",  # -0.0 + 0.0 is 0.0
        "f32[n,3] mul(%x, 0.0)",  # infinity * 0 is NaN
        "f32[n,3] div(%x, 3.0)",
        "f32[n,3] pow(%x, 0.5)",  # differs from sqrt at -0.0 and -infinity
        "f32[n,3] sub(%x, %y); f32[n,3] neg(%0)",  # y - x has another zero
        'i32[n,3] cast(%x, dtype="int32"); f32[n,3] cast(%0, dtype="float32")',
        'f32[n,3] cast(%i, dtype="float32"); i32[n,3] cast(%0, dtype="int32")',
        'f64[n,3] cast(%i, dtype="float64"); u8[n,3] cast(%0, dtype="uint8")',  # clamps; i32 to u8 wraps
        "f32[3,n] transpose(%x, perm=(1, 0))",
        "f32[n,3] broadcast_to(%u2, shape=(n, 3)); f32[n,3] mul(%x, %0)",
        "f32[9] pad(%v, high=(-1,), interior=(0,), low=(0,), value=0.0); "
        "f32[10] pad(%0, high=(1,), interior=(0,), low=(0,), value=0.0)",
    ],
)
def test_what_would_change_a_result_stays(steps):
    assert after(simplify, graph_text(steps)) == graph_text(steps)
