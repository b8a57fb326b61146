import HoldfastEngine
import HoldfastWire
import Testing

@Suite struct StatusAndFrameTests {
    /// Every Refusal with its code, its stable reason and its retry.
    @Test(
        arguments: [
            (Refusal.requestIDReused, RPCCode.failedPrecondition, "REQUEST_ID_REUSED", 0),
            (.importIDReused, .failedPrecondition, "IMPORT_ID_REUSED", 0),
            (.confirmMismatch, .failedPrecondition, "CONFIRM_MISMATCH", 0),
            (.saleSealed, .failedPrecondition, "SALE_SEALED", 0),
            (.expiryBacklog, .resourceExhausted, "EXPIRY_BACKLOG", 5),
            (.tombstonesFull, .resourceExhausted, "TOMBSTONES_FULL", 0),
            (.memoryFull, .unavailable, "MEMORY_FULL", 1_000),
            (.storageFull, .unavailable, "STORAGE_FULL", 1_000),
            (.confirmLinesInvalid, .invalidArgument, "CONFIRM_LINES_INVALID", 0),
            (.refundLinesInvalid, .invalidArgument, "REFUND_LINES_INVALID", 0),
            (.totalTooLarge, .invalidArgument, "TOTAL_TOO_LARGE", 0),
            (.importOutOfOrder, .failedPrecondition, "IMPORT_OUT_OF_ORDER", 0),
            (.importMismatch, .failedPrecondition, "IMPORT_MISMATCH", 0),
            (.importTooLarge, .resourceExhausted, "IMPORT_TOO_LARGE", 0),
            (.fenced, .failedPrecondition, "FENCED", 0),
            (.leaseQueueFull, .resourceExhausted, "LEASE_QUEUE_FULL", 1_000),
            (.blacklistFull, .resourceExhausted, "BLACKLIST_FULL", 0),
        ] as [(Refusal, RPCCode, String, UInt32)])
    func refusalsKeepTheirCodesAndReasons(
        _ refusal: Refusal, _ code: RPCCode, _ reason: String, _ retry: UInt32
    ) throws {
        var arena = Arena(initialBytes: 4_096, callBytesMax: 4_096)
        let answer = Answer(Answers.frame(.refused(refusal), callID: 4, &arena))
        #expect(answer.header.methodOrCode == code.rawValue)
        #expect(answer.header.timeoutOrRetryMilliseconds == retry)
        #expect(answer.header.callID == 4)
        let text = try #require(ProtoText.render(answer.body, AllDescriptors.byName["Status"]!))
        #expect(text.contains("reason: \"\(reason)\""))
        #expect(text.hasPrefix("message: \""))
    }

    @Test func everyRefusalIsInTheTableAbove() {
        // Raw values are dense: one behind the last is none.
        #expect(Refusal.blacklistFull.rawValue == 16)
        #expect(Refusal(rawValue: 17) == nil)
    }

