"""The same elements, bit for bit, whatever the number of threads, and from any state on."""

import json

import pytest

from tests.data.pipeline.streams import STREAMS, plain
from tests.reliability.process import run_python

EACH = pytest.mark.parametrize("make", STREAMS.values(), ids=STREAMS.keys())


@EACH
def test_threads_change_nothing(make):
    alone = [plain(x) for x in make(0).iterate(epoch=1)]
    assert alone
    for threads in (0, 1, 2, 8):
        assert [plain(x) for x in make(threads).iterate(epoch=1)] == alone


@EACH
def test_a_state_goes_on_with_the_next_element(make):
    """After any element; in any number of threads."""
    whole = [plain(x) for x in make(0).iterate()]
    for k in range(len(whole) + 1):
        before, after = (0, 3)[k % 2], (0, 2)[k // 2 % 2]
        with make(before).iterate() as iterator:
            for _ in range(k):
                next(iterator)
            state = json.loads(json.dumps(iterator.state()))
        with make(after).iterate({**state, "dataset": make(after).fingerprint()}) as iterator:
            assert json.loads(json.dumps(iterator.state()))["at"] == state["at"]
            assert [plain(x) for x in iterator] == whole[k:]


@EACH
def test_a_state_of_a_state_is_exact(make):
    """Resumed after every element."""
    whole, found, state = [plain(x) for x in make(2).iterate()], [], None
    data = make(2)
    while True:
        with data.iterate(state) as iterator:
            element = next(iterator, None)
            if element is None:
                break
            found.append(plain(element))
            state = iterator.state()
    assert found == whole


@EACH
def test_states_are_small(make):
    with make(2).iterate() as iterator:
        for _ in iterator:
            assert len(json.dumps(iterator.state())) < 2000


def test_epochs_differ_and_come_back():
    data = STREAMS["shuffle"](2)
    first, second = [plain(x) for x in data], [plain(x) for x in data]
    assert first != second
    assert [plain(x) for x in data.iterate(epoch=0)] == first
    assert [plain(x) for x in data.iterate(epoch=1)] == second


def test_repeat_gives_the_epochs():
    data = STREAMS["shuffle"](2)
    both = [plain(x) for e in (0, 1) for x in data.iterate(epoch=e)]
    assert [plain(x) for x in data.repeat(2).iterate()] == both


def test_another_process_goes_on(tmp_path):
    """A process is killed in the middle; the next one has nothing but the state of after the fifth batch."""
    script = """
        import json, os, sys
        from tests.data.pipeline.streams import STREAMS, plain
        from pathlib import Path
        data, path = STREAMS["two maps"](2), Path(sys.argv[1])
        state = json.loads(path.read_text()) if path.exists() else None
        for k, batch in enumerate(iterator := data.iterate(state), 1):
            print(plain(batch), flush=True)
            if k == 5 and state is None:
                path.write_text(json.dumps(iterator.state()))
                os._exit(0)
        """
    lines = [line for _ in range(2) for line in run_python(script, tmp_path / "state.json").splitlines()]
    assert lines == [str(plain(x)) for x in STREAMS["two maps"](0).iterate()]
