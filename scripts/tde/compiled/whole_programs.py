"""Numba, made to optimise a program once instead of once at every level of its calls.

Numba compiles a function when another one calls it, and there and then links into it all that it
calls, optimises the whole, turns it into machine code and wraps it for Python. What is deep
inside a fit is optimised again in each caller, and most of the machine code never runs. Here a
function that compiled code alone calls stays as it was written. It is linked, optimised and made
machine code of as a part of those that Python calls, or that are kept in files. The arithmetic is
the same: no optimisation that LLVM is allowed here changes a bit of a result.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

KNOWN_VERSION = (0, 68)
"""The numba whose inside is known here; any other is left as it is and compiles at its own pace."""


def optimise_whole_programs() -> None:
    """Change how numba compiles, in this process and from now on; numba must have been imported."""
    from numba import version_info
    from numba.core.codegen import JITCPUCodegen

    if version_info.short != KNOWN_VERSION or hasattr(JITCPUCodegen, "_environments"):  # done already
        return
    _make_libraries_late(JITCPUCodegen)
    _wrap_what_python_calls()
    _compare_flags_fast()


def _make_libraries_late(codegen: Any) -> None:
    """Let machine code be made when Python asks for it, not when a function is compiled."""
    set_now = codegen.set_env

    def set_env(self: Any, name: str, environment: object) -> None:
        """Keep a function's environment until the program that it is a part of is made."""
        if self._engine.is_symbol_defined(name):
            set_now(self, name, environment)
        else:
            self._environments[name] = environment

    codegen._environments = {}
    codegen.set_env = set_env
    codegen._library_class = _late(codegen._library_class)


def _late(library_class: Any) -> Any:
    """Numba's class of libraries, one for each compiled function, put off."""

    class Late(library_class):
        made = False
        """Whether there is machine code."""
        _finalized: bool

        def add_llvm_module(self, module: Any) -> None:
            self._optimize_functions(module)  # cheap, and what is inlined from it later becomes faster code
            self._final_module.link_in(module)

        def _ensure_finalized(self) -> None:
            if not self._finalized:  # a compiled function; what numba itself adds is finalised by name
                self._reload_init.update(*(library._reload_init for library in self._linking_libraries))
                self._finalized = True

        def finalize(self) -> None:
            self._raise_if_finalized()
            self._ensure_finalized()
            _make(self)

        def _finalize_final_module(self) -> None:
            super()._finalize_final_module()
            self.made = True
            _set_environments(self)

        def get_pointer_to_function(self, name: str) -> int:
            self._ensure_finalized()
            if not self.made:
                if not _defines(self._final_module, name):
                    return 0  # no wrapper: nobody but compiled code calls it
                _make(self)
            return super().get_pointer_to_function(name)

    return Late


def _make(library: Any) -> None:
    """Turn a function and all that it calls into machine code."""
    for linked in _all_linked(library):
        library._final_module.link_in(linked._get_module_for_linking(), preserve=True)
    _keep_to_itself(library._final_module)
    library._optimize_final_module()
    library._final_module.verify()
    library._finalize_final_module()


def _set_environments(library: Any) -> None:
    """Give the functions of a program the environments that were kept for them."""
    waiting = library._codegen._environments
    for variable in library._final_module.global_variables:
        if variable.name in waiting:
            library._codegen.set_env(variable.name, waiting.pop(variable.name))


def _defines(module: Any, name: str) -> bool:
    try:
        return not module.get_function(name).is_declaration
    except NameError:
        return False


def _keep_to_itself(module: Any) -> None:
    """Make linked functions a program's own: the loader looks for others elsewhere first, where there are none now."""
    for function in module.functions:
        linked = function.linkage.name == "linkonce_odr" and not function.is_declaration
        if linked and not function.name.startswith("NRT_"):
            function.linkage = "internal"


def _all_linked(library: Any) -> list[Any]:
    """Libraries that one needs, directly or through others; one that is made brings its own along.

    Callers come before what they call: LLVM links what is wanted already and leaves the rest.
    """
    seen: set[Any] = set()
    found: list[Any] = []

    def visit(linked: Any) -> None:
        seen.add(linked)
        for further in () if linked.made else reversed(linked._linking_libraries):
            if further not in seen:
                visit(further)
        found.append(linked)

    visit(library)
    return found[-2::-1]


def _wrap_what_python_calls() -> None:
    """Wrap functions for Python if they are kept in files or Python calls them, and no function for C."""
    from numba.core import dispatcher, lowering
    from numba.core.caching import NullCache

    calls: Any = dispatcher.Dispatcher
    lower: Any = lowering.Lower
    template, compile_for, add = calls.get_call_template, calls.compile, calls.add_overload
    wrap = lower.create_cpython_wrapper
    wanted = [True]

    @contextmanager
    def wrapped(whether: bool) -> Iterator[None]:
        wanted.append(whether)
        try:
            yield
        finally:
            wanted.pop()

    def get_call_template(self: Any, args: Any, kws: Any) -> Any:
        with wrapped(not isinstance(self._cache, NullCache)):
            return template(self, args, kws)

    def compile_overload(self: Any, sig: Any) -> Any:
        known = self.overloads.get(tuple(sig)) if isinstance(sig, tuple) else None
        if wanted[-1] and known is not None and not known.library.made:
            del self.overloads[tuple(sig)]  # Python wants it now
        return compile_for(self, sig)

    def add_overload(self: Any, result: Any) -> None:
        if result.library.made:
            add(self, result)
        else:  # Python must not find it
            self.overloads[tuple(result.signature.args)] = result

    def create_cpython_wrapper(self: Any, release_gil: bool = False) -> None:
        if wanted[-1]:
            wrap(self, release_gil)

    calls.get_call_template, calls.compile, calls.add_overload = get_call_template, compile_overload, add_overload
    lower.create_cpython_wrapper, lower.create_cfunc_wrapper = create_cpython_wrapper, lambda self: None


def _compare_flags_fast() -> None:
    """Numba compares the flags of compilations thousands of times, option by option."""
    from numba.core.targetconfig import TargetConfig

    config: Any = TargetConfig
    compare = config.__eq__

    of_class: Any = functools.cache(lambda config_class: hash(tuple(sorted(config_class.options))))

    def equal(self: Any, other: Any) -> Any:
        if self is other or (type(self) is type(other) and self._values == other._values):
            return True
        return compare(self, other)

    config.__eq__ = equal
    config.__hash__ = lambda self: of_class(type(self))
