/// Frames of the calls that name a reservation by its id: Confirm, Cancel and GetReservation begin with the same two
/// fields, and need no others.
struct TargetFrame {
    /// Bytes of a sale's id, at most.
    static let saleIDByteCountMax = 64
    static let byteCountMax = RequestFrame.headerByteCount + 2 + Self.saleIDByteCountMax + 9

    private let saleField: [UInt8]

    init(saleID: String) {
        let id = Array(saleID.utf8)
        precondition((1...Self.saleIDByteCountMax).contains(id.count), "an id has 1 to 64 bytes")
        // Field 1, a text.
        self.saleField = [0x0A, UInt8(id.count)] + id
    }

    /// Writes one whole frame of at most `byteCountMax` bytes and says how many it has.
    func write(
        _ method: MethodMix.Method, reservationID: UInt64, callID: UInt32,
        timeoutMilliseconds: UInt32, to frame: UnsafeMutablePointer<UInt8>
    ) -> Int {
        let bodyByteCount = self.saleField.count + 9
        RequestFrame.writeHeader(
            method: method.rawValue, callID: callID, timeoutMilliseconds: timeoutMilliseconds,
            bodyByteCount: bodyByteCount, to: frame)
        let body = frame + RequestFrame.headerByteCount
        body.update(from: self.saleField, count: self.saleField.count)
        // Field 2, eight bytes.
        body[self.saleField.count] = 0x11
        UnsafeMutableRawPointer(body).storeBytes(
            of: reservationID.littleEndian, toByteOffset: self.saleField.count + 1, as: UInt64.self)
        return RequestFrame.headerByteCount + bodyByteCount
    }
}

/// The header of a REQUEST frame.
enum RequestFrame {
    static let headerByteCount = 16
    private static let request: UInt8 = 2

    static func writeHeader(
        method: UInt16, callID: UInt32, timeoutMilliseconds: UInt32, bodyByteCount: Int,
        to frame: UnsafeMutablePointer<UInt8>
    ) {
        let raw = UnsafeMutableRawPointer(frame)
        let length = UInt32(Self.headerByteCount - 4 + bodyByteCount)
        raw.storeBytes(of: length.bigEndian, as: UInt32.self)
        raw.storeBytes(of: Self.request, toByteOffset: 4, as: UInt8.self)
        raw.storeBytes(of: 0, toByteOffset: 5, as: UInt8.self)
        raw.storeBytes(of: method.bigEndian, toByteOffset: 6, as: UInt16.self)
        raw.storeBytes(of: callID.bigEndian, toByteOffset: 8, as: UInt32.self)
        raw.storeBytes(of: timeoutMilliseconds.bigEndian, toByteOffset: 12, as: UInt32.self)
    }
}
