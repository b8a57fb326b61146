// AdminService answers and HELLO from protobuf bytes, by way of protobuf-c.

import CHoldfastProto
import CProtobufC

extension PreloadResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__preload_response__unpack,
            holdfast__v1__preload_response__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__PreloadResponse) {
        self.init(
            outcome: PreloadOutcome(number: Int32(bitPattern: raw.outcome.rawValue)),
            replayed: raw.replayed != 0,
            productsAdded: Int(raw.products_added),
            productsUpdated: Int(raw.products_updated),
            purchasesSet: Int(raw.purchases_set),
            rejects: ProtobufReader.messages(raw.rejects, raw.n_rejects).map { PreloadReject($0) })
    }
}

extension AdjustStockResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__adjust_stock_response__unpack,
            holdfast__v1__adjust_stock_response__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__AdjustStockResponse) {
        self.init(
            outcome: AdjustStockOutcome(number: Int32(bitPattern: raw.outcome.rawValue)),
            total: Int(raw.total),
            available: Int(raw.available),
            held: Int(raw.held),
            sold: Int(raw.sold),
            replayed: raw.replayed != 0)
    }
}

extension SetSaleStateResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__set_sale_state_response__unpack,
            holdfast__v1__set_sale_state_response__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__SetSaleStateResponse) {
        self.init(
            outcome: SetStateOutcome(number: Int32(bitPattern: raw.outcome.rawValue)),
            state: SaleState(number: Int32(bitPattern: raw.state.rawValue)),
            replayed: raw.replayed != 0)
    }
}

extension SetProductStateResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__set_product_state_response__unpack,
            holdfast__v1__set_product_state_response__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__SetProductStateResponse) {
        self.init(
            outcome: SetStateOutcome(number: Int32(bitPattern: raw.outcome.rawValue)),
            state: ProductState(number: Int32(bitPattern: raw.state.rawValue)),
            replayed: raw.replayed != 0)
    }
}

extension ListSalesResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__list_sales_response__unpack,
            holdfast__v1__list_sales_response__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__ListSalesResponse) {
        self.init(
            sales: ProtobufReader.messages(raw.sales, raw.n_sales).map { SaleSummary($0) },
            nextPageToken: ProtobufReader.string(raw.next_page_token))
    }
}

extension GetServerInfoResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__get_server_info_response__unpack,
            holdfast__v1__get_server_info_response__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__GetServerInfoResponse) {
        self.init(
            hello: raw.hello.map { ServerHello($0.pointee) } ?? ServerHello(),
            uptimeMilliseconds: Int(raw.uptime_ms),
            shardCount: Int(raw.shard_count),
            reactorCount: Int(raw.reactor_count),
            connections: Int(raw.connections),
            sales: raw.sales,
            liveHolds: raw.live_holds,
            reservations: raw.reservations,
            buyers: raw.buyers,
            events: raw.events,
            engineBytes: raw.engine_bytes,
            calls: raw.calls,
            durability: ProtobufReader.string(raw.durability),
            journal: raw.journal.map { JournalInfo($0.pointee) } ?? JournalInfo(),
            snapshot: raw.snapshot.map { SnapshotInfo($0.pointee) } ?? SnapshotInfo(),
            admission: raw.admission.map { AdmissionInfo($0.pointee) } ?? AdmissionInfo(),
            expiry: raw.expiry.map { ExpiryInfo($0.pointee) } ?? ExpiryInfo())
    }
}

extension SnapshotResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__snapshot_response__unpack,
            holdfast__v1__snapshot_response__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__SnapshotResponse) {
        self.init(
            outcome: SnapshotOutcome(number: Int32(bitPattern: raw.outcome.rawValue)),
            targetLSN: raw.target_lsn,
            newest: raw.newest.map { SnapshotInfo($0.pointee) } ?? SnapshotInfo())
    }
}

