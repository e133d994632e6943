"""`wg.derive` shows every step, and what it shows is right."""

import html.parser
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import DTypeError, FormulaError, ShapeError, UsageError, ValueRangeError
from wengert.ops.derive_picture import BOX_HEIGHT, layout

FORMULA = "sin(x*y) + exp(x)/y"


@pytest.fixture(scope="module")
def found():
    return wg.derive(FORMULA, x=1, y=2)


def test_the_list_has_values_tangents_and_adjoints(found):
    """Every line against calculus by hand."""
    by_formula = {s.formula: s for s in found.steps}
    e = np.exp(1.0)
    want = {  # value, by x, by y, adjoint
        "x*y": (2.0, 2.0, 1.0, np.cos(2.0)),
        "sin(v1)": (np.sin(2.0), 2 * np.cos(2.0), np.cos(2.0), 1.0),
        "exp(x)": (e, e, 0.0, 0.5),
        "v3/y": (e / 2, e / 2, -e / 4, 1.0),
        "v2 + v4": (np.sin(2.0) + e / 2, 2 * np.cos(2.0) + e / 2, np.cos(2.0) - e / 4, 1.0),
    }
    assert [s.formula for s in found.steps] == ["input", "input", *want]
    for formula, (value, dx, dy, adjoint) in want.items():
        s = by_formula[formula]
        np.testing.assert_allclose([s.value, *s.tangents, s.adjoint], [value, dx, dy, adjoint], rtol=1e-12)


def test_what_is_pulled_adds_up_to_the_adjoints(found):
    for s in found.steps[:-1]:
        pulled = sum(p.value for t in found.steps for p in t.pulls if p.to == s.name)
        assert pulled == pytest.approx(s.adjoint, rel=1e-12)


def test_formulas_of_both_passes(found):
    tangents = {s.name: s.tangent_formula for s in found.steps}
    assert tangents["v2"] == "v1'*cos(v1)"
    assert tangents["v3"] == "x'*v3"  # exp's own result
    pulls = {(s.name, p.to): p.formula for s in found.steps for p in s.pulls}
    assert pulls["v1", "x"] == "v1_bar*y"
    assert pulls["v3", "x"] == "v3_bar*v3"
    assert pulls["v5", "v2"] == "v5_bar"


def test_four_ways_agree(found):
    assert [m.name for m in found.methods] == ["numeric", "symbolic", "forward", "reverse"]
    for m in found.methods:
        np.testing.assert_allclose(m.gradient, list(found.gradient.values()), rtol=1e-9)
        assert m.seconds > 0
    assert int(found.methods[0].evaluations) > 10
    assert {n: str(e) for n, e in found.derivatives.items()} == {
        "x": "exp(x)/y + y*cos(x*y)",
        "y": "x*cos(x*y) - exp(x)/y**2",
    }


def test_a_manual_rule_is_compared():
    right = wg.derive("x**2*y", x=3.0, y=2.0, manual=lambda x, y: (2 * x * y, x**2))
    wrong = wg.derive("x**2*y", x=3.0, y=2.0, manual=lambda x, y: (2 * x * y, x))
    assert [(m.name, m.off) for m in right.methods][0] == ("manual", 0.0)
    assert wrong.methods[0].off == 6.0


def test_what_is_kept():
    """exp keeps its result, a sum nothing, a product both sides."""
    kept = {s.formula for s in wg.derive("exp(x) + y*z + sin(w)", x=1, y=2, z=3, w=4).steps if s.kept}
    assert "exp(x)" in kept
    assert not any("+" in formula for formula in kept)
    d = wg.derive("exp(x)*2", x=1)
    assert [s.name for s in d.steps if s.kept] == ["v1"]
    assert d.kept_bytes == 8


def test_the_text_has_every_part(found):
    text = str(found)
    for part in (
        "f(x, y) = sin(x*y) + exp(x)/y\nat x = 1, y = 2: f = 2.268438",
        "step  formula     primal  tangent d/dx  tangent d/dy     adjoint  kept",
        "v2    sin(v1)  0.9092974    -0.8322937    -0.4161468           1",
        "v1_bar   +=  v2_bar*cos(v1)  -0.4161468  v2",
        "df/dy  =  x*cos(x*y) - exp(x)/y**2",
        "0.526847241135",
    ):
        assert part in text


def test_latex(found):
    assert found.latex().splitlines()[2] == (
        r"  \frac{\partial f}{\partial x} &= \frac{e^{x}}{y} + y \, \cos\left(x \, y\right) \\"
    )


