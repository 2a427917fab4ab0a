"""What a module mentions, read from its syntax tree: every outside name in full, and who calls whom inside.

The reading follows import aliases, assignments of names, `getattr` with a constant, `vars(F)["conv2d"]`, and
`importlib`. What it cannot follow it names: `exec`, `eval`, a computed `getattr`. It never runs the source.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from convclass.sandbox.reply import ForbiddenUse
from convclass.sandbox.source import ModuleSource, below, children

MAX_USES = 4000
TELLING_BUILTINS = frozenset(
    {"exec", "eval", "compile", "__import__", "globals", "locals", "vars", "getattr", "open", "input", "breakpoint"}
)
OWN = "."  # prefix of names that the module itself defines
KEPT = "kept "  # prefix of names that are put somewhere outside of every function, instead of being called
CHANGED = "something else in the place of "  # prefix of what a module replaces
HANDED_ON = "the whole of "  # prefix of modules: whose names are then asked for is not known
MODULES = frozenset({"torch", "torch.autograd", "torch.func", "torch.nn", "torch.nn.functional", "numpy", "sys", "os"})
TOO_MANY = "more names than are looked at"

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
ASSIGNING = frozenset({ast.Assign, ast.AnnAssign, ast.NamedExpr})
BINDING = ASSIGNING | {
    ast.Import, ast.ImportFrom, ast.Name, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler,
}  # fmt: skip
MENTIONING = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)
RESOLVING = frozenset({*MENTIONING, ast.NamedExpr, ast.IfExp})
Targets = frozenset[str]
NOTHING: Targets = frozenset()


@dataclass(frozen=True, slots=True)
class Scan:
    """The result: the module's functions and classes, its uses of outside names, and its calls within."""

    functions: tuple[str, ...]
    uses: tuple[ForbiddenUse, ...]
    calls: dict[str, tuple[str, ...]]


@dataclass(slots=True)
class Scope:
    """The names bound in the module or in one function, each with the full names that it may stand for."""

    parent: Scope | None
    names: dict[str, set[str]] = field(default_factory=dict)
    starred: list[str] = field(default_factory=list)

    def bind(self, name: str, targets: Iterable[str] = ()) -> None:
        """Add `targets` to what `name` may stand for here."""
        self.names.setdefault(name, set()).update(targets)

    def find(self, name: str) -> Targets | None:
        """What `name` may stand for; an empty set for an unknown object, None for a name bound nowhere."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return frozenset(scope.names[name])
            if scope.starred and not hasattr(builtins, name):
                return frozenset(f"{module}.{name}" for module in scope.starred)
            scope = scope.parent
        return frozenset({f"builtins.{name}"}) if hasattr(builtins, name) else None


def scan(source: ModuleSource) -> Scan:
    """Scan the module. Raises RecursionError when its expressions nest too deeply."""
    defined = {n.name: n for n in source.tree.body if isinstance(n, Definition)}
    top = Scope(None)
    _bind_all(source.tree.body, top)
    for name in defined:
        top.names[name] = {OWN + name}
    for name in (name for statement in source.tree.body for name in _owners(statement, defined)):
        if not top.names.get(name):
            top.names[name] = {OWN + name}
    scanner = _Scanner(source, top, frozenset(defined), frozenset(_methods(source.tree)))
    for statement in source.tree.body:
        for owner in _owners(statement, defined) or [""]:
            scanner.calls.setdefault(owner, set())
            scanner.read(statement, top, owner)
    calls = {name: tuple(sorted(found)) for name, found in scanner.calls.items() if name not in ("", "*")}
    functions = [*defined, *(name for s in source.tree.body for name in _lambdas(s))]
    return Scan(tuple(dict.fromkeys(functions)), tuple(scanner.uses), calls)


def _owners(statement: ast.stmt, defined: dict[str, Definition]) -> list[str]:
    """The names a top-level statement makes, which own what it mentions: `conv2d = F.conv2d` is conv2d's."""
    if isinstance(statement, Definition):
        return [statement.name]
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return [node.id for t in targets for node in ast.walk(t) if isinstance(node, ast.Name)]
    if isinstance(statement, ast.Import | ast.ImportFrom):
        bound = [alias.asname or alias.name.split(".")[0] for alias in statement.names]
        return [name for name in bound if name not in defined]
    return []


