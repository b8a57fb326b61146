"""Values on their way in and out: ids, endpoints, lines, enums, dataclasses, errors."""

from __future__ import annotations

import dataclasses
import enum
import pickle
import time
import typing
import uuid
import zlib

import pytest
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

import holdfast_client
from holdfast_client import (
    TLS,
    Code,
    ConnectError,
    FieldViolation,
    Line,
    Outcome,
    Product,
    ProductState,
    Purchase,
    RejectedError,
    ReserveOutcome,
    Sale,
    SaleState,
    StockClient,
    admin_types,
    guard_types,
    new_request_id,
    types,
)
from holdfast_client import enums as enums_module
from holdfast_client._convert import fill, from_message, proto_lines
from holdfast_client._dial import Endpoint
from holdfast_client._preload import checksum, chunks
from holdfast_client._proto.holdfast.v1 import admin_pb2, common_pb2, stock_pb2
from holdfast_client.ids import as_request_id

MODULES = (common_pb2, stock_pb2, admin_pb2)
DATACLASSES = [
    value
    for module in (types, admin_types, guard_types)
    for value in vars(module).values()
    if dataclasses.is_dataclass(value) and value.__module__ == module.__name__
]
ENUMS = [
    value
    for value in vars(enums_module).values()
    if isinstance(value, type) and issubclass(value, enums_module.ProtoEnum) and value is not enums_module.ProtoEnum
]


def descriptor_of(name: str) -> typing.Any:
    for module in MODULES:
        found = module.DESCRIPTOR.message_types_by_name.get(name) or module.DESCRIPTOR.enum_types_by_name.get(name)
        if found is not None:
            return found
    raise AssertionError(f"no message or enum {name}")


@pytest.mark.parametrize("kind", DATACLASSES, ids=lambda kind: kind.__name__)
def test_dataclass_has_the_fields_of_its_message(kind: type) -> None:
    descriptor = descriptor_of("Client" if kind is types.ClientInfo else kind.__name__)
    written = descriptor_pb2.DescriptorProto()
    descriptor.CopyToProto(written)
    repeats = {field.name for field in written.field if field.label == field.LABEL_REPEATED}
    hints = typing.get_type_hints(kind)
    assert [field.name for field in dataclasses.fields(kind)] == [field.name for field in descriptor.fields]
    for field in descriptor.fields:
        hint = hints[field.name]
        repeated = typing.get_origin(hint) is tuple
        item = typing.get_args(hint)[0] if repeated else hint
        assert repeated == (field.name in repeats), field.name
        if field.message_type is not None:
            assert item.__name__ == field.message_type.name
        elif field.enum_type is not None:
            assert item.__name__ == field.enum_type.name
        else:
            scalar = {FieldDescriptor.CPPTYPE_STRING: str, FieldDescriptor.CPPTYPE_BOOL: bool}
            wanted = bytes if field.type == FieldDescriptor.TYPE_BYTES else scalar.get(field.cpp_type, int)
            assert item is wanted, field.name


@pytest.mark.parametrize("kind", ENUMS, ids=lambda kind: kind.__name__)
def test_enum_has_the_values_of_the_protocol(kind: "type[enum.IntEnum]") -> None:
    descriptor: EnumDescriptor = descriptor_of(kind.__name__)
    prefix = "".join("_" + c if c.isupper() and i else c for i, c in enumerate(kind.__name__)).upper() + "_"
    assert {prefix + member.name: member.value for member in kind} == {
        value.name: value.number for value in descriptor.values
    }


def test_every_response_and_every_name_of_the_package_is_exported() -> None:
    for name in holdfast_client.__all__:
        assert hasattr(holdfast_client, name)
    for kind in (*DATACLASSES, *ENUMS):
        assert kind.__name__ in holdfast_client.__all__


def test_enum_prints_its_name_and_keeps_values_of_newer_servers() -> None:
    assert str(ReserveOutcome.SOLD_OUT) == f"{ReserveOutcome.SOLD_OUT}" == "SOLD_OUT"
    assert f"{ReserveOutcome.SOLD_OUT:>10}" == "  SOLD_OUT"
    newer = from_message(types.ReserveResponse, stock_pb2.ReserveResponse(outcome=77)).outcome
    assert str(newer) == "UNKNOWN_77" and newer == 77 and newer is not ReserveOutcome.RESERVED


def test_message_becomes_a_dataclass_with_all_its_values() -> None:
    message = stock_pb2.ReserveResponse(
        outcome=1,
        reservation_id=2**64 - 1,
        lines=[stock_pb2.ReservedLine(product_id="é", granted=2, outcome=12)],
        replayed=True,
        state=1,
    )
    answer = from_message(types.ReserveResponse, message)
    assert answer.outcome is ReserveOutcome.RESERVED and answer.reservation_id == 2**64 - 1 and answer.replayed
    assert answer.lines == (types.ReservedLine(product_id="é", granted=2, outcome=ReserveOutcome.SOLD_OUT),)
    with pytest.raises(dataclasses.FrozenInstanceError):
        answer.replayed = False  # type: ignore[misc]


def test_sale_goes_over_the_wire_and_comes_back() -> None:
    sale = Sale(
        sale_id="sale-1",
        state=SaleState.PAUSED,
        ends_at_ms=5,
        currency="CNY",
        products=(Product("sku-1", "One", 10, 100, 1), Product("sku-2", total=3)),
        purchases=(Purchase("user-1", "sku-1", 1, "order-1"),),
    )
    message = admin_pb2.Sale()
    fill(message, sale)
    assert from_message(Sale, admin_pb2.Sale.FromString(message.SerializeToString())) == sale


