"""Children under the policy for CUDA, on a machine that need not have any: what they may do, and what they may not.

What needs the device itself is marked `gpu`.
"""

import dataclasses
import os
import platform
import resource
import tempfile

import pytest
import torch

from convclass.sandbox import cuda, lockdown, on_cuda, rehearsal
from convclass.sandbox.encode import Encoder, packed
from convclass.sandbox.isolation import probe
from convclass.sandbox.jail import SandboxUnavailable
from convclass.sandbox.keeper import Patience
from convclass.sandbox.reply import Crashed, Limits, OutOfMemory, Raised, Returned, TimedOut
from convclass.sandbox.sandbox import Sandbox, Settings, TooWeak
from convclass.sandbox.syscalls import compiled_filter
from convclass.sandbox.wire import Decoder, WireError

HONEST = b"def double(x):\n    return 2 * x\n"
SETTINGS = Settings(memory=512 * 2**20, loading=Limits(cpu=2.0, wall=30.0))
no_cuda = pytest.mark.skipif(torch.cuda.is_available(), reason="there is CUDA here")
x86 = pytest.mark.skipif(platform.machine() != "x86_64", reason="numbers of system calls are those of x86-64")


@pytest.fixture(scope="module")
def without_device():
    """The policy for CUDA, with no device let in."""
    if probe().level not in "AB":
        pytest.skip("the sandbox does not start here; `convclass doctor` says why")
    with Sandbox.start("cuda", SETTINGS, gpu=cuda.Gpu()) as started:
        yield started


@pytest.fixture
def attack(without_device):
    """Calls `f` of a module under the policy; afterwards an honest student must get the right answer."""

    def run(source, *arguments, limits=Limits(2, 15)):
        with without_device.student(source.encode(), "hostile.py") as student:
            return student.call("f", arguments, {}, limits=limits)

    yield run
    with without_device.student(HONEST, "honest.py") as student:
        assert student.call("double", (21,), {}) == Returned(42)


def test_a_child_answers_and_another_after_it(without_device):
    for number in (1, 2):
        with without_device.student(HONEST, "honest.py") as student:
            reply = student.call("double", (torch.full((2,), number),), {})
            assert torch.equal(reply.value, torch.full((2,), 2 * number))


def test_the_level_says_what_is_missing(without_device):
    assert without_device.isolation.startswith("B, CUDA: no RLIMIT_AS")


@pytest.mark.parametrize(
    ("record", "on_cuda"),
    [
        ("A", "B, CUDA: no RLIMIT_AS"),
        ("B, no control group", "B, CUDA: no RLIMIT_AS, cgroups"),
        ("B, no Landlock, no control group", "B, CUDA: no RLIMIT_AS, Landlock, cgroups"),
    ],
)
def test_what_a_result_records_fits_the_gradebook(record, on_cuda):
    assert cuda.recorded(record) == on_cuda
    assert len(on_cuda) <= 40


def test_who_asks_for_all_layers_gets_none_of_them_on_cuda():
    with pytest.raises(TooWeak, match="there is B only"):
        Sandbox.start("cuda", SETTINGS, gpu=cuda.Gpu(), least="A")


@pytest.mark.parametrize(
    "act",
    [
        "import os; os.fork()",
        "import subprocess; subprocess.run(['true'])",
        "import multiprocessing; multiprocessing.Process(target=print).start()",
        "import os; os.execv('/usr/bin/true', ['true'])",
        "import socket; socket.create_connection(('127.0.0.1', 80))",
        "import socket; socket.socket(socket.AF_UNIX)",
        "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "import os; os.kill(1, 9)",
        "import ctypes; ctypes.CDLL(None).unshare(0x10000000) and (_ for _ in ()).throw(OSError('refused'))",
        "import ctypes; ctypes.CDLL(None).ptrace(0, 0, 0, 0) and (_ for _ in ()).throw(OSError('refused'))",
        "import ctypes; ctypes.CDLL(None).prctl(1, 0, 0, 0, 0) and (_ for _ in ()).throw(OSError('refused'))",
        "open('/usr/evil', 'w')",
        "open('/proc/self/maps', 'w')",
        "open('/proc/self/mem')",
        "open('/proc/sys/kernel/hostname')",
        "open('/etc/passwd')",
        "import os; os.listdir('/sys/kernel')",
        "import os; os.chroot('/tmp')",
        "import os; os.setuid(0)",
    ],
)
def test_forbidden_acts_raise(attack, act):
    reply = attack(f"def f():\n    {act}\n    return 'done'", limits=Limits(3, 8))
    assert isinstance(reply, Raised), reply
    assert "OSError" in reply.ancestors


