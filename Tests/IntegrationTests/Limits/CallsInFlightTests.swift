import HoldfastClient
import HoldfastWire
import Testing

extension UnderFire {
    /// The limit as it is delivered, reached by calls that stand in line for a lease: they are in flight for as long as
    /// somebody holds it.
    @Suite("Calls in flight at the real limit")
    struct CallsInFlight {
        private static let limit = 1_024

        private static func acquire(_ peer: LimitPeer, waitMilliseconds: Int = 0) throws -> [UInt8]
        {
            try peer.call(
                AcquireLeaseRequest(
                    target: .name("busy"), ttlMilliseconds: 300_000,
                    waitMilliseconds: waitMilliseconds), timeoutMilliseconds: 200_000)
        }

        @Test(
            "1,024 calls are in flight on one connection, the next is refused, and each end frees a place"
        )
        func realLimit() throws {
            let server = try limitedServer()
            let holder = try LimitPeer(server, "service")
            let owner = OwnerToken()
            try holder.send(
                holder.call(
                    AcquireLeaseRequest(
                        target: .name("busy"), ownerToken: owner, ttlMilliseconds: 300_000)))
            #expect(try holder.frame().code == 0)

            let peer = try LimitPeer(server, "service")
            for _ in 0..<Self.limit {
                try peer.send(Self.acquire(peer, waitMilliseconds: 100_000))
            }
            // Answered behind the calls: all of them were read, and none has an answer yet.
            try peer.send(LimitPeer.frame(.ping))
            #expect(try peer.frame().kind == .pong)
            for _ in 0..<100 {
                try peer.send(peer.call(.ping))
                let refused = try peer.frame()
                #expect(refused.code == RPCCode.resourceExhausted.rawValue)
                #expect(refused.says("TOO_MANY_CALLS"))
            }
            // The limit is a connection's: others are served.
            try holder.send(holder.call(.ping))
            #expect(try holder.frame().code == 0)

            // The first in line gets the lease: one place is free, and only one.
            try holder.send(
                holder.call(ReleaseLeaseRequest(target: .name("busy"), ownerToken: owner)))
            #expect(try holder.frame().code == 0)
            let held = try peer.frame()
            #expect(held.header.callID == 1 && held.code == 0)
            try peer.send(peer.call(.ping) + peer.call(.ping))
            #expect(
                Set(try peer.frames(2).map(\.code)) == [0, RPCCode.resourceExhausted.rawValue])

            // Taken back, every place is free again.
            try peer.send(
                (2...UInt32(Self.limit)).flatMap { LimitPeer.frame(.cancelCall, callID: $0) })
            let ends = try peer.frames(Self.limit - 1)
            #expect(ends.allSatisfy { $0.code == RPCCode.cancelled.rawValue })
            #expect(Set(ends.map(\.header.callID)) == Set(2...UInt32(Self.limit)))
            try peer.send((0..<Self.limit).flatMap { _ in peer.call(.ping) })
            #expect(try peer.frames(Self.limit).allSatisfy { $0.code == 0 })
        }
    }
}
