import HoldfastEngine
import HoldfastWire
import Testing

@Suite struct LeaseRequestTests {
    private static let sale = ProtoBody().text(1, "sale-1").data(3, goodRequestID)
    private static let name = ProtoBody().text(2, "nightly").data(3, goodRequestID)

    private static func violations(_ method: Method, _ body: ProtoBody) -> [String] {
        var fields: [String] = []
        decode(method, body.bytes) { decoded in
            fields = decoded.status?.violations.map(\.field) ?? []
        }
        return fields
    }

    @Test func anAcquireNamesASaleOrAnythingElse() {
        decode(.acquireLease, Self.sale.number(4, 100).number(5, 7).text(6, "desk").bytes) {
            guard case .acquireLease(let command) = $0.command, case .sale(let id) = command.target
            else {
                Issue.record("\($0)")
                return
            }
            #expect(text(id) == "sale-1" && text(command.holder) == "desk")
            #expect(command.ttlMilliseconds == 100 && command.waitMilliseconds == 7)
            #expect(!command.owner.isZero)
        }
        decode(.acquireLease, Self.name.bytes) {
            guard case .acquireLease(let command) = $0.command, case .name(let id) = command.target
            else {
                Issue.record("\($0)")
                return
            }
            // Absent: the default, resolved; it does not wait.
            #expect(text(id) == "nightly" && command.ttlMilliseconds == 5_000)
            #expect(command.waitMilliseconds == 0 && command.holder.isEmpty)
        }
    }

    @Test func aRenewLeavesTheTimeToTheEngine() {
        decode(.renewLease, Self.sale.bytes) {
            guard case .renewLease(let command) = $0.command else {
                Issue.record("\($0)")
                return
            }
            #expect(command.ttlMilliseconds == 0)
        }
    }

    @Test func onlyABreakNeedsNoOwner() {
        let bare = ProtoBody().text(1, "sale-1")
        #expect(Self.violations(.releaseLease, bare) == ["owner_token"])
        decode(.releaseLease, bare.varint(4, 1).bytes) {
            guard case .releaseLease(let command) = $0.command else {
                Issue.record("\($0)")
                return
            }
            #expect(command.breaks)
        }
    }

    @Test(arguments: [Method.acquireLease, .renewLease, .releaseLease])
    func aTargetAndAnOwnerMustBeGiven(_ method: Method) {
        let none = ProtoBody().data(3, goodRequestID)
        let zero = [UInt8](repeating: 0, count: 16)
        let long = String(repeating: "x", count: 65)
        #expect(Self.violations(method, none) == ["target"])
        #expect(Self.violations(method, none.text(1, "")) == ["sale_id"])
        #expect(Self.violations(method, none.text(2, "")) == ["name"])
        #expect(Self.violations(method, none.text(2, long)) == ["name"])
        #expect(Self.violations(method, ProtoBody().text(2, "n")) == ["owner_token"])
        #expect(Self.violations(method, ProtoBody().text(2, "n").data(3, zero)) == ["owner_token"])
        #expect(Self.violations(method, ProtoBody().text(2, "n").data(3, [1])) == ["owner_token"])
        decode(method, Self.sale.text(2, "also").bytes) { decoded in
            #expect(decoded.status?.reason == "BODY_MALFORMED")
        }
    }

    @Test(arguments: [
        (Int64(-1), false), (0, true), (99, false), (100, true), (300_000, true), (300_001, false),
    ])
    func timesHaveBounds(_ ttl: Int64, _ isGood: Bool) {
        for method in [Method.acquireLease, .renewLease] {
            let expected = isGood ? [] : ["ttl_ms"]
            #expect(Self.violations(method, Self.name.number(4, ttl)) == expected)
        }
    }

    @Test func aWaitIsNotNegativeAndAHolderNotLong() {
        #expect(Self.violations(.acquireLease, Self.name.number(5, -1)) == ["wait_ms"])
        let long = String(repeating: "x", count: 65)
        #expect(Self.violations(.acquireLease, Self.name.text(6, long)) == ["holder"])
    }

    @Test func adminCallsCarryTheirProof() {
        let proof = ProtoBody().data(1, goodRequestID).varint(2, 7)
        let adjust = ProtoBody().data(1, goodRequestID).text(2, "s").text(3, "p").number(4, 1)
        decode(.adjustStock, adjust.message(6, proof).bytes) {
            guard case .adjustStock(let command) = $0.command, let lease = command.lease else {
                Issue.record("\($0)")
                return
            }
            #expect(lease.pointee.fencingToken == 7 && !lease.pointee.owner.isZero)
        }
        decode(.adjustStock, adjust.bytes) {
            guard case .adjustStock(let command) = $0.command else {
                Issue.record("\($0)")
                return
            }
            #expect(command.lease == nil)
        }
        let empty = adjust.message(6, ProtoBody())
        #expect(
            Self.violations(.adjustStock, empty) == ["lease.owner_token", "lease.fencing_token"])
        let state = ProtoBody().data(1, goodRequestID).text(2, "s").varint(3, 2).message(5, proof)
        decode(.setSaleState, state.bytes) {
            guard case .setSaleState(let command) = $0.command else {
                Issue.record("\($0)")
                return
            }
            #expect(command.lease?.pointee.fencingToken == 7)
        }
        let product = ProtoBody().data(1, goodRequestID).text(2, "s").text(3, "p").varint(4, 2)
        decode(.setProductState, product.message(6, proof).bytes) {
            guard case .setProductState(let command) = $0.command else {
                Issue.record("\($0)")
                return
            }
            #expect(command.lease?.pointee.fencingToken == 7)
        }
        let chunk = ProtoBody().data(1, goodRequestID).varint(2, 1)
            .message(3, ProtoBody().text(1, "s")).message(6, proof)
        decode(.preload, chunk.bytes) {
            guard case .importChunk(let command) = $0.command else {
                Issue.record("\($0)")
                return
            }
            #expect(command.lease?.pointee.fencingToken == 7)
        }
    }
}