def test_a_thread_can_be_made_and_named(attack):
    """The driver names its threads from outside, which libc does by a file of /proc, and fails when it cannot."""
    source = """
import ctypes, threading
def f():
    wait = threading.Event()
    thread = threading.Thread(target=wait.wait)
    thread.start()
    named = ctypes.CDLL(None).pthread_setname_np(ctypes.c_ulong(thread.ident), b"cuda-EvtHandlr")
    own = ctypes.CDLL(None).pthread_setname_np(ctypes.c_ulong(threading.get_ident()), b"own")
    wait.set()
    thread.join()
    return named, own
"""
    assert attack(source) == Returned((0, 0))


def test_what_traces_of_the_driver_show_can_be_done(attack):
    source = """
import fcntl, mmap, os, select
def f():
    memory = os.memfd_create("shared", os.MFD_CLOEXEC)
    os.ftruncate(memory, 4096)
    fcntl.fcntl(memory, fcntl.F_GET_SEALS)
    mmap.mmap(memory, 4096)[:3] = b"abc"
    waiting, event = select.epoll(), os.eventfd(1, os.EFD_CLOEXEC)
    waiting.register(event)
    os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    texts = [open("/proc/" + name).read() for name in ("self/status", "self/maps", "devices", "cpuinfo", "meminfo")]
    return len(waiting.poll(1)), all(texts), os.path.islink("/proc/self/exe"), os.pread(memory, 3, 0)
"""
    assert attack(source) == Returned((1, True, True, b"abc"))


def test_threads_are_counted(attack, without_device):
    if without_device.cgroup is None and os.geteuid() == 0:
        pytest.skip("root's threads are counted by the control group only, and there is none")
    source = """
import threading
def f():
    wait, made = threading.Event(), []
    try:
        while len(made) < 200:
            made.append(threading.Thread(target=wait.wait, daemon=True))
            made[-1].start()
    except RuntimeError:
        pass
    wait.set()
    return len(made)
"""
    reply = attack(source)
    assert isinstance(reply, Returned)
    assert 4 < reply.value < 65


def test_a_loop_in_a_thread_ends_by_the_clock_of_the_process(attack):
    source = "import threading, time\ndef loop():\n    while True: pass\n"
    source += "def f():\n    threading.Thread(target=loop).start()\n    time.sleep(60)\n"
    assert attack(source, limits=Limits(0.4, 30)) == TimedOut(0.4, "cpu")


@x86
@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("56, 17, 0, 0, 0, 0", 1),  # clone as fork
        ("56, 0x4111, 0, 0, 0, 0", 1),  # clone as vfork
        ("56, 0x10010900, 0, 0, 0, 0", 1),  # a thread in a new user namespace
        ("56, 0x900, 0, 0, 0, 0", 1),  # shared memory, but a process
        ("57, 0", 1),  # fork
        ("435, 0, 88", 38),  # clone3
        ("41, 2, 1, 0", 1),  # an internet socket
        ("41, 1, 2, 0", 1),  # a unix socket that could send to a name
    ],
)
def test_system_calls_that_make_processes_or_sockets_are_refused(attack, call, error):
    source = "import ctypes\ndef f():\n    libc = ctypes.CDLL(None, use_errno=True)\n"
    source += f"    return libc.syscall({call}), ctypes.get_errno()\n"
    assert attack(source) == Returned((-1, error))


