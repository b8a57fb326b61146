import HoldfastClient
import HoldfastWire

/// Requests of this client made from protobuf JSON.
enum VectorRequests {
    static func encoded(_ request: some WireRequest) throws -> (Method, [UInt8]) {
        (type(of: request).method, try request.body())
    }

    static func request(_ message: String, _ body: Fields) -> (any WireRequest)? {
        switch message {
        case "ReserveRequest": self.reserve(body)
        case "ConfirmRequest":
            ConfirmRequest(
                saleID: body.text("sale_id"), target: self.target(body), lines: self.lines(body),
                paymentReference: body.text("payment_ref"))
        case "CancelRequest":
            CancelRequest(
                saleID: body.text("sale_id"), target: self.target(body),
                reason: CancelReason(name: body.text("reason")) ?? .unspecified)
        case "ExtendRequest":
            ExtendRequest(
                saleID: body.text("sale_id"), target: self.target(body),
                extendMilliseconds: body.number("extend_ms"))
        case "RefundRequest":
            RefundRequest(
                saleID: body.text("sale_id"),
                reservationID: ReservationID(body.text("reservation_id"))!,
                requestID: self.id(body, "request_id"), lines: self.lines(body),
                restock: body.flag("restock"), refundReference: body.text("refund_ref"))
        case "GetReservationRequest":
            GetReservationRequest(saleID: body.text("sale_id"), target: self.target(body))
        case "GetStockRequest":
            GetStockRequest(
                saleID: body.text("sale_id"),
                productIDs: body.json["product_ids"] as? [String] ?? [],
                userID: body.text("user_id"), pageSize: body.number("page_size"),
                pageToken: body.text("page_token"))
        case "CheckRiskRequest":
            CheckRiskRequest(
                saleID: body.text("sale_id"), userID: body.text("user_id"),
                lines: self.lines(body), client: self.client(body))
        case "AcquireLeaseRequest":
            AcquireLeaseRequest(
                target: self.leaseTarget(body), ownerToken: self.owner(body),
                ttlMilliseconds: body.number("ttl_ms"), waitMilliseconds: body.number("wait_ms"),
                holder: body.text("holder"))
        case "RenewLeaseRequest":
            RenewLeaseRequest(
                target: self.leaseTarget(body), ownerToken: self.owner(body),
                ttlMilliseconds: body.number("ttl_ms"))
        case "ReleaseLeaseRequest":
            body.flag("break_lease")
                ? ReleaseLeaseRequest(breaking: self.leaseTarget(body))
                : ReleaseLeaseRequest(
                    target: self.leaseTarget(body), ownerToken: self.owner(body))
        case "PingRequest": PingRequest(payload: body.bytes("payload"))
        case "PreloadRequest": self.preload(body)
        case "AdjustStockRequest":
            AdjustStockRequest(
                saleID: body.text("sale_id"), productID: body.text("product_id"),
                delta: body.number("delta"), requestID: self.id(body, "request_id"),
                validateOnly: body.flag("validate_only"), lease: self.proof(body))
        case "SetSaleStateRequest":
            SetSaleStateRequest(
                saleID: body.text("sale_id"), state: SaleState(name: body.text("state"))!,
                requestID: self.id(body, "request_id"), validateOnly: body.flag("validate_only"),
                lease: self.proof(body))
        case "SetProductStateRequest":
            SetProductStateRequest(
                saleID: body.text("sale_id"), productID: body.text("product_id"),
                state: ProductState(name: body.text("state"))!,
                requestID: self.id(body, "request_id"), validateOnly: body.flag("validate_only"),
                lease: self.proof(body))
        case "ListSalesRequest":
            ListSalesRequest(
                pageSize: body.number("page_size"), pageToken: body.text("page_token"))
        case "GetServerInfoRequest": GetServerInfoRequest()
        case "SnapshotRequest": SnapshotRequest()
        case "ReadRiskLogRequest":
            ReadRiskLogRequest(
                userID: body.text("user_id"), pageSize: body.number("page_size"),
                pageToken: body.text("page_token"))
        case "BlacklistAddRequest":
            BlacklistAddRequest(
                entries: body.list("entries").map {
                    BlacklistEntry(
                        self.blacklistValue($0), expiresAtMilliseconds: $0.number("expires_at_ms"),
                        reason: $0.text("reason"), source: $0.text("source"))
                }, requestID: self.id(body, "request_id"), confirmWide: body.flag("confirm_wide"),
                validateOnly: body.flag("validate_only"))
        case "BlacklistRemoveRequest":
            BlacklistRemoveRequest(
                targets: body.list("targets").map {
                    $0.has("id") ? .id($0.number("id")) : .value(self.blacklistValue($0))
                }, requestID: self.id(body, "request_id"),
                validateOnly: body.flag("validate_only"))
        case "BlacklistListRequest":
            BlacklistListRequest(
                pageSize: body.number("page_size"), pageToken: body.text("page_token"),
                kind: BlacklistKind(name: body.text("kind")) ?? .unspecified,
                userID: body.text("user_id"), deviceID: body.text("device_id"),
                address: body.text("address"), network: body.text("network"))
        default: nil
        }
    }