    @Test func aStatusCarriesMetadataAndViolations() {
        let status = Status(
            code: .invalidArgument, reason: "R", message: "m",
            metadata: [("k", "v"), ("k2", "v2")],
            violations: [(field: "a", description: "d"), (field: "b[1]", description: "é")],
            retryMilliseconds: 7)
        var arena = Arena(initialBytes: 4_096, callBytesMax: 4_096)
        let frame = Answers.guarded(ResponseEncoder.byteCountMax(for: status)) {
            ResponseEncoder.encode(status: status, callID: 2, to: $0, arena: &arena)
        }
        let answer = Answer(frame)
        #expect(answer.header.methodOrCode == 3 && answer.header.timeoutOrRetryMilliseconds == 7)
        #expect(
            ProtoText.render(answer.body, AllDescriptors.byName["Status"]!) == """
                message: "m" reason: "R" metadata { key: "k" value: "v" } \
                metadata { key: "k2" value: "v2" } field_violations { field: "a" \
                description: "d" } field_violations { field: "b[1]" description: "é" }
                """)
    }

    @Test func pingAndPongGiveThePayloadBack() {
        let payload = [UInt8](repeating: 0xAB, count: 64)
        let ping = payload.withUnsafeBufferPointer { payload in
            Answers.guarded(ResponseEncoder.pingBytesMax) {
                ResponseEncoder.ping(
                    payload: ByteView(base: payload.baseAddress!, count: 64),
                    serverTimeMilliseconds: .max, callID: 8, to: $0)
            }
        }
        let text = ProtoText.render(Answer(ping).body, AllDescriptors.byName["PingResponse"]!)
        #expect(text == "payload: 0x\(Hex.text(payload)) server_time_ms: \(Int64.max)")
        for count in [0, 1, 64] {
            let pong = payload.prefix(count).withUnsafeBytes { payload in
                Answers.guarded(ResponseEncoder.pingBytesMax) {
                    ResponseEncoder.pong(payload: payload, to: $0)
                }
            }
            let answer = Answer(pong)
            #expect(answer.header.kind == 7 && answer.header.callID == 0)
            let text = ProtoText.render(answer.body, AllDescriptors.byName["PingFrame"]!)
            #expect(text == (count == 0 ? "" : "payload: 0x\(Hex.text(payload.prefix(count)))"))
        }
    }

    @Test func helloGoawayAndServerInfoCarryTheirFields() {
        var limits = HelloLimits()
        limits.connectionsPerIPMax = 3
        let hello = HelloInfo(
            software: "holdfast 0.1.0", instanceID: goodRequestID, bootEpoch: 2, role: "gateway",
            limits: limits, methods: [.reserve, .getServerInfo], serverTimeMilliseconds: 5,
            unsafeSettings: ["stock.anonymous_role", "x"], caller: "shop")
        let body = """
            protocol: "holdfast/1" software: "holdfast 0.1.0" \
            instance_id: 0x0102030405060708090a0b0c0d0e0f10 boot_epoch: 2 role: "gateway" \
            limits { frame_bytes_max: 65536 calls_in_flight_max: 1024 \
            control_frames_per_second_max: 10 idle_ms: 60000 default_timeout_ms: 1000 \
            lines_max: 16 hold_ms_min: 1000 hold_ms_max: 14400000 connections_max: 10000 \
            connections_per_ip_max: 3 } methods { number: 1 name: "StockService/Reserve" } \
            methods { number: 82 name: "AdminService/GetServerInfo" } server_time_ms: 5 \
            unsafe_settings: "stock.anonymous_role" unsafe_settings: "x" caller: "shop"
            """
        let frame = Answer(ResponseEncoder.hello(hello))
        #expect(frame.header.kind == 1 && frame.header.callID == 0)
        #expect(ProtoText.render(frame.body, AllDescriptors.byName["Hello"]!) == body)

        let goaway = Answer(
            ResponseEncoder.goaway(reason: "DRAINING", graceMilliseconds: 5_000, message: "bye"))
        #expect(goaway.header.kind == 8)
        #expect(
            ProtoText.render(goaway.body, AllDescriptors.byName["Goaway"]!)
                == "reason: \"DRAINING\" grace_ms: 5000 message: \"bye\"")

        var info = ServerInfo(hello: hello, durability: "memory")
        info.uptimeMilliseconds = 1
        info.shardCount = 2
        info.reactorCount = 3
        info.connections = 4
        info.sales = 5
        info.liveHolds = 6
        info.reservations = 7
        info.buyers = 8
        info.events = 9
        info.engineBytes = 10
        info.calls = 11
        let answer = Answer(ResponseEncoder.serverInfo(info, callID: 12))
        #expect(answer.header.kind == 3 && answer.header.callID == 12)
        #expect(
            ProtoText.render(answer.body, AllDescriptors.byName["GetServerInfoResponse"]!) == """
                hello { \(body) } uptime_ms: 1 shard_count: 2 reactor_count: 3 connections: 4 \
                sales: 5 live_holds: 6 reservations: 7 buyers: 8 events: 9 engine_bytes: 10 \
                calls: 11 durability: "memory" journal { sync: "memory" has_room: true }
                """)
    }
}