extension ServerHello: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__hello__unpack, holdfast__v1__hello__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__Hello) {
        self.init(
            protocolVersion: ProtobufReader.string(raw.protocol),
            software: ProtobufReader.string(raw.software),
            instanceID: ProtobufReader.bytes(raw.instance_id),
            bootEpoch: raw.boot_epoch,
            role: ProtobufReader.string(raw.role),
            limits: raw.limits.map { ConnectionLimits($0.pointee) } ?? ConnectionLimits(),
            methods: ProtobufReader.messages(raw.methods, raw.n_methods).map { MethodInfo($0) },
            serverTimeMilliseconds: Int(raw.server_time_ms),
            unsafeSettings: ProtobufReader.strings(raw.unsafe_settings, raw.n_unsafe_settings),
            caller: ProtobufReader.string(raw.caller))
    }
}

extension PreloadReject {
    init(_ raw: Holdfast__V1__PreloadReject) {
        self.init(
            field: ProtobufReader.string(raw.field),
            description: ProtobufReader.string(raw.description))
    }
}

extension SaleSummary {
    init(_ raw: Holdfast__V1__SaleSummary) {
        self.init(
            saleID: ProtobufReader.string(raw.sale_id),
            name: ProtobufReader.string(raw.name),
            state: SaleState(number: Int32(bitPattern: raw.state.rawValue)),
            startsAtMilliseconds: Int(raw.starts_at_ms),
            endsAtMilliseconds: Int(raw.ends_at_ms),
            currency: ProtobufReader.string(raw.currency),
            holdMilliseconds: Int(raw.hold_ms),
            limitPerUser: Int(raw.limit_per_user),
            productCount: Int(raw.product_count),
            total: Int(raw.total),
            available: Int(raw.available),
            held: Int(raw.held),
            sold: Int(raw.sold),
            liveHolds: Int(raw.live_holds))
    }
}

extension JournalInfo {
    init(_ raw: Holdfast__V1__JournalInfo) {
        self.init(
            sync: ProtobufReader.string(raw.sync),
            appendedLSN: raw.appended_lsn,
            syncedLSN: raw.synced_lsn,
            groups: raw.groups,
            bytes: raw.bytes,
            syncs: raw.syncs,
            syncMicrosecondsTotal: raw.sync_microseconds_total,
            syncMicrosecondsMax: raw.sync_microseconds_max,
            segments: Int(raw.segments),
            readyBytes: raw.ready_bytes,
            hasRoom: raw.has_room != 0,
            backlogBytes: raw.backlog_bytes,
            generation: Int(raw.generation))
    }
}

extension ExpiryInfo {
    init(_ raw: Holdfast__V1__ExpiryInfo) {
        self.init(
            lapsed: raw.lapsed,
            bites: raw.bites,
            biteMicrosecondsTotal: raw.bite_microseconds_total,
            biteMicrosecondsMax: raw.bite_microseconds_max,
            turnMicrosecondsMax: raw.turn_microseconds_max,
            bytesAheadMax: raw.bytes_ahead_max)
    }
}

extension SnapshotInfo {
    init(_ raw: Holdfast__V1__SnapshotInfo) {
        self.init(
            lsn: raw.lsn,
            madeMilliseconds: Int(raw.made_ms),
            byteCount: raw.byte_count,
            durationMilliseconds: Int(raw.duration_ms),
            isRunning: raw.running != 0,
            lastError: ProtobufReader.string(raw.last_error),
            kept: Int(raw.kept))
    }
}

extension ConnectionLimits {
    init(_ raw: Holdfast__V1__Limits) {
        self.init(
            frameBytesMax: Int(raw.frame_bytes_max),
            callsInFlightMax: Int(raw.calls_in_flight_max),
            controlFramesPerSecondMax: Int(raw.control_frames_per_second_max),
            idleMilliseconds: Int(raw.idle_ms),
            defaultTimeoutMilliseconds: Int(raw.default_timeout_ms),
            linesMax: Int(raw.lines_max),
            holdMillisecondsMin: Int(raw.hold_ms_min),
            holdMillisecondsMax: Int(raw.hold_ms_max),
            connectionsMax: Int(raw.connections_max),
            connectionsPerAddressMax: Int(raw.connections_per_ip_max))
    }
}

extension MethodInfo {
    init(_ raw: Holdfast__V1__MethodInfo) {
        self.init(
            number: Int(raw.number),
            name: ProtobufReader.string(raw.name))
    }
}
