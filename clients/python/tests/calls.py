"""The calls that several tests make, and what they check of them."""

from __future__ import annotations

from typing import Any, Callable

import pytest

from holdfast_client import ClientInfo, HoldfastError
from holdfast_client._proto.holdfast.v1 import stock_pb2

#: What a machine with two busy cores may add to a time that is checked.
SLACK_SECONDS = 1.5
KEY = bytes(range(1, 17))


def reserve(client: Any, **options: Any) -> Any:
    options.setdefault("client", ClientInfo(ip="203.0.113.7"))
    return client.reserve("sale-1", "user-1", {"sku-1": 1}, request_id=KEY, **options)


def reserved(**fields: Any) -> stock_pb2.ReserveResponse:
    return stock_pb2.ReserveResponse(outcome=stock_pb2.RESERVE_OUTCOME_RESERVED, reservation_id=7, **fields)


def failure(call: Callable[[], Any]) -> HoldfastError:
    with pytest.raises(HoldfastError) as caught:
        call()
    return caught.value
