import Glibc
import HoldfastClient
import HoldfastTransport
import HoldfastWire
import Testing

extension UnderFire {
    @Suite("Limits of memory")
    struct MemoryLimits {
        @Test("a peer that never reads is no longer read, then cut; the others notice nothing")
        func neverReads() async throws {
            let server = try limitedServer([
                "LIMITS_OUTPUT_BYTES": "16384", "LIMITS_OUTPUT_STALL_MS": "500", "REACTORS": "1",
            ])
            try await load(bulkySale("bulk"), into: server)
            let client = try server.client()
            _ = try await client.ping()
            let before = server.residentBytes
            let peer = try Self.deafPeer(server)
            let start = BootClock.nowNanoseconds()
            var askedCount = 0
            var isCut = false
            while !isCut && BootClock.nowNanoseconds() - start < 20_000_000_000 {
                let bytes = try peer.call(GetStockRequest(saleID: "bulk"))
                var sent = 0
                while sent < bytes.count && !isCut {
                    guard let count = try? peer.trySend(bytes[sent...]) else {
                        isCut = true
                        break
                    }
                    sent += count
                    if count == 0 { usleep(1_000) }
                }
                askedCount += 1
                if askedCount.isMultiple(of: 200) { _ = try await client.ping() }
            }
            #expect(isCut)
            #expect(BootClock.nowNanoseconds() - start > 400_000_000, "not before its time")
            #expect(server.residentBytes - before < 32 << 20, "answers did not pile up")
            _ = try await client.ping()
            await client.close()
        }

        @Test("buffers of all connections together have a budget: who hoards is shed, others stay")
        func buffersBudget() async throws {
            let server = try limitedServer([
                "LIMITS_BUFFERS_BYTES": "16777216", "LIMITS_OUTPUT_BYTES": "262144",
                "LIMITS_STOCK_FRAME_BYTES": "4194304", "REACTORS": "1",
            ])
            let good = try LimitPeer(server)
            let hoarders = try (0..<8).map { _ in try LimitPeer(server) }
            // Each begins a frame of 3 MB: 8 × 1 MiB of buffers at first, below 80 % of the budget.
            let frames = hoarders.map {
                $0.call(.ping, body: [UInt8](repeating: 0, count: 3_000_000))
            }
            for (hoarder, frame) in zip(hoarders, frames) {
                try hoarder.send(Array(frame.prefix(500_000)))
            }
            usleep(1_200_000)
            #expect(hoarders.allSatisfy { !$0.hasNews })
            // Two go on: 4 MiB each. They may be cut while they write.
            for index in 0..<2 {
                try? hoarders[index].send(Array(frames[index][500_000..<2_900_000]))
            }
            #expect(eventually { hoarders.contains { $0.hasNews } })
            usleep(300_000)
            let shedCount = hoarders.count { $0.hasNews }
            #expect(shedCount <= 3, "no more than needed")
            try good.send(good.call(.ping))
            #expect(try good.frame().code == 0)
            _ = try LimitPeer(server)
        }

        @Test("slow readers together are shed at 80 % of the budget although none passes its own")
        func slowReadersAreShed() async throws {
            let server = try limitedServer([
                "LIMITS_BUFFERS_BYTES": "16777216", "LIMITS_OUTPUT_BYTES": "2097152",
                "LIMITS_OUTPUT_STALL_MS": "600000", "REACTORS": "1",
            ])
            try await load(bulkySale("bulk"), into: server)
            let good = try LimitPeer(server)
            var deaf = try (0..<16).map { _ in try Self.deafPeer(server) }
            var shedCount = 0
            let start = BootClock.nowNanoseconds()
            while shedCount == 0 && BootClock.nowNanoseconds() - start < 15_000_000_000 {
                deaf.removeAll { peer in
                    do {
                        let bytes = try (0..<8).flatMap { _ in
                            try peer.call(GetStockRequest(saleID: "bulk"))
                        }
                        // A part of a call that does not fit is lost with its peer: nobody reads it.
                        _ = try peer.trySend(bytes[...])
                        return false
                    } catch {
                        shedCount += 1
                        return true
                    }
                }
                usleep(5_000)
            }
            #expect(shedCount > 0)
            try good.send(good.call(.ping))
            #expect(try good.frame().code == 0)
        }