    private static func blacklistValue(_ body: Fields) -> BlacklistValue {
        if body.has("user_id") { return .user(body.text("user_id")) }
        if body.has("device_id") { return .device(body.text("device_id")) }
        return .network(body.text("network"))
    }

    private static func reserve(_ body: Fields) -> ReserveRequest {
        ReserveRequest(
            saleID: body.text("sale_id"), userID: body.text("user_id"), lines: self.lines(body),
            requestID: self.id(body, "request_id"), holdMilliseconds: body.number("hold_ms"),
            client: self.client(body), challengeSolution: body.text("challenge_solution"),
            allowPartial: body.flag("allow_partial"), orderReference: body.text("order_ref"))
    }

    private static func client(_ body: Fields) -> BuyerClient? {
        guard body.has("client") else { return nil }
        let client = body.fields("client")
        return BuyerClient(
            ip: client.text("ip"), deviceID: client.text("device_id"),
            accountCreatedMilliseconds: client.number("account_created_ms"),
            identity: client.text("identity"))
    }

    private static func preload(_ body: Fields) -> PreloadRequest {
        let sale = body.fields("sale")
        let commit = body.fields("commit")
        return PreloadRequest(
            importID: self.id(body, "import_id"), chunk: body.number("chunk"),
            sale: Sale(
                saleID: sale.text("sale_id"), name: sale.text("name"),
                state: SaleState(name: sale.text("state")) ?? .unspecified,
                startsAtMilliseconds: sale.number("starts_at_ms"),
                endsAtMilliseconds: sale.number("ends_at_ms"), currency: sale.text("currency"),
                holdMilliseconds: sale.number("hold_ms"),
                limitPerUser: sale.number("limit_per_user"),
                products: sale.list("products").map {
                    Product(
                        productID: $0.text("product_id"), total: $0.number("total"),
                        name: $0.text("name"), priceMinor: $0.number("price_minor"),
                        limitPerUser: $0.number("limit_per_user"),
                        state: ProductState(name: $0.text("state")) ?? .unspecified)
                },
                purchases: sale.list("purchases").map {
                    Purchase(
                        userID: $0.text("user_id"), productID: $0.text("product_id"),
                        quantity: $0.number("quantity"), orderReference: $0.text("order_ref"))
                }),
            commit: body.has("commit")
                ? PreloadCommit(
                    chunkCount: commit.number("chunk_count"),
                    productCount: commit.number("product_count"),
                    purchaseCount: commit.number("purchase_count"),
                    checksum: commit.number("checksum")) : nil,
            validateOnly: body.flag("validate_only"), lease: self.proof(body))
    }

    private static func leaseTarget(_ body: Fields) -> LeaseTarget {
        body.has("name") ? .name(body.text("name")) : .sale(body.text("sale_id"))
    }

    private static func owner(_ body: Fields) -> OwnerToken {
        OwnerToken(bytes: body.bytes("owner_token"))!
    }

    private static func proof(_ body: Fields) -> LeaseProof? {
        guard body.has("lease") else { return nil }
        let lease = body.fields("lease")
        return LeaseProof(
            ownerToken: self.owner(lease), fencingToken: UInt64(lease.text("fencing_token"))!)
    }

    private static func lines(_ body: Fields) -> [StockLine] {
        body.list("lines").map {
            StockLine(productID: $0.text("product_id"), quantity: $0.number("quantity"))
        }
    }

    private static func id(_ body: Fields, _ name: String) -> RequestID {
        RequestID(bytes: body.bytes(name))!
    }

    private static func target(_ body: Fields) -> ReservationTarget {
        body.has("reservation_id")
            ? .reservation(ReservationID(body.text("reservation_id"))!)
            : .request(self.id(body, "request_id"))
    }
}
