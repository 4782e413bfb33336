"""Four numbers side by side, as one value that compiled code can load, store and compute with.

LLVM's vector of four doubles: one instruction per operation on processors with AVX, two
on those with SSE2 or NEON alone. Every operation acts on each lane by itself and rounds
as that of a single double does, so that results are the same on every machine.

The compiler cannot find such vectors in plain loops over small arrays: it would have to
know that the arrays do not overlap.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import types
from numba.core.cgutils import get_or_insert_function
from numba.core.datamodel import PrimitiveModel, register_default
from numba.core.typing.templates import ConcreteTemplate, Signature, infer_global, signature
from numba.extending import intrinsic, lower_builtin

from tde.numerics.elementary import EXPONENT_BIAS, MANTISSA_BITS, ONE_BITS, ROUND_SHIFT, SQRT_HALF_BITS

WIDTH = 4

Result = TypeVar("Result")

Intrinsic = tuple[Signature, Callable]
"""What numba wants of an intrinsic: its signature, and a function that writes its code."""

_VECTOR = ir.VectorType(ir.DoubleType(), WIDTH)
_INTEGERS = ir.VectorType(ir.IntType(64), WIDTH)


def _same_integers(number: int) -> ir.Constant:
    return ir.Constant(_INTEGERS, [number] * WIDTH)


class Lanes(types.Type):
    """Numba's type of the four numbers."""

    def __init__(self) -> None:
        super().__init__(name="Lanes")

    if TYPE_CHECKING:  # the operators that `_define` teaches numba; Python itself never computes with lanes

        def __add__(self, other: Lanes) -> Lanes: ...
        def __radd__(self, other: float) -> Lanes: ...

        __sub__ = __mul__ = __truediv__ = __add__
        __rsub__ = __rmul__ = __rtruediv__ = __radd__


LANES = Lanes()


@register_default(Lanes)
class _Model(PrimitiveModel):
    def __init__(self, manager: object, numba_type: types.Type) -> None:
        super().__init__(manager, numba_type, _VECTOR)


def _spread(builder: ir.IRBuilder, number: ir.Value) -> ir.Value:
    """The number in every lane."""
    first = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH))


def _define(function: Callable, instruction: str) -> None:
    """Teach numba an arithmetic operator of two `Lanes`, or of a number and `Lanes`."""

    class _Signatures(ConcreteTemplate):
        cases = (
            signature(LANES, LANES, LANES),
            signature(LANES, types.float64, LANES),
        )

    infer_global(function)(_Signatures)

    @lower_builtin(function, LANES, LANES)
    def _both(context: Any, builder: ir.IRBuilder, sig: Signature, args: tuple[ir.Value, ...]) -> ir.Value:
        return getattr(builder, instruction)(*args)

    @lower_builtin(function, types.float64, LANES)
    def _number_first(context: Any, builder: ir.IRBuilder, sig: Signature, args: tuple[ir.Value, ...]) -> ir.Value:
        return getattr(builder, instruction)(_spread(builder, args[0]), args[1])


for _function, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _define(_function, _instruction)


def _gives(returns: type[Result]) -> Callable[[Callable[..., Intrinsic]], Callable[..., Result]]:
    """As numba's `intrinsic`, which declares the types that the compiler sees instead of those of the numbers."""

    def declare(function: Callable[..., Intrinsic]) -> Callable[..., Result]:
        return intrinsic(function)

    return declare


def _pointer(context: Any, builder: ir.IRBuilder, array_type: types.Array, array: ir.Value, k: ir.Value) -> ir.Value:
    """Address of lane 0 of the array's ``k``-th four numbers."""
    data = context.make_array(array_type)(context, builder, array).data
    start = builder.gep(data, [builder.mul(k, ir.Constant(k.type, WIDTH))])
    return builder.bitcast(start, _VECTOR.as_pointer())


