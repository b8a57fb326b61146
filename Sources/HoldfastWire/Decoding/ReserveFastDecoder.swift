internal import HoldfastEngine

/// Straight from bytes to `ReserveCommand`, for a Reserve as clients write it.
///
/// False means "not by heart", never "refused": an unknown or doubled field, an odd wire type or varint, text that is not
/// plain ASCII, a value out of range — the slow path looks at those and decides. What this decoder accepts,
/// the slow path accepts with an equal command; a test holds the two together over random and mutated bodies.
/// Writes to the heap nothing, to the arena the lines and the room for their results.
struct ReserveFastDecoder {
    /// Bit n: field n was seen.
    private var seen: UInt32 = 0
    /// Lines that added to a product named before. With `linesMax` others so many stay below the slow path's bound on
    /// fields; more of them are its to refuse.
    private var repeatedLines = 0
    private static let repeatedLinesMax = 48
    private var position: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>

    private static let neededFields: UInt32 = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4

    private init(_ base: UnsafePointer<UInt8>, count: Int) {
        self.position = base
        self.end = base + count
    }

    static func decode(
        _ body: UnsafeRawBufferPointer, into command: inout ReserveCommand,
        client: inout ClientInfo, arena: inout Arena
    ) -> Bool {
        guard let base = body.baseAddress else { return false }
        let linesBytes = EngineLimits.linesMax &* MemoryLayout<LineRequest>.stride
        guard let room = arena.allocate(linesBytes, alignment: 8) else { return false }
        let lines = room.assumingMemoryBound(to: LineRequest.self)
        var decoder = ReserveFastDecoder(
            base.assumingMemoryBound(to: UInt8.self), count: body.count)
        var lineCount = 0
        guard
            decoder.fields(
                into: &command, client: &client, lines: lines, lineCount: &lineCount)
        else {
            arena.giveBack(linesBytes)
            return false
        }
        arena.giveBack(
            (EngineLimits.linesMax &- lineCount) &* MemoryLayout<LineRequest>.stride)
        let resultsBytes = lineCount &* MemoryLayout<LineResult>.stride
        guard let results = arena.allocate(resultsBytes, alignment: 8) else { return false }
        command.lines = LineRequests(start: lines, count: lineCount)
        command.results = results.assumingMemoryBound(to: LineResult.self)
        return true
    }

    @inline(__always)
    private mutating func fields(
        into command: inout ReserveCommand, client: inout ClientInfo,
        lines: UnsafeMutablePointer<LineRequest>, lineCount: inout Int
    ) -> Bool {
        while self.position < self.end {
            let tag = self.position.pointee
            self.position += 1
            let bit = UInt32(1) << UInt32(tag >> 3)
            // Tags of one byte only, so field numbers up to 15; lines may come again, the rest may not.
            if tag >= 0x80 || (self.seen & bit != 0 && tag != 0x22) { return false }
            self.seen |= bit
            switch tag {
            case 0x0A:
                guard self.requestID(into: &command.requestID) else { return false }
            case 0x12:
                guard self.text(into: &command.saleID, bytesMax: 64) else { return false }
            case 0x1A:
                guard self.text(into: &command.userID, bytesMax: 64) else { return false }
            case 0x22:
                guard self.line(lines, count: &lineCount) else { return false }
            case 0x28:
                guard self.number(into: &command.holdMilliseconds) else { return false }
                let hold = command.holdMilliseconds
                let isGood =
                    hold == 0
                    || (hold >= EngineLimits.holdMillisecondsMin
                        && hold <= EngineLimits.holdMillisecondsMax)
                guard isGood else { return false }
            case 0x32:
                guard self.client(into: &client) else { return false }
            case 0x3A:
                guard
                    self.text(
                        into: &client.challengeSolution,
                        bytesMax: WireLimits.challengeSolutionBytesMax)
                else { return false }
            case 0x40:
                guard self.position < self.end, self.position.pointee <= 1 else { return false }
                command.allowPartial = self.position.pointee == 1
                self.position += 1
            case 0x4A:
                guard self.text(into: &command.orderReference, bytesMax: 64) else { return false }
            default:
                return false
            }
        }
        return self.seen & Self.neededFields == Self.neededFields
    }

    @inline(__always)
    private mutating func requestID(into requestID: inout RequestID) -> Bool {
        guard self.end - self.position >= 17, self.position.pointee == 16 else { return false }
        requestID = RequestID(reading: self.position + 1)
        self.position += 17
        return !requestID.isZero
    }

