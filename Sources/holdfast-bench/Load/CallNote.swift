/// What the tool remembers of a call in flight: 16 bytes, so that four share a cache line.
struct CallNote {
    /// When the call was to start; 0 marks a free place.
    var startNanoseconds: UInt64
    /// The method's number in the protocol.
    var method: UInt16
    /// Whatever the sender wants to find again: the number of a sale, of a call.
    var subject: UInt32

    static let free = CallNote(startNanoseconds: 0, method: 0, subject: 0)
}