@_gives(Lanes)
def load(typing_context: object, array: types.Type, k: types.Type) -> Intrinsic:
    """The ``k``-th four numbers of a contiguous array of doubles.

    Parameters
    ----------
    array : ndarray
    k : int
    """

    def code(context: Any, builder: ir.IRBuilder, sig: Signature, args: tuple[ir.Value, ...]) -> ir.Value:
        value = builder.load(_pointer(context, builder, sig.args[0], *args))
        value.align = 8
        return value

    return LANES(array, types.intp), code


@_gives(type(None))
def store(typing_context: object, array: types.Type, k: types.Type, lanes: types.Type) -> Intrinsic:
    """Put four numbers at the ``k``-th place of a contiguous array of doubles.

    Parameters
    ----------
    array : ndarray
    k : int
    lanes : Lanes
    """

    def code(context: Any, builder: ir.IRBuilder, sig: Signature, args: tuple[ir.Value, ...]) -> ir.Value:
        instruction = builder.store(args[2], _pointer(context, builder, sig.args[0], *args[:2]))
        instruction.align = 8
        return context.get_dummy_value()

    return types.void(array, types.intp, LANES), code


@_gives(Lanes)
def pack(typing_context: object, a: types.Type, b: types.Type, c: types.Type, d: types.Type) -> Intrinsic:
    """Four numbers as lanes.

    Parameters
    ----------
    a, b, c, d : float
    """

    def code(context: Any, builder: ir.IRBuilder, sig: Signature, args: tuple[ir.Value, ...]) -> ir.Value:
        value = ir.Constant(_VECTOR, ir.Undefined)
        for k in range(WIDTH):
            value = builder.insert_element(value, args[k], ir.Constant(ir.IntType(32), k))
        return value

    return LANES(*[types.float64] * WIDTH), code


@_gives(float)
def lane(typing_context: object, lanes: types.Type, k: types.Type) -> Intrinsic:
    """The number in lane ``k``.

    Parameters
    ----------
    lanes : Lanes
    k : int
    """

    def code(context: Any, builder: ir.IRBuilder, sig: Signature, args: tuple[ir.Value, ...]) -> ir.Value:
        return builder.extract_element(args[0], builder.trunc(args[1], ir.IntType(32)))

    return types.float64(LANES, types.intp), code


@_gives(Lanes)
def spread(typing_context: object, number: types.Type) -> Intrinsic:
    """The number in every lane."""

    def code(context: Any, builder: ir.IRBuilder, sig: Signature, args: tuple[ir.Value, ...]) -> ir.Value:
        return _spread(builder, args[0])

    return LANES(types.float64), code


@_gives(Lanes)
def positive(typing_context: object, lanes: types.Type) -> Intrinsic:
    """The lanes that are above zero, NaN in place of the others."""

    def code(context: Any, builder: ir.IRBuilder, sig: Signature, args: tuple[ir.Value, ...]) -> ir.Value:
        above = builder.fcmp_ordered(">", args[0], ir.Constant(_VECTOR, [0.0] * WIDTH))
        return builder.select(above, args[0], ir.Constant(_VECTOR, [math.nan] * WIDTH))

    return LANES(LANES), code


@_gives(Lanes)
def clip(typing_context: object, lanes: types.Type, low: types.Type, high: types.Type) -> Intrinsic:
    """The lanes, moved to the nearer bound where they are outside ``low``..``high``; NaN stays.

    Parameters
    ----------
    lanes : Lanes
    low, high : float
    """

    def code(context: Any, builder: ir.IRBuilder, sig: Signature, args: tuple[ir.Value, ...]) -> ir.Value:
        value, low, high = args[0], _spread(builder, args[1]), _spread(builder, args[2])
        value = builder.select(builder.fcmp_ordered("<", value, low), low, value)
        return builder.select(builder.fcmp_ordered(">", value, high), high, value)

    return LANES(LANES, types.float64, types.float64), code


