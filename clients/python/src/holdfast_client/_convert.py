"""Between protobuf messages and the dataclasses of `types`, by field names alone."""

from __future__ import annotations

import dataclasses
import enum
import typing
from typing import Any, Callable, Dict, Iterable, List, Mapping, Tuple, Type, TypeVar, Union

from google.protobuf.message import Message

from ._proto.holdfast.v1 import common_pb2
from .types import Line

T = TypeVar("T")
#: How a caller may write lines: `{"sku-1": 2}`, `[Line("sku-1", 2)]` or `[("sku-1", 2)]`.
Lines = Union[Mapping[str, int], Iterable[Union[Line, Tuple[str, int]]]]

_readers: Dict[type, List[Tuple[str, Callable[[Any], Any]]]] = {}


def from_message(kind: Type[T], message: Message) -> T:
    """The dataclass `kind` with the values of `message`."""
    readers = _readers.get(kind)
    if readers is None:
        hints = typing.get_type_hints(kind)
        readers = [(field.name, _reader(hints[field.name])) for field in dataclasses.fields(kind)]  # type: ignore
        _readers[kind] = readers
    return kind(**{name: read(getattr(message, name)) for name, read in readers})


def _reader(hint: Any) -> Callable[[Any], Any]:
    if typing.get_origin(hint) is tuple:
        item = _reader(typing.get_args(hint)[0])
        return lambda values: tuple(item(value) for value in values)
    if dataclasses.is_dataclass(hint):
        return lambda value: from_message(hint, value)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return hint
    return lambda value: value


def fill(message: Message, value: Any) -> None:
    """Sets the fields of `message` from a dataclass with the same names."""
    for field in dataclasses.fields(value):
        given = getattr(value, field.name)
        if isinstance(given, (tuple, list)):
            repeated = getattr(message, field.name)
            for item in given:
                if dataclasses.is_dataclass(item):
                    fill(repeated.add(), item)
                else:
                    repeated.append(item)
        elif dataclasses.is_dataclass(given):
            fill(getattr(message, field.name), given)
        else:
            setattr(message, field.name, int(given) if isinstance(given, enum.Enum) else given)


def proto_lines(lines: Lines) -> List[common_pb2.Line]:
    """Lines as messages, however the caller wrote them."""
    pairs = lines.items() if isinstance(lines, Mapping) else lines
    made = []
    for entry in pairs:
        product_id, quantity = (entry.product_id, entry.quantity) if isinstance(entry, Line) else entry
        made.append(common_pb2.Line(product_id=product_id, quantity=quantity))
    return made