        @Test("past 90 % of the engine's budget only what is known already works on")
        func engineBudget() async throws {
            let server = try limitedServer([
                "MEMORY_BUDGET_BYTES": "16777216", "MEMORY_PREFAULT_BYTES": "0", "SHARDS": "1",
                "LIMITS_CALLS_IN_FLIGHT": "65536",
            ])
            try await load(
                openSale("full", products: [Product(productID: "sku", total: 1_000_000)]),
                into: server)
            let client = try server.client(resolvesLostAnswers: false)
            let known = reserveRequest("full", "sku", user: "first", quantity: 2)
            let sold = reserveRequest("full", "sku", user: "second")
            let given = reserveRequest("full", "sku", user: "third")
            let first = try await client.reserve(known)
            for request in [sold, given] {
                #expect(try await client.reserve(request).outcome == .reserved)
            }
            let heldCount = try Self.fill("full", server)
            #expect(heldCount > 1_000)

            func expectFull(_ call: () async throws -> Void) async {
                do {
                    try await call()
                    Issue.record("an unseen id was let in")
                } catch let error as HoldfastError {
                    #expect(error.code == .unavailable && error.reason == "MEMORY_FULL")
                } catch {
                    Issue.record(error)
                }
            }
            await expectFull {
                _ = try await client.reserve(reserveRequest("full", "sku", user: "late"))
            }
            await expectFull {
                _ = try await client.cancel(
                    CancelRequest(saleID: "full", target: .request(RequestID())))
            }
            let replay = try await client.reserve(known)
            #expect(replay.replayed && replay.reservationID == first.reservationID)
            let confirmed = try await client.confirm(
                ConfirmRequest(saleID: "full", target: .request(sold.requestID)))
            #expect(confirmed.outcome == .confirmed)
            let cancelled = try await client.cancel(
                CancelRequest(saleID: "full", target: .request(given.requestID)))
            #expect(cancelled.outcome == .cancelled)
            let stock = try await client.getStock(GetStockRequest(saleID: "full", userID: "first"))
            #expect(stock.products.first?.sold == 1)
            #expect(stock.products.first?.used == 2)
            #expect(stock.products.first?.held == heldCount + 2)
            await client.close()
        }

        /// Reserves until the server says MEMORY_FULL. Returns how many holds it made.
        private static func fill(_ sale: String, _ server: TestServer) throws -> Int {
            let peer = try LimitPeer(server)
            var heldCount = 0
            // Ids and references as long as they may be fill the tables sooner.
            let tail = String(repeating: "x", count: 50)
            for round in 0..<600 {
                var bytes: [UInt8] = []
                for index in 0..<200 {
                    var request = reserveRequest(sale, "sku", user: "\(round)-\(index)-\(tail)")
                    request.orderReference = "\(round)-\(index)-\(tail)"
                    bytes += try peer.call(request)
                }
                try peer.send(bytes)
                var isFull = false
                // In the order of the calls: a refusal does not wait for the disk, as a hold does.
                for answer in try peer.frames(200).sorted(by: {
                    $0.header.callID < $1.header.callID
                }) {
                    if answer.code == 0 {
                        heldCount += 1
                        #expect(!isFull, "once full, it stays full")
                    } else {
                        isFull = true
                        #expect(answer.says("MEMORY_FULL"))
                    }
                }
                if isFull { return heldCount }
            }
            throw LimitPeer.Failure.timedOut
        }

        /// Takes little from the kernel, so that its answers pile up in the server.
        private static func deafPeer(_ server: TestServer) throws -> LimitPeer {
            try LimitPeer(
                context: LimitPeer.context(server), port: server.stockPort,
                receiveBufferBytes: 4_096)
        }
    }
}
