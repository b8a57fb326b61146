internal import CProtobufC
internal import HoldfastEngine

/// Where a field stands: `sale_id`, `lines[2].quantity`, `sale.products[3].total`. Made into text only when it is wrong.
struct FieldPath {
    private let list: StaticString
    private let index: Int
    private let field: StaticString

    init(_ field: StaticString) {
        self.list = ""
        self.index = -1
        self.field = field
    }

    init(_ list: StaticString, _ index: Int, _ field: StaticString) {
        self.list = list
        self.index = index
        self.field = field
    }

    var text: String {
        guard self.index >= 0 else { return "\(self.field)" }
        guard self.field.utf8CodeUnitCount > 0 else { return "\(self.list)[\(self.index)]" }
        return "\(self.list)[\(self.index)].\(self.field)"
    }
}

/// Checks unpacked fields against the rules and collects what is wrong, so that a caller learns of all at once.
struct FieldCheck {
    private(set) var violations: [(field: String, description: String)] = []

    var isClean: Bool { self.violations.isEmpty }

    mutating func add(_ path: FieldPath, _ description: String) {
        guard self.violations.count < WireLimits.violationsMax else { return }
        self.violations.append((path.text, description))
    }

    /// A view of protobuf-c's string.
    static func view(_ text: UnsafeMutablePointer<CChar>?) -> ByteView {
        guard let text else { return .empty }
        let bytes = UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self)
        var count = 0
        while bytes[count] != 0 { count += 1 }
        return ByteView(base: bytes, count: count)
    }

    static func view(_ data: ProtobufCBinaryData) -> ByteView {
        guard let bytes = data.data else { return .empty }
        return ByteView(base: UnsafePointer(bytes), count: data.len)
    }

    /// An id: 1 to 64 bytes of plain text.
    mutating func id(_ text: UnsafeMutablePointer<CChar>?, _ path: FieldPath) -> ByteView {
        let view = Self.view(text)
        if view.isEmpty {
            self.add(path, "must be given: 1 to 64 bytes of UTF-8")
        } else {
            self.plainText(view, bytesMax: EngineLimits.idBytesMax, path)
        }
        return view
    }

    /// Text that may be absent.
    mutating func text(
        _ text: UnsafeMutablePointer<CChar>?, bytesMax: Int, _ path: FieldPath
    ) -> ByteView {
        let view = Self.view(text)
        self.plainText(view, bytesMax: bytesMax, path)
        return view
    }

    /// A reference: absent, or like an id.
    mutating func reference(
        _ text: UnsafeMutablePointer<CChar>?, _ path: FieldPath
    ) -> ByteView {
        self.text(text, bytesMax: EngineLimits.idBytesMax, path)
    }

    mutating func requestID(_ data: ProtobufCBinaryData, _ path: FieldPath) -> RequestID {
        let none = RequestID(first: 0, second: 0)
        guard data.len == 16, let bytes = data.data else {
            self.add(path, "must be 16 bytes (a UUIDv7, say), not \(data.len)")
            return none
        }
        let requestID = RequestID(reading: UnsafePointer(bytes))
        if requestID.isZero { self.add(path, "must not be all zero") }
        return requestID
    }

    mutating func range(_ value: Int64, _ range: ClosedRange<Int64>, _ path: FieldPath) {
        guard !range.contains(value) else { return }
        self.add(path, "must be \(range.lowerBound) to \(range.upperBound), not \(value)")
    }

    /// A time to hold: 0, which takes the sale's, or 1 s to 4 h.
    mutating func holdMilliseconds(_ value: Int64, _ path: FieldPath) {
        let range = EngineLimits.holdMillisecondsMin...EngineLimits.holdMillisecondsMax
        guard value != 0, !range.contains(value) else { return }
        self.add(
            path,
            "must be 0 (the sale's) or \(range.lowerBound) to \(range.upperBound), not \(value)")
    }

    /// The target of a call: `which` is the number of the oneof's member, 0 when there is none.
    mutating func target(
        _ which: UInt32, reservationID: UInt64, requestID: ProtobufCBinaryData
    ) -> ReservationTarget {
        switch which {
        case 2:
            if reservationID == 0 {
                self.add(FieldPath("reservation_id"), "must be an id that Reserve gave, not 0")
            }
            return .reservation(ReservationID(rawValue: reservationID))
        case 3:
            return .request(self.requestID(requestID, FieldPath("request_id")))
        default:
            self.add(
                FieldPath("target"), "must name the reservation: reservation_id or request_id")
            return .reservation(ReservationID(rawValue: 0))
        }
    }

    private mutating func plainText(_ view: ByteView, bytesMax: Int, _ path: FieldPath) {
        if view.count > bytesMax {
            self.add(path, "must be at most \(bytesMax) bytes, not \(view.count)")
        } else if !TextCheck.isPlainText(view) {
            self.add(path, "must be UTF-8 without control characters")
        }
    }
}
