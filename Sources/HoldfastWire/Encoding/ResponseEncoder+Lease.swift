internal import CHoldfastProto
internal import CProtobufC
package import HoldfastEngine

/// Answers to lease calls, through protobuf-c.
extension ResponseEncoder {
    /// Bytes of any lease answer at most.
    package static var leaseBytesMax: Int { FrameHeader.byteCount + Self.fixedBytesMax }

    static func encodeLease(
        _ call: borrowing Call, callID: UInt32, to room: UnsafeMutableRawPointer,
        _ arena: inout Arena
    ) -> Int {
        switch call.outcome {
        case .acquireLease(let outcome):
            return Self.acquireLease(outcome, callID: callID, to: room, arena: &arena)
        case .renewLease(let outcome):
            var message = Holdfast__V1__RenewLeaseResponse()
            holdfast__v1__renew_lease_response__init(&message)
            message.outcome = .init(UInt32(outcome.result.rawValue))
            message.fencing_token = outcome.fencingToken
            message.deadline_ms = outcome.deadlineMilliseconds
            return Self.finish(
                &message, callID: callID, to: room, byteCountMax: Self.leaseBytesMax)
        case .releaseLease(let outcome):
            var message = Holdfast__V1__ReleaseLeaseResponse()
            holdfast__v1__release_lease_response__init(&message)
            message.outcome = .init(UInt32(outcome.result.rawValue))
            message.holder = MessagePacker.text(outcome.holder, &arena)
            return Self.finish(
                &message, callID: callID, to: room, byteCountMax: Self.leaseBytesMax)
        default: preconditionFailure("an outcome that is no lease's")
        }
    }

    /// The answer to AcquireLease, also for a call that had to wait. Room: `leaseBytesMax`.
    package static func acquireLease(
        _ outcome: AcquireLeaseOutcome, callID: UInt32, to room: UnsafeMutableRawPointer,
        arena: inout Arena
    ) -> Int {
        var message = Holdfast__V1__AcquireLeaseResponse()
        holdfast__v1__acquire_lease_response__init(&message)
        message.outcome = .init(UInt32(outcome.result.rawValue))
        message.fencing_token = outcome.fencingToken
        message.deadline_ms = outcome.deadlineMilliseconds
        message.replayed = outcome.replayed ? 1 : 0
        message.holder = MessagePacker.text(outcome.holder, &arena)
        return Self.finish(&message, callID: callID, to: room, byteCountMax: Self.leaseBytesMax)
    }
}
