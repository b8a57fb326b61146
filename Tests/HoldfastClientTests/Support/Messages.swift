import CHoldfastProto
import CProtobufC
import Foundation
import HoldfastClient

/// Bodies as a server writes them, and requests as it reads them, by way of protobuf-c's generated code.
enum Messages {
    static func hello(
        callsInFlight: UInt32 = 1_024, controlFrames: UInt32 = 10, frameBytes: UInt32 = 65_536,
        protocolName: String = "holdfast/1"
    ) -> [UInt8] {
        var limits = Holdfast__V1__Limits()
        holdfast__v1__limits__init(&limits)
        limits.frame_bytes_max = frameBytes
        limits.calls_in_flight_max = callsInFlight
        limits.control_frames_per_second_max = controlFrames
        var hello = Holdfast__V1__Hello()
        holdfast__v1__hello__init(&hello)
        return withUnsafeMutablePointer(to: &limits) { limits in
            protocolName.withMutableCString { name in
                "holdfast/test".withMutableCString { software in
                    hello.protocol = name
                    hello.software = software
                    hello.limits = limits
                    return self.packed(&hello)
                }
            }
        }
    }

    static func reserved(_ reservationID: UInt64, replayed: Bool = false) -> [UInt8] {
        var raw = Holdfast__V1__ReserveResponse()
        holdfast__v1__reserve_response__init(&raw)
        raw.outcome = Holdfast__V1__ReserveOutcome(1)
        raw.reservation_id = reservationID
        raw.replayed = replayed ? 1 : 0
        raw.state = Holdfast__V1__ReservationState(1)
        return self.packed(&raw)
    }

    static func pong(_ payload: [UInt8]) -> [UInt8] {
        var raw = Holdfast__V1__PingResponse()
        holdfast__v1__ping_response__init(&raw)
        var payload = payload
        return payload.withUnsafeMutableBufferPointer { bytes in
            raw.payload = ProtobufCBinaryData(len: bytes.count, data: bytes.baseAddress)
            return self.packed(&raw)
        }
    }

    static func goaway(_ reason: String) -> [UInt8] {
        var raw = Holdfast__V1__Goaway()
        holdfast__v1__goaway__init(&raw)
        return reason.withMutableCString {
            raw.reason = $0
            raw.grace_ms = 1_000
            return self.packed(&raw)
        }
    }

    static func status(_ reason: String, _ message: String) -> [UInt8] {
        var raw = Holdfast__V1__Status()
        holdfast__v1__status__init(&raw)
        return reason.withMutableCString { reason in
            message.withMutableCString { message in
                raw.reason = reason
                raw.message = message
                return self.packed(&raw)
            }
        }
    }

    static func acquired(
        _ outcome: LeaseOutcome, token: UInt64 = 0, replayed: Bool = false, holder: String = ""
    ) -> [UInt8] {
        var raw = Holdfast__V1__AcquireLeaseResponse()
        holdfast__v1__acquire_lease_response__init(&raw)
        raw.outcome = Holdfast__V1__LeaseOutcome(UInt32(bitPattern: outcome.number))
        raw.fencing_token = token
        raw.replayed = replayed ? 1 : 0
        return holder.withMutableCString {
            raw.holder = $0
            return self.packed(&raw)
        }
    }

    static func renewed(_ outcome: LeaseOutcome, token: UInt64 = 0) -> [UInt8] {
        var raw = Holdfast__V1__RenewLeaseResponse()
        holdfast__v1__renew_lease_response__init(&raw)
        raw.outcome = Holdfast__V1__LeaseOutcome(UInt32(bitPattern: outcome.number))
        raw.fencing_token = token
        return self.packed(&raw)
    }

    static func released(_ outcome: LeaseOutcome = .released, holder: String = "") -> [UInt8] {
        var raw = Holdfast__V1__ReleaseLeaseResponse()
        holdfast__v1__release_lease_response__init(&raw)
        raw.outcome = Holdfast__V1__LeaseOutcome(UInt32(bitPattern: outcome.number))
        return holder.withMutableCString {
            raw.holder = $0
            return self.packed(&raw)
        }
    }

    /// The owner token of a lease call's body, which is field 3 of all three.
    static func ownerToken(ofLeaseCall body: [UInt8]) -> OwnerToken? {
        // Fields 1 and 2 are texts of less than 128 bytes.
        var rest = body[...]
        while let tag = rest.first, tag == 0x0A || tag == 0x12 {
            rest = rest.dropFirst(2 + Int(rest[rest.startIndex + 1]))
        }
        guard rest.starts(with: [0x1A, 16]) else { return nil }
        return OwnerToken(bytes: Array(rest.dropFirst(2).prefix(16)))
    }

    /// The request id of a Reserve's body.
    static func requestID(ofReserve body: [UInt8]) -> RequestID? {
        guard let raw = holdfast__v1__reserve_request__unpack(nil, body.count, body) else {
            return nil
        }
        defer { holdfast__v1__reserve_request__free_unpacked(raw, nil) }
        let data = raw.pointee.request_id
        return RequestID(bytes: Array(UnsafeBufferPointer(start: data.data, count: data.len)))
    }

    static func payload(ofPing body: [UInt8]) -> [UInt8] {
        guard let raw = holdfast__v1__ping_request__unpack(nil, body.count, body) else {
            return []
        }
        defer { holdfast__v1__ping_request__free_unpacked(raw, nil) }
        let data = raw.pointee.payload
        return Array(UnsafeBufferPointer(start: data.data, count: data.len))
    }

    static func packed<Raw>(_ raw: inout Raw) -> [UInt8] {
        withUnsafeMutableBytes(of: &raw) { bytes in
            let message = bytes.baseAddress!.assumingMemoryBound(to: ProtobufCMessage.self)
            var result = [UInt8](
                repeating: 0, count: protobuf_c_message_get_packed_size(message) + 1)
            let count = protobuf_c_message_pack(message, &result)
            return Array(result[..<count])
        }
    }
}

extension String {
    fileprivate func withMutableCString<Result>(
        _ body: (UnsafeMutablePointer<CChar>) -> Result
    ) -> Result {
        var bytes = Array(self.utf8CString)
        return bytes.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
    }
}