def test_the_socket_that_asks_for_a_server_finds_none(attack):
    source = """
import socket
def f():
    asking, found = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET), []
    for act in (lambda: asking.connect("/tmp/nvidia-mps/control"), lambda: asking.bind("/tmp/x"),
                lambda: asking.listen(), lambda: asking.sendto(b"x", "/tmp/x")):
        try:
            act()
            found.append(0)
        except OSError as error:
            found.append(error.errno)
    return found
"""
    reply = attack(source)
    assert isinstance(reply, Returned)
    assert reply.value[:3] == [2, 1, 1]
    assert reply.value[3] != 0


@pytest.mark.parametrize(
    ("file", "command", "error"),
    [
        ("/dev/null", 0xC020462A, 25),  # NV_ESC_RM_CONTROL gets as far as the device, which does not know it
        ("/dev/null", 0x30000001, 25),  # UVM_INITIALIZE
        ("/dev/null", 75, 25),  # UVM_MM_INITIALIZE
        ("/dev/null", 0x5412, 1),  # TIOCSTI
        ("/dev/null", 0x40049409, 1),  # FICLONE
    ],
)
def test_only_the_drivers_ioctls_pass(attack, file, command, error):
    source = "import fcntl\ndef f():\n    try:\n"
    source += (
        f"        fcntl.ioctl(open({file!r}), {command})\n    except OSError as error:\n        return error.errno\n"
    )
    assert attack(source) == Returned(error)


@pytest.mark.skipif(lockdown.landlock_version() < 5, reason="Landlock knows ioctl since its version 5")
@pytest.mark.parametrize(("let_in", "error"), [(False, 13), (True, 22)])
def test_landlock_lets_ioctls_reach_the_nodes_only(monkeypatch, let_in, error):
    """/dev/urandom stands for a node: every child may read it, and only who is let in may ask it for more."""
    policy = cuda.cuda_policy

    def unstarted(given, gpu):
        return dataclasses.replace(policy(given, gpu), device_memory=0)

    monkeypatch.setattr(cuda, "cuda_policy", unstarted)
    source = b"import fcntl\ndef f():\n    try:\n        fcntl.ioctl(open('/dev/urandom'), 0x4600)\n"
    source += b"    except OSError as error:\n        return error.errno\n"
    gpu = cuda.Gpu(nodes=("/dev/urandom",) if let_in else ())
    with Sandbox.start("cuda", SETTINGS, gpu=gpu) as sandbox, sandbox.student(source, "node.py") as student:
        assert student.call("f", (), {}) == Returned(error)


def test_proc_holds_this_process_and_what_the_driver_reads(attack):
    source = "import os\ndef f():\n    return os.listdir('/proc'), os.listdir('/proc/1'), os.readlink('/proc/self')\n"
    reply = attack(source)
    assert isinstance(reply, Returned)
    top, own, link = reply.value
    assert set(top) <= {"1", "self", "cpuinfo", "devices", "driver", "meminfo", "modules", "sys", "version"}
    assert {"1", "self", "cpuinfo", "devices"} <= set(top)
    assert sorted(own) == ["exe", "maps", "status", "task"]
    assert link == "1"


@pytest.mark.parametrize("bomb", ["bytearray(4 * 2**30)", "torch.empty(2**30).fill_(1)", "numpy.ones(2**29)"])
def test_private_memory_is_limited_without_a_limit_of_address_space(attack, bomb):
    assert attack(f"import torch, numpy\ndef f():\n    return len({bomb})") == OutOfMemory(512 * 2**20)


def test_address_space_may_be_reserved_as_cuda_does(attack):
    source = "import mmap\ndef f():\n    return len(mmap.mmap(-1, 2**40, flags=0x4022, prot=0))\n"  # no right to use it
    assert attack(source) == Returned(2**40)


def test_what_torch_says_when_the_device_is_full_is_out_of_memory(attack):
    source = "import torch\ndef f():\n    raise torch.OutOfMemoryError('CUDA out of memory. Tried to allocate 9 GiB')\n"
    assert attack(source) == OutOfMemory(512 * 2**20)


