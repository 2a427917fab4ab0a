"""A hook in sys.meta_path and sys.path_hooks puts a module of its own in the place of the next import.

Must hold: every child starts with the modules of the zygote.
Control: heir
"""
import builtins
import sys
import types


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "answers":
            import importlib.machinery

            return importlib.machinery.ModuleSpec(name, Finder)
        return None

    @staticmethod
    def create_module(spec):
        module = types.ModuleType("answers")
        module.double = lambda x: 2 * x
        return module

    @staticmethod
    def exec_module(module):
        return None


sys.meta_path.insert(0, Finder)
builtins.left_behind = Finder


def double(x):
    return x * 0
# --- heir ---
import importlib

answers = importlib.import_module("answers")


def double(x):
    return answers.double(x)
