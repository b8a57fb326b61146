// The lease calls to protobuf bytes and their answers from them, by way of protobuf-c.

import CHoldfastProto
import CProtobufC
package import HoldfastWire

extension AcquireLeaseRequest: WireRequest {
    package typealias Response = AcquireLeaseResponse
    package static var method: Method { .acquireLease }
    package var idempotencyKey: RequestID? { nil }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__AcquireLeaseRequest()
        holdfast__v1__acquire_lease_request__init(&raw)
        switch self.target {
        case .sale(let saleID):
            raw.target_case = HOLDFAST__V1__ACQUIRE_LEASE_REQUEST__TARGET_SALE_ID
            raw.sale_id = scratch.string(saleID, "sale_id")
        case .name(let name):
            raw.target_case = HOLDFAST__V1__ACQUIRE_LEASE_REQUEST__TARGET_NAME
            raw.name = scratch.string(name, "name")
        }
        raw.owner_token = scratch.bytes(self.ownerToken.bytes)
        raw.ttl_ms = Int64(self.ttlMilliseconds)
        raw.wait_ms = Int64(self.waitMilliseconds)
        raw.holder = scratch.string(self.holder, "holder")
        return scratch.packed(&raw)
    }
}

extension RenewLeaseRequest: WireRequest {
    package typealias Response = RenewLeaseResponse
    package static var method: Method { .renewLease }
    package var idempotencyKey: RequestID? { nil }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__RenewLeaseRequest()
        holdfast__v1__renew_lease_request__init(&raw)
        switch self.target {
        case .sale(let saleID):
            raw.target_case = HOLDFAST__V1__RENEW_LEASE_REQUEST__TARGET_SALE_ID
            raw.sale_id = scratch.string(saleID, "sale_id")
        case .name(let name):
            raw.target_case = HOLDFAST__V1__RENEW_LEASE_REQUEST__TARGET_NAME
            raw.name = scratch.string(name, "name")
        }
        raw.owner_token = scratch.bytes(self.ownerToken.bytes)
        raw.ttl_ms = Int64(self.ttlMilliseconds)
        return scratch.packed(&raw)
    }
}

extension ReleaseLeaseRequest: WireRequest {
    package typealias Response = ReleaseLeaseResponse
    package static var method: Method { .releaseLease }
    package var idempotencyKey: RequestID? { nil }

    package func encoded(_ scratch: EncodingScratch) -> [UInt8] {
        var raw = Holdfast__V1__ReleaseLeaseRequest()
        holdfast__v1__release_lease_request__init(&raw)
        switch self.target {
        case .sale(let saleID):
            raw.target_case = HOLDFAST__V1__RELEASE_LEASE_REQUEST__TARGET_SALE_ID
            raw.sale_id = scratch.string(saleID, "sale_id")
        case .name(let name):
            raw.target_case = HOLDFAST__V1__RELEASE_LEASE_REQUEST__TARGET_NAME
            raw.name = scratch.string(name, "name")
        }
        if let ownerToken = self.ownerToken { raw.owner_token = scratch.bytes(ownerToken.bytes) }
        raw.break_lease = self.breaksLease ? 1 : 0
        return scratch.packed(&raw)
    }
}

extension AcquireLeaseResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__acquire_lease_response__unpack,
            holdfast__v1__acquire_lease_response__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__AcquireLeaseResponse) {
        self.init(
            outcome: LeaseOutcome(number: Int32(bitPattern: raw.outcome.rawValue)),
            fencingToken: raw.fencing_token,
            deadlineMilliseconds: Int(raw.deadline_ms),
            replayed: raw.replayed != 0,
            holder: ProtobufReader.string(raw.holder))
    }
}

extension RenewLeaseResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__renew_lease_response__unpack,
            holdfast__v1__renew_lease_response__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__RenewLeaseResponse) {
        self.init(
            outcome: LeaseOutcome(number: Int32(bitPattern: raw.outcome.rawValue)),
            fencingToken: raw.fencing_token,
            deadlineMilliseconds: Int(raw.deadline_ms))
    }
}

extension ReleaseLeaseResponse: WireResponse {
    package static func decoded(_ body: [UInt8]) -> Self? {
        ProtobufReader.unpacked(
            body, holdfast__v1__release_lease_response__unpack,
            holdfast__v1__release_lease_response__free_unpacked,
            Self.init)
    }

    init(_ raw: Holdfast__V1__ReleaseLeaseResponse) {
        self.init(
            outcome: LeaseOutcome(number: Int32(bitPattern: raw.outcome.rawValue)),
            holder: ProtobufReader.string(raw.holder))
    }
}

extension LeaseProof {
    func fill(_ raw: inout Holdfast__V1__LeaseProof, _ scratch: EncodingScratch) {
        raw.owner_token = scratch.bytes(self.ownerToken.bytes)
        raw.fencing_token = self.fencingToken
    }
}

extension EncodingScratch {
    /// The `lease` field of a change; nil if the caller has none.
    func lease(_ proof: LeaseProof?) -> UnsafeMutablePointer<Holdfast__V1__LeaseProof>? {
        guard let proof else { return nil }
        return self.message(holdfast__v1__lease_proof__init, "lease.") { proof.fill(&$0, self) }
    }
}