def test_a_child_whose_device_is_broken_is_replaced(without_device):
    source = (
        b"made = []\ndef f():\n    made.append(1)\n    raise RuntimeError('CUDA error: device-side assert triggered')\n"
    )
    source += b"def g():\n    made.append(1)\n    return len(made)\n"
    with without_device.student(source, "assert.py") as student:
        assert [student.call("g", (), {}).value for _ in range(2)] == [1, 2]
        assert isinstance(student.call("f", (), {}), Raised)
        assert student.call("g", (), {}) == Returned(1)


def ask_with_a_cuda_tensor(sandbox):
    """Send a call whose argument is on cuda:0, as a trusted side with CUDA would; the reply to it."""
    form = ["t", ["double", ["t", [["T", "float32", [1], [1], "cuda:0", 0, 4]]], ["d", [], []], False, False]]
    encoder = Encoder()
    encoder._data(memoryview(bytes(4)))
    with sandbox.student(HONEST, "honest.py") as student:
        child, serial = student.child, student.serial + 1
        child.channel.send(encoder.framed(packed([serial, "call", form])), Patience(child.pid, Limits()))
        return child.reply(serial, Patience(child.pid, Limits()))


@no_cuda
def test_a_tensor_that_finds_no_device_is_an_error_of_the_call(without_device):
    reply = ask_with_a_cuda_tensor(without_device)
    assert isinstance(reply, Raised)
    assert "cannot be moved to cuda:0" in reply.message


def test_arguments_that_find_no_room_are_out_of_memory():
    runner = on_cuda.CudaRunner(b"", "", 7)
    assert runner.call("f", on_cuda.LostArguments("CUDA out of memory. Tried"), {}) == OutOfMemory(7)


@no_cuda
@pytest.mark.parametrize("child", [{}, {"trusted": False, "device": "cuda:0"}], ids=["trusted", "from a child"])
def test_without_cuda_a_tensor_on_it_is_refused_and_nothing_worse(child):
    for shape, size in (([1], 4), ([0], 0)):
        form = ["T", "float32", shape, [1], "cuda:0", 0, size]
        with pytest.raises(WireError, match="cannot be moved"):
            Decoder(memoryview(bytearray(4)), **child).value(form)


@pytest.mark.parametrize(("device", "claimed"), [("cpu", "cuda:0"), ("cuda:0", "cuda:1"), ("cuda:0", "meta")])
def test_a_child_answers_on_its_own_device_or_in_main_memory(device, claimed):
    decoder = Decoder(memoryview(bytearray(4)), trusted=False, device=device)
    assert decoder.value(["T", "float32", [1], [1], "cpu", 0, 4]).item() == 0
    with pytest.raises(WireError, match="unknown device"):
        decoder.value(["T", "float32", [1], [1], claimed, 0, 4])


def test_a_child_on_the_cpu_that_claims_a_tensor_on_cuda_has_sent_no_answer(sandbox):
    source = """
import importlib, os, struct
def f():
    for serial in range(10):
        tensor = ["T", "float32", [1], [1], "cuda:0", 0, 4]
        header = importlib.import_module("msgpack").packb([serial, "returned", tensor, None, [], ""])
        os.write(3, struct.pack("<IQ", len(header), 4) + header + bytes(4))
    os._exit(0)
"""
    with sandbox.student(source.encode(), "forge.py") as student:
        student.serial = -1  # the next serial is 0, which is the first that is forged
        reply = student.call("f", (), {})
    assert isinstance(reply, Crashed)
    assert "unknown device" in reply.reason


@no_cuda
def test_cuda_that_does_not_start_is_told_with_its_reason():
    with pytest.raises(SandboxUnavailable, match="CUDA does not start in the sandbox"):
        Sandbox.start("cuda", SETTINGS, gpu=cuda.Gpu(nodes=("/dev/null",)))


def test_other_devices_are_refused():
    with pytest.raises(SandboxUnavailable, match="'mps'"):
        Sandbox.start("mps")


def test_the_zygote_leaves_autograd_alone(monkeypatch):
    """The first backward of a process counts the CUDA devices, and so starts CUDA, which no fork survives."""
    asked = []
    monkeypatch.setattr(torch.Tensor, "backward", lambda *arguments, **keywords: asked.append(1))
    rehearsal.rehearse(learn=False)
    assert not asked
    rehearsal.rehearse()
    assert asked


