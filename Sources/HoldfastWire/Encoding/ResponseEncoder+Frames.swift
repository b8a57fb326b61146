internal import CHoldfastProto
internal import CProtobufC
package import HoldfastEngine

/// Refusals, Ping, HELLO, GOAWAY and PONG.
extension ResponseEncoder {
    /// Bytes of a Ping answer and of PONG.
    package static let pingBytesMax = FrameHeader.byteCount + 96

    /// A refusal → one RESPONSE frame. Room: `byteCountMax(for: status)`.
    package static func encode(
        status: Status, callID: UInt32, to room: UnsafeMutableRawPointer, arena: inout Arena
    ) -> Int {
        var message = Holdfast__V1__Status()
        holdfast__v1__status__init(&message)
        message.message = MessagePacker.text(status.message, &arena)
        message.reason = MessagePacker.text(status.reason, &arena)
        let entries = MessagePacker.list(
            Holdfast__V1__Status__MetadataEntry.self, count: status.metadata.count, &arena)
        for (index, entry) in status.metadata.enumerated() {
            let packed = entries[index]!  // `list` fills every pointer.
            holdfast__v1__status__metadata_entry__init(packed)
            packed.pointee.key = MessagePacker.text(entry.0, &arena)
            packed.pointee.value = MessagePacker.text(entry.1, &arena)
        }
        message.n_metadata = status.metadata.count
        message.metadata = entries
        let violations = MessagePacker.list(
            Holdfast__V1__FieldViolation.self, count: status.violations.count, &arena)
        for (index, violation) in status.violations.enumerated() {
            let packed = violations[index]!  // `list` fills every pointer.
            holdfast__v1__field_violation__init(packed)
            packed.pointee.field = MessagePacker.text(violation.field, &arena)
            packed.pointee.description = MessagePacker.text(violation.description, &arena)
        }
        message.n_field_violations = status.violations.count
        message.field_violations = violations
        let byteCount = MessagePacker.pack(
            &message, to: room + FrameHeader.byteCount,
            byteCountMax: Self.byteCountMax(for: status) - FrameHeader.byteCount)
        let header = FrameHeader(
            kind: .response, methodOrCode: status.code.rawValue, callID: callID,
            timeoutOrRetryMilliseconds: status.retryMilliseconds, bodyByteCount: byteCount)
        header.write(to: room)
        return header.frameByteCount
    }

    /// The answer to a Ping. Room: `pingBytesMax`.
    package static func ping(
        payload: ByteView, serverTimeMilliseconds: Int64, callID: UInt32,
        to room: UnsafeMutableRawPointer
    ) -> Int {
        var message = Holdfast__V1__PingResponse()
        holdfast__v1__ping_response__init(&message)
        message.payload = MessagePacker.bytes(payload)
        message.server_time_ms = serverTimeMilliseconds
        return Self.finish(
            &message, callID: callID, to: room, byteCountMax: Self.pingBytesMax)
    }

    /// PONG with the payload of a PING. Room: `pingBytesMax`.
    package static func pong(
        payload: UnsafeRawBufferPointer, to room: UnsafeMutableRawPointer
    ) -> Int {
        precondition(payload.count <= ProtocolSession.pingPayloadBytesMax)
        let bodyByteCount = payload.isEmpty ? 0 : payload.count + 2
        let header = FrameHeader(kind: .pong, bodyByteCount: bodyByteCount)
        header.write(to: room)
        if let base = payload.baseAddress, !payload.isEmpty {
            let body = room + FrameHeader.byteCount
            body.storeBytes(of: 0x0A, as: UInt8.self)
            body.storeBytes(of: UInt8(payload.count), toByteOffset: 1, as: UInt8.self)
            (body + 2).copyMemory(from: base, byteCount: payload.count)
        }
        return header.frameByteCount
    }

    /// GOAWAY as a whole frame.
    package static func goaway(
        reason: String, graceMilliseconds: UInt32, message text: String
    ) -> [UInt8] {
        var arena = Arena(initialBytes: 1_024, callBytesMax: 1_024)
        var message = Holdfast__V1__Goaway()
        holdfast__v1__goaway__init(&message)
        message.reason = MessagePacker.text(reason, &arena)
        message.grace_ms = graceMilliseconds
        message.message = MessagePacker.text(text, &arena)
        return MessagePacker.frame(.goaway, &message)
    }

    /// HELLO as a whole frame.
    package static func hello(_ info: HelloInfo) -> [UInt8] {
        var arena = Arena(initialBytes: 4_096, callBytesMax: 4_096)
        var message = Self.message(info, &arena)
        return MessagePacker.frame(.hello, &message)
    }

    static func message(_ info: HelloInfo, _ arena: inout Arena) -> Holdfast__V1__Hello {
        var message = Holdfast__V1__Hello()
        holdfast__v1__hello__init(&message)
        message.protocol = MessagePacker.text(HelloInfo.protocolName, &arena)
        message.software = MessagePacker.text(info.software, &arena)
        let instanceID = arena.allocateAnswerArray(UInt8.self, count: info.instanceID.count)
        instanceID.initialize(from: info.instanceID, count: info.instanceID.count)
        message.instance_id = ProtobufCBinaryData(len: info.instanceID.count, data: instanceID)
        message.boot_epoch = info.bootEpoch
        message.role = MessagePacker.text(info.role, &arena)
        let limits = arena.allocateAnswerArray(Holdfast__V1__Limits.self, count: 1)
        limits.initialize(to: Self.message(info.limits))
        message.limits = limits
        let methods = MessagePacker.list(
            Holdfast__V1__MethodInfo.self, count: info.methods.count, &arena)
        for (index, method) in info.methods.enumerated() {
            let packed = methods[index]!  // `list` fills every pointer.
            holdfast__v1__method_info__init(packed)
            packed.pointee.number = UInt32(method.rawValue)
            packed.pointee.name = MessagePacker.text(method.name, &arena)
        }
        message.n_methods = info.methods.count
        message.methods = methods
        message.server_time_ms = info.serverTimeMilliseconds
        let settings = arena.allocateAnswerArray(
            UnsafeMutablePointer<CChar>?.self, count: info.unsafeSettings.count)
        for (index, setting) in info.unsafeSettings.enumerated() {
            (settings + index).initialize(to: MessagePacker.text(setting, &arena))
        }
        message.n_unsafe_settings = info.unsafeSettings.count
        message.unsafe_settings = settings
        message.caller = MessagePacker.text(info.caller, &arena)
        return message
    }

    private static func message(_ limits: HelloLimits) -> Holdfast__V1__Limits {
        var message = Holdfast__V1__Limits()
        holdfast__v1__limits__init(&message)
        message.frame_bytes_max = limits.frameBytesMax
        message.calls_in_flight_max = limits.callsInFlightMax
        message.control_frames_per_second_max = limits.controlFramesPerSecondMax
        message.idle_ms = limits.idleMilliseconds
        message.default_timeout_ms = limits.defaultTimeoutMilliseconds
        message.lines_max = limits.linesMax
        message.hold_ms_min = limits.holdMillisecondsMin
        message.hold_ms_max = limits.holdMillisecondsMax
        message.connections_max = limits.connectionsMax
        message.connections_per_ip_max = limits.connectionsPerIPMax
        return message
    }
}
