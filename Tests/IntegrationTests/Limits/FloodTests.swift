import HoldfastClient
import HoldfastTransport
import HoldfastWire
import Testing

extension UnderFire {
    @Suite("Floods")
    struct Floods {
        @Test("ten PINGs a second are answered; the eleventh ends the connection with its reason")
        func pings() throws {
            let server = try limitedServer()
            let peer = try LimitPeer(server)
            let start = BootClock.nowNanoseconds()
            let ping = LimitPeer.frame(.ping)
            try peer.send((0..<10).flatMap { _ in ping })
            #expect(try peer.frames(10).allSatisfy { $0.kind == .pong })
            try peer.send((0..<2_000).flatMap { _ in ping })
            let farewell = try peer.farewell(since: start)
            #expect(farewell.frames.last?.kind == .goaway)
            #expect(farewell.frames.last?.says("CONTROL_FLOOD") == true)
            #expect(farewell.frames.count <= 11, "no PONG beyond the limit")
            #expect(farewell.isClean)
        }

        @Test("CANCEL_CALL for calls that never were counts as a control frame")
        func cancels() throws {
            let server = try limitedServer()
            let peer = try LimitPeer(server)
            let cancels = (1...500).flatMap { LimitPeer.frame(.cancelCall, callID: $0) }
            try peer.send(cancels)
            let farewell = try peer.farewell(since: BootClock.nowNanoseconds())
            #expect(farewell.frames.last?.says("CONTROL_FLOOD") == true)
        }

        @Test("ten KeyUpdates a second are obeyed, more end the connection")
        func keyUpdates() throws {
            let server = try limitedServer()
            let modest = try LimitPeer(server)
            for _ in 0..<9 {
                #expect(modest.updateKeys())
                try modest.send(modest.call(.ping))
                #expect(try modest.frame().code == 0)
            }
            let peer = try LimitPeer(server)
            let start = BootClock.nowNanoseconds()
            // The server may cut while we still write; then the write fails.
            for _ in 0..<60 {
                guard peer.updateKeys(), (try? peer.send(peer.call(.ping))) != nil else { break }
            }
            let farewell = try peer.farewell(since: start)
            #expect(farewell.frames.count < 60, "the flood was not answered to its end")
            try modest.send(modest.call(.ping))
            #expect(try modest.frame().code == 0)
        }

        @Test("calls beyond those in flight are refused, and taking one back frees no place early")
        func callsInFlight() throws {
            let server = try limitedServer(["LIMITS_CALLS_IN_FLIGHT": "100"])
            let peer = try LimitPeer(server)
            // One TLS record, so that the server reads all of it in one turn.
            for _ in 0..<3 {
                try peer.send((0..<1_000).flatMap { _ in peer.call(.ping) })
                let answers = try peer.frames(1_000)
                #expect(answers.prefix(100).allSatisfy { $0.code == 0 })
                #expect(
                    answers.dropFirst(100).allSatisfy {
                        $0.code == RPCCode.resourceExhausted.rawValue
                    })
                #expect(Set(answers.map(\.header.callID)).count == 1_000)
            }
            var reset: [UInt8] = []
            for _ in 0..<500 {
                let call = peer.call(.ping)
                let callID = call.withUnsafeBytes { FrameHeader(reading: $0.baseAddress!).callID }
                reset += call + LimitPeer.frame(.cancelCall, callID: callID)
            }
            try peer.send(reset)
            let answers = try peer.frames(500)
            #expect(
                answers.prefix(100).allSatisfy { $0.code == RPCCode.cancelled.rawValue })
            #expect(
                answers.dropFirst(100).allSatisfy {
                    $0.code == RPCCode.resourceExhausted.rawValue
                })
            try peer.send(peer.call(.ping))
            #expect(try peer.frame().code == 0)
        }

        @Test(
            "HELLO names the limits: 1,024 calls in flight, 10 control frames, 10,000 connections")
        func helloNamesLimits() async throws {
            let server = try limitedServer()
            let admin = try server.admin()
            let limits = try await admin.getServerInfo().hello.limits
            #expect(limits.callsInFlightMax == 1_024)
            #expect(limits.controlFramesPerSecondMax == 10)
            #expect(limits.connectionsMax == 10_000)
            #expect(limits.connectionsPerAddressMax == 64)
            await admin.close()
        }

        @Test("requests whose callers vanish are done or not done, and leave nothing behind")
        func rapidReset() async throws {
            let server = try limitedServer(["LIMITS_HANDSHAKES_PER_IP_PER_SECOND": "100000"])
            try await load(
                openSale("reset", products: [Product(productID: "sku", total: 1_000_000)]),
                into: server)
            let client = try server.client()
            let admin = try server.admin()
            _ = try await (client.ping(), admin.getServerInfo())
            let descriptors = server.descriptorCount
            let context = try LimitPeer.context(server)
            var requests: [ReserveRequest] = []
            for round in 0..<40 {
                let peer = try LimitPeer(context: context, port: server.stockPort)
                let burst = (0..<20).map { index in
                    reserveRequest("reset", "sku", user: "buyer-\(round)-\(index)")
                }
                var bytes: [UInt8] = []
                for request in burst { bytes += try peer.call(request) }
                try peer.send(bytes)
                peer.reset()
                requests += burst
            }
            var heldCount = 0
            for request in requests {
                let answer = try await client.getReservation(
                    GetReservationRequest(saleID: "reset", target: .request(request.requestID)))
                if answer.outcome == .found { heldCount += 1 }
            }
            let stock = try await client.getStock(GetStockRequest(saleID: "reset"))
            #expect(stock.products.first?.held == heldCount)
            #expect(stock.products.first?.available == 1_000_000 - heldCount)
            // The journal keeps a descriptor for each file that it has made ready meanwhile.
            #expect(eventually { server.descriptorCount <= descriptors + 8 })
            let info = try await admin.getServerInfo()
            #expect(info.connections == 2)
            #expect(Int(info.liveHolds) == heldCount)
            await client.close()
            await admin.close()
        }
    }
}
