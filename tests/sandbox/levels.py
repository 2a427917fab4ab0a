"""Places of every isolation level on this one machine, made by taking away what the better levels have.

For tests and the attack suite:

    from sandbox.levels import at_level, unreachable          # `tests` is on the path; or by the file's own path

    if reason := unreachable("C"):
        pytest.skip(reason)
    subprocess.run([*at_level("C"), sys.executable, "-m", "pytest", ...], env=..., check=True)

`at_level(level)` is the beginning of a command line: what follows it runs in such a place, as an ordinary program, with
the environment and the working folder of the caller (HOME is a folder of its own that vanishes). The program finds the
level out by itself, as it would on such a machine; nothing tells it.

    A   this machine as it is, as root
    B   an ordinary user (nobody), who may make user namespaces and no control group
    C   root in a container as docker makes it without --privileged: docker's capabilities; `unshare`, `setns`, `mount`
        and `clone` into namespaces refused with EPERM; control groups read-only
    D   an ordinary user, and the same calls refused. With `bubblewrap=True` only `unshare` and `setns` are refused, so
        that bubblewrap starts and children get no namespaces of their own, as under Ubuntu's AppArmor profile for it
    E   as D, and no Landlock: its calls answer ENOSYS, as on an old kernel

Being root is needed for all of them but D, E and B, which an ordinary user reaches as he is. The ordinary user here is
`nobody`, so whatever the program writes has to lie where everybody may write, such as a folder below /tmp of mode 777.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

NOBODY = 65534
LEVELS = "ABCDE"
HOME = "/mnt/home"
_NAMESPACES = 0x7E020080  # every CLONE_NEW* flag
_CLONE_NEWNS, _MS_BIND, _MS_MOVE, _MS_REC, _MS_PRIVATE = 0x00020000, 4096, 8192, 16384, 1 << 18
_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 24, 38
# chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap, net_bind_service, net_raw, sys_chroot, mknod,
# audit_write, setfcap
_DOCKER_CAPABILITIES = {0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31}
_libc = ctypes.CDLL(None, use_errno=True)


def at_level(level: str, *, bubblewrap: bool = False) -> list[str]:
    """The beginning of a command line that runs the rest of it at isolation level `level` (see this file's head)."""
    if reason := unreachable(level):
        raise OSError(reason)
    return [sys.executable, str(Path(__file__).resolve()), level + "w" * bubblewrap]


def unreachable(level: str) -> str:
    """Why this process cannot make a place of that level, or ""."""
    if level in "AC" and os.geteuid() != 0:
        return f"a place of isolation level {level} is made by root, and this is an ordinary user"
    return ""


def main() -> None:
    """Go to the place that the first argument names and become the command that follows."""
    place, *command = sys.argv[1:]
    level, bubblewrap = place[0], place.endswith("w")
    root = os.geteuid() == 0
    environment = dict(os.environ)
    if root and level != "A":
        _own_mounts(level)
        environment |= {"HOME": HOME, "PYTHONDONTWRITEBYTECODE": "1"}
        if level == "C":
            _make_home(0)
        else:
            _make_home(NOBODY)
    if level in "CDE":
        if not root:
            _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
        _refuse(level, bubblewrap)
    if root and level == "C":
        _keep_capabilities(_DOCKER_CAPABILITIES)
    if root and level in "BDE":
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    os.execvpe(command[0], command, environment)


def _own_mounts(level: str) -> None:
    """A view of the file system of our own, in which an ordinary user can read the interpreter, wherever it lies."""
    _checked(_libc.unshare(_CLONE_NEWNS), "unshare")
    _mount("none", "/", "", _MS_REC | _MS_PRIVATE)
    _mount("tmpfs", "/mnt", "tmpfs", 0, "mode=755")
    for number, (hidden, needed) in enumerate(_behind_closed_doors()):
        passage = Path(f"/mnt/passage{number}")
        passage.mkdir()
        _mount(str(needed), str(passage), "", _MS_BIND | _MS_REC)
        _mount("tmpfs", str(hidden), "tmpfs", 0, "mode=755")
        needed.mkdir(parents=True)
        _mount(str(passage), str(needed), "", _MS_MOVE)
    if level == "C" and Path("/sys/fs/cgroup").is_dir():
        _mount("tmpfs", "/sys/fs/cgroup", "tmpfs", 1, "mode=755")


def _behind_closed_doors() -> Iterator[tuple[Path, Path]]:
    """Folders that not everybody may pass, each with the folder below it that the interpreter needs."""
    seen: set[Path] = set()
    for prefix in (sys.base_prefix, sys.prefix, str(Path(__file__).resolve().parents[2])):
        needed = Path(prefix).resolve()
        for folder in reversed(needed.parents):
            if not folder.stat().st_mode & stat.S_IXOTH:
                if folder not in seen:
                    yield folder, needed
                seen.add(folder)
                break


def _make_home(owner: int) -> None:
    Path(HOME).mkdir(mode=0o700)
    os.chown(HOME, owner, owner)


def _refuse(level: str, bubblewrap: bool) -> None:
    """Have the kernel refuse namespaces and mounts from here on, as docker's own filter does."""
    import pyseccomp

    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    rules.set_attr(pyseccomp.Attr.CTL_NNP, 0)
    refused = pyseccomp.ERRNO(errno.EPERM)
    for name in ("unshare", "setns"):
        rules.add_rule(refused, name)
    if not bubblewrap:
        for name in ("mount", "umount2", "pivot_root", "fsopen", "move_mount", "open_tree"):
            rules.add_rule(refused, name)
        for flag in (1 << bit for bit in range(32) if _NAMESPACES >> bit & 1):
            rules.add_rule(refused, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, flag, flag))
        rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    if level == "E":
        for name in ("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"):
            rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), name)
    rules.load()


def _keep_capabilities(kept: set[int]) -> None:
    """Drop the others from the bounding set; the next exec takes them from the rest."""
    for capability in range(64):
        if capability not in kept and _libc.prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) < 0:
            break


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    words = (source.encode(), target.encode(), kind.encode() or None)
    _checked(_libc.mount(*words, ctypes.c_ulong(flags), options.encode() or None), f"mount on {target}")


def _checked(result: int, what: str) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    main()
