internal import CHoldfastProto
internal import CProtobufC
internal import HoldfastEngine

/// Leases: unpacked messages → commands. Nil: the arena's cap was reached.
extension RequestDecoder {
    static func acquireLease(
        _ message: Holdfast__V1__AcquireLeaseRequest, _ check: inout FieldCheck,
        _ arena: inout Arena
    ) -> Decoded? {
        let which = message.target_case.rawValue
        let target = check.leaseTarget(
            which, saleID: which == 1 ? message.sale_id : nil,
            name: which == 2 ? message.name : nil)
        let owner = check.requestID(message.owner_token, FieldPath("owner_token"))
        check.leaseMilliseconds(message.ttl_ms, FieldPath("ttl_ms"))
        check.range(
            message.wait_ms, 0...WireLimits.timeoutMillisecondsMax, FieldPath("wait_ms"))
        let holder = check.text(
            message.holder, bytesMax: WireLimits.holderBytesMax, FieldPath("holder"))
        guard let room = arena.allocateArray(UInt8.self, count: WireLimits.holderBytesMax) else {
            return nil
        }
        let command = AcquireLeaseCommand(
            target: target, owner: owner,
            ttlMilliseconds: message.ttl_ms == 0
                ? EngineLimits.leaseMillisecondsDefault : message.ttl_ms,
            waitMilliseconds: message.wait_ms, holder: holder, holderRoom: room)
        return .engine(.acquireLease(command), ClientInfo())
    }

    static func renewLease(
        _ message: Holdfast__V1__RenewLeaseRequest, _ check: inout FieldCheck
    ) -> Decoded? {
        let which = message.target_case.rawValue
        let target = check.leaseTarget(
            which, saleID: which == 1 ? message.sale_id : nil,
            name: which == 2 ? message.name : nil)
        let owner = check.requestID(message.owner_token, FieldPath("owner_token"))
        check.leaseMilliseconds(message.ttl_ms, FieldPath("ttl_ms"))
        let command = RenewLeaseCommand(
            target: target, owner: owner, ttlMilliseconds: message.ttl_ms)
        return .engine(.renewLease(command), ClientInfo())
    }

    static func releaseLease(
        _ message: Holdfast__V1__ReleaseLeaseRequest, _ check: inout FieldCheck,
        _ arena: inout Arena
    ) -> Decoded? {
        let which = message.target_case.rawValue
        let target = check.leaseTarget(
            which, saleID: which == 1 ? message.sale_id : nil,
            name: which == 2 ? message.name : nil)
        let breaks = message.break_lease != 0
        var owner = RequestID(first: 0, second: 0)
        if !breaks || message.owner_token.len > 0 {
            owner = check.requestID(message.owner_token, FieldPath("owner_token"))
        }
        guard let room = arena.allocateArray(UInt8.self, count: WireLimits.holderBytesMax) else {
            return nil
        }
        let command = ReleaseLeaseCommand(
            target: target, owner: owner, breaks: breaks, holderRoom: room)
        return .engine(.releaseLease(command), ClientInfo())
    }

    /// The lease that an admin call shows. It lies in the call's memory; nil: none was sent.
    static func proof(
        _ message: UnsafeMutablePointer<Holdfast__V1__LeaseProof>?, _ check: inout FieldCheck,
        _ arena: inout Arena
    ) -> LeaseProofReference? {
        guard let message else { return nil }
        let owner = check.requestID(message.pointee.owner_token, FieldPath("lease.owner_token"))
        if message.pointee.fencing_token == 0 {
            check.add(FieldPath("lease.fencing_token"), "must be a token that AcquireLease gave")
        }
        // Answer memory is not under the call's cap: a proof that was sent is never left out.
        let proof = arena.allocateAnswerArray(LeaseProof.self, count: 1)
        proof.initialize(
            to: LeaseProof(owner: owner, fencingToken: message.pointee.fencing_token))
        return LeaseProofReference(proof)
    }
}

extension FieldCheck {
    /// What a lease locks: `which` is the number of the oneof's member, 0 when there is none.
    fileprivate mutating func leaseTarget(
        _ which: UInt32, saleID: UnsafeMutablePointer<CChar>?, name: UnsafeMutablePointer<CChar>?
    ) -> LeaseTarget {
        switch which {
        case 1: return .sale(self.id(saleID, FieldPath("sale_id")))
        case 2: return .name(self.id(name, FieldPath("name")))
        default:
            self.add(FieldPath("target"), "must name what is locked: sale_id or name")
            return .name(.empty)
        }
    }

    /// How long a lease lives: 0, which takes the default, or 100 ms to 5 min.
    fileprivate mutating func leaseMilliseconds(_ value: Int64, _ path: FieldPath) {
        let range = EngineLimits.leaseMillisecondsMin...EngineLimits.leaseMillisecondsMax
        guard value != 0, !range.contains(value) else { return }
        self.add(path, "must be 0 or \(range.lowerBound) to \(range.upperBound), not \(value)")
    }
}
