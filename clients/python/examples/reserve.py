#!/usr/bin/env python3
"""Quickstart: reserves one unit for a buyer and confirms it, against the server that `make run` started.

Run it from the folder in which `make run` was called:

    .build/venv/bin/python clients/python/examples/reserve.py
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from holdfast_client import (
    TLS,
    ClientInfo,
    ConfirmOutcome,
    HoldfastError,
    Outcome,
    ReserveOutcome,
    StockClient,
    new_request_id,
)


def main() -> int:
    parser = argparse.ArgumentParser(description="Reserves one unit and confirms it.")
    parser.add_argument("--endpoint", default="127.0.0.1:7443", help="host:port (default: %(default)s)")
    parser.add_argument("--certs", type=Path, default=Path("holdfast-dev/certs"), help="folder of holdfast init")
    parser.add_argument("--sale", default="sale-1")
    parser.add_argument("--product", default="sku-1")
    parser.add_argument("--user", default=f"user-{time.time_ns()}", help="the buyer (default: a new one)")
    options = parser.parse_args()
    certs: Path = options.certs
    tls = TLS(
        ca_file=str(certs / "ca.pem"),
        cert_file=str(certs / "gateway.pem"),
        key_file=str(certs / "gateway.key"),
    )

    with StockClient(options.endpoint, tls=tls) as stock:
        # A shop writes this id down with the order before it sends: whatever happens then, the same id
        # gets the same answer.
        request_id = new_request_id()
        held = stock.reserve(
            options.sale,
            options.user,
            {options.product: 1},
            request_id=request_id,
            client=ClientInfo(ip="203.0.113.7", device_id="device-1"),
            order_ref="order-1",
        )
        if held.outcome is not ReserveOutcome.RESERVED:
            print(f"no reservation for {options.user}: {held.outcome}")
            return 1
        line = held.lines[0]
        seconds = (held.deadline_ms - time.time() * 1000) / 1000
        print(f"reserved   {line.granted} x {line.product_id} for {options.user}, held for {seconds:.0f} s")
        print(f"           reservation {held.reservation_id}, {line.left} left")

        # The buyer pays.
        sold = stock.confirm(options.sale, held.reservation_id, payment_ref="payment-1")
        if sold.outcome is not ConfirmOutcome.CONFIRMED:
            print(f"not confirmed: {sold.outcome} because of {sold.cause}")
            return 1
        print(f"confirmed  {sold.lines[0].quantity} x {sold.lines[0].product_id} at {sold.lines[0].price_minor}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except FileNotFoundError as error:
        sys.exit(f"{error.filename} is not there: start the server with `make run` first")
    except HoldfastError as error:
        again = " It may have happened: ask again with the same request id." if error.outcome is Outcome.UNKNOWN else ""
        sys.exit(f"{error}{again}")
