/// An encoded event as a tool shows it. Reads any bytes without a trap: what does not fit is no event.
package struct EventSummary: Sendable, Equatable {
    package struct Value: Sendable, Equatable {
        package var name: String
        package var text: String
        /// Shown as it is, not in quotation marks.
        package var isNumber: Bool
    }

    package var kind: UInt8
    /// `unknown` for a kind or version that this program does not know; then without values.
    package var name: String
    package var version: UInt8
    package var shard: UInt16
    package var sequence: UInt64
    package var timeMilliseconds: Int64
    package var byteCount: Int
    package var values: [Value]

    /// Whether a replay would take it.
    package var isKnown: Bool { self.name != Self.unknown }
    private static let unknown = "unknown"

    /// The event that begins the bytes, or nil if no whole one does.
    package init?(_ bytes: UnsafeRawBufferPointer, withValues: Bool = true) {
        guard bytes.count >= EventHead.byteCount else { return nil }
        var cursor = Cursor(bytes)
        guard let length = cursor.integer(UInt32.self), let kind = cursor.integer(UInt8.self),
            let version = cursor.integer(UInt8.self), let shard = cursor.integer(UInt16.self),
            let sequence = cursor.integer(UInt64.self), let time = cursor.integer(Int64.self),
            length >= EventHead.byteCount, Int(length) <= bytes.count
        else { return nil }
        self.kind = kind
        self.version = version
        self.shard = shard
        self.sequence = sequence
        self.timeMilliseconds = time
        self.byteCount = Int(length)
        self.values = []
        guard version == EventHead.version, kind > 0, kind <= EventLayout.all.count else {
            self.name = Self.unknown
            return
        }
        let layout = EventLayout.all[Int(kind) - 1]
        self.name = layout.name
        guard withValues else { return }
        cursor = Cursor(
            UnsafeRawBufferPointer(rebasing: bytes[EventHead.byteCount..<Int(length)]))
        guard cursor.read(layout.fields, "", &self.values), cursor.isAtEnd else { return nil }
    }

    /// All events of a group's body, in order.
    ///
    /// - Returns: Whether the body is nothing but whole events.
    package static func forEach(
        in body: UnsafeRawBufferPointer, withValues: Bool = true, _ use: (EventSummary) -> Void
    ) -> Bool {
        var offset = 0
        while offset < body.count {
            guard
                let event = EventSummary(
                    UnsafeRawBufferPointer(rebasing: body[offset...]), withValues: withValues)
            else { return false }
            use(event)
            offset += event.byteCount
        }
        return true
    }

    private struct Cursor {
        private let bytes: UnsafeRawBufferPointer
        private var offset = 0

        init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        var isAtEnd: Bool { self.offset == self.bytes.count }

        mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? {
            let size = MemoryLayout<Value>.size
            guard self.bytes.count - self.offset >= size else { return nil }
            defer { self.offset += size }
            return Value(
                littleEndian: self.bytes.loadUnaligned(
                    fromByteOffset: self.offset, as: Value.self))
        }

        mutating func raw(_ count: Int) -> UnsafeRawBufferPointer? {
            guard self.bytes.count - self.offset >= count else { return nil }
            defer { self.offset += count }
            return UnsafeRawBufferPointer(
                rebasing: self.bytes[self.offset..<self.offset + count])
        }

        /// - Returns: Whether there was room for all of them.
        mutating func read(
            _ fields: [EventLayout.Named], _ prefix: String, _ values: inout [Value]
        ) -> Bool {
            for named in fields {
                let name = prefix + named.name
                var text: String?
                var isNumber = true
                switch named.field {
                case .u8: text = self.integer(UInt8.self).map(String.init)
                case .u32: text = self.integer(UInt32.self).map(String.init)
                case .u64: text = self.integer(UInt64.self).map(String.init)
                case .i64: text = self.integer(Int64.self).map(String.init)
                case .id:
                    isNumber = false
                    text = self.raw(16).map(Self.hexadecimal)
                case .text:
                    isNumber = false
                    text = self.integer(UInt16.self).flatMap { self.raw(Int($0)) }.map {
                        String(decoding: $0, as: UTF8.self)
                    }
                case .blob:
                    isNumber = false
                    text = self.integer(UInt32.self).flatMap { self.raw(Int($0)) }.map {
                        "\($0.count) bytes"
                    }
                case .rows(let row):
                    guard let count = self.integer(UInt8.self) else { return false }
                    for index in 0..<count {
                        guard self.read(row, "\(name)[\(index)].", &values) else { return false }
                    }
                    continue
                case .manyRows(let row):
                    guard let count = self.integer(UInt16.self) else { return false }
                    for index in 0..<count {
                        guard self.read(row, "\(name)[\(index)].", &values) else { return false }
                    }
                    continue
                }
                guard let text else { return false }
                values.append(Value(name: name, text: text, isNumber: isNumber))
            }
            return true
        }

        private static func hexadecimal(_ bytes: UnsafeRawBufferPointer) -> String {
            bytes.map { byte in
                let text = String(byte, radix: 16)
                return text.utf8.count == 1 ? "0" + text : text
            }.joined()
        }
    }
}
