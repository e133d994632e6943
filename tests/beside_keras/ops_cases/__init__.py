"""Functions of `wg.ops`, and what they are called with beside Keras's: one file a kind, each with a list CASES."""

import importlib
import pkgutil

from tests.beside_keras.ops_cases.case import numbered

FILES = sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name != "case")
CASES = numbered([case for name in FILES for case in importlib.import_module(f"{__name__}.{name}").CASES])
