# ruff: noqa: E501 - each attack on one line
"""Hostile modules: each must fail at what it tries, and the next student must notice nothing (see `attack`)."""

import pytest
import torch

from convclass.sandbox.reply import (
    Crashed,
    Limits,
    OutOfMemory,
    Raised,
    Returned,
    TimedOut,
    Unsendable,
)


@pytest.mark.parametrize("path", ["/work", "/root", "/home", "/sys", "/etc/passwd", "/var", "/runtime", "/proc/self"])
def test_paths_outside_cannot_be_read(attack, path):
    reply = attack(
        f"import os\ndef f():\n    return [*os.listdir({path!r})] if os.path.isdir({path!r}) else open({path!r}).read()"
    )
    assert isinstance(reply, Raised)
    assert reply.kind in ("FileNotFoundError", "PermissionError")


def test_the_proc_file_system_is_empty(attack, sandbox):
    if not sandbox.policy.namespaces:
        pytest.skip("the level has no /proc of its own; test_weak_levels.py tries to read it")
    reply = attack("import os\ndef f():\n    return os.path.exists('/proc/self'), os.path.exists('/proc/1/mem')")
    assert reply == Returned((False, False))


def test_no_file_of_the_course_is_in_sight(attack):
    """Walks the whole file system that it can see and looks for anything of ours."""
    source = """
import os
def f():
    found = []
    for folder, folders, files in os.walk("/"):
        if folder.startswith(("/usr", "/packages/torch", "/packages/sympy", "/packages/numpy")):
            folders[:] = []
        found += [folder + "/" + n for n in files + folders if "convclass" in n or "hidden" in n or "gradebook" in n]
    return found
"""
    reply = attack(source, limits=Limits(8, 20))
    assert isinstance(reply, Returned)
    assert [name for name in reply.value if name != "/runtime/convclass"] == []


def test_the_environment_is_empty_of_ours(attack, monkeypatch):
    monkeypatch.setenv("CONVCLASS_SECRET", "42")
    reply = attack("import os\ndef f():\n    return sorted(os.environ)")
    assert isinstance(reply, Returned)
    assert set(reply.value) <= {
        "HOME", "LANG", "LC_CTYPE", "MALLOC_ARENA_MAX", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
        "PATH", "PWD", "PYTHONHASHSEED", "TMPDIR", "TORCHINDUCTOR_CACHE_DIR", "KMP_INIT_AT_FORK",
        "KMP_DUPLICATE_LIB_OK",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["convclass", "convclass.reference", "msgpack", "scipy", "pytest", "convclass.exam"])
@pytest.mark.parametrize("how", ["import {0}", "import importlib; importlib.import_module('{0}')"])
def test_only_the_standard_library_numpy_and_torch_can_be_imported(attack, name, how):
    if name == "msgpack" and "importlib" in how:
        pytest.skip("msgpack is in the jail for the runner; it holds no secret")
    reply = attack(f"def f():\n    {how.format(name)}")
    assert isinstance(reply, Raised)
    assert reply.kind == "ModuleNotFoundError"
    if "importlib" not in how:
        assert "the standard library, numpy and torch" in reply.message


@pytest.mark.parametrize(
    "act",
    [
        "import socket; socket.create_connection(('127.0.0.1', 80))",
        "import socket; socket.socket(socket.AF_UNIX)",
        "import urllib.request; urllib.request.urlopen('http://example.org')",
        "import os; os.fork()",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true') == 0 or (_ for _ in ()).throw(OSError('refused'))",
        "import threading; threading.Thread(target=print).start()",
        "import multiprocessing; multiprocessing.Process(target=print).start()",
        "import os; os.execv('/usr/bin/true', ['true'])",
        "import os; os.kill(1, 9)",
        "import ctypes, os; libc = ctypes.CDLL(None, use_errno=True); "
        "libc.unshare(0x10000000) and (_ for _ in ()).throw(OSError('refused'))",
        "import ctypes; ctypes.CDLL(None).ptrace(0, 0, 0, 0) and (_ for _ in ()).throw(OSError('refused'))",
        "open('/usr/evil', 'w')",
        "open('/packages/torch/evil.py', 'w')",
        "import os; os.chroot('/tmp')",
        "import os; os.memfd_create('evil')",
        "import os; os.setuid(0)",
    ],
)
def test_forbidden_acts_raise(attack, act):
    reply = attack(f"def f():\n    {act}\n    return 'done'", limits=Limits(3, 8))
    assert isinstance(reply, Raised), reply
    assert set(reply.ancestors) & {"OSError", "RuntimeError"}, reply


def test_a_fork_bomb_makes_no_process(attack):
    source = "import os\ndef f():\n    made = 0\n    for _ in range(1000):\n        try:\n            os.fork()\n            made += 1\n        except OSError:\n            pass\n    return made"
    assert attack(source) == Returned(0)


