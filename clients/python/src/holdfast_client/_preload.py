"""Cuts a sale into the numbered chunks of an import."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Iterator, List, Tuple

from .admin_types import PreloadCommit, Product, Purchase, Sale

#: Bytes that the rows of one chunk may take, so that a chunk stays far below the 1 MiB of a frame.
CHUNK_BYTES_MAX = 256 * 1024
#: What a row's numbers, tags and lengths take at most, beside its texts.
ROW_BYTES = 96


def chunks(sale: Sale) -> List[Tuple[Sale, "PreloadCommit | None"]]:
    """The chunks of `sale`; the first carries its configuration, the last one the commit."""
    parts = list(_parts(sale))
    commit = PreloadCommit(
        chunk_count=len(parts),
        product_count=len(sale.products),
        purchase_count=len(sale.purchases),
        checksum=checksum(sale),
    )
    made: List[Tuple[Sale, "PreloadCommit | None"]] = []
    for number, (products, purchases) in enumerate(parts):
        base = sale if number == 0 else Sale(sale_id=sale.sale_id)
        made.append(
            (
                replace(base, products=tuple(products), purchases=tuple(purchases)),
                commit if number == len(parts) - 1 else None,
            )
        )
    return made


def checksum(sale: Sale) -> int:
    """CRC-32 of the rows' canonical text (docs/PROTOCOL.md): one line a row, tabs between the values."""
    value = 0
    for product in sale.products:
        numbers = (product.total, product.price_minor, product.limit_per_user, int(product.state))
        line = "\t".join(("P", product.product_id, *map(str, numbers)))
        value = zlib.crc32(line.encode() + b"\n", value)
    for purchase in sale.purchases:
        line = "\t".join(
            ("B", purchase.user_id, purchase.product_id, str(purchase.quantity), purchase.order_ref)
        )
        value = zlib.crc32(line.encode() + b"\n", value)
    return value


def _parts(sale: Sale) -> Iterator[Tuple[List[Product], List[Purchase]]]:
    products: List[Product] = []
    purchases: List[Purchase] = []
    byte_count = 0
    for row in (*sale.products, *sale.purchases):
        texts = (row.product_id, row.name) if isinstance(row, Product) else (row.user_id, row.product_id, row.order_ref)
        row_bytes = ROW_BYTES + sum(len(text.encode()) for text in texts)
        if byte_count + row_bytes > CHUNK_BYTES_MAX and byte_count:
            yield products, purchases
            products, purchases, byte_count = [], [], 0
        byte_count += row_bytes
        if isinstance(row, Product):
            products.append(row)
        else:
            purchases.append(row)
    yield products, purchases
