"""What of a GPU and its driver is found and let in, over made folders."""

import tempfile
from pathlib import Path

import pytest

from convclass.sandbox import cuda
from convclass.sandbox.cuda import Gpu, find_gpu, jail_arguments, problem_of, required_gpu, summary
from convclass.sandbox.isolation import probe
from convclass.sandbox.jail import SandboxUnavailable
from convclass.sandbox.reply import Returned
from convclass.sandbox.sandbox import Sandbox

NODES = ("nvidia-uvm", "nvidia-uvm-tools", "nvidia0", "nvidia10", "nvidiactl")


def make(root, *files):
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def cache(*lines):
    return f"{len(lines)} libs found in cache `/etc/ld.so.cache'\n" + "".join(f"\t{line}\n" for line in lines)


def test_the_nodes_of_compute_and_no_others(tmp_path):
    others = ("nvidia-modeset", "nvidia-caps", "nvidia-nvswitchctl", "nvidia", "null", "dri", "nvidia0x")
    make(tmp_path, *(f"dev/{name}" for name in (*NODES, *others)))
    assert find_gpu(tmp_path, "").nodes == tuple(f"{tmp_path}/dev/{name}" for name in NODES)


def test_libraries_that_the_loader_lists(tmp_path):
    make(tmp_path, "usr/lib/libcuda.so.1", "opt/nv/libnvidia-ptxjitcompiler.so.1", "usr/lib32/libcuda.so.1")
    listed = cache(
        "libcuda.so.1 (libc6,x86-64) => /usr/lib/libcuda.so.1",
        "libcuda.so.1 (libc6) => /usr/lib32/libcuda.so.1",
        "libnvidia-ptxjitcompiler.so.1 (libc6,x86-64) => /opt/nv/libnvidia-ptxjitcompiler.so.1",
        "libnvidia-ml.so.1 (libc6,x86-64) => /gone/libnvidia-ml.so.1",
        "libcudart.so.12 (libc6,x86-64) => /usr/lib/libcudart.so.12",
        "libnvidia-opencl.so.1 (libc6,x86-64) => /usr/lib/libnvidia-opencl.so.1",
    )
    gpu = find_gpu(tmp_path, listed)
    assert gpu.libraries == (f"{tmp_path}/usr/lib/libcuda.so.1", f"{tmp_path}/opt/nv/libnvidia-ptxjitcompiler.so.1")
    assert gpu.unlisted == ()


@pytest.mark.parametrize("folder", ["usr/lib/wsl/lib", "usr/local/nvidia/lib64", "run/opengl-driver/lib"])
def test_libraries_in_a_usual_folder_that_the_loader_does_not_know(tmp_path, folder):
    make(tmp_path, f"{folder}/libcuda.so.1", f"{folder}/libnvidia-nvvm.so.4", f"{folder}/libEGL_nvidia.so.0")
    gpu = find_gpu(tmp_path, "")
    assert gpu.libraries == (f"{tmp_path}/{folder}/libcuda.so.1", f"{tmp_path}/{folder}/libnvidia-nvvm.so.4")
    assert gpu.unlisted == (f"{tmp_path}/{folder}",)


def test_of_a_pci_device_only_what_describes_it(tmp_path):
    card = "0000:3b:00.0"
    (tmp_path / "proc/driver/nvidia/gpus" / card).mkdir(parents=True)
    make(tmp_path, *(f"sys/bus/pci/devices/{card}/{name}" for name in ("numa_node", "resource0", "config", "vendor")))
    make(tmp_path, "sys/bus/pci/devices/0000:00:00.0/numa_node", "sys/devices/system/node/node0/cpumap")
    base = f"{tmp_path}/sys"
    assert find_gpu(tmp_path, "").system == (
        f"{base}/devices/system/node",
        f"{base}/bus/pci/devices/{card}/numa_node",
        f"{base}/bus/pci/devices/{card}/vendor",
    )


def test_libraries_below_usr_are_there_anyway_and_others_are_bound():
    gpu = Gpu(("/dev/nvidia0",), ("/usr/lib/libcuda.so.1", "/opt/nv/libcuda.so.1"), (), ("/sys/devices/system/node",))
    arguments = jail_arguments(gpu)
    bound = [arguments[at + 1] for at, word in enumerate(arguments) if word in ("--dev-bind", "--ro-bind")]
    assert bound == ["/dev/nvidia0", "/opt/nv/libcuda.so.1", "/sys/devices/system/node"]
    assert "1 of them bound by name" in summary(gpu)


@pytest.mark.parametrize(("given", "seen"), [(None, "0"), ("3,1", "3"), ("GPU-8f", "GPU-8f")])
def test_a_child_sees_the_grader_s_first_device_only(monkeypatch, given, seen):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if given:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", given)
    assert cuda._environment(Gpu())["CUDA_VISIBLE_DEVICES"] == seen


NAMES = tuple(f"/dev/{name}" for name in NODES)


@pytest.mark.parametrize(
    ("gpu", "words"),
    [
        (Gpu(), "there is no GPU here"),
        (Gpu(("/dev/nvidia0", "/dev/nvidiactl")), "nvidia-modprobe"),
        (Gpu(NAMES), "apt install libcuda1"),
        (Gpu(NAMES, ("/usr/lib/libcuda.so.1",)), ""),
        (Gpu(("/dev/dxg",), ("/usr/lib/wsl/lib/libcuda.so.1",)), ""),
    ],
)
def test_what_is_missing_is_named(gpu, words):
    assert words in problem_of(gpu)
    assert bool(words) == bool(problem_of(gpu))


def test_a_machine_without_a_gpu_is_told_what_to_use(monkeypatch):
    monkeypatch.setattr(cuda, "find_gpu", Gpu)
    with pytest.raises(SandboxUnavailable, match="use --device cpu"):
        required_gpu()


def test_what_is_bound_can_be_read_in_a_child_and_its_neighbours_cannot():
    if probe().level not in "AB":
        pytest.skip("the sandbox does not start here; `convclass doctor` says why")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:  # what is below /tmp is covered in a child
        make(Path(folder), "libcuda.so.1", "secret")
        gpu = Gpu((), (f"{folder}/libcuda.so.1",), (folder,), ("/sys/devices/system/cpu/online",))
        source = f"""
import os
def f():
    online = open("/sys/devices/system/cpu/online").read() != ""
    library, secret = (os.path.exists({folder!r} + name) for name in ("/libcuda.so.1", "/secret"))
    open({folder!r} + "/libcuda.so.1").close()
    return online, library, secret, os.environ["LD_LIBRARY_PATH"], os.environ["NVIDIA_TF32_OVERRIDE"]
"""
        with Sandbox.start("cuda", gpu=gpu) as sandbox, sandbox.student(source.encode(), "look.py") as student:
            assert student.call("f", (), {}) == Returned((True, True, False, folder, "0"))