class Checker(html.parser.HTMLParser):
    """Collects the text, the tags that are open, and every address."""

    def __init__(self):
        super().__init__()
        self.open, self.words, self.addresses, self.tags = [], [], [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.addresses += [v for k, v in attrs if k in ("src", "href") or (v and "url(" in v)]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def test_the_page_is_whole_and_alone(found, tmp_path):
    """Well-formed, no script, nothing from elsewhere, both graphs, all sections."""
    found.html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    c = Checker()
    c.feed(page)
    assert c.open == []
    assert "script" not in c.tags
    assert all(a.startswith("url(#") for a in c.addresses)
    assert "http" not in page.replace("http-equiv", "")
    text = " ".join(c.words)
    for part in (
        "The Wengert list",
        "Forward graph",
        "Backward graph",
        "Reverse pass, step by step",
        "Four ways",
        "40 bytes",
    ):
        assert part in text
    assert found._repr_html_() in page


def pictures(d):
    return [ET.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", d.html(), re.DOTALL)]


def test_the_pictures_show_every_step_and_arrow(found):
    forward, backward = pictures(found)
    boxes = forward.findall(".//g")
    assert len(boxes) == len(found.steps)
    assert len([b for b in boxes if "kept" in b.get("class")]) == sum(s.kept for s in found.steps)
    assert len(forward.findall(".//path[@class='arrow forward']")) == sum(len(s.inputs) for s in found.steps)
    assert len(backward.findall(".//path[@class='arrow backward']")) == sum(len(s.pulls) for s in found.steps)
    words = ["".join(t.itertext()) for t in backward.findall(".//text")]
    assert {"-0.6795705", "reads x, y", "1.359141"} <= set(words)


@pytest.mark.parametrize("formula", [FORMULA, "x*y*x*y + x/y", "((x + 1)*y - x)**2/(x + y*(x - 3))"])
def test_boxes_do_not_overlap_and_lie_inside(formula):
    d = wg.derive(formula, x=1.5, y=2)
    where = layout(d)
    boxes = {s.name: (*where.at[s.name], where.width[s.name]) for s in d.steps}
    for name, (x, y, w) in boxes.items():
        assert w / 2 <= x <= where.size[0] - w / 2
        assert BOX_HEIGHT / 2 <= y <= where.size[1] - BOX_HEIGHT / 2
        for other, (u, v, z) in boxes.items():
            assert name == other or abs(x - u) >= (w + z) / 2 or abs(y - v) >= BOX_HEIGHT


def test_python_functions_and_arrays():
    def loss(w, x):
        return wg.sum(wg.tanh(x @ w) ** 2)

    x, w = np.ones((2, 3)), np.array([0.1, 0.2, 0.3])
    d = wg.derive(loss, w, x)
    assert d.title == "f(w, x) = sum(tanh(x @ w)**2)"
    want = wg.numeric.gradient(loss, w, x).value
    np.testing.assert_allclose(d.gradient["w"], want, rtol=1e-9)
    assert all(m.off is None or m.off < 1e-9 for m in d.methods)
    assert "test_derive.py" in d.steps[-1].source
    assert "f64" not in d.html().split("<table>")[0]


def test_names_in_formulas_are_shown_as_text():
    """What a user names cannot break the page."""
    page = wg.derive(lambda x: wg.where(x < 1.0, x, x * x), 2.0).html()
    assert "where(x &lt; 1" in page


def test_an_input_may_be_called_like_an_argument():
    assert wg.derive("f*at*manual", at={"f": 2, "at": 3, "manual": 4}).value == 24.0


def test_wrong_calls_are_told():
    with pytest.raises(UsageError, match=r"every input needs a value; got none for y. Add y=\.\.\."):
        wg.derive(FORMULA, x=1)
    with pytest.raises(UsageError, match="no input 'rte'; the function is of rate. Did you mean 'rate'"):
        wg.derive("rate**2", rate=1, rte=2)
    with pytest.raises(ShapeError, match=r"must return a floating-point scalar; got f64\[3\]. Take its sum"):
        wg.derive(lambda x: x * 2.0, np.ones(3))
    with pytest.raises(DTypeError, match=r"x must be floating-point; got i64\[3\]"):
        wg.derive(wg.sum, np.arange(3))
    with pytest.raises(ValueRangeError, match=r"got log\(-1.0\) = nan \[the formula\]"):
        wg.derive("log(x)", x=-1)
    with pytest.raises(ValueRangeError, match=r"got div\(1.0, 0.0\) = inf \[test_derive.py:\d+\]"):
        wg.derive(lambda x: 1.0 / x, 0.0)
    with pytest.raises(FormulaError, match="at character 4"):
        wg.derive("x +", x=1)


def test_own_rules_are_the_manual_row():
    @wg.custom_gradient(check=False)
    def wrong(x):
        return x * x, lambda g: g * x

    d = wg.derive(lambda x: wrong(x) + x, 3.0)
    assert [(m.name, m.gradient) for m in d.methods][::4] == [("manual", (4.0,)), ("reverse", (7.0,))]
    assert d.methods[0].off == 3.0
    assert [s.formula for s in d.steps] == ["input", "x*x", "v1 + x"]