@_gives(Lanes)
def inside(typing_context: object, lanes: types.Type, low: types.Type, high: types.Type) -> Intrinsic:
    """1 where ``low < lane < high``, else 0.

    Parameters
    ----------
    lanes : Lanes
    low, high : float
    """

    def code(context: Any, builder: ir.IRBuilder, sig: Signature, args: tuple[ir.Value, ...]) -> ir.Value:
        above = builder.fcmp_ordered(">", args[0], _spread(builder, args[1]))
        below = builder.fcmp_ordered("<", args[0], _spread(builder, args[2]))
        one, zero = (ir.Constant(_VECTOR, [number] * WIDTH) for number in (1.0, 0.0))
        return builder.select(builder.and_(above, below), one, zero)

    return LANES(LANES, types.float64, types.float64), code


@_gives(Lanes)
def square_root(typing_context: object, lanes: types.Type) -> Intrinsic:
    """Square root of every lane."""

    def code(context: Any, builder: ir.IRBuilder, sig: Signature, args: tuple[ir.Value, ...]) -> ir.Value:
        signature = ir.FunctionType(_VECTOR, [_VECTOR])
        return builder.call(get_or_insert_function(builder.module, signature, f"llvm.sqrt.v{WIDTH}f64"), args)

    return LANES(LANES), code


@_gives(Lanes)
def power_of_two(typing_context: object, shifted: types.Type) -> Intrinsic:
    """2 to the power k for lanes 1.5 * 2^52 + k, which hold the integer k in their lowest bits."""

    def code(context: Any, builder: ir.IRBuilder, sig: Signature, args: tuple[ir.Value, ...]) -> ir.Value:
        bits = builder.bitcast(args[0], _INTEGERS)
        bits = builder.shl(builder.add(bits, _same_integers(EXPONENT_BIAS)), _same_integers(MANTISSA_BITS))
        return builder.bitcast(bits, _VECTOR)

    return LANES(LANES), code


@_gives(tuple[Lanes, Lanes])
def split_exponent(typing_context: object, lanes: types.Type) -> Intrinsic:
    """(k, m) with lane = 2^k m and m in [sqrt(1/2), sqrt(2)), for lanes that are positive normal numbers."""

    def code(context: Any, builder: ir.IRBuilder, sig: Signature, args: tuple[ir.Value, ...]) -> ir.Value:
        bits = builder.bitcast(args[0], _INTEGERS)
        exponent = builder.add(bits, _same_integers(ONE_BITS - SQRT_HALF_BITS))
        exponent = builder.sub(builder.lshr(exponent, _same_integers(MANTISSA_BITS)), _same_integers(EXPONENT_BIAS))
        rest = builder.bitcast(builder.sub(bits, builder.shl(exponent, _same_integers(MANTISSA_BITS))), _VECTOR)
        # as in power_of_two, the other way round
        shift = ir.Constant(_VECTOR, [ROUND_SHIFT] * WIDTH)
        power = builder.bitcast(builder.add(exponent, builder.bitcast(shift, _INTEGERS)), _VECTOR)
        return context.make_tuple(builder, sig.return_type, [builder.fsub(power, shift), rest])

    return types.UniTuple(LANES, 2)(LANES), code


@njit(cache=True, error_model="numpy")
def padded(n: int) -> int:
    """Least multiple of four that is not below ``n``."""
    return -(-n // WIDTH) * WIDTH


@njit(error_model="numpy")
def add_to(sums: np.ndarray, place: int, lanes: Lanes) -> None:
    """Add four numbers to those at a place of an array.

    Parameters
    ----------
    sums : ndarray
    place : int
    lanes : Lanes
    """
    store(sums, place, load(sums, place) + lanes)


@njit(error_model="numpy")
def total(sums: np.ndarray, place: int) -> float:
    """Sum of the four numbers at a place of an array."""
    at = WIDTH * place
    return (sums[at] + sums[at + 1]) + (sums[at + 2] + sums[at + 3])


@njit(error_model="numpy")
def total_of(lanes: Lanes) -> float:
    """Sum of the four numbers."""
    return (lane(lanes, 0) + lane(lanes, 1)) + (lane(lanes, 2) + lane(lanes, 3))
