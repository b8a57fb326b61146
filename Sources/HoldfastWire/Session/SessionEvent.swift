/// What stands at the front of a connection's input. Buffers point into the bytes that were given to `next`.
package enum SessionEvent {
    /// No whole frame yet, or nothing at all.
    case needMore
    /// A call; counted as in flight until `callEnded`. Its metadata is not yet split off the body.
    case request(FrameHeader, body: UnsafeRawBufferPointer, byteCount: Int)
    /// Answer this status to the header's call id; not counted as in flight.
    case refuse(FrameHeader, Status, byteCount: Int)
    /// Answer PONG with the same payload.
    case ping(payload: UnsafeRawBufferPointer, byteCount: Int)
    /// The caller has lost interest in this call, which may be unknown or answered already.
    case cancelCall(UInt32, byteCount: Int)
    /// Nothing to do: HELLO, PONG, CREDIT, kinds 10…127.
    case ignore(byteCount: Int)
    /// Send GOAWAY `PROTOCOL_ERROR` with this text and close.
    case close(Violation)
}

/// Bounds of one connection.
package struct SessionLimits: Sendable {
    /// Largest value of a frame's length field: 64 KiB on the public port, 1 MiB on the admin port.
    package var frameBytesMax: Int
    package var controlFramesPerSecondMax: Int
    package var callsInFlightMax: Int

    package init(
        frameBytesMax: Int = 64 << 10, controlFramesPerSecondMax: Int = 10,
        callsInFlightMax: Int = 1_024
    ) {
        precondition(frameBytesMax >= Int(FrameHeader.lengthMin) && frameBytesMax < 1 << 24)
        precondition(controlFramesPerSecondMax > 0 && callsInFlightMax > 0)
        self.frameBytesMax = frameBytesMax
        self.controlFramesPerSecondMax = controlFramesPerSecondMax
        self.callsInFlightMax = callsInFlightMax
    }
}