def _lambdas(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Lambda):
        return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    return []


def _methods(tree: ast.Module) -> Iterator[str]:
    for node in below([tree]):
        if type(node) is ast.ClassDef:
            yield from (n.name for n in node.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def _within(statements: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """All nodes below in order, without the insides of functions and lambdas, which have scopes of their own."""
    waiting = [*reversed(statements)]
    while waiting:
        node = waiting.pop()
        yield node
        if type(node) not in FUNCTIONS:
            waiting += reversed(children(node))


def _bind_all(statements: Sequence[ast.AST], scope: Scope) -> None:
    """Bind every name that the statements bind; twice, so that an alias of a later alias is followed too."""
    nodes = [node for node in _within(statements) if type(node) in BINDING]
    for node in nodes:
        _bind(node, scope)
    for node in nodes:
        if type(node) in ASSIGNING:
            _bind(node, scope)


def _bind(node: ast.AST, scope: Scope) -> None:
    match node:
        case ast.Name(id=name, ctx=context):
            if type(context) is ast.Store:
                scope.bind(name)
        case ast.Import(names=names):
            for alias in names:
                scope.bind(alias.asname or alias.name.split(".")[0], [_imported(alias)])
        case ast.ImportFrom(module=module, names=names):
            for alias in names:
                if alias.name == "*" and module not in scope.starred:
                    scope.starred.append(module or "")
                elif alias.name != "*":
                    scope.bind(alias.asname or alias.name, [canonical(f"{module}.{alias.name}")])
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                _bind_target(target, value, scope)
        case ast.AnnAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value) if value:
            _bind_target(target, value, scope)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            scope.bind(name)
        case ast.ExceptHandler(name=str(name)):
            scope.bind(name)


def _imported(alias: ast.alias) -> str:
    return canonical(alias.name) if alias.asname else alias.name.split(".")[0]


def _bind_target(target: ast.expr, value: ast.expr, scope: Scope) -> None:
    if isinstance(target, ast.Name):
        scope.bind(target.id, resolve(value, scope) or NOTHING)
    elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        for one, its in zip(target.elts, value.elts, strict=False):
            _bind_target(one, its, scope)


def canonical(name: str) -> str:
    """The usual full name of a torch function reached by a detour, such as `torch.nn.functional.torch.conv2d`."""
    parts = name.split(".")
    if parts[0] == "torch":
        last = len(parts) - 1 - parts[::-1].index("torch")
        parts = parts[last:]
        if "F" in parts[:-1]:
            parts = ["torch", "nn", "functional", *parts[parts.index("F") + 1 :]]
    return ".".join(parts)


def constant_text(node: ast.AST) -> str | None:
    """The text that an expression of string constants joined by + stands for, or None."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = constant_text(node.left), constant_text(node.right)
        return None if left is None or right is None else left + right
    return None


def resolve(node: ast.AST, scope: Scope) -> Targets | None:
    """The full names that an expression may stand for: empty or None when it stands for no outside name."""
    if type(node) not in RESOLVING:
        return None
    match node:
        case ast.Name(id=name):
            return scope.find(name)
        case ast.Attribute(value=value, attr=attr):
            return _members(resolve(value, scope), attr)
        case ast.NamedExpr(value=value):
            return resolve(value, scope)
        case ast.IfExp(body=body, orelse=other):
            return (resolve(body, scope) or NOTHING) | (resolve(other, scope) or NOTHING)
        case ast.Call(func=ast.Name() | ast.Attribute() as function, args=[_, *_]):
            return _resolve_call(node, resolve(function, scope) or NOTHING, scope)
        case ast.Subscript(value=value, slice=key):
            return _resolve_item(value, constant_text(key), scope)
    return None


def _resolve_call(node: ast.Call, functions: Targets, scope: Scope) -> Targets | None:
    """`getattr(F, "conv2d")`, `import_module("torch")` and `__import__("torch")`."""
    if len(node.args) > 1 and "builtins.getattr" in functions:
        text = constant_text(node.args[1])
        return None if text is None else _members(resolve(node.args[0], scope), text)
    if "importlib.import_module" in functions or "builtins.__import__" in functions:
        text = constant_text(node.args[0])
        return None if text is None else frozenset({canonical(text)})
    return None


def _resolve_item(value: ast.expr, key: str | None, scope: Scope) -> Targets | None:
    """`vars(F)["conv2d"]`, `F.__dict__["conv2d"]` and `sys.modules["torch"]`."""
    if key is None:
        return None
    match value:
        case ast.Call(func=function, args=[owner]) if _is(function, "builtins.vars", scope):
            return _members(resolve(owner, scope), key)
        case ast.Attribute(value=owner, attr="__dict__"):
            return _members(resolve(owner, scope), key)
        case _ if _is(value, "sys.modules", scope):
            return frozenset({canonical(key)})
    return None


def _members(owners: Targets | None, attribute: str) -> Targets | None:
    if not owners or any(owner.startswith(OWN) for owner in owners):
        return None
    return frozenset(canonical(f"{owner}.{attribute}") for owner in owners)


def _is(node: ast.expr, name: str, scope: Scope) -> bool:
    return type(node) in (ast.Name, ast.Attribute) and name in (resolve(node, scope) or NOTHING)


def _gets_a_constant(node: ast.AST, part: ast.AST, scope: Scope) -> bool:
    """Whether `part` is the `getattr` in `getattr(x, "name")`, which is only another way to write `x.name`."""
    if not isinstance(node, ast.Call) or part is not node.func or len(node.args) < 2:
        return False
    return constant_text(node.args[1]) is not None and _is(node.func, "builtins.getattr", scope)


class _Scanner:
    """Walks the module once and collects uses and calls."""

    def __init__(self, source: ModuleSource, top: Scope, defined: frozenset[str], methods: frozenset[str]):
        self.source, self.top, self.defined, self.methods = source, top, defined, methods
        self.uses: dict[ForbiddenUse, None] = {}
        self.calls: dict[str, set[str]] = {}
        self.inside = 0  # of how many functions that no name of the module owns

    def read(self, node: ast.AST, scope: Scope, owner: str, called: bool = False) -> None:
        """Read `node`, which stands in `scope`, as a part of what `owner` does; `called` when it is what is called."""
        if scope is self.top:
            self._rebinds(node, owner)
        if isinstance(node, MENTIONING):
            if not called and scope is self.top:
                self._keep(node, owner)
            if isinstance(node, ast.Call):
                self._sets_attribute(node, scope, owner)
            if self._mention(node, scope, owner):
                return
        elif isinstance(node, FUNCTIONS):
            self._read_function(node, scope, owner)
            return
        elif isinstance(node, ast.Import | ast.ImportFrom):
            self._read_import(node, scope, owner)
        elif isinstance(node, ast.Match):
            self._read_match(node, scope, owner)
        for name in node.names if isinstance(node, ast.Global) else ():
            self._rebound(name, node, owner)
        for child in children(node):
            if not _gets_a_constant(node, child, scope):
                self.read(child, scope, owner, isinstance(node, ast.Call) and child is node.func)

    def _read_function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope, owner: str
    ) -> None:
        inner = Scope(scope)
        arguments = node.args
        plain = [*arguments.posonlyargs, *arguments.args]
        defaults = dict(zip(reversed(plain), reversed(arguments.defaults), strict=False))
        defaults |= {a: d for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d}
        extra = [a for a in (arguments.vararg, arguments.kwarg) if a]
        for argument in (*plain, *arguments.kwonlyargs, *extra):
            default = defaults.get(argument)
            inner.bind(argument.arg, (default and resolve(default, scope)) or NOTHING)
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        _bind_all(body, inner)
        for outside in (*defaults.values(), *getattr(node, "decorator_list", [])):
            self.read(outside, scope, owner)
        self.inside += owner == ""
        for statement in body:
            self.read(statement, inner, owner)
        self.inside -= owner == ""

    def _read_import(self, node: ast.Import | ast.ImportFrom, scope: Scope, owner: str) -> None:
        """An import at the top binds a name of the module: `from torch import conv2d` makes a conv2d.

        Inside a class it binds a name of the class.
        """
        for alias in node.names if scope is self.top else ():
            bound = alias.asname or alias.name
            if owner == "":
                self._rebound(bound, node, owner)
            elif isinstance(node, ast.Import):
                if owner in self.defined:
                    self._use(_imported(alias), node, owner)
            elif alias.name != "*" and (bound == owner or owner in self.defined):
                self._use(canonical(f"{node.module}.{alias.name}"), node, owner)

    def _rebinds(self, node: ast.AST, owner: str) -> None:
        """Note what puts something else in the place of a function: `for f in [g]`, `case f`. `f = g` is f's own."""
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                if owner == "":
                    self._rebound(name, node, owner)
            case ast.ExceptHandler(name=str(name)):
                self._rebound(name, node, owner)

    def _rebound(self, name: str, node: ast.AST, owner: str) -> None:
        if name in self.defined:
            self._use(CHANGED + name, node, owner)

    def _read_match(self, node: ast.Match, scope: Scope, owner: str) -> None:
        """`case object(conv2d=f)` gets an attribute of what is matched, though none is written."""
        owners = resolve(node.subject, scope)
        for pattern in (found for found in below([node]) if isinstance(found, ast.MatchClass)):
            for attribute in pattern.kwd_attrs:
                for target in _members(owners, attribute) or {"builtins.getattr"}:
                    self._use(target, pattern, owner)

    def _mention(self, node: ast.expr, scope: Scope, owner: str) -> bool:
        """Note what an expression stands for; True when all of it is told by that."""
        targets = resolve(node, scope)
        if targets:
            stored = isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)
            for target in targets:
                self._note(target, node, owner)
                if stored:
                    self._changed(target, node, owner)
            return not isinstance(node, ast.Call | ast.Subscript)
        if isinstance(node, ast.Attribute) and node.attr not in self.methods:
            if targets is None and not self._is_member(node, scope):
                self._use(f"torch.Tensor.{node.attr}", node, owner)
        elif isinstance(node, ast.Call) and _is(node.func, "builtins.getattr", scope) and len(node.args) > 1:
            text = constant_text(node.args[1])
            self._use(f"torch.Tensor.{text}" if text is not None else "builtins.getattr", node, owner)
        return False

    def _keep(self, node: ast.expr, owner: str) -> None:
        """Note an outside name whose value goes where no function of the module owns it: `kept.append(F.conv2d)`."""
        owned = self.top.names.get(owner, set())  # what the owner's name stands for, so that its use is the owner's
        for target in (resolve(node, self.top) or NOTHING) - owned:
            if OWN + owner not in owned and "." in target and not target.startswith((OWN, "builtins.")):
                self._use(KEPT + target, node, owner)

    def _note(self, target: str, node: ast.expr, owner: str) -> None:
        if target in MODULES:
            self._use(HANDED_ON + target, node, owner)
        if target.startswith(OWN):
            self.calls[owner].add(target[1:])
        elif not target.startswith("builtins.") or target.split(".")[1] in TELLING_BUILTINS:
            self._use(target, node, owner)

    def _changed(self, target: str, node: ast.AST, owner: str) -> None:
        if not target.startswith((OWN, "torch.backends.")):
            self._use(CHANGED + target, node, owner)

    def _sets_attribute(self, node: ast.Call, scope: Scope, owner: str) -> None:
        """`setattr(torch, name, f)`; of an object of the module's own it is nothing to tell."""
        if _is(node.func, "builtins.setattr", scope) or _is(node.func, "builtins.delattr", scope):
            for target in resolve(node.args[0], scope) or NOTHING if node.args else NOTHING:
                self._changed(target, node, owner)

    def _use(self, name: str, node: ast.AST, owner: str) -> None:
        line: int = getattr(node, "lineno", 0)
        place = self.source.place(line)
        if self.inside and not name.startswith((KEPT, CHANGED, HANDED_ON)):
            self._use(KEPT + name, node, owner)
        if len(self.uses) > MAX_USES:
            return
        name = name if len(self.uses) < MAX_USES else TOO_MANY
        self.uses[ForbiddenUse(name[:200], place.line, owner[:100], self.source.text(line), place.words())] = None

    def _is_member(self, node: ast.Attribute, scope: Scope) -> bool:
        """Whether the attribute belongs to a function or class of the module, such as `Layer.backward`."""
        return any(t.removeprefix(OWN) in self.defined for t in resolve(node.value, scope) or NOTHING)
