"""Which level follows from which layers, and that the self-test can fail."""

import shutil

import pytest

from convclass.sandbox import isolation, selftest
from convclass.sandbox.isolation import LEVELS, level_of, probe
from convclass.sandbox.jail import SandboxUnavailable, untrusted_modules

ALL = {"bubblewrap", "namespaces", "landlock", "seccomp", "rlimits", "cgroups"}


@pytest.mark.parametrize(
    ("working", "level"),
    [
        (ALL, "A"),
        (ALL - {"cgroups"}, "B"),
        (ALL - {"landlock"}, "B"),
        (ALL - {"namespaces"} | {"users"}, "C"),
        (ALL - {"bubblewrap"} | {"users", "truncation"}, "C"),
        (ALL - {"namespaces", "cgroups"} | {"truncation"}, "D"),
        (ALL - {"namespaces"}, "E"),
        (ALL - {"namespaces", "landlock"} | {"users"}, "E"),
        (ALL - {"seccomp"}, "E"),
        (ALL - {"rlimits"}, "E"),
        (set(), "E"),
    ],
)
def test_levels(working, level):
    assert level_of(working) == level


def test_a_layer_that_fails_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    found = probe()
    assert found.level in "CDE"
    assert found.words == LEVELS[found.level]
    bubblewrap = found.layers[0]
    assert (bubblewrap.works, bubblewrap.remedy) == (False, "apt install bubblewrap")


def test_every_broken_layer_has_a_remedy(monkeypatch):
    monkeypatch.setattr(isolation, "_filter_text", lambda: "")
    seccomp = next(layer for layer in probe().layers if layer.name == "seccomp")
    assert not seccomp.works
    assert seccomp.remedy


def test_the_self_test_notices_a_layer_that_does_nothing(monkeypatch):
    monkeypatch.setattr(selftest.lockdown, "landlock", lambda readable, writable: None)
    monkeypatch.setattr(selftest.lockdown, "limit_resources", lambda memory: None)
    assert "can be read" in selftest._in_child(selftest._landlock, False)
    assert selftest._in_child(selftest._rlimits, False)
    allow_everything = bytes([6, 0, 0, 0, 0, 0, 0xFF, 0x7F])
    assert "a child can" in selftest._in_child(lambda: selftest._seccomp(allow_everything), False)


def test_a_self_test_that_is_killed_makes_no_level_weaker(monkeypatch, tmp_path):
    """Found by killing: a probe that somebody ended looked like a machine without namespaces."""
    runs = tmp_path / "runs"
    killed = tmp_path / "bwrap"
    real = shutil.which("bwrap")
    if real is None:
        pytest.skip("needs bubblewrap")
    killed.write_text(f'#!/bin/sh\necho >> {runs}\n[ $(wc -l < {runs}) -gt 2 ] && exec {real} "$@"\nkill -9 $$\n')
    killed.chmod(0o755)
    level = probe().level
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert probe().level == level
    runs.unlink()
    monkeypatch.setattr(isolation, "_TRIES", 2)
    with pytest.raises(SandboxUnavailable, match="could not be tried"):
        probe()


def test_the_jail_holds_what_the_zygote_imports_and_not_its_keepers():
    inside = set(untrusted_modules())
    assert {"zygote", "selftest", "runner", "layers", "lockdown"} <= inside
    assert not inside & {"keeper", "sandbox", "jail", "isolation", "local", "cgroup"}
