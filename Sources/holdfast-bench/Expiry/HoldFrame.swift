/// A Reserve frame of one unit in which the time of the hold can be set too, so that calls that are sent one after the
/// other can have one deadline.
struct HoldFrame {
    /// The time is written as a varint of this many bytes, whatever its value.
    private static let holdByteCount = 3
    static let holdMillisecondsMax = 1 << (7 * Self.holdByteCount) - 1
    /// hold_ms, field 5, with all bits of three bytes set.
    private static let mark: [UInt8] = [0x28, 0xFF, 0xFF, 0x7F]

    private let template: RequestTemplate
    private let holdOffset: Int

    var byteCount: Int { self.template.bytes.count }

    init(saleID: String, productID: String, timeoutMilliseconds: UInt32) throws(LoadError) {
        self.template = try RequestTemplate(
            saleID: saleID, productID: productID, quantity: 1,
            holdMilliseconds: Int64(Self.holdMillisecondsMax),
            timeoutMilliseconds: timeoutMilliseconds)
        let bytes = self.template.bytes
        let found = (0...(bytes.count - Self.mark.count)).filter {
            bytes[$0..<($0 + Self.mark.count)].elementsEqual(Self.mark)
        }
        guard found.count == 1, let start = found.first else {
            throw LoadError("the time of a hold is not to be found in a Reserve of \(saleID)")
        }
        self.holdOffset = start + 1
    }

    /// Writes the whole frame, `byteCount` bytes. `requestID` must not be all zero.
    func write(
        id: UInt32, requestID: (UInt64, UInt64), buyer: UInt64, holdMilliseconds: Int,
        to frame: UnsafeMutablePointer<UInt8>
    ) {
        precondition((1...Self.holdMillisecondsMax).contains(holdMilliseconds))
        frame.update(from: self.template.bytes, count: self.byteCount)
        let offsets = self.template.offsets
        let raw = UnsafeMutableRawPointer(frame)
        raw.storeBytes(
            of: id.bigEndian, toByteOffset: RequestTemplate.callIDOffset, as: UInt32.self)
        raw.storeBytes(of: requestID.0, toByteOffset: offsets.requestID, as: UInt64.self)
        raw.storeBytes(of: requestID.1, toByteOffset: offsets.requestID + 8, as: UInt64.self)
        ReserveTraffic.writeBuyer(buyer, to: frame, offsets: offsets)
        var rest = holdMilliseconds
        for place in 0..<Self.holdByteCount {
            let isLast = place == Self.holdByteCount - 1
            frame[self.holdOffset + place] = UInt8(rest & 0x7F) | (isLast ? 0 : 0x80)
            rest >>= 7
        }
    }
}
