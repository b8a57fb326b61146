import CHoldfastProto
import HoldfastClient
import HoldfastWire
import Testing

@Suite struct LeaseCodecTests {
    private static let owner = OwnerToken(bytes: Array(1...16))!
    private static let ownerField: [UInt8] = [0x1A, 16] + Array(1...16)

    @Test func bytesOfTheLeaseCallsAreFixed() throws {
        let acquire = AcquireLeaseRequest(
            target: .sale("s"), ownerToken: Self.owner, ttlMilliseconds: 5, waitMilliseconds: 6,
            holder: "h")
        let sale: [UInt8] = [0x0A, 1, 0x73]
        #expect(
            try acquire.body() == sale + Self.ownerField + [0x20, 5, 0x28, 6, 0x32, 1, 0x68])
        let renew = RenewLeaseRequest(
            target: .name("n"), ownerToken: Self.owner, ttlMilliseconds: 7)
        #expect(try renew.body() == [0x12, 1, 0x6E] + Self.ownerField + [0x20, 7])
        let release = ReleaseLeaseRequest(target: .sale("s"), ownerToken: Self.owner)
        #expect(try release.body() == sale + Self.ownerField)
        #expect(try ReleaseLeaseRequest(breaking: .sale("s")).body() == sale + [0x20, 1])
        // A target that is empty is still named, so that the server can say which.
        #expect(
            try ReleaseLeaseRequest(target: .name(""), ownerToken: Self.owner).body()
                == [0x12, 0] + Self.ownerField)
        #expect(AcquireLeaseRequest.method == .acquireLease)
        #expect(RenewLeaseRequest.method == .renewLease)
        #expect(ReleaseLeaseRequest.method == .releaseLease)
    }

    @Test func proofTravelsWithEveryChange() throws {
        let proof = LeaseProof(ownerToken: Self.owner, fencingToken: 300)
        let message: [UInt8] = [0x0A, 16] + Array(1...16) + [0x10, 0xAC, 2]
        func field(_ number: UInt8) -> [UInt8] {
            [number << 3 | 2, UInt8(message.count)] + message
        }
        let id = RequestID(high: 1, low: 2)
        func changes(_ lease: LeaseProof?) throws -> [[UInt8]] {
            [
                try AdjustStockRequest(
                    saleID: "s", productID: "p", delta: 1, requestID: id, lease: lease
                ).body(),
                try SetSaleStateRequest(saleID: "s", state: .paused, requestID: id, lease: lease)
                    .body(),
                try SetProductStateRequest(
                    saleID: "s", productID: "p", state: .paused, requestID: id, lease: lease
                ).body(),
                try PreloadRequest(importID: id, chunk: 1, sale: Sale(saleID: "s"), lease: lease)
                    .body(),
            ]
        }
        let fields: [[UInt8]] = [field(6), field(5), field(6), field(6)]
        #expect(try changes(proof) == zip(try changes(nil), fields).map { $0 + $1 })
    }

    @Test func everyChunkOfAnImportCarriesTheProof() {
        let proof = LeaseProof(ownerToken: Self.owner, fencingToken: 300)
        let products = (0..<5).map { Product(productID: "p\($0)", total: 1) }
        let plan = ImportPlan(
            Sale(saleID: "s", products: products), importID: RequestID(), validateOnly: false,
            lease: proof, chunkRowsMax: 2)
        #expect(plan.requests.map(\.lease) == [proof, proof, proof])
    }

    @Test func answersAreRead() throws {
        #expect(
            AcquireLeaseResponse.decoded(
                Messages.acquired(.heldByAnother, token: .max, replayed: true, holder: "秒"))
                == AcquireLeaseResponse(
                    outcome: .heldByAnother, fencingToken: .max, replayed: true, holder: "秒"))
        #expect(
            RenewLeaseResponse.decoded(Messages.renewed(.lost, token: 5))
                == RenewLeaseResponse(outcome: .lost, fencingToken: 5))
        #expect(
            ReleaseLeaseResponse.decoded(Messages.released(holder: "h"))
                == ReleaseLeaseResponse(outcome: .released, holder: "h"))
        #expect(AcquireLeaseResponse.decoded([0x08, 99])?.outcome == .unrecognized(99))
        #expect(
            RenewLeaseResponse(outcome: .held, fencingToken: .max).json.text(isPretty: false)
                == """
                {"outcome":"LEASE_OUTCOME_HELD","fencingToken":"18446744073709551615","deadlineMs":0}
                """)
    }

    @Test func ownerTokensAreRandomAndReadBack() {
        let made = (0..<1_000).map { _ in OwnerToken() }
        #expect(Set(made).count == made.count)
        // Unlike request ids they tell nothing of when they were made.
        #expect(Set(made.map { $0.bytes[0] }).count > 100)
        #expect(made.allSatisfy { OwnerToken($0.description) == $0 })
        #expect(OwnerToken(bytes: [1, 2]) == nil)
        #expect(OwnerToken("00112233-4455-6677-8899-aabbccddeeff") == nil)
        #expect(OwnerToken("0011223344556677889900112233445g") == nil)
    }
}