@pytest.mark.parametrize(
    "lines", [{"a": 1, "b": 2}, [Line("a", 1), Line("b", 2)], (("a", 1), Line("b", 2)), iter([("a", 1), ("b", 2)])]
)
def test_lines_may_be_written_in_several_ways(lines: typing.Any) -> None:
    assert [(line.product_id, line.quantity) for line in proto_lines(lines)] == [("a", 1), ("b", 2)]


def test_request_ids_are_version_7_and_grow_with_time() -> None:
    before = time.time_ns() // 1_000_000
    first = new_request_id()
    time.sleep(0.002)
    second = new_request_id()
    parsed = uuid.UUID(bytes=first)
    assert parsed.version == 7 and parsed.variant == uuid.RFC_4122
    assert before <= int.from_bytes(first[:6], "big") <= time.time_ns() // 1_000_000
    assert first < second
    assert len({new_request_id() for _ in range(10_000)}) == 10_000


def test_request_id_may_be_bytes_or_a_uuid() -> None:
    made = uuid.uuid4()
    assert as_request_id(made) == as_request_id(made.bytes) == as_request_id(bytearray(made.bytes)) == made.bytes


@pytest.mark.parametrize("value, kind", [(b"short", ValueError), (bytes(16), ValueError), ("x" * 16, TypeError)])
def test_request_id_of_the_wrong_shape_is_refused(value: typing.Any, kind: "type[Exception]") -> None:
    with pytest.raises(kind):
        as_request_id(value)


@pytest.mark.parametrize(
    "text, endpoint",
    [
        ("shop.example", ("shop.example", 7443)),
        ("shop.example:1", ("shop.example", 1)),
        ("127.0.0.1:65535", ("127.0.0.1", 65535)),
        ("[::1]", ("::1", 7443)),
        ("[::1]:9", ("::1", 9)),
        ("::1", ("::1", 7443)),
    ],
)
def test_endpoint_is_read(text: str, endpoint: "tuple[str, int]") -> None:
    assert Endpoint.parse(text, 7443) == endpoint


@pytest.mark.parametrize("text", ["", ":1", "host:", "host:0", "host:65536", "host:x", "[::1", "[::1]x", "host:-1"])
def test_endpoint_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Endpoint.parse(text, 7443)


@pytest.mark.parametrize("setting", ["timeout", "connect_timeout", "silence_timeout"])
@pytest.mark.parametrize("value", [0, -1, float("inf"), float("nan")])
def test_times_that_make_no_sense_are_refused(tls: TLS, setting: str, value: float) -> None:
    with pytest.raises(ValueError, match=setting):
        StockClient("127.0.0.1:1", tls=tls, **{setting: value})


def test_reservation_is_named_by_exactly_one_id(tls: TLS) -> None:
    with StockClient("127.0.0.1:1", tls=tls) as client:
        for call in (client.confirm, client.cancel, client.extend, client.get_reservation):
            with pytest.raises(TypeError, match="exactly one"):
                call("sale-1")
            with pytest.raises(TypeError, match="exactly one"):
                call("sale-1", 7, request_id=new_request_id())


def test_errors_survive_pickling_with_all_they_know() -> None:
    rejected = RejectedError(
        "too fast",
        outcome=Outcome.REJECTED,
        code=Code.RESOURCE_EXHAUSTED,
        reason="RATE_LIMITED",
        field_violations=[FieldViolation("a", "b")],
        retry_after_ms=5,
        request_id=b"1" * 16,
    )
    refused = ConnectError("nobody", phase="tcp", hint="Start it", endpoint="h:1")
    for error in (rejected, refused):
        copied = pickle.loads(pickle.dumps(error))
        assert type(copied) is type(error) and str(copied) == str(error) and vars(copied) == vars(error)


def test_import_is_cut_into_chunks_that_add_up() -> None:
    sale = Sale(
        sale_id="sale-1",
        name="Big",
        ends_at_ms=5,
        currency="CNY",
        products=tuple(Product(f"sku-{number}", "n" * 100, number, 5, 1) for number in range(3000)),
        purchases=tuple(Purchase(f"user-{number}", "sku-1", 1, "o" * 64) for number in range(3000)),
    )
    parts = chunks(sale)
    assert len(parts) > 2
    assert parts[0][0].name == "Big" and all(part.name == "" for part, _ in parts[1:])
    assert all(part.sale_id == "sale-1" for part, _ in parts)
    assert tuple(row for part, _ in parts for row in part.products) == sale.products
    assert tuple(row for part, _ in parts for row in part.purchases) == sale.purchases
    assert [commit for _, commit in parts[:-1]] == [None] * (len(parts) - 1)
    commit = parts[-1][1]
    assert commit is not None and (commit.chunk_count, commit.product_count, commit.purchase_count) == (
        len(parts),
        3000,
        3000,
    )
    for part, _ in parts:
        message = admin_pb2.PreloadRequest()
        fill(message.sale, part)
        assert message.ByteSize() < 512 * 1024


def test_checksum_of_an_import_is_that_of_the_canonical_text() -> None:
    sale = Sale(
        products=(Product("é", "not part of it", 10, 100, 1, ProductState.PAUSED), Product("b")),
        purchases=(Purchase("user-1", "é", 2, "order-1"), Purchase("user-2", "b", 1)),
    )
    text = "P\té\t10\t100\t1\t2\nP\tb\t0\t0\t0\t0\nB\tuser-1\té\t2\torder-1\nB\tuser-2\tb\t1\t\n"
    assert checksum(sale) == zlib.crc32(text.encode())


def test_sale_without_rows_is_one_chunk() -> None:
    ((part, commit),) = chunks(Sale(sale_id="sale-1"))
    assert part.sale_id == "sale-1" and commit is not None and commit.chunk_count == 1 and commit.checksum == 0