def test_a_loop_costs_its_call_only(sandbox):
    source = b"def f():\n    while True:\n        pass\ndef g():\n    return 1\n"
    with sandbox.student(source, "loop.py") as student:
        assert student.call("f", (), {}, limits=Limits(0.2, 5)) == TimedOut(0.2, "cpu")
        assert student.call("g", (), {}) == Returned(1)


def test_a_loop_that_catches_everything_is_killed(attack):
    source = "import signal\ndef f():\n    for n in range(1, 65):\n        try:\n            signal.signal(n, signal.SIG_IGN)\n        except (OSError, ValueError):\n            pass\n    while True:\n        try:\n            while True: pass\n        except BaseException:\n            pass"
    assert attack(source) == TimedOut(0.5, "cpu")


def test_a_sleep_ends_by_the_wall_clock(attack):
    sleep = "import time\ndef f():\n    time.sleep(100)"
    assert attack(sleep, limits=Limits(5, 0.7)) == TimedOut(0.7, "wall")


def test_a_loop_at_import_is_tried_once(sandbox, attack):
    source = b"while True:\n    pass\ndef f():\n    return 1\n"
    with sandbox.student(source, "loop.py") as student:
        assert student.loaded.error == TimedOut(1.0, "cpu")
        assert student.loaded.functions == ("f",)
        assert student.call("f", (), {}) == TimedOut(1.0, "cpu")
        assert student.child is None


@pytest.mark.parametrize(
    "bomb",
    [
        "bytearray(4 * 2**30)",
        "torch.empty(2**30).fill_(1)",
        "numpy.ones(2**29)",
        "[bytearray(2**20) for _ in range(4096)]",
        "__import__('mmap').mmap(-1, 2**31)",
    ],
)
def test_memory_bombs(attack, bomb):
    reply = attack(f"import torch, numpy\ndef f():\n    return len({bomb})", limits=Limits(5, 10))
    assert isinstance(reply, OutOfMemory) or (isinstance(reply, Raised) and "OSError" in reply.ancestors), reply


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ("import os; os._exit(0)", "exit code 0"),
        ("import os; os._exit(3)", "exit code 3"),
        ("import os; os.abort()", "SIG"),
        ("import ctypes; ctypes.string_at(8)", "SIGSEGV"),
        ("import os; os.closerange(0, 100)", "connection"),
        ("import os; os.write(3, b'garbage' * 1000)", "not an answer"),
        ("import os; os.write(3, b'\\xff' * 12)", "not an answer"),
        ("import os, struct; os.write(3, struct.pack('<IQ', 5, 0) + b'\\x93\\x01\\xa1f\\xc0')", "not an answer"),
        (
            "import sys; sys.setrecursionlimit(10**9)\n    x = []\n    for _ in range(10**6): x = [x]\n    repr(x)",
            "SIGSEGV",
        ),
    ],
)
def test_a_process_that_ends_itself_or_talks_nonsense(attack, act, words):
    reply = attack(f"def f():\n    {act}\n    return 1", limits=Limits(5, 10))
    assert isinstance(reply, Crashed), reply
    assert words in reply.reason


def test_a_stopped_process_is_killed_by_the_wall_clock(attack):
    source = "import os, signal\ndef f():\n    try:\n        os.kill(os.getpid(), signal.SIGSTOP)\n    except PermissionError:\n        pass\n    while True:\n        signal.pause()"
    assert attack(source, limits=Limits(5, 0.7)) == TimedOut(0.7, "wall")


def test_a_drip_of_bytes_does_not_stretch_the_deadline(attack):
    source = "import os, time\ndef f():\n    while True:\n        os.write(3, b'\\x01')\n        time.sleep(0.05)"
    assert isinstance(attack(source, limits=Limits(5, 1)), TimedOut | Crashed)


def test_a_reply_made_in_advance_is_not_taken_for_another_question(sandbox, attack):
    source = """
import os, struct
def f(x):
    for serial in range(0, 10):
        header = bytes([0x95, serial, 0xA8]) + b"returned" + bytes([7, 0xC0, 0x90, 0xA0])
        header = bytes([0x96]) + header[1:]
        os.write(3, struct.pack("<IQ", len(header), 0) + header)
    return x
"""
    with sandbox.student(source.encode(), "forge.py") as student:
        replies = [student.call("f", (n,), {}) for n in range(3)]
    assert all(isinstance(reply, Crashed) for reply in replies)


def test_a_gigabyte_of_output_goes_nowhere(attack):
    reply = attack(
        "def f():\n    for _ in range(1000):\n        print('x' * 1_000_000)\n    return 1", limits=Limits(4, 10)
    )
    assert isinstance(reply, Returned)
    assert reply.value == 1
    assert reply.printed == "x" * 10_000


def test_output_past_python_goes_nowhere(attack):
    reply = attack("import os\ndef f():\n    for _ in range(100):\n        os.write(1, b'x' * 1_000_000)\n    return 1")
    assert reply == Returned(1)