def test_a_zygote_that_has_opened_a_gpu_ends(monkeypatch, tmp_path):
    on_cuda.refuse_open_nodes()
    (tmp_path / "nvidia0").touch()
    monkeypatch.setattr(on_cuda, "NODES", (str(tmp_path / "nvidia"),))
    with (tmp_path / "nvidia0").open(), pytest.raises(SystemExit, match="nvidia0"):
        on_cuda.refuse_open_nodes()


def test_starting_draws_no_random_number():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    on_cuda._first_steps("cpu")
    assert torch.equal(torch.rand(3), expected)


# ---- children on the CPU: all as it was

ALLOWED_ON_THE_CPU = """
read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 close close_range lseek
fstat newfstatat stat lstat statx statfs fstatfs access faccessat faccessat2 readlink readlinkat
open openat openat2 creat getdents getdents64 getcwd chdir fchdir umask
rename renameat renameat2 mkdir mkdirat rmdir unlink unlinkat ftruncate truncate fsync fdatasync fallocate
flock dup dup2 dup3 pipe pipe2 copy_file_range sendfile utimensat
mmap mprotect munmap mremap madvise msync brk mincore
select pselect6 poll ppoll epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd2
sendto recvfrom sendmsg recvmsg shutdown getsockopt setsockopt getsockname getpeername
futex futex_waitv set_robust_list get_robust_list set_tid_address rseq membarrier
rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait sigaltstack restart_syscall
tgkill pause alarm setitimer getitimer wait4 waitid
nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time times getrusage sysinfo uname
getpid gettid getppid getuid geteuid getgid getegid getgroups getresuid getresgid getpgrp getpgid getsid getpriority
sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min getcpu
getrlimit getrandom exit exit_group capget
"""


def test_the_filter_on_the_cpu_is_the_same_to_the_byte():
    """Compiled here anew, from what stood in the list before there was a policy for CUDA."""
    seccomp = pytest.importorskip("pyseccomp")
    rules = seccomp.SyscallFilter(seccomp.ERRNO(1))
    for name in ALLOWED_ON_THE_CPU.split():
        try:
            rules.add_rule(seccomp.ALLOW, name)
        except (RuntimeError, ValueError, OSError):
            assert platform.machine() != "x86_64", name
    rules.add_rule(seccomp.ERRNO(38), "clone3")
    for command in (0x5401, 0x5413, 0x5421, 0x541B, 0x5451):
        rules.add_rule(seccomp.ALLOW, "ioctl", seccomp.Arg(1, seccomp.EQ, command))
    for command in (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1031, 1032):
        rules.add_rule(seccomp.ALLOW, "fcntl", seccomp.Arg(1, seccomp.EQ, command))
    stream = seccomp.Arg(0, seccomp.EQ, 1), seccomp.Arg(1, seccomp.MASKED_EQ, 0xF, 1)
    rules.add_rule(seccomp.ALLOW, "socketpair", *stream)
    rules.add_rule(seccomp.ALLOW, "prlimit64", seccomp.Arg(2, seccomp.EQ, 0))
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        assert compiled_filter() == file.read()
    assert compiled_filter() != compiled_filter(allow_more=cuda.allow_driver)


def test_the_limits_on_the_cpu_are_the_same(sandbox):
    source = b"import resource\ndef f(kinds):\n    return [resource.getrlimit(kind)[0] for kind in kinds]\n"
    expected = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: 900,
        resource.RLIMIT_FSIZE: 16 * 2**20,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_NPROC: 1,
        resource.RLIMIT_DATA: resource.getrlimit(resource.RLIMIT_DATA)[0],
    }
    with sandbox.student(source, "limits.py") as student:
        found = student.call("f", ([resource.RLIMIT_AS, *expected],), {}).value
    assert found[1:] == list(expected.values())
    assert 512 * 2**20 < found[0] < 2**40


