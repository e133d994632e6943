"""The page of `wengert derive --html` in a real browser: Debian's chromium, headless."""

import json
import shutil
import subprocess

import pytest

from wengert.cli import main

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

# Run in the page: what sticks out of it, of its boxes, and labels that lie on one another.
LOOK = """<script>
const box = e => e.getBoundingClientRect();
const within = (a, b, c, d) => a >= c - 1 && b <= d + 1;
const inside = (a, b) => within(a.left, a.right, b.left, b.right) && within(a.top, a.bottom, b.top, b.bottom);
const hit = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
const texts = [...document.querySelectorAll("svg text")];
const pairs = texts.flatMap((a, i) => texts.slice(i + 1).map(b => [a, b]));
const over = pairs.filter(([a, b]) => hit(box(a), box(b))).map(([a, b]) => a.textContent + "/" + b.textContent);
document.title = JSON.stringify({
  wide: document.documentElement.scrollWidth > innerWidth,
  outside: texts.filter(t => !inside(box(t), box(t.ownerSVGElement))).map(t => t.textContent),
  overlapping: over,
  pictures: document.querySelectorAll("svg").length,
  tables: document.querySelectorAll("table").length,
});
</script>"""


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="chromium is not installed")
@pytest.mark.parametrize(
    ("formula", "at"),
    [("sin(x*y) + exp(x)/y", "x=1,y=2"), ("log(1 + exp(w*x + b)) + tanh(w*b)*sqrt(x)", "w=0.5,x=2,b=-1")],
)
def test_it_reads_well(tmp_path, capsys, formula, at):
    """Nothing sticks out, no label covers another."""
    path = tmp_path / "page.html"
    assert main(["derive", formula, "--at", at, "--html", str(path)]) == 0
    path.write_text(path.read_text(encoding="utf-8") + LOOK, encoding="utf-8")
    command = [
        BROWSER,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path / 'profile'}",
    ]
    done = subprocess.run(
        [*command, "--window-size=1200,2600", "--dump-dom", path.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
    )
    seen = json.loads(done.stdout.split("<title>")[1].split("</title>")[0].replace("&quot;", '"'))
    assert seen["pictures"] == 2
    assert seen["tables"] >= 5
    assert not seen["wide"]
    assert seen["outside"] == []
    assert seen["overlapping"] == []