@pytest.mark.parametrize(
    "value",
    [
        "torch.zeros(2**25)",
        "torch.zeros(2).to_sparse()",
        "torch.zeros(2, device='meta')",
        "torch.quantize_per_tensor(torch.zeros(2), 0.1, 0, torch.qint8)",
        "numpy.array([object()])",
        "numpy.array(['a'])",
        "numpy.matrix([[1]])",
        "object()",
        "f",
        "(n for n in range(3))",
        "[[1]] * 300_000",
        "10 ** 5000",
        "'x' * 2_000_000",
        "{1: object()}",
        "type('I', (int,), {})(3)",
        "type('F', (float,), {})(3)",
        "type('T', (torch.Tensor,), {})([1.0])",
        "numpy.float64(1).astype(numpy.longdouble)",
    ],
)
def test_values_that_are_not_data_are_refused(attack, value):
    reply = attack(f"import torch, numpy\ndef f():\n    return {value}", limits=Limits(5, 10))
    assert isinstance(reply, Unsendable), reply
    assert reply.reason


def test_a_list_that_contains_itself_is_refused(attack):
    reply = attack("def f():\n    x = []\n    x.append(x)\n    return x")
    assert reply == Unsendable("list", "it contains itself")


@pytest.mark.parametrize(
    "trick",
    [
        "class T(torch.Tensor):\n    @classmethod\n    def __torch_function__(cls, func, types, args=(), kwargs=None):\n        return 42\ndef f():\n    return torch.zeros(2).as_subclass(T)",
        "class T:\n    def __reduce__(self):\n        return eval, ('1',)\ndef f():\n    return T()",
        "class T:\n    __class__ = torch.Tensor\n    def __getattr__(self, name):\n        raise KeyboardInterrupt\ndef f():\n    return T()",
        "class M(type):\n    def __getattribute__(self, name):\n        raise SystemExit\nclass T(metaclass=M):\n    pass\ndef f():\n    return T()",
        "class E(Exception):\n    def __str__(self):\n        raise SystemExit\ndef f():\n    raise E",
        "class E(BaseException):\n    pass\nE.__name__ = 'x' * 10**6\ndef f():\n    raise E('y' * 10**7)",
        "class E(Exception):\n    pass\nE.__name__ = '\\ud800'\ndef f():\n    raise E('\\ud800')",
        "def f():\n    raise KeyboardInterrupt",
        "def f():\n    raise SystemExit(0)",
        "def f():\n    raise GeneratorExit",
    ],
)
def test_tricks_with_objects_are_a_refusal_or_an_error(attack, trick):
    reply = attack("import torch\n" + trick)
    assert isinstance(reply, Unsendable | Raised | Crashed), reply


def test_patching_torch_and_ourselves_stays_in_its_own_child(attack, sandbox):
    reply = attack(
        "import torch, builtins, sys, gc\n"
        "def f():\n"
        "    torch.Tensor.__add__ = lambda a, b: 42\n"
        "    torch.equal = lambda a, b: True\n"
        "    torch.set_default_dtype(torch.float64)\n"
        "    return torch.zeros(1) + 1"
    )
    assert reply == Returned(42)
    source = b"import torch\ndef f():\n    return torch.zeros(1) + 1"
    with sandbox.student(source, "next.py") as student:
        value = student.call("f", (), {}).value
    assert torch.equal(value, torch.ones(1))
    assert value.dtype is torch.float32


def test_no_file_is_left_for_the_next(attack, sandbox):
    leave = "def f():\n    open('/tmp/left', 'w').write('x'); open('/dev/shm/left', 'w').write('x')\n    return 1"
    reply = attack(leave)
    assert reply == Returned(1) if sandbox.policy.namespaces else reply.kind == "PermissionError"
    find = b"import os\ndef f():\n    return os.path.exists('/tmp/left') or os.path.exists('/dev/shm/left')"
    with sandbox.student(find, "next.py") as student:
        assert student.call("f", (), {}) == Returned(False)


def test_every_child_draws_the_same_random_numbers(sandbox):
    source = b"import torch, numpy, random\ndef f():\n    return torch.rand(3), numpy.random.rand(3), random.random(), hash('a')"
    drawn = []
    for _ in range(2):
        with sandbox.student(source, "random.py") as student:
            drawn.append(repr(student.call("f", (), {})))
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize(
    "source", [b"\xff\xfe\x00", b"a\x00b", b"", b"(" * 100_000, b"-" * 100_000 + b"1", b"x" * (5 * 2**20)]
)
def test_sources_that_are_no_module(sandbox, source):
    with sandbox.student(source, "broken.py") as student:
        assert isinstance(student.loaded.error, Raised | Crashed | OutOfMemory)
        assert student.call("f", (), {}) == student.loaded.error