def test_the_policy_on_the_cpu_names_no_device(sandbox):
    assert (sandbox.policy.device, sandbox.policy.device_memory) == ("cpu", 0)
    assert not any(path.startswith(("/proc", "/sys")) for path in (*sandbox.policy.readable, *sandbox.policy.writable))


# ---- with a GPU


@pytest.fixture(scope="module")
def on_gpu():
    with Sandbox.start("cuda", Settings(memory=2**30)) as started:
        yield started


@pytest.mark.gpu
def test_two_children_in_turn_work_on_the_device(on_gpu):
    source = b"import torch\ndef f(x):\n    return x @ x, torch.rand(3, device=x.device), str(x.device)\n"
    drawn = []
    for _ in range(2):
        with on_gpu.student(source, "gpu.py") as student:
            reply = student.call("f", (torch.eye(3, device="cuda"),), {})
            assert isinstance(reply, Returned), reply
            assert torch.equal(reply.value[0], torch.eye(3, device="cuda"))
            assert reply.value[2] == "cuda:0"
            drawn.append(reply.value[1].cpu())
    assert torch.equal(*drawn)


@pytest.mark.gpu
def test_autograd_and_convolution_work_on_the_device(on_gpu):
    source = b"import torch\ndef f(x):\n    w = torch.ones(1, 1, 2, 2, device=x.device, requires_grad=True)\n"
    source += b"    torch.nn.functional.conv2d(x, w).sum().backward()\n    return w.grad\n"
    with on_gpu.student(source, "grad.py") as student:
        reply = student.call("f", (torch.ones(1, 1, 3, 3, device="cuda"),), {})
    assert isinstance(reply, Returned), reply
    assert torch.equal(reply.value.cpu(), torch.full((1, 1, 2, 2), 4.0))


@pytest.mark.gpu
def test_the_device_s_memory_is_limited(on_gpu):
    source = b"import torch\ndef f():\n    return torch.empty(2**30, device='cuda').sum()\ndef g():\n    return 1\n"
    with on_gpu.student(source, "hungry.py") as student:
        assert student.call("f", (), {}) == OutOfMemory(2**30)
        assert student.call("g", (), {}) == Returned(1)


@pytest.mark.gpu
def test_a_full_device_costs_the_call_and_not_the_child(on_gpu):
    source = (
        b"import torch\nkept = []\ndef f(x):\n    while True:\n        kept.append(torch.empty(2**20, device='cuda'))\n"
    )
    with on_gpu.student(source, "keeps.py") as student:
        reply = student.call("f", (torch.ones(2, device="cuda"),), {}, limits=Limits(20, 60))
        assert reply == OutOfMemory(2**30)


@pytest.mark.gpu
def test_a_loop_on_the_device_is_ended(on_gpu):
    source = b"import torch\ndef f(x):\n    while True:\n        x = x @ x\ndef g():\n    return 1\n"
    with on_gpu.student(source, "loop.py") as student:
        assert isinstance(student.call("f", (torch.eye(256, device="cuda"),), {}, limits=Limits(1, 10)), TimedOut)
        assert student.call("g", (), {}) == Returned(1)


@pytest.mark.gpu
def test_an_assertion_on_the_device_costs_its_call_only(on_gpu):
    source = b"import torch\ndef f(x):\n    return x[torch.tensor([9], device=x.device)]\ndef g(x):\n    return x + 1\n"
    with on_gpu.student(source, "assert.py") as student:
        assert isinstance(student.call("f", (torch.ones(3, device="cuda"),), {}), Raised)
        assert torch.equal(student.call("g", (torch.ones(3, device="cuda"),), {}).value.cpu(), torch.full((3,), 2.0))


@pytest.mark.gpu
def test_tf32_stays_off_whatever_student_code_sets(on_gpu):
    source = b"import torch\ndef f(x):\n    torch.backends.cuda.matmul.allow_tf32 = True\n    return x @ x\n"
    x = torch.full((64, 64), 1 + 2**-12, device="cuda")
    with on_gpu.student(source, "tf32.py") as student:
        reply = student.call("f", (x,), {})
    assert reply.value[0, 0].item() == pytest.approx(64 * (1 + 2**-12) ** 2, rel=1e-6)
