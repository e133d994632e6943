"""`wengert derive`: a formula differentiated four ways, step by step."""

import argparse

import wengert as wg
from wengert.base.errors import UsageError
from wengert.cli.arguments import Commands, command, file_to_write

EXAMPLES = """\
  wengert derive "sin(x*y) + exp(x)/y" --at x=1,y=2
  wengert derive "x**3 - 2*x" --at x=pi/2 --latex
  wengert derive "log(1 + exp(w*x + b))" --at w=0.5,x=2,b=-1 --html page.html
"""


def add_to(commands: Commands) -> None:
    """Add the command's arguments."""
    parser = command(commands, "derive", run, "differentiate a formula four ways, step by step", EXAMPLES)
    add = parser.add_argument
    add("formula", metavar="FORMULA", help="+ - * / ** and functions such as sin, exp, log, tanh, max, where")
    add("--at", default="", metavar="NAME=VALUE,...", help="where; a value may be a formula, such as pi/2")
    add("--latex", action="store_true", help="print the function and its derivatives in LaTeX, nothing else")
    add("--html", type=file_to_write, metavar="FILE", help="write one page with the graphs drawn")


def run(arguments: argparse.Namespace) -> None:
    """Print the derivation, as text or LaTeX; write the page if asked to."""
    found = wg.derive(arguments.formula, at=point(arguments.at))
    print(found.latex() if arguments.latex else found)
    if arguments.html:
        found.html(arguments.html)
        print(f"\npage written to {arguments.html}")


def point(text: str) -> dict[str, float]:
    """The values of `x=1,y=pi/2`."""
    values: dict[str, float] = {}
    for part in filter(str.strip, text.split(",")):
        name, sign, value = part.partition("=")
        if not sign or not name.strip().isidentifier():
            raise UsageError(f"derive: --at must read like x=1,y=2; got {text!r}.")
        if name.strip() in values:
            raise UsageError(f"derive: --at must name an input once; got {name.strip()} twice in {text!r}.")
        values[name.strip()] = float(wg.symbolic(value.strip(), names=()).evaluate())
    return values
