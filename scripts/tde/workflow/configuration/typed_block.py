"""What all blocks of config.yaml have in common, and the kinds of values that pydantic lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import NoneType
from typing import Annotated, Any, ClassVar, NamedTuple, Self, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

CONTRADICTION = "contradiction"
"""Type of the error that `Block.contradictions` leads to; its context holds them as ``found``."""

Entry = TypeVar("Entry")


class Contradiction(NamedTuple):
    """Values that are each fine, but not together.

    Attributes
    ----------
    key : str
        Where in the block, dotted.
    words : str
        What was found and what is allowed.
    """

    key: str
    words: str


class Block(BaseModel):
    """A block of config.yaml: known keys only, nothing converted, nothing changed afterwards.

    The docstring of a subclass is the block's description in the documentation.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    example: ClassVar[str] = ""
    """A few lines of YAML for the documentation, as a file laid over config.yaml."""

    fill_in: ClassVar[bool] = True
    """Whether keys that are left out are written down with their defaults for the jobs."""

    def contradictions(self) -> Iterator[Contradiction]:
        """What is wrong between the keys of the block."""
        yield from ()

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Add the example."""
        written = handler(schema)
        if cls.example:
            handler.resolve_ref_schema(written)["examples"] = [cls.example]
        return written

    @model_validator(mode="after")
    def _refuse_contradictions(self) -> Self:
        found = list(self.contradictions())
        if found:
            raise PydanticCustomError(CONTRADICTION, "keys contradict each other", {"found": found})
        return self


class OneOf:
    """As ``Annotated[str, OneOf(names)]``: text that is one of some names."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = list(names)

    def __get_pydantic_core_schema__(self, source: type, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Tell pydantic the names."""
        return core_schema.literal_schema(self.names)


class IfGiven:
    """As ``Annotated[Kind | None, IfGiven()]``, default None: the key may be left out, but not be null."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let pydantic forget the None."""
        (kind,) = (kind for kind in get_args(source) if kind is not NoneType)
        return handler.generate_schema(kind)


def _each_once(entries: list[Any]) -> list[Any]:
    if any(entry in entries[:k] for k, entry in enumerate(entries)):
        raise PydanticCustomError("repeated", "an entry is repeated")
    return entries


def _one_error(value: Any, check: Callable[[Any], Any]) -> Any:
    try:
        return check(value)
    except ValidationError as error:
        raise PydanticCustomError("alternatives", "none of the alternatives") from error


EITHER = WrapValidator(_one_error)
"""For a union of kinds: one message for a value that is none of them, instead of one for each kind."""

EachOnce = Annotated[list[Entry], AfterValidator(_each_once), Field(json_schema_extra={"uniqueItems": True})]
"""A list without repetitions."""

Names = Annotated[EachOnce[str], Field(min_length=1)]
"""One name or more, each once."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
"""Name of a model or a blend; it becomes part of file names."""

Seed = Annotated[int, Field(ge=0)]

Parameters = Annotated[dict[str, Any], WithJsonSchema({"type": "object"})]
"""Settings of a library, which checks their names and values itself."""