    /// `Line {product_id, quantity}` in either order; a product that was named before is added to.
    @inline(__always)
    private mutating func line(
        _ lines: UnsafeMutablePointer<LineRequest>, count: inout Int
    ) -> Bool {
        guard let lineEnd = self.messageEnd() else { return false }
        var inner = self
        inner.seen = 0
        var productID = ByteView.empty
        var quantity: Int64 = 0
        while inner.position < lineEnd {
            let tag = inner.position.pointee
            inner.position += 1
            if tag == 0x0A && productID.isEmpty {
                guard inner.text(into: &productID, bytesMax: 64) else { return false }
            } else if tag == 0x10 && quantity == 0 {
                guard inner.number(into: &quantity) else { return false }
                guard quantity >= 1, quantity <= EngineLimits.quantityMax else { return false }
            } else {
                return false
            }
        }
        // A field that runs past its line's end, or a line without both fields, is not ours to judge.
        guard inner.position == lineEnd, !productID.isEmpty, quantity > 0 else { return false }
        self.position = lineEnd
        var index = 0
        while index < count {
            if lines[index].productID.equals(productID) {
                self.repeatedLines &+= 1
                guard self.repeatedLines <= Self.repeatedLinesMax else { return false }
                lines[index].quantity &+= quantity
                return lines[index].quantity <= EngineLimits.quantityMax
            }
            index &+= 1
        }
        guard count < EngineLimits.linesMax else { return false }
        (lines + count).initialize(to: LineRequest(productID: productID, quantity: quantity))
        count &+= 1
        return true
    }

    /// `Client {ip, device_id, account_created_ms, identity}`.
    @inline(__always)
    private mutating func client(into client: inout ClientInfo) -> Bool {
        guard let clientEnd = self.messageEnd() else { return false }
        var inner = self
        inner.seen = 0
        while inner.position < clientEnd {
            let tag = inner.position.pointee
            inner.position += 1
            let bit = UInt32(1) << UInt32(tag >> 3)
            if tag >= 0x80 || inner.seen & bit != 0 { return false }
            inner.seen |= bit
            switch tag {
            case 0x0A:
                guard inner.text(into: &client.ip, bytesMax: WireLimits.ipBytesMax) else {
                    return false
                }
                if let address = IPText.ipv4(client.ip) {
                    client.isIPv4 = true
                    client.ipv4 = address
                } else if !IPText.isIPv6(client.ip) {
                    return false
                }
            case 0x12:
                guard inner.text(into: &client.deviceID, bytesMax: 64) else { return false }
            case 0x18:
                guard inner.number(into: &client.accountCreatedMilliseconds) else { return false }
                let created = client.accountCreatedMilliseconds
                guard created >= 0, created <= EngineLimits.timeMillisecondsMax else {
                    return false
                }
            case 0x22:
                guard inner.text(into: &client.identity, bytesMax: WireLimits.identityBytesMax)
                else { return false }
            default:
                return false
            }
        }
        self.position = inner.position
        return inner.position == clientEnd
    }

    /// Reads a length of one or two bytes; the end of what follows, if it lies inside the body.
    @inline(__always)
    private mutating func messageEnd() -> UnsafePointer<UInt8>? {
        guard self.position < self.end else { return nil }
        var count = Int(self.position.pointee)
        self.position += 1
        if count >= 0x80 {
            guard self.position < self.end else { return nil }
            let high = Int(self.position.pointee)
            guard high > 0, high < 0x80 else { return nil }
            self.position += 1
            count = (count & 0x7F) | high << 7
        }
        guard count <= self.end - self.position else { return nil }
        return self.position + count
    }

    /// Printable ASCII of 1 to `bytesMax` bytes.
    @inline(__always)
    private mutating func text(into view: inout ByteView, bytesMax: Int) -> Bool {
        guard let textEnd = self.messageEnd() else { return false }
        let count = textEnd - self.position
        guard count >= 1, count <= bytesMax else { return false }
        view = ByteView(base: self.position, count: count)
        self.position = textEnd
        return TextCheck.isPrintableASCII(view)
    }

    /// A varint in its shortest form, below 2^49: every number that a Reserve may carry.
    @inline(__always)
    private mutating func number(into value: inout Int64) -> Bool {
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while self.position < self.end {
            let byte = self.position.pointee
            self.position += 1
            result |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 {
                if byte == 0 && shift > 0 { return false }
                value = Int64(bitPattern: result)
                return true
            }
            shift &+= 7
            if shift >= 49 { return false }
        }
        return false
    }
}
