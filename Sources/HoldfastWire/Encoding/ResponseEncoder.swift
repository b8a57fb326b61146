package import HoldfastEngine

/// Answers: each function writes one whole frame and returns its bytes. Reserve is written by hand; the rest is protobuf-c's.
/// The caller makes room first: `byteCountMax` bounds every answer, and an answer larger than its bound traps.
package enum ResponseEncoder {
    /// Bytes of a Refusal's frame; a test holds every Refusal to it.
    static let refusalBytesMax = 1_024
    static let soldLineBytesMax = 96
    static let reservationLineBytesMax = 128
    /// A GetReservation answer without its lines.
    static let reservationBytesMax = 352
    static let stockRowBytesMax = 416
    static let saleRowBytesMax = 512
    static let rejectBytesMax = 320
    /// An answer's fields beside its rows.
    static let fixedBytesMax = 256
    /// The largest frame that lists are cut to fit.
    package static let frameBytesMax =
        WireLimits.answerLengthMax + FrameHeader.lengthFieldByteCount

    /// Bytes that `encode(_:callID:to:arena:)` writes at most. The call has been executed.
    package static func byteCountMax(for call: borrowing Call) -> Int {
        let frame = FrameHeader.byteCount
        switch call.outcome {
        case .reserve(let outcome):
            return Self.byteCountMax(forReserveOf: outcome.lineCount)
        case .refused:
            return Self.refusalBytesMax
        case .confirm(let outcome):
            return frame + Self.fixedBytesMax + outcome.lineCount * Self.soldLineBytesMax
        case .refund(let outcome):
            return frame + Self.fixedBytesMax + outcome.lineCount * Self.soldLineBytesMax
        case .getReservation(let outcome):
            return frame + Self.reservationBytesMax
                + outcome.lineCount * Self.reservationLineBytesMax
        case .getStock(let outcome):
            let rows = outcome.rowCount * Self.stockRowBytesMax
            return min(frame + Self.fixedBytesMax + rows, Self.frameBytesMax)
        case .importChunk(let outcome):
            return frame + Self.fixedBytesMax + outcome.rejectCount * Self.rejectBytesMax
        case .cancel, .extend, .adjustStock, .setSaleState, .setProductState, .acquireLease,
            .renewLease, .releaseLease:
            return frame + Self.fixedBytesMax
        case .blacklistChange(let outcome):
            return frame + Self.fixedBytesMax + outcome.itemCount * Self.blacklistLineBytesMax
        case .blacklistList(let outcome):
            return frame + Self.fixedBytesMax + outcome.itemCount * Self.blacklistLineBytesMax
        case .pending, .releaseBuyer, .leaseWaiting:
            preconditionFailure("a call without an answer for the wire")
        }
    }

    /// The same of a Reserve's answer.
    @inline(__always)
    package static func byteCountMax(forReserveOf lineCount: Int) -> Int {
        FrameHeader.byteCount + ReserveEncoder.fixedBytesMax
            + lineCount * ReserveEncoder.lineBytesMax
    }

    /// An executed call → one RESPONSE frame; a Refusal becomes a `Status`. Room: `byteCountMax(for:)`.
    package static func encode(
        _ call: borrowing Call, callID: UInt32, to room: UnsafeMutableRawPointer,
        arena: inout Arena
    ) -> Int {
        if case .reserve(let outcome) = call.outcome, let command = call.reserve {
            return Self.reserve(
                outcome, results: command.pointee.results, callID: callID, to: room)
        }
        return Self.encodeSlowly(call, callID: callID, to: room, arena: &arena)
    }

    /// The hot answer by itself.
    package static func reserve(
        _ outcome: borrowing ReserveOutcome, results: LineResults, callID: UInt32,
        to room: UnsafeMutableRawPointer
    ) -> Int {
        let byteCount = ReserveEncoder.encode(
            outcome, results: results, to: room + FrameHeader.byteCount)
        return Self.finish(room, callID: callID, bodyByteCount: byteCount)
    }

    /// Bytes that `encode(status:…)` writes at most.
    package static func byteCountMax(for status: Status) -> Int {
        var byteCount = FrameHeader.byteCount + 64
        byteCount += status.message.utf8.count + status.reason.utf8.count
        for (key, value) in status.metadata {
            byteCount += key.utf8.count + value.utf8.count + 32
        }
        for (field, description) in status.violations {
            byteCount += field.utf8.count + description.utf8.count + 32
        }
        return byteCount
    }

    /// Writes the header of an OK answer before a body that is there already.
    static func finish(
        _ room: UnsafeMutableRawPointer, callID: UInt32, bodyByteCount: Int
    ) -> Int {
        let header = FrameHeader(kind: .response, callID: callID, bodyByteCount: bodyByteCount)
        header.write(to: room)
        return header.frameByteCount
    }

    /// Packs an OK answer's body and writes its header.
    static func finish<Message>(
        _ message: inout Message, callID: UInt32, to room: UnsafeMutableRawPointer,
        byteCountMax: Int
    ) -> Int {
        let byteCount = MessagePacker.pack(
            &message, to: room + FrameHeader.byteCount,
            byteCountMax: byteCountMax - FrameHeader.byteCount)
        return Self.finish(room, callID: callID, bodyByteCount: byteCount)
    }
}
